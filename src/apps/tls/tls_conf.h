// tls_conf: the keys that name the certificates of an appliance; each has them in a section
// of its own, such as dns.tls.
#ifndef APPS_TLS_TLS_CONF_H
#define APPS_TLS_TLS_CONF_H

#include "core/host/conf.h"
#include "core/why.h"
#include "proto/tls/tls.h"

#include <limits.h>

struct sandbox;

// An entry of `certificates`. What is not given is "".
struct tls_certificate_conf {
	const char *certificate, *key, *ocsp;
};

struct tls_conf {
	uint64_t ticket_key_h, expiry_warning_h;
	struct conf_list certificates; // of struct tls_certificate_conf
	const char *client_ca;
};

extern const struct conf_section tls_certificate_section;

// Rows of a table of keys for the struct tls_conf at `at` of the section's struct.
// clang-format off
#define TLS_CONF_KEYS(at) \
	{"certificates", CONF_SECTIONS, (at) + offsetof(struct tls_conf, certificates), "", \
	 .max = TLS_IDENTITIES_MAX, .live = true, .section = &tls_certificate_section, \
	 .help = "The server's certificates. A client gets the first that has the name which it " \
	         "asks for, or else the first. A reload reads all files again; when one is not " \
	         "right, it fails and the ones before are still used."}, \
	{"client_ca", CONF_PATH, (at) + offsetof(struct tls_conf, client_ca), "", \
	 .max = PATH_MAX - 1, .live = true, \
	 .help = "Certificates in PEM form. When it is given, only clients are served whose " \
	         "certificates lead to one of them."}, \
	{"ticket_key_h", CONF_UNSIGNED, (at) + offsetof(struct tls_conf, ticket_key_h), "12", 0, 168, \
	 .help = "Hours after which the key of session tickets is replaced. Tickets of the two " \
	         "keys before are accepted. 0: no session tickets."}, \
	{"expiry_warning_h", CONF_UNSIGNED, (at) + offsetof(struct tls_conf, expiry_warning_h), "336", \
	 0, 87600, .live = true, \
	 .help = "\"wadi-ctl health\" warns when a certificate expires in fewer hours than this. " \
	         "0: only when one has expired."}
// clang-format on

// Names the files to the sandbox, for struct service's files.
int tls_conf_files(const struct tls_conf *conf, struct sandbox *sandbox,
                   struct why *why) MUST_CHECK;

// For struct service's check, when the key `enabled` of the section, such as "dns.tls", asks for
// TLS.
void tls_conf_check(const struct tls_conf *conf, const char *section, struct conf *to);

#endif

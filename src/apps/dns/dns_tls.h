// dns_tls: the section dns.tls: its keys, the files that it names, and what workers share of TLS.
// The control thread reads the files at a start and a reload, and replaces the key of session
// tickets from time to time; connections are serve_tls.h's.
#ifndef APPS_DNS_DNS_TLS_H
#define APPS_DNS_DNS_TLS_H

#include "apps/dns/client_limits.h"
#include "apps/dns/serve_tls.h"
#include "core/host/swap.h"

struct control_loop;
struct service_env;

// An entry of dns.tls.certificates. What is not given is "".
struct dns_tls_certificate_conf {
	const char *certificate, *key, *ocsp;
};

struct dns_tls_conf {
	struct dns_tcp_conf limits;
	uint64_t port, ticket_key_h, expiry_warning_h;
	struct conf_list certificates; // of struct dns_tls_certificate_conf
	const char *client_ca;
};

extern const struct conf_section dns_tls_section;

// Reads and checks all files. NULL with a sentence in why that names the file.
struct tls_context *dns_tls_context(const struct dns_tls_conf *conf, struct why *why) MUST_CHECK;

// What is published to workers; all zeros: there is no TLS.
struct dns_tls {
	struct swap shared; // to a struct serve_tls_shared
	const struct service_env *env;
	struct wheel_timer rotation;
	uint64_t rotation_us; // 0: the key stays
};

// 0, or negative errno with a sentence in why.
int dns_tls_open(struct dns_tls *tls, const struct dns_tls_conf *conf,
                 const struct service_env *env, struct why *why) MUST_CHECK;
// No worker exists any more.
void dns_tls_close(struct dns_tls *tls);

// Publishes another context, which is consumed; connections keep theirs, tickets stay valid.
void dns_tls_reload(struct dns_tls *tls, struct tls_context *context);

#endif

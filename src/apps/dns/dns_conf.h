// dns_conf: the configuration's section "dns": its keys, and the values that conf.h fills in.
#ifndef APPS_DNS_DNS_CONF_H
#define APPS_DNS_DNS_CONF_H

#include "apps/dns/checks.h"
#include "apps/dns/client_limits.h"
#include "apps/dns/dns_https_conf.h"
#include "apps/dns/dns_tls_conf.h"
#include "apps/dns/query_log_writer.h"
#include "core/host/conf.h"
#include "proto/dns/load/zonefile.h"

// An entry of dns.zones: either origin and file, origin and image, or directory and pattern.
// A key that is not given is "" or NULL.
struct dns_zone_conf {
	const char *origin, *file;
	const char *directory, *pattern;
	struct conf_list allow; // of const char *, entries of an acl; empty: any client
	const char *image;
	bool allow_empty;
};

// The value of "identity" that means the name of the host.
#define DNS_IDENTITY_HOST "hostname"

// What the author of a zone file may take; as struct zone_limits.
struct dns_zone_limits_conf {
	uint64_t records, bytes, generated, includes;
	bool include_outside;
};

struct dns_conf {
	struct conf_list zones;  // of struct dns_zone_conf
	struct conf_list checks; // of struct dns_check_conf
	uint64_t udp_size;
	uint64_t signature_warning_h;
	unsigned any;     // enum dns_any
	unsigned unknown; // enum dns_unknown
	const char *version, *identity, *nsid;
	const char *state_directory;
	struct dns_rate_limit_conf *rate_limit;
	struct dns_cookies_conf *cookies;
	struct dns_tcp_conf *tcp;
	struct dns_tls_conf *tls;
	struct dns_https_conf *https;
	struct query_log_conf *query_log;
	struct dns_zone_limits_conf *zone_limits; // NULL in tests: none
};

extern const struct conf_section dns_conf_section;

// The limits of zone files; NULL when the configuration sets none. `limits` is filled in.
const struct zone_limits *dns_conf_zone_limits(const struct dns_conf *conf,
                                               struct zone_limits *limits);

#endif

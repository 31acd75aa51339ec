// client_limits: the configuration of response rate limiting, DNS cookies, TCP connections and
// lists of client prefixes. The engines are proto/dns/answer/rrl.h, proto/dns/wire/cookie.h,
// dns_conns.h and core/acl.h; dns_conf.c holds the keys that these sections belong to.
#ifndef APPS_DNS_CLIENT_LIMITS_H
#define APPS_DNS_CLIENT_LIMITS_H

#include "apps/dns/dns_conns.h"
#include "core/host/conf.h"
#include "core/why.h"
#include "proto/dns/answer/rrl.h"
#include "proto/dns/wire/cookie.h"

// Rate limiting is enabled by default, so that a server is no amplifier when its operator has
// not read about rate limiting. The default rate, 200 responses per second for one name to
// one network on each worker, is above what any resolver queries, so real clients are not
// limited (NSD has the same default). A benchmark that queries one name from one address
// reaches it first.
struct dns_rate_limit_conf {
	bool enabled, log_only;
	uint64_t per_s[RRL_CLASSES];
	uint64_t window_s, slip, ipv4_prefix, ipv6_prefix, table_size;
	struct conf_list exempt; // of const char *, entries of an acl
};

struct dns_cookies_conf {
	bool enabled;
	struct conf_list secrets; // of const char *, 32 hexadecimal digits each
};

struct dns_tcp_conf {
	bool enabled;
	uint64_t max_connections, max_per_client, ipv4_prefix, ipv6_prefix, idle_timeout_s,
	        fast_open;
};

extern const struct conf_section client_limits_rate_section;
extern const struct conf_section client_limits_cookies_section;
extern const struct conf_section client_limits_tcp_section;

// The arguments of rrl_new for an enabled section; exempt is borrowed. Without TCP nothing slips.
struct rrl_conf client_limits_rrl(const struct dns_rate_limit_conf *conf, bool tcp,
                                  const struct acl *exempt);

// What a reload takes of the section.
struct dns_conns_limits client_limits_tcp(const struct dns_tcp_conf *conf);

// Writes the cookie secrets of the section to where they stay, since core dumps leave only
// that out (core/host/secret.h). When it is enabled and lists none, the only secret is
// `own`: random bytes of the process that a reload keeps, so that cookies stay valid. When
// it is disabled there are none.
void client_limits_cookies(const struct dns_cookies_conf *conf,
                           const uint8_t own[COOKIE_SECRET_BYTES], struct cookie_secrets *secrets);

// Compiles a list of prefixes whose entries acl_check accepted. The caller frees it. NULL on
// error, with a sentence in why that begins with `key`, such as "dns.rate_limit.exempt".
struct acl *client_limits_acl(const struct conf_list *texts, const char *key,
                              struct why *why) MUST_CHECK;

#endif

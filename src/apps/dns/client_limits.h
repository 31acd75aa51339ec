// client_limits: the configuration of how much is sent to whom: rate limiting, cookies,
// and lists of prefixes. The engines are proto/dns/{rrl,cookie,acl}; zone_list.c has
// the tables that these belong to.
#ifndef APPS_DNS_CLIENT_LIMITS_H
#define APPS_DNS_CLIENT_LIMITS_H

#include "core/host/conf.h"
#include "core/why.h"
#include "proto/dns/answer/rrl.h"
#include "proto/dns/wire/cookie.h"

// Rate limiting is on unless it is switched off, so that nobody becomes an
// amplifier for not knowing of it. What is safe for real clients is a rate that no
// cache asks at: 200 times in a second the records of one name, for one network and
// on each worker (NSD's default is the same). Who meets it first is whoever measures
// with one name from one address.
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

extern const struct conf_section client_limits_rate_section;
extern const struct conf_section client_limits_cookies_section;

// What rrl_new takes, of a section that is enabled; exempt is borrowed.
struct rrl_conf client_limits_rrl(const struct dns_rate_limit_conf *conf, const struct acl *exempt);

// The secrets of the section; when it is enabled and has none, `own` is one: random
// bytes of the process, the same from reload to reload, so that cookies stay good.
struct cookie_secrets client_limits_cookies(const struct dns_cookies_conf *conf,
                                            const uint8_t own[COOKIE_SECRET_BYTES]);

// Compiles a list whose entries passed acl_check; `key` is what the sentence in
// why calls it, such as "dns.rate_limit.exempt". The caller frees; NULL: error.
struct acl *client_limits_acl(const struct conf_list *texts, const char *key,
                              struct why *why) MUST_CHECK;

#endif

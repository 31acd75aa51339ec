// settings: what the configuration decides about all zones, in the form that workers
// use. Immutable but for the tables of rate limits, each of which is one worker's; a
// reload makes new ones.
#ifndef APPS_DNS_SETTINGS_H
#define APPS_DNS_SETTINGS_H

#include "apps/boot/boot.h"
#include "core/mono.h"
#include "core/why.h"
#include "proto/dns/answer/answer.h"
#include "proto/dns/answer/rrl.h"
#include "proto/dns/zone/zone_report.h"

struct dns_conf;

struct dns_settings {
	struct dns_policy policy;
	struct zone_policy checks; // of zones that are loaded with it
	uint32_t unix_s;           // the real time at mono_us
	uint64_t mono_us;
	struct acl *exempt; // of rate limits
	unsigned workers_len;
	struct rrl *rrl[BOOT_WORKERS_MAX]; // NULL: nobody is limited
	char version[DNS_CHAOS_MAX + 1], identity[DNS_CHAOS_MAX + 1];
	uint8_t nsid[DNS_NSID_MAX];
};

// The settings that a configuration wants; own_secret is the process's, for cookies.
// NULL with a sentence in why. The caller frees, after the workers left them.
struct dns_settings *dns_settings_new(const struct dns_conf *conf, unsigned workers_len,
                                      const uint8_t own_secret[COOKIE_SECRET_BYTES],
                                      struct why *why) MUST_CHECK;
void dns_settings_free(struct dns_settings *settings);

// Adds to a reply what the rate limits did since the settings were taken into use, if
// there are any, as a table.
void dns_settings_tell(const struct dns_settings *settings, json_t *reply);

// Real time in seconds, modulo 2^32, by the worker's clock.
static inline uint32_t dns_settings_unix_s(const struct dns_settings *settings, mono_t now)
{
	return settings->unix_s + (uint32_t)((now.us - settings->mono_us) / SEC_US);
}

#endif

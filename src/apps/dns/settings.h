// settings: the configuration that applies to all zones, in the form that workers read. It is
// immutable, except for the rate limit tables, each of which one worker owns. A reload
// creates new settings.
#ifndef APPS_DNS_SETTINGS_H
#define APPS_DNS_SETTINGS_H

#include "apps/boot/boot.h"
#include "apps/dns/dns_conns.h"
#include "core/mono.h"
#include "core/why.h"
#include "proto/dns/answer/answer.h"
#include "proto/dns/answer/rrl.h"
#include "proto/dns/load/zonefile.h"
#include "proto/dns/zone/zone_report.h"

#include <stdatomic.h>

struct dns_conf;

struct dns_settings {
	struct dns_policy policy;
	struct zone_policy checks; // of zones that are loaded with these settings
	struct zone_limits limits_room;
	const struct zone_limits *limits; // likewise; NULL: none
	// Real time when CLOCK_MONOTONIC was 0, in microseconds; changes when the real time is set.
	_Atomic uint64_t unix_at_zero_us;
	bool udp_only;                  // nothing sends clients to TCP
	struct dns_conns_limits tcp;    // of connections
	struct dns_conns_limits tls;    // of those over TLS
	uint64_t signature_warning_s;   // health warns when less is left of a signature
	uint64_t certificate_warning_s; // likewise, of a certificate
	struct acl *exempt;             // clients without rate limits
	unsigned workers_len;
	struct rrl *rrl[BOOT_WORKERS_MAX]; // by worker; NULL: no rate limits
	char version[DNS_CHAOS_MAX + 1], identity[DNS_CHAOS_MAX + 1];
	uint8_t nsid[DNS_NSID_MAX];
};

// Creates the settings of a configuration. own_secret is the cookie secret that the process
// generated at startup. NULL on error, with a sentence in why. The caller frees them once no
// worker uses them any more.
struct dns_settings *dns_settings_new(const struct dns_conf *conf, unsigned workers_len,
                                      const uint8_t own_secret[COOKIE_SECRET_BYTES],
                                      struct why *why) MUST_CHECK;
void dns_settings_free(struct dns_settings *settings);

// Reads the real time again, for workers that use the settings.
void dns_settings_clock_set(struct dns_settings *settings);

// Responses that rate limits dropped or truncated since the settings were published, as
// metrics that borrow from the settings. False when rate limits are disabled.
bool dns_settings_metrics(const struct dns_settings *settings, struct metric_source *source);

// Real time in seconds modulo 2^32, derived from the worker's clock.
static inline uint32_t dns_settings_unix_s(const struct dns_settings *settings, mono_t now)
{
	return (uint32_t)((now.us +
	                   atomic_load_explicit(&settings->unix_at_zero_us, memory_order_relaxed)) /
	                  SEC_US);
}

#endif

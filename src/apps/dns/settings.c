// settings: see the header. The control thread creates them from a configuration whose keys
// conf.h has checked one by one.
#include "apps/dns/settings.h"

#include "apps/dns/dns_conf.h"
#include "core/host/clock.h"
#include "core/host/secret.h"
#include "core/host/seed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

// The version and identity that CHAOS queries get; "" means that they are refused.
static void settings_set_texts(struct dns_settings *settings, const struct dns_conf *conf)
{
	struct dns_policy *policy = &settings->policy;

	snprintf(settings->version, sizeof(settings->version), "%s", conf->version);
	if (strcmp(conf->identity, DNS_IDENTITY_HOST) == 0)
		gethostname(settings->identity, sizeof(settings->identity) - 1);
	else
		snprintf(settings->identity, sizeof(settings->identity), "%s", conf->identity);
	policy->version = settings->version[0] ? settings->version : NULL;
	policy->identity = settings->identity[0] ? settings->identity : NULL;
	policy->nsid = settings->nsid;
	policy->nsid_len = (uint8_t)size_min(strlen(conf->nsid), DNS_NSID_MAX);
	memcpy(settings->nsid, conf->nsid, policy->nsid_len);
}

static bool settings_open_limits(struct dns_settings *settings,
                                 const struct dns_rate_limit_conf *conf, struct why *why)
{
	struct rrl_conf rrl;

	if (!conf->enabled)
		return true;
	settings->exempt = client_limits_acl(&conf->exempt, "dns.rate_limit.exempt", why);
	if (!settings->exempt)
		return false;
	rrl = client_limits_rrl(conf, !settings->udp_only, settings->exempt);
	for (unsigned i = 0; i < settings->workers_len; i++) {
		settings->rrl[i] = rrl_new(&rrl, seed_os());
		if (settings->rrl[i])
			continue;
		why_set(why,
		        "dns.rate_limit.table_size: not enough memory for %u tables of %u "
		        "buckets, one for each worker: set it lower, or fewer workers",
		        settings->workers_len, rrl.table_size);
		return false;
	}
	return true;
}

void dns_settings_clock_set(struct dns_settings *settings)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	atomic_store_explicit(&settings->unix_at_zero_us,
	                      (uint64_t)now.tv_sec * SEC_US + (uint64_t)now.tv_nsec / 1000 -
	                              clock_kernel().us,
	                      memory_order_relaxed);
}

struct dns_settings *dns_settings_new(const struct dns_conf *conf, unsigned workers_len,
                                      const uint8_t own_secret[COOKIE_SECRET_BYTES],
                                      struct why *why)
{
	struct dns_settings *settings = secret_alloc(sizeof(*settings));

	why_no_memory(why, "the settings");
	if (!settings)
		return NULL;
	settings->workers_len = workers_len;
	dns_settings_clock_set(settings);
	settings->checks = dns_checks_policy(&conf->checks);
	settings->limits = dns_conf_zone_limits(conf, &settings->limits_room);
	settings->signature_warning_s = conf->signature_warning_h * 3600;
	settings->certificate_warning_s = conf->tls->files.expiry_warning_h * 3600;
	settings->udp_only = !conf->tcp->enabled;
	settings->tcp = client_limits_tcp(conf->tcp);
	settings->tls = client_limits_tcp(&conf->tls->limits);
	settings->policy.udp_size = (uint16_t)conf->udp_size;
	settings->policy.any = (enum dns_any)conf->any;
	settings->policy.unknown = (enum dns_unknown)conf->unknown;
	client_limits_cookies(conf->cookies, own_secret, &settings->policy.cookies);
	settings_set_texts(settings, conf);
	if (settings_open_limits(settings, conf->rate_limit, why))
		return settings;
	dns_settings_free(settings);
	return NULL;
}

// clang-format off
#define LIMIT(name, member, help) \
	{"rate_limits", "limit", name, "count", help, METRIC_COUNTER, \
	 offsetof(struct rrl_metric, member)},

static const struct metric_row limit_rows[] = {
	LIMIT("errors", limited[DNS_KIND_ERROR], "responses above errors_per_second")
	LIMIT("responses", limited[DNS_KIND_POSITIVE], "responses above responses_per_second")
	LIMIT("nodata", limited[DNS_KIND_NODATA], "responses above nodata_per_second")
	LIMIT("nxdomains", limited[DNS_KIND_NXDOMAIN], "responses above nxdomains_per_second")
	LIMIT("referrals", limited[DNS_KIND_REFERRAL], "responses above referrals_per_second")
	LIMIT("all", limited[RRL_ALL], "responses above all_per_second")
	LIMIT("slipped", slipped, "of these, sent truncated (TC, no records)")
	LIMIT("evicted", evicted, "counters reused too early: increase table_size")
	{0},
};
// clang-format on

bool dns_settings_metrics(const struct dns_settings *settings, struct metric_source *source)
{
	if (!settings->rrl[0])
		return false;
	*source = (struct metric_source){.rows = limit_rows, .len = settings->workers_len};
	for (unsigned i = 0; i < source->len; i++)
		source->of[i] = rrl_metric(settings->rrl[i]);
	return true;
}

void dns_settings_free(struct dns_settings *settings)
{
	if (!settings)
		return;
	for (unsigned i = 0; i < settings->workers_len; i++)
		rrl_free(settings->rrl[i]);
	acl_free(settings->exempt);
	secret_free(settings);
}

// settings: see the header. The control thread creates them from a configuration whose keys
// conf.h has checked one by one.
#include "apps/dns/settings.h"

#include "apps/dns/dns_conf.h"
#include "core/host/clock.h"
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
	rrl = client_limits_rrl(conf, settings->exempt);
	for (unsigned i = 0; i < settings->workers_len; i++) {
		settings->rrl[i] = rrl_new(&rrl, seed_os());
		if (settings->rrl[i])
			continue;
		why_set(why,
		        "dns.rate_limit.table_size: not enough memory for %u tables of %u buckets",
		        settings->workers_len, rrl.table_size);
		return false;
	}
	return true;
}

struct dns_settings *dns_settings_new(const struct dns_conf *conf, unsigned workers_len,
                                      const uint8_t own_secret[COOKIE_SECRET_BYTES],
                                      struct why *why)
{
	struct dns_settings *settings = calloc(1, sizeof(*settings));

	why_no_memory(why, "the settings");
	if (!settings)
		return NULL;
	settings->workers_len = workers_len;
	settings->unix_s = (uint32_t)time(NULL);
	settings->mono_us = clock_kernel().us;
	settings->checks = dns_checks_policy(&conf->checks);
	settings->policy.udp_size = (uint16_t)conf->udp_size;
	settings->policy.any = (enum dns_any)conf->any;
	settings->policy.cookies = client_limits_cookies(conf->cookies, own_secret);
	settings_set_texts(settings, conf);
	if (settings_open_limits(settings, conf->rate_limit, why))
		return settings;
	dns_settings_free(settings);
	return NULL;
}

static void settings_add_row(json_t *rows, const char *name, uint64_t count, const char *help)
{
	json_array_append_new(rows, json_pack("{s:s, s:I, s:s}", "limit", name, "count",
	                                      (json_int_t)count, "help", help));
}

void dns_settings_report(const struct dns_settings *settings, json_t *reply)
{
	static const char *const classes[RRL_CLASSES][2] = {
	        [DNS_KIND_ERROR] = {"errors", "responses above errors_per_second"},
	        [DNS_KIND_POSITIVE] = {"responses", "responses above responses_per_second"},
	        [DNS_KIND_NODATA] = {"nodata", "responses above nodata_per_second"},
	        [DNS_KIND_NXDOMAIN] = {"nxdomains", "responses above nxdomains_per_second"},
	        [DNS_KIND_REFERRAL] = {"referrals", "responses above referrals_per_second"},
	        [RRL_ALL] = {"all", "responses above all_per_second"},
	};
	uint64_t limited[RRL_CLASSES] = {0}, slipped = 0, evicted = 0;
	json_t *rows;

	if (!settings->rrl[0])
		return;
	for (unsigned w = 0; w < settings->workers_len; w++) {
		const struct rrl_metric *metric = rrl_metric(settings->rrl[w]);

		for (unsigned i = 0; i < RRL_CLASSES; i++)
			limited[i] += counter_get(&metric->limited[i]);
		slipped += counter_get(&metric->slipped);
		evicted += counter_get(&metric->evicted);
	}
	rows = json_array();
	for (unsigned i = 0; i < RRL_CLASSES; i++)
		settings_add_row(rows, classes[i][0], limited[i], classes[i][1]);
	settings_add_row(rows, "slipped", slipped, "of these, sent truncated (TC, no records)");
	settings_add_row(rows, "evicted", evicted,
	                 "counters reused too early: increase table_size");
	json_object_set_new(reply, "rate_limits", rows);
}

void dns_settings_free(struct dns_settings *settings)
{
	if (!settings)
		return;
	for (unsigned i = 0; i < settings->workers_len; i++)
		rrl_free(settings->rrl[i]);
	acl_free(settings->exempt);
	free(settings);
}

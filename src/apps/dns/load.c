// load: see the header.
#include "apps/dns/load.h"

#include "apps/dns/checks.h"
#include "apps/dns/zone_directory.h"
#include "apps/dns/zone_list.h"
#include "apps/dns/zone_read.h"
#include "core/host/seed.h"

#include <errno.h>

// Makes the set of the zones. 0, or negative errno with a sentence in why.
static int load_set(struct zone_table *zones, struct dns_loading *loading, struct zone_set **set,
                    struct why *why)
{
	static const struct zone_table none;
	int err = zone_read_table(zones, &none, true, loading);

	if (!err)
		err = zone_table_first_error(zones, &none, why);
	if (!err) {
		*set = zone_table_set(zones, loading->options.hash_key);
		err = *set ? 0 : -ENOMEM;
	}
	if (err == -ENOMEM)
		why_no_memory(why, "the zones");
	return err;
}

int dns_load(const struct dns_conf *conf, const struct zone_policy *checks,
             struct dns_loaded *loaded, zone_report_fn *on_report, void *ctx, struct why *why)
{
	struct dns_loading loading = {.options = dns_checks_options(checks, seed_os()),
	                              .threads = zone_read_threads(),
	                              .on_report = on_report,
	                              .ctx = ctx};
	struct zone_list list = {
	        .conf = conf, .reporter = {.policy = checks, .on_report = on_report, .ctx = ctx}};
	struct zone_table zones = {0};
	struct zone_limits limits;
	int err;

	loading.options.limits = dns_conf_zone_limits(conf, &limits);
	*loaded = (struct dns_loaded){0};
	err = zone_list_add(&list, &zones, why);
	// The queries of a command have no source address that a list could be matched with.
	for (size_t i = 0; i < zones.len; i++) {
		zone_table_allow_put(zones.items[i]->allow);
		zones.items[i]->allow = NULL;
	}
	if (!err)
		err = load_set(&zones, &loading, &loaded->set, why);
	if (!err && list.reporter.errors)
		err = why_fail(why, -EINVAL, "a file of a directory cannot be served");
	if (err && loaded->set) {
		zone_set_free(loaded->set);
		loaded->set = NULL;
	}
	loaded->totals = zone_table_totals(&zones);
	loaded->errors = loading.errors + (unsigned)list.reporter.errors;
	loaded->warnings = loading.warnings + list.reporter.reported[true];
	zone_directory_free(list.directories);
	zone_table_free(&zones);
	return err;
}

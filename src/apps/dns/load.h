// load: the zones of a configuration for a command, such as `wadi-dns check`, that answers
// without a network. A server takes zones into use with zone_publish.h.
#ifndef APPS_DNS_LOAD_H
#define APPS_DNS_LOAD_H

#include "apps/dns/dns_conf.h"
#include "apps/dns/zone_table.h"
#include "core/why.h"

// The result of dns_load.
struct dns_loaded {
	struct zone_set *set; // owned by the caller; NULL after an error
	struct dns_totals totals;
	unsigned errors, warnings;
};

// Loads all zones of the configuration. `checks` replaces the configuration's policy of
// checks. Each error and warning goes to on_report. 0, or negative errno
// with the first error in why.
int dns_load(const struct dns_conf *conf, const struct zone_policy *checks,
             struct dns_loaded *loaded, zone_report_fn *on_report, void *ctx,
             struct why *why) MUST_CHECK;

#endif

// checks: the severity of each zone check, as the configuration (dns.checks) and the command
// line (--as) set it. The checks themselves are listed in proto/dns/zone/zone_report.h.
#ifndef APPS_DNS_CHECKS_H
#define APPS_DNS_CHECKS_H

#include "core/host/cmdline.h"
#include "core/host/conf.h"
#include "core/why.h"
#include "proto/dns/load/zone_load.h"

// One entry of dns.checks.
struct dns_check_conf {
	const char *check; // its code
	unsigned as;       // an index of the choices "ignore", "warning", "error"
};

extern const struct conf_section dns_checks_section;

// The policy of a list of struct dns_check_conf. When a check is listed twice, the last
// entry counts.
struct zone_policy dns_checks_policy(const struct conf_list *checks);

// Sets the severity of one check in the policy; the text is CODE=error, CODE=warning or
// CODE=ignore. False, with a sentence in why, when it is not.
bool dns_checks_set(struct zone_policy *policy, const char *text, struct why *why) MUST_CHECK;

// Takes --strict and the texts of --as into the policy, in this order. False, with a
// sentence in why, when one is not of that form.
bool dns_checks_set_given(struct zone_policy *policy, bool strict, const struct cmdline_list *as,
                          struct why *why) MUST_CHECK;

// Options for loading zones now: the policy, the hash key and the current time.
struct zone_options dns_checks_options(const struct zone_policy *policy, uint64_t hash_key);

// Prints one line for each check: its code, its default severity, what it reports.
void dns_checks_print(void);

#endif

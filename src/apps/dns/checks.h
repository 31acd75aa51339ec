// checks: what the configuration and the command line say of the checks of zones. What
// is checked is proto/dns/zone/zone_report.h's.
#ifndef APPS_DNS_CHECKS_H
#define APPS_DNS_CHECKS_H

#include "core/host/conf.h"
#include "core/why.h"
#include "proto/dns/load/zone_load.h"

// One entry of dns.checks.
struct dns_check_conf {
	const char *check; // a code
	unsigned as;       // what it counts as, less one
};

extern const struct conf_section dns_checks_section;

// The policy of a list of struct dns_check_conf, the last of each check deciding.
struct zone_policy dns_checks_policy(const struct conf_list *checks);

// Takes CODE=error, =warning or =ignore into the policy. False with a sentence in why.
bool dns_checks_set(struct zone_policy *policy, const char *text, struct why *why) MUST_CHECK;

// How zones are loaded at this time.
struct zone_options dns_checks_options(const struct zone_policy *policy, uint64_t hash_key);

// Prints the checks, a line each: code, what it counts as, what it finds.
void dns_checks_print(void);

#endif

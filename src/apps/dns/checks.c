// checks: see the header.
#include "apps/dns/checks.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

// In the order of enum zone_severity, beginning at ZONE_IGNORE.
static const char *const as_choices[] = {"ignore", "warning", "error", NULL};

#define CHOICE_FIRST ZONE_IGNORE

// Whether the code names a check whose severity can be changed.
static bool check_code(const char *text, struct why *why)
{
	enum zone_check_code check;

	if (!zone_report_check_parse(text, &check))
		why_set(why, "is not a check; \"wadi-dns check --list\" lists all checks");
	else if (zone_checks[check].fallback == ZONE_FATAL)
		why_set(why, "is always an error: the zone cannot be built without it");
	else
		return true;
	return false;
}

static const struct conf_key check_keys[] = {
        {"check", CONF_STRING, offsetof(struct dns_check_conf, check), NULL, .min = 1, .max = 64,
         .check = check_code,
         .help = "The check, by its code, which each report ends with in brackets; \"wadi-dns "
                 "check --list\" lists all codes."},
        {"as", CONF_ENUM, offsetof(struct dns_check_conf, as), NULL, .choices = as_choices,
         .help = "The severity of what the check finds: an \"error\" keeps the zone from being "
                 "served, a \"warning\" is only reported, and \"ignore\" is not reported."},
        {0},
};
const struct conf_section dns_checks_section = {sizeof(struct dns_check_conf), check_keys};

struct zone_policy dns_checks_policy(const struct conf_list *checks)
{
	const struct dns_check_conf *items = checks->items;
	struct zone_policy policy = {.strict = false};

	for (size_t i = 0; i < checks->len; i++) {
		enum zone_check_code check;

		if (zone_report_check_parse(items[i].check, &check))
			policy.as[check] = (uint8_t)(CHOICE_FIRST + items[i].as);
	}
	return policy;
}

bool dns_checks_set(struct zone_policy *policy, const char *text, struct why *why)
{
	size_t len = strcspn(text, "=");
	char code[64];
	struct why sentence;
	enum zone_check_code check;

	snprintf(code, sizeof(code), "%.*s", (int)size_min(len, sizeof(code)), text);
	if (!check_code(code, &sentence)) {
		why_set(why, "\"%s\" %s", code, sentence.text);
		return false;
	}
	for (unsigned i = 0; text[len] && as_choices[i]; i++) {
		if (strcmp(text + len + 1, as_choices[i]) == 0 &&
		    zone_report_check_parse(code, &check)) {
			policy->as[check] = (uint8_t)(CHOICE_FIRST + i);
			return true;
		}
	}
	why_set(why, "\"%s\" does not end in =error, =warning or =ignore", text);
	return false;
}

bool dns_checks_set_given(struct zone_policy *policy, bool strict, const struct cmdline_list *as,
                          struct why *why)
{
	struct why sentence;

	policy->strict |= strict;
	for (size_t i = 0; i < as->len; i++) {
		if (dns_checks_set(policy, as->items[i], &sentence))
			continue;
		why_set(why, "--as: %s", sentence.text);
		return false;
	}
	return true;
}

struct zone_options dns_checks_options(const struct zone_policy *policy, uint64_t hash_key)
{
	return (struct zone_options){hash_key, time(NULL), *policy};
}

void dns_checks_print(void)
{
	static const char *const severities[] = {[ZONE_IGNORE] = "ignore",
	                                         [ZONE_WARNING] = "warning",
	                                         [ZONE_ERROR] = "error",
	                                         [ZONE_FATAL] = "error, always"};

	for (unsigned i = 0; i < ZONE_CHECKS_LEN; i++)
		printf("%-16s  %-13s  %s\n", zone_checks[i].code,
		       severities[zone_checks[i].fallback], zone_checks[i].help);
}

// check_command: see the header. The last line of the output counts the errors and warnings.
#include "apps/dns/check_command.h"

#include "apps/dns/load.h"
#include "apps/dns/settings.h"

#include <stdio.h>
#include <string.h>

#define AT(member) offsetof(struct check, member)

// What the options set.
struct check {
	bool strict, list;
	struct cmdline_list as;
};

static const struct cmdline_option check_options[] = {
        {"strict", 0, CMDLINE_FLAG, AT(strict), .help = "Treats warnings as errors."},
        {"as", 0, CMDLINE_LIST, AT(as), "CODE=KIND",
         .help = "Sets the severity of a check to KIND: error, warning or ignore. CODE is what "
                 "each report ends with in brackets. May be given more than once. Overrides "
                 "dns.checks of the configuration."},
        {"list", 0, CMDLINE_FLAG, AT(list),
         .help = "Lists all checks: code, default severity, and what the check reports."},
        {0},
};
const struct cmdline_table check_command_options = {sizeof(struct check), check_options};

static void check_print_report(void *ctx, const struct zone_report *report)
{
	char text[2048];

	zone_report_text(report, text, sizeof(text));
	printf("%s\n", text);
}

static int check_usage_error(const char *sentence)
{
	fprintf(stderr, "wadi-dns: check: %s; wadi-dns check --help explains\n", sentence);
	return TOOL_EXIT_USAGE;
}

static const char *plural(uint64_t n)
{
	return n == 1 ? "" : "s";
}

static int check_zones(const struct zone_policy *policy, const struct dns_conf *conf)
{
	struct dns_loaded loaded;
	struct why why;
	int err = dns_load(conf, policy, &loaded, check_print_report, NULL, &why);

	if (err && loaded.errors == 0)
		printf("%s\n", why.text);
	printf("%ju zone%s, %ju record%s: %u error%s, %u warning%s\n",
	       (uintmax_t)loaded.totals.zones, plural(loaded.totals.zones),
	       (uintmax_t)loaded.totals.records, plural(loaded.totals.records), loaded.errors,
	       plural(loaded.errors), loaded.warnings, plural(loaded.warnings));
	if (loaded.set)
		zone_set_free(loaded.set);
	return err ? TOOL_EXIT_FAILED : TOOL_EXIT_DONE;
}

static int check_file(const struct zone_policy *policy, char *const *args)
{
	static const uint8_t root[] = {0};
	struct dns_zone_conf one = {.origin = args[0], .file = args[1]};
	struct dns_conf conf = {{&one, 1}};
	struct dns_name name;
	const char *sentence;

	if (dns_name_parse(&name, one.origin, strlen(one.origin), root, &sentence))
		return check_zones(policy, &conf);
	fprintf(stderr, "wadi-dns: check: \"%s\" is not a domain name: %s\n", one.origin, sentence);
	return TOOL_EXIT_USAGE;
}

// Checks the rest of the configuration, beside its zones, where keys depend on each other.
static bool check_settings(const struct dns_conf *conf)
{
	static const uint8_t no_secret[COOKIE_SECRET_BYTES];
	struct why why;
	struct dns_settings *settings = dns_settings_new(conf, 1, no_secret, &why);
	bool sound = settings && query_log_writer_check(conf->query_log, &why) == 0;

	if (sound && conf->tls->limits.enabled) {
		struct tls_context *context =
		        tls_swap_context(&conf->tls->files, &dns_tls_offer, &why);

		sound = context != NULL;
		tls_context_put(context);
	}
	if (!sound)
		printf("%s\n", why.text);
	dns_settings_free(settings);
	return sound;
}

bool check_command_needs_conf(const struct tool_call *call)
{
	const struct check *check = call->values;

	return call->args_len == 0 && !check->list;
}

int check_command(const struct tool_call *call)
{
	const struct dns_conf *conf = call->conf;
	const struct check *check = call->values;
	struct zone_policy policy = {.strict = false};
	struct why why;

	if (conf)
		policy = dns_checks_policy(&conf->checks);
	if (!dns_checks_set_given(&policy, check->strict, &check->as, &why))
		return check_usage_error(why.text);
	if (check->list) {
		dns_checks_print();
		return TOOL_EXIT_DONE;
	}
	if (call->args_len != (conf ? 0 : 2))
		return check_usage_error("give either ORIGIN FILE or -c FILE");
	if (!conf)
		return check_file(&policy, call->args);
	return check_settings(conf) ? check_zones(&policy, conf) : TOOL_EXIT_FAILED;
}

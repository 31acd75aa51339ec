// check_command: see the header. The last line of the output counts the errors and warnings.
#include "apps/dns/check_command.h"

#include "apps/dns/load.h"
#include "apps/dns/settings.h"

#include <stdio.h>
#include <string.h>

const struct manual_item check_command_options[] = {
        {"--strict", "Treats warnings as errors."},
        {"--as CODE=KIND", "Sets the severity of a check to KIND: error, warning or ignore. CODE "
                           "is what each report ends with in brackets. May be given more than "
                           "once. Overrides dns.checks of the configuration."},
        {"--list", "Lists all checks: code, default severity, and what the check reports."},
        {0},
};

// The arguments of the command.
struct check {
	struct zone_policy policy;
	bool list;
	const char *args[2]; // origin and file
	int args_len;
};

static void check_print_report(void *ctx, const struct zone_report *report)
{
	char text[2048];

	zone_report_text(report, text, sizeof(text));
	printf("%s\n", text);
}

static int check_usage_error(const char *sentence, const char *arg)
{
	fprintf(stderr, "wadi-dns: check: %s%s\n", sentence, arg);
	return TOOL_EXIT_USAGE;
}

static int check_parse_as(struct check *check, const char *text)
{
	struct why why;

	if (dns_checks_set(&check->policy, text, &why))
		return TOOL_EXIT_DONE;
	return check_usage_error("--as: ", why.text);
}

static int check_parse(struct check *check, const struct tool_call *call)
{
	int status = TOOL_EXIT_DONE;

	for (int i = 0; i < call->args_len && status == TOOL_EXIT_DONE; i++) {
		const char *arg = call->args[i];

		if (strcmp(arg, "--strict") == 0)
			check->policy.strict = true;
		else if (strcmp(arg, "--list") == 0)
			check->list = true;
		else if (strcmp(arg, "--as") == 0 && i + 1 < call->args_len)
			status = check_parse_as(check, call->args[++i]);
		else if (strcmp(arg, "--as") == 0)
			status = check_usage_error("a value is missing after ", arg);
		else if (arg[0] == '-')
			status = check_usage_error("there is no option ", arg);
		else if (check->args_len++ < 2)
			check->args[check->args_len - 1] = arg;
	}
	return status;
}

static int check_zones(const struct check *check, const struct dns_conf *conf)
{
	struct dns_loaded loaded;
	struct why why;
	int err = dns_load(conf, &check->policy, &loaded, check_print_report, NULL, &why);

	if (err && loaded.errors == 0)
		printf("%s\n", why.text);
	printf("%ju zone%s, %ju records: %u errors, %u warnings\n", (uintmax_t)loaded.totals.zones,
	       loaded.totals.zones == 1 ? "" : "s", (uintmax_t)loaded.totals.records, loaded.errors,
	       loaded.warnings);
	if (loaded.set)
		zone_set_free(loaded.set);
	return err ? TOOL_EXIT_FAILED : TOOL_EXIT_DONE;
}

static int check_file(const struct check *check)
{
	static const uint8_t root[] = {0};
	struct dns_zone_conf one = {.origin = check->args[0], .file = check->args[1]};
	struct dns_conf conf = {{&one, 1}};
	struct dns_name name;
	const char *sentence;

	if (dns_name_parse(&name, one.origin, strlen(one.origin), root, &sentence))
		return check_zones(check, &conf);
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

	if (!sound)
		printf("%s\n", why.text);
	dns_settings_free(settings);
	return sound;
}

int check_command(const struct tool_call *call)
{
	const struct dns_conf *conf = call->conf;
	struct check check = {.args_len = 0};
	int status;

	if (conf)
		check.policy = dns_checks_policy(&conf->checks);
	status = check_parse(&check, call);
	if (status != TOOL_EXIT_DONE)
		return status;
	if (check.list) {
		dns_checks_print();
		return TOOL_EXIT_DONE;
	}
	if (check.args_len != (conf ? 0 : 2))
		return check_usage_error("give either ORIGIN FILE or -c FILE", "");
	if (!conf)
		return check_file(&check);
	return check_settings(conf) ? check_zones(&check, conf) : TOOL_EXIT_FAILED;
}

// check: `wadi-dns check`: every error and warning of zone files, and a line
// that sums them up.
#include "apps/dns/check_command.h"

#include "apps/dns/load.h"
#include "apps/dns/settings.h"

#include <stdio.h>
#include <string.h>

const struct manual_item check_command_options[] = {
        {"--strict", "Takes warnings for errors."},
        {"--as CODE=KIND", "Takes what a check finds for another KIND: error, warning or ignore. "
                           "The CODE is what stands behind it in brackets. May be given more than "
                           "once, and overrides the configuration's dns.checks."},
        {"--list", "Tells all checks: code, what it counts as, and what it finds."},
        {0},
};

// What the words behind `check` say.
struct check {
	struct zone_policy policy;
	bool list;
	const char *words[2]; // origin and file
	int words_len;
};

static void print_report(void *ctx, const struct zone_report *report)
{
	char text[2048];

	zone_report_text(report, text, sizeof(text));
	printf("%s\n", text);
}

static int usage_error(const char *sentence, const char *word)
{
	fprintf(stderr, "wadi-dns: check: %s%s\n", sentence, word);
	return APP_EXIT_USAGE;
}

static int take_as(struct check *check, const char *text)
{
	struct why why;

	if (dns_checks_set(&check->policy, text, &why))
		return APP_EXIT_DONE;
	return usage_error("--as: ", why.text);
}

static int parse(struct check *check, const struct app_call *call)
{
	int status = APP_EXIT_DONE;

	for (int i = 0; i < call->words_len && status == APP_EXIT_DONE; i++) {
		const char *word = call->words[i];

		if (strcmp(word, "--strict") == 0)
			check->policy.strict = true;
		else if (strcmp(word, "--list") == 0)
			check->list = true;
		else if (strcmp(word, "--as") == 0 && i + 1 < call->words_len)
			status = take_as(check, call->words[++i]);
		else if (strcmp(word, "--as") == 0)
			status = usage_error("a value is missing behind ", word);
		else if (word[0] == '-')
			status = usage_error("there is no option ", word);
		else if (check->words_len++ < 2)
			check->words[check->words_len - 1] = word;
	}
	return status;
}

static int check_zones(const struct check *check, const struct dns_conf *conf)
{
	struct dns_loaded loaded;
	struct why why;
	int err = dns_load(conf, &check->policy, &loaded, print_report, NULL, &why);

	if (err && loaded.errors == 0)
		printf("%s\n", why.text);
	printf("%ju zone%s, %ju records: %u errors, %u warnings\n", (uintmax_t)loaded.totals.zones,
	       loaded.totals.zones == 1 ? "" : "s", (uintmax_t)loaded.totals.records, loaded.errors,
	       loaded.warnings);
	if (loaded.set)
		zone_set_free(loaded.set);
	return err ? APP_EXIT_FAILED : APP_EXIT_DONE;
}

static int check_file(const struct check *check)
{
	static const uint8_t root[] = {0};
	struct dns_zone_conf one = {.origin = check->words[0], .file = check->words[1]};
	struct dns_conf conf = {{&one, 1}};
	struct dns_name name;
	const char *sentence;

	if (dns_name_parse(&name, one.origin, strlen(one.origin), root, &sentence))
		return check_zones(check, &conf);
	fprintf(stderr, "wadi-dns: check: \"%s\" is not a domain name: %s\n", one.origin, sentence);
	return APP_EXIT_USAGE;
}

// What the configuration says besides zones, as far as it cannot be told key by key.
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

int check_command(const struct app_call *call)
{
	const struct dns_conf *conf = call->conf;
	struct check check = {.words_len = 0};
	int status;

	if (conf)
		check.policy = dns_checks_policy(&conf->checks);
	status = parse(&check, call);
	if (status != APP_EXIT_DONE)
		return status;
	if (check.list) {
		dns_checks_print();
		return APP_EXIT_DONE;
	}
	if (check.words_len != (conf ? 0 : 2))
		return usage_error("it takes ORIGIN FILE, or -c FILE", "");
	if (!conf)
		return check_file(&check);
	return check_settings(conf) ? check_zones(&check, conf) : APP_EXIT_FAILED;
}

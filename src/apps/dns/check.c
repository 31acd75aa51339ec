// check: `wadi-dns check`: every error and warning of zone files, and a line
// that sums them up.
#include "apps/dns/dns.h"

#include <stdio.h>
#include <string.h>

static void print_report(void *ctx, const struct zone_report *report)
{
	char text[2048];

	dns_report_text(report, text, sizeof(text));
	printf("%s\n", text);
}

static void print_origin(const char *origin, const char *sentence)
{
	fprintf(stderr, "wadi-dns: check: \"%s\" is not a domain name: %s\n", origin, sentence);
}

int dns_check(const struct app_call *call)
{
	static const uint8_t root[] = {0};
	const struct dns_conf *conf = call->conf;
	struct dns_zone_conf one;
	struct dns_conf one_conf = {{&one, 1}};
	struct dns_loaded loaded;
	struct dns_name name;
	char why[CONF_WHY_BYTES];
	const char *sentence;
	int err;

	if (call->words_len != (conf ? 0 : 2)) {
		fprintf(stderr, "wadi-dns: check takes ORIGIN FILE, or -c FILE\n");
		return APP_EXIT_USAGE;
	}
	if (!conf) {
		one = (struct dns_zone_conf){.origin = call->words[0], .file = call->words[1]};
		if (!dns_name_parse(&name, one.origin, strlen(one.origin), root, &sentence)) {
			print_origin(one.origin, sentence);
			return APP_EXIT_USAGE;
		}
		conf = &one_conf;
	} else if (query_log_check(conf->query_log, why, sizeof(why))) {
		printf("%s\n", why);
		return APP_EXIT_FAILED;
	}
	err = dns_load(conf, &loaded, print_report, NULL, why, sizeof(why));
	if (err && loaded.errors == 0)
		printf("%s\n", why);
	printf("%ju zone%s, %ju records: %u errors, %u warnings\n", (uintmax_t)loaded.totals.zones,
	       loaded.totals.zones == 1 ? "" : "s", (uintmax_t)loaded.totals.records, loaded.errors,
	       loaded.warnings);
	if (loaded.set)
		zone_set_free(loaded.set);
	return err ? APP_EXIT_FAILED : APP_EXIT_DONE;
}

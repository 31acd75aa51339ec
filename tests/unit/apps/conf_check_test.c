// conf_check: what keys of the section "dns" show together, with place and exact sentence.
#include "harness.h"

#include "apps/dns/conf_check.h"
#include "apps/dns/dns_conf.h"
#include "core/host/feature.h"

struct root {
	struct dns_conf *dns;
};

static const struct conf_key root_keys[] = {
        {"dns", CONF_SECTION, offsetof(struct root, dns), .section = &dns_conf_section},
        {0},
};
static const struct conf_section root = {sizeof(struct root), root_keys};

#define PAIR         "{\"certificate\": \"c\", \"key\": \"k\"}"
#define ZONE(origin) "{\"origin\": \"" origin "\", \"file\": \"f\"}"

static const struct {
	const char *dns, *reports;
} cases[] = {
        {"\"zones\": [" ZONE("a") ",\n" ZONE("b") ", {\"directory\": \"d\"}]", ""},
        {"\"zones\": [" ZONE("a") ",\n" ZONE("b") ",\n" ZONE("A.") ",\n" ZONE("\\\\097") "]",
         "c.json:3: dns.zones[2].origin: two zones have the origin a.: this one and "
         "dns.zones[0]\n"
         "c.json:4: dns.zones[3].origin: two zones have the origin a.: this one and "
         "dns.zones[2]\n"},
        {"\"zones\": [{\"origin\": \"a\"},\n{\"file\": \"f\"},\n{\"origin\": \"a\", \"file\": "
         "\"f\", \"image\": \"i\"},\n{\"directory\": \"d\", \"file\": \"f\"}, {}]",
         "c.json:1: dns.zones[0]: give either origin and file, origin and image, or directory\n"
         "c.json:2: dns.zones[1]: give either origin and file, origin and image, or directory\n"
         "c.json:3: dns.zones[2]: give either origin and file, origin and image, or directory\n"
         "c.json:4: dns.zones[3]: give either origin and file, origin and image, or directory\n"
         "c.json:4: dns.zones[4]: give either origin and file, origin and image, or directory\n"
         "c.json:3: dns.zones[2].origin: two zones have the origin a.: this one and "
         "dns.zones[0]\n"},
        // The origin that was refused is not reported as missing.
        {"\"zones\": [" ZONE("a..b") "]", "c.json:1: dns.zones[0].origin: \"a..b\" is not a domain "
                                          "name: a label of the name is empty\n"},
        {"\"zones\": [" ZONE("a") "], \"checks\": [\n"
                                  "{\"check\": \"ttl-differs\", \"as\": \"error\"},\n"
                                  "{\"check\": \"ttl-differs\", \"as\": \"error\"},\n"
                                  "{\"check\": \"ttl-differs\", \"as\": \"ignore\"}]",
         "c.json:3: warning: dns.checks[1].check: \"ttl-differs\" stands in dns.checks[0] "
         "already\n"
         "c.json:4: dns.checks[2].check: \"ttl-differs\" is set otherwise by dns.checks[0]\n"},
        {"\"zones\": [" ZONE("a") "],\n\"query_log\": {\"file\": \"a\", \"socket\": \"b\"}",
         "c.json:2: dns.query_log: give either file or socket, not both\n"},
        {"\"zones\": [" ZONE("a") "],\n\"query_log\": {\n\"socket\": \"b\"}",
         "c.json:3: dns.query_log.socket: a collector needs the format dnstap\n"},
        {"\"zones\": [" ZONE("a") "],\n\"any\": \"refuse\",\n\"rate_limit\": {\"slip\": 2}", ""},
        {"\"zones\": [" ZONE("a") "],\n\"any\": \"refuse\",\n\"tcp\": {\"enabled\": false}",
         "c.json:2: warning: dns.any: \"refuse\" is the same as \"one\": dns.tcp.enabled is "
         "false\n"},
        {"\"zones\": [" ZONE("a") "],\n\"tcp\": {\"max_connections\": 100,\n"
                                  "\"max_per_client\": 101}",
         "c.json:3: warning: dns.tcp.max_per_client: has no effect: dns.tcp.max_connections is "
         "100\n"},
        {"\"zones\": [" ZONE("a") "],\n\"tls\": {\"max_connections\": 1}", ""},
#if FEATURE_TLS
        {"\"zones\": [" ZONE("a") "],\n\"tls\": {\"enabled\": true}",
         "c.json:2: dns.tls.certificates: TLS needs a certificate\n"},
        {"\"zones\": [" ZONE("a") "],\n\"tls\": {\"enabled\": true, \"certificates\": [\n" PAIR
                                  "],\n"
                                  "\"max_connections\": 100,\n\"max_per_client\": 101}",
         "c.json:5: warning: dns.tls.max_per_client: has no effect: dns.tls.max_connections is "
         "100\n"},
#else
        {"\"zones\": [" ZONE("a") "],\n\"tls\": {\n\"enabled\": true, \"certificates\": [" PAIR
                                  "]}",
         "c.json:3: dns.tls.enabled: this build has no TLS: build with -Dtls=true\n"},
#endif
};

static void test_reports(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct conf_source source = {.file = "c.json"};
		char text[1024], all[2048] = "";
		struct conf conf;
		struct why why;

		snprintf(text, sizeof(text), "{\"dns\": {%s}}", cases[i].dns);
		conf_read_text(&conf, &root, &source, text, strlen(text));
		conf_check(((const struct root *)conf.values)->dns, &conf);
		for (const struct conf_report *r = conf.reports; r; r = r->next)
			snprintf(all + strlen(all), sizeof(all) - strlen(all), "%s: %s%s\n",
			         r->place, r->warning ? "warning: " : "", r->text);
		assert_string_equal(all, cases[i].reports);
		(void)!conf_settle(&conf, &why);
		conf_close(&conf);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_reports)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

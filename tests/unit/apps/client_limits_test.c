// client_limits: defaults of the configuration, the errors of invalid values, and the arguments
// of the engines that result.
#include "harness.h"

#include "apps/dns/dns_conf.h"
#include "apps/dns/settings.h"

#include <arpa/inet.h>
#include <errno.h>

static struct conf conf;
static struct why why;

// The section "dns" with one zone, with more keys of the zone and of the section.
static int open_dns(const char *zone, const char *rest)
{
	struct conf_source source = {.file = "dns.json"};
	char text[2048];

	why.text[0] = '\0';
	snprintf(text, sizeof(text),
	         "{\"zones\": [{\"origin\": \"example.org\", \"file\": \"x\"%s}]%s}", zone, rest);
	return conf_open_text(&conf, &dns_conf_section, &source, text, strlen(text), &why);
}

static const struct dns_conf *opened(const char *zone, const char *rest)
{
	if (open_dns(zone, rest) != 0)
		fail_msg("%s", why.text);
	return conf.values;
}

static void test_defaults(void **state)
{
	const struct dns_conf *dns = opened("", "");
	const struct dns_rate_limit_conf *limit = dns->rate_limit;
	const struct dns_zone_conf *zones = dns->zones.items;
	struct rrl_conf rrl = client_limits_rrl(limit, true, NULL);
	struct dns_conns_limits tcp = client_limits_tcp(dns->tcp);

	assert_true(limit->enabled);
	for (unsigned i = 0; i < RRL_CLASSES; i++)
		assert_int_equal(rrl.per_s[i], i == RRL_ALL ? 0 : 200);
	assert_int_equal(rrl.window_s, 15);
	assert_int_equal(rrl.slip, 2);
	assert_int_equal(rrl.ipv4_prefix, 24);
	assert_int_equal(rrl.ipv6_prefix, 56);
	assert_int_equal(rrl.table_size, 131072);
	assert_false(rrl.log_only);
	assert_int_equal(limit->exempt.len, 0);
	assert_true(dns->tcp->enabled);
	assert_int_equal(dns->tcp->max_connections, 10000);
	assert_int_equal(tcp.per_client, 150);
	assert_int_equal(tcp.ipv4_prefix, 32);
	assert_int_equal(tcp.ipv6_prefix, 64);
	assert_int_equal(tcp.idle_us, 10 * SEC_US);
	assert_true(dns->cookies->enabled);
	assert_int_equal(dns->cookies->secrets.len, 0);
	assert_int_equal(zones[0].allow.len, 1);
	assert_string_equal(((const char *const *)zones[0].allow.items)[0], "any");
	conf_close(&conf);
}

static void test_each_key_reaches_its_engine(void **state)
{
	const struct dns_conf *dns =
	        opened("", ", \"rate_limit\": {\"enabled\": false, \"responses_per_second\": 1,"
	                   " \"nodata_per_second\": 2, \"referrals_per_second\": 3,"
	                   " \"nxdomains_per_second\": 4, \"errors_per_second\": 5,"
	                   " \"all_per_second\": 6, \"window_s\": 7, \"slip\": 8,"
	                   " \"ipv4_prefix\": 9, \"ipv6_prefix\": 10, \"table_size\": 100,"
	                   " \"exempt\": [\"192.0.2.0/24\", \"!192.0.2.1\"], \"log_only\": true},"
	                   " \"tcp\": {\"enabled\": false, \"max_connections\": 20,"
	                   " \"max_per_client\": 11, \"ipv4_prefix\": 12, \"ipv6_prefix\": 128,"
	                   " \"idle_timeout_s\": 14}");
	struct acl *exempt = client_limits_acl(&dns->rate_limit->exempt, "exempt", &why);
	struct rrl_conf rrl = client_limits_rrl(dns->rate_limit, true, exempt);
	struct dns_conns_limits tcp = client_limits_tcp(dns->tcp);
	struct rrl *table = rrl_new(&rrl, 1);

	assert_false(dns->rate_limit->enabled);
	assert_int_equal(rrl.per_s[DNS_KIND_POSITIVE], 1);
	assert_int_equal(rrl.per_s[DNS_KIND_NODATA], 2);
	assert_int_equal(rrl.per_s[DNS_KIND_REFERRAL], 3);
	assert_int_equal(rrl.per_s[DNS_KIND_NXDOMAIN], 4);
	assert_int_equal(rrl.per_s[DNS_KIND_ERROR], 5);
	assert_int_equal(rrl.per_s[RRL_ALL], 6);
	assert_int_equal(rrl.window_s, 7);
	assert_int_equal(rrl.slip, 8);
	assert_int_equal(rrl.ipv4_prefix, 9);
	assert_int_equal(rrl.ipv6_prefix, 10);
	assert_int_equal(rrl.table_size, 100);
	assert_true(rrl.log_only);
	assert_int_equal(client_limits_rrl(dns->rate_limit, false, exempt).slip, 0);
	assert_false(dns->tcp->enabled);
	assert_int_equal(dns->tcp->max_connections, 20);
	assert_int_equal(tcp.per_client, 11);
	assert_int_equal(tcp.ipv4_prefix, 12);
	assert_int_equal(tcp.ipv6_prefix, 128);
	assert_int_equal(tcp.idle_us, 14 * SEC_US);
	assert_ptr_equal(rrl.exempt, exempt);
	assert_non_null(exempt);
	assert_non_null(table);
	rrl_free(table);
	acl_free(exempt);
	conf_close(&conf);
}

#define SECRET_WHY "is not a secret of 32 hexadecimal digits; \"openssl rand -hex 16\" makes one"

static const struct {
	const char *zone, *rest, *why;
} mistakes[] = {
        {"", ", \"rate_limit\": {\"responses_per_second\": 1000001}",
         "dns.json:1: rate_limit.responses_per_second: must be from 0 to 1000000, not 1000001"},
        {"", ", \"rate_limit\": {\"errors_per_second\": -1}",
         "dns.json:1: rate_limit.errors_per_second: must be from 0 to 1000000, not -1"},
        {"", ", \"rate_limit\": {\"window_s\": 3601}",
         "dns.json:1: rate_limit.window_s: must be from 0 to 3600, not 3601"},
        {"", ", \"rate_limit\": {\"slip\": 11}",
         "dns.json:1: rate_limit.slip: must be from 0 to 10, not 11"},
        {"", ", \"tcp\": {\"max_connections\": 0}",
         "dns.json:1: tcp.max_connections: must be from 1 to 16777216, not 0"},
        {"", ", \"tcp\": {\"max_per_client\": 0}",
         "dns.json:1: tcp.max_per_client: must be from 1 to 16777216, not 0"},
        {"", ", \"tcp\": {\"ipv4_prefix\": 33}",
         "dns.json:1: tcp.ipv4_prefix: must be from 1 to 32, not 33"},
        {"", ", \"tcp\": {\"ipv6_prefix\": 129}",
         "dns.json:1: tcp.ipv6_prefix: must be from 1 to 128, not 129"},
        {"", ", \"tcp\": {\"idle_timeout_s\": 0}",
         "dns.json:1: tcp.idle_timeout_s: must be from 1 to 3600, not 0"},
        {"", ", \"tcp\": {\"enabled\": 1}",
         "dns.json:1: tcp.enabled: must be true or false, not a "
         "whole number"},
        {"", ", \"rate_limit\": {\"ipv4_prefix\": 0}",
         "dns.json:1: rate_limit.ipv4_prefix: must be from 1 to 32, not 0"},
        {"", ", \"rate_limit\": {\"ipv4_prefix\": 33}",
         "dns.json:1: rate_limit.ipv4_prefix: must be from 1 to 32, not 33"},
        {"", ", \"rate_limit\": {\"ipv6_prefix\": 65}",
         "dns.json:1: rate_limit.ipv6_prefix: must be from 1 to 64, not 65"},
        {"", ", \"rate_limit\": {\"table_size\": 63}",
         "dns.json:1: rate_limit.table_size: must be from 64 to 67108864, not 63"},
        {"", ", \"rate_limit\": {\"log_only\": 1}",
         "dns.json:1: rate_limit.log_only: must be true or false, not a whole number"},
        {"", ", \"rate_limit\": {\"per_second\": 5}",
         "dns.json:1: rate_limit.per_second: is not a known key; did you mean "
         "\"all_per_second\"?"},
        {"", ", \"rate_limit\": {\"exempt\": [\"::1\", \"192.0.2.1/24\"]}",
         "dns.json:1: rate_limit.exempt[1]: \"192.0.2.1/24\" has bits set behind its length; "
         "write 192.0.2.0/24"},
        {"", ", \"cookies\": {\"secrets\": [\"0123456789abcdef0123456789abcde\"]}",
         "dns.json:1: cookies.secrets[0]: \"0123456789abcdef0123456789abcde\" " SECRET_WHY},
        {"", ", \"cookies\": {\"secrets\": \"0123456789abcdef0123456789abcdef0\"}",
         "dns.json:1: cookies.secrets: \"0123456789abcdef0123456789abcdef0\" " SECRET_WHY},
        {"", ", \"cookies\": {\"secrets\": \"0123456789abcdef0123456789abcdeg\"}",
         "dns.json:1: cookies.secrets: \"0123456789abcdef0123456789abcdeg\" " SECRET_WHY},
        {"", ", \"cookies\": {\"secrets\": [\"\", \"\", \"\"]}",
         "dns.json:1: cookies.secrets: must hold 0 to 2 strings, not 3 (and 2 more errors)"},
        {", \"allow\": []", "", "dns.json:1: zones[0].allow: must hold 1 to 65536 strings, not 0"},
        {", \"allow\": [\"any\", \"everybody\"]", "",
         "dns.json:1: zones[0].allow[1]: \"everybody\" is not a prefix, such as 192.0.2.0/24 or "
         "2001:db8::/32, nor an address, any or none"},
        {", \"allow\": \"!any\"", "",
         "dns.json:1: zones[0].allow: \"!any\" takes no !: write none"},
};

static void test_invalid_values(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(mistakes); i++) {
		assert_int_equal(open_dns(mistakes[i].zone, mistakes[i].rest), -EINVAL);
		assert_string_equal(why.text, mistakes[i].why);
	}
}

static void test_secrets(void **state)
{
	static const uint8_t own[COOKIE_SECRET_BYTES] = "sixteen letters";
	static const uint8_t first[] = {0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef,
	                                0xAB, 0xCD, 0xEF, 0x00, 0xff, 0x10, 0x9a, 0xa9};
	const struct dns_conf *dns;
	struct cookie_secrets secrets;

	dns = opened("", ", \"cookies\": {\"secrets\": [\"0123456789abcdefABCDEF00ff109aa9\","
	                 " \"000102030405060708090a0b0c0d0e0f\"]}");
	client_limits_cookies(dns->cookies, own, &secrets);
	assert_int_equal(secrets.len, 2);
	assert_memory_equal(secrets.secret[0], first, sizeof(first));
	for (unsigned i = 0; i < COOKIE_SECRET_BYTES; i++)
		assert_int_equal(secrets.secret[1][i], i);
	conf_close(&conf);

	dns = opened("", "");
	client_limits_cookies(dns->cookies, own, &secrets);
	assert_int_equal(secrets.len, 1);
	assert_memory_equal(secrets.secret[0], own, sizeof(own));
	conf_close(&conf);

	dns = opened("", ", \"cookies\": {\"enabled\": false, \"secrets\": "
	                 "\"0123456789abcdefABCDEF00ff109aa9\"}");
	client_limits_cookies(dns->cookies, own, &secrets);
	assert_int_equal(secrets.len, 0);
	conf_close(&conf);
}

static void test_lists(void **state)
{
	static const uint8_t inside[16] = {[10] = 0xff, 0xff, 192, 0, 2, 1};
	const struct dns_conf *dns = opened(", \"allow\": [\"192.0.2.0/24\"]", "");
	const struct dns_zone_conf *zones = dns->zones.items;
	struct acl *acl = client_limits_acl(&zones[0].allow, "zones[0].allow", &why);

	assert_non_null(acl);
	assert_true(acl_match(acl, inside));
	assert_false(acl_is_any(acl));
	acl_free(acl);
	conf_close(&conf);

	dns = opened("", "");
	zones = dns->zones.items;
	acl = client_limits_acl(&zones[0].allow, "zones[0].allow", &why);
	assert_non_null(acl);
	assert_true(acl_is_any(acl));
	acl_free(acl);
	acl = client_limits_acl(&dns->rate_limit->exempt, "exempt", &why);
	assert_non_null(acl);
	assert_false(acl_match(acl, inside));
	acl_free(acl);
	conf_close(&conf);

	dns = opened(", \"allow\": [\"any\", \"none\"]", "");
	zones = dns->zones.items;
	assert_null(client_limits_acl(&zones[0].allow, "dns.zones[0].allow", &why));
	assert_string_equal(why.text,
	                    "dns.zones[0].allow: \"any\" and \"none\" contradict each other");
	conf_close(&conf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_defaults),
	        cmocka_unit_test(test_each_key_reaches_its_engine),
	        cmocka_unit_test(test_invalid_values),
	        cmocka_unit_test(test_secrets),
	        cmocka_unit_test(test_lists),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

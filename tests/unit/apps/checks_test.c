// checks: the policy that dns.checks and the option --as result in.
#include "harness.h"

#include "apps/dns/dns_conf.h"

static struct why why;

static int open_with(struct conf *conf, const char *checks)
{
	struct conf_source source = {.file = "dns.json"};
	char text[1024];

	why.text[0] = '\0';
	snprintf(text, sizeof(text),
	         "{\"zones\": [{\"origin\": \"example.org\", \"file\": \"x\"}]%s}", checks);
	return conf_open_text(conf, &dns_conf_section, &source, text, strlen(text), &why);
}

static struct zone_policy policy_of(const char *checks)
{
	struct zone_policy policy;
	struct conf conf;

	if (open_with(&conf, checks) != 0)
		fail_msg("%s", why.text);
	policy = dns_checks_policy(&((const struct dns_conf *)conf.values)->checks);
	conf_close(&conf);
	return policy;
}

static void test_defaults(void **state)
{
	struct zone_policy policy = policy_of("");

	assert_false(policy.strict);
	for (unsigned i = 0; i < ZONE_CHECKS_LEN; i++)
		assert_int_equal(policy.as[i], ZONE_DEFAULT);
}

static void test_the_last_entry_of_a_check_decides(void **state)
{
	struct zone_policy policy =
	        policy_of(", \"checks\": [{\"check\": \"mx-address\", \"as\": \"error\"},"
	                  " {\"check\": \"Out-Of-Zone\", \"as\": \"warning\"},"
	                  " {\"check\": \"mx-address\", \"as\": \"ignore\"}]");

	assert_int_equal(policy.as[ZONE_CHECK_MX_ADDRESS], ZONE_IGNORE);
	assert_int_equal(policy.as[ZONE_CHECK_OUT_OF_ZONE], ZONE_WARNING);
	assert_int_equal(policy.as[ZONE_CHECK_NS_ADDRESS], ZONE_DEFAULT);
}

static void test_invalid_entries(void **state)
{
	static const struct {
		const char *checks, *why;
	} cases[] = {
	        {", \"checks\": [{\"check\": \"none\", \"as\": \"error\"}]",
	         "checks[0].check: \"none\" is not a check; \"wadi-dns check --list\" lists "
	         "all checks"},
	        {", \"checks\": [{\"check\": \"soa-missing\", \"as\": \"ignore\"}]",
	         "checks[0].check: \"soa-missing\" is always an error: the zone cannot be "
	         "built without it"},
	        {", \"checks\": [{\"check\": \"mx-address\", \"as\": \"fatal\"}]",
	         "checks[0].as: "},
	        {", \"checks\": [{\"check\": \"mx-address\"}]",
	         "checks[0].as: this key is required"},
	        {", \"checks\": [{\"as\": \"error\"}]", "checks[0].check: this key is required"},
	        {", \"checks\": \"strict\"", "checks: "},
	};
	struct conf conf;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		assert_true(open_with(&conf, cases[i].checks) < 0);
		if (!strstr(why.text, cases[i].why))
			fail_msg("%s: %s", cases[i].checks, why.text);
	}
}

static void test_as_option(void **state)
{
	struct zone_policy policy = {.strict = false};

	assert_true(dns_checks_set(&policy, "mx-address=error", &why));
	assert_int_equal(policy.as[ZONE_CHECK_MX_ADDRESS], ZONE_ERROR);
	assert_true(dns_checks_set(&policy, "mx-address=ignore", &why));
	assert_int_equal(policy.as[ZONE_CHECK_MX_ADDRESS], ZONE_IGNORE);
	assert_true(dns_checks_set(&policy, "below-dname=warning", &why));
	assert_int_equal(policy.as[ZONE_CHECK_BELOW_DNAME], ZONE_WARNING);
}

static void test_invalid_as_options(void **state)
{
	static const char *const words[] = {
	        "",
	        "=",
	        "=error",
	        "mx-address",
	        "mx-address=",
	        "mx-address=errors",
	        "syntax=error",
	        "mx-addressmx-addressmx-addressmx-addressmx-addressmx-addressmx-address=error",
	};
	struct zone_policy policy = {.strict = false}, before = policy;

	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		why.text[0] = '\0';
		assert_false(dns_checks_set(&policy, words[i], &why));
		assert_true(why.text[0] == '"');
		assert_memory_equal(&policy, &before, sizeof(policy));
	}
}

static void test_options(void **state)
{
	struct zone_policy policy = {.strict = true};
	struct zone_options options = dns_checks_options(&policy, 42);

	assert_int_equal(options.hash_key, 42);
	assert_true(options.now_s > 0);
	assert_true(options.policy.strict);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	        POOL_TEST(test_defaults),
	        POOL_TEST(test_the_last_entry_of_a_check_decides),
	        POOL_TEST(test_invalid_entries),
	        POOL_TEST(test_as_option),
	        POOL_TEST(test_invalid_as_options),
	        POOL_TEST(test_options),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

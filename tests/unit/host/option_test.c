// option: each type's values read and refused, defaults, and what the sentences say.
#include "harness.h"

#include "core/host/option.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

struct values {
	uint64_t ring, seed, loss, delay_us, rate;
	uint8_t mac[6];
	bool copy;
	unsigned role;
};

static const char *const roles[] = {"server", "client", NULL};

#define AT(member) offsetof(struct values, member)

static const struct option_key keys[] = {
        {"ring", OPTION_NUMBER, AT(ring), 10, 5, 14, .help = "Slots."},
        {"seed", OPTION_NUMBER, AT(seed), .max = UINT64_MAX, .help = "A seed."},
        {"loss", OPTION_PERCENT, AT(loss), .help = "Packets lost."},
        {"delay", OPTION_DURATION, AT(delay_us), 7, .max = 60000000, .help = "A delay."},
        {"rate", OPTION_RATE, AT(rate), .max = UINT64_C(1000000000), .help = "Bits a second."},
        {"mac", OPTION_MAC, AT(mac), .help = "An address."},
        {"copy", OPTION_FLAG, AT(copy), 1, .help = "Copies."},
        {"role", OPTION_CHOICE, AT(role), 1, .choices = roles, .help = "Who listens."},
        {0},
};
static const struct option_table table = {sizeof(struct values), keys};
static const struct option_table empty = {0, &keys[ARRAY_LEN(keys) - 1]};

static const struct values fallbacks = {.ring = 10, .delay_us = 7, .copy = true, .role = 1};

static int parse(const char *text, struct values *values, struct why *why)
{
	memset(values, 0x55, sizeof(*values));
	return option_parse(&table, text, strlen(text), values, why);
}

static void test_options_not_given_have_their_fallbacks(void **state)
{
	struct values values;
	struct why why;

	assert_int_equal(parse("", &values, &why), 0);
	assert_memory_equal(&values, &fallbacks, sizeof(values));
}

static void test_each_type_is_read(void **state)
{
	struct values values;
	struct why why;

	assert_int_equal(
	        parse("ring=14,seed=18446744073709551615,loss=0.1%,delay=1.5ms,rate=2.5Mbit,copy=0,"
	              "mac=02:00:00:00:00:AB,role=server",
	              &values, &why),
	        0);
	assert_int_equal(values.ring, 14);
	assert_true(values.seed == UINT64_MAX);
	assert_int_equal(values.loss, 4294967);
	assert_int_equal(values.delay_us, 1500);
	assert_int_equal(values.rate, 2500000);
	assert_false(values.copy);
	assert_int_equal(values.mac[0], 2);
	assert_int_equal(values.mac[5], 0xab);
	assert_int_equal(values.role, 0);
}

static void test_limits_are_inside(void **state)
{
	static const struct {
		const char *text;
		struct values values;
	} cases[] = {
	        {"ring=5", {.ring = 5, .delay_us = 7, .copy = true, .role = 1}},
	        {"loss=100%",
	         {.ring = 10, .loss = OPTION_PERCENT_MAX, .delay_us = 7, .copy = true, .role = 1}},
	        {"loss=0.0000001234567%", {.ring = 10, .delay_us = 7, .copy = true, .role = 1}},
	        {"delay=60s", {.ring = 10, .delay_us = 60000000, .copy = true, .role = 1}},
	        {"delay=60000000us", {.ring = 10, .delay_us = 60000000, .copy = true, .role = 1}},
	        {"rate=1Gbit",
	         {.ring = 10, .delay_us = 7, .rate = 1000000000, .copy = true, .role = 1}},
	        {"rate=0.5kbit", {.ring = 10, .delay_us = 7, .rate = 500, .copy = true, .role = 1}},
	        {"ring=5,ring=6", {.ring = 6, .delay_us = 7, .copy = true, .role = 1}},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct values values;
		struct why why;

		assert_int_equal(parse(cases[i].text, &values, &why), 0);
		assert_memory_equal(&values, &cases[i].values, sizeof(values));
	}
}

// The text ends where its length says, not at the next NUL.
static void test_the_text_ends_at_its_length(void **state)
{
	struct values values;
	struct why why;

	assert_int_equal(option_parse(&table, "ring=6):tap:x", 6, &values, &why), 0);
	assert_int_equal(values.ring, 6);
}

#define PERCENT  "which is not a percentage from 0% to 100%"
#define DURATION "which is not a time with its unit, at most 60s"
#define RATE     "which is not a rate with its unit, at most 1Gbit"
#define MAC      "which is not a unicast Ethernet address"
#define ZEROS    "0000000000000000000000000000000000000000000000000000000000000000"

static void test_each_mistake_is_named(void **state)
{
	static const struct {
		const char *text, *says;
	} cases[] = {
	        {"x=1",
	         "has no option \"x\"; its options are: ring, seed, loss, delay, rate, mac, "},
	        {"rin=6", "has no option \"rin\""},
	        {"ring=6,", "has no option \"\""},
	        {",ring=6", "has no option \"\""},
	        {"ring =6", "has no option \"ring \""},
	        {"=6", "has no option \"\""},
	        {"ring", "gives option ring no value: ring=N"},
	        {"role", "gives option role no value: role=server|client"},
	        {"ring=", "gives option ring the value \"\", which is not a number from 5 to 14"},
	        {"ring=4", "the value \"4\", which is not a number from 5 to 14"},
	        {"ring=15", "the value \"15\", which"},
	        {"ring=-6", "the value \"-6\", which"},
	        {"ring=+6", "the value \"+6\", which"},
	        {"ring=6x", "the value \"6x\", which"},
	        {"ring= 6", "the value \" 6\", which"},
	        {"ring=6=6", "the value \"6=6\", which"},
	        {"ring=" ZEROS "6", "gives option ring the value \"000"},
	        {"seed=18446744073709551616", "the value \"18446744073709551616\", which"},
	        {"loss=1", PERCENT},
	        {"loss=%", PERCENT},
	        {"loss=-1%", PERCENT},
	        {"loss=1%%", PERCENT},
	        {"loss=1 %", PERCENT},
	        {"loss=101%", PERCENT},
	        {"loss=100.000001%", PERCENT},
	        {"loss=99999999999999999999%", PERCENT},
	        {"delay=5", DURATION},
	        {"delay=5min", DURATION},
	        {"delay=61s", DURATION},
	        {"delay=60000.1ms", DURATION},
	        {"rate=5", RATE},
	        {"rate=5Mbps", RATE},
	        {"rate=1.1Gbit", RATE},
	        {"rate=-1Mbit", RATE},
	        {"mac=", MAC},
	        {"mac=01:00:00:00:00:01", MAC},
	        {"mac=00:00:00:00:00:00", MAC},
	        {"mac=02-00-00-00-00-01", MAC},
	        {"mac=02:00:00:00:00:0g", MAC},
	        {"mac=02:00:00:00:00:01:", MAC},
	        {"copy=2", "which is not 0 or 1"},
	        {"copy=yes", "which is not 0 or 1"},
	        {"role=master", "the value \"master\", which is not server|client"},
	        {"role=serve", "which is not server|client"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct values values;
		struct why why = {""};

		assert_int_equal(parse(cases[i].text, &values, &why), -EINVAL);
		if (!strstr(why.text, cases[i].says))
			fail_msg("%s: \"%s\" does not say \"%s\"", cases[i].text, why.text,
			         cases[i].says);
	}
}

static void test_a_table_without_options(void **state)
{
	struct values values;
	struct why why;

	assert_int_equal(option_parse(&empty, "", 0, &values, &why), 0);
	assert_int_equal(option_parse(&empty, "a=1", 3, &values, &why), -EINVAL);
	assert_string_equal(why.text, "has no option \"a\"; its options are: none");
}

static void test_how_an_option_is_written(void **state)
{
	static const char *const forms[] = {
	        "ring=N",    "seed=N",  "loss=PERCENT", "delay=TIME",
	        "rate=RATE", "mac=MAC", "copy=0|1",     "role=server|client"};
	char text[64];

	for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
		option_form(&keys[i], text, sizeof(text));
		assert_string_equal(text, forms[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_options_not_given_have_their_fallbacks),
	        cmocka_unit_test(test_each_type_is_read),
	        cmocka_unit_test(test_limits_are_inside),
	        cmocka_unit_test(test_the_text_ends_at_its_length),
	        cmocka_unit_test(test_each_mistake_is_named),
	        cmocka_unit_test(test_a_table_without_options),
	        cmocka_unit_test(test_how_an_option_is_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

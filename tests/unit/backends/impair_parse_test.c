// impair_parse: what is read from impair(...):DEVICE, and what the sentences say
// of what cannot be.
#include "harness.h"

#include "backends/mem/impair.h"

#include <errno.h>

static void test_good_texts(void **state)
{
	static const struct {
		const char *text;
		struct impair_conf conf;
		const char *device;
	} cases[] = {
	        {"impair():tap:x", {.queue_us = IMPAIR_QUEUE_US, .limit = IMPAIR_LIMIT}, "tap:x"},
	        {"impair(loss=1%):mem:a",
	         {.loss_q32 = 42949672, .queue_us = IMPAIR_QUEUE_US, .limit = IMPAIR_LIMIT},
	         "mem:a"},
	        {"impair(loss=1%,delay=5ms,reorder=2%,dup=1%,corrupt=0.1%,seed=1):tap:wadi0",
	         {.loss_q32 = 42949672,
	          .delay_us = 5000,
	          .reorder_q32 = 85899345,
	          .dup_q32 = 42949672,
	          .corrupt_q32 = 4294967,
	          .seed = 1,
	          .queue_us = IMPAIR_QUEUE_US,
	          .limit = IMPAIR_LIMIT},
	         "tap:wadi0"},
	        {"impair(loss=100%,dup=0%):x",
	         {.loss_q32 = UINT64_C(1) << 32,
	          .queue_us = IMPAIR_QUEUE_US,
	          .limit = IMPAIR_LIMIT},
	         "x"},
	        {"impair(delay=200us,limit=7):x",
	         {.delay_us = 200, .queue_us = IMPAIR_QUEUE_US, .limit = 7},
	         "x"},
	        {"impair(rate=10Mbit,queue=20ms):x",
	         {.rate_bps = 10000000, .queue_us = 20000, .limit = IMPAIR_LIMIT},
	         "x"},
	        {"impair(delay=1.5ms):x",
	         {.delay_us = 1500, .queue_us = IMPAIR_QUEUE_US, .limit = IMPAIR_LIMIT},
	         "x"},
	        {"impair(delay=60s):x",
	         {.delay_us = 60 * SEC_US, .queue_us = IMPAIR_QUEUE_US, .limit = IMPAIR_LIMIT},
	         "x"},
	        {"impair(seed=18446744073709551615):x",
	         {.seed = UINT64_MAX, .queue_us = IMPAIR_QUEUE_US, .limit = IMPAIR_LIMIT},
	         "x"},
	        {"impair(loss=0.0000001234567%):x",
	         {.queue_us = IMPAIR_QUEUE_US, .limit = IMPAIR_LIMIT},
	         "x"},
	        {"impair(seed=1):impair(seed=2):x",
	         {.seed = 1, .queue_us = IMPAIR_QUEUE_US, .limit = IMPAIR_LIMIT},
	         "impair(seed=2):x"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct impair_conf conf;
		const char *device;
		struct why why = {""};

		assert_true(impair_is(cases[i].text));
		assert_int_equal(impair_parse(cases[i].text, &conf, &device, &why), 0);
		assert_string_equal(device, cases[i].device);
		assert_memory_equal(&conf, &cases[i].conf, sizeof(conf));
		assert_string_equal(why.text, "");
	}
}

static void test_what_is_no_impairment(void **state)
{
	static const char *const texts[] = {"", "impair", "tap:x", " impair():x", "Impair():x"};

	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		assert_false(impair_is(texts[i]));
}

static void test_bad_texts_say_what_is_wrong(void **state)
{
	static const struct {
		const char *text, *says;
	} cases[] = {
	        {"impair(", "closing parenthesis"},
	        {"impair(loss=1%", "closing parenthesis"},
	        {"impair(loss=1%,", "closing parenthesis"},
	        {"impair(loss=1%)", "a colon and a device"},
	        {"impair(loss=1%):", "a colon and a device"},
	        {"impair(loss=1%)tap:x", "a colon and a device"},
	        {"impair(loss=1):x",
	         "gives option loss the value \"1\", which is not a percentage"},
	        {"impair(loss):x", "gives option loss no value: loss=PERCENT"},
	        {"impair(delay=61s):x",
	         "the value \"61s\", which is not a time with its unit, at most 60s"},
	        {"impair(limit=0):x", "a number from 1 to 65536"},
	        {"impair(rate=10):x", "which is not a rate with its unit, at most 100Gbit"},
	        {"impair(jitter=1ms):x",
	         "has no option \"jitter\"; its options are: loss, delay, "},
	        {"impair(loss=1%,,dup=1%):x", "has no option \"\""},
	        {"impair(loss =1%):x", "has no option \"loss \""},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct impair_conf conf;
		const char *device;
		struct why why = {""};

		assert_int_equal(impair_parse(cases[i].text, &conf, &device, &why), -EINVAL);
		if (!strstr(why.text, cases[i].says))
			fail_msg("%s: \"%s\" does not say \"%s\"", cases[i].text, why.text,
			         cases[i].says);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_good_texts),
	        cmocka_unit_test(test_what_is_no_impairment),
	        cmocka_unit_test(test_bad_texts_say_what_is_wrong),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// example: what is said of an answer that was not as it should be.
#include "harness.h"

#include "apps/bench/example.h"
#include "proto/bench/query_text.h"

static struct ask ask;
static struct ask_worker worker;
static struct ask_run run;

static int teardown(void **state)
{
	query_set_close(&ask.set);
	return 0;
}

static void open_with(const char *list)
{
	const struct query_form form = {.udp_bytes = 0};
	struct why why;

	memset(&ask, 0, sizeof(ask));
	memset(&worker, 0, sizeof(worker));
	assert_int_equal(query_text_add(&ask.set, &form, list, strlen(list), &why), 0);
	run = (struct ask_run){.ask = &ask, .active = {&worker}, .active_len = 1};
}

// The first query's own message as its answer, with this code and so many records.
static struct asker_example *answer(enum query_verdict verdict, unsigned rcode, unsigned records)
{
	const struct query *query = query_set_get(&ask.set, 0);
	struct asker_example *example = &worker.asker.example;

	*example = (struct asker_example){.verdict = verdict, .len = query->len};
	memcpy(example->msg, query->msg, query->len);
	example->msg[2] |= 0x80;
	example->msg[3] |= (uint8_t)rcode;
	example->msg[7] = (uint8_t)records;
	return example;
}

static void test_what_was_wanted_is_said(void **state)
{
	static const struct {
		const char *list, *text;
	} rows[] = {
	        {"www.example.org A NXDOMAIN",
	         "www.example.org. A was answered SERVFAIL with 2 records; wanted was NXDOMAIN"},
	        {"a AAAA NOERROR 1",
	         "a. AAAA was answered SERVFAIL with 2 records; wanted was NOERROR with 1 record"},
	        {"a A * 1 192.0.2.1",
	         "a. A was answered SERVFAIL with 2 records; wanted was any code with 1 record, "
	         "among them 192.0.2.1"},
	        {"a AAAA * * 2001:db8::1",
	         "a. AAAA was answered SERVFAIL with 2 records; wanted was any code with records, "
	         "among them 2001:db8::1"},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char text[EXAMPLE_TEXT_BYTES];

		open_with(rows[i].list);
		answer(QUERY_UNEXPECTED, DNS_SERVFAIL, 2);
		assert_string_equal(example_text(&run, text), rows[i].text);
		teardown(NULL);
	}
}

static void test_another_question_is_shown(void **state)
{
	char text[EXAMPLE_TEXT_BYTES];
	struct asker_example *example;

	open_with("a.example A");
	assert_string_equal(example_text(&run, text), "");
	example = answer(QUERY_OTHER, 0, 0);
	example->msg[13] = 'b';
	assert_string_equal(example_text(&run, text),
	                    "a.example. A was answered with b.example. A");
	// The answer breaks off, anywhere.
	for (example->len--; example->len > 12 + 11 + 1; example->len--)
		assert_string_equal(example_text(&run, text),
		                    "a.example. A was answered with b.example. A");
	for (; example->len > 0; example->len--)
		assert_string_equal(example_text(&run, text), "a.example. A was answered with "
		                                              "something that is no question");
}

static void test_the_longest_names_fit(void **state)
{
	char text[EXAMPLE_TEXT_BYTES], list[1100] = "";
	struct asker_example *example;

	// Each byte as \DDD.
	for (unsigned label = 0; label < 4; label++) {
		for (unsigned i = 0; i < (label < 3 ? 63 : 61); i++)
			strcat(list, "\\001");
		strcat(list, label < 3 ? "." : " A");
	}
	open_with(list);
	example = answer(QUERY_OTHER, 0, 0);
	example->msg[13] = 2;
	assert_true(strlen(example_text(&run, text)) > 2000);
	assert_string_equal(text + strlen(text) - 2, " A");
}

#define TEST(name) cmocka_unit_test_teardown(name, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        TEST(test_what_was_wanted_is_said),
	        TEST(test_another_question_is_shown),
	        TEST(test_the_longest_names_fit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

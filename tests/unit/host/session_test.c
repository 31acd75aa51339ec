// session: what is said to an appliance and what it says back, as bytes, without any
// descriptor: in whatever pieces they come and go.
#include "harness.h"

#include "core/host/session.h"

#include <stdlib.h>

static struct session session;
static unsigned calls;
static size_t reply_len;       // of the command "big"
static size_t in_max, out_max; // bytes that pass in one piece

// Replies with the command's name, or with many bytes.
static json_t *reply(void *ctx, json_t *request)
{
	const char *command = json_string_value(json_object_get(request, "command"));
	char *text;
	json_t *big;

	assert_ptr_equal(ctx, &calls);
	calls++;
	if (strcmp(command, "refuse") == 0)
		return json_pack("{s:s}", "error", "not that");
	if (strcmp(command, "memory") == 0)
		return NULL;
	if (strcmp(command, "big") != 0)
		return json_pack("{s:s, s:O*}", "did", command, "words",
		                 json_object_get(request, "words"));
	text = calloc(1, reply_len + 1);
	memset(text, 'b', reply_len);
	big = json_pack("{s:s}", "did", text);
	free(text);
	return big;
}

static void restart(enum session_kind kind)
{
	session_fini(&session);
	session_init(&session, kind, reply, &calls);
}

static int setup(void **state)
{
	calls = 0;
	in_max = out_max = SIZE_MAX;
	session_init(&session, SESSION_TOOL, reply, &calls);
	return 0;
}

static int teardown(void **state)
{
	session_fini(&session);
	return 0;
}

// What the session says to the bytes.
static const char *talk_bytes(const char *bytes, size_t len)
{
	static char said[65536];
	size_t said_len = 0, n;
	const char *output;

	do {
		n = size_min(size_min(len, in_max), session_room(&session));
		session_input(&session, bytes, n);
		bytes += n;
		len -= n;
		while ((n = session_output(&session, &output)) > 0) {
			n = size_min(n, out_max);
			assert_true(said_len + n < sizeof(said));
			memcpy(said + said_len, output, n);
			said_len += n;
			assert_int_equal(session_room(&session), 0);
			session_sent(&session, n);
		}
	} while (len && !session_is_over(&session));
	said[said_len] = '\0';
	return said;
}

static const char *talk(const char *text)
{
	return talk_bytes(text, strlen(text));
}

static void test_a_line_is_answered_by_a_line_in_any_pieces(void **state)
{
	static const size_t pieces[] = {1, 2, 7, SIZE_MAX};

	for (size_t i = 0; i < ARRAY_LEN(pieces); i++) {
		for (size_t k = 0; k < ARRAY_LEN(pieces); k++) {
			in_max = pieces[i];
			out_max = pieces[k];
			assert_string_equal(talk("{\"command\":\"status\"}\n"),
			                    "{\"did\":\"status\"}\n");
			assert_string_equal(
			        talk("{\"command\":\"a\"}\n{\"command\":\"b\"}\n{\"comm"),
			        "{\"did\":\"a\"}\n{\"did\":\"b\"}\n");
			assert_string_equal(talk("and\":\"c\"}\n"), "{\"did\":\"c\"}\n");
		}
	}
}

static void test_a_line_waits_until_the_reply_before_it_is_sent(void **state)
{
	const char *two = "{\"command\":\"big\"}\n{\"command\":\"after\"}\n", *output;
	size_t len;

	reply_len = 1000;
	session_input(&session, two, strlen(two));
	len = session_output(&session, &output);
	assert_int_equal(len, strlen("{\"did\":\"\"}\n") + reply_len);
	session_sent(&session, len - 1);
	assert_int_equal(calls, 1);
	assert_int_equal(session_output(&session, &output), 1);
	assert_int_equal(*output, '\n');
	session_sent(&session, 1);
	assert_int_equal(calls, 2);
	assert_int_equal(session_output(&session, &output), strlen("{\"did\":\"after\"}\n"));
}

static void test_a_reply_that_memory_was_short_for_ends_the_session(void **state)
{
	for (int kind = SESSION_TOOL; kind <= SESSION_TERMINAL; kind++) {
		restart((enum session_kind)kind);
		talk(kind == SESSION_TOOL ? "{\"command\":\"memory\"}\n" : "memory\n");
		assert_true(session_is_over(&session));
	}
}

static void test_a_person_types_one_key_at_a_time(void **state)
{
	restart(SESSION_TERMINAL);
	in_max = 1;
	assert_string_equal(talk("stats\r"), "stats\ndid  stats\n");
	assert_string_equal(talk("xy\b\bstats\r"), "xy\b \b\b \bstats\ndid  stats\n");
}

static void test_what_is_no_request_is_refused(void **state)
{
	static const char *const bad[] = {"\n",
	                                  "hello\n",
	                                  "[]\n",
	                                  "{}\n",
	                                  "{\"command\": 1}\n",
	                                  "{\"command\":\"a\"\n",
	                                  "{\"command\":\"a\",\"command\":\"b\"}\n",
	                                  "{\"command\":\"a\"} x\n",
	                                  "\xff\xfe\n",
	                                  "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\n"};

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		assert_string_equal(talk(bad[i]), "{\"error\":\"a request is one line such as "
		                                  "{\\\"command\\\":\\\"status\\\"}\"}\n");
	}
	assert_non_null(strstr(talk_bytes("{\"command\":\"\0\"}\n", 16), "error")); // a zero byte
	assert_int_equal(calls, 0);
	assert_string_equal(talk("{\"command\":\"a\"}\n"), "{\"did\":\"a\"}\n");
}

static void test_a_line_without_end_ends_a_tool(void **state)
{
	char line[SESSION_REQUEST_BYTES + 1];

	memset(line, ' ', sizeof(line));
	line[sizeof(line) - 1] = '\0';
	assert_string_equal(talk(line), "{\"error\":\"the request is too long\"}\n");
	assert_true(session_is_over(&session));
	assert_int_equal(session_room(&session), 0);
	restart(SESSION_TOOL); // the longest that is taken
	memcpy(line, "{\"command\":\"a\"}", 15);
	line[sizeof(line) - 2] = '\n';
	assert_string_equal(talk(line), "{\"did\":\"a\"}\n");
}

static void test_a_person_at_a_terminal(void **state)
{
	static const struct {
		const char *typed, *seen; // with what is typed
	} cases[] = {
	        {"status\r", "status\ndid  status\n"},
	        {"drops\n", "drops\ndid  drops\n"},
	        {"  drops \t\r", "  drops \ndid  drops\n"},
	        {"log-level debug\r", "log-level debug\ndid    log-level\nwords  debug\n"},
	        {"zone-add a\t b --all\r", "zone-add a b --all\ndid    zone-add\nwords  a b\n"},
	        {"drops --all\r", "drops --all\ndid  drops\n"},
	        {"a caf\xe9\r",
	         "a caf\xe9\na request is one line such as {\"command\":\"status\"}\n"},
	        {"statsu\b\bus\r", "statsu\b \b\b \bus\ndid  status\n"},
	        {"x\x7f\x7f\x7f"
	         "a\r",
	         "x\b \ba\ndid  a\n"},
	        {"a\x03\x1b[A\r", "a[A\ndid  a[A\n"}, // no arrow keys
	        {"\r\n \r", "\n\n \n"},
	        {"refuse\r", "refuse\nnot that\n"},
	        {"caf\xe9\r", "caf\xe9\na request is one line such as {\"command\":\"status\"}\n"},
	};

	restart(SESSION_TERMINAL);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_string_equal(talk(cases[i].typed), cases[i].seen);
}

static void test_a_tool_at_a_terminal(void **state)
{
	restart(SESSION_TERMINAL);
	assert_string_equal(talk("\n{\"command\":\"a\",\"id\":\"x1\"}\n"),
	                    "\n\x1e{\"did\":\"a\",\"id\":\"x1\"}\n");
	assert_string_equal(talk("{\"command\":\"a\",\"id\":[1]}\n{\"comm"),
	                    "\x1e{\"did\":\"a\",\"id\":[1]}\n");
	assert_string_equal(talk("and\":\"b\"}\r\n"), "\n\x1e{\"did\":\"b\"}\n");
	assert_non_null(
	        strstr(talk("{\"command\":1}\n"), "\x1e{\"error\":\"a request is one line"));
	assert_non_null(strstr(talk("{\n"), "\x1e{\"error\":"));
}

static void test_a_terminal_stays_after_a_line_without_end(void **state)
{
	char line[SESSION_REQUEST_BYTES + 1];

	restart(SESSION_TERMINAL);
	memset(line, '{', sizeof(line));
	line[sizeof(line) - 1] = '\0';
	assert_string_equal(talk(line), "\x1e{\"error\":\"the request is too long\"}\n");
	assert_string_equal(talk("\na\r"), "\na\ndid  a\n");
}

#define SESSION_TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        SESSION_TEST(test_a_line_is_answered_by_a_line_in_any_pieces),
	        SESSION_TEST(test_a_line_waits_until_the_reply_before_it_is_sent),
	        SESSION_TEST(test_a_reply_that_memory_was_short_for_ends_the_session),
	        SESSION_TEST(test_a_person_types_one_key_at_a_time),
	        SESSION_TEST(test_what_is_no_request_is_refused),
	        SESSION_TEST(test_a_line_without_end_ends_a_tool),
	        SESSION_TEST(test_a_person_at_a_terminal),
	        SESSION_TEST(test_a_tool_at_a_terminal),
	        SESSION_TEST(test_a_terminal_stays_after_a_line_without_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

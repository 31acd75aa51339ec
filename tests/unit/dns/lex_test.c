// lex: text to tokens with their places, and values of tokens.
#include "harness.h"

#include "proto/dns/text/token.h"

#include <stdio.h>

static struct lex_token token_of(const char *text)
{
	struct lex lex;

	lex_init(&lex, text, strlen(text));
	return lex_next(&lex);
}

// Tokens as "line:column kind text", one after the other.
static const char *tokens_of(const char *text, size_t text_len)
{
	static const char kinds[] = {'w', 'q', '$', 'E', '!'};
	static char out[1024];
	size_t len = 0;
	struct lex lex;
	struct lex_token token;

	lex_init(&lex, text, text_len);
	do {
		token = lex_next(&lex);
		assert_int_equal(lex.ended, lex_token_ends(&token));
		len += (size_t)snprintf(out + len, sizeof(out) - len, "%u:%u%c", token.line,
		                        token.column, kinds[token.kind]);
		len += (size_t)snprintf(out + len, sizeof(out) - len, "%.*s ", (int)token.len,
		                        token.text);
		assert_true(len < sizeof(out));
	} while (token.kind != LEX_FILE_END);
	return out;
}

static void test_tokens_and_their_places(void **state)
{
	static const struct {
		const char *text, *want;
	} table[] = {
	        {"", "1:1E "},
	        {"a", "1:1wa 1:2E "},
	        {"a b\n\tc\n", "1:1wa 1:3wb 1:4$ 2:2wc 2:3$ 3:1E "},
	        {"a;b\nc", "1:1wa 1:4$ 2:1wc 2:2E "},
	        {"\"a b\" \"\"", "1:1qa b 1:7q 1:9E "},
	        {"a\"b\"c", "1:1wa 1:2qb 1:5wc 1:6E "},
	        {"\"a\\\"b\"", "1:1qa\\\"b 1:7E "},
	        {"a\\ b\\;c\\\"d", "1:1wa\\ b\\;c\\\"d 1:11E "},
	        {"(a\nb)c\nd", "1:2wa 2:1wb 2:3wc 2:4$ 3:1wd 3:2E "},
	        {"(((a)\n)\n)b", "1:4wa 3:2wb 3:3E "},
	        {"a\r\nb\r\n", "1:1wa 1:3$ 2:1wb 2:3$ 3:1E "},
	        {"\xef\xbb\xbf"
	         "a",
	         "1:1wa 1:2E "},
	        {"a\n(b\n\n", "1:1wa 1:2$ 2:2wb 2:1!the parenthesis is not closed before the end "
	                      "of the file 4:1E "},
	        {"a)b", "1:1wa 1:2!this parenthesis was not opened 1:3wb 1:4E "},
	        {"\"a\nb", "1:1!the quoted string is not closed on its line 1:3$ 2:1wb 2:2E "},
	        {"\"a\\", "1:1!the quoted string is not closed on its line 1:4E "},
	        {"a\\\nb", "1:1!a backslash ends the line 1:3$ 2:1wb 2:2E "},
	};

	for (size_t i = 0; i < ARRAY_LEN(table); i++)
		assert_string_equal(tokens_of(table[i].text, strlen(table[i].text)), table[i].want);
	assert_string_equal(tokens_of("a\0b", 3),
	                    "1:1wa 1:2!a control character: zone files are text, such bytes are "
	                    "written as \\DDD 1:3wb 1:4E ");
}

static void test_a_blank_at_the_beginning_of_a_line(void **state)
{
	static const char text[] = "a\n b\n\tc\n(d\n e)\nf";
	static const bool blank[] = {false, true, true, false, false};
	struct lex lex;

	lex_init(&lex, text, strlen(text));
	for (size_t i = 0; i < ARRAY_LEN(blank); i++) {
		assert_int_equal(lex_at_blank(&lex), blank[i]);
		lex_next(&lex);
		lex_skip_record(&lex);
	}
	assert_int_equal(lex_next(&lex).kind, LEX_FILE_END);
	assert_false(lex_at_blank(&lex));
}

static void test_numbers(void **state)
{
	static const struct {
		const char *text;
		uint32_t max;
		bool good;
		uint32_t value;
	} table[] = {
	        {"0", 0, true, 0},
	        {"007", 255, true, 7},
	        {"255", 255, true, 255},
	        {"256", 255, false, 0},
	        {"4294967295", UINT32_MAX, true, UINT32_MAX},
	        {"4294967296", UINT32_MAX, false, 0},
	        {"99999999999999999999999999", UINT32_MAX, false, 0},
	        {"1x", 255, false, 0},
	        {"-1", 255, false, 0},
	        {"+1", 255, false, 0},
	        {"\"1\"", 255, false, 0},
	        {"", 255, false, 0},
	};

	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		struct lex_token token = token_of(table[i].text);
		uint32_t value = 0;

		assert_int_equal(token_number(&token, table[i].max, &value), table[i].good);
		assert_true(!table[i].good || value == table[i].value);
	}
}

static void test_times(void **state)
{
	static const struct {
		const char *text;
		bool good;
		uint32_t seconds;
	} table[] = {
	        {"0", true, 0},
	        {"3600", true, 3600},
	        {"1h", true, 3600},
	        {"1H30m", true, 5400},
	        {"2w3D", true, 1468800},
	        {"90s", true, 90},
	        {"4294967295s", true, UINT32_MAX},
	        {"7101w3d6h28m15s", true, UINT32_MAX},
	        {"7101w3d6h28m16s", false, 0},
	        {"4294967295w", false, 0},
	        {"1h30", false, 0},
	        {"h", false, 0},
	        {"1y", false, 0},
	        {"1hh", false, 0},
	        {"\"1h\"", false, 0},
	};

	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		struct lex_token token = token_of(table[i].text);
		uint32_t seconds = 0;

		assert_int_equal(token_time(&token, &seconds), table[i].good);
		assert_true(!table[i].good || seconds == table[i].seconds);
	}
}

static void test_strings(void **state)
{
	static const struct {
		const char *text;
		bool good;
		const char *bytes;
	} table[] = {
	        {"abc", true, "abc"},           {"\"\"", true, ""},
	        {"\\065\\b\\\\", true, "Ab\\"}, {"\"x\\\"y\"", true, "x\"y"},
	        {"\"\\25\"", false, ""},        {"\\256", false, ""},
	        {"a\\2xx", false, ""},
	};

	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		struct lex_token token = token_of(table[i].text);
		uint8_t room[8];
		struct fill to = fill_of(room, sizeof(room));

		assert_int_equal(token_string(&token, &to), table[i].good);
		if (!table[i].good)
			continue;
		assert_int_equal(fill_len(&to), strlen(table[i].bytes));
		assert_memory_equal(room, table[i].bytes, fill_len(&to));
	}
}

static void test_a_string_that_does_not_fit_marks_the_room_bad(void **state)
{
	struct lex_token token = token_of("abc\\100efgh");
	uint8_t room[8];
	struct fill to = fill_of(room, 7);

	assert_true(token_string(&token, &to));
	assert_true(to.bad);
	to = fill_of(room, 8);
	assert_true(token_string(&token, &to));
	assert_false(to.bad);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	        POOL_TEST(test_tokens_and_their_places),
	        POOL_TEST(test_a_blank_at_the_beginning_of_a_line),
	        POOL_TEST(test_numbers),
	        POOL_TEST(test_times),
	        POOL_TEST(test_strings),
	        POOL_TEST(test_a_string_that_does_not_fit_marks_the_room_bad),
	};

	return cmocka_run_group_tests_name("lex", tests, NULL, NULL);
}

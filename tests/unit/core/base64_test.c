// base64_test: bytes out of base64 and base64url, and what is none.
#include "core/base64.h"

#include "harness.h"

struct row {
	enum base64_alphabet alphabet;
	const char *text;
	const char *bytes; // NULL: it is refused
};

static void test_texts(void **state)
{
	static const struct row rows[] = {
	        {BASE64, "", ""},
	        {BASE64, "Zg", "f"},
	        {BASE64, "Zm8", "fo"},
	        {BASE64, "Zm9vYmFy", "foobar"},
	        {BASE64, "++//", "\xfb\xef\xff"},
	        {BASE64_URL, "--__", "\xfb\xef\xff"},
	        {BASE64, "--__", NULL},
	        {BASE64_URL, "++//", NULL},
	        {BASE64, "Zg==", NULL},
	        {BASE64, "Z", NULL},
	        {BASE64, "Zm9vY", NULL},
	        {BASE64, "Zh", NULL}, // a bit that is left over
	        {BASE64, "Zm 8", NULL},
	        {BASE64, "Zm9vYmFyZm9v", NULL}, // no room
	};

	for (unsigned i = 0; i < ARRAY_LEN(rows); i++) {
		uint8_t room[8];
		struct fill out = fill_of(room, sizeof(room));
		struct span text = span_of(rows[i].text, strlen(rows[i].text));
		bool done = base64_decode(rows[i].alphabet, text, &out);

		if (done != (rows[i].bytes != NULL))
			fail_msg("row %u: %s", i, rows[i].text);
		if (!done)
			continue;
		assert_int_equal(fill_len(&out), strlen(rows[i].bytes));
		assert_memory_equal(room, rows[i].bytes, strlen(rows[i].bytes));
	}
}

// Each byte is a digit of an alphabet once, or of none.
static void test_digits(void **state)
{
	unsigned digits[2] = {0};

	for (unsigned c = 0; c < 256; c++)
		for (unsigned a = 0; a < 2; a++) {
			int digit = base64_digit((enum base64_alphabet)a, (uint8_t)c);

			assert_true(digit >= -1 && digit < 64);
			digits[a] += digit >= 0;
		}
	assert_int_equal(digits[BASE64], 64);
	assert_int_equal(digits[BASE64_URL], 64);
}

static void test_encode(void **state)
{
	static const struct {
		const char *bytes, *text;
	} rows[] = {{"", ""},        {"f", "Zg=="},          {"fo", "Zm8="},
	            {"foo", "Zm9v"}, {"foobar", "Zm9vYmFy"}, {"\xfb\xef\xff", "++//"}};

	for (unsigned i = 0; i < ARRAY_LEN(rows); i++) {
		char room[9] = "";
		struct fill out = fill_of(room, 8);

		base64_encode(span_of(rows[i].bytes, strlen(rows[i].bytes)), &out);
		assert_false(out.bad);
		assert_string_equal(room, rows[i].text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_texts),
	        cmocka_unit_test(test_digits),
	        cmocka_unit_test(test_encode),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

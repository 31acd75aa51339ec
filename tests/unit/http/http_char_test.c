// Octets of a field's value: eight at a time is what one at a time is.
#include "harness.h"

#include "proto/http/http_char.h"

static void test_value(void **state)
{
	uint8_t text[25];

	for (size_t len = 0; len <= sizeof(text); len++) {
		memset(text, 'a', sizeof(text));
		assert_true(http_char_value(span_of(text, len)));
		for (size_t at = 0; at < len; at++) {
			for (unsigned octet = 0; octet < 256; octet++) {
				text[at] = (uint8_t)octet;
				assert_int_equal(http_char_value(span_of(text, len)),
				                 (octet >= ' ' && octet != 0x7f) || octet == '\t');
			}
			text[at] = at % 2 ? 0xff : '\t'; // beside all others
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_value)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

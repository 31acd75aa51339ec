// dns_code: every code has a text, and the text of a class is read as that again.
#include "harness.h"

#include "proto/dns/wire/dns_class.h"
#include "proto/dns/wire/dns_rcode.h"

static void test_known_codes(void **state)
{
	char text[DNS_CLASS_TEXT_BYTES];

	assert_string_equal(dns_rcode_text(0, text), "NOERROR");
	assert_string_equal(dns_rcode_text(3, text), "NXDOMAIN");
	assert_string_equal(dns_rcode_text(16, text), "BADVERS");
	assert_string_equal(dns_rcode_text(23, text), "BADCOOKIE");
	assert_string_equal(dns_rcode_text(12, text), "RCODE12");
	assert_string_equal(dns_rcode_text(4095, text), "RCODE4095");
	assert_string_equal(dns_class_text(1, text), "IN");
	assert_string_equal(dns_class_text(3, text), "CH");
	assert_string_equal(dns_class_text(255, text), "ANY");
	assert_string_equal(dns_class_text(65535, text), "CLASS65535");
}

static void test_classes_are_read_again(void **state)
{
	char text[DNS_CLASS_TEXT_BYTES];

	for (unsigned i = 0; i <= UINT16_MAX; i++) {
		uint16_t rr_class = 0;

		dns_class_text((uint16_t)i, text);
		assert_true(dns_class_parse(text, strlen(text), &rr_class));
		assert_int_equal(rr_class, i);
	}
}

static void test_other_forms(void **state)
{
	static const struct {
		const char *text;
		int value; // -1: none
	} classes[] = {
	        {"in", 1},     {"Class1", 1},      {"CLASS0", 0},         {"hs", 4},
	        {"none", 254}, {"CLASS255", 255},  {"CLASS65535", 65535}, {"", -1},
	        {"CLASS", -1}, {"CLASS65536", -1}, {"CLASS01", -1},       {"CLASS1x", -1},
	        {"INN", -1},   {"I", -1},          {"CLASS-1", -1},       {"CLASS999999", -1},
	};
	uint16_t value;

	for (size_t i = 0; i < ARRAY_LEN(classes); i++) {
		const char *text = classes[i].text;
		bool is = dns_class_parse(text, strlen(text), &value);

		if (is != (classes[i].value >= 0) || (is && value != classes[i].value))
			fail_msg("\"%s\" is %sa class", text, is ? "" : "not ");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_known_codes),
	        cmocka_unit_test(test_classes_are_read_again),
	        cmocka_unit_test(test_other_forms),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

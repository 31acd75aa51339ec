// dns_ecs: Client Subnet out of whole queries: where the option stands, what of it is malformed,
// and queries cut at each byte.
#include "harness.h"

#include "proto/dns/wire/dns_ecs.h"

#include <stdlib.h>

#define HEAD(additional) "\0\1\1\0\0\1\0\0\0\0\0" additional "\3www\7example\3org\0\0\1\0\1"
#define OPT(len)         "\0\0\x29\4\xd0\0\0\0\0\0" len
#define COOKIE                                                                                     \
	"\0\x0a\0\x08"                                                                             \
	"12345678"
#define SUBNET   "\0\x08\0\7\0\1\x18\0\xc6\x33\x64"
#define Q(bytes) bytes, sizeof(bytes) - 1

static const struct {
	const char *msg;
	size_t len;
	const char *text; // NULL: none; "": malformed
} cases[] = {
        {Q(HEAD("\1") OPT("\x0b") SUBNET), "198.51.100.0/24"},
        {Q(HEAD("\1") OPT("\x17") COOKIE SUBNET), "198.51.100.0/24"},
        {Q(HEAD("\1") OPT("\x17") SUBNET COOKIE), "198.51.100.0/24"},
        // Behind another record, whose owner is compressed.
        {Q(HEAD("\2") "\xc0\x0c\0\1\0\1\0\0\0\0\0\4\1\2\3\4" OPT("\x0b") SUBNET),
         "198.51.100.0/24"},
        // The first of two.
        {Q(HEAD("\1") OPT("\x13") "\0\x08\0\4\0\1\0\0" SUBNET), "0.0.0.0/0"},
        {Q(HEAD("\1") OPT("\x08") "\0\x08\0\4\0\2\0\0"), "::/0"},
        {Q(HEAD("\1") OPT("\x08") "\0\x08\0\4\0\0\0\0"), "/0"},
        {Q(HEAD("\1") OPT("\x0f") "\0\x08\0\x0b\0\2\x38\0\x20\x01\x0d\xb8\0\1\2"),
         "2001:db8:1:200::/56"},
        {Q(HEAD("\1") OPT("\x0c") "\0\x08\0\x08\0\1\x20\0\xc6\x33\x64\7"), "198.51.100.7/32"},
        {Q(HEAD("\1") OPT("\x09") "\0\x08\0\5\0\1\1\0\x80"), "128.0.0.0/1"},
        // Bits beyond the prefix; too few bytes, too many; too long a prefix; an unknown family.
        {Q(HEAD("\1") OPT("\x0b") "\0\x08\0\7\0\1\x17\0\xc6\x33\x65"), ""},
        {Q(HEAD("\1") OPT("\x0a") "\0\x08\0\6\0\1\x18\0\xc6\x33"), ""},
        {Q(HEAD("\1") OPT("\x0c") "\0\x08\0\x08\0\1\x18\0\xc6\x33\x64\0"), ""},
        {Q(HEAD("\1") OPT("\x0d") "\0\x08\0\x09\0\1\x21\0\xc6\x33\x64\0\0"), ""},
        {Q(HEAD("\1") OPT("\x0b") "\0\x08\0\7\0\3\x18\0\xc6\x33\x64"), ""},
        {Q(HEAD("\1") OPT("\x07") "\0\x08\0\3\0\1\x18"), ""},
        {Q(HEAD("\1") OPT("\4") "\0\x08\0\0"), ""},
        // Without the option; without OPT; an option that ends beyond the record.
        {Q(HEAD("\1") OPT("\x0c") COOKIE), NULL},
        {Q(HEAD("\0")), NULL},
        {Q(HEAD("\1") OPT("\x0b") "\0\x08\0\x08\0\1\x18\0\xc6\x33\x64"), NULL},
        {Q(HEAD("\1") "\0\0\x29"), NULL},
};

static void test_queries(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char text[DNS_ECS_TEXT_BYTES];
		struct dns_ecs ecs;

		// A copy of its very length, so that a sanitizer sees a byte read beyond.
		for (size_t len = 12; len <= cases[i].len; len++) {
			uint8_t *copy = malloc(len);
			enum dns_ecs_state found;

			memcpy(copy, cases[i].msg, len);
			found = dns_ecs_find(&ecs, copy, len);
			free(copy);
			if (len < cases[i].len) {
				assert_int_equal(found, DNS_ECS_NONE);
				continue;
			}
			assert_int_equal(found, !cases[i].text   ? DNS_ECS_NONE
			                        : *cases[i].text ? DNS_ECS_SOUND
			                                         : DNS_ECS_MALFORMED);
			if (found == DNS_ECS_SOUND)
				assert_string_equal(dns_ecs_text(&ecs, text), cases[i].text);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_queries),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

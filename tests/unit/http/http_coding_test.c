// Which stored form a client gets (RFC 9110 section 12.5.3).
#include "http_parsed.h"

#include "proto/http/http_coding.h"

#define BR    (1u << HTTP_CODING_BR)
#define ZSTD  (1u << HTTP_CODING_ZSTD)
#define GZIP  (1u << HTTP_CODING_GZIP)
#define PLAIN (1u << HTTP_CODING_IDENTITY)
#define ALL   (BR | ZSTD | GZIP | PLAIN)

static const struct {
	const char *accepted;
	unsigned stored;
	const char *chosen;
} rows[] = {
        {"gzip, deflate, br, zstd", ALL, "br"}, // as Chromium sends it
        {"gzip, deflate, br, zstd", ZSTD | GZIP | PLAIN, "zstd"},
        {"gzip, deflate, br, zstd", GZIP | PLAIN, "gzip"},
        {"gzip, deflate, br, zstd", PLAIN, "identity"},
        {"GZIP", ALL, "gzip"},
        {"x-gzip", ALL, "gzip"},
        {"deflate", ALL, "identity"},
        {"", ALL, "identity"},
        {"*", ALL, "br"},
        {"*, br;q=0", ALL, "zstd"},
        {"br;q=0.5, gzip;q=0.501", ALL, "gzip"},
        {"br ; q=0.5, gzip ; Q=0.5", ALL, "br"},
        {"br;q=1.000, gzip", ALL, "br"},
        {"identity;q=1, br;q=0.9", ALL, "identity"},
        {"br;q=0", ALL, "identity"},
        {"br;q=0.000, gzip;q=0.001", ALL, "gzip"},
        {"identity;q=0", PLAIN, "identity"}, // nothing else is stored
        {"*;q=0", ALL, "identity"},
        {"gzip;q=0.1, *;q=0", ALL, "gzip"},

        // Weights that are none.
        {"br;q=2, gzip", ALL, "gzip"},
        {"br;q=1.001, gzip", ALL, "gzip"},
        {"br;q=0.0001, gzip;q=0", ALL, "identity"},
        {"br;q=-1, gzip", ALL, "gzip"},
        {"br;q=, gzip", ALL, "gzip"},
        {"br;level=5, gzip", ALL, "gzip"},
        {"br;q=0x1, gzip", ALL, "gzip"},
};

static void test_choices(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char fields[128];
		enum http_coding coding;

		snprintf(fields, sizeof(fields), "Accept-Encoding: %s\r\n", rows[i].accepted);
		coding = http_coding_choose(parsed("GET", fields), rows[i].stored);
		if (strcmp(http_coding_name(coding), rows[i].chosen) != 0)
			fail_msg("\"%s\": %s, not %s", rows[i].accepted, http_coding_name(coding),
			         rows[i].chosen);
	}
}

static void test_no_field(void **state)
{
	assert_int_equal(http_coding_choose(parsed("GET", ""), ALL), HTTP_CODING_IDENTITY);
}

static void test_two_fields(void **state)
{
	assert_int_equal(http_coding_choose(parsed("GET", "Accept-Encoding: gzip;q=0.2\r\n"
	                                                  "Accept-Encoding: zstd\r\n"),
	                                    ALL),
	                 HTTP_CODING_ZSTD);
}

static void test_suffixes(void **state)
{
	assert_string_equal(http_coding_suffix(HTTP_CODING_BR), ".br");
	assert_string_equal(http_coding_suffix(HTTP_CODING_ZSTD), ".zst");
	assert_string_equal(http_coding_suffix(HTTP_CODING_GZIP), ".gz");
	assert_string_equal(http_coding_suffix(HTTP_CODING_IDENTITY), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_choices),
	        cmocka_unit_test(test_no_field),
	        cmocka_unit_test(test_two_fields),
	        cmocka_unit_test(test_suffixes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

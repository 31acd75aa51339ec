// rdata_parse: random data of every type is the same after it was written as text and parsed, and
// the parser reads no token of the next record.
#include "harness.h"

#include "rdata_make.h"

#include "proto/dns/rdata/rdata_parse.h"

static const uint8_t origin[] = "\7example\3org";

#define TEXT_BYTES 16384
#define ROUNDS     300

// Text to wire; the text must be read to its end.
static struct fill wire_of(uint16_t type, const char *text, uint8_t *room, size_t size)
{
	struct fill to = fill_of(room, size);
	struct token_error error;
	struct lex lex;

	lex_init(&lex, text, strlen(text));
	if (!rdata_parse(&lex, type, origin, &to, &error))
		fail_msg("%s: %s", text, error.text);
	assert_true(lex.ended && lex.p == lex.end);
	return to;
}

static void check_round(uint16_t type, const uint8_t *rdata, size_t len)
{
	char text[TEXT_BYTES], again[TEXT_BYTES];
	uint8_t room[4096];
	struct fill to;

	assert_true(dns_rdata_check(type, rdata, len));
	assert_true(dns_rdata_text(type, rdata, len, text, sizeof(text)) < sizeof(text));
	to = wire_of(type, text, room, sizeof(room));
	assert_int_equal(fill_len(&to), len);
	assert_memory_equal(room, rdata, len);
	dns_rdata_text(type, room, len, again, sizeof(again));
	assert_string_equal(text, again);
}

static void test_random_data_of_every_type_survives_its_text(void **state)
{
	struct rand rand;
	unsigned types = 0;

	rand_init(&rand, 3597);
	for (unsigned type = 0; type <= UINT16_MAX; type++) {
		const struct dns_rdata_type *info = dns_rdata_type((uint16_t)type);

		types += info != NULL;
		for (int i = 0; info && i < ROUNDS; i++) {
			uint8_t room[4096];
			struct fill to = fill_of(room, sizeof(room));

			make_rdata(&to, &rand, info);
			assert_false(to.bad);
			check_round((uint16_t)type, room, fill_len(&to));
		}
	}
	assert_true(types >= 10);
}

static void test_random_data_of_unknown_types_survives_its_text(void **state)
{
	struct rand rand;

	rand_init(&rand, 65280);
	for (int i = 0; i < ROUNDS; i++) {
		uint8_t room[1024];
		struct fill to = fill_of(room, sizeof(room));

		make_bytes(&to, &rand, rand_below(&rand, sizeof(room)));
		check_round(65280, room, fill_len(&to));
	}
}

static void test_sound_data_in_its_generic_form_is_the_same(void **state)
{
	static const struct {
		uint16_t type;
		const char *text, *generic;
	} table[] = {
	        {DNS_TYPE_A, "192.0.2.1", "\\# 4 C0000201"},
	        {DNS_TYPE_MX, "10 m",
	         "\\# ( 17 000a 016d ; the host\n 076578616d706c65 036f7267 00 )"},
	        {DNS_TYPE_TXT, "\"\\#\" 0", "\\# 4 01230130"},
	        {DNS_TYPE_CAA, "0 issue \"\"", "\\# 7 00 05 6973737565"},
	};

	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		uint8_t room[64], generic_room[64];
		struct fill to, generic;

		to = wire_of(table[i].type, table[i].text, room, sizeof(room));
		generic = wire_of(table[i].type, table[i].generic, generic_room,
		                  sizeof(generic_room));
		assert_int_equal(fill_len(&to), fill_len(&generic));
		assert_memory_equal(room, generic_room, fill_len(&to));
	}
}

static void test_data_is_appended_and_never_beyond_the_room(void **state)
{
	uint8_t room[32];
	struct token_error error;
	struct lex lex;

	for (size_t size = 1; size <= 16; size++) {
		struct fill to = fill_of(room, size);

		memset(room, 0xaa, sizeof(room));
		fill_u8(&to, 1);
		lex_init(&lex, "0 0 0 a.b.", 10);
		assert_int_equal(rdata_parse(&lex, DNS_TYPE_SRV, origin, &to, &error), size >= 12);
		assert_int_equal(room[0], 1);
		for (size_t i = size; i < sizeof(room); i++)
			assert_int_equal(room[i], 0xaa);
	}
	assert_memory_equal(room + 7, "\1a\1b", 5);
}

// The next record begins after this one, or after the part of it that is skipped.
static void test_a_record_is_left_at_its_end(void **state)
{
	static const char *const table[] = {
	        "192.0.2.1\nnext", "(\n192.0.2.1\n)\nnext",  "x y z\nnext",  "\nnext",
	        "( \"\n ) \nnext", "192.0.2.1 ( x\n)\nnext", ") ( \n)\nnext"};

	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		uint8_t room[16];
		struct fill to = fill_of(room, sizeof(room));
		struct token_error error;
		struct lex lex;
		struct lex_token token;

		lex_init(&lex, table[i], strlen(table[i]));
		assert_int_equal(rdata_parse(&lex, DNS_TYPE_A, origin, &to, &error), i < 2);
		lex_skip_record(&lex);
		token = lex_next(&lex);
		assert_true(token_is(&token, "NEXT"));
		assert_int_equal(token.column, 1);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	        POOL_TEST(test_random_data_of_every_type_survives_its_text),
	        POOL_TEST(test_random_data_of_unknown_types_survives_its_text),
	        POOL_TEST(test_sound_data_in_its_generic_form_is_the_same),
	        POOL_TEST(test_data_is_appended_and_never_beyond_the_room),
	        POOL_TEST(test_a_record_is_left_at_its_end),
	};

	return cmocka_run_group_tests_name("rdata_parse", tests, NULL, NULL);
}

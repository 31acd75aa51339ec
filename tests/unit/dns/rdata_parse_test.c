// rdata_parse: random data of every type survives text and back, and what is
// read for one record stays within it.
#include "harness.h"

#include "core/rand.h"
#include "proto/dns/rdata_parse.h"

static const uint8_t origin[] = "\7example\3org";

#define TEXT_BYTES 16384
#define ROUNDS     300

// Random sound data, field by field.
static void bytes_make(struct fill *to, struct rand *rand, size_t len)
{
	while (len--)
		fill_u8(to, (uint8_t)rand_u64(rand));
}

static void name_make(struct fill *to, struct rand *rand)
{
	for (uint64_t labels = rand_below(rand, 5); labels; labels--) {
		uint8_t len = (uint8_t)(1 + rand_below(rand, rand_below(rand, 8) ? 12 : 63));

		fill_u8(to, len);
		bytes_make(to, rand, len);
		// At most 4 labels of 64 bytes and the root: cut before the last.
		if (labels == 2 && len > 60)
			break;
	}
	fill_u8(to, 0);
}

static void string_make(struct fill *to, struct rand *rand)
{
	uint8_t len = (uint8_t)rand_below(rand, rand_below(rand, 4) ? 20 : 256);

	fill_u8(to, len);
	bytes_make(to, rand, len);
}

static void tag_make(struct fill *to, struct rand *rand)
{
	static const char letters[] = "abcXYZ059";
	uint8_t len = (uint8_t)(1 + rand_below(rand, 15));

	fill_u8(to, len);
	while (len--)
		fill_u8(to, (uint8_t)letters[rand_below(rand, sizeof(letters) - 1)]);
}

static void nsec3_make(struct fill *to, struct rand *rand)
{
	uint8_t algorithm = (uint8_t)(1 + rand_below(rand, 3));
	uint8_t len = algorithm == 1 ? 20 : (uint8_t)(1 + rand_below(rand, 40));

	fill_u8(to, algorithm);
	bytes_make(to, rand, 3);
	string_make(to, rand);
	fill_u8(to, len);
	bytes_make(to, rand, len);
}

static void digest_make(struct fill *to, struct rand *rand, enum dns_field field)
{
	static const uint8_t lens[DNS_FIELDS][5] = {
	        [DNS_FIELD_DIGEST_DS] = {1, 20, 32, 32, 48},
	        [DNS_FIELD_DIGEST_SSHFP] = {1, 20, 32, 50, 60},
	        [DNS_FIELD_DIGEST_ZONEMD] = {12, 48, 64, 20, 70},
	};
	uint8_t type = (uint8_t)rand_below(rand, 5);

	fill_u8(to, type);
	bytes_make(to, rand, lens[field][type]);
}

// Windows from the lowest on, with gaps.
static void bitmap_make(struct fill *to, struct rand *rand, unsigned windows)
{
	for (unsigned window = 0; windows--; window++) {
		uint8_t len = (uint8_t)(1 + rand_below(rand, 32));

		window += (unsigned)rand_below(rand, 60);
		fill_u8(to, (uint8_t)window);
		fill_u8(to, len);
		bytes_make(to, rand, len - 1u);
		fill_u8(to, (uint8_t)(1 + rand_below(rand, 255)));
	}
}

static void field_make(struct fill *to, struct rand *rand, enum dns_field field)
{
	switch (field) {
	case DNS_FIELD_U8:
	case DNS_FIELD_ALGORITHM:
	case DNS_FIELD_KEY_PROTOCOL:
		bytes_make(to, rand, 1);
		break;
	case DNS_FIELD_U16:
	case DNS_FIELD_TYPE:
	case DNS_FIELD_KEY_FLAGS:
		bytes_make(to, rand, 2);
		break;
	case DNS_FIELD_U32:
	case DNS_FIELD_TIME:
	case DNS_FIELD_STAMP:
	case DNS_FIELD_IPV4:
		bytes_make(to, rand, 4);
		break;
	case DNS_FIELD_IPV6:
		bytes_make(to, rand, 16);
		break;
	case DNS_FIELD_NAME:
	case DNS_FIELD_NAME_LOWER:
	case DNS_FIELD_NAME_RAW:
		name_make(to, rand);
		break;
	case DNS_FIELD_STRINGS:
		for (uint64_t n = rand_below(rand, 4); n; n--)
			string_make(to, rand);
		string_make(to, rand);
		break;
	case DNS_FIELD_STRING:
		string_make(to, rand);
		break;
	case DNS_FIELD_TAG:
		tag_make(to, rand);
		break;
	case DNS_FIELD_TEXT:
		bytes_make(to, rand, rand_below(rand, 400));
		break;
	case DNS_FIELD_HEX:
	case DNS_FIELD_BASE64:
		bytes_make(to, rand, 1 + rand_below(rand, 100));
		break;
	case DNS_FIELD_BASE64_MAYBE:
	case DNS_FIELD_OPAQUE:
		bytes_make(to, rand, rand_below(rand, 100));
		break;
	case DNS_FIELD_DIGEST_DS:
	case DNS_FIELD_DIGEST_SSHFP:
	case DNS_FIELD_DIGEST_ZONEMD:
		digest_make(to, rand, field);
		break;
	case DNS_FIELD_SALT:
		string_make(to, rand);
		break;
	case DNS_FIELD_NSEC3:
		nsec3_make(to, rand);
		break;
	case DNS_FIELD_BITMAP:
		bitmap_make(to, rand, 1 + (unsigned)rand_below(rand, 3));
		break;
	case DNS_FIELD_BITMAP_MAYBE:
		bitmap_make(to, rand, (unsigned)rand_below(rand, 3));
		break;
	case DNS_FIELD_END:
	case DNS_FIELDS:
		fail();
	}
}

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
	assert_in_range(dns_rdata_text(type, rdata, len, text, sizeof(text)), 1, sizeof(text) - 1);
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
		const struct dns_type_info *info = dns_type_find((uint16_t)type);

		types += info != NULL;
		for (int i = 0; info && i < ROUNDS; i++) {
			uint8_t room[4096];
			struct fill to = fill_of(room, sizeof(room));

			for (const uint8_t *f = info->fields; *f != DNS_FIELD_END; f++)
				field_make(&to, &rand, (enum dns_field) * f);
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

		bytes_make(&to, &rand, rand_below(&rand, sizeof(room)));
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

// The next record begins where this one ended, or behind what is skipped of it.
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

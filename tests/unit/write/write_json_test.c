// The writer of JSON: random calls, whose text Jansson reads as what the accepted calls mean, in
// pieces of any size; strings of any bytes; and what is refused.
#include "harness.h"

#include "core/rand.h"
#include "proto/write/write_json.h"
#include "proto/write/write_utf8.h"

#include <jansson.h>
#include <stdio.h>

#define ROOM_BYTES 65536

// All that was written, gathered from pieces.
struct sink {
	char text[ROOM_BYTES];
	size_t len, piece_bytes, left;
};

static bool sink_next(void *ctx, struct fill *fill)
{
	struct sink *sink = ctx;
	size_t n = size_min(sink->piece_bytes, sink->left);

	sink->len += fill_len(fill);
	sink->left -= n;
	*fill = fill_of(sink->text + sink->len, n);
	return n > 0;
}

static struct write_out sink_open(struct sink *sink, size_t piece_bytes, size_t room)
{
	sink->len = 0;
	sink->piece_bytes = piece_bytes;
	sink->left = room;
	return (struct write_out){fill_of(sink->text, 0), sink_next, sink, false};
}

static const char *sink_text(struct sink *sink, const struct write_out *out)
{
	size_t len = sink->len + fill_len(&out->fill);

	assert_true(len < ROOM_BYTES);
	sink->text[len] = 0;
	return sink->text;
}

// What Jansson has for the accepted calls.
struct model {
	json_t *whole, *level[WRITE_JSON_DEPTH];
	unsigned depth, keys;
	char key[16];
};

// Takes the reference.
static void model_add(struct model *model, json_t *value)
{
	json_t *level = model->depth ? model->level[model->depth - 1] : NULL;

	if (!level)
		model->whole = value;
	else if (json_is_array(level))
		json_array_append_new(level, value);
	else
		json_object_set_new(level, model->key, value);
	model->key[0] = 0;
}

static void model_open(struct model *model, json_t *value)
{
	model_add(model, value);
	model->level[model->depth++] = value;
}

static bool model_takes_value(const struct model *model)
{
	if (model->depth == 0)
		return !model->whole;
	return json_is_array(model->level[model->depth - 1]) || model->key[0];
}

static bool model_takes_key(const struct model *model)
{
	return model->depth && json_is_object(model->level[model->depth - 1]) && !model->key[0];
}

static void model_close(struct model *model)
{
	if (model->key[0])
		model_add(model, json_null());
	model->depth--;
}

static void random_key(struct write_json *json, struct model *model)
{
	char key[16];

	snprintf(key, sizeof(key), "\"<%u", model->keys++);
	assert_int_equal(write_json_key(json, key), model_takes_key(model));
	if (model_takes_key(model))
		strcpy(model->key, key);
}

// Opens a level; the writer refuses it beyond the depth.
static void random_open(struct write_json *json, struct model *model, bool object)
{
	bool fits = model_takes_value(model) && model->depth < WRITE_JSON_DEPTH;

	assert_int_equal(object ? write_json_object(json) : write_json_array(json), fits);
	if (fits)
		model_open(model, object ? json_object() : json_array());
}

static void random_value(struct write_json *json, struct model *model, unsigned kind, uint64_t bits)
{
	static const char *const texts[] = {"", "a\"\\/\b\f\n\r\t\x01\x7f", "\xc3\xa4\xe2\x82\xac",
	                                    "\xf0\x9f\x98\x80\xe2\x80\xa8", "</script>&amp;"};
	const char *text = texts[bits % ARRAY_LEN(texts)];
	double real = (double)(int64_t)bits / 1024;
	bool fits = model_takes_value(model), accepted;
	json_t *value;

	switch (kind) {
	case 0:
		accepted = write_json_null(json);
		value = json_null();
		break;
	case 1:
		accepted = write_json_bool(json, bits & 1);
		value = json_boolean(bits & 1);
		break;
	case 2:
		accepted = write_json_int(json, (int64_t)bits);
		value = json_integer((int64_t)bits);
		break;
	case 3:
		accepted = write_json_uint(json, bits >> 1);
		value = json_integer((int64_t)(bits >> 1));
		break;
	case 4:
		accepted = write_json_real(json, real + 0.5);
		value = json_real(real + 0.5);
		break;
	default:
		accepted = write_json_text(json, text);
		value = json_string(text);
	}
	assert_int_equal(accepted, fits);
	if (fits)
		model_add(model, value);
	else
		json_decref(value);
}

static void random_call(struct write_json *json, struct model *model, struct rand *rand)
{
	unsigned what = (unsigned)(rand_u64(rand) % 16);

	if (what < 4)
		random_key(json, model);
	else if (what < 8)
		random_open(json, model, what & 1);
	else if (what < 10) {
		assert_int_equal(write_json_close(json), model->depth > 0);
		if (model->depth)
			model_close(model);
	} else
		random_value(json, model, what - 10, rand_u64(rand));
}

static void compare(struct model *model, const char *text)
{
	json_error_t error;
	json_t *read = json_loads(text, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, &error);

	if (!read)
		fail_msg("%s, at %d of %s", error.text, error.position, text);
	if (!model->whole)
		model->whole = json_null();
	assert_int_equal(json_equal(read, model->whole), 1);
	json_decref(read);
	json_decref(model->whole);
}

static void test_random_calls(void **state)
{
	static struct sink sink;
	struct rand rand;

	rand_init(&rand, 16);
	for (unsigned round = 0; round < 3000; round++) {
		struct write_out out = sink_open(&sink, 1 + rand_u64(&rand) % 40, ROOM_BYTES - 1);
		struct write_json json;
		struct model model = {0};

		write_json_init(&json, &out);
		for (unsigned i = 0; i < round % 150; i++)
			random_call(&json, &model, &rand);
		(void)!write_json_end(&json);
		while (model.depth)
			model_close(&model);
		assert_false(out.full);
		compare(&model, sink_text(&sink, &out));
	}
}

// Any bytes make a string that a reader accepts, and valid characters are kept.
static void test_any_bytes(void **state)
{
	static struct sink sink;
	struct rand rand;

	rand_init(&rand, 17);
	for (unsigned round = 0; round < 5000; round++) {
		struct write_out out = sink_open(&sink, 7, ROOM_BYTES - 1);
		struct write_json json;
		uint8_t bytes[24];
		json_t *read;

		for (size_t i = 0; i < sizeof(bytes); i++)
			bytes[i] = (uint8_t)(rand_u64(&rand) >> (round % 2 ? 0 : 57));
		write_json_init(&json, &out);
		assert_true(write_json_span(&json, span_of(bytes, sizeof(bytes))));
		assert_true(write_json_end(&json));
		read = json_loads(sink_text(&sink, &out), JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
		assert_non_null(read);
		if (round % 2 == 0) {
			assert_int_equal(json_string_length(read), sizeof(bytes));
			assert_memory_equal(json_string_value(read), bytes, sizeof(bytes));
		}
		json_decref(read);
	}
}

static void test_texts(void **state)
{
	static const struct {
		const char *text, *json;
	} cases[] = {
	        {"", "\"\""},
	        {"a\"\\\n", "\"a\\u0022\\u005c\\u000a\""},
	        {"</script>", "\"\\u003c/script\\u003e\""},
	        {"&", "\"\\u0026\""},
	        {"\xe2\x80\xa8\xe2\x80\xa9\xe2\x80\xaa", "\"\\u2028\\u2029\xe2\x80\xaa\""},
	        {"\xc3\xa4", "\"\xc3\xa4\""},
	        {"\xff"
	         "a\xc3",
	         "\"" WRITE_UTF8_REPLACEMENT "a" WRITE_UTF8_REPLACEMENT "\""},
	};
	static struct sink sink;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct write_out out = sink_open(&sink, 100, 1000);
		struct write_json json;

		write_json_init(&json, &out);
		assert_true(write_json_text(&json, cases[i].text));
		assert_true(write_json_end(&json));
		assert_string_equal(sink_text(&sink, &out), cases[i].json);
	}
}

static void assert_real(double value, const char *text)
{
	static struct sink sink;
	struct write_out out = sink_open(&sink, 100, 1000);
	struct write_json json;

	write_json_init(&json, &out);
	assert_true(write_json_real(&json, value));
	assert_true(write_json_end(&json));
	assert_string_equal(sink_text(&sink, &out), text);
}

static void test_reals(void **state)
{
	assert_real(0, "0.0");
	assert_real(-1.5, "-1.5");
	assert_real(1e300, "1.0000000000000001e+300");
	assert_real(123456789012345680.0, "1.2345678901234568e+17");
	assert_real(__builtin_inf(), "null");
	assert_real(-__builtin_inf(), "null");
	assert_real(__builtin_nan(""), "null");
}

// What is left open is closed; what was refused is reported.
static void test_end(void **state)
{
	static struct sink sink;
	struct write_out out = sink_open(&sink, 100, 1000);
	struct write_json json;

	write_json_init(&json, &out);
	assert_true(write_json_end(&json));
	assert_string_equal(sink_text(&sink, &out), "null");

	out = sink_open(&sink, 100, 1000);
	write_json_init(&json, &out);
	assert_true(write_json_array(&json));
	assert_true(write_json_object(&json));
	assert_true(write_json_key(&json, "a"));
	assert_true(write_json_end(&json));
	assert_string_equal(sink_text(&sink, &out), "[{\"a\":null}]");
	assert_false(write_json_null(&json));
	assert_false(write_json_end(&json));
	assert_string_equal(sink_text(&sink, &out), "[{\"a\":null}]");
}

// The innermost level that there may be, of each kind, and one more.
static void test_depth(void **state)
{
	static struct sink sink;

	for (unsigned object = 0; object < 2; object++) {
		struct write_out out = sink_open(&sink, 100, 4000);
		struct write_json json;
		json_t *read;

		write_json_init(&json, &out);
		for (unsigned i = 0; i < WRITE_JSON_DEPTH; i++) {
			assert_true(object ? write_json_object(&json) : write_json_array(&json));
			assert_int_equal(write_json_key(&json, "k"), object);
		}
		assert_false(write_json_array(&json));
		assert_false(write_json_object(&json));
		assert_true(write_json_null(&json));
		assert_false(write_json_end(&json));
		read = json_loads(sink_text(&sink, &out), 0, NULL);
		assert_non_null(read);
		json_decref(read);
	}
}

// Too little room is reported wherever it ends; the exact room is enough.
static void test_room(void **state)
{
	static const char want[] = "{\"key\":[1,\"text\"]}";
	static struct sink sink;

	for (size_t room = 0; room <= strlen(want); room++) {
		struct write_out out = sink_open(&sink, 3, room);
		struct write_json json;

		write_json_init(&json, &out);
		write_json_object(&json);
		write_json_key(&json, "key");
		write_json_array(&json);
		write_json_int(&json, 1);
		write_json_text(&json, "text");
		assert_int_equal(write_json_end(&json), room == strlen(want));
		assert_int_equal(strncmp(sink_text(&sink, &out), want, room), 0);
	}
}

// Each of the 1,114,112 code points in each of the lengths that hold it: the shortest form is a
// character, surrogates are none.
static void test_utf8(void **state)
{
	for (unsigned c = 0; c < 0x200000; c++)
		for (unsigned len = 1; len <= 4; len++) {
			static const uint8_t marks[] = {0, 0, 0xc0, 0xe0, 0xf0};
			unsigned shortest = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
			bool valid = len == shortest && c <= 0x10ffff && (c < 0xd800 || c > 0xdfff);
			uint8_t bytes[4];

			if (len < shortest)
				continue;
			for (unsigned i = len, rest = c; i-- > 0; rest >>= 6)
				bytes[i] = (uint8_t)(i ? 0x80 | (rest & 0x3f)
				                       : marks[len] | (rest & 0x7f));
			if (write_utf8_len(span_of(bytes, len)) != (valid ? len : 0))
				fail_msg("U+%X in %u bytes", c, len);
			if (valid && len > 1)
				assert_int_equal(write_utf8_len(span_of(bytes, len - 1)), 0);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_random_calls), cmocka_unit_test(test_any_bytes),
	        cmocka_unit_test(test_texts),        cmocka_unit_test(test_reals),
	        cmocka_unit_test(test_end),          cmocka_unit_test(test_room),
	        cmocka_unit_test(test_utf8),         cmocka_unit_test(test_depth),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

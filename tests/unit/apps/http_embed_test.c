// http_embed: which form of a file a client gets, and when it gets none.
#include "harness.h"

#include "apps/http/http_embed.h"

static const uint8_t plain[] = "plain text", gzip[] = "gzip";
static const struct http_embed files[] = {
        {"/", "text/html", "\"a\"", "\"a-gzip\"", plain, gzip, sizeof(plain) - 1, sizeof(gzip) - 1},
        {"/icon.svg", "image/svg+xml", "\"b\"", "\"b-gzip\"", plain, NULL, sizeof(plain) - 1, 0},
        {0},
};

static struct http_reply got;

static void keep(struct http_exchange *exchange, const struct http_reply *reply, mono_t now)
{
	got = *reply;
}

static const struct http_exchange_ops ops = {.answer = keep};

static bool has_field(const char *name, const char *value)
{
	for (unsigned i = 0; i < got.fields_len; i++)
		if (strcmp(got.field[i].name, name) == 0 && value &&
		    span_left(&got.field[i].value) == strlen(value) &&
		    memcmp(got.field[i].value.p, value, strlen(value)) == 0)
			return true;
		else if (strcmp(got.field[i].name, name) == 0 && !value)
			return true;
	return false;
}

static void ask(const char *head, const char *path)
{
	struct http_exchange exchange = {.ops = &ops};
	struct http_request request;
	struct http_reply reply;
	const struct http_embed *file = http_embed_find(files, span_of(path, strlen(path)));

	http_request_init(&request, (const uint8_t *)head, (uint32_t)strlen(head));
	assert_int_equal(http_request_parse(&request, (const uint8_t *)head, (uint32_t)strlen(head),
	                                    &http_limits_default),
	                 HTTP_FAULT_NONE);
	assert_non_null(file);
	exchange.request = &request;
	http_reply_init(&reply, 200);
	http_embed_answer(&exchange, file, &reply, (mono_t){0});
}

#define GET(fields) "GET / HTTP/1.1\r\nHost: h\r\n" fields "\r\n"

static void test_forms(void **state)
{
	static const struct {
		const char *head, *path;
		unsigned status;
		const char *etag;
		bool gzip, vary;
	} cases[] = {
	        {GET(""), "/", 200, "\"a\"", false, true},
	        {GET("Accept-Encoding: gzip\r\n"), "/", 200, "\"a-gzip\"", true, true},
	        {GET("Accept-Encoding: br, gzip;q=0.5\r\n"), "/", 200, "\"a-gzip\"", true, true},
	        {GET("Accept-Encoding: gzip;q=0\r\n"), "/", 200, "\"a\"", false, true},
	        {GET("Accept-Encoding: gzip\r\n"), "/icon.svg", 200, "\"b\"", false, false},
	        {GET("If-None-Match: \"a\"\r\n"), "/", 304, "\"a\"", false, true},
	        {GET("If-None-Match: \"a-gzip\"\r\n"), "/", 200, "\"a\"", false, true},
	        {GET("Accept-Encoding: gzip\r\nIf-None-Match: W/\"a-gzip\"\r\n"), "/", 304,
	         "\"a-gzip\"", false, true},
	        {GET("If-Match: \"other\"\r\n"), "/", 412, "\"a\"", false, true},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		bool ok = cases[i].status == 200;

		ask(cases[i].head, cases[i].path);
		assert_int_equal(got.status, cases[i].status);
		assert_true(has_field("ETag", cases[i].etag));
		assert_int_equal(has_field("Content-Encoding", "gzip"), cases[i].gzip);
		assert_int_equal(has_field("Vary", "Accept-Encoding"), cases[i].vary);
		assert_int_equal(has_field("Content-Type", NULL), ok);
		assert_int_equal(got.content, ok ? HTTP_CONTENT_HELD : HTTP_CONTENT_NONE);
		if (ok)
			assert_ptr_equal(got.bytes.p, cases[i].gzip ? gzip : plain);
	}
}

static void test_find(void **state)
{
	assert_ptr_equal(http_embed_find(files, span_of("/", 1)), &files[0]);
	assert_ptr_equal(http_embed_find(files, span_of("/icon.svg", 9)), &files[1]);
	assert_null(http_embed_find(files, span_of("/icon", 5)));
	assert_null(http_embed_find(files, span_of("", 0)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_forms),
	                                   cmocka_unit_test(test_find)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

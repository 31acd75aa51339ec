// message_json: the JSON of a message holds all of its content and nothing else; a malformed
// message is marked as such.
#include "harness.h"

#include "apps/dns/message_json.h"

#include <stdlib.h>

static struct message_json json;

// The object as text. `hex` holds bytes in hex; blanks are ignored.
static char *json_of(const char *hex)
{
	static char text[4096];
	uint8_t bytes[512];
	size_t len = 0;
	json_t *object;
	char *dumped;

	for (const char *p = hex; *p; p++) {
		unsigned byte;

		if (*p == ' ')
			continue;
		assert_int_equal(sscanf(p++, "%2x", &byte), 1);
		bytes[len++] = (uint8_t)byte;
	}
	object = message_json(&json, bytes, len);
	assert_non_null(object);
	dumped = json_dumps(object, JSON_COMPACT);
	assert_non_null(dumped);
	snprintf(text, sizeof(text), "%s", dumped);
	free(dumped);
	json_decref(object);
	return text;
}

#define QUESTION "0161 036f7267 00 0001 0001"

static const struct {
	const char *hex, *text;
} cases[] = {
        {"0000 8400 0001 0001 0001 0001" QUESTION "c00c 0001 0001 0000003c 0004 c0000201"
         "c00e 0002 0001 00000001 0005 026e73 c00c"
         "026e73 c00c 001c 0001 00000002 0010 20010db8000000000000000000000001",
         "{\"rcode\":\"NOERROR\",\"flags\":[\"qr\",\"aa\"],\"question\":[\"a.org. IN A\"],"
         "\"answer\":[\"a.org. 60 IN A 192.0.2.1\"],"
         "\"authority\":[\"org. 1 IN NS ns.a.org.\"],"
         "\"additional\":[\"ns.a.org. 2 IN AAAA 2001:db8::1\"]}"},
        // Every flag; an rcode, a class and a type without a name.
        {"0000 87bc 0001 0000 0000 0000 00 ff00 ff01",
         "{\"rcode\":\"RCODE12\",\"flags\":[\"qr\",\"aa\",\"tc\",\"rd\",\"ra\",\"ad\",\"cd\"],"
         "\"question\":[\". CLASS65281 TYPE65280\"],\"answer\":[],\"authority\":[],"
         "\"additional\":[]}"},
        // EDNS: the rcode's upper bits, DO, the size, options.
        {"0000 8000 0000 0000 0000 0001 00 0029 1000 01008000 000a 0003 0002 6e73 000c 0000",
         "{\"rcode\":\"BADVERS\",\"flags\":[\"qr\"],\"question\":[],\"answer\":[],"
         "\"authority\":[],\"additional\":[],\"edns\":{\"version\":0,\"udp\":4096,"
         "\"flags\":[\"do\"],\"options\":[{\"code\":3,\"data\":\"6e73\"},"
         "{\"code\":12,\"data\":\"\"}]}}"},
        // A second OPT record is listed as a record.
        {"0000 8000 0000 0000 0000 0002 00 0029 0200 00050000 0000 00 0029 0200 00000000 0001 ab",
         "{\"rcode\":\"NOERROR\",\"flags\":[\"qr\"],\"question\":[],\"answer\":[],"
         "\"authority\":[],\"additional\":[\". 0 CLASS512 OPT \\\\# 1 AB\"],"
         "\"edns\":{\"version\":5,\"udp\":512,\"flags\":[],\"options\":[]}}"},
        // Quotes and bytes beyond ASCII are escaped twice: for DNS, then for JSON.
        {"0000 8000 0000 0001 0000 0000 0122 00 0010 0001 00000000 0004 03 22 e4 00",
         "{\"rcode\":\"NOERROR\",\"flags\":[\"qr\"],\"question\":[],"
         "\"answer\":[\"\\\\\\\". 0 IN TXT \\\"\\\\\\\"\\\\228\\\\000\\\"\"],"
         "\"authority\":[],\"additional\":[]}"},
        // The readable part of a malformed message.
        {"0000 8400 0001 0002 0000 0000" QUESTION "c00c 0001 0001 0000003c 0004 c0000201 c0",
         "{\"rcode\":\"NOERROR\",\"flags\":[\"qr\",\"aa\"],\"question\":[\"a.org. IN A\"],"
         "\"answer\":[\"a.org. 60 IN A 192.0.2.1\"],\"authority\":[],\"additional\":[],"
         "\"malformed\":true}"},
        {"0000",
         "{\"rcode\":\"NOERROR\",\"flags\":[],\"question\":[],\"answer\":[],\"authority\":[],"
         "\"additional\":[],\"malformed\":true}"},
};

static void test_messages(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_string_equal(json_of(cases[i].hex), cases[i].text);
}

// A record of maximum length, of bytes that take the longest text.
static void test_the_longest_text(void **state)
{
	static uint8_t msg[UINT16_MAX];
	struct fill f = fill_of(msg, sizeof(msg));
	size_t left, text_len = 0;
	json_t *object;

	fill_bytes(&f, "\0\0\x80\0\0\0\0\1\0\0\0\0\0\0\x10\0\1\0\0\0\0", 21);
	left = fill_left(&f) - 2;
	left -= left % 256;
	fill_u16(&f, (uint16_t)left);
	for (; left; left -= 256) {
		fill_u8(&f, 255);
		for (unsigned i = 0; i < 255; i++)
			fill_u8(&f, 0);
		text_len += 255 * 4 + 2 + 1;
	}
	assert_false(f.bad);
	object = message_json(&json, msg, fill_len(&f));
	assert_null(json_object_get(object, "malformed"));
	assert_int_equal(json_string_length(json_array_get(json_object_get(object, "answer"), 0)),
	                 strlen(". 0 IN TXT ") + text_len - 1);
	json_decref(object);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_messages),
	        cmocka_unit_test(test_the_longest_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

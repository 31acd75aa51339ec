// The opening handshake: a row for each clause of RFC 6455 section 4, of both ends.
#include "harness.h"

#include "proto/ws/ws_handshake.h"

#include <stdio.h>

#define KEY     "dGhlIHNhbXBsZSBub25jZQ==" // of RFC 6455 section 1.3
#define ACCEPT  "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
#define UPGRADE "Upgrade: websocket\r\nConnection: Upgrade\r\n"
#define VERSION "Sec-WebSocket-Version: 13\r\n"
#define LINE    "GET /chat HTTP/1.1\r\nHost: a\r\n"

static struct http_request request;
static struct http_response response;

static void parse(const char *head)
{
	assert_int_equal(http_request_parse(&request, (const uint8_t *)head, (uint32_t)strlen(head),
	                                    &http_limits_default),
	                 HTTP_FAULT_NONE);
}

static void test_server(void **state)
{
	static const struct {
		const char *clause, *head;
		enum ws_handshake result;
	} rows[] = {
	        {"4.2.1", LINE UPGRADE "Sec-WebSocket-Key: " KEY "\r\n" VERSION "\r\n",
	         WS_HANDSHAKE_ACCEPTED},
	        {"case does not count",
	         LINE "upgrade: WebSocket\r\nconnection: keep-alive, UPGRADE\r\n"
	              "sec-websocket-key: " KEY "\r\n" VERSION "\r\n",
	         WS_HANDSHAKE_ACCEPTED},
	        {"among other protocols",
	         LINE "Upgrade: h2c, websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: " KEY
	              "\r\n" VERSION "\r\n",
	         WS_HANDSHAKE_ACCEPTED},
	        {"what is offered need not be taken",
	         LINE UPGRADE "Sec-WebSocket-Key: " KEY "\r\n" VERSION
	                      "Sec-WebSocket-Protocol: chat\r\n"
	                      "Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n",
	         WS_HANDSHAKE_ACCEPTED},
	        {"an ordinary request", LINE "\r\n", WS_HANDSHAKE_NONE},
	        {"another protocol", LINE "Upgrade: h2c\r\nConnection: Upgrade\r\n\r\n",
	         WS_HANDSHAKE_NONE},
	        {"Upgrade that is not an option of the connection",
	         LINE "Upgrade: websocket\r\nSec-WebSocket-Key: " KEY "\r\n" VERSION "\r\n",
	         WS_HANDSHAKE_NONE},
	        {"4.2.1 1: not GET",
	         "POST /chat HTTP/1.1\r\nHost: a\r\n" UPGRADE "Sec-WebSocket-Key: " KEY
	         "\r\n" VERSION "\r\n",
	         WS_HANDSHAKE_MALFORMED},
	        {"4.2.1 1: HTTP/1.0",
	         "GET /chat HTTP/1.0\r\nHost: a\r\n" UPGRADE "Sec-WebSocket-Key: " KEY
	         "\r\n" VERSION "\r\n",
	         WS_HANDSHAKE_MALFORMED},
	        {"content, behind which no frame would be found",
	         LINE UPGRADE "Sec-WebSocket-Key: " KEY "\r\n" VERSION "Content-Length: 1\r\n\r\n",
	         WS_HANDSHAKE_MALFORMED},
	        {"4.2.1 5: no key", LINE UPGRADE VERSION "\r\n", WS_HANDSHAKE_MALFORMED},
	        {"4.2.1 5: two keys",
	         LINE UPGRADE "Sec-WebSocket-Key: " KEY "\r\nSec-WebSocket-Key: " KEY "\r\n" VERSION
	                      "\r\n",
	         WS_HANDSHAKE_MALFORMED},
	        {"4.2.1 5: of 15 bytes",
	         LINE UPGRADE "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25j\r\n" VERSION "\r\n",
	         WS_HANDSHAKE_MALFORMED},
	        {"4.2.1 5: of 17 bytes",
	         LINE UPGRADE "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZWE=\r\n" VERSION "\r\n",
	         WS_HANDSHAKE_MALFORMED},
	        {"4.2.1 5: not base64",
	         LINE UPGRADE "Sec-WebSocket-Key: dGhlIHNhbXBsZS!ub25jZQ==\r\n" VERSION "\r\n",
	         WS_HANDSHAKE_MALFORMED},
	        {"4.2.1 5: bits behind the last byte",
	         LINE UPGRADE "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZR==\r\n" VERSION "\r\n",
	         WS_HANDSHAKE_MALFORMED},
	        {"4.2.1 6: no version", LINE UPGRADE "Sec-WebSocket-Key: " KEY "\r\n\r\n",
	         WS_HANDSHAKE_MALFORMED},
	        {"4.4: another version",
	         LINE UPGRADE "Sec-WebSocket-Key: " KEY "\r\nSec-WebSocket-Version: 8\r\n\r\n",
	         WS_HANDSHAKE_VERSION},
	};

	(void)state;
	for (unsigned i = 0; i < ARRAY_LEN(rows); i++) {
		char accept[WS_ACCEPT_BYTES] = "";
		enum ws_handshake result;

		parse(rows[i].head);
		result = ws_handshake_read(&request, accept);
		if (result != rows[i].result)
			fail_msg("%s: %d", rows[i].clause, result);
		if (result == WS_HANDSHAKE_ACCEPTED)
			assert_memory_equal(accept, ACCEPT, sizeof(accept));
	}
}

static void test_origin(void **state)
{
	static const struct {
		const char *host, *origin;
		bool same;
	} rows[] = {
	        {"a", NULL, true},
	        {"a", "http://a", true},
	        {"a:8080", "http://a:8080", true},
	        {"A.example", "https://a.EXAMPLE", true},
	        {"[2001:db8::1]:80", "http://[2001:db8::1]:80", true},
	        {"a", "http://b", false},
	        {"a", "http://a.evil", false},
	        {"a:8080", "http://a", false},
	        {"a", "http://a:8080", false},
	        {"a", "null", false},
	        {"a", "file://", false},
	        {"a", "http:a", false},
	        {"a", "http:", false},
	        {"a", "a", false},
	        {"a", "", false},
	};

	(void)state;
	for (unsigned i = 0; i < ARRAY_LEN(rows); i++) {
		char head[256];

		snprintf(head, sizeof(head), "GET / HTTP/1.1\r\nHost: %s\r\n%s%s%s\r\n",
		         rows[i].host, rows[i].origin ? "Origin: " : "",
		         rows[i].origin ? rows[i].origin : "", rows[i].origin ? "\r\n" : "");
		parse(head);
		if (ws_handshake_is_same_origin(&request) != rows[i].same)
			fail_msg("%s, %s", rows[i].host, rows[i].origin);
	}
	parse("GET / HTTP/1.1\r\nHost: a\r\nOrigin: http://a\r\nOrigin: http://a\r\n\r\n");
	assert_false(ws_handshake_is_same_origin(&request));
}

static void test_client(void **state)
{
	static const struct {
		const char *clause, *fields;
		bool accepted;
	} rows[] = {
	        {"4.1", UPGRADE "Sec-WebSocket-Accept: " ACCEPT "\r\n", true},
	        {"case does not count",
	         "upgrade: WEBSOCKET\r\nconnection: upgrade\r\nsec-websocket-accept: " ACCEPT
	         "\r\n",
	         true},
	        {"4.1 2: no Upgrade", "Connection: Upgrade\r\nSec-WebSocket-Accept: " ACCEPT "\r\n",
	         false},
	        {"4.1 2: another protocol",
	         "Upgrade: h2c\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " ACCEPT "\r\n",
	         false},
	        {"4.1 3: no Connection",
	         "Upgrade: websocket\r\nSec-WebSocket-Accept: " ACCEPT "\r\n", false},
	        {"4.1 4: no accept", UPGRADE, false},
	        {"4.1 4: of another key",
	         UPGRADE "Sec-WebSocket-Accept: AAAPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n", false},
	        {"4.1 4: in another case",
	         UPGRADE "Sec-WebSocket-Accept: S3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n", false},
	        {"4.1 5: an extension that was not offered",
	         UPGRADE "Sec-WebSocket-Extensions: a\r\nSec-WebSocket-Accept: " ACCEPT "\r\n",
	         false},
	        {"4.1 6: a subprotocol that was not offered",
	         UPGRADE "Sec-WebSocket-Protocol: a\r\nSec-WebSocket-Accept: " ACCEPT "\r\n",
	         false},
	};

	(void)state;
	for (unsigned i = 0; i < ARRAY_LEN(rows); i++) {
		char head[512];
		int len = snprintf(head, sizeof(head), "HTTP/1.1 101 Switching Protocols\r\n%s\r\n",
		                   rows[i].fields);

		assert_int_equal(http_response_parse(&response, (const uint8_t *)head,
		                                     (uint32_t)len, HTTP_EXPECT_UPGRADE,
		                                     &http_limits_default),
		                 HTTP_FAULT_NONE);
		if (ws_handshake_check(&response, KEY) != rows[i].accepted)
			fail_msg("%s", rows[i].clause);
	}
}

static void test_key(void **state)
{
	char key[WS_KEY_BYTES];

	(void)state;
	ws_handshake_key(key, (const uint8_t *)"the sample nonce");
	assert_memory_equal(key, KEY, sizeof(key));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_server),
	        cmocka_unit_test(test_origin),
	        cmocka_unit_test(test_client),
	        cmocka_unit_test(test_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// Requests as the client writes them: their bytes, what is refused, when the next one may be sent,
// the times; and what the server's engine makes of them, with its answers on the way back.
#include "http_client_lab.h"

#include "proto/http/http_answer.h"

#include "core/rand.h"

static struct client_lab lab;

static void test_bytes(void **state)
{
	struct http_call call;

	(void)state;
	client_lab_open(&lab);
	call = client_lab_begin(&lab, "GET", "/b?c");
	http_call_text(&call, "Accept", "text/plain");
	http_call_field(&call, "X-Empty", span_of(NULL, 0));
	assert_int_equal(http_call_end(&call), HTTP_CALL_WRITTEN);
	assert_string_equal(
	        client_lab_sent(&lab),
	        "GET /b?c HTTP/1.1\r\nHost: a\r\nAccept: text/plain\r\nX-Empty: \r\n\r\n");
	assert_false(http_call_has_content(&lab.client));
	client_lab_close(&lab);
}

static void test_length(void **state)
{
	struct http_call call;

	(void)state;
	client_lab_open(&lab);
	call = client_lab_begin(&lab, "POST", "/");
	assert_int_equal(http_call_end_length(&call, 5), HTTP_CALL_WRITTEN);
	assert_int_equal(http_call_put(&lab.client, &lab.out, "hel", 3), 3);
	assert_true(http_call_has_content(&lab.client));
	assert_false(http_client_is_ready(&lab.client));
	http_call_sends(&lab.client, 2);
	assert_false(http_call_has_content(&lab.client));
	assert_string_equal(client_lab_sent(&lab),
	                    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhel");
	client_lab_text(&lab, "HTTP/1.1 204 No Content\r\n\r\n");
	call = client_lab_begin(&lab, "PUT", "/");
	assert_int_equal(http_call_end_length(&call, 0), HTTP_CALL_WRITTEN);
	assert_string_equal(client_lab_sent(&lab),
	                    "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n");
	assert_false(http_call_has_content(&lab.client));
	client_lab_close(&lab);
}

static void test_stream(void **state)
{
	struct http_call call;

	(void)state;
	client_lab_open(&lab);
	call = client_lab_begin(&lab, "POST", "/");
	assert_int_equal(http_call_end_stream(&call), HTTP_CALL_WRITTEN);
	assert_int_equal(http_call_put(&lab.client, &lab.out, "hello", 5), 5);
	assert_int_equal(http_call_put(&lab.client, &lab.out, "", 0), 0);
	assert_true(http_call_last(&lab.client, &lab.out));
	assert_false(http_call_has_content(&lab.client));
	assert_string_equal(client_lab_sent(&lab),
	                    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
	                    "5\r\nhello\r\n0\r\n\r\n");
	client_lab_close(&lab);
}

static void test_connection(void **state)
{
	struct http_call call;

	(void)state;
	client_lab_open(&lab);
	call = client_lab_begin(&lab, "GET", "/");
	http_call_close(&call);
	assert_int_equal(http_call_end(&call), HTTP_CALL_WRITTEN);
	assert_string_equal(client_lab_sent(&lab),
	                    "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
	client_lab_open(&lab);
	call = client_lab_begin(&lab, "GET", "/");
	http_call_upgrade(&call, "websocket");
	assert_int_equal(http_call_end(&call), HTTP_CALL_WRITTEN);
	assert_string_equal(client_lab_sent(&lab),
	                    "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n"
	                    "Connection: upgrade\r\n\r\n");
	client_lab_close(&lab);
}

// Each row is refused, whatever else the request has.
static void test_refused(void **state)
{
	static const struct {
		const char *method, *target, *host, *name, *value;
	} rows[] = {
	        {"GET", "/", "a", "A", "b\r\nEvil: c"},
	        {"GET", "/", "a", "A", "b\nEvil: c"},
	        {"GET", "/", "a", "A", "b\rc"},
	        {"GET", "/", "a", "A", "b\001"},
	        {"GET", "/", "a", "A: b\r\nEvil", "c"},
	        {"GET", "/", "a", "A b", "c"},
	        {"GET", "/", "a", "", "c"},
	        {"GET", "/", "a", "Content-Length", "5"},
	        {"GET", "/", "a", "content-length", "0"},
	        {"GET", "/", "a", "Transfer-Encoding", "chunked"},
	        {"GET", "/", "a", "Connection", "keep-alive"},
	        {"GET", "/", "a", "Host", "a"},
	        {"GET", "/", "a", "Upgrade", "h2c"},
	        {"GET", "/", "a", "Expect", "100-continue"},
	        {"GET", "/ HTTP/1.1\r\nEvil: a\r\n\r\n", "a", "A", "b"},
	        {"GET", "/a b", "a", "A", "b"},
	        {"GET", "/a\r\n", "a", "A", "b"},
	        {"GET", "", "a", "A", "b"},
	        {"GET", "a", "a", "A", "b"},
	        {"GET", "*", "a", "A", "b"},
	        {"GET", "/a#b", "a", "A", "b"},
	        {"GET", "/%4", "a", "A", "b"},
	        {"GET", "http://b/", "a", "A", "b"},
	        {"GET", "/", "a\r\nEvil: b", "A", "b"},
	        {"GET", "/", "a b", "A", "b"},
	        {"GET", "/", "a/b", "A", "b"},
	        {"G T", "/", "a", "A", "b"},
	        {"", "/", "a", "A", "b"},
	        {"GET / HTTP/1.1\r\n\r\nGET", "/", "a", "A", "b"},
	        {"CONNECT", "/", "a", "A", "b"},
	        {"CONNECT", "b:1", "a:1", "A", "b"},
	};

	(void)state;
	for (unsigned i = 0; i < ARRAY_LEN(rows); i++) {
		struct http_call call;

		client_lab_open(&lab);
		http_call_begin(&call, &lab.client, &lab.out, rows[i].method,
		                span_of(rows[i].target, strlen(rows[i].target)),
		                span_of(rows[i].host, strlen(rows[i].host)));
		http_call_text(&call, rows[i].name, rows[i].value);
		if (http_call_end(&call) != HTTP_CALL_MALFORMED)
			fail_msg("row %u was not refused", i);
		assert_true(http_client_is_ready(&lab.client));
	}
	client_lab_close(&lab);
}

static void test_targets(void **state)
{
	static const struct {
		const char *method, *target, *host;
	} rows[] = {
	        {"GET", "http://a/b", "a"},
	        {"OPTIONS", "*", "a"},
	        {"CONNECT", "a:443", "a:443"},
	        {"GET", "/", "[2001:db8::1]:80"},
	        {"GET", "/", ""},
	        {"BREW", "/%41?b=%20", "a"},
	        {"GET", "https://a:1/", "a:1"},
	};

	(void)state;
	for (unsigned i = 0; i < ARRAY_LEN(rows); i++) {
		struct http_call call;

		client_lab_open(&lab);
		http_call_begin(&call, &lab.client, &lab.out, rows[i].method,
		                span_of(rows[i].target, strlen(rows[i].target)),
		                span_of(rows[i].host, strlen(rows[i].host)));
		assert_int_equal(http_call_end(&call), HTTP_CALL_WRITTEN);
	}
	client_lab_close(&lab);
}

// CONNECT has no content, and neither is a change of protocol part of it.
static void test_connect_refused(void **state)
{
	struct http_call call;

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		client_lab_open(&lab);
		http_call_begin(&call, &lab.client, &lab.out, "CONNECT", span_of("a:1", 3),
		                span_of("a:1", 3));
		if (i == 2)
			http_call_upgrade(&call, "other");
		assert_int_equal(i == 0   ? http_call_end_length(&call, 1)
		                 : i == 1 ? http_call_end_stream(&call)
		                          : http_call_end(&call),
		                 HTTP_CALL_MALFORMED);
	}
	client_lab_close(&lab);
}

// However little room there is, the connection changes only by a whole head.
static void test_no_room(void **state)
{
	uint8_t room[64];
	size_t size = 0;

	(void)state;
	for (;; size++) {
		struct fill out = fill_of(room, size);
		struct http_call call;
		enum http_call_end end;

		client_lab_open(&lab);
		http_call_begin(&call, &lab.client, &out, "GET", span_of("/", 1), span_of("a", 1));
		end = http_call_end(&call);
		if (end == HTTP_CALL_WRITTEN)
			break;
		assert_int_equal(end, HTTP_CALL_NO_ROOM);
		assert_true(http_client_is_ready(&lab.client));
		assert_int_equal(http_client_outstanding(&lab.client), 0);
	}
	assert_int_equal(size, strlen("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
	client_lab_close(&lab);
}

static void test_ready(void **state)
{
	(void)state;
	client_lab_open(&lab);
	assert_int_equal(lab.client.pipeline_max, 1);
	client_lab_ask(&lab, "G");
	lab.client.pipeline_max = 1;
	assert_false(http_client_is_ready(&lab.client)); // one at a time
	lab.client.pipeline_max = 2;
	assert_true(http_client_is_ready(&lab.client));
	client_lab_text(&lab, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\na");
	lab.client.pipeline_max = 1;
	assert_false(http_client_is_ready(&lab.client));
	client_lab_text(&lab, "b");
	assert_true(http_client_is_ready(&lab.client));
	lab.limits.requests_max = 2;
	client_lab_ask(&lab, "G");
	client_lab_text(&lab, "HTTP/1.1 204 No Content\r\n\r\n");
	assert_string_equal(lab.log, "200 2=ab|204|close"); // the most that a connection takes
	client_lab_open(&lab);
	client_lab_ask(&lab, "U");
	assert_false(http_client_is_ready(&lab.client)); // the bytes behind may not be HTTP
	client_lab_open(&lab);
	client_lab_ask(&lab, "L");
	assert_false(http_client_is_ready(&lab.client));
	client_lab_close(&lab);
}

// A server may answer before it has read all; then there is no place where the next request begins.
static void test_early_response(void **state)
{
	struct http_call call;

	(void)state;
	client_lab_open(&lab);
	call = client_lab_begin(&lab, "POST", "/");
	assert_int_equal(http_call_end_length(&call, 5), HTTP_CALL_WRITTEN);
	client_lab_text(&lab, "HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\n\r\n");
	assert_string_equal(lab.log, "413|close");
	assert_false(http_client_is_ready(&lab.client));
	client_lab_close(&lab);
}

static void expire_at(uint64_t after_us, enum http_client_event event, enum http_fault fault)
{
	mono_t due = http_client_deadline(&lab.client);

	assert_int_equal(due.us, mono_add(lab.now, after_us).us);
	assert_int_equal(http_client_expire(&lab.client, (mono_t){due.us - 1}), HTTP_CLIENT_MORE);
	assert_int_equal(http_client_expire(&lab.client, due), event);
	assert_int_equal(lab.client.fault, fault);
	client_lab_close(&lab);
}

static void test_idle(void **state)
{
	(void)state;
	client_lab_open(&lab);
	expire_at(lab.limits.idle_us, HTTP_CLIENT_CLOSE, HTTP_FAULT_NONE);
}

static void test_slow_head(void **state)
{
	(void)state;
	client_lab_open(&lab);
	client_lab_ask(&lab, "G");
	lab.now.us += 5 * SEC_US;
	http_client_sent(&lab.client, 10, 0, lab.now);
	expire_at(lab.limits.head_us, HTTP_CLIENT_REFUSED, HTTP_FAULT_SLOW_HEAD);
}

static void test_slow_rest_of_head(void **state)
{
	(void)state;
	client_lab_open(&lab);
	client_lab_ask(&lab, "G");
	client_lab_text(&lab, "HTTP/1.1 200");
	lab.now.us += 2;
	client_lab_text(&lab, " OK\r\nA");
	lab.now.us -= 2;
	expire_at(lab.limits.head_us, HTTP_CLIENT_REFUSED, HTTP_FAULT_SLOW_HEAD);
}

// A server that sends a little now and then is not waited for.
static void test_slow_body(void **state)
{
	(void)state;
	client_lab_open(&lab);
	client_lab_ask(&lab, "G");
	client_lab_text(&lab, "HTTP/1.1 200 OK\r\n\r\n");
	for (unsigned i = 0; i < 9; i++) {
		lab.now.us += SEC_US;
		client_lab_text(&lab, "a");
	}
	expire_at(lab.limits.body_us - 9 * SEC_US, HTTP_CLIENT_REFUSED, HTTP_FAULT_SLOW_BODY);
}

static void test_slow_reader(void **state)
{
	(void)state;
	client_lab_open(&lab);
	client_lab_ask(&lab, "G");
	http_client_sent(&lab.client, 0, 10, lab.now);
	lab.now.us += SEC_US;
	http_client_sent(&lab.client, 1, 9, lab.now);
	expire_at(lab.limits.send_us - SEC_US, HTTP_CLIENT_REFUSED, HTTP_FAULT_SLOW_READER);
}

// Nothing is due of a server that has not got the whole request.
static void test_content_is_owed(void **state)
{
	struct http_call call;

	(void)state;
	client_lab_open(&lab);
	call = client_lab_begin(&lab, "POST", "/");
	assert_int_equal(http_call_end_length(&call, 5), HTTP_CALL_WRITTEN);
	http_client_sent(&lab.client, 10, 0, lab.now);
	assert_int_equal(http_client_deadline(&lab.client).us, MONO_NEVER.us);
	client_lab_close(&lab);
}

// The server's engine, which answers each request with its own content.
struct server {
	struct http_conn conn;
	struct http_request request;
	uint8_t body[512];
	size_t body_len;
	struct fill out;
};

static void serve(struct server *server, bool chunked)
{
	struct http_answer answer;
	size_t len = server->body_len;

	http_answer_begin(&answer, &server->conn, &server->out, 200, NULL);
	assert_int_equal(chunked ? http_answer_end_stream(&answer) : http_answer_end(&answer, len),
	                 HTTP_ANSWER_WRITTEN);
	if (http_answer_has_content(&server->conn))
		assert_int_equal(http_answer_put(&server->conn, &server->out, server->body, len),
		                 len);
	if (http_answer_has_content(&server->conn))
		assert_true(http_answer_last(&server->conn, &server->out));
	server->body_len = 0;
}

static void server_give(struct server *server, struct span part, bool chunked)
{
	struct span data;
	enum http_event event;

	do {
		event = http_conn_next(&server->conn, &part, &server->request, &data, lab.now);
		assert_int_not_equal(event, HTTP_REFUSED);
		if (event == HTTP_BUFFER)
			server->conn.buffer = malloc(http_limits_default.head_bytes);
		if (event == HTTP_BODY) {
			memcpy(server->body + server->body_len, data.p, span_left(&data));
			server->body_len += span_left(&data);
		}
		if (event == HTTP_END)
			serve(server, chunked);
		if (event == HTTP_REQUEST) {
			free(server->conn.buffer);
			server->conn.buffer = NULL;
		}
	} while (event != HTTP_MORE);
}

// A request with content that is random in length and in how it is sent; notes what is to come
// back.
static void random_call(struct rand *rand, char *want)
{
	static const char text[] = "abcdefghijklmnopqrstuvwxyz";
	size_t len = rand_below(rand, sizeof(text));
	bool head = rand_below(rand, 4) == 0, chunked = rand_below(rand, 2);
	struct http_call call = client_lab_begin(&lab, head ? "HEAD" : "POST", "/a");
	struct fill *out = &lab.out;

	assert_int_equal(chunked ? http_call_end_stream(&call) : http_call_end_length(&call, len),
	                 HTTP_CALL_WRITTEN);
	if (http_call_has_content(&lab.client))
		assert_int_equal(http_call_put(&lab.client, out, text, len), len);
	if (chunked)
		assert_true(http_call_last(&lab.client, out));
	sprintf(want, "200%s", head || len == 0 ? "|" : "");
	if (!head && len)
		sprintf(want + 3, " %zu=%.*s|", len, (int)len, text);
}

// Both engines, each cut at random: what was asked is answered.
static void test_with_server(void **state)
{
	static uint8_t answers[65536];
	static struct server server;
	struct rand rand;

	(void)state;
	rand_init(&rand, 1);
	client_lab_open(&lab);
	http_conn_init(&server.conn, &http_limits_default, lab.now);
	lab.client.pipeline_max = 3;
	for (unsigned round = 0; round < 1000; round++) {
		unsigned calls = 1 + (unsigned)rand_below(&rand, 3);
		char want[256] = "";
		struct span sent, got;

		server.out = fill_of(answers, sizeof(answers));
		for (unsigned i = 0; i < calls; i++)
			random_call(&rand, want + strlen(want));
		sent = span_of(lab.sent, fill_len(&lab.out));
		lab.out = fill_of(lab.sent, sizeof(lab.sent));
		while (span_left(&sent)) {
			size_t n = size_min(span_left(&sent), 1 + rand_below(&rand, 60));

			server_give(&server, span_sub(&sent, n), rand_below(&rand, 2));
		}
		got = span_of(answers, fill_len(&server.out));
		while (span_left(&got)) {
			size_t n = size_min(span_left(&got), 1 + rand_below(&rand, 60));

			assert_int_equal(client_lab_give(&lab, got.p, n), 0);
			got.p += n;
		}
		assert_string_equal(lab.log, want);
		lab.log_len = 0;
		lab.log[0] = 0;
	}
	client_lab_close(&lab);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_bytes),       cmocka_unit_test(test_length),
	        cmocka_unit_test(test_stream),      cmocka_unit_test(test_connection),
	        cmocka_unit_test(test_refused),     cmocka_unit_test(test_targets),
	        cmocka_unit_test(test_no_room),     cmocka_unit_test(test_connect_refused),
	        cmocka_unit_test(test_ready),       cmocka_unit_test(test_early_response),
	        cmocka_unit_test(test_idle),        cmocka_unit_test(test_slow_head),
	        cmocka_unit_test(test_slow_body),   cmocka_unit_test(test_slow_rest_of_head),
	        cmocka_unit_test(test_slow_reader), cmocka_unit_test(test_content_is_owed),
	        cmocka_unit_test(test_with_server),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

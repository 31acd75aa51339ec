// http: apps/http on virtual time: a worker with a handler, and clients of wadi's own TCP that are
// whole, cut, pipelined, slow, or gone. Every page and buffer is returned at the end.
#include "sim.h"

#include "apps/http/http_links_internal.h"
#include "proto/tcpip/tcp/tcp.h"

#include <stdlib.h>

#define CLIENTS    4
#define IN_BYTES   (8 << 20)
#define HELD_BYTES (3 << 20)

static struct sim sim;

static struct client {
	struct tcp_conn *conn;
	char *in; // what the server sent
	size_t in_len, in_read;
	uint32_t budget; // bytes that it takes yet
	bool ended, closed;
	enum tcp_end how;
} clients[CLIENTS];

static struct {
	struct service_worker service;
	struct http_links *links;
	struct http_limits limits;
	char *held; // content of /held
	struct http_exchange *late, *last;
	unsigned requests, closed, whole, pieces;
	uint64_t content, stream_left;
	bool refuses; // content
} server;

// Streams are of one letter.
static void stream_writable(struct http_exchange *exchange, mono_t now)
{
	char bytes[1000];

	memset(bytes, 's', sizeof(bytes));
	while (server.stream_left > 0) {
		uint32_t len = (uint32_t)u64_min(server.stream_left, sizeof(bytes));
		uint32_t n = http_exchange_write(exchange, bytes, len, now);

		server.stream_left -= n;
		if (n < len)
			return;
	}
	http_exchange_end(exchange, now);
}

static void late_answer(mono_t now)
{
	struct http_exchange *exchange = server.late;

	assert_non_null(exchange);
	server.late = NULL;
	http_exchange_answer_text(exchange, 200, "late", now);
}

static bool echo_data(struct http_link *link, struct span *part, mono_t now)
{
	uint32_t len = (uint32_t)span_left(part);

	assert_int_equal(http_link_send(link, part->p, len), len);
	(void)span_take(part, len);
	return true;
}
static bool echo_opened(struct http_link *link, mono_t now)
{
	return true;
}
static void echo_ended(struct http_link *link, mono_t now)
{
	http_link_shutdown(link, now);
}
static void echo_nothing(struct http_link *link, mono_t now)
{
}
static const struct http_link_ops echo_ops = {.opened = echo_opened,
                                              .data = echo_data,
                                              .ended = echo_ended,
                                              .writable = echo_nothing,
                                              .expired = echo_nothing,
                                              .closed = echo_nothing};

static bool path_is(const struct http_exchange *exchange, const char *path)
{
	return span_left(&exchange->path) == strlen(path) &&
	       memcmp(exchange->path.p, path, strlen(path)) == 0;
}

static void on_request(struct http_exchange *exchange, mono_t now)
{
	struct http_reply reply;

	server.requests++;
	server.last = exchange;
	http_reply_init(&reply, 200);
	if (path_is(exchange, "/held")) {
		http_reply_held(&reply, server.held, HELD_BYTES);
		http_exchange_answer(exchange, &reply, now);
	} else if (path_is(exchange, "/stream")) {
		server.stream_left = 1 << 20;
		http_reply_stream(&reply, HTTP_REPLY_UNKNOWN);
		http_exchange_answer(exchange, &reply, now);
		stream_writable(exchange, now);
	} else if (path_is(exchange, "/late")) {
		server.late = exchange;
	} else if (path_is(exchange, "/broken")) {
		http_reply_text(&reply, "X-Broken", "a\r\nb");
		http_exchange_answer(exchange, &reply, now);
	} else if (path_is(exchange, "/upgrade")) {
		http_reply_text(&reply, "Upgrade", "echo");
		assert_non_null(http_exchange_upgrade(exchange, &reply, &echo_ops, now));
	} else if (exchange->request->method != HTTP_POST) {
		http_exchange_answer_text(exchange, 200, "short", now);
	}
}

static bool on_content(struct http_exchange *exchange, struct span piece, mono_t now)
{
	server.content += span_left(&piece);
	server.late = exchange;
	return !server.refuses;
}

static void on_ended(struct http_exchange *exchange, mono_t now)
{
	if (exchange->status == 0 && exchange->request->method == HTTP_POST)
		http_exchange_answer_text(exchange, 200, "taken", now);
}

static void on_closed(struct http_exchange *exchange, bool whole, mono_t now)
{
	server.closed++;
	server.whole += whole;
	if (server.late == exchange)
		server.late = NULL;
}

static const struct http_handler handler = {.request = on_request,
                                            .content = on_content,
                                            .ended = on_ended,
                                            .writable = stream_writable,
                                            .closed = on_closed};

static unsigned client_data(void *ctx, struct tcp_conn *conn, struct tcp_data *data, unsigned n,
                            mono_t now)
{
	struct client *client = ctx;

	for (unsigned i = 0; i < n; i++) {
		if (client->budget < data[i].len)
			return i;
		assert_true(client->in_len + data[i].len < IN_BYTES);
		memcpy(client->in + client->in_len, data[i].bytes, data[i].len);
		client->in_len += data[i].len;
		client->in[client->in_len] = '\0';
		client->budget -= data[i].len;
	}
	return n;
}

static void client_ended(void *ctx, struct tcp_conn *conn, mono_t now)
{
	((struct client *)ctx)->ended = true;
	tcp_shutdown(conn);
}

static void client_closed(void *ctx, struct tcp_conn *conn, enum tcp_end how, mono_t now)
{
	struct client *client = ctx;

	client->conn = NULL;
	client->closed = true;
	client->how = how;
}

static const struct tcp_ops client_ops = {
        .data = client_data, .ended = client_ended, .closed = client_closed};

static void run_ms(uint64_t ms)
{
	sim_run_until(&sim, mono_add(sim.now, ms * MS_US));
}

static struct client *client_open_from(unsigned number, const char *remote)
{
	struct client *client = &clients[number];
	struct tcp_connect_conf conf = {.remote = ip(remote),
	                                .remote_port = 80,
	                                .ops = &client_ops,
	                                .ctx = client,
	                                .nodelay = true};

	free(client->in);
	*client = (struct client){.in = calloc(1, IN_BYTES), .budget = UINT32_MAX};
	assert_int_equal(tcp_connect(stack_tcp(sim.client.stack), &conf, &client->conn, sim.now),
	                 0);
	run_ms(50);
	return client;
}

static struct client *client_open(unsigned number)
{
	return client_open_from(number, number % 2 ? "10.0.0.2" : "fd00::2");
}

static void say_bytes(struct client *client, const char *text, size_t len)
{
	assert_int_equal(tcp_send(client->conn, text, (uint32_t)len), len);
}

static void say(struct client *client, const char *text)
{
	say_bytes(client, text, strlen(text));
}

// The next answer has this status and content.
static void expect(struct client *client, unsigned status, const char *content)
{
	const char *at = client->in + client->in_read, *end = strstr(at, "\r\n\r\n");
	char wanted[32];

	sprintf(wanted, "HTTP/1.1 %u ", status);
	if (!end || strncmp(at, wanted, strlen(wanted)) != 0)
		fail_msg("not %u: %s", status, at);
	if (strncmp(end + 4, content, strlen(content)) != 0)
		fail_msg("not \"%s\": %s", content, end + 4);
	client->in_read = (size_t)(end + 4 - client->in) + strlen(content);
}

static void lab_open_line(struct impair_conf line)
{
	struct http_links_conf conf = {.connections = 3,
	                               .per_client = 2,
	                               .prefix = {32, 64},
	                               .buffers = 2,
	                               .limits = &server.limits};
	struct http_listener_conf listener = {.port = 80, .handler = &handler};
	struct why why;

	sim_open(&sim, line);
	memset(&server, 0, sizeof(server));
	server.limits = http_limits_default;
	server.limits.body_bytes = 1 << 24;
	server.held = malloc(HELD_BYTES);
	for (unsigned i = 0; i < HELD_BYTES; i++)
		server.held[i] = (char)('a' + i % 23);
	server.service = (struct service_worker){.stack = sim.server.stack,
	                                         .pipeline = &sim.server.pipeline,
	                                         .metric = &sim.server.metric};
	server.links = http_links_open(&conf, &server.service, &why);
	assert_non_null(server.links);
	assert_int_equal(http_links_listen(server.links, &listener, &why), 0);
}

static void lab_open(void)
{
	lab_open_line((struct impair_conf){.delay_us = MS_US});
}

static void lab_close(void)
{
	for (unsigned i = 0; i < CLIENTS; i++)
		if (clients[i].conn)
			tcp_abort(clients[i].conn);
	run_ms(100);
	sim_run_until(&sim, mono_add(sim.now, 61 * SEC_US)); // TIME-WAIT
	assert_int_equal(server.links->links_len, 0);
	assert_int_equal(server.links->oldest_buffer, HTTP_LINKS_NONE);
	assert_int_equal(server.requests, server.closed);
	http_links_close(server.links);
	sim_close(&sim);
	free(server.held);
	for (unsigned i = 0; i < CLIENTS; i++) {
		free(clients[i].in);
		clients[i] = (struct client){0};
	}
}

static uint64_t refused(enum http_fault fault)
{
	return counter_get(&server.links->metric.refused[fault]);
}

#define GET(path) "GET " path " HTTP/1.1\r\nHost: a\r\n\r\n"

static void test_every_cut(void **state)
{
	static const char text[] =
	        GET("/") "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc" GET("/late")
	                GET("/");
	size_t len = sizeof(text) - 1;

	lab_open();
	for (size_t cut = 0; cut <= len; cut++) {
		struct client *client = client_open(cut % 2);

		if (cut)
			say_bytes(client, text, cut);
		run_ms(20);
		if (cut < len)
			say_bytes(client, text + cut, len - cut);
		run_ms(20);
		expect(client, 200, "short");
		expect(client, 200, "taken");
		assert_int_equal(client->in_len, client->in_read);
		late_answer(sim.now);
		run_ms(20);
		expect(client, 200, "late");
		expect(client, 200, "short");
		assert_int_equal(client->in_len, client->in_read);
		tcp_shutdown(client->conn);
		run_ms(50);
		assert_true(client->ended && client->closed && client->how == TCP_END_DONE);
	}
	lab_close();
}

// An answer that comes after all of the request ends the connection where that was asked for.
static void test_late_answers_close(void **state)
{
	static const char *const asked[] = {
	        "GET /late HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
	        "GET /late HTTP/1.0\r\nHost: a\r\n\r\n",
	        GET("/late"),
	};

	lab_open();
	for (unsigned i = 0; i < 2 * ARRAY_LEN(asked); i++) {
		struct client *client = client_open(i % 2);
		bool stays = i / 2 == 2;

		say(client, asked[i / 2]);
		run_ms(20);
		late_answer(sim.now);
		run_ms(20);
		expect(client, 200, "late");
		assert_int_equal(client->ended, !stays);
		if (stays)
			tcp_shutdown(client->conn);
		run_ms(50);
		assert_true(client->closed && client->how == TCP_END_DONE);
	}
	lab_close();
}

// Content that is held waits for a client that takes it slowly, and the next request with it.
static void test_back_pressure(void **state)
{
	static const char *const paths[] = {GET("/held"), GET("/stream")};
	struct client *client;
	uint64_t pages = 0;

	lab_open();
	for (unsigned i = 0; i < ARRAY_LEN(paths); i++) {
		client = client_open(0);
		client->budget = 50000;
		say(client, paths[i]);
		say(client, GET("/"));
		run_ms(500);
		assert_int_equal(server.requests, 2 * i + 1);
		assert_int_equal(server.closed, 2 * i);
		client->budget = UINT32_MAX;
		tcp_resume(client->conn);
		run_ms(4000);
		assert_int_equal(server.requests, 2 * i + 2);
		assert_int_equal(server.whole, 2 * i + 2);
		assert_non_null(strstr(client->in, "\r\n\r\n"));
		if (i == 0) {
			char *content = strstr(client->in, "\r\n\r\n") + 4;

			assert_memory_equal(content, server.held, HELD_BYTES);
			client->in_read = (size_t)(content - client->in) + HELD_BYTES;
			expect(client, 200, "short");
		} else {
			for (size_t k = 0; k < client->in_len; k++)
				pages += client->in[k] == 's';
			assert_in_range(pages, 1 << 20, (1 << 20) + 20);
		}
		tcp_shutdown(client->conn);
		run_ms(100);
	}
	lab_close();
}

static void test_a_handler_stops_content(void **state)
{
	static char bytes[400000];
	struct client *client;
	uint32_t sent;

	lab_open();
	client = client_open(1);
	server.refuses = true;
	say(client, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 400000\r\n\r\n");
	sent = tcp_send(client->conn, bytes, sizeof(bytes));
	run_ms(15000); // longer than a slow client may take: it is not the slow one
	assert_in_range(server.content, 1, 10000);
	for (unsigned i = 0; i < 2000 && server.content < sizeof(bytes); i++) {
		if (sent < sizeof(bytes))
			sent += tcp_send(client->conn, bytes, (uint32_t)sizeof(bytes) - sent);
		http_exchange_resume(server.late, sim.now);
		run_ms(5);
	}
	http_exchange_resume(server.late, sim.now);
	run_ms(100);
	assert_int_equal(server.content, sizeof(bytes));
	expect(client, 200, "taken");
	lab_close();
}

// A frame of HTTP/2; fields are literals of HPACK.
static void say_frame(struct client *client, uint8_t type, uint8_t flags, uint32_t stream,
                      const char *bytes, size_t len)
{
	uint8_t frame[9 + 1024] = {0, (uint8_t)(len >> 8), (uint8_t)len, type, flags, 0, 0,
	                           0, (uint8_t)stream};

	memcpy(frame + 9, bytes, len);
	say_bytes(client, (const char *)frame, 9 + len);
}

static void say_request(struct client *client, uint32_t stream, const char *method, bool ends)
{
	char fields[64] = "\x86\x84\x41\x01"
	                  "a\x42\x04";

	memcpy(fields + 7, method, 4);
	say_frame(client, 1, ends ? 5 : 4, stream, fields, 11);
}

// Of two requests the handler of one stops its content, which stops the connection: the other one
// cannot resume it, and its answer ends the pause.
static void test_a_handler_stops_http2(void **state)
{
	static const char bytes[100];
	struct client *client;

	lab_open();
	client = client_open(1);
	server.refuses = true;
	say(client, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
	say_frame(client, 4, 0, 0, "", 0);
	say_request(client, 1, "POST", false);
	say_request(client, 3, "POST", false);
	for (unsigned i = 0; i < 2; i++)
		say_frame(client, 0, 0, 1, bytes, sizeof(bytes));
	say_request(client, 5, "HEAD", true);
	run_ms(100);
	assert_int_equal(server.requests, 2);
	assert_int_equal(server.content, 100);
	http_exchange_resume(server.last, sim.now); // which has stopped nothing
	run_ms(100);
	assert_int_equal(server.content, 100);
	http_exchange_answer_text(server.late, 200, "enough", sim.now);
	run_ms(100);
	assert_int_equal(server.requests, 3);
	assert_int_equal(server.content, 100);
	assert_int_equal(server.whole,
	                 1); // of stream 5: stream 1 may send content, which is dropped
	say_frame(client, 0, 1, 1, bytes, sizeof(bytes));
	run_ms(100);
	assert_int_equal(server.content, 100);
	assert_int_equal(server.whole, 2);
	tcp_shutdown(client->conn);
	run_ms(100);
	lab_close();
}

static void test_an_upgrade(void **state)
{
	struct client *client;

	lab_open();
	client = client_open(0);
	say(client, GET("/upgrade") "and more");
	run_ms(50);
	expect(client, 101, "and more");
	assert_int_equal(server.whole, 1);
	say(client, "hello");
	run_ms(50);
	assert_string_equal(client->in + client->in_read, "hello");
	tcp_shutdown(client->conn);
	run_ms(100);
	assert_int_equal(client->how, TCP_END_DONE);
	lab_close();
}

static void test_answers_that_cannot_be_sent(void **state)
{
	struct client *client;

	lab_open();
	client = client_open(0);
	say(client, GET("/broken") GET("/"));
	run_ms(50);
	expect(client, 500, "The answer cannot be sent.\n");
	expect(client, 200, "short");
	say(client, "GET / HTTP/1.1\r\n\r\n");
	run_ms(50);
	expect(client, 400, "");
	assert_true(client->ended);
	assert_int_equal(refused(HTTP_FAULT_HOST_MISSING), 1);
	lab_close();
}

// Each kind of slow client ends by its own time-out.
static void test_time_outs(void **state)
{
	static const struct {
		const char *text;
		enum http_fault fault;
		uint64_t ms;
		uint32_t budget;
	} rows[] = {
	        {"", HTTP_FAULT_IDLE, 60000, UINT32_MAX},
	        {GET("/"), HTTP_FAULT_IDLE, 60000, UINT32_MAX},
	        {"GET / HT", HTTP_FAULT_SLOW_HEAD, 10000, UINT32_MAX},
	        {"P", HTTP_FAULT_SLOW_HEAD, 10000, UINT32_MAX}, // maybe the preface of HTTP/2
	        {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc", HTTP_FAULT_SLOW_BODY,
	         10000, UINT32_MAX},
	        {GET("/held"), HTTP_FAULT_SLOW_READER, 60000, 20000},
	};

	for (unsigned i = 0; i < ARRAY_LEN(rows); i++) {
		struct client *client;

		lab_open();
		client = client_open(0);
		client->budget = rows[i].budget;
		if (*rows[i].text)
			say(client, rows[i].text);
		run_ms(rows[i].ms / 2 - 1000);
		assert_int_equal(refused(rows[i].fault), 0);
		run_ms(rows[i].ms / 2 + 2000);
		if (refused(rows[i].fault) != 1)
			fail_msg("row %u: %s", i, http_faults[rows[i].fault].name);
		assert_true(client->closed || client->ended);
		lab_close();
	}
}

// The table has three places, and two buffers.
static void test_too_many(void **state)
{
	lab_open();
	for (unsigned i = 0; i < CLIENTS; i++) {
		(void)client_open(i);
		say(&clients[i], "GET / HT");
		run_ms(50);
	}
	assert_true(clients[0].closed && clients[0].how == TCP_END_RESET);
	assert_int_equal(counter_get(&server.links->metric.no_buffer), 2);
	say(&clients[3], "TP/1.1\r\nHost: a\r\n\r\n");
	run_ms(50);
	expect(&clients[3], 200, "short");
	lab_close();
}

// Two for each client: its third is reset, another client is served.
static void test_too_many_of_one_client(void **state)
{
	lab_open();
	(void)client_open(0);
	(void)client_open(2);
	assert_false(clients[0].closed || clients[2].closed);
	(void)client_open_from(1, "fd00::2");
	assert_true(clients[1].closed && clients[1].how == TCP_END_RESET);
	assert_int_equal(counter_get(&server.links->metric.refused_clients), 1);
	(void)client_open_from(3, "10.0.0.2");
	say(&clients[3], GET("/"));
	say(&clients[0], GET("/"));
	run_ms(50);
	expect(&clients[3], 200, "short");
	expect(&clients[0], 200, "short");
	lab_close();
}

// A client that is gone in the middle of everything.
static void test_gone(void **state)
{
	static const char *const texts[] = {
	        GET("/held"), GET("/stream"), GET("/late"),
	        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nab"};

	for (unsigned i = 0; i < ARRAY_LEN(texts); i++) {
		struct client *client;

		lab_open();
		client = client_open(0);
		client->budget = 10000;
		say(client, texts[i]);
		run_ms(100);
		tcp_abort(client->conn);
		run_ms(100);
		assert_int_equal(server.closed, 1);
		assert_int_equal(server.whole, 0);
		lab_close();
	}
}

// The process is about to end: how many links have something in progress.
static unsigned leave(enum tcp_leave how)
{
	struct tcp_left left = {0};
	uint32_t from = 0;

	tcp_leave(stack_tcp(sim.server.stack), how, &from, UINT32_MAX, &left, sim.now);
	assert_int_equal(from, TCP_LIST_END);
	run_ms(50);
	return left.in_progress;
}

// RFC 9112 section 9.6: answers that begin say that they are the last; a connection between two
// requests ends, and one whose first request is still to come does not.
static void test_leave(void **state)
{
	struct client *idle, *late, *fresh;

	lab_open();
	idle = client_open_from(0, "10.0.0.2");
	late = client_open_from(1, "10.0.0.2");
	fresh = client_open_from(2, "fd00::2");
	say(idle, GET("/"));
	say(late, GET("/late"));
	run_ms(50);
	assert_int_equal(leave(TCP_LEAVE_BEGIN), 1);
	assert_true(idle->ended && !late->ended && !fresh->ended);
	assert_int_equal(leave(TCP_LEAVE_AGAIN), 1);
	late_answer(sim.now);
	run_ms(50);
	assert_non_null(strstr(late->in, "Connection: close\r\n"));
	expect(late, 200, "late");
	assert_true(late->ended);
	assert_int_equal(leave(TCP_LEAVE_AGAIN), 0);
	say(fresh, GET("/"));
	run_ms(100);
	assert_non_null(strstr(fresh->in, "Connection: close\r\n"));
	expect(fresh, 200, "short");
	assert_true(fresh->closed && fresh->how == TCP_END_DONE);
	lab_close();
}

// A download goes on to its end; one that is cut off at last does not look whole.
static void test_leave_within_answers(void **state)
{
	struct client *slow, *stuck;

	lab_open();
	slow = client_open_from(0, "10.0.0.2");
	stuck = client_open_from(1, "10.0.0.2");
	slow->budget = stuck->budget = 50000;
	say(slow, GET("/held"));
	say(stuck, GET("/held"));
	run_ms(100);
	assert_int_equal(leave(TCP_LEAVE_BEGIN), 2);
	slow->budget = UINT32_MAX;
	tcp_resume(slow->conn);
	run_ms(4000);
	assert_int_equal(leave(TCP_LEAVE_AGAIN), 1);
	assert_true(slow->ended);
	assert_memory_equal(strstr(slow->in, "\r\n\r\n") + 4, server.held, HELD_BYTES);
	assert_int_equal(leave(TCP_LEAVE_END), 0);
	assert_true(stuck->closed && stuck->how == TCP_END_RESET);
	lab_close();
}

// A request of which a part has come is in progress. When the rest does not come in time, the
// answer says so, and no reset destroys it, though the client goes on sending (RFC 9112
// section 9.6).
static void test_leave_within_requests(void **state)
{
	static const char post[] = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\nabc";
	static const struct {
		const char *part, *more;
		unsigned status;
	} rows[] = {{"GET / HT", "TP/1.1\r\nHost: a\r\n\r\n", 200},
	            {post, "def", 200},
	            {"GET / HT", "TP", 408},
	            {post, "de", 408}};

	for (unsigned i = 0; i < ARRAY_LEN(rows); i++) {
		struct client *client = &clients[i];

		lab_open();
		say(client_open(i), rows[i].part);
		run_ms(50);
		assert_int_equal(leave(TCP_LEAVE_BUSY), 1);
		assert_int_equal(leave(TCP_LEAVE_AGAIN), 1);
		say(client, rows[i].more);
		run_ms(rows[i].status == 200 ? 50 : 0);
		(void)leave(TCP_LEAVE_END);
		expect(client, rows[i].status, "");
		assert_non_null(strstr(client->in, "Connection: close\r\n"));
		assert_int_equal(leave(TCP_LEAVE_END), 0);
		assert_true(client->closed && client->how == TCP_END_DONE);
		lab_close();
	}
}

// The last streams of all GOAWAYs that came: "2147483647 1 ".
static void goaways(const struct client *client, char text[64])
{
	const uint8_t *p = (const uint8_t *)client->in, *end = p + client->in_len;
	size_t len = 0;

	text[0] = '\0';
	while (end - p >= 9) {
		if (p[3] == 7)
			len += (size_t)snprintf(text + len, 64 - len, "%u ",
			                        (unsigned)p[9] << 24 | (unsigned)p[10] << 16 |
			                                (unsigned)p[11] << 8 | p[12]);
		p += 9 + ((size_t)p[0] << 16 | (size_t)p[1] << 8 | p[2]);
	}
}

static void test_leave_http2(void **state)
{
	struct client *client;
	char text[64];

	lab_open();
	client = client_open(1);
	say(client, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
	say_frame(client, 4, 0, 0, "", 0);
	run_ms(50);
	assert_int_equal(leave(TCP_LEAVE_BEGIN), 0);
	goaways(client, text);
	assert_string_equal(text, ""); // nothing was asked yet
	say_request(client, 1, "POST", false);
	say_frame(client, 0, 0, 1, "part", 4);
	run_ms(50);
	assert_int_equal(leave(TCP_LEAVE_BEGIN), 1);
	goaways(client, text);
	assert_string_equal(text, "2147483647 ");
	say_request(client, 3, "POST", true); // on its way before that was heard
	run_ms(50);
	assert_int_equal(server.whole, 1);
	assert_int_equal(leave(TCP_LEAVE_AGAIN), 1);
	goaways(client, text);
	assert_string_equal(text, "2147483647 3 ");
	assert_int_equal(leave(TCP_LEAVE_AGAIN), 1);
	goaways(client, text);
	assert_string_equal(text, "2147483647 3 "); // each once
	assert_false(client->ended);
	say_frame(client, 0, 1, 1, "end", 3);
	run_ms(50);
	assert_int_equal(server.whole, 2);
	assert_true(client->ended);
	assert_int_equal(leave(TCP_LEAVE_AGAIN), 0);
	lab_close();
}

static void test_a_lossy_line(void **state)
{
	lab_open_line((struct impair_conf){
	        .delay_us = 2 * MS_US, .loss_q32 = (UINT64_C(1) << 32) / 100, .seed = 5});
	for (unsigned i = 0; i < 3; i++) {
		struct client *client = client_open(i);

		run_ms(3000);
		say(client, GET("/held"));
	}
	run_ms(60000);
	for (unsigned i = 0; i < 3; i++) {
		char *content = strstr(clients[i].in, "\r\n\r\n");

		assert_non_null(content);
		assert_memory_equal(content + 4, server.held, HELD_BYTES);
	}
	lab_close();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_every_cut),
	        cmocka_unit_test(test_back_pressure),
	        cmocka_unit_test(test_a_handler_stops_content),
	        cmocka_unit_test(test_a_handler_stops_http2),
	        cmocka_unit_test(test_an_upgrade),
	        cmocka_unit_test(test_answers_that_cannot_be_sent),
	        cmocka_unit_test(test_late_answers_close),
	        cmocka_unit_test(test_time_outs),
	        cmocka_unit_test(test_too_many),
	        cmocka_unit_test(test_too_many_of_one_client),
	        cmocka_unit_test(test_gone),
	        cmocka_unit_test(test_leave),
	        cmocka_unit_test(test_leave_within_answers),
	        cmocka_unit_test(test_leave_within_requests),
	        cmocka_unit_test(test_leave_http2),
	        cmocka_unit_test(test_a_lossy_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

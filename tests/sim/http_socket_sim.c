// http_socket: WebSockets of a worker on virtual time, with a client that speaks by the same
// engine: handshakes that are refused, streams cut in every place, clients that take nothing, each
// way in which a socket ends. Every page, buffer and socket is returned at the end.
#include "sim.h"

#include "apps/http/http_links_internal.h"
#include "apps/http/http_socket.h"
#include "proto/tcpip/tcp/tcp.h"

#include <stdio.h>
#include <stdlib.h>

#define SOCKETS    2
#define CLIENTS    3
#define IN_BYTES   (4 << 20)
#define BIG_BYTES  (1 << 20)
#define PART_BYTES 4096

static struct sim sim;

static const uint8_t mask[WS_MASK_BYTES] = {1, 2, 3, 4};

// The client: what came behind the head is read by the engine, and noted.
static struct client {
	struct tcp_conn *conn;
	struct ws_conn ws;
	bool head_read, reads, closed, over; // over: the engine says that the connection ends
	char head[1024];
	size_t head_len;
	char *in; // messages, with "|" behind each
	size_t in_len;
} clients[CLIENTS];

static struct {
	struct service_worker service;
	struct http_links *links;
	struct http_socket *socket; // the last that was opened
	unsigned opened, closed, code;
	uint64_t left; // of a long message to be written
} server;

static void write_long(struct http_socket *socket, mono_t now)
{
	char bytes[1000];
	bool goes_on = true;

	memset(bytes, 'l', sizeof(bytes));
	while (goes_on && server.left > 0) {
		struct span part = span_of(bytes, (size_t)u64_min(server.left, sizeof(bytes)));
		size_t len = span_left(&part);

		goes_on = http_socket_write(socket, WS_TEXT, &part, len == server.left, now);
		server.left -= len - span_left(&part);
	}
}

static void on_opened(struct http_socket *socket, mono_t now)
{
	server.opened++;
	server.socket = socket;
}

static bool is(struct span piece, const char *text)
{
	return span_left(&piece) == strlen(text) && memcmp(piece.p, text, strlen(text)) == 0;
}

static void on_message(struct http_socket *socket, struct span piece, bool last, mono_t now)
{
	if (last && is(piece, "long")) {
		server.left = BIG_BYTES;
		write_long(socket, now);
	} else if (last && is(piece, "bye")) {
		http_socket_close(socket, WS_CODE_NORMAL, "bye", now);
	} else {
		assert_true(span_left(&piece) <= HTTP_SOCKET_PIECE_BYTES);
		assert_true(http_socket_write(socket, http_socket_kind(socket), &piece, last, now));
	}
}

static void on_writable(struct http_socket *socket, mono_t now)
{
	write_long(socket, now);
}

static void on_closed(struct http_socket *socket, unsigned code, mono_t now)
{
	server.closed++;
	server.code = code;
	if (server.socket == socket)
		server.socket = NULL;
}

static const struct http_socket_handler socket_handler = {
        .opened = on_opened, .message = on_message, .writable = on_writable, .closed = on_closed};

static void on_request(struct http_exchange *exchange, mono_t now)
{
	(void)http_socket_accept(exchange, &socket_handler, NULL, now);
}

static const struct http_handler handler = {.request = on_request};

static void note(struct client *client, const void *bytes, size_t len)
{
	assert_true(client->in_len + len < IN_BYTES);
	memcpy(client->in + client->in_len, bytes, len);
	client->in_len += len;
	client->in[client->in_len] = '\0';
}

static void send_bytes(struct client *client, const void *bytes, size_t len)
{
	assert_int_equal(tcp_send(client->conn, bytes, (uint32_t)len), len);
}

static void send_due(struct client *client)
{
	uint8_t bytes[WS_DUE_BYTES];
	struct fill out = fill_of(bytes, sizeof(bytes));

	if (!ws_conn_is_due(&client->ws))
		return;
	assert_true(ws_conn_put_due(&client->ws, &out, mask, sim.now));
	send_bytes(client, bytes, fill_len(&out));
}

static void read_frames(struct client *client, struct span part)
{
	enum ws_event event;

	do {
		struct span data = {0};

		event = ws_conn_next(&client->ws, &part, &data, sim.now);
		if (event == WS_DATA)
			note(client, data.p, span_left(&data));
		if (event == WS_END)
			note(client, "|", 1);
		send_due(client);
	} while (event != WS_MORE && event != WS_CLOSE);
	client->over |= event == WS_CLOSE;
}

static void read_head(struct client *client, struct span *part)
{
	while (span_left(part) > 0 && !client->head_read) {
		assert_true(client->head_len < sizeof(client->head) - 1);
		client->head[client->head_len++] = (char)*part->p++;
		client->head_read = client->head_len >= 4 &&
		                    memcmp(client->head + client->head_len - 4, "\r\n\r\n", 4) == 0;
	}
}

static unsigned client_data(void *ctx, struct tcp_conn *conn, struct tcp_data *data, unsigned n,
                            mono_t now)
{
	struct client *client = ctx;

	if (!client->reads)
		return 0;
	for (unsigned i = 0; i < n; i++) {
		struct span part = span_of(data[i].bytes, data[i].len);

		read_head(client, &part);
		if (client->head_read && strncmp(client->head, "HTTP/1.1 101 ", 13) == 0)
			read_frames(client, part);
	}
	return n;
}

static void client_closed(void *ctx, struct tcp_conn *conn, enum tcp_end how, mono_t now)
{
	struct client *client = ctx;

	client->conn = NULL;
	client->closed = true;
}

static const struct tcp_ops client_ops = {.data = client_data, .closed = client_closed};

static void run_ms(uint64_t ms)
{
	sim_run_until(&sim, mono_add(sim.now, ms * MS_US));
}

static struct client *client_open(unsigned number)
{
	struct client *client = &clients[number];
	struct tcp_connect_conf conf = {.remote_port = 80, .ops = &client_ops, .ctx = client};

	free(client->in);
	*client = (struct client){.in = calloc(1, IN_BYTES), .reads = true};
	assert_non_null(client->in);
	ws_conn_init(&client->ws, &ws_limits_default, true, sim.now);
	assert_true(addr_parse("10.0.0.2", &conf.remote));
	assert_int_equal(tcp_connect(stack_tcp(sim.client.stack), &conf, &client->conn, sim.now),
	                 0);
	run_ms(50);
	return client;
}

#define ASK(rest)                                                                                  \
	"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"               \
	"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" rest "\r\n"
#define HANDSHAKE ASK("")

static struct client *client_accepted(unsigned number)
{
	struct client *client = client_open(number);

	send_bytes(client, HANDSHAKE, strlen(HANDSHAKE));
	run_ms(20);
	assert_int_equal(strncmp(client->head, "HTTP/1.1 101 ", 13), 0);
	assert_non_null(
	        strstr(client->head, "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"));
	return client;
}

// Frames of the client's, as bytes.
static void put(struct client *client, struct fill *out, enum ws_opcode kind, const void *bytes,
                size_t len, bool last)
{
	bool whole;

	assert_int_equal(ws_conn_put(&client->ws, out, kind, bytes, len, last, mask, &whole), len);
	assert_true(whole);
}

static void say(struct client *client, enum ws_opcode kind, const void *bytes, size_t len)
{
	static uint8_t frame[BIG_BYTES + 64];
	struct fill out = fill_of(frame, sizeof(frame));

	put(client, &out, kind, bytes, len, true);
	send_bytes(client, frame, fill_len(&out));
}

static void lab_open(void)
{
	static const struct http_links_conf conf = {.connections = 8,
	                                            .prefix = {32, 64},
	                                            .sockets = SOCKETS,
	                                            .buffers = 8,
	                                            .limits = &http_limits_default};
	const struct http_listener_conf listener = {.port = 80, .handler = &handler};
	struct why why;

	sim_open(&sim, (struct impair_conf){.delay_us = MS_US});
	memset(&server, 0, sizeof(server));
	server.service = (struct service_worker){.stack = sim.server.stack,
	                                         .pipeline = &sim.server.pipeline,
	                                         .metric = &sim.server.metric};
	server.links = http_links_open(&conf, &server.service, &why);
	assert_non_null(server.links);
	assert_int_equal(http_links_listen(server.links, &listener, &why), 0);
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
	assert_int_equal(server.opened, server.closed);
	http_links_close(server.links);
	sim_close(&sim);
	for (unsigned i = 0; i < CLIENTS; i++) {
		free(clients[i].in);
		clients[i] = (struct client){0};
	}
}

static const struct {
	const char *request, *status;
} refused[] = {
        {"GET / HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 426 "},
        {"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
         "Sec-WebSocket-Version: 12\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
         "HTTP/1.1 426 "},
        {"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
         "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: short\r\n\r\n",
         "HTTP/1.1 400 "},
        {ASK("Origin: http://other\r\n"), "HTTP/1.1 403 "},
        {ASK("Origin: http://a\r\n"), "HTTP/1.1 101 "},
};

static void test_handshakes(void **state)
{
	lab_open();
	for (size_t i = 0; i < ARRAY_LEN(refused); i++) {
		struct client *client = client_open(0);

		send_bytes(client, refused[i].request, strlen(refused[i].request));
		run_ms(20);
		if (strncmp(client->head, refused[i].status, strlen(refused[i].status)) != 0)
			fail_msg("case %zu: %s", i, client->head);
		tcp_abort(client->conn);
		run_ms(20);
	}
	assert_int_equal(server.opened, 1);
	lab_close();
}

static void test_table_is_full(void **state)
{
	struct client *client;

	lab_open();
	client_accepted(0);
	client_accepted(1);
	client = client_open(2);
	send_bytes(client, HANDSHAKE, strlen(HANDSHAKE));
	run_ms(20);
	assert_int_equal(strncmp(client->head, "HTTP/1.1 503 ", 13), 0);
	tcp_abort(clients[0].conn);
	run_ms(20);
	assert_int_equal(server.code, 0); // no close frame came
	tcp_abort(clients[2].conn);
	run_ms(20);
	client_accepted(2);
	lab_close();
}

// The handshake with two messages behind it, one of them in fragments with a ping between.
static void test_every_cut(void **state)
{
	uint8_t stream[1024];
	size_t len;

	for (size_t cut = 0;; cut++) {
		struct fill out = fill_of(stream, sizeof(stream));
		struct client *client;

		lab_open();
		client = client_open(0);
		fill_bytes(&out, HANDSHAKE, strlen(HANDSHAKE));
		put(client, &out, WS_TEXT,
		    "gr\xc3\xbc\xc3\x9f"
		    "e",
		    7, true);
		put(client, &out, WS_BINARY, "one ", 4, false);
		ws_frame_put(&out, WS_PING, true, 0, mask);
		put(client, &out, WS_BINARY, "message", 7, true);
		len = fill_len(&out);
		send_bytes(client, stream, cut);
		run_ms(20);
		send_bytes(client, stream + cut, len - cut);
		run_ms(20);
		if (strcmp(client->in, "gr\xc3\xbc\xc3\x9f"
		                       "e|one message|") != 0)
			fail_msg("cut at %zu: %s", cut, client->in);
		lab_close();
		if (cut == len)
			break;
	}
}

static void fill_pattern(char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		bytes[i] = (char)('a' + i % 23);
}

// A message far longer than a piece, to a client that takes nothing at first.
static void test_back_pressure(void **state)
{
	char *sent = malloc(BIG_BYTES);
	struct client *client;
	unsigned stuck = 0;
	size_t at = 0;

	fill_pattern(sent, BIG_BYTES);
	lab_open();
	client = client_accepted(0);
	client->reads = false;
	while (at < BIG_BYTES) {
		static uint8_t frame[PART_BYTES + WS_HEADER_MAX_BYTES];
		struct fill out = fill_of(frame, sizeof(frame));
		size_t len;

		put(client, &out, WS_TEXT, sent + at, PART_BYTES, at + PART_BYTES == BIG_BYTES);
		len = fill_len(&out);
		for (size_t done = 0; done < len; stuck++) {
			done += tcp_send(client->conn, frame + done, (uint32_t)(len - done));
			if (done == len)
				break;
			// The echo is stuck, and so is the client.
			client->reads = stuck > 200;
			if (client->reads)
				tcp_resume(client->conn);
			run_ms(10);
		}
		at += PART_BYTES;
	}
	assert_true(client->reads);
	run_ms(2000);
	assert_int_equal(client->in_len, BIG_BYTES + 1);
	assert_memory_equal(client->in, sent, BIG_BYTES);
	lab_close();
	free(sent);
}

static void test_long_message_of_the_server(void **state)
{
	struct client *client;

	lab_open();
	client = client_accepted(0);
	client->reads = false;
	say(client, WS_TEXT, "long", 4);
	run_ms(100);
	assert_in_range(server.left, 1, BIG_BYTES - 1);
	client->reads = true;
	tcp_resume(client->conn);
	run_ms(2000);
	assert_int_equal(client->in_len, BIG_BYTES + 1);
	assert_int_equal(server.left, 0);
	say(client, WS_TEXT, "and on", 6);
	run_ms(20);
	assert_string_equal(client->in + BIG_BYTES + 1, "and on|");
	lab_close();
}

static void test_server_closes(void **state)
{
	struct client *client;

	lab_open();
	client = client_accepted(0);
	say(client, WS_TEXT, "bye", 3);
	run_ms(50);
	assert_true(client->over);
	assert_int_equal(client->ws.peer_code, WS_CODE_NORMAL);
	if (client->conn) // or it ended when the server did
		tcp_shutdown(client->conn);
	run_ms(50);
	assert_true(client->closed);
	assert_int_equal(server.closed, 1);
	assert_int_equal(server.code, WS_CODE_NORMAL); // the client's answer
	lab_close();
}

static void test_client_closes(void **state)
{
	struct client *client;

	lab_open();
	client = client_accepted(0);
	ws_conn_close(&client->ws, WS_CODE_GOING_AWAY, "");
	send_due(client);
	run_ms(50);
	assert_true(client->over);
	if (client->conn) // or it ended when the server did
		tcp_shutdown(client->conn);
	run_ms(50);
	assert_int_equal(server.closed, 1);
	assert_int_equal(server.code, WS_CODE_GOING_AWAY);
	lab_close();
}

// A client that breaks the protocol is told so, and goes.
static void test_malformed_frame(void **state)
{
	static const uint8_t unmasked[] = {0x81, 1, 'a'};
	struct client *client;

	lab_open();
	client = client_accepted(0);
	send_bytes(client, unmasked, sizeof(unmasked));
	run_ms(50);
	assert_true(client->over);
	assert_int_equal(client->ws.peer_code, 1002);
	if (client->conn) // or it ended when the server did
		tcp_shutdown(client->conn);
	run_ms(50);
	assert_int_equal(server.closed, 1);
	lab_close();
}

// Silence is pinged, and ends the socket when nothing answers.
static void test_silence(void **state)
{
	struct client *client;

	lab_open();
	client = client_accepted(0);
	for (unsigned i = 0; i < 10; i++)
		run_ms(20000); // the engine answers pings
	assert_false(client->closed);
	client->reads = false;
	run_ms(29000);
	assert_int_equal(server.closed, 0);
	run_ms(35000);
	assert_int_equal(server.closed, 1);
	assert_int_equal(server.code, 0);
	lab_close();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_handshakes),
	        cmocka_unit_test(test_table_is_full),
	        cmocka_unit_test(test_every_cut),
	        cmocka_unit_test(test_back_pressure),
	        cmocka_unit_test(test_long_message_of_the_server),
	        cmocka_unit_test(test_server_closes),
	        cmocka_unit_test(test_client_closes),
	        cmocka_unit_test(test_malformed_frame),
	        cmocka_unit_test(test_silence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

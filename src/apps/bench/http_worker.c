// http_worker: see the header.
#include "apps/bench/http_worker.h"

#include <stdlib.h>
#include <string.h>

#define CONNECT_TIMEOUT_US (5 * SEC_US)

struct http_load_conn {
	struct http_worker *worker;
	struct http_load_conn *next; // of idle, or of free
	struct tcp_conn *tcp;        // NULL: there is none
	struct tls_conn *tls;        // NULL: it has none
	struct http_client client;
	uint32_t unsent;                 // bytes of requests that had no room
	uint64_t length;                 // bytes of the answer's content so far
	bool waits;                      // it is in the list `free`
	bool wrong;                      // the answer's status is not the one that counts
	uint8_t *head_buffer;            // of this connection
	mono_t begin[HTTP_PIPELINE_MAX]; // of requests, by their number
};

// As many bytes of requests as there is room for.
static uint32_t conn_send(struct http_load_conn *conn, const void *bytes, uint32_t len)
{
	return conn->tls ? http_tls_send(conn->tls, conn->tcp, bytes, len)
	                 : tcp_send(conn->tcp, bytes, len);
}

static void send_rest(struct http_load_conn *conn)
{
	const struct http_load *load = conn->worker->load;

	while (conn->unsent) {
		uint32_t of_one = (conn->unsent - 1) % load->request_len + 1;
		uint32_t n = conn_send(conn, load->request + (load->request_len - of_one), of_one);

		counter_add(&conn->worker->counts.sent, n);
		conn->unsent -= n;
		if (n < of_one)
			return;
	}
}

static void send_request(struct http_load_conn *conn, mono_t begin)
{
	const struct http_load *load = conn->worker->load;

	conn->begin[conn->client.calls % HTTP_PIPELINE_MAX] = begin;
	http_call_again(&conn->client, HTTP_EXPECT_CONTENT, load->conf->mode == HTTP_LOAD_EACH);
	conn->unsent += load->request_len;
}

// Takes a connection out of the middle of the list only when it is closed.
static void leave_free(struct http_load_conn *conn)
{
	struct http_load_conn **at = &conn->worker->free;

	while (conn->waits && *at != conn)
		at = &(*at)->next;
	if (conn->waits)
		*at = conn->next;
	conn->waits = false;
}

static void join_free(struct http_load_conn *conn)
{
	if (conn->waits)
		return;
	conn->waits = true;
	conn->next = conn->worker->free;
	conn->worker->free = conn;
}

// As many requests as may be outstanding; at a rate, as are due.
static void send_requests(struct http_load_conn *conn, mono_t now)
{
	struct http_worker *worker = conn->worker;

	while (http_client_is_ready(&conn->client)) {
		if (worker->rate_per_s && !pace_due(&worker->pace, now)) {
			join_free(conn);
			break;
		}
		send_request(conn, worker->rate_per_s ? pace_take(&worker->pace) : now);
	}
	send_rest(conn);
}

static void on_answer(struct http_load_conn *conn, mono_t begin, mono_t now)
{
	struct http_worker *worker = conn->worker;
	uint64_t length = worker->load->conf->length;

	if (conn->wrong || (length && conn->length != length)) {
		counter_add(&worker->counts.wrong, 1);
		return;
	}
	counter_add(&worker->counts.answered, 1);
	hist_add(&worker->counts.latency, mono_until(begin, now));
}

// The last request was answered.
static void conn_shutdown(struct http_load_conn *conn)
{
	struct tls_io io = http_tls_io(conn->tcp, span_of(NULL, 0));

	if (conn->tls && conn->worker->load->conf->tls == HTTP_LOAD_RESUMED)
		http_tls_keep(conn->tls, &conn->worker->session);
	if (conn->tls)
		(void)!tls_shutdown(conn->tls, &io);
	tcp_shutdown(conn->tcp);
}

static void on_event(struct http_load_conn *conn, enum http_client_event event, struct span data,
                     mono_t now)
{
	struct http_worker *worker = conn->worker;

	switch (event) {
	case HTTP_CLIENT_BUFFER:
		conn->client.buffer = conn->head_buffer;
		break;
	case HTTP_CLIENT_RESPONSE:
		conn->wrong = worker->response.status != worker->load->conf->status;
		conn->length = 0;
		break;
	case HTTP_CLIENT_BODY:
		conn->length += span_left(&data);
		break;
	case HTTP_CLIENT_END:
		on_answer(conn, conn->begin[(conn->client.responses - 1) % HTTP_PIPELINE_MAX], now);
		break;
	case HTTP_CLIENT_CLOSE:
		conn_shutdown(conn);
		break;
	case HTTP_CLIENT_REFUSED:
		counter_add(&worker->counts.refused, 1);
		tcp_abort(conn->tcp);
		break;
	default:
		break;
	}
}

static bool is_over(enum http_client_event event)
{
	return event >= HTTP_CLIENT_SWITCHED;
}

// Takes bytes of HTTP. True: none are taken any more.
static bool take_http(struct http_load_conn *conn, struct span part, mono_t now)
{
	enum http_client_event event;
	struct span piece = {0};

	do {
		event = http_client_next(&conn->client, &part, &conn->worker->response, &piece,
		                         now);
		on_event(conn, event, piece, now);
	} while (event != HTTP_CLIENT_MORE && !is_over(event));
	return is_over(event);
}

// Content may end with the connection.
static void take_end(struct http_load_conn *conn, mono_t now)
{
	enum http_client_event event;

	do {
		event = http_client_ended(&conn->client);
		on_event(conn, event, span_of(NULL, 0), now);
	} while (!is_over(event));
}

static void begin_requests(struct http_load_conn *conn, mono_t now);

static void on_secured(struct http_load_conn *conn, mono_t now)
{
	struct tls_info info;

	tls_info(conn->tls, &info);
	counter_add(&conn->worker->counts.secured, 1);
	counter_add(&conn->worker->counts.resumed, info.resumed);
	begin_requests(conn, now);
}

// Takes bytes of TLS: the handshake, then records. What has no room to be sent is so little that
// pages are used up: such a connection is given up, as one that breaks the protocol.
static bool take_tls(struct http_load_conn *conn, struct span part, mono_t now)
{
	struct tls_io io = http_tls_io(conn->tcp, part);
	enum tls_status status = TLS_DONE;
	bool over = false;
	uint32_t len;

	if (!tls_is_open(conn->tls)) {
		status = tls_handshake(conn->tls, &io);
		if (status == TLS_DONE)
			on_secured(conn, now);
	}
	while (status == TLS_DONE && !over) {
		status = tls_read(conn->tls, &io, conn->worker->plain, TLS_RECORD_BYTES, &len);
		if (status == TLS_DONE)
			over = take_http(conn, span_of(conn->worker->plain, len), now);
	}
	if (over || status == TLS_WAIT)
		return over;
	if (status == TLS_ENDED)
		take_end(conn, now);
	else
		tcp_abort(conn->tcp);
	return true;
}

static unsigned client_data(void *ctx, struct tcp_conn *tcp, struct tcp_data *data, unsigned n,
                            mono_t now)
{
	struct http_load_conn *conn = ctx;
	bool over = false;

	for (unsigned i = 0; i < n && !over; i++) {
		struct span part = span_of(data[i].bytes, data[i].len);

		counter_add(&conn->worker->counts.received, data[i].len);
		over = conn->tls ? take_tls(conn, part, now) : take_http(conn, part, now);
	}
	if (!over && (!conn->tls || tls_is_open(conn->tls)))
		send_requests(conn, now);
	return n;
}

static void begin_requests(struct http_load_conn *conn, mono_t now)
{
	if (conn->worker->load->conf->mode == HTTP_LOAD_EACH) {
		http_call_again(&conn->client, HTTP_EXPECT_CONTENT, true); // its begin is known
		conn->unsent = conn->worker->load->request_len;
		send_rest(conn);
		return;
	}
	send_requests(conn, now);
}

static void client_opened(void *ctx, struct tcp_conn *tcp, mono_t now)
{
	struct http_load_conn *conn = ctx;
	struct http_worker *worker = conn->worker;

	counter_add(&worker->counts.opened, 1);
	if (!worker->load->tls) {
		begin_requests(conn, now);
		return;
	}
	conn->tls = http_tls_open(worker->load, &worker->session);
	if (conn->tls)
		(void)take_tls(conn, span_of(NULL, 0), now);
	else
		tcp_abort(tcp);
}

static void client_writable(void *ctx, struct tcp_conn *tcp, mono_t now)
{
	send_rest(ctx);
}

static void client_ended(void *ctx, struct tcp_conn *tcp, mono_t now)
{
	take_end(ctx, now);
}

static void conn_open(struct http_load_conn *conn, mono_t begin, mono_t now);

static void conn_idle(struct http_load_conn *conn)
{
	conn->next = conn->worker->idle;
	conn->worker->idle = conn;
}

// One connection after the other: at once where each request has its own, else at the next tick.
static void client_closed(void *ctx, struct tcp_conn *tcp, enum tcp_end end, mono_t now)
{
	struct http_load_conn *conn = ctx;
	struct http_worker *worker = conn->worker;
	bool served = conn->client.calls > 0 && http_client_outstanding(&conn->client) == 0;

	leave_free(conn);
	conn->tcp = NULL;
	if (conn->tls)
		tls_close(conn->tls);
	conn->tls = NULL;
	if (!served)
		counter_add(&worker->counts.failed, 1);
	if (served && worker->load->conf->mode == HTTP_LOAD_EACH && !worker->rate_per_s)
		conn_open(conn, now, now);
	else
		conn_idle(conn);
}

static const struct tcp_ops client_ops = {.opened = client_opened,
                                          .data = client_data,
                                          .writable = client_writable,
                                          .ended = client_ended,
                                          .closed = client_closed};

// A connection that cannot be opened now waits for the tick. `begin` counts in mode `each`.
static void conn_open(struct http_load_conn *conn, mono_t begin, mono_t now)
{
	struct http_worker *worker = conn->worker;
	const struct http_load *load = worker->load;
	struct tcp_connect_conf conf = {.remote = load->target.addr,
	                                .remote_port = load->target.port,
	                                .ops = &client_ops,
	                                .ctx = conn,
	                                .nodelay = true,
	                                .timeout_us = CONNECT_TIMEOUT_US};

	if (load->from_len)
		conf.local = load->from[worker->from++ % load->from_len];
	http_client_init(&conn->client, &load->limits, now);
	conn->client.pipeline_max = (uint8_t)load->conf->pipeline;
	conn->begin[0] = begin;
	conn->unsent = 0;
	if (tcp_connect(worker->tcp, &conf, &conn->tcp, now) == 0)
		return;
	conn->tcp = NULL;
	counter_add(&worker->counts.failed, 1);
	conn_idle(conn);
}

// In mode `each` at a rate a connection is opened when its request is due.
static void open_idle(struct http_worker *worker, mono_t now)
{
	bool due = worker->rate_per_s && worker->load->conf->mode == HTTP_LOAD_EACH;
	struct http_load_conn *idle = worker->idle;

	worker->idle = NULL;
	while (idle) {
		struct http_load_conn *conn = idle;

		if (due && !pace_due(&worker->pace, now))
			break;
		idle = conn->next;
		conn_open(conn, due ? pace_take(&worker->pace) : now, now);
	}
	while (idle) {
		struct http_load_conn *conn = idle;

		idle = conn->next;
		conn_idle(conn);
	}
}

static void send_due(struct http_worker *worker, mono_t now)
{
	while (worker->free && pace_due(&worker->pace, now)) {
		struct http_load_conn *conn = worker->free;

		worker->free = conn->next;
		conn->waits = false;
		send_requests(conn, now);
	}
}

static void on_tick(struct wheel_timer *timer, mono_t now)
{
	struct http_worker *worker = CONTAINER_OF(timer, struct http_worker, tick);

	if (worker->rate_per_s && !worker->paced) {
		pace_begin(&worker->pace, now, worker->rate_per_s, 0);
		worker->paced = true;
	}
	open_idle(worker, now);
	if (worker->rate_per_s)
		send_due(worker, now);
	wheel_add(worker->wheel, timer, mono_add(now, worker->rate_per_s ? 1 : MS_US));
}

int http_worker_open(struct http_worker *worker, const struct http_load *load, unsigned conns,
                     uint64_t rate_per_s, struct tcp *tcp, struct wheel *wheel, struct why *why)
{
	uint32_t head_bytes = load->limits.head_bytes;

	worker->load = load;
	worker->conns = conns;
	worker->tcp = tcp;
	worker->wheel = wheel;
	worker->rate_per_s = rate_per_s;
	hist_clear(&worker->counts.latency);
	wheel_timer_init(&worker->tick, on_tick);
	worker->conn = calloc(conns ? conns : 1, sizeof(*worker->conn));
	worker->buffers = calloc(conns ? conns : 1, head_bytes); // touched where heads straddle
	worker->plain = load->tls ? malloc(TLS_RECORD_BYTES) : NULL;
	if (!worker->conn || !worker->buffers || (load->tls && !worker->plain))
		return why_no_memory(why, "the connections of a worker");
	for (unsigned i = 0; i < conns; i++) {
		worker->conn[i].worker = worker;
		worker->conn[i].head_buffer = worker->buffers + (size_t)i * head_bytes;
		conn_idle(&worker->conn[i]);
	}
	wheel_add(wheel, &worker->tick, (mono_t){0});
	return 0;
}

void http_worker_close(struct http_worker *worker)
{
	if (worker->wheel)
		wheel_del(worker->wheel, &worker->tick);
	for (unsigned i = 0; worker->conn && i < worker->conns; i++)
		if (worker->conn[i].tls)
			tls_close(worker->conn[i].tls);
	free(worker->conn);
	free(worker->plain);
	free(worker->buffers);
}

// stream_worker: see the header.
#include "apps/bench/stream_worker.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define TICK_US            MS_US
#define TICK_RESETS        32 // connections that are reset in a tick
#define CONNECT_TIMEOUT_US (5 * SEC_US)
#define BACKLOG            4096

struct stream_conn {
	struct stream_worker *worker;
	struct stream_conn *next; // idle
	struct tcp_conn *tcp;     // a client's; NULL: none
	mono_t begin;             // of the request, or the connection
	uint32_t left;            // bytes of the answer that have not come
	uint32_t unsent;          // bytes of the request, or of answers, that had no room
	bool done;                // the connection has had its request answered
};

static const uint8_t zeros[4096];

// As much as the connection takes, in pages of its own, whose bytes are what they were: nothing is
// copied. Without a page the empty call has `writable` follow.
static void fill(struct stream_worker *worker, struct tcp_conn *tcp)
{
	struct tcp_data page;

	while (tcp_page(tcp, &page)) {
		page.len = page.room;
		if (tcp_send_pages(tcp, &page, 1) == 0) {
			tcp_page_put(&page);
			return;
		}
		counter_add(&worker->counts.sent, page.len);
	}
	counter_add(&worker->counts.sent, tcp_send(tcp, zeros, 1));
}

// The client, from here.

static void rest_send(struct stream_conn *conn, struct tcp_conn *tcp)
{
	const struct stream *stream = conn->worker->stream;
	const uint8_t *rest = stream->request + (stream->request_len - conn->unsent);
	uint32_t sent = tcp_send(tcp, rest, conn->unsent);

	conn->unsent -= sent;
	counter_add(&conn->worker->counts.sent, sent);
}

static void request_send(struct stream_conn *conn, struct tcp_conn *tcp)
{
	conn->unsent = conn->worker->stream->request_len;
	conn->left = (uint32_t)conn->worker->stream->conf->answer_bytes;
	rest_send(conn, tcp);
}

// An answer is complete.
static void answered(struct stream_conn *conn, mono_t now)
{
	struct stream_counts *counts = &conn->worker->counts;

	counter_add(&counts->answered, 1);
	hist_add(&counts->latency, mono_until(conn->begin, now));
	conn->done = true;
}

static void client_opened(void *ctx, struct tcp_conn *tcp, mono_t now)
{
	struct stream_conn *conn = ctx;
	unsigned mode = conn->worker->stream->conf->mode;

	counter_add(&conn->worker->counts.opened, 1);
	if (mode == STREAM_SEND)
		fill(conn->worker, tcp);
	else if (mode != STREAM_RECEIVE)
		request_send(conn, tcp);
}

static void client_writable(void *ctx, struct tcp_conn *tcp, mono_t now)
{
	struct stream_conn *conn = ctx;

	if (conn->worker->stream->conf->mode == STREAM_SEND)
		fill(conn->worker, tcp);
	else
		rest_send(conn, tcp);
}

// What comes beyond the answer belongs to no request.
static void answer_take(struct stream_conn *conn, struct tcp_conn *tcp, uint32_t len, mono_t now)
{
	const struct stream_conf *conf = conn->worker->stream->conf;

	if (conn->left == 0 || len < conn->left) {
		conn->left -= conn->left ? len : 0;
		return;
	}
	conn->left = 0;
	answered(conn, now);
	if (conf->mode == STREAM_EACH) {
		tcp_shutdown(tcp);
		return;
	}
	conn->begin = now;
	request_send(conn, tcp);
}

static unsigned client_data(void *ctx, struct tcp_conn *tcp, struct tcp_data *data, unsigned n,
                            mono_t now)
{
	struct stream_conn *conn = ctx;
	uint32_t len = 0;

	for (unsigned i = 0; i < n; i++)
		len += data[i].len;
	counter_add(&conn->worker->counts.received, len);
	if (conn->worker->stream->conf->mode <= STREAM_EACH)
		answer_take(conn, tcp, len, now);
	return n;
}

// An answer of any length ends with the connection.
static void client_ended(void *ctx, struct tcp_conn *tcp, mono_t now)
{
	struct stream_conn *conn = ctx;
	const struct stream_conf *conf = conn->worker->stream->conf;

	if (conf->mode == STREAM_EACH && conf->answer_bytes == 0)
		answered(conn, now);
	tcp_shutdown(tcp);
}

static void conn_open(struct stream_conn *conn, mono_t now);

// One after the other where each request has its own; else the server has ended what was to stay.
static void client_closed(void *ctx, struct tcp_conn *tcp, enum tcp_end end, mono_t now)
{
	struct stream_conn *conn = ctx;
	bool each = conn->worker->stream->conf->mode == STREAM_EACH;

	conn->tcp = NULL;
	if (atomic_load_explicit(&conn->worker->over, memory_order_relaxed))
		return;
	if (each && conn->done && end == TCP_END_DONE) {
		conn_open(conn, now);
		return;
	}
	counter_add(&conn->worker->counts.failed, 1);
	conn->next = conn->worker->idle;
	conn->worker->idle = conn;
}

static const struct tcp_ops client_ops = {.opened = client_opened,
                                          .data = client_data,
                                          .writable = client_writable,
                                          .ended = client_ended,
                                          .closed = client_closed};

// What cannot be opened now waits for the tick.
static void conn_open(struct stream_conn *conn, mono_t now)
{
	struct stream_worker *worker = conn->worker;
	const struct stream *stream = worker->stream;
	struct tcp_connect_conf conf = {.remote = stream->target.addr,
	                                .remote_port = stream->target.port,
	                                .ops = &client_ops,
	                                .ctx = conn,
	                                .nodelay = true,
	                                .timeout_us = CONNECT_TIMEOUT_US};

	if (stream->from_len)
		conf.local = stream->from[worker->from++ % stream->from_len];
	conn->begin = now;
	conn->unsent = conn->left = 0;
	conn->done = false;
	if (tcp_connect(worker->tcp, &conf, &conn->tcp, now) == 0)
		return;
	conn->tcp = NULL;
	counter_add(&worker->counts.failed, 1);
	conn->next = worker->idle;
	worker->idle = conn;
}

// Some of those that there are; false when there are none.
static bool reset_some(struct stream_worker *worker)
{
	unsigned n = 0;

	for (unsigned i = 0; i < worker->conns_len && n < TICK_RESETS; i++) {
		if (!worker->conn[i].tcp)
			continue;
		tcp_abort(worker->conn[i].tcp);
		n++;
	}
	return n > 0;
}

static void on_tick(struct wheel_timer *timer, mono_t now)
{
	struct stream_worker *worker = CONTAINER_OF(timer, struct stream_worker, tick);
	struct stream_conn *idle = worker->idle;

	if (atomic_load_explicit(&worker->over, memory_order_relaxed)) {
		if (reset_some(worker))
			wheel_add(worker->wheel, timer, mono_add(now, TICK_US));
		else
			atomic_store_explicit(&worker->ended, true, memory_order_release);
		return;
	}
	worker->idle = NULL;
	while (idle) {
		struct stream_conn *conn = idle;

		idle = conn->next;
		conn_open(conn, now);
	}
	wheel_add(worker->wheel, timer, mono_add(now, TICK_US));
}

// The server, from here. A connection's ctx, once it is open, is one of its own.

static void server_answer(struct stream_conn *conn, struct tcp_conn *tcp)
{
	while (conn->unsent) {
		uint32_t sent =
		        tcp_send(tcp, zeros, (uint32_t)size_min(conn->unsent, sizeof(zeros)));

		if (sent == 0)
			return;
		conn->unsent -= sent;
		counter_add(&conn->worker->counts.sent, sent);
	}
}

static void server_opened(void *ctx, struct tcp_conn *tcp, mono_t now)
{
	struct stream_worker *worker = ctx;
	struct stream_conn *conn = worker->idle;

	if (!conn) {
		counter_add(&worker->counts.failed, 1);
		tcp_set_ctx(tcp, NULL);
		tcp_abort(tcp);
		return;
	}
	worker->idle = conn->next;
	*conn = (struct stream_conn){.worker = worker,
	                             .left = (uint32_t)worker->stream->conf->request_bytes};
	tcp_set_ctx(tcp, conn);
	counter_add(&worker->counts.opened, 1);
	if (worker->stream->conf->mode == STREAM_SEND)
		fill(worker, tcp);
}

static unsigned server_data(void *ctx, struct tcp_conn *tcp, struct tcp_data *data, unsigned n,
                            mono_t now)
{
	struct stream_conn *conn = ctx;
	const struct stream_conf *conf;
	uint32_t len = 0;

	if (!conn)
		return n;
	conf = conn->worker->stream->conf;
	for (unsigned i = 0; i < n; i++)
		len += data[i].len;
	counter_add(&conn->worker->counts.received, len);
	if (conf->mode > STREAM_EACH)
		return n;
	for (; len >= conn->left; conn->left = (uint32_t)conf->request_bytes) {
		len -= conn->left;
		conn->unsent += (uint32_t)conf->answer_bytes;
		counter_add(&conn->worker->counts.answered, 1);
	}
	conn->left -= len;
	server_answer(conn, tcp);
	return n;
}

static void server_writable(void *ctx, struct tcp_conn *tcp, mono_t now)
{
	struct stream_conn *conn = ctx;

	if (conn && conn->worker->stream->conf->mode == STREAM_SEND)
		fill(conn->worker, tcp);
	else if (conn)
		server_answer(conn, tcp);
}

static void server_closed(void *ctx, struct tcp_conn *tcp, enum tcp_end end, mono_t now)
{
	struct stream_conn *conn = ctx;

	if (!conn)
		return;
	if (end != TCP_END_DONE)
		counter_add(&conn->worker->counts.failed, 1);
	conn->next = conn->worker->idle;
	conn->worker->idle = conn;
}

static const struct tcp_ops server_ops = {.opened = server_opened,
                                          .data = server_data,
                                          .writable = server_writable,
                                          .closed = server_closed};

static int server_listen(struct stream_worker *worker, struct why *why)
{
	const struct tcp_listener_conf conf = {.port = (uint16_t)worker->stream->conf->listen,
	                                       .backlog = BACKLOG,
	                                       .ops = &server_ops,
	                                       .ctx = worker,
	                                       .nodelay = true};
	int err = tcp_listen(worker->tcp, &conf, NULL);

	return err ? why_fail(why, err, "cannot listen at TCP port %u", conf.port) : 0;
}

int stream_worker_open(struct stream_worker *worker, const struct stream *stream, unsigned conns,
                       struct tcp *tcp, struct wheel *wheel, struct why *why)
{
	worker->stream = stream;
	worker->tcp = tcp;
	worker->wheel = wheel;
	hist_clear(&worker->counts.latency);
	wheel_timer_init(&worker->tick, on_tick);
	worker->conn = calloc(conns, sizeof(*worker->conn));
	if (!worker->conn)
		return why_no_memory(why, "the connections of a worker");
	worker->conns_len = conns;
	for (unsigned i = 0; i < conns; i++) {
		worker->conn[i] = (struct stream_conn){.worker = worker, .next = worker->idle};
		worker->idle = &worker->conn[i];
	}
	if (stream->conf->listen)
		return server_listen(worker, why);
	wheel_add(wheel, &worker->tick, (mono_t){0});
	return 0;
}

void stream_worker_close(struct stream_worker *worker)
{
	if (worker->wheel)
		wheel_del(worker->wheel, &worker->tick);
	free(worker->conn);
}

void stream_worker_end(struct stream_worker *worker)
{
	atomic_store_explicit(&worker->over, true, memory_order_relaxed);
}

bool stream_worker_has_ended(const struct stream_worker *worker)
{
	return atomic_load_explicit(&worker->ended, memory_order_acquire);
}

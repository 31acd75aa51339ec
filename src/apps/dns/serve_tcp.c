// serve_tcp: see the header. Short replies of a call share a page, which is sent when it is full or
// when the call ends; a reply that does not fit a page is rendered aside and copied into a chain.
#include "apps/dns/serve_tcp.h"

#include "apps/dns/dns.h"
#include "core/host/seed.h"
#include "proto/tcpip/tcp/tcp.h"

#define SERVE_TCP_BACKLOG 1024

#define SERVE_TCP_LOOKS 64 // at connections that were idle, each time that the timer fires

// What a client has to take of its replies in an idle time at least, or all that is left.
#define SERVE_TCP_PROGRESS_BYTES 4096

// One call for one connection.
struct call {
	struct dns_worker *worker;
	struct dns_conn *conn;
	const struct dns_settings *settings;
	struct dns_server server;
	struct tcp_peers peers;
	struct tcp_data page; // replies that are not sent yet; pkt NULL: there are none
	unsigned len;         // of requests
	struct dns_request requests[PIPELINE_BURST];
	unsigned messages;
	uint64_t begin;
	mono_t now;
};

static struct dns_worker *worker_of(const struct dns_conn *conn)
{
	return CONTAINER_OF(conn->all, struct dns_worker, conns);
}

static const struct dns_settings *settings_of(const struct dns_worker *worker)
{
	return ((const struct dns_served *)swap_read(worker->served))->settings;
}

// Resets the connection. Its last call follows, and until then nothing more is read.
static void conn_reset(struct dns_conn *conn, counter_t *reason)
{
	counter_add(reason, 1);
	conn->flags |= DNS_CONN_CLOSING;
	tcp_abort(conn->tcp);
}

static void call_begin(struct call *call, struct dns_conn *conn, mono_t now)
{
	struct dns_worker *worker = worker_of(conn);
	const struct dns_served *served = swap_read(worker->served);
	const struct dns_settings *settings = served->settings;
	uint64_t idle_us = dns_conns_idle_us(&worker->conns, &settings->tcp);

	call->worker = worker;
	call->conn = conn;
	call->settings = settings;
	call->server = (struct dns_server){
	        .zones = served->set,
	        .policy = &settings->policy,
	        .now_s = dns_settings_unix_s(settings, now),
	        .tcp_idle_ds = (uint16_t)size_min(idle_us / (100 * MS_US), UINT16_MAX)};
	call->peers = tcp_peers(conn->tcp);
	call->page.pkt = NULL;
	call->len = 0;
	call->messages = 0;
	call->begin = stage_begin(worker->stages);
	call->now = now;
}

static uint8_t *buffer_get(struct dns_conn *conn)
{
	struct dns_conn *robbed;
	uint8_t *bytes = dns_conns_buffer_get(conn, &robbed);

	if (robbed) {
		robbed->flags |= DNS_CONN_CLOSING;
		tcp_abort(robbed->tcp);
	}
	return bytes;
}

// Bytes that are to be sent when the client has taken some of those before.
static void rest_add(struct dns_conn *conn, const uint8_t *bytes, uint32_t len)
{
	struct dns_conns_buffer *rest;

	if (!conn->buffer)
		(void)buffer_get(conn);
	rest = dns_conns_buffer(conn);
	assert(rest->end + len <= DNS_CONNS_BUFFER_BYTES);
	memcpy(dns_conns_buffer_bytes(conn) + rest->end, bytes, len);
	rest->end += len;
	conn->flags |= DNS_CONN_SENDING;
}

// Sends the page of short replies. They wait when the connection has no room for them.
static void page_send(struct call *call)
{
	struct dns_conn *conn = call->conn;

	if (!call->page.pkt || tcp_send_pages(conn->tcp, &call->page, 1) == 1)
		return;
	rest_add(conn, call->page.bytes, call->page.len);
	tcp_data_done(NULL, &call->page);
}

// Has the message answered with `room` bytes for length and reply. False when more would have been
// written with more room.
static bool reply_write(struct call *call, const struct dns_stream_message *message, uint8_t *out,
                        uint32_t room)
{
	struct dns_request *request = &call->requests[call->len];

	if (room < DNS_STREAM_LENGTH_BYTES)
		return false;
	call->server.last_resort = room == DNS_CONNS_REPLY_BYTES;
	*request = (struct dns_request){
	        .msg = (uint8_t *)(uintptr_t)message->bytes, // with `out` it is only read
	        .len = message->len,
	        .room = (uint16_t)(room - DNS_STREAM_LENGTH_BYTES),
	        .out = out + DNS_STREAM_LENGTH_BYTES,
	        .transport = DNS_TCP,
	        .source = (const uint8_t *)&call->peers.remote};
	answer_queries(&call->server, request, 1);
	*(be16_t *)out = be16(request->reply_len);
	return request->drop != DROP_DNS_NO_ROOM && !(request->reply_len && request->outcome.cut);
}

// Answers in the page of short replies, or in a new one; false when a page is not enough, or there
// is none.
static bool reply_in_page(struct call *call, const struct dns_stream_message *message)
{
	struct tcp_data *page = &call->page;

	for (;;) {
		const struct dns_request *request = &call->requests[call->len];

		if (!page->pkt && !tcp_page(call->conn->tcp, page))
			return false;
		if (reply_write(call, message, page->bytes + page->len,
		                (uint32_t)(page->room - page->len))) {
			if (request->reply_len)
				page->len = (uint16_t)(page->len + DNS_STREAM_LENGTH_BYTES +
				                       request->reply_len);
			return true;
		}
		if (page->len == 0)
			return false;
		page_send(call);
		if (call->conn->flags & DNS_CONN_SENDING)
			return false;
	}
}

// Answers aside, and has the reply copied into as many pages as it takes.
static void reply_in_chain(struct call *call, const struct dns_stream_message *message)
{
	struct dns_conn *conn = call->conn;
	uint8_t *reply = conn->all->reply;
	uint32_t len, sent = 0;

	(void)reply_write(call, message, reply, DNS_CONNS_REPLY_BYTES);
	page_send(call);
	// The query was in the buffer, maybe; there is use for that now.
	if (conn->buffer && !(conn->flags & DNS_CONN_SENDING))
		dns_conns_buffer_put(conn);
	if (call->requests[call->len].reply_len == 0)
		return;
	len = DNS_STREAM_LENGTH_BYTES + (uint32_t)call->requests[call->len].reply_len;
	if (!(conn->flags & DNS_CONN_SENDING))
		sent = tcp_send(conn->tcp, reply, len);
	if (sent < len)
		rest_add(conn, reply + sent, len - sent);
	counter_add(&conn->all->metric.chained, 1);
}

static void call_count(struct call *call)
{
	dns_counts_add(&call->worker->counts, call->requests, call->len);
	call->len = 0;
}

static bool is_garbage(enum drop drop)
{
	return drop == DROP_DNS_SHORT || drop == DROP_DNS_RESPONSE;
}

// False when the connection is not to be read any more for now.
static bool call_answer(struct call *call, const struct dns_stream_message *message)
{
	struct dns_conn *conn = call->conn;
	struct dns_request *request = &call->requests[call->len];
	const struct udp_dgram query = {.src = call->peers.remote,
	                                .dst = call->peers.local,
	                                .src_port = call->peers.remote_port,
	                                .dst_port = call->peers.local_port,
	                                .len = message->len,
	                                .payload = (uint8_t *)(uintptr_t)message->bytes};

	query_log_worker_queries(call->worker->query_log, &query, 1, call->now);
	if (!reply_in_page(call, message))
		reply_in_chain(call, message);
	query_log_worker_replies(call->worker->query_log, request);
	if (unlikely(request->drop != DROP_NONE))
		counter_add(&call->worker->stages->drop[request->drop], 1);
	if (is_garbage(request->drop))
		conn_reset(conn, &conn->all->metric.garbage);
	call->messages++;
	if (++call->len == PIPELINE_BURST)
		call_count(call);
	return !(conn->flags & (DNS_CONN_SENDING | DNS_CONN_CLOSING));
}

// A message that came in several parts is complete, or the connection has ended within one.
static void gathered_put(struct dns_conn *conn)
{
	if (conn->buffer && !(conn->flags & DNS_CONN_SENDING))
		dns_conns_buffer_put(conn);
}

// Answers what is in a part of the stream; false when the connection is not to be read any more for
// now, with the rest in `part`.
static bool call_read(struct call *call, struct span *part)
{
	struct dns_conn *conn = call->conn;
	struct dns_stream_message message;

	for (;;) {
		bool gathered, goes_on;

		switch (dns_stream_next(&conn->stream, part, &message)) {
		case DNS_STREAM_END:
			return true;
		case DNS_STREAM_BUFFER:
			// Replies that wait would need the buffer, too.
			page_send(call);
			if (conn->flags & DNS_CONN_SENDING)
				return false;
			conn->stream.buffer = buffer_get(conn);
			break;
		case DNS_STREAM_MESSAGE:
			gathered = conn->stream.buffer != NULL;
			goes_on = call_answer(call, &message);
			if (unlikely(gathered)) {
				counter_add(&conn->all->metric.gathered, 1);
				gathered_put(conn);
			}
			if (!goes_on)
				return false;
		}
	}
}

static void call_end(struct call *call)
{
	page_send(call);
	call_count(call);
	stage_end(call->worker->stages, STAGE_DNS, call->begin, call->messages);
	if (call->messages)
		dns_conns_touch(call->conn, call->now);
}

static unsigned serve_tcp_data(void *ctx, struct tcp_conn *tcp, struct tcp_data *data, unsigned n,
                               mono_t now)
{
	struct dns_conn *conn = ctx;
	unsigned done = 0;
	struct call call;
	bool goes_on = true;

	if (!conn || (conn->flags & DNS_CONN_CLOSING))
		return n;
	if (conn->flags & DNS_CONN_SENDING)
		return 0;
	call_begin(&call, conn, now);
	while (goes_on && done < n) {
		const struct tcp_data *part = &data[done];
		struct span left =
		        span_of(part->bytes + conn->taken, (size_t)(part->len - conn->taken));

		goes_on = call_read(&call, &left);
		conn->taken = 0;
		if (span_left(&left))
			conn->taken = (uint16_t)(part->len - span_left(&left));
		else
			done++;
	}
	call_end(&call);
	return conn->flags & DNS_CONN_CLOSING ? n : done;
}

static void conn_shutdown(struct dns_conn *conn)
{
	conn->flags |= DNS_CONN_CLOSING;
	tcp_shutdown(conn->tcp);
}

static void serve_tcp_writable(void *ctx, struct tcp_conn *tcp, mono_t now)
{
	struct dns_conn *conn = ctx;
	struct dns_conns_buffer *rest;

	if (!conn || !(conn->flags & DNS_CONN_SENDING))
		return;
	rest = dns_conns_buffer(conn);
	rest->from +=
	        tcp_send(tcp, dns_conns_buffer_bytes(conn) + rest->from, rest->end - rest->from);
	dns_conns_touch(conn, now);
	if (rest->from < rest->end)
		return;
	dns_conns_buffer_put(conn);
	if (conn->flags & DNS_CONN_ENDED)
		conn_shutdown(conn);
	else
		tcp_resume(tcp);
}

// The client asks no more: what it asked is answered.
static void serve_tcp_ended(void *ctx, struct tcp_conn *tcp, mono_t now)
{
	struct dns_conn *conn = ctx;

	if (!conn)
		return;
	conn->flags |= DNS_CONN_ENDED;
	if (dns_stream_within(&conn->stream))
		counter_add(&conn->all->metric.incomplete, 1);
	gathered_put(conn);
	if (!(conn->flags & DNS_CONN_SENDING))
		conn_shutdown(conn);
}

static void serve_tcp_closed(void *ctx, struct tcp_conn *tcp, enum tcp_end end, mono_t now)
{
	if (ctx)
		dns_conns_del(ctx);
}

// Fires when the connection that has been idle for longest is to be closed, or earlier.
static void idle_arm(struct dns_worker *worker)
{
	const struct dns_conn *oldest = dns_conns_oldest(&worker->conns);
	uint64_t idle_us = dns_conns_idle_us(&worker->conns, &settings_of(worker)->tcp);
	mono_t due;

	if (!oldest)
		return;
	due = mono_add(oldest->active, idle_us);
	if (!wheel_timer_armed(&worker->idle) || due.us < worker->idle.when.us)
		wheel_add(worker->wheel, &worker->idle, due);
}

// Resets the connection that has been idle for longest, and forgets it at once.
static void evict_oldest(struct dns_worker *worker)
{
	struct dns_conn *oldest = dns_conns_oldest(&worker->conns);

	tcp_set_ctx(oldest->tcp, NULL);
	conn_reset(oldest, &worker->conns.metric.evicted);
	dns_conns_del(oldest);
}

static void serve_tcp_opened(void *ctx, struct tcp_conn *tcp, mono_t now)
{
	struct dns_worker *worker = ctx;
	struct dns_conn *conn;

	if (dns_conns_full(&worker->conns))
		evict_oldest(worker);
	conn = dns_conns_add(&worker->conns, &settings_of(worker)->tcp, tcp_peers(tcp).remote, tcp,
	                     now);
	tcp_set_ctx(tcp, conn);
	if (conn)
		idle_arm(worker);
	else
		tcp_abort(tcp);
}

// Bytes of replies that the client has not acknowledged.
static uint32_t unsent_of(const struct dns_conn *conn)
{
	struct tcp_info info;
	uint32_t rest = 0;

	tcp_info(conn->tcp, &info);
	if (conn->flags & DNS_CONN_SENDING)
		rest = dns_conns_buffer(conn)->end - dns_conns_buffer(conn)->from;
	return info.in_flight + info.queued + rest;
}

// The connection has been idle, or its client slow, for the whole time.
static void idle_check(struct dns_conn *conn, mono_t now)
{
	uint32_t unsent = unsent_of(conn);
	bool watched = conn->flags & DNS_CONN_WATCHED;
	bool progress = !watched || unsent + SERVE_TCP_PROGRESS_BYTES <= conn->unsent;

	dns_conns_touch(conn, now);
	if (unsent > 0 && progress) {
		conn->flags |= DNS_CONN_WATCHED;
		conn->unsent = unsent;
	} else if (unsent > 0) {
		conn_reset(conn, &conn->all->metric.slow);
	} else if (conn->flags & DNS_CONN_CLOSING) {
		tcp_abort(conn->tcp); // the client does not close its side
	} else {
		counter_add(&conn->all->metric.idle, 1);
		gathered_put(conn);
		conn_shutdown(conn);
	}
}

static void serve_tcp_idle(struct wheel_timer *timer, mono_t now)
{
	struct dns_worker *worker = CONTAINER_OF(timer, struct dns_worker, idle);
	uint64_t idle_us = dns_conns_idle_us(&worker->conns, &settings_of(worker)->tcp);

	for (unsigned i = 0; i < SERVE_TCP_LOOKS; i++) {
		struct dns_conn *oldest = dns_conns_oldest(&worker->conns);

		if (!oldest || !mono_due(mono_add(oldest->active, idle_us), now))
			break;
		idle_check(oldest, now);
	}
	idle_arm(worker);
}

static const struct tcp_ops serve_tcp_ops = {.opened = serve_tcp_opened,
                                             .data = serve_tcp_data,
                                             .ended = serve_tcp_ended,
                                             .writable = serve_tcp_writable,
                                             .closed = serve_tcp_closed};

int serve_tcp_open(struct dns_worker *serving, const struct dns_tcp_conf *conf,
                   struct service_worker *worker, struct why *why)
{
	// Several queries of a client are answered at once: a short reply waits for nothing.
	const struct tcp_listener_conf listener = {.port = DNS_PORT,
	                                           .backlog = SERVE_TCP_BACKLOG,
	                                           .ops = &serve_tcp_ops,
	                                           .ctx = serving,
	                                           .nodelay = true,
	                                           .fast_open = (uint32_t)conf->fast_open};
	int err = dns_conns_open(&serving->conns, (uint32_t)conf->max_connections,
	                         DNS_CONNS_BUFFERS, seed_os());

	if (err)
		return why_no_memory(why,
		                     "%ju TCP connections of each worker; ask for fewer: set "
		                     "dns.tcp.max_connections, or workers",
		                     (uintmax_t)conf->max_connections);
	serving->wheel = &worker->pipeline->wheel;
	wheel_timer_init(&serving->idle, serve_tcp_idle);
	err = tcp_listen(stack_tcp(worker->stack), &listener, NULL);
	if (!err)
		return 0;
	serve_tcp_close(serving);
	return why_fail(why, err, "cannot listen on TCP port %d", DNS_PORT);
}

void serve_tcp_close(struct dns_worker *serving)
{
	if (serving->wheel)
		wheel_del(serving->wheel, &serving->idle);
	serving->wheel = NULL;
}

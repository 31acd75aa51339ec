// serve_tcp: see the header. Short replies of a call share a page, which is sent when it is full or
// when the call ends; a reply that does not fit a page is rendered aside and copied into a chain.
#include "apps/dns/serve_tcp_internal.h"

#include "apps/dns/dns.h"
#include "apps/dns/serve_tls.h"
#include "core/host/seed.h"

#define SERVE_TCP_BACKLOG 1024

#define SERVE_TCP_LOOKS 64 // at connections that were idle, each time that the timer fires

// What a client has to take of its replies in an idle time at least, or all that is left.
#define SERVE_TCP_PROGRESS_BYTES 4096

static struct dns_worker *worker_of(const struct dns_conn *conn)
{
	if (conn->all->tls)
		return CONTAINER_OF(conn->all, struct serve_tls, conns)->worker;
	return CONTAINER_OF(conn->all, struct dns_worker, conns);
}

static const struct dns_settings *settings_of(const struct dns_worker *worker)
{
	return ((const struct dns_served *)swap_read(worker->served))->settings;
}

static const struct dns_conns_limits *limits_of(const struct dns_conns *all,
                                                const struct dns_settings *settings)
{
	return all->tls ? &settings->tls : &settings->tcp;
}

static struct wheel_timer *idle_of(struct dns_conns *all)
{
	return all->tls ? &CONTAINER_OF(all, struct serve_tls, conns)->idle
	                : &CONTAINER_OF(all, struct dns_worker, conns)->idle;
}

// Sends bytes of replies, as far as there is room.
static uint32_t conn_send(struct dns_conn *conn, const void *bytes, uint32_t len)
{
	return conn->all->tls ? serve_tls_send(conn, bytes, len) : tcp_send(conn->tcp, bytes, len);
}

void serve_tcp_reset(struct dns_conn *conn, counter_t *reason)
{
	counter_add(reason, 1);
	conn->flags |= DNS_CONN_CLOSING;
	tcp_abort(conn->tcp);
}

static void call_begin(struct serve_tcp_call *call, struct dns_conn *conn, mono_t now)
{
	struct dns_worker *worker = worker_of(conn);
	const struct dns_served *served = swap_read(worker->served);
	const struct dns_settings *settings = served->settings;
	uint64_t idle_us = dns_conns_idle_us(conn->all, limits_of(conn->all, settings));

	call->worker = worker;
	call->conn = conn;
	call->settings = settings;
	call->server = (struct dns_server){
	        .zones = served->set,
	        .policy = &settings->policy,
	        .now_s = dns_settings_unix_s(settings, now),
	        .tcp_idle_ds = (uint16_t)size_min(idle_us / (100 * MS_US), UINT16_MAX),
	        .padding_bytes = conn->all->tls ? SERVE_TLS_PADDING : 0};
	call->peers = tcp_peers(conn->tcp);
	call->page = (struct tcp_data){.bytes = NULL};
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
static void page_send(struct serve_tcp_call *call)
{
	struct dns_conn *conn = call->conn;
	struct tcp_data page = call->page;
	uint32_t sent = 0;

	call->page.bytes = NULL;
	if (!page.bytes)
		return;
	if (conn->all->tls)
		sent = serve_tls_send(conn, page.bytes, page.len);
	else if (tcp_send_pages(conn->tcp, &page, 1) == 1)
		return;
	if (sent < page.len && !(conn->flags & DNS_CONN_CLOSING))
		rest_add(conn, page.bytes + sent, page.len - sent);
	if (!conn->all->tls)
		tcp_page_put(&page);
}

// A page for short replies; over TLS one of the worker's, which a record is made of.
static bool page_get(struct serve_tcp_call *call)
{
	if (!call->conn->all->tls)
		return tcp_page(call->conn->tcp, &call->page);
	call->page =
	        (struct tcp_data){.bytes = call->worker->tls->page, .room = SERVE_TLS_PAGE_BYTES};
	return true;
}

// Has the message answered with `room` bytes for length and reply. False when more would have been
// written with more room.
static bool reply_write(struct serve_tcp_call *call, const struct dns_stream_message *message,
                        uint8_t *out, uint32_t room)
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
	        .transport = call->conn->all->tls ? DNS_TLS : DNS_TCP,
	        .source = (const uint8_t *)&call->peers.remote};
	answer_queries(&call->server, request, 1);
	*(be16_t *)out = be16(request->reply_len);
	return request->drop != DROP_DNS_NO_ROOM && !(request->reply_len && request->outcome.cut);
}

// Answers in the page of short replies, or in a new one; false when a page is not enough, or there
// is none.
static bool reply_in_page(struct serve_tcp_call *call, const struct dns_stream_message *message)
{
	struct tcp_data *page = &call->page;

	for (;;) {
		const struct dns_request *request = &call->requests[call->len];

		if (!page->bytes && !page_get(call)) {
			page->bytes = NULL;
			return false;
		}
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
static void reply_in_chain(struct serve_tcp_call *call, const struct dns_stream_message *message)
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
		sent = conn_send(conn, reply, len);
	if (sent < len && !(conn->flags & DNS_CONN_CLOSING))
		rest_add(conn, reply + sent, len - sent);
	counter_add(&conn->all->metric.chained, 1);
}

static void call_count(struct serve_tcp_call *call)
{
	dns_counts_add(&call->worker->counts, call->requests, call->len);
	call->len = 0;
}

static bool is_garbage(enum drop drop)
{
	return drop == DROP_DNS_SHORT || drop == DROP_DNS_RESPONSE;
}

// False: the caller stops reading the connection until it is resumed.
static bool call_answer(struct serve_tcp_call *call, const struct dns_stream_message *message)
{
	struct dns_conn *conn = call->conn;
	struct dns_request *request = &call->requests[call->len];
	const struct udp_dgram query = {.src = call->peers.remote,
	                                .dst = call->peers.local,
	                                .src_port = call->peers.remote_port,
	                                .dst_port = call->peers.local_port,
	                                .len = message->len,
	                                .payload = (uint8_t *)(uintptr_t)message->bytes};

	query_watch_queries(call->worker->watch, call->server.zones, &query, 1, call->now);
	if (!reply_in_page(call, message))
		reply_in_chain(call, message);
	query_watch_replies(call->worker->watch, request);
	if (unlikely(request->drop != DROP_NONE))
		counter_add(&call->worker->stages->drop[request->drop], 1);
	if (is_garbage(request->drop))
		serve_tcp_reset(conn, &conn->all->metric.garbage);
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

bool serve_tcp_answer(struct serve_tcp_call *call, struct span *part)
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

static void call_end(struct serve_tcp_call *call)
{
	const unsigned ends = DNS_CONN_ENDED | DNS_CONN_SENDING | DNS_CONN_CLOSING;

	page_send(call);
	if ((call->conn->flags & ends) == DNS_CONN_ENDED)
		serve_tcp_shutdown(call->conn); // only TLS ends within a call
	call_count(call);
	stage_end(call->worker->stages, STAGE_DNS, call->begin, call->messages);
	if (call->messages) {
		call->conn->flags |= DNS_CONN_ASKED;
		dns_conns_touch(call->conn, call->now);
	}
}

static unsigned serve_tcp_data(void *ctx, struct tcp_conn *tcp, struct tcp_data *data, unsigned n,
                               mono_t now)
{
	struct dns_conn *conn = ctx;
	unsigned done = 0;
	struct serve_tcp_call call;
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

		goes_on = conn->all->tls ? serve_tls_read(&call, &left)
		                         : serve_tcp_answer(&call, &left);
		conn->taken = 0;
		if (span_left(&left))
			conn->taken = (uint16_t)(part->len - span_left(&left));
		else
			done++;
	}
	call_end(&call);
	return conn->flags & DNS_CONN_CLOSING ? n : done;
}

void serve_tcp_shutdown(struct dns_conn *conn)
{
	conn->flags |= DNS_CONN_CLOSING;
	if (conn->all->tls)
		serve_tls_shutdown(conn);
	tcp_shutdown(conn->tcp);
}

void serve_tcp_goes_on(struct dns_conn *conn, mono_t now)
{
	struct span none = {0};
	struct serve_tcp_call call;

	call_begin(&call, conn, now);
	(void)!serve_tls_read(&call, &none);
	call_end(&call);
}

// Whether TLS has something to send of its own, before it reads on.
static bool serve_tcp_is_blocked(const struct dns_conn *conn)
{
	return conn->all->tls && serve_tls_is_blocked(conn);
}

static void serve_tcp_writable(void *ctx, struct tcp_conn *tcp, mono_t now)
{
	struct dns_conn *conn = ctx;
	struct dns_conns_buffer *rest;

	if (!conn)
		return;
	if (!(conn->flags & DNS_CONN_SENDING)) {
		if (serve_tcp_is_blocked(conn)) {
			serve_tcp_goes_on(conn, now);
			if (!serve_tcp_is_blocked(conn))
				tcp_resume(tcp);
		}
		return;
	}
	rest = dns_conns_buffer(conn);
	rest->from +=
	        conn_send(conn, dns_conns_buffer_bytes(conn) + rest->from, rest->end - rest->from);
	dns_conns_touch(conn, now);
	if (rest->from < rest->end)
		return;
	dns_conns_buffer_put(conn);
	if (conn->all->tls)
		serve_tcp_goes_on(conn, now);
	if (conn->flags & DNS_CONN_SENDING)
		return;
	if (conn->flags & DNS_CONN_ENDED)
		serve_tcp_shutdown(conn);
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
		serve_tcp_shutdown(conn);
}

// RFC 7766 section 6.2.4: clients ask again over another connection. One that has not asked yet has
// this one open to do so.
static bool serve_tcp_leave(void *ctx, struct tcp_conn *tcp, enum tcp_leave how, mono_t now)
{
	struct dns_conn *conn = ctx;

	if (!conn || (conn->flags & DNS_CONN_CLOSING))
		return false;
	if (conn->flags & DNS_CONN_SENDING) {
		if (how == TCP_LEAVE_END) // within a reply
			tcp_abort(tcp);
		return true;
	}
	if (how == TCP_LEAVE_BUSY)
		return false;
	if (how == TCP_LEAVE_END ||
	    ((conn->flags & DNS_CONN_ASKED) && !dns_stream_within(&conn->stream)))
		serve_tcp_shutdown(conn);
	return false;
}

static void serve_tcp_closed(void *ctx, struct tcp_conn *tcp, enum tcp_end end, mono_t now)
{
	struct dns_conn *conn = ctx;

	if (conn && conn->all->tls)
		serve_tls_end(conn);
	if (conn)
		dns_conns_del(conn);
}

// Fires when the connection that has been idle for longest is to be closed, or earlier.
static void idle_arm(struct dns_worker *worker, struct dns_conns *all)
{
	const struct dns_conn *oldest = dns_conns_oldest(all);
	uint64_t idle_us = dns_conns_idle_us(all, limits_of(all, settings_of(worker)));
	struct wheel_timer *idle = idle_of(all);
	mono_t due;

	if (!oldest)
		return;
	due = mono_add(oldest->active, idle_us);
	if (!wheel_timer_armed(idle) || due.us < idle->when.us)
		wheel_add(worker->wheel, idle, due);
}

// Resets the connection that has been idle for longest, and forgets it at once.
static void evict_oldest(struct dns_conns *all)
{
	struct dns_conn *oldest = dns_conns_oldest(all);

	tcp_set_ctx(oldest->tcp, NULL);
	serve_tcp_reset(oldest, &all->metric.evicted);
	if (all->tls)
		serve_tls_end(oldest);
	dns_conns_del(oldest);
}

static void conn_open(struct dns_worker *worker, struct dns_conns *all, struct tcp_conn *tcp,
                      mono_t now)
{
	struct dns_conn *conn;

	if (dns_conns_full(all))
		evict_oldest(all);
	conn = dns_conns_add(all, limits_of(all, settings_of(worker)), tcp_peers(tcp).remote, tcp,
	                     now);
	if (conn && all->tls && !serve_tls_begin(conn)) {
		dns_conns_del(conn);
		conn = NULL;
	}
	tcp_set_ctx(tcp, conn);
	if (conn)
		idle_arm(worker, all);
	else
		tcp_abort(tcp);
}

static void serve_tcp_opened(void *ctx, struct tcp_conn *tcp, mono_t now)
{
	struct dns_worker *worker = ctx;

	conn_open(worker, &worker->conns, tcp, now);
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
		serve_tcp_reset(conn, &conn->all->metric.slow);
	} else if (conn->flags & DNS_CONN_CLOSING) {
		tcp_abort(conn->tcp); // the client does not close its side
	} else {
		counter_add(&conn->all->metric.idle, 1);
		gathered_put(conn);
		serve_tcp_shutdown(conn);
	}
}

static void idle_look(struct dns_worker *worker, struct dns_conns *all, mono_t now)
{
	uint64_t idle_us = dns_conns_idle_us(all, limits_of(all, settings_of(worker)));

	for (unsigned i = 0; i < SERVE_TCP_LOOKS; i++) {
		struct dns_conn *oldest = dns_conns_oldest(all);

		if (!oldest || !mono_due(mono_add(oldest->active, idle_us), now))
			break;
		idle_check(oldest, now);
	}
	idle_arm(worker, all);
}

static void serve_tcp_idle(struct wheel_timer *timer, mono_t now)
{
	struct dns_worker *worker = CONTAINER_OF(timer, struct dns_worker, idle);

	idle_look(worker, &worker->conns, now);
}

static const struct tcp_ops serve_tcp_ops = {.opened = serve_tcp_opened,
                                             .data = serve_tcp_data,
                                             .ended = serve_tcp_ended,
                                             .writable = serve_tcp_writable,
                                             .leave = serve_tcp_leave,
                                             .closed = serve_tcp_closed};

static void serve_tls_opened(void *ctx, struct tcp_conn *tcp, mono_t now)
{
	struct serve_tls *tls = ctx;

	conn_open(tls->worker, &tls->conns, tcp, now);
}

static void serve_tls_idle(struct wheel_timer *timer, mono_t now)
{
	struct serve_tls *tls = CONTAINER_OF(timer, struct serve_tls, idle);

	idle_look(tls->worker, &tls->conns, now);
}

static const struct tcp_ops serve_tls_ops = {.opened = serve_tls_opened,
                                             .data = serve_tcp_data,
                                             .ended = serve_tcp_ended,
                                             .writable = serve_tcp_writable,
                                             .leave = serve_tcp_leave,
                                             .closed = serve_tcp_closed};

int serve_tcp_open_tls(struct dns_worker *serving, struct serve_tls *tls, const struct swap *shared,
                       const struct dns_tcp_conf *conf, uint16_t port,
                       struct service_worker *worker, struct why *why)
{
	const struct tcp_listener_conf listener = {.port = port,
	                                           .backlog = SERVE_TCP_BACKLOG,
	                                           .ops = &serve_tls_ops,
	                                           .ctx = tls,
	                                           .nodelay = true};
	int err;

	serving->wheel = &worker->pipeline->wheel;
	err = serve_tls_open(tls, serving, &worker->pipeline->mailbox, shared,
	                     (uint32_t)conf->max_connections);
	if (err)
		return why_no_memory(why, "%ju connections over TLS of each worker",
		                     (uintmax_t)conf->max_connections);
	serving->tls = tls;
	wheel_timer_init(&tls->idle, serve_tls_idle);
	err = tcp_listen(stack_tcp(worker->stack), &listener, NULL);
	if (!err)
		return 0;
	serve_tcp_close_tls(serving);
	return why_fail(why, err, "cannot listen on TCP port %u", port);
}

void serve_tcp_close_tls(struct dns_worker *serving)
{
	if (!serving->tls)
		return;
	wheel_del(serving->wheel, &serving->tls->idle);
	serve_tls_close(serving->tls);
	serving->tls = NULL;
}

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

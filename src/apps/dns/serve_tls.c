// serve_tls: see the header.
#include "apps/dns/serve_tls.h"

#include "apps/dns/serve_tcp_internal.h"
#include "core/host/seed.h"

#include <errno.h>
#include <stdlib.h>

static struct serve_tls *all_of(const struct dns_conn *conn)
{
	return CONTAINER_OF(conn->all, struct serve_tls, conns);
}

static struct serve_tls_place *place_of(const struct dns_conn *conn)
{
	return &all_of(conn)->place[dns_conns_number(conn)];
}

static uint32_t to_tcp(void *ctx, const void *bytes, uint32_t len)
{
	return tcp_send(ctx, bytes, len);
}

// A turn later: a connection is given again what it did not take, and sends what had no room.
static void line_go_on(struct tls_line *line, struct tls_line_place *in_line, mono_t now)
{
	struct serve_tls_place *place = CONTAINER_OF(in_line, struct serve_tls_place, in_line);
	struct dns_conn *conn = place->conn;

	if (place->blocked && !(conn->flags & (DNS_CONN_SENDING | DNS_CONN_CLOSING)))
		serve_tcp_goes_on(conn, now);
	// Where there is still no room `writable` follows, in its time and not in the next turn.
	if (!place->blocked)
		tcp_resume(conn->tcp);
}

int serve_tls_open(struct serve_tls *all, struct dns_worker *worker, struct mailbox *mailbox,
                   const struct swap *shared, uint32_t max)
{
	int err = dns_conns_open(&all->conns, max, DNS_CONNS_BUFFERS, seed_os());

	all->conns.tls = true;
	all->worker = worker;
	all->shared = shared;
	all->metric = (struct serve_tls_metric){0};
	tls_line_init(&all->line, mailbox, worker->wheel, line_go_on);
	all->place = err ? NULL : calloc(max, sizeof(all->place[0]));
	if (all->place)
		return 0;
	dns_conns_close(&all->conns);
	return -ENOMEM;
}

void serve_tls_close(struct serve_tls *all)
{
	tls_line_fini(&all->line);
	for (uint32_t i = 0; i < all->conns.conns_used; i++)
		if (all->place[i].tls)
			tls_close(all->place[i].tls);
	free(all->place);
	dns_conns_close(&all->conns);
}

bool serve_tls_begin(struct dns_conn *conn)
{
	struct serve_tls *all = all_of(conn);
	struct tls_shared *shared = swap_read(all->shared);
	struct serve_tls_place *place = place_of(conn);

	*place = (struct serve_tls_place){.tls = tls_open(shared->context, NULL), .conn = conn};
	return place->tls != NULL;
}

void serve_tls_end(struct dns_conn *conn)
{
	struct serve_tls_place *place = place_of(conn);

	tls_line_remove(&all_of(conn)->line, &place->in_line);
	if (place->tls)
		tls_close(place->tls);
	place->tls = NULL;
}

// Its alert is on the way: the connection ends behind it.
static void fail(struct dns_conn *conn)
{
	counter_add(&all_of(conn)->metric.failed[tls_fail(place_of(conn)->tls)], 1);
	serve_tcp_shutdown(conn);
}

// One step of the handshake; false: the caller stops reading the connection until it is resumed.
static bool handshake(struct serve_tcp_call *call, struct tls_io *io)
{
	struct serve_tls *all = all_of(call->conn);
	struct serve_tls_place *place = place_of(call->conn);
	enum tls_status status;
	struct tls_info info;

	if (!tls_line_take(&all->line, &place->in_line, call->now)) {
		tls_line_add(&all->line, &place->in_line, call->now);
		return false;
	}
	status = tls_handshake(place->tls, io);
	place->blocked = status == TLS_ROOM;
	if (status == TLS_FAILED)
		fail(call->conn);
	if (status != TLS_DONE)
		return status == TLS_WAIT;
	tls_info(place->tls, &info);
	counter_add(&all->metric.handshakes, 1);
	counter_add(&all->metric.resumed, info.resumed);
	return true;
}

// Has one record's plaintext answered.
static bool answer(struct serve_tcp_call *call, struct tls_io *io, uint32_t len)
{
	struct serve_tls *all = all_of(call->conn);
	struct span plain = span_of(all->plain, len);
	bool goes_on = serve_tcp_answer(call, &plain);
	uint32_t used = len - (uint32_t)span_left(&plain), n;

	// What was used is the same bytes again.
	if (used > 0 && tls_read(place_of(call->conn)->tls, io, all->plain, used, &n) != TLS_DONE)
		return false;
	return goes_on;
}

static bool read_records(struct serve_tcp_call *call, struct tls_io *io)
{
	struct serve_tls *all = all_of(call->conn);
	uint32_t len;

	place_of(call->conn)->blocked = false;
	for (unsigned i = 0; i < SERVE_TLS_RECORDS; i++) {
		switch (tls_peek(place_of(call->conn)->tls, io, all->plain, sizeof(all->plain),
		                 &len)) {
		case TLS_DONE:
			if (!answer(call, io, len))
				return false;
			break;
		case TLS_WAIT:
			return true;
		case TLS_ENDED: // what was asked before is answered first
			call->conn->flags |= DNS_CONN_ENDED;
			return false;
		case TLS_ROOM: // for its answer to a key update
			place_of(call->conn)->blocked = true;
			return false;
		case TLS_FAILED:
			fail(call->conn);
			return false;
		}
	}
	tls_line_add(&all->line, &place_of(call->conn)->in_line, call->now);
	return false;
}

bool serve_tls_read(struct serve_tcp_call *call, struct span *part)
{
	struct serve_tls_place *place = place_of(call->conn);
	const struct tls_shared *shared = swap_read(all_of(call->conn)->shared);
	struct tls_io io = {.in = *part,
	                    .send = to_tcp,
	                    .ctx = call->conn->tcp,
	                    .tickets = &shared->tickets,
	                    .now_s = call->server.now_s};
	bool goes_on = tls_is_open(place->tls) || handshake(call, &io);

	if (goes_on && tls_is_open(place->tls))
		goes_on = read_records(call, &io);
	*part = io.in;
	return goes_on;
}

uint32_t serve_tls_send(struct dns_conn *conn, const void *bytes, uint32_t len)
{
	struct tls_io io = {.send = to_tcp, .ctx = conn->tcp};
	enum tls_status status = TLS_DONE;
	uint32_t done = 0, n;

	if (conn->flags & DNS_CONN_CLOSING)
		return 0;
	while (done < len && status == TLS_DONE) {
		status = tls_write(place_of(conn)->tls, &io, (const uint8_t *)bytes + done,
		                   len - done, &n);
		done += n;
	}
	if (status == TLS_FAILED)
		serve_tcp_reset(conn, &all_of(conn)->metric.failed[tls_fail(place_of(conn)->tls)]);
	return done;
}

void serve_tls_shutdown(struct dns_conn *conn)
{
	struct tls_io io = {.send = to_tcp, .ctx = conn->tcp};

	(void)!tls_shutdown(place_of(conn)->tls, &io);
}

bool serve_tls_is_blocked(const struct dns_conn *conn)
{
	return place_of(conn)->blocked;
}

// clang-format off
#define HANDSHAKE(name, member, help) \
	{"dns_tls_handshakes", NULL, NULL, name, help, METRIC_COUNTER, \
	 offsetof(struct serve_tls, member)},
#define FAILED(id, name, help) \
	{"dns_tls_failed", "reason", name, "count", help, METRIC_COUNTER, \
	 offsetof(struct serve_tls, metric.failed[TLS_FAIL_##id])},

static const struct metric_row handshake_rows[] = {
	HANDSHAKE("handshakes", metric.handshakes, "handshakes completed")
	HANDSHAKE("resumed", metric.resumed, "of these, those that resumed a session")
	HANDSHAKE("deferred", line.deferred, "steps of handshakes that waited for a later turn of the worker")
	TLS_FAILS(FAILED)
	{0},
};
// clang-format on

void serve_tls_metrics(struct serve_tls *all, unsigned len, struct metric_source *source)
{
	*source = (struct metric_source){.rows = handshake_rows, .len = len};
	for (unsigned i = 0; i < len; i++)
		source->of[i] = &all[i];
}

// of_worker: see the header. What a switch says is proto/bench/of_switch.c's.
#include "apps/bench/of_worker.h"

#include <stdlib.h>
#include <string.h>

#define TICK_US            1
#define VISIT_US           MS_US // between looks at a part of the connections
#define VISITS             64    // parts
#define DUE_MAX            4096  // packet-ins that are taken in a turn as they are due
#define RESETS             32    // connections that are reset in a tick
#define RETRY_US           SEC_US
#define CONNECT_TIMEOUT_US (5 * SEC_US)
#define OUT_BYTES          (OF_SWITCH_INPUT_ROOM + 16384u)
#define ROOM_BYTES         (OUT_BYTES + OF_MESSAGE_MAX_BYTES) // touched where needed

struct of_load_conn {
	struct of_worker *worker;
	struct tcp_conn *tcp; // NULL: there is none
	struct of_switch sw;
	uint8_t *unsent; // bytes that had no room: from unsent_from, unsent_len
	uint32_t unsent_from, unsent_len;
	uint32_t skip;    // bytes of the first part that is not taken
	mono_t at;        // when to connect again, or to reset
	uint64_t handled; // at a rate: packet-ins that were due, and sent or given up
	uint64_t backlog; // those that are due and were not
};

static struct fill out_of(const struct of_worker *worker)
{
	return fill_of(worker->out, OUT_BYTES);
}

// Sends what was written, as far as the connection takes it. Nothing was unsent before.
static void conn_flush(struct of_load_conn *conn, struct fill *out)
{
	uint32_t len = (uint32_t)fill_len(out), n;

	if (len == 0)
		return;
	n = tcp_send(conn->tcp, out->start, len);
	counter_add(&conn->worker->tally.sent_bytes, len);
	conn->unsent_from = 0;
	conn->unsent_len = len - n;
	if (n < len)
		memcpy(conn->unsent, out->start + n, len - n);
	out->p = out->start;
}

// When the oldest packet-in of the backlog was due: those of all connections come in turn.
static mono_t conn_due(const struct of_load_conn *conn)
{
	const struct of_worker *worker = conn->worker;
	uint64_t number = conn->handled * worker->conns_len + (uint64_t)(conn - worker->conn);

	return mono_add(worker->pace.begin, number * worker->pace.step_q24 >> PACE_FRACTION_BITS);
}

static bool conn_has_one(const struct of_load_conn *conn)
{
	return of_switch_may_ask(&conn->sw) && (conn->backlog || !conn->worker->rate_per_s);
}

static void conn_ask_one(struct of_load_conn *conn, struct fill *out, mono_t now)
{
	of_switch_ask(&conn->sw, conn->worker->rate_per_s ? conn_due(conn) : now, out, now);
	if (!conn->worker->rate_per_s)
		return;
	conn->backlog--;
	conn->handled++;
}

// As many packet-ins as may be outstanding; at a rate, as are due.
static void conn_ask(struct of_load_conn *conn, struct fill *out, mono_t now)
{
	while (conn->unsent_len == 0 && conn_has_one(conn)) {
		while (conn_has_one(conn) && fill_left(out) >= OF_SWITCH_ROOM)
			conn_ask_one(conn, out, now);
		conn_flush(conn, out);
	}
	if (conn->unsent_len == 0)
		conn_flush(conn, out);
}

// The controller breaks the protocol: what it is answered is still sent.
static void conn_break(struct of_load_conn *conn, struct fill *out, mono_t now)
{
	conn_flush(conn, out);
	tcp_shutdown(conn->tcp);
	conn->at = mono_add(now, RETRY_US);
}

// False: there is no room for what it would be answered; the part is given again.
static bool conn_take(struct of_load_conn *conn, const struct tcp_data *data, struct fill *out,
                      mono_t now)
{
	struct span part = span_of(data->bytes + conn->skip, data->len - conn->skip);

	while (conn->unsent_len == 0 && conn->sw.state != OF_SWITCH_BROKEN) {
		if (!of_switch_input(&conn->sw, &part, out, now)) {
			conn_break(conn, out, now);
			break;
		}
		if (span_left(&part) == 0)
			break;
		conn_flush(conn, out);
	}
	if (conn->sw.state != OF_SWITCH_BROKEN && span_left(&part)) {
		conn->skip = (uint32_t)(data->len - span_left(&part));
		return false;
	}
	counter_add(&conn->worker->tally.got_bytes, data->len);
	conn->skip = 0;
	return true;
}

static unsigned conn_data(void *ctx, struct tcp_conn *tcp, struct tcp_data *data, unsigned n,
                          mono_t now)
{
	struct of_load_conn *conn = ctx;
	struct fill out = out_of(conn->worker);
	unsigned taken = 0;

	conn->worker->heard = true;
	while (taken < n && conn_take(conn, &data[taken], &out, now))
		taken++;
	if (conn->sw.state != OF_SWITCH_BROKEN)
		conn_ask(conn, &out, now);
	return taken;
}

static void conn_opened(void *ctx, struct tcp_conn *tcp, mono_t now)
{
	struct of_load_conn *conn = ctx;
	struct fill out = out_of(conn->worker);

	counter_add(&conn->worker->tally.opened, 1);
	of_switch_open(&conn->sw, &out, now);
	conn_flush(conn, &out);
}

static void conn_writable(void *ctx, struct tcp_conn *tcp, mono_t now)
{
	struct of_load_conn *conn = ctx;
	struct fill out = out_of(conn->worker);
	uint32_t n = tcp_send(tcp, conn->unsent + conn->unsent_from, conn->unsent_len);

	conn->unsent_from += n;
	conn->unsent_len -= n;
	if (conn->unsent_len || conn->sw.state == OF_SWITCH_BROKEN)
		return;
	tcp_resume(tcp);
	conn_ask(conn, &out, now);
}

static void conn_closed(void *ctx, struct tcp_conn *tcp, enum tcp_end end, mono_t now)
{
	struct of_load_conn *conn = ctx;

	conn->tcp = NULL;
	conn->unsent_len = conn->skip = 0;
	conn->at = mono_add(now, RETRY_US);
	of_switch_close(&conn->sw);
	counter_add(&conn->worker->tally.unsent, conn->backlog);
	conn->handled += conn->backlog;
	conn->backlog = 0;
	if (!atomic_load_explicit(&conn->worker->over, memory_order_relaxed))
		counter_add(&conn->worker->tally.failed, 1);
}

static const struct tcp_ops ops = {
        .opened = conn_opened, .data = conn_data, .writable = conn_writable, .closed = conn_closed};

static void conn_open(struct of_load_conn *conn, mono_t now)
{
	struct of_worker *worker = conn->worker;
	const struct of_load *load = worker->load;
	struct tcp_connect_conf conf = {.remote = load->target.addr,
	                                .remote_port = load->target.port,
	                                .ops = &ops,
	                                .ctx = conn,
	                                .nodelay = true,
	                                .timeout_us = CONNECT_TIMEOUT_US};

	if (load->from_len)
		conf.local = load->from[worker->from++ % load->from_len];
	if (tcp_connect(worker->tcp, &conf, &conn->tcp, now) == 0)
		return;
	conn->tcp = NULL;
	conn->at = mono_add(now, RETRY_US);
	counter_add(&worker->tally.failed, 1);
}

static void conn_visit(struct of_load_conn *conn, mono_t now)
{
	struct fill out = out_of(conn->worker);

	if (!conn->tcp) {
		if (mono_due(conn->at, now))
			conn_open(conn, now);
		return;
	}
	if (conn->sw.state == OF_SWITCH_BROKEN) {
		if (mono_due(conn->at, now))
			tcp_abort(conn->tcp);
		return;
	}
	if (conn->unsent_len)
		return;
	of_switch_tick(&conn->sw, &out, now);
	conn_ask(conn, &out, now);
}

// A part of the connections in turn.
static void visit(struct of_worker *worker, mono_t now)
{
	unsigned n = (worker->conns_len + VISITS - 1) / VISITS;

	worker->visited = now;
	while (n--) {
		conn_visit(&worker->conn[worker->visit], now);
		worker->visit = (worker->visit + 1) % worker->conns_len;
	}
}

// A packet-in is due; a switch that cannot send it now sends it later, and its latency counts from
// now.
static void take_due(struct of_load_conn *conn)
{
	if (conn->sw.state == OF_SWITCH_READY) {
		conn->backlog++;
		return;
	}
	counter_add(&conn->worker->tally.unsent, 1);
	conn->handled++;
}

// Of the backlog, the last LATEST have become due in this turn.
static void ask_due(struct of_load_conn *conn, uint64_t latest, mono_t now)
{
	struct fill out = out_of(conn->worker);

	if (conn->unsent_len == 0 && conn->sw.state == OF_SWITCH_READY)
		conn_ask(conn, &out, now);
	counter_add(&conn->worker->tally.full, u64_min(conn->backlog, latest));
}

static bool all_ready(const struct of_worker *worker)
{
	for (unsigned i = 0; i < worker->conns_len; i++)
		if (worker->conn[i].sw.state != OF_SWITCH_READY)
			return false;
	return true;
}

// A worker that is late sends all that is due for a connection together, which costs it less.
static void ask_paced(struct of_worker *worker, mono_t now)
{
	unsigned first = worker->due, len = worker->conns_len, n;

	for (n = 0; n < DUE_MAX && pace_due(&worker->pace, now); n++) {
		(void)pace_take(&worker->pace);
		take_due(&worker->conn[worker->due]);
		worker->due = (worker->due + 1) % len;
	}
	for (unsigned i = 0; i < n && i < len; i++)
		ask_due(&worker->conn[(first + i) % len], (n - i + len - 1) / len, now);
}

// The pace begins when all switches are ready, for then no latency has the handshakes in it; or
// late.
static void pace_on(struct of_worker *worker, mono_t now)
{
	if (!worker->paced) {
		if (worker->pace.begin.us == 0)
			worker->pace.begin = now;
		if (!all_ready(worker) && mono_until(worker->pace.begin, now) < RETRY_US)
			return;
		pace_begin(&worker->pace, now, worker->rate_per_s, 0);
		worker->paced = true;
	}
	ask_paced(worker, now);
}

bool of_worker_turn(struct of_worker *worker, mono_t now)
{
	if (worker->rate_per_s == 0 || worker->conns_len == 0 ||
	    atomic_load_explicit(&worker->over, memory_order_relaxed))
		return false;
	pace_on(worker, now);
	return true;
}

// Some of those that there are; false when there are none.
static bool reset_some(struct of_worker *worker)
{
	unsigned n = 0;

	for (unsigned i = 0; i < worker->conns_len && n < RESETS; i++) {
		if (!worker->conn[i].tcp)
			continue;
		tcp_abort(worker->conn[i].tcp);
		n++;
	}
	return n > 0;
}

static void note_idle(struct of_worker *worker, mono_t now)
{
	if (!worker->heard && worker->last.us)
		counter_add(&worker->idle_us, mono_until(worker->last, now));
	worker->heard = false;
	worker->last = now;
}

static void on_tick(struct wheel_timer *timer, mono_t now)
{
	struct of_worker *worker = CONTAINER_OF(timer, struct of_worker, tick);

	if (atomic_load_explicit(&worker->over, memory_order_relaxed)) {
		if (reset_some(worker))
			wheel_add(worker->wheel, timer, mono_add(now, MS_US));
		else
			atomic_store_explicit(&worker->ended, true, memory_order_release);
		return;
	}
	note_idle(worker, now);
	if (mono_until(worker->visited, now) >= VISIT_US)
		visit(worker, now);
	wheel_add(worker->wheel, timer, mono_add(now, TICK_US));
}

static void conn_init(struct of_worker *worker, unsigned i, unsigned first)
{
	struct of_load_conn *conn = &worker->conn[i];
	uint32_t slots = of_switch_slots(worker->load->switches.window);
	uint8_t *room = worker->rooms + (size_t)i * ROOM_BYTES;

	conn->worker = worker;
	conn->unsent = room;
	of_switch_init(&conn->sw, &worker->load->switches, &worker->tally, first + i,
	               worker->slots + (size_t)i * slots, room + OUT_BYTES);
}

int of_worker_open(struct of_worker *worker, const struct of_load *load, unsigned first,
                   unsigned conns, uint64_t rate_per_s, struct tcp *tcp, struct wheel *wheel,
                   struct why *why)
{
	worker->load = load;
	worker->tcp = tcp;
	worker->wheel = wheel;
	worker->rate_per_s = rate_per_s;
	of_tally_clear(&worker->tally);
	wheel_timer_init(&worker->tick, on_tick);
	if (conns == 0)
		return 0;
	worker->conn = calloc(conns, sizeof(*worker->conn));
	worker->slots = calloc((size_t)conns * of_switch_slots(load->switches.window),
	                       sizeof(*worker->slots));
	worker->out = malloc(OUT_BYTES);
	worker->rooms = calloc(conns, ROOM_BYTES);
	if (!worker->conn || !worker->slots || !worker->out || !worker->rooms)
		return why_no_memory(why, "the switches of a worker");
	worker->conns_len = conns;
	for (unsigned i = 0; i < conns; i++)
		conn_init(worker, i, first);
	wheel_add(wheel, &worker->tick, (mono_t){0});
	return 0;
}

void of_worker_close(struct of_worker *worker)
{
	if (worker->wheel)
		wheel_del(worker->wheel, &worker->tick);
	free(worker->conn);
	free(worker->slots);
	free(worker->out);
	free(worker->rooms);
}

void of_worker_answered(const struct of_worker *worker, uint64_t *counts)
{
	for (unsigned i = 0; i < worker->conns_len; i++)
		counts[i] = counter_get(&worker->conn[i].sw.answered);
}

void of_worker_end(struct of_worker *worker)
{
	atomic_store_explicit(&worker->over, true, memory_order_relaxed);
}

bool of_worker_has_ended(const struct of_worker *worker)
{
	return worker->conns_len == 0 || atomic_load_explicit(&worker->ended, memory_order_acquire);
}

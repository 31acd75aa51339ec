// tcp: a worker's listeners and connections: the tables, and what begins and ends a
// connection. Segments are tcp_in.c and tcp_out.c.
#include "proto/tcpip/tcp/tcp.h"

#include "proto/tcpip/tcp/tcp_internal.h"

#include <errno.h>
#include <stdlib.h>

#define UNLISTENED_AT_ONCE 256 // connections looked at in a turn
#define LEAVE_TIME_OUTS    3   // in a row, until a peer counts as gone

int tcp_open(struct tcp *tcp, struct ip_ifaces *ifaces, struct worker_metric *metric,
             struct wheel *wheel, const struct tcp_conf *conf)
{
	*tcp = (struct tcp){
	        .metric = metric,
	        .ifaces = ifaces,
	        .wheel = wheel,
	        .steer = conf->steer,
	        .conns_max = conf->conns,
	        .segs_max = conf->pages,
	        .segs_free = conf->pages,
	        .free_conn = TCP_NONE,
	        .free_seg = TCP_NONE,
	        .touched = {TCP_NONE, TCP_NONE},
	        .waiting = {TCP_NONE, TCP_NONE},
	        .options = TCP_OPTION_WSCALE | TCP_OPTION_SACK_PERMITTED | TCP_OPTION_TS,
	        .wscale = TCP_WSCALE,
	        .ecn = TCP_ECN_ANSWER,
	        .rcv_bytes = TCP_RCV_BYTES,
	        .rcv_low = TCP_RCV_BYTES / 8,
	        .rcv_grown_max = TCP_GROWN_MAX,
	};
	rand_init(&tcp->rand, conf->seed);
	tcp->hash_seed = rand_u64(&tcp->rand);
	for (unsigned i = 0; i < sizeof(tcp->isn_key); i++)
		tcp->isn_key[i] = (uint8_t)rand_u64(&tcp->rand);
	tcp_fast_keys_init(&tcp->fast_keys, conf->shared_seed);
	rate_init(&tcp->rsts, rate_interval_us(TCP_RSTS_PER_S), TCP_RSTS_PER_S / 10);
	if (conf->conns == 0)
		return 0;
	// Not zeroed: what no connection has used yet costs no memory.
	tcp->conn = malloc(conf->conns * sizeof(*tcp->conn));
	tcp->seg = malloc(conf->pages * sizeof(*tcp->seg));
	if (!tcp->conn || !tcp->seg || hash_init(&tcp->hash, conf->conns)) {
		tcp_close(tcp);
		return -ENOMEM;
	}
	return 0;
}

static void queues_clear(struct tcp_conn *conn)
{
	tcp_queue_clear(conn->tcp, &conn->send);
	tcp_window_sends(conn, -conn->snd_pages);
	tcp_window_release(conn);
	conn->send_next = TCP_NONE;
}

void tcp_close(struct tcp *tcp)
{
	for (uint32_t i = 0; i < tcp->conns_used; i++)
		if (tcp->conn[i].tcp) {
			wheel_del(tcp->wheel, &tcp->conn[i].timer);
			queues_clear(&tcp->conn[i]);
		}
	hash_fini(&tcp->hash);
	free(tcp->conn);
	free(tcp->seg);
}

static uint64_t hash_of(const struct tcp *tcp, const struct tcp_peers *peers)
{
	uint32_t ports = (uint32_t)peers->local_port << 16 | peers->remote_port;
	uint64_t remote = hash_u128(tcp->hash_seed, peers->remote.hi, peers->remote.lo);

	return hash_mix(hash_u128(remote, peers->local.hi, peers->local.lo) ^ ports,
	                tcp->hash_seed | 1);
}

static bool has_peers(const void *ctx, const void *key, uint32_t index)
{
	const struct tcp_conn *conn = &((const struct tcp *)ctx)->conn[index];
	const struct tcp_peers *peers = key;

	return conn->remote_port == peers->remote_port && conn->local_port == peers->local_port &&
	       addr_eq(conn->remote, peers->remote) && addr_eq(conn->local, peers->local);
}

struct tcp_conn *tcp_find(struct tcp *tcp, const struct tcp_peers *peers)
{
	uint32_t index;

	if (tcp->conns == 0)
		return NULL;
	index = hash_find(&tcp->hash, hash_of(tcp, peers), has_peers, tcp, peers);
	return index == HASH_NONE ? NULL : &tcp->conn[index];
}

static uint32_t number_alloc(struct tcp *tcp)
{
	uint32_t index;

	// A connection in TIME-WAIT gives way to a new one.
	if (tcp->free_conn == TCP_NONE && tcp->conns_used == tcp->conns_max &&
	    tcp->waiting.head != TCP_NONE)
		tcp_del(&tcp->conn[tcp->waiting.head]);
	index = tcp->free_conn;
	if (index != TCP_NONE)
		tcp->free_conn = tcp->conn[index].touched_next;
	else if (tcp->conns_used < tcp->conns_max)
		index = tcp->conns_used++;
	return index;
}

static void note_open(const struct tcp_conn *conn)
{
	struct worker_metric *metric = conn->tcp->metric;
	bool v4 = addr_is_ipv4(conn->remote);

	metric->tcp_trace.now_us = metric->trace.now_us;
	trace_add(&metric->tcp_trace, v4 ? TRACE_TCP_PEER : TRACE_TCP_PEER6, conn->remote_port,
	          be32_get(addr_ipv4(conn->remote)));
	tcp_note(conn, TRACE_TCP_OPEN, conn->local_port);
}

struct tcp_conn *tcp_add(struct tcp *tcp, const struct tcp_peers *peers)
{
	uint32_t index = number_alloc(tcp);
	struct tcp_conn *conn;

	if (index == TCP_NONE)
		return NULL;
	conn = &tcp->conn[index];
	*conn = (struct tcp_conn){
	        .tcp = tcp,
	        .local = peers->local,
	        .remote = peers->remote,
	        .local_port = peers->local_port,
	        .remote_port = peers->remote_port,
	        .touched_next = TCP_NONE,
	        .send = {TCP_NONE, TCP_NONE},
	        .recv = {TCP_NONE, TCP_NONE},
	        .reasm = {TCP_NONE, TCP_NONE},
	        .send_next = TCP_NONE,
	        .due = MONO_NEVER,
	        .ack_due = MONO_NEVER,
	        .give_up = MONO_NEVER,
	};
	wheel_timer_init(&conn->timer, tcp_timer_fired);
	// The hash has room for as many as the array.
	if (hash_add(&tcp->hash, hash_of(tcp, peers), index))
		assert(false);
	tcp->conns++;
	note_open(conn);
	return conn;
}

static void hash_remove(struct tcp_conn *conn)
{
	struct tcp_peers peers = tcp_peers(conn);

	if (!hash_del(&conn->tcp->hash, hash_of(conn->tcp, &peers), tcp_number(conn->tcp, conn)))
		return;
	conn->tcp->conns--;
	if (conn->flags & TCP_CONN_ACTIVE)
		steer_begun_add(conn->tcp->steer, -1);
}

static void waiting_remove(struct tcp_conn *conn)
{
	struct tcp *tcp = conn->tcp;
	uint32_t prev = conn->phase.wait.prev, next = conn->phase.wait.next;

	if (!(conn->flags & TCP_CONN_WAITS))
		return;
	conn->flags &= ~(uint32_t)TCP_CONN_WAITS;
	if (prev != TCP_NONE)
		tcp->conn[prev].phase.wait.next = next;
	else
		tcp->waiting.head = next;
	if (next != TCP_NONE)
		tcp->conn[next].phase.wait.prev = prev;
	else
		tcp->waiting.tail = prev;
}

void tcp_wait(struct tcp_conn *conn)
{
	struct tcp *tcp = conn->tcp;
	uint32_t number = tcp_number(tcp, conn);

	conn->flags |= TCP_CONN_WAITS;
	conn->phase.wait.prev = tcp->waiting.tail;
	conn->phase.wait.next = TCP_NONE;
	if (tcp->waiting.head == TCP_NONE)
		tcp->waiting.head = number;
	else
		tcp->conn[tcp->waiting.tail].phase.wait.next = number;
	tcp->waiting.tail = number;
}

void tcp_del(struct tcp_conn *conn)
{
	struct tcp *tcp = conn->tcp;

	tcp_handshake_done(conn);
	waiting_remove(conn);
	hash_remove(conn);
	queues_clear(conn);
	wheel_del(tcp->wheel, &conn->timer);
	conn->state = TCP_CLOSED;
	conn->ops = NULL;
	conn->flags &= TCP_CONN_TOUCHED;
	if (conn->flags)
		return; // tcp_flush, whose list it is in, frees it
	conn->touched_next = tcp->free_conn;
	tcp->free_conn = tcp_number(tcp, conn);
	conn->tcp = NULL;
}

void tcp_touch_first(struct tcp_conn *conn)
{
	struct tcp *tcp = conn->tcp;
	uint32_t number = tcp_number(tcp, conn);

	conn->flags |= TCP_CONN_TOUCHED;
	conn->touched_next = TCP_NONE;
	if (tcp->touched.head == TCP_NONE)
		tcp->touched.head = number;
	else
		tcp->conn[tcp->touched.tail].touched_next = number;
	tcp->touched.tail = number;
}

void tcp_step(struct tcp_conn *conn, enum tcp_event event)
{
	enum tcp_state to = tcp_state_next((enum tcp_state)conn->state, event);
	// The record before or after says it: that it was opened, or how it ended.
	bool is_plain = conn->state == TCP_LISTEN || to == TCP_CLOSED;

	assert(to < TCP_STATES);
	if (conn->state != (uint8_t)to && !is_plain)
		tcp_note(conn, TRACE_TCP_STATE, to);
	conn->state = (uint8_t)to;
}

void tcp_end(struct tcp_conn *conn, enum tcp_end end)
{
	struct tcp *tcp = conn->tcp;

	if (conn->flags & TCP_CONN_RTT)
		tcp_note(conn, TRACE_TCP_RTT, conn->srtt_us);
	tcp_note(conn, TRACE_TCP_END, end);
	tcp_handshake_done(conn);
	hash_remove(conn);
	tcp_queue_clear(tcp, &conn->send);
	tcp_window_sends(conn, -conn->snd_pages);
	conn->snd_sacked = conn->snd_lost = 0;
	conn->send_next = TCP_NONE;
	// What was received before the end is still for the application, but not after a reset.
	tcp_recv_clear(conn, &conn->reasm);
	if (end != TCP_END_DONE) {
		tcp_recv_clear(conn, &conn->recv);
		conn->flags &= ~(uint32_t)TCP_CONN_FIN_IN; // nor was it all that the peer sent
	}
	wheel_del(tcp->wheel, &conn->timer);
	conn->timer_kind = TCP_TIMER_NONE;
	conn->ack_due = MONO_NEVER;
	conn->state = TCP_CLOSED;
	conn->end = (uint8_t)end;
	conn->flags &= ~(uint32_t)(TCP_CONN_ACK_NOW | TCP_CONN_SYN_NOW | TCP_CONN_PROBE);
	conn->flags |= TCP_CONN_CLOSED;
	tcp_touch(conn);
}

void tcp_handshake_done(struct tcp_conn *conn)
{
	struct tcp_listener *listener;

	if (!conn->listener)
		return;
	listener = &conn->tcp->listener[conn->listener - 1];
	listener->pending--;
	if (unlikely(conn->flags & TCP_CONN_FAST))
		tcp_fast_done(listener);
	conn->listener = 0;
}

struct tcp_listener *tcp_listener_find(struct tcp *tcp, struct addr addr, uint16_t port)
{
	struct tcp_listener *any = NULL;

	for (unsigned i = 0; i < tcp->listeners_len; i++) {
		struct tcp_listener *listener = &tcp->listener[i];

		if (listener->port != port)
			continue;
		if (addr_eq(listener->addr, addr))
			return listener;
		if (addr_is_any(listener->addr))
			any = listener;
	}
	return any;
}

static struct tcp_listener *listener_alloc(struct tcp *tcp)
{
	for (unsigned i = 0; i < tcp->listeners_len; i++)
		if (tcp->listener[i].port == 0 && tcp->listener[i].pending == 0)
			return &tcp->listener[i];
	return tcp->listeners_len < TCP_LISTENERS ? &tcp->listener[tcp->listeners_len++] : NULL;
}

int tcp_listen(struct tcp *tcp, const struct tcp_listener_conf *conf,
               struct tcp_listener **listener)
{
	struct tcp_listener *added;

	assert(conf->port && conf->ops && conf->backlog);
	for (unsigned i = 0; i < tcp->listeners_len; i++) {
		const struct tcp_listener *other = &tcp->listener[i];

		if (other->port == conf->port &&
		    (addr_is_any(other->addr) ? addr_is_any(conf->addr)
		                              : addr_eq(other->addr, conf->addr)))
			return -EADDRINUSE;
	}
	added = listener_alloc(tcp);
	if (!added)
		return -ENOSPC;
	*added = (struct tcp_listener){.addr = conf->addr,
	                               .port = conf->port,
	                               .nodelay = conf->nodelay,
	                               .backlog = conf->backlog,
	                               .fast_max = conf->fast_open,
	                               .keepalive_s = conf->keepalive_s,
	                               .mss = conf->mss,
	                               .user_timeout_ms = conf->user_timeout_ms,
	                               .user_timeout_option = conf->user_timeout_option,
	                               .ops = conf->ops,
	                               .ctx = conf->ctx};
	if (listener)
		*listener = added;
	return 0;
}

void tcp_unlisten(struct tcp *tcp, struct tcp_listener *listener)
{
	listener->port = 0;
	if (listener->pending)
		tcp->unlisten_left = tcp->conns_used;
}

bool tcp_is_unlistened(const struct tcp_conn *conn)
{
	return conn->listener && conn->tcp->listener[conn->listener - 1].port == 0;
}

void tcp_unlisten_some(struct tcp *tcp)
{
	for (unsigned n = 0; n < UNLISTENED_AT_ONCE && tcp->unlisten_left; n++) {
		struct tcp_conn *conn;

		if (tcp->unlisten_next >= tcp->conns_used)
			tcp->unlisten_next = 0;
		conn = &tcp->conn[tcp->unlisten_next++];
		tcp->unlisten_left--;
		if (conn->tcp && tcp_is_unlistened(conn)) {
			conn->flags |= TCP_CONN_RESET;
			tcp_end(conn, TCP_END_ABORTED);
		}
	}
}

void tcp_set_ctx(struct tcp_conn *conn, void *ctx)
{
	conn->ctx = ctx;
}

void tcp_set_keepalive(struct tcp_conn *conn, uint16_t idle_s, uint16_t interval_s, uint8_t probes)
{
	assert(idle_s == 0 || (interval_s && probes));
	conn->keep_idle_s = idle_s;
	conn->keep_interval_s = interval_s;
	conn->keep_probes = probes;
	conn->keep_sent = TCP_KEEP_BEGINS;
	if (conn->timer_kind == TCP_TIMER_KEEP)
		conn->timer_kind = TCP_TIMER_NONE;
	tcp_touch(conn);
}

struct tcp_peers tcp_peers(const struct tcp_conn *conn)
{
	return (struct tcp_peers){conn->local, conn->remote, conn->local_port, conn->remote_port};
}

// Marks of what is outstanding.
static void count_marks(const struct tcp_conn *conn, struct tcp_info *info)
{
	const struct tcp_seg *seg = conn->tcp->seg;

	for (uint32_t i = conn->send.head; i != conn->send_next; i = seg[i].next) {
		bool again = (seg[i].flags & (TCP_SEG_RESENT | TCP_SEG_LOST | TCP_SEG_SACKED)) ==
		             TCP_SEG_RESENT;

		info->unacked++;
		info->sacked += !!(seg[i].flags & TCP_SEG_SACKED);
		info->lost += again || (seg[i].flags & TCP_SEG_LOST);
		info->retrans += again;
	}
}

void tcp_info(const struct tcp_conn *conn, struct tcp_info *info)
{
	bool disorder = conn->ca == TCP_CA_OPEN && (conn->sacked_segs || conn->dupacks);

	*info = (struct tcp_info){
	        .state = tcp_state_name((enum tcp_state)conn->state),
	        .srtt_us = conn->srtt_us,
	        .rttvar_us = conn->rttvar_us,
	        .rto_us = conn->rto_us,
	        .cwnd = conn->cwnd,
	        .ssthresh = conn->ssthresh,
	        .snd_wnd = conn->snd_wnd,
	        .rcv_wnd = conn->rcv_edge - conn->rcv_nxt,
	        .in_flight = conn->snd_nxt - conn->snd_una,
	        .queued = tcp_seq_lt(conn->snd_nxt, conn->snd_end) ? conn->snd_end - conn->snd_nxt
	                                                           : 0,
	        .received = conn->rcv_held,
	        .mss = conn->mss,
	        .min_rtt_us = conn->min_rtt_us,
	        .ca_state = disorder ? 1 : conn->ca,
	        .retransmits = conn->backoff,
	        .reordering = conn->loss & TCP_LOSS_REORDERS,
	        .ecn = conn->ecn & TCP_ECN_ON,
	};
	count_marks(conn, info);
}

unsigned tcp_list(const struct tcp *tcp, uint32_t *from, uint32_t looks, struct tcp_row *rows,
                  unsigned n)
{
	uint32_t end = (uint32_t)size_min((uint64_t)*from + looks, tcp->conns_used);
	unsigned len = 0;

	for (; *from < end && len < n; ++*from) {
		const struct tcp_conn *conn = &tcp->conn[*from];

		if (!conn->tcp || !conn->ops || conn->state == TCP_CLOSED)
			continue;
		rows[len].id = *from;
		rows[len].peers = tcp_peers(conn);
		tcp_info(conn, &rows[len++].info);
	}
	if (*from >= tcp->conns_used)
		*from = TCP_LIST_END;
	return len;
}

void tcp_set_accept(struct tcp *tcp, enum tcp_accept accept)
{
	tcp->accept = (uint8_t)accept;
}

// Whether there is something to wait for. The application hears of a connection that came in this
// turn at the end of it: until then the ctx is the listener's, and nothing else can be said of it.
static bool leave_ask(struct tcp_conn *conn, enum tcp_leave how, mono_t now)
{
	bool known = conn->flags & TCP_CONN_CALLED;

	if (unlikely(!known) && how != TCP_LEAVE_END)
		return how != TCP_LEAVE_BUSY;
	if (known && conn->ops->leave)
		return conn->ops->leave(conn->ctx, conn, how, now) && how != TCP_LEAVE_END;
	if (how == TCP_LEAVE_END)
		tcp_shutdown(conn);
	return false;
}

// Data that waits for room in the peer's window, or in the path.
static bool leave_is_busy(struct tcp_conn *conn, mono_t now)
{
	return leave_ask(conn, TCP_LEAVE_BUSY, now) || tcp_seq_lt(conn->snd_nxt, conn->snd_end);
}

// Whether the peer may still take what is queued: a closed window is no sign that it has gone,
// time-outs in a row are. What is reset is not sent any more.
static bool leave_is_alive(const struct tcp_conn *conn)
{
	return !(conn->flags & TCP_CONN_ABORT) &&
	       (conn->timer_kind == TCP_TIMER_PROBE || conn->backoff < LEAVE_TIME_OUTS);
}

static bool leave_passes(struct tcp_conn *conn, enum tcp_leave how, mono_t now)
{
	if (!conn->tcp || !conn->ops || !tcp_state_sends((enum tcp_state)conn->state))
		return true;
	return (how == TCP_LEAVE_AGAIN && !conn->leaving) ||
	       (how == TCP_LEAVE_BUSY && !leave_is_busy(conn, now));
}

void tcp_leave(struct tcp *tcp, enum tcp_leave how, uint32_t *from, uint32_t looks,
               struct tcp_left *left, mono_t now)
{
	uint32_t end = (uint32_t)size_min((uint64_t)*from + looks, tcp->conns_used);

	for (; *from < end; ++*from) {
		struct tcp_conn *conn = &tcp->conn[*from];
		bool waits;

		if (leave_passes(conn, how, now))
			continue;
		conn->leaving = true;
		waits = leave_ask(conn, how == TCP_LEAVE_BUSY ? TCP_LEAVE_BEGIN : how, now);
		waits |= leave_is_alive(conn) && tcp_seq_lt(conn->snd_una, conn->snd_end);
		if (waits)
			left->in_progress++;
		else if (conn->flags & TCP_CONN_FIN)
			left->unfinished++;
	}
	if (*from >= tcp->conns_used)
		*from = TCP_LIST_END;
}

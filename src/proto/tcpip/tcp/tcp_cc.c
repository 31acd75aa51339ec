// tcp_cc: how much may be outstanding: slow start (RFC 5681) and when it ends (HyStart++,
// RFC 9406), CUBIC (RFC 9438), the window of fast recovery (PRR, RFC 6937), idle
// connections. Bytes throughout; what is lost is tcp_loss.c's business.
#include "proto/tcpip/tcp/tcp_internal.h"

#define CWND_MAX   (UINT32_C(1) << 30)
#define BETA_1024  717 // 0.7
#define ALPHA_1024 542 // 3 (1 - beta) / (1 + beta), of the estimate of Reno's window

// RFC 9406 section 4.3.
#define RTT_SAMPLES  8
#define RTT_RISE_MIN (4 * MS_US)
#define RTT_RISE_MAX (16 * MS_US)
#define CSS_DIVISOR  4
#define CSS_ROUNDS   5
// L of section 4.2, that one acknowledgement may let the window grow by. It is unlimited for those
// that pace: here all that a window lets go leaves in one turn.
#define BURST_SEGMENTS 8

// RFC 6928 section 2: ten segments, fewer when they are long.
static uint32_t initial_window(const struct tcp_conn *conn)
{
	uint32_t mss = tcp_payload(conn);

	return tcp_min(TCP_INITIAL_WINDOW * mss, tcp_max(2 * mss, TCP_INITIAL_BYTES));
}

void tcp_cc_init(struct tcp_conn *conn)
{
	conn->cwnd = initial_window(conn);
	conn->ssthresh = UINT32_MAX;
	conn->reo_mult = 1;
}

// RFC 5681 section 4.1: after an idle time-out what the network has room for is not known;
// after each further one less of the window is left (RFC 2861).
void tcp_cc_restart(struct tcp_conn *conn, uint32_t idle_us)
{
	uint32_t least = tcp_min(conn->cwnd, initial_window(conn));

	if (conn->ssthresh != UINT32_MAX)
		conn->ssthresh = tcp_max(conn->ssthresh, conn->cwnd / 4 * 3);
	for (; idle_us > conn->rto_us && conn->cwnd > least; idle_us -= conn->rto_us)
		conn->cwnd /= 2;
	conn->cwnd = tcp_max(conn->cwnd, least);
	conn->phase = (union tcp_phase){0};
}

// Sections 4.6 and 4.7 of RFC 9438.
void tcp_cc_lower(struct tcp_conn *conn)
{
	// Fast convergence: other flows have begun.
	conn->w_max = conn->cwnd < conn->w_max
	                      ? (uint32_t)((uint64_t)conn->cwnd * (1024 + BETA_1024) / 2048)
	                      : conn->cwnd;
	conn->ssthresh = tcp_max((uint32_t)((uint64_t)conn->cwnd * BETA_1024 / 1024),
	                         2u * tcp_payload(conn));
	conn->phase = (union tcp_phase){0};
}

void tcp_cc_undo(struct tcp_conn *conn)
{
	conn->cwnd = tcp_max(conn->cwnd, conn->prior_cwnd);
	conn->ssthresh = tcp_max(conn->ssthresh, conn->prior_ssthresh);
	conn->w_max = tcp_max(conn->w_max, conn->prior_cwnd);
	conn->phase = (union tcp_phase){0};
	if (conn->ssthresh == UINT32_MAX)
		conn->used_end = conn->snd_una; // it is what it was for again
}

// A round is as long as what was outstanding at its begin.
static void begin_round(struct tcp_conn *conn)
{
	conn->phase.slow_start.round_end = conn->snd_nxt;
	conn->phase.slow_start.last_rtt_us = conn->phase.slow_start.rtt_us;
	conn->phase.slow_start.rtt_us = UINT32_MAX;
	conn->samples = 0;
}

// Whether the round trips of this round say that a queue grows, or, once that was so, that it does
// not.
static void judge_round(struct tcp_conn *conn)
{
	uint32_t rtt = conn->phase.slow_start.rtt_us, last = conn->phase.slow_start.last_rtt_us;

	if (conn->phase.slow_start.base_us) {
		if (rtt < conn->phase.slow_start.base_us)
			conn->phase.slow_start.base_us = 0;
	} else if (last != 0 && last != UINT32_MAX &&
	           rtt - tcp_min(rtt, last) >=
	                   tcp_min(tcp_max(last / 8, RTT_RISE_MIN), RTT_RISE_MAX)) {
		conn->phase.slow_start.base_us = rtt;
		conn->rounds = 0;
	}
}

// HyStart++ (RFC 9406 section 4.2): when round trips get longer, slow start goes on slowly, and
// ends after some rounds unless they get shorter again. What ends a round was sent in the one
// before, so its round trip counts for the round that ends.
static void watch_rtt(struct tcp_conn *conn, const struct tcp_acked *acked)
{
	if (conn->phase.slow_start.rtt_us == 0)
		begin_round(conn);
	if (acked->rtt_us) {
		conn->phase.slow_start.rtt_us =
		        tcp_min(conn->phase.slow_start.rtt_us, acked->rtt_us);
		if (conn->samples < RTT_SAMPLES)
			conn->samples++;
	}
	if (conn->samples >= RTT_SAMPLES)
		judge_round(conn);
	if (tcp_seq_lt(conn->snd_una, conn->phase.slow_start.round_end))
		return;
	if (conn->phase.slow_start.base_us && ++conn->rounds >= CSS_ROUNDS) {
		conn->ssthresh = conn->cwnd;
		conn->phase = (union tcp_phase){0};
		return;
	}
	begin_round(conn);
}

static void slow_start(struct tcp_conn *conn, const struct tcp_acked *acked)
{
	uint32_t more = tcp_min(acked->delivered, BURST_SEGMENTS * (uint32_t)tcp_payload(conn));

	if (conn->ssthresh == UINT32_MAX) {
		watch_rtt(conn, acked);
		if (conn->ssthresh == UINT32_MAX && conn->phase.slow_start.base_us)
			more /= CSS_DIVISOR;
	}
	conn->cwnd = tcp_min(conn->cwnd + more, tcp_max(conn->ssthresh, conn->cwnd));
}

// The greatest number whose cube is not more than n.
static uint32_t cube_root(uint64_t n)
{
	uint64_t root = 0;

	for (int bit = 20; bit >= 0; bit--) {
		uint64_t more = root | UINT64_C(1) << bit;

		if (more * more * more <= n)
			root = more;
	}
	return (uint32_t)root;
}

// Section 4.2 of RFC 9438. C is 0.4 segments in a cubic second: 1 in 2.5e9 ms^3.
static void begin_epoch(struct tcp_conn *conn, mono_t now)
{
	uint32_t below = conn->w_max - tcp_min(conn->w_max, conn->cwnd);

	conn->phase.cubic.epoch_ms = tcp_ms(now) ? tcp_ms(now) : 1;
	conn->phase.cubic.origin = tcp_max(conn->w_max, conn->cwnd);
	conn->phase.cubic.k_ms = cube_root((uint64_t)below * 2500000000u / tcp_payload(conn));
	conn->phase.cubic.w_est = conn->cwnd;
}

// W_cubic(t), in bytes.
static uint32_t w_cubic(const struct tcp_conn *conn, uint32_t t_ms)
{
	bool after = t_ms >= conn->phase.cubic.k_ms;
	uint64_t off_ms = after ? t_ms - conn->phase.cubic.k_ms : conn->phase.cubic.k_ms - t_ms;
	uint64_t origin = conn->phase.cubic.origin, off;

	off_ms = u64_min(off_ms, 60000); // three of it and a segment fit 64 bits
	off = off_ms * off_ms * off_ms / 2500 * tcp_payload(conn) / 1000000;
	if (after)
		return (uint32_t)u64_min(origin + off, CWND_MAX);
	return (uint32_t)(origin - u64_min(off, origin));
}

// Section 4.3: what Reno would have.
static void estimate_reno(struct tcp_conn *conn, uint32_t bytes)
{
	uint64_t more = (uint64_t)bytes * tcp_payload(conn) / conn->cwnd;

	if (conn->phase.cubic.w_est < conn->prior_cwnd)
		more = more * ALPHA_1024 / 1024;
	conn->phase.cubic.w_est =
	        (uint32_t)u64_min(conn->phase.cubic.w_est + u64_min(more, CWND_MAX), CWND_MAX);
}

// Sections 4.3 to 4.5.
static void cubic(struct tcp_conn *conn, uint32_t bytes, mono_t now)
{
	uint32_t t_ms, target;

	if (conn->phase.cubic.epoch_ms == 0)
		begin_epoch(conn, now);
	estimate_reno(conn, bytes);
	t_ms = tcp_ms(now) - conn->phase.cubic.epoch_ms;
	if (w_cubic(conn, t_ms) < conn->phase.cubic.w_est) {
		conn->cwnd = tcp_max(conn->cwnd, conn->phase.cubic.w_est);
		return;
	}
	target = w_cubic(conn, t_ms + conn->srtt_us / (uint32_t)MS_US);
	target = tcp_min(target, conn->cwnd + conn->cwnd / 2);
	if (target > conn->cwnd)
		conn->cwnd += (uint32_t)((uint64_t)(target - conn->cwnd) * bytes / conn->cwnd);
}

// RFC 6937 with the slow start reduction bound of its successor: what arrives in recovery lets
// that many bytes out, times beta, until as much is outstanding as the new window allows.
static void recover(struct tcp_conn *conn, const struct tcp_acked *acked, bool lost)
{
	uint32_t pipe = tcp_pipe(conn), mss = tcp_payload(conn);
	uint64_t sent = conn->phase.prr.out, may;

	conn->phase.prr.delivered += acked->delivered;
	if (pipe > conn->ssthresh) {
		may = ((uint64_t)conn->phase.prr.delivered * conn->ssthresh + conn->prior_cwnd -
		       1) /
		      tcp_max(conn->prior_cwnd, 1);
		may -= u64_min(may, sent);
	} else {
		may = conn->phase.prr.delivered - u64_min(conn->phase.prr.delivered, sent);
		if (may < acked->delivered)
			may = acked->delivered;
		if (acked->acked && !lost)
			may += mss;
		may = u64_min(may, conn->ssthresh - pipe);
	}
	if (sent == 0 && may < mss)
		may = mss; // the first that is lost is sent again at once
	conn->cwnd = tcp_max(pipe + (uint32_t)may, mss);
}

void tcp_cc_acked(struct tcp_conn *conn, const struct tcp_acked *acked, bool lost)
{
	if (conn->ca == TCP_CA_RECOVERY || conn->ca == TCP_CA_CWR) {
		recover(conn, acked, lost);
		return;
	}
	if (!acked->acked)
		return;
	if (conn->cwnd < conn->ssthresh)
		slow_start(conn, acked);
	else
		cubic(conn, acked->delivered, acked->now);
	conn->cwnd = tcp_min(conn->cwnd, CWND_MAX);
}

// tcp_lab: a peer that sends segments to the stack of lab.h and reads what it sends, with
// sequence numbers relative to both ends' first, so that tests read like RFC 9293's figures.
// An application on port 80 records what it is given.
#ifndef UNIT_TCPIP_TCP_LAB_H
#define UNIT_TCPIP_TCP_LAB_H

#include "lab.h"

#include <errno.h>

#include "proto/tcpip/tcp/tcp.h"

enum { FIN = 1, SYN = 2, RST = 4, PSH = 8, ACK = 16 };

#define PEER_PORT 4000
#ifndef OUR_PORT
#define OUR_PORT 80
#endif
#define PEER_ISS 0xfffff000u // wraps soon

// A segment as the peer sees it: seq and ack count from the SYNs.
struct seg {
	unsigned flags;
	uint32_t seq, ack;
	unsigned window;
	size_t len;
	uint8_t data[1500];
	uint8_t options[40];
	size_t options_len;
};

static struct {
	struct tcp *tcp;
	bool v6;
	uint32_t our_iss;
	unsigned port; // the peer's
	bool ts;       // the peer sends timestamps, and takes SACK
	bool sack;     // it takes SACK
	uint32_t ts_val, ts_ecr;
	struct tcp_conn *conn;
	struct tcp_listener *listener;
	// What the application saw.
	unsigned opened, ended, writable, closed;
	enum tcp_end end;
	uint8_t got[1 << 16];
	size_t got_len;
	unsigned calls; // of data
	unsigned takes; // parts of each call that it takes
	bool echoes;
} peer;

static inline void peer_opened(void *ctx, struct tcp_conn *conn, mono_t now)
{
	peer.opened++;
	peer.conn = conn;
}

static inline unsigned peer_data(void *ctx, struct tcp_conn *conn, struct tcp_data *data,
                                 unsigned n, mono_t now)
{
	unsigned takes = n < peer.takes ? n : peer.takes;

	peer.calls++;
	for (unsigned i = 0; i < takes; i++) {
		assert_true(peer.got_len + data[i].len <= sizeof(peer.got));
		memcpy(peer.got + peer.got_len, data[i].bytes, data[i].len);
		peer.got_len += data[i].len;
	}
	return peer.echoes ? tcp_send_pages(conn, data, n) : takes;
}

static inline void peer_ended(void *ctx, struct tcp_conn *conn, mono_t now)
{
	peer.ended++;
}

static inline void peer_writable(void *ctx, struct tcp_conn *conn, mono_t now)
{
	peer.writable++;
}

static inline void peer_closed(void *ctx, struct tcp_conn *conn, enum tcp_end end, mono_t now)
{
	peer.closed++;
	peer.end = end;
	peer.conn = NULL;
}

static const struct tcp_ops peer_ops = {.opened = peer_opened,
                                        .data = peer_data,
                                        .ended = peer_ended,
                                        .writable = peer_writable,
                                        .closed = peer_closed};

// The end of a worker's turn.
static inline bool turn(void)
{
	return stack_flush(lab.stack, lab.now);
}

static inline void wait_us(uint64_t us)
{
	lab_advance(us);
	turn();
}

static inline const char *peer_addr(void)
{
	return peer.v6 ? "fd00::9" : "10.0.0.9";
}

static inline const char *our_addr(void)
{
	return peer.v6 ? "fd00::2" : "10.0.0.2";
}

static inline void put32(uint8_t *p, uint32_t v)
{
	put16(p, v >> 16);
	put16(p + 2, v & 0xffff);
}

static inline uint32_t get32(const uint8_t *p)
{
	return (uint32_t)get16(p) << 16 | get16(p + 2);
}

// A frame with absolute numbers.
static inline struct frame seg_frame(const struct seg *seg)
{
	uint8_t l4[1600] = {0};
	size_t hdr_len = 20 + seg->options_len;
	struct frame f;

	put16(l4, peer.port);
	put16(l4 + 2, OUR_PORT);
	put32(l4 + 4, seg->seq + PEER_ISS);
	put32(l4 + 8, seg->flags & ACK ? seg->ack + peer.our_iss : 0);
	l4[12] = (uint8_t)(hdr_len / 4 << 4);
	l4[13] = (uint8_t)seg->flags;
	put16(l4 + 14, seg->window);
	memcpy(l4 + 20, seg->options, seg->options_len);
	memcpy(l4 + hdr_len, seg->data, seg->len);
	f = frame_ip(ip(peer_addr()), ip(our_addr()), 6, l4, hdr_len + seg->len);
	put16(f.b + f.l4 + 16, 0);
	put16(f.b + f.l4 + 2, OUR_PORT);
	put16(f.b + f.l4 + 16, ~frame_l4_sum(&f, 6) & 0xffff);
	return f;
}

static inline struct seg seg_of(unsigned flags, uint32_t seq, uint32_t ack, const void *data,
                                size_t len)
{
	struct seg seg = {.flags = flags, .seq = seq, .ack = ack, .window = 65000, .len = len};

	memcpy(seg.data, data, len);
	if (peer.ts && !(flags & SYN)) {
		memcpy(seg.options, "\1\1\x8\xa", 4);
		put32(seg.options + 4, peer.ts_val);
		put32(seg.options + 8, peer.ts_ecr);
		seg.options_len = 12;
	}
	return seg;
}

static inline void send_seg(const struct seg *seg)
{
	struct frame f = seg_frame(seg);

	lab_in(&f);
}

// The peer sends a segment with text; no turn of the worker yet.
static inline void sends(unsigned flags, uint32_t seq, uint32_t ack, const char *text)
{
	struct seg seg = seg_of(flags, seq, ack, text, strlen(text));

	send_seg(&seg);
}

// n bytes of a pattern that depends on their sequence number.
static inline void fill(uint8_t *bytes, uint32_t seq, size_t n)
{
	for (size_t i = 0; i < n; i++)
		bytes[i] = (uint8_t)((seq + i) * 31 >> 3);
}

static inline void sends_bytes(uint32_t seq, uint32_t ack, size_t n)
{
	struct seg seg = seg_of(ACK, seq, ack, "", 0);

	fill(seg.data, seq, n);
	seg.len = n;
	send_seg(&seg);
}

static inline struct seg parse_seg(const struct frame *f)
{
	const uint8_t *p = f->b + f->l4;
	size_t hdr_len = (p[12] >> 4) * 4u;
	struct seg seg = {.flags = p[13],
	                  .window = get16(p + 14),
	                  .len = f->len - f->l4 - hdr_len,
	                  .options_len = hdr_len - 20};

	assert_int_equal(frame_protocol(f), 6);
	assert_int_equal(get16(p), OUR_PORT);
	assert_int_equal(get16(p + 2), peer.port);
	if (seg.flags & SYN)
		peer.our_iss = get32(p + 4);
	seg.seq = get32(p + 4) - peer.our_iss;
	seg.ack = seg.flags & ACK ? get32(p + 8) - PEER_ISS : 0;
	memcpy(seg.options, p + 20, seg.options_len);
	memcpy(seg.data, p + hdr_len, seg.len);
	if (peer.ts && seg.options_len >= 12)
		peer.ts_ecr = get32(seg.options + 4);
	return seg;
}

static inline struct seg take_seg(void)
{
	struct frame f = lab_take();

	return parse_seg(&f);
}

// That the stack sends this next. The text may be NULL: not looked at.
static inline struct seg expects(unsigned flags, uint32_t seq, uint32_t ack, const char *text)
{
	struct seg seg;

	if (lab_waiting() == 0)
		fail_msg("nothing was sent; wanted flags %x seq %u ack %u", flags, seq, ack);
	seg = take_seg();
	if (seg.flags != flags || seg.seq != seq || seg.ack != ack)
		fail_msg("sent flags %x seq %u ack %u len %zu; wanted flags %x seq %u ack %u",
		         seg.flags, seg.seq, seg.ack, seg.len, flags, seq, ack);
	if (text) {
		assert_int_equal(seg.len, strlen(text));
		assert_memory_equal(seg.data, text, seg.len);
	}
	return seg;
}

static inline void expects_nothing(void)
{
	if (lab_waiting()) {
		struct seg seg = take_seg();

		fail_msg("sent flags %x seq %u ack %u len %zu", seg.flags, seg.seq, seg.ack,
		         seg.len);
	}
}

// The peer's SYN, with the options of Linux or none.
static inline struct seg syn_of(void)
{
	struct seg seg = seg_of(SYN, 0, 0, "", 0);

	if (peer.ts) {
		memcpy(seg.options, "\2\4\5\xb4\4\2\x8\xa\0\0\0\1\0\0\0\0\1\3\3\7", 20);
		put32(seg.options + 8, peer.ts_val);
		seg.options_len = 20;
	} else if (peer.sack) {
		memcpy(seg.options, "\2\4\5\xb4\1\1\4\2", 8);
		seg.options_len = 8;
	} else {
		memcpy(seg.options, "\2\4\5\xb4", 4);
		seg.options_len = 4;
	}
	return seg;
}

static inline void listens(uint32_t backlog, bool nodelay)
{
	struct tcp_listener_conf conf = {
	        .port = OUR_PORT, .backlog = backlog, .ops = &peer_ops, .nodelay = nodelay};

	assert_int_equal(tcp_listen(peer.tcp, &conf, &peer.listener), 0);
}

// The three segments of a handshake.
static inline void establish(void)
{
	struct seg syn = syn_of();

	send_seg(&syn);
	turn();
	expects(SYN | ACK, 0, 1, "");
	sends(ACK, 1, 1, "");
	turn();
	expects_nothing();
	assert_int_equal(peer.opened, 1);
	assert_non_null(peer.conn);
}

static inline void peer_reset_state(void)
{
	memset(&peer, 0, sizeof(peer));
	peer.port = PEER_PORT;
	peer.takes = UINT32_MAX;
	peer.ts_val = 1000;
	peer.tcp = stack_tcp(lab.stack);
}

// The peer's hardware address is configured, so that hours pass without ARP and NDP.
static inline void pin_peer(void)
{
	struct stack_iface_conf *iface = &lab.conf.iface[0];

	iface->pinned_len = 2;
	for (unsigned i = 0; i < 2; i++) {
		iface->pinned[i].addr = ip(i ? "fd00::9" : "10.0.0.9");
		put_mac(iface->pinned[i].mac, HOST);
	}
}

static inline int tcp_lab_setup(void **state)
{
	if (harness_setup(state))
		return -1;
	lab_init();
	pin_peer();
	lab_open();
	peer_reset_state();
	return 0;
}

#define TCP_TEST(fn) cmocka_unit_test_setup_teardown(fn, tcp_lab_setup, lab_teardown)

#endif

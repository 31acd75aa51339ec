// lab: a stack under test on virtual time, with one port and what it sends.
// Frames are made by frames.h. Our addresses are 10.0.0.2/24 and fd00::2/64,
// the gateways 10.0.0.1 and fd00::1; an echo service listens on port 7.
#ifndef UNIT_TCPIP_LAB_H
#define UNIT_TCPIP_LAB_H

#include "frames.h"

#include "core/mono.h"
#include "proto/tcpip/stack.h"

struct lab {
	struct stack *stack;
	struct udp *udp;
	struct stack_conf conf;
	struct netif netif;
	struct batch out;
	struct wheel wheel;
	mono_t now;
	unsigned taken;       // of out
	unsigned bursts;      // calls of the echo service
	unsigned datagrams;   // that it got
	enum drop echo_drops; // reason it gives instead of an answer
	bool echo_silent;
	uint16_t room; // of the last datagram
};

static struct lab lab;

// Answers with the request in capitals.
static inline void lab_echo(void *ctx, struct udp_dgram *dgrams, unsigned n, mono_t now)
{
	(void)now;
	assert_ptr_equal(ctx, &lab);
	lab.bursts++;
	lab.datagrams += n;
	for (unsigned i = 0; i < n; i++) {
		lab.room = dgrams[i].room;
		if (lab.echo_drops || lab.echo_silent) {
			dgrams[i].drop = lab.echo_drops;
			continue;
		}
		for (unsigned k = 0; k < dgrams[i].len; k++)
			if (dgrams[i].payload[k] >= 'a' && dgrams[i].payload[k] <= 'z')
				dgrams[i].payload[k] -= 'a' - 'A';
		dgrams[i].reply_len = dgrams[i].len;
	}
}

static inline struct prefix net(const char *text)
{
	struct prefix prefix;

	if (!addr_prefix_parse(text, &prefix))
		fail_msg("bad prefix %s", text);
	return prefix;
}

// The configuration, to be changed before lab_open.
static inline void lab_init(void)
{
	struct stack_iface_conf *iface = &lab.conf.iface[0];

	lab = (struct lab){.now = {SEC_US}};
	lab.netif = (struct netif){.mac = {2, 0, 0, 0, 0, US}, .mtu = 1500, .queues = 1};
	lab.conf.ifaces_len = 1;
	lab.conf.neighbours = 8;
	lab.conf.icmp_errors_per_s = 100;
	lab.conf.seed = 1;
	lab.conf.metric = &harness_metric;
	lab.conf.wheel = &lab.wheel;
	*iface = (struct stack_iface_conf){
	        .netif = &lab.netif,
	        .out = &lab.out,
	        .pool = &harness_pages.pool,
	        .ipv4 = {net("10.0.0.2/24")},
	        .ipv6 = {net("fd00::2/64")},
	        .ipv4_len = 1,
	        .ipv6_len = 1,
	        .gateway4 = ip("10.0.0.1"),
	        .gateway6 = ip("fd00::1"),
	};
	wheel_init(&lab.wheel, lab.now);
}

static inline void lab_open(void)
{
	struct udp_listener_conf echo = {.port = 7, .fn = lab_echo, .ctx = &lab};

	lab.stack = stack_open(&lab.conf, lab.now);
	assert_non_null(lab.stack);
	lab.udp = stack_udp(lab.stack);
	assert_int_equal(udp_listen(lab.udp, &echo, NULL), 0);
}

// Forgets what was sent.
static inline void lab_clear(void)
{
	while (lab.taken < lab.out.len)
		pkt_put(lab.out.pkt[lab.taken++]);
	lab.out.len = lab.taken = 0;
}

static inline void lab_close(void)
{
	lab_clear();
	stack_close(lab.stack);
}

static inline int lab_setup(void **state)
{
	int err = harness_setup(state);

	if (err == 0) {
		lab_init();
		lab_open();
	}
	return err;
}

static inline int lab_teardown(void **state)
{
	lab_close();
	return harness_teardown(state);
}

// The frame in two pages.
static inline void lab_in_cut(const struct frame *f, size_t cut)
{
	struct pkt *pkt = harness_chain(f->b, f->len, &cut, 1);

	stack_input(lab.stack, &pkt, 1, lab.now);
}

static inline void lab_in(const struct frame *f)
{
	struct pkt *pkt = harness_pkt(f->b, f->len);

	stack_input(lab.stack, &pkt, 1, lab.now);
}

// All timers that are due fire, however many turns of a worker that would take.
static inline void lab_advance(uint64_t us)
{
	lab.now = mono_add(lab.now, us);
	do
		wheel_tick(&lab.wheel, lab.now);
	while (mono_due(wheel_next(&lab.wheel), lab.now));
}

// How many frames wait to be taken.
static inline unsigned lab_waiting(void)
{
	return lab.out.len - lab.taken;
}

// The next frame that was sent, judged; the test fails when there is none.
static inline struct frame lab_take(void)
{
	uint8_t bytes[sizeof(((struct frame *)NULL)->b)] = {0};
	struct pkt *pkt;
	size_t len = 0;
	struct frame f;

	assert_true(lab.taken < lab.out.len);
	pkt = lab.out.pkt[lab.taken++];
	assert_int_equal(pkt->gso_size, 0);
	for (const struct pkt *part = pkt; part; part = part->next) {
		assert_in_range(len + part->len, part->len, sizeof(bytes));
		memcpy(bytes + len, pkt_data(part), part->len);
		len += part->len;
	}
	assert_int_equal(pkt_total_len(pkt), len);
	if (pkt->next && len < 60) // the device fills it up
		len = 60;
	f = frame_judge(bytes, len);
	pkt_put(pkt);
	return f;
}

// That the frame gets no answer and counts for the reason.
static inline void lab_refuses(const struct frame *f, enum drop reason)
{
	uint64_t before = harness_drops(reason);

	lab_in(f);
	if (harness_drops(reason) == before) {
		for (unsigned i = 1; i < DROP_COUNT; i++)
			if (harness_drops(i))
				print_message("drops: %s\n", drop_name(i));
		fail_msg("not dropped as %s", drop_name(reason));
	}
	assert_int_equal(harness_drops(reason), before + 1);
}

// Makes HOST and ROUTER known for both families, and forgets what was sent.
static inline void lab_meet(void)
{
	struct frame frames[] = {
	        frame_arp(HOST, 1, "10.0.0.9", "10.0.0.2"),
	        frame_arp(ROUTER, 1, "10.0.0.1", "10.0.0.2"),
	        frame_ndp("fd00::9", "fd00::2", 135, 0, "fd00::2", HOST),
	        frame_ndp("fd00::1", "fd00::2", 135, 0, "fd00::2", ROUTER),
	};

	for (unsigned i = 0; i < ARRAY_LEN(frames); i++)
		lab_in(&frames[i]);
	assert_int_equal(lab_waiting(), 4);
	lab_clear();
}

#define LAB_TEST(fn) cmocka_unit_test_setup_teardown(fn, lab_setup, lab_teardown)

#endif

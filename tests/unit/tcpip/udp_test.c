// udp: what an application does with datagrams besides answering them: who listens
// where, ports for one conversation, datagrams of its own, and pages that go on to
// somebody else. Answers in place are in stack_test.c.
#include "lab.h"

#include <errno.h>

struct sink {
	unsigned datagrams, bursts;
	uint16_t dst_port, src_port;
	char text[64]; // of the last one
	struct udp_listener *self;
};

static void note(void *ctx, struct udp_dgram *dgrams, unsigned n, mono_t now)
{
	struct sink *sink = ctx;

	sink->bursts++;
	sink->datagrams += n;
	for (unsigned i = 0; i < n; i++) {
		sink->dst_port = dgrams[i].dst_port;
		sink->src_port = dgrams[i].src_port;
		memset(sink->text, 0, sizeof(sink->text));
		memcpy(sink->text, dgrams[i].payload, size_min(dgrams[i].len, 63));
	}
}

static struct udp_listener *listen_at(const char *addr, uint16_t port, struct sink *sink)
{
	struct udp_listener_conf conf = {.port = port, .fn = note, .ctx = sink};
	struct udp_listener *listener;

	if (addr)
		conf.addr = ip(addr);
	assert_int_equal(udp_listen(lab.udp, &conf, &listener), 0);
	assert_int_equal(udp_listener_port(listener), port);
	return listener;
}

static void in_udp(const char *src, const char *dst, uint16_t port)
{
	struct frame f = frame_udp(src, dst, 4000, port, "x");

	lab_in(&f);
}

// With a second address, and room for `listeners`.
static void reopen(uint32_t listeners)
{
	lab_close();
	lab_init();
	lab.conf.iface[0].ipv4[1] = net("10.0.0.3/24");
	lab.conf.iface[0].ipv4_len = 2;
	lab.conf.udp_listeners = listeners;
	lab_open();
}

// Address and port, then port, then address, then neither; in whichever order they came.
static void test_the_closest_listener_gets_it(void **state)
{
	for (unsigned order = 0; order < 2; order++) {
		struct sink both = {0}, port = {0}, addr = {0}, any = {0};

		reopen(0);
		if (order) {
			listen_at(NULL, 0, &any);
			listen_at("10.0.0.3", 0, &addr);
			listen_at(NULL, 99, &port);
			listen_at("10.0.0.3", 99, &both);
		} else {
			listen_at("10.0.0.3", 99, &both);
			listen_at(NULL, 99, &port);
			listen_at("10.0.0.3", 0, &addr);
			listen_at(NULL, 0, &any);
		}
		in_udp("10.0.0.9", "10.0.0.3", 99);
		assert_int_equal(both.datagrams, 1);
		in_udp("10.0.0.9", "10.0.0.2", 99);
		in_udp("fd00::9", "fd00::2", 99);
		assert_int_equal(port.datagrams, 2);
		in_udp("10.0.0.9", "10.0.0.3", 100);
		assert_int_equal(addr.datagrams, 1);
		in_udp("10.0.0.9", "10.0.0.2", 65535);
		assert_int_equal(any.datagrams, 1);
		assert_int_equal(any.dst_port, 65535);
		in_udp("10.0.0.9", "10.0.0.2", 0); // is no port
		assert_int_equal(harness_drops(DROP_UDP_NO_LISTENER), order + 1);
	}
}

static void test_addresses_and_ports_are_unique(void **state)
{
	struct sink sink = {0};
	struct udp_listener_conf conf = {.fn = note, .ctx = &sink};

	reopen(0);
	listen_at("10.0.0.3", 99, &sink);
	listen_at(NULL, 99, &sink);
	listen_at("10.0.0.2", 99, &sink);
	listen_at(NULL, 0, &sink);
	assert_int_equal(udp_listen(lab.udp, &conf, NULL), -EADDRINUSE);
	conf.port = 99;
	assert_int_equal(udp_listen(lab.udp, &conf, NULL), -EADDRINUSE);
	conf.addr = ip("0.0.0.0"); // any, as :: is
	assert_int_equal(udp_listen(lab.udp, &conf, NULL), -EADDRINUSE);
	conf.addr = ip("10.0.0.3");
	assert_int_equal(udp_listen(lab.udp, &conf, NULL), -EADDRINUSE);
	conf.addr = ip("fd00::2");
	assert_int_equal(udp_listen(lab.udp, &conf, NULL), 0);
}

static void test_thousands_listen_and_places_come_back(void **state)
{
	static struct udp_listener *listener[3000];
	struct udp_listener_conf conf = {.port = 9, .fn = note};
	struct sink sink = {0};

	reopen(3001); // the echo service is one
	for (unsigned round = 0; round < 2; round++) {
		for (uint16_t i = 0; i < ARRAY_LEN(listener); i++)
			listener[i] = listen_at(NULL, (uint16_t)(1000 + i), &sink);
		assert_int_equal(udp_listen(lab.udp, &conf, NULL), -ENOSPC);
		in_udp("10.0.0.9", "10.0.0.2", 3999);
		assert_int_equal(sink.dst_port, 3999);
		for (unsigned i = 0; i < ARRAY_LEN(listener); i++)
			udp_unlisten(lab.udp, listener[i * 7 % ARRAY_LEN(listener)]);
		in_udp("10.0.0.9", "10.0.0.2", 3999);
		assert_int_equal(harness_drops(DROP_UDP_NO_LISTENER), round + 1);
	}
}

static void test_ephemeral_ports_are_free_and_random(void **state)
{
	static struct udp_listener *listener[16384];
	static bool seen[65536];
	struct udp_listener_conf conf = {.port = 7, .fn = note};
	unsigned steps = 0;

	reopen(20000);
	for (unsigned i = 0; i < ARRAY_LEN(listener); i++) {
		uint16_t port;

		assert_int_equal(udp_listen_ephemeral(lab.udp, &conf, &listener[i]), 0);
		port = udp_listener_port(listener[i]);
		assert_in_range(port, UDP_EPHEMERAL_MIN, 65535);
		assert_false(seen[port]);
		seen[port] = true;
		if (i && i < 1000)
			steps += port == udp_listener_port(listener[i - 1]) + 1;
	}
	assert_in_range(steps, 0, 10);
	assert_int_equal(udp_listen_ephemeral(lab.udp, &conf, NULL), -EADDRINUSE);
	udp_unlisten(lab.udp, listener[77]);
	assert_int_equal(udp_listen_ephemeral(lab.udp, &conf, NULL), 0);
}

// More listeners than have a group each in one burst.
static void test_a_burst_for_many_listeners(void **state)
{
	struct sink sink[30] = {0};
	struct pkt *burst[32];

	lab_meet();
	for (uint16_t i = 0; i < ARRAY_LEN(sink); i++)
		listen_at(NULL, (uint16_t)(1000 + i), &sink[i]);
	for (unsigned i = 0; i < ARRAY_LEN(burst); i++) {
		uint16_t port = i < 30 ? (uint16_t)(1000 + i) : 7;
		struct frame f = frame_udp("10.0.0.9", "10.0.0.2", 4000, port, "x");

		burst[i] = harness_pkt(f.b, f.len);
	}
	stack_input(lab.stack, burst, ARRAY_LEN(burst), lab.now);
	for (unsigned i = 0; i < ARRAY_LEN(sink); i++)
		assert_int_equal(sink[i].datagrams, 1);
	assert_int_equal(lab.datagrams, 2);
	assert_int_equal(lab.bursts, 1);
	assert_int_equal(lab_waiting(), 2);
}

static struct udp_listener *leaving[2];

// Removes both listeners, and takes their places at once.
static void leave(void *ctx, struct udp_dgram *dgrams, unsigned n, mono_t now)
{
	struct sink *sink = ctx;

	note(ctx, dgrams, n, now);
	dgrams[0].reply_len = dgrams[0].len;
	udp_unlisten(lab.udp, leaving[0]);
	udp_unlisten(lab.udp, leaving[1]);
	listen_at(NULL, 600, sink);
	listen_at(NULL, 601, sink);
}

static void test_a_listener_removes_itself_and_another(void **state)
{
	struct udp_listener_conf conf = {.port = 500, .fn = leave};
	struct sink sink = {0}, other = {0};
	struct pkt *burst[4];

	lab_meet();
	conf.ctx = &sink;
	assert_int_equal(udp_listen(lab.udp, &conf, &leaving[0]), 0);
	leaving[1] = listen_at(NULL, 501, &other);
	for (unsigned i = 0; i < ARRAY_LEN(burst); i++) {
		struct frame f = frame_udp("10.0.0.9", "10.0.0.2", 4000, 500 + i % 2, "bye");

		burst[i] = harness_pkt(f.b, f.len);
	}
	stack_input(lab.stack, burst, ARRAY_LEN(burst), lab.now);
	assert_int_equal(sink.bursts, 1);
	assert_int_equal(sink.datagrams, 2);
	assert_int_equal(other.datagrams, 0);
	assert_int_equal(harness_drops(DROP_UDP_NO_LISTENER), 2);
	assert_int_equal(lab_waiting(), 1); // the answer of who has left
	in_udp("10.0.0.9", "10.0.0.2", 601);
	assert_int_equal(sink.dst_port, 601);
}

// A burst for so many listeners that one of them leaves before its datagram is seen.
static void test_a_listener_leaves_while_groups_are_short(void **state)
{
	struct udp_listener_conf conf = {.port = 500, .fn = leave};
	struct sink sink = {0}, other = {0};
	struct pkt *burst[17];

	lab_meet();
	conf.ctx = &sink;
	assert_int_equal(udp_listen(lab.udp, &conf, &leaving[0]), 0);
	for (uint16_t port = 1000; port < 1015; port++)
		listen_at(NULL, port, &other);
	leaving[1] = listen_at(NULL, 501, &other);
	for (unsigned i = 0; i < ARRAY_LEN(burst); i++) {
		uint16_t port = i == 0 ? 500 : i == 16 ? 501 : (uint16_t)(999 + i);
		struct frame f = frame_udp("10.0.0.9", "10.0.0.2", 4000, port, "x");

		burst[i] = harness_pkt(f.b, f.len);
	}
	stack_input(lab.stack, burst, ARRAY_LEN(burst), lab.now);
	assert_int_equal(other.datagrams, 15);
	assert_int_equal(harness_drops(DROP_UDP_NO_LISTENER), 1);
}

static void assert_datagram(const struct frame *f, const char *src, uint16_t src_port,
                            const char *dst, uint16_t dst_port, const char *text)
{
	struct frame want = frame_udp(src, dst, src_port, dst_port, text);
	size_t addrs = addr_is_ipv4(ip(src)) ? 12 : 8;

	assert_memory_equal(f->b + f->l3 + addrs, want.b + want.l3 + addrs, 20 - addrs);
	assert_int_equal(f->len - f->l4, want.len - want.l4);
	assert_memory_equal(f->b + f->l4, want.b + want.l4, want.len - want.l4);
}

static void test_datagrams_of_our_own(void **state)
{
	static const struct {
		const char *src, *dst, *from;
	} cases[] = {{NULL, "10.0.0.9", "10.0.0.2"},
	             {NULL, "192.0.2.1", "10.0.0.2"},
	             {"10.0.0.3", "10.0.0.9", "10.0.0.3"},
	             {NULL, "fd00::9", "fd00::2"},
	             {"fd00::2", "2001:db8::1", "fd00::2"}};

	reopen(0);
	lab_meet();
	for (unsigned i = 0; i < ARRAY_LEN(cases); i++) {
		struct udp_flow flow = {.dst = ip(cases[i].dst),
		                        .src_port = 5000,
		                        .dst_port = 53,
		                        .ttl = (uint8_t)(i ? 3 : 0),
		                        .tos = 0xb9};
		bool v4 = addr_is_ipv4(flow.dst);
		struct udp_draft draft;
		struct frame f;

		if (cases[i].src)
			flow.src = ip(cases[i].src);
		udp_send(lab.udp, &flow, "copied", 6, lab.now);
		f = lab_take();
		assert_datagram(&f, cases[i].from, 5000, cases[i].dst, 53, "copied");
		assert_int_equal(f.b[f.l3 + (v4 ? 8 : 7)], i ? 3 : 64);
		assert_int_equal(v4 ? f.b[f.l3 + 1] : (get16(f.b + f.l3) >> 4 & 0xff), 0xb9);
		assert_true(udp_draft_open(lab.udp, &flow, &draft));
		assert_int_equal(draft.room, 1500 - (v4 ? 28 : 48));
		memcpy(draft.payload, "written in place", 16);
		udp_draft_send(lab.udp, &draft, 16, lab.now);
		f = lab_take();
		assert_datagram(&f, cases[i].from, 5000, cases[i].dst, 53, "written in place");
		assert_true(udp_draft_open(lab.udp, &flow, &draft));
		udp_draft_drop(&draft);
		assert_int_equal(lab_waiting(), 0);
	}
}

static void test_what_cannot_be_sent_is_counted(void **state)
{
	struct udp_flow flow = {.dst = ip("10.0.0.9"), .src_port = 1, .dst_port = 2};
	static const uint8_t bytes[1473];
	struct udp_draft draft;
	struct pkt *held[HARNESS_PAGES + 1];
	unsigned n = 0;

	lab_meet();
	udp_send(lab.udp, &flow, bytes, 1473, lab.now);
	assert_int_equal(harness_drops(DROP_TX_TOO_LONG), 1);
	udp_send(lab.udp, &flow, bytes, 1472, lab.now);
	assert_int_equal(lab_waiting(), 1);
	flow.src = ip("fd00::2"); // of the other family
	udp_send(lab.udp, &flow, bytes, 1, lab.now);
	assert_int_equal(harness_drops(DROP_NEIGH_NO_ROUTE), 1);
	flow.src = (struct addr){0};
	lab_clear();
	while (n < ARRAY_LEN(held) && (held[n] = pkt_alloc(&harness_pages.pool)))
		n++;
	assert_false(udp_draft_open(lab.udp, &flow, &draft));
	assert_int_equal(harness_drops(DROP_TX_NO_PAGE), 1);
	while (n)
		pkt_put(held[--n]);
}

static void test_without_a_route_there_is_no_room(void **state)
{
	struct udp_flow flow = {.dst = ip("192.0.2.1"), .src_port = 1, .dst_port = 2};
	struct udp_draft draft;

	assert_int_equal(udp_room(lab.udp, flow.dst), BATCH_MAX - lab.out.len);
	lab_close();
	lab_init();
	lab.conf.iface[0].gateway4 = (struct addr){0};
	lab_open();
	assert_int_equal(udp_room(lab.udp, flow.dst), 0);
	assert_false(udp_draft_open(lab.udp, &flow, &draft));
	assert_int_equal(harness_drops(DROP_NEIGH_NO_ROUTE), 1);
}

static struct {
	struct udp_flow on;
	uint16_t len;
	const struct pkt *page;
} passing;

static void pass_on(void *ctx, struct udp_dgram *dgrams, unsigned n, mono_t now)
{
	for (unsigned i = 0; i < n; i++) {
		passing.page = dgrams[i].pkt;
		udp_forward(lab.udp, &dgrams[i], &passing.on, passing.len, now);
	}
}

// There and back, as a load balancer does it: the client talks to port 80 of ours, the
// backend to an ephemeral port; in each case the page that came leaves.
static void test_a_datagram_goes_on_in_its_page(void **state)
{
	static const struct {
		const char *src, *dst, *from, *to;
		bool tagged;
	} cases[] = {
	        {"10.0.0.9", "10.0.0.2", "10.0.0.2", "10.0.0.1", false},
	        {"fd00::9", "fd00::2", "fd00::2", "fd00::1", false},
	        {"10.0.0.9", "10.0.0.2", "fd00::2", "fd00::1", false},
	        {"fd00::9", "fd00::2", "10.0.0.2", "192.0.2.1", false},
	        {"10.0.0.9", "10.0.0.2", "10.0.0.2", "10.0.0.1", true},
	};
	struct udp_listener_conf conf = {.port = 80, .fn = pass_on};

	lab_meet();
	assert_int_equal(udp_listen(lab.udp, &conf, NULL), 0);
	for (unsigned i = 0; i < ARRAY_LEN(cases); i++) {
		for (unsigned room = 0; room < 2; room++) {
			struct frame f = frame_udp(cases[i].src, cases[i].dst, 4000, 80, "onwards");
			struct frame out;
			struct pkt *pkt;

			if (cases[i].tagged)
				frame_tag(&f, 0xa000); // a priority only
			pkt = harness_pkt(f.b, f.len);
			if (!room) { // nothing before the frame
				memmove(pkt->page, pkt_data(pkt), pkt->len);
				pkt->off = 0;
			}
			passing.on = (struct udp_flow){
			        .dst = ip(cases[i].to), .src_port = 50000, .dst_port = 8080};
			passing.len = 7;
			stack_input(lab.stack, &pkt, 1, lab.now);
			assert_int_equal(lab_waiting(), 1);
			assert_ptr_equal(lab.out.pkt[lab.taken], passing.page);
			out = lab_take();
			assert_int_equal(out.b[5], ROUTER);
			assert_int_equal(out.l3, 14);
			assert_datagram(&out, cases[i].from, 50000, cases[i].to, 8080, "onwards");
		}
	}
}

static void test_what_cannot_go_on_is_counted(void **state)
{
	struct udp_listener_conf conf = {.port = 80, .fn = pass_on};
	struct frame f = frame_udp("10.0.0.9", "10.0.0.2", 4000, 80, "stays");
	struct pkt *pkt;

	lab_meet();
	assert_int_equal(udp_listen(lab.udp, &conf, NULL), 0);
	passing.on = (struct udp_flow){.src = ip("fd00::2"), .dst = ip("10.0.0.1")};
	passing.len = 5;
	lab_refuses(&f, DROP_NEIGH_NO_ROUTE);
	// A page that is full cannot take the longer header.
	f.len = 14 + 28 + 1440;
	frame_fix(&f, 17);
	pkt = harness_pkt(f.b, f.len);
	memmove(pkt->page, pkt_data(pkt), pkt->len);
	pkt->off = 0;
	pkt->room = pkt->len;
	passing.on = (struct udp_flow){.dst = ip("fd00::1")};
	passing.len = 1440;
	stack_input(lab.stack, &pkt, 1, lab.now);
	assert_int_equal(harness_drops(DROP_TX_TOO_LONG), 1);
}

// A device that takes pages of its own pools alone gets a copy, when there is a page.
static void test_a_page_of_another_kind_is_copied(void **state)
{
	struct udp_listener_conf conf = {.port = 80, .fn = pass_on};
	struct frame f = frame_udp("10.0.0.9", "10.0.0.2", 4000, 80, "onwards"), out;
	struct pkt *pkt, *held[HARNESS_PAGES + 1];
	struct page_array other;
	static const char kind;

	lab_meet();
	assert_int_equal(udp_listen(lab.udp, &conf, NULL), 0);
	assert_int_equal(page_array_open(&other, 1), 0);
	harness_pages.pool.kind = &kind;
	passing.on = (struct udp_flow){.dst = ip("10.0.0.1"), .src_port = 50000, .dst_port = 8080};
	passing.len = 7;
	for (unsigned round = 0; round < 2; round++) {
		unsigned n = 0;

		pkt = pkt_alloc(&other.pool);
		pkt_set_len(pkt, (uint16_t)f.len);
		memcpy(pkt_data(pkt), f.b, f.len);
		while (round && (held[n] = pkt_alloc(&harness_pages.pool)))
			n++;
		stack_input(lab.stack, &pkt, 1, lab.now);
		assert_int_equal(other.pool.avail(&other.pool), 1);
		while (n)
			pkt_put(held[--n]);
		if (round == 0) {
			out = lab_take();
			assert_datagram(&out, "10.0.0.2", 50000, "10.0.0.1", 8080, "onwards");
		}
	}
	assert_int_equal(lab_waiting(), 0);
	assert_int_equal(harness_drops(DROP_TX_NO_PAGE), 1);
	page_array_close(&other);
}

// Two that flush: who goes first changes, and who comes or goes has a turn of its own.
static struct {
	char order[64];
	unsigned len;
	struct udp_listener *both[2];
	bool more, leaves;
} flushing;

static bool flush_a(void *ctx, mono_t now)
{
	flushing.order[flushing.len++] = 'a';
	if (flushing.leaves) {
		udp_unlisten(lab.udp, flushing.both[0]);
		flushing.leaves = false;
	}
	return false;
}

static bool flush_b(void *ctx, mono_t now)
{
	flushing.order[flushing.len++] = 'b';
	return flushing.more;
}

static void test_flushing_is_fair_and_survives_removal(void **state)
{
	struct udp_listener_conf a = {.port = 500, .fn = note, .flush_fn = flush_a};
	struct udp_listener_conf b = {.port = 501, .fn = note, .flush_fn = flush_b};

	memset(&flushing, 0, sizeof(flushing));
	assert_false(stack_flush(lab.stack, lab.now));
	assert_int_equal(udp_listen(lab.udp, &a, &flushing.both[0]), 0);
	assert_int_equal(udp_listen(lab.udp, &b, &flushing.both[1]), 0);
	for (unsigned i = 0; i < 4; i++)
		assert_false(stack_flush(lab.stack, lab.now));
	assert_true(strcmp(flushing.order, "abbaabba") == 0 ||
	            strcmp(flushing.order, "baabbaab") == 0);
	flushing.more = true;
	assert_true(stack_flush(lab.stack, lab.now));
	flushing.more = false;
	flushing.leaves = true;
	assert_true(stack_flush(lab.stack, lab.now)); // b may have been passed over
	flushing.len = 0;
	assert_false(stack_flush(lab.stack, lab.now));
	assert_int_equal(flushing.len, 1);
	assert_int_equal(flushing.order[0], 'b');
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        LAB_TEST(test_the_closest_listener_gets_it),
	        LAB_TEST(test_addresses_and_ports_are_unique),
	        LAB_TEST(test_thousands_listen_and_places_come_back),
	        LAB_TEST(test_ephemeral_ports_are_free_and_random),
	        LAB_TEST(test_a_burst_for_many_listeners),
	        LAB_TEST(test_a_listener_removes_itself_and_another),
	        LAB_TEST(test_a_listener_leaves_while_groups_are_short),
	        LAB_TEST(test_datagrams_of_our_own),
	        LAB_TEST(test_what_cannot_be_sent_is_counted),
	        LAB_TEST(test_without_a_route_there_is_no_room),
	        LAB_TEST(test_a_datagram_goes_on_in_its_page),
	        LAB_TEST(test_what_cannot_go_on_is_counted),
	        LAB_TEST(test_a_page_of_another_kind_is_copied),
	        LAB_TEST(test_flushing_is_fair_and_survives_removal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

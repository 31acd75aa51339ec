// chain: frames that lie in several pages. A backend may cut them anywhere: a
// frame whose headers are in the first page is served as if it had come in one,
// any other is dropped by name, and nothing is read behind a page's data.
#include "lab.h"

#include "core/rand.h"
#include "proto/tcpip/cksum.h"

#define BIG_BYTES 8000 // of an echo's payload
#define BIG_PAGES 4

// Reasons by the first byte of the frame that is not in the first page.
struct edge {
	size_t until; // cuts below it
	enum drop reason;
};

// Cuts the frame at each place: below the edges it is refused, behind them it is
// answered like the frame in one piece.
static void assert_cuts(const struct frame *f, const struct edge *edges, size_t n)
{
	struct frame whole, answer;

	lab_in(f);
	whole = lab_take();
	lab_clear();
	for (size_t cut = 0; cut <= f->len; cut++) {
		size_t i = 0;

		lab.now.us++;
		while (i < n && cut >= edges[i].until)
			i++;
		if (i < n) {
			uint64_t before = harness_drops(edges[i].reason);

			lab_in_cut(f, cut);
			if (harness_drops(edges[i].reason) != before + 1)
				fail_msg("cut at %zu: not %s", cut, drop_name(edges[i].reason));
			assert_int_equal(lab_waiting(), 0);
			continue;
		}
		lab_in_cut(f, cut);
		answer = lab_take();
		lab_clear();
		assert_int_equal(answer.len, whole.len);
		assert_memory_equal(answer.b, whole.b, whole.len);
	}
}

#define ASSERT_CUTS(f, ...)                                                                        \
	assert_cuts(f, (const struct edge[]){__VA_ARGS__},                                         \
	            ARRAY_LEN(((const struct edge[]){__VA_ARGS__})))

static void pad_to(struct frame *f, size_t len)
{
	memset(f->b + f->len, 0xee, len - f->len);
	f->len = len;
}

static void test_each_cut_of_a_ping(void **state)
{
	struct frame f = frame_ping("10.0.0.9", "10.0.0.2");

	lab_meet();
	ASSERT_CUTS(&f, {14, DROP_ETH_SHORT}, {34, DROP_IPV4_SHORT}, {42, DROP_ICMP4_SHORT});
	pad_to(&f, 99);
	ASSERT_CUTS(&f, {14, DROP_ETH_SHORT}, {34, DROP_IPV4_SHORT}, {42, DROP_ICMP4_SHORT});
	f = frame_ping("fd00::9", "fd00::2");
	ASSERT_CUTS(&f, {14, DROP_ETH_SHORT}, {54, DROP_IPV6_SHORT}, {62, DROP_ICMP6_SHORT});
	pad_to(&f, 99);
	ASSERT_CUTS(&f, {14, DROP_ETH_SHORT}, {54, DROP_IPV6_SHORT}, {62, DROP_ICMP6_SHORT});
}

static void test_each_cut_of_options(void **state)
{
	static const uint8_t nops[8] = {1, 1, 1, 1, 1, 1, 1, 0}, skipped[6] = {1, 4};
	struct frame f = frame_ping("10.0.0.9", "10.0.0.2");

	lab_meet();
	f.b[f.l3] = 0x47;
	frame_insert(&f, f.l4, nops, sizeof(nops));
	frame_fix(&f, 1);
	ASSERT_CUTS(&f, {14, DROP_ETH_SHORT}, {42, DROP_IPV4_SHORT}, {50, DROP_ICMP4_SHORT});
	f = frame_ping("fd00::9", "fd00::2");
	frame_extend(&f, 60, 2, skipped);
	frame_fix(&f, 58);
	ASSERT_CUTS(&f, {14, DROP_ETH_SHORT}, {54, DROP_IPV6_SHORT}, {70, DROP_IPV6_EXT_SHORT},
	            {78, DROP_ICMP6_SHORT});
}

static void test_each_cut_of_a_datagram(void **state)
{
	struct frame f = frame_udp("10.0.0.9", "10.0.0.2", 4000, 7, "in one piece");

	lab_meet();
	ASSERT_CUTS(&f, {14, DROP_ETH_SHORT}, {34, DROP_IPV4_SHORT}, {42, DROP_UDP_SHORT},
	            {54, DROP_UDP_CHAINED});
	pad_to(&f, 80);
	ASSERT_CUTS(&f, {14, DROP_ETH_SHORT}, {34, DROP_IPV4_SHORT}, {42, DROP_UDP_SHORT},
	            {54, DROP_UDP_CHAINED});
	f = frame_udp("fd00::9", "fd00::2", 4000, 7, "in one piece");
	ASSERT_CUTS(&f, {14, DROP_ETH_SHORT}, {54, DROP_IPV6_SHORT}, {62, DROP_UDP_SHORT},
	            {74, DROP_UDP_CHAINED});
}

// What a packet carries behind its datagram may lie anywhere.
static void test_each_cut_behind_a_datagram(void **state)
{
	struct frame f = frame_udp("fd00::9", "fd00::2", 4000, 7, "hello");

	lab_meet();
	frame_add(&f, "surplus of RFC 768", 18);
	put16(f.b + f.l3 + 4, (unsigned)(f.len - f.l4));
	ASSERT_CUTS(&f, {14, DROP_ETH_SHORT}, {54, DROP_IPV6_SHORT}, {62, DROP_UDP_SHORT},
	            {67, DROP_UDP_CHAINED});
}

static void test_a_datagram_beyond_its_packet(void **state)
{
	struct frame f = frame_udp("10.0.0.9", "10.0.0.2", 4000, 7, "hello");
	uint64_t before = harness_drops(DROP_UDP_LENGTH);

	lab_meet();
	put16(f.b + f.l4 + 4, 14);
	lab_in_cut(&f, 44);
	assert_int_equal(harness_drops(DROP_UDP_LENGTH), before + 1);
}

static void test_each_cut_of_a_request_for_an_address(void **state)
{
	struct frame f = frame_arp(HOST, 1, "10.0.0.9", "10.0.0.2");

	ASSERT_CUTS(&f, {14, DROP_ETH_SHORT}, {42, DROP_ARP_SHORT});
}

static void test_each_cut_of_a_solicitation(void **state)
{
	struct frame f = frame_ndp("fd00::9", "fd00::2", 135, 0, "fd00::2", HOST);

	pad_to(&f, 99);
	ASSERT_CUTS(&f, {14, DROP_ETH_SHORT}, {54, DROP_IPV6_SHORT}, {62, DROP_ICMP6_SHORT},
	            {86, DROP_ICMP6_NDP_SHORT});
}

// An option that begins and ends at the cut is not overlooked.
static void test_a_solicitation_is_not_half_read(void **state)
{
	struct frame f = frame_ndp("fd00::9", "fd00::2", 135, 0, "fd00::2", HOST);
	uint64_t before = harness_drops(DROP_ICMP6_NDP_SHORT);

	lab_in_cut(&f, f.l4 + 24);
	assert_int_equal(harness_drops(DROP_ICMP6_NDP_SHORT), before + 1);
	assert_int_equal(lab_waiting(), 0);
}

static void test_each_cut_of_a_query_for_groups(void **state)
{
	static const uint8_t alert[6] = {5, 2, 0, 0, 1, 0};
	uint8_t body[24] = {0, 1};
	struct frame f = frame_icmp("fe80::9", "ff02::1", 130, 0, body, sizeof(body));

	f.b[f.l3 + 7] = 1;
	frame_extend(&f, 0, 1, alert);
	frame_fix(&f, 58);
	frame_to_group(&f);
	for (size_t cut = f.l4; cut <= f.len; cut++) {
		uint64_t before = harness_drops(DROP_ICMP6_SHORT);

		lab_in_cut(&f, cut);
		assert_int_equal(harness_drops(DROP_ICMP6_SHORT) - before, cut < f.l4 + 24);
	}
	lab_advance(SEC_US);
	assert_int_equal(lab_waiting(), 1);
}

// lab_meet, and no limit to errors.
static void meet_without_limit(void)
{
	lab_close();
	lab.conf.icmp_errors_per_s = 1000000;
	lab_open();
	lab_meet();
}

static void test_errors_quote_all_pages(void **state)
{
	uint8_t text[600];
	struct frame f;

	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = (uint8_t)i;
	meet_without_limit();
	f = frame_ip(ip("10.0.0.9"), ip("10.0.0.2"), 99, text, sizeof(text));
	ASSERT_CUTS(&f, {14, DROP_ETH_SHORT}, {34, DROP_IPV4_SHORT});
	f = frame_ip(ip("fd00::9"), ip("fd00::2"), 99, text, sizeof(text));
	ASSERT_CUTS(&f, {14, DROP_ETH_SHORT}, {54, DROP_IPV6_SHORT});
}

// An echo longer than two pages, in a buffer of its own; returns its length.
static size_t big_ping(uint8_t *b, bool v4)
{
	struct frame small =
	        v4 ? frame_ping("10.0.0.9", "10.0.0.2") : frame_ping("fd00::9", "fd00::2");
	size_t l4_len = 8 + BIG_BYTES, len = small.l4 + l4_len;
	unsigned sum = v4 ? 0 : slow_pseudo(&small, 58, l4_len);

	memcpy(b, small.b, small.l4 + 8);
	for (size_t i = small.l4 + 8; i < len; i++)
		b[i] = (uint8_t)(i * 7 + i / 251);
	put16(b + small.l4 + 2, 0);
	put16(b + small.l4 + 2, ~slow_sum(sum, b + small.l4, l4_len) & 0xffff);
	if (v4) {
		put16(b + 16, (unsigned)(20 + l4_len));
		put16(b + 24, 0);
		put16(b + 24, ~slow_sum(0, b + 14, 20) & 0xffff);
	} else {
		put16(b + 18, (unsigned)l4_len);
	}
	return len;
}

// Judges the answer to big_ping and puts it.
static void assert_big_pong(struct pkt *pkt, const uint8_t *ping, size_t len, bool v4)
{
	static uint8_t pong[BIG_BYTES + 100];
	size_t l4 = v4 ? 34 : 54;
	struct frame head = {.l3 = 14, .l4 = l4};

	assert_int_equal(pkt_total_len(pkt), len);
	pkt_read(pkt, 0, pong, (uint32_t)len);
	memcpy(head.b, pong, l4);
	assert_memory_equal(pong, ping + 6, 6);
	assert_int_equal(pong[l4], v4 ? 0 : 129);
	assert_int_equal(slow_sum(v4 ? 0 : slow_pseudo(&head, 58, len - l4), pong + l4, len - l4),
	                 0xffff);
	if (v4)
		assert_int_equal(slow_sum(0, pong + 14, 20), 0xffff);
	assert_int_equal(get16(pong + (v4 ? 16 : 18)), len - 14 - (v4 ? 0 : 40));
	assert_memory_equal(pong + l4 + 4, ping + l4 + 4, len - l4 - 4);
	pkt_put(pkt);
}

// At any split behind the headers, of parts of any length.
static void test_a_long_echo_is_answered_at_each_split(void **state)
{
	static uint8_t ping[BIG_BYTES + 100];
	struct rand rnd;

	lab_close();
	lab.netif.mtu = 9000;
	lab_open();
	lab_meet();
	rand_init(&rnd, 8);
	for (unsigned round = 0; round < 2000; round++) {
		bool v4 = round % 2;
		size_t len = big_ping(ping, v4), cuts[BIG_PAGES];
		struct pkt *pkt;

		cuts[0] = (v4 ? 42 : 62) + rand_below(&rnd, 1000);
		for (unsigned i = 1; i < BIG_PAGES; i++)
			cuts[i] = cuts[i - 1] + rand_below(&rnd, (len - cuts[i - 1]) / 2);
		if (len - cuts[BIG_PAGES - 1] > PAGE_BYTES)
			continue;
		pkt = harness_chain(ping, len, cuts, BIG_PAGES);
		pkt->gso_size = (uint16_t)(round % 3 * 500);
		stack_input(lab.stack, &pkt, 1, lab.now);
		assert_int_equal(lab.out.len, 1);
		assert_int_equal(lab.out.pkt[0]->gso_size, 0);
		assert_big_pong(lab.out.pkt[0], ping, len, v4);
		lab.out.len = 0;
	}
}

static void test_the_mtu_is_of_all_pages(void **state)
{
	static uint8_t ping[BIG_BYTES + 100];
	size_t len = big_ping(ping, true), cuts[] = {1000, 4000, 7000};
	struct pkt *pkt = harness_chain(ping, len, cuts, 3);

	lab_meet();
	stack_input(lab.stack, &pkt, 1, lab.now);
	assert_int_equal(harness_drops(DROP_TX_TOO_LONG), 1);
	assert_int_equal(lab_waiting(), 0);
}

static struct frame any_frame(struct rand *rnd)
{
	switch (rand_below(rnd, 8)) {
	case 0:
		return frame_ping("10.0.0.9", "10.0.0.2");
	case 1:
		return frame_ping("fd00::9", "fd00::2");
	case 2:
		return frame_udp("10.0.0.9", "10.0.0.2", 4000, 7, "hello");
	case 3:
		return frame_udp("fd00::9", "fd00::2", 4000, 7, "hello");
	case 4:
		return frame_arp(HOST, 1, "10.0.0.9", "10.0.0.2");
	case 5:
		return frame_ndp("fd00::9", "fd00::2", 135, 0, "fd00::2", HOST);
	case 6:
		return frame_ip(ip("10.0.0.9"), ip("10.0.0.2"), 99, "what is it", 10);
	default:
		return frame_ip(ip("fd00::9"), ip("fd00::2"), 99, "what is it", 10);
	}
}

static uint64_t named_for_cuts(void)
{
	return harness_drops(DROP_ETH_SHORT) + harness_drops(DROP_ARP_SHORT) +
	       harness_drops(DROP_IPV4_SHORT) + harness_drops(DROP_IPV6_SHORT) +
	       harness_drops(DROP_ICMP4_SHORT) + harness_drops(DROP_ICMP6_SHORT) +
	       harness_drops(DROP_ICMP6_NDP_SHORT) + harness_drops(DROP_UDP_SHORT) +
	       harness_drops(DROP_UDP_CHAINED);
}

// Several cuts, some of them at the same place, padding or not: the answer is the
// same, or there is a name for that there is none.
static void test_random_splits_change_nothing_else(void **state)
{
	struct rand rnd;

	meet_without_limit();
	rand_init(&rnd, 3);
	for (unsigned round = 0; round < 20000; round++) {
		struct frame f = any_frame(&rnd), whole, answer;
		size_t cuts[5], n = 1 + rand_below(&rnd, ARRAY_LEN(cuts));
		uint64_t before = named_for_cuts();
		struct pkt *pkt;

		lab.now.us++;
		lab_clear();
		if (rand_below(&rnd, 2))
			pad_to(&f, f.len + rand_below(&rnd, 60));
		lab_in(&f);
		whole = lab_take();
		assert_int_equal(lab_waiting(), 0);
		for (size_t i = 0; i < n; i++)
			cuts[i] = (i ? cuts[i - 1] : 0) +
			          rand_below(&rnd, f.len - (i ? cuts[i - 1] : 0) + 1);
		pkt = harness_chain(f.b, f.len, cuts, n);
		stack_input(lab.stack, &pkt, 1, lab.now);
		if (lab_waiting() == 0) {
			assert_int_equal(named_for_cuts(), before + 1);
			continue;
		}
		answer = lab_take();
		assert_int_equal(named_for_cuts(), before);
		assert_int_equal(answer.len, whole.len);
		assert_memory_equal(answer.b, whole.b, whole.len);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        LAB_TEST(test_each_cut_of_a_ping),
	        LAB_TEST(test_each_cut_of_options),
	        LAB_TEST(test_each_cut_of_a_datagram),
	        LAB_TEST(test_each_cut_behind_a_datagram),
	        LAB_TEST(test_a_datagram_beyond_its_packet),
	        LAB_TEST(test_each_cut_of_a_request_for_an_address),
	        LAB_TEST(test_each_cut_of_a_solicitation),
	        LAB_TEST(test_a_solicitation_is_not_half_read),
	        LAB_TEST(test_each_cut_of_a_query_for_groups),
	        LAB_TEST(test_errors_quote_all_pages),
	        LAB_TEST(test_a_long_echo_is_answered_at_each_split),
	        LAB_TEST(test_the_mtu_is_of_all_pages),
	        LAB_TEST(test_random_splits_change_nothing_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// udp_catch: answers of the right host are caught, in order, and whatever differs from them in any
// bit that matters is left for the stack.
#include "lab.h"

#include "proto/tcpip/ipv4_wire.h"
#include "proto/tcpip/udp_catch.h"

#define ANSWERS 4

static struct udp_train train;
static struct udp_catch catch;

static const char *const remote[] = {"10.0.0.9", "fd00::9"};
static const char *const local[] = {"10.0.0.2", "fd00::2"};

static void open_catch(unsigned family)
{
	const struct udp_flow flow = {.dst = ip(remote[family]), .dst_port = 53};
	struct frame f = frame_arp(HOST, 1, "10.0.0.9", "10.0.0.2");

	lab_in(&f);
	f = frame_ndp("fd00::9", "fd00::2", 135, 0, "fd00::2", HOST);
	lab_in(&f);
	lab_clear();
	train = (struct udp_train){.built = false};
	memset(&catch, 0, sizeof(catch));
	assert_true(udp_train_open(&train, lab.udp, &flow, lab.now));
	udp_catch_open(&catch, &train);
}

static struct frame answer(unsigned family, unsigned port, const char *text)
{
	return frame_udp(remote[family], local[family], 53, port, text);
}

// Whether the frame alone is caught; it is freed.
static bool is_caught(const struct frame *f, unsigned rx_flags)
{
	struct pkt *pkt = harness_pkt(f->b, f->len), *left = pkt;
	struct udp_caught caught;
	unsigned n;

	pkt->rx_flags = (uint8_t)rx_flags;
	n = udp_catch_take(&catch, &left, 1, &caught);
	if (n)
		assert_ptr_equal(caught.pkt, pkt);
	assert_ptr_equal(left, pkt);
	pkt_put(pkt);
	return n;
}

static void test_answers_are_caught_and_the_rest_is_left_in_order(void **state)
{
	for (unsigned family = 0; family < 2; family++) {
		struct pkt *pkts[2 * ANSWERS], *before[2 * ANSWERS];
		struct udp_caught caught[2 * ANSWERS];

		open_catch(family);
		for (unsigned i = 0; i < ANSWERS; i++) {
			struct frame f = answer(family, 20000 + i, &"an answer"[i]);
			struct frame other =
			        frame_udp(remote[family], local[family], 54, 20000, "x");

			pkts[2 * i] = harness_pkt(f.b, f.len);
			pkts[2 * i + 1] = harness_pkt(other.b, other.len);
		}
		memcpy(before, pkts, sizeof(before));
		assert_int_equal(udp_catch_take(&catch, pkts, 2 * ANSWERS, caught), ANSWERS);
		for (unsigned i = 0; i < ANSWERS; i++) {
			assert_ptr_equal(caught[i].pkt, before[2 * i]);
			assert_int_equal(caught[i].dst_port, 20000 + i);
			assert_int_equal(caught[i].len, strlen(&"an answer"[i]));
			assert_memory_equal(caught[i].payload, &"an answer"[i], caught[i].len);
			assert_ptr_equal(pkts[i], before[2 * i + 1]);
			pkt_put(caught[i].pkt);
			pkt_put(pkts[i]);
		}
	}
}

static void test_nothing_is_caught_before_it_is_opened(void **state)
{
	struct frame f = answer(0, 1, "x");

	memset(&catch, 0, sizeof(catch));
	assert_false(is_caught(&f, 0));
}

// What neither a checksum nor the comparison covers: the sender's hardware address, and of IPv6 the
// traffic class, the flow label and the hop limit.
static bool may_vary(unsigned family, size_t at, unsigned bit)
{
	if (at >= 6 && at < 12)
		return true;
	if (family == 0)
		return false;
	return (at == 14 && bit < 4) || (at > 14 && at < 18) || at == 21;
}

static void test_no_bit_that_matters_may_differ(void **state)
{
	for (unsigned family = 0; family < 2; family++) {
		struct frame f = answer(family, 20000, "answer");

		open_catch(family);
		assert_true(is_caught(&f, 0));
		for (size_t at = 0; at < f.len; at++) {
			for (unsigned bit = 0; bit < 8; bit++) {
				f.b[at] ^= 1 << bit;
				if (is_caught(&f, 0) != may_vary(family, at, bit))
					fail_msg("family %u, byte %zu, bit %u", family, at, bit);
				f.b[at] ^= 1 << bit;
			}
		}
	}
}

// With sums that are right.
static void test_another_flow_is_left(void **state)
{
	static const struct {
		const char *src, *dst;
		unsigned src_port;
	} rows[] = {{"10.0.0.8", "10.0.0.2", 53},
	            {"10.0.0.9", "10.0.0.3", 53},
	            {"10.0.0.9", "10.0.0.2", 5353},
	            {"fd00::9", "fd00::2", 53}};

	open_catch(0);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct frame f = frame_udp(rows[i].src, rows[i].dst, rows[i].src_port, 20000, "x");

		assert_false(is_caught(&f, 0));
	}
}

static void test_headers_of_another_form_are_left(void **state)
{
	static const uint8_t nops[4] = {1, 1, 1, 1};
	struct frame f;

	open_catch(0);
	f = answer(0, 1, "x");
	frame_tag(&f, 5);
	assert_false(is_caught(&f, 0));
	f = answer(0, 1, "x");
	put16(f.b + f.l3 + 6, IPV4_FLAG_DF);
	frame_fix(&f, 17);
	assert_true(is_caught(&f, 0));
	put16(f.b + f.l3 + 6, IPV4_FLAG_MF);
	frame_fix(&f, 17);
	assert_false(is_caught(&f, 0));
	put16(f.b + f.l3 + 6, 1); // the second fragment
	frame_fix(&f, 17);
	assert_false(is_caught(&f, 0));
	f = answer(0, 1, "x");
	frame_insert(&f, f.l3 + 20, nops, sizeof(nops));
	f.b[f.l3]++;
	frame_fix(&f, 17);
	assert_false(is_caught(&f, 0));
	open_catch(1);
	f = answer(1, 1, "x");
	frame_extend(&f, 60, 1, (const uint8_t[6]){1, 4});
	frame_fix(&f, 17);
	assert_false(is_caught(&f, 0));
}

static void test_lengths_have_to_agree(void **state)
{
	for (unsigned family = 0; family < 2; family++) {
		struct frame f = answer(family, 1, "answer");
		size_t whole = f.len;

		open_catch(family);
		f.len += 12; // padding of the link
		assert_true(is_caught(&f, 0));
		for (f.len = 0; f.len < whole; f.len++)
			assert_false(is_caught(&f, PKT_RX_IPV4_CKSUM_OK | PKT_RX_L4_CKSUM_OK));
		f.len = whole;
		for (unsigned len = 0; len < 64; len++) {
			put16(f.b + f.l4 + 4, len);
			assert_int_equal(is_caught(&f, PKT_RX_IPV4_CKSUM_OK | PKT_RX_L4_CKSUM_OK),
			                 len == 8 + strlen("answer"));
		}
	}
}

// A checksum that the device has verified is not computed again; one that it found wrong, and one
// that is not there, are the stack's.
static void test_the_device_may_have_verified(void **state)
{
	const unsigned good = PKT_RX_IPV4_CKSUM_OK | PKT_RX_L4_CKSUM_OK;
	struct frame f = answer(0, 1, "answer");

	open_catch(0);
	assert_false(is_caught(&f, PKT_RX_L4_CKSUM_BAD));
	assert_false(is_caught(&f, PKT_RX_IPV4_CKSUM_BAD));
	put16(f.b + f.l4 + 6, 0);
	assert_false(is_caught(&f, 0));
	put16(f.b + f.l4 + 6, 1);
	assert_false(is_caught(&f, PKT_RX_IPV4_CKSUM_OK));
	assert_true(is_caught(&f, good));
	put16(f.b + f.l3 + 10, 1);
	assert_false(is_caught(&f, PKT_RX_L4_CKSUM_OK));
	assert_true(is_caught(&f, good));
}

static void test_a_chain_is_left(void **state)
{
	struct frame f = answer(0, 1, "answer");
	const size_t cut = f.len - 2;
	struct pkt *pkt = harness_chain(f.b, f.len, &cut, 1);
	struct udp_caught caught;

	open_catch(0);
	assert_int_equal(udp_catch_take(&catch, &pkt, 1, &caught), 0);
	pkt_put(pkt);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        LAB_TEST(test_answers_are_caught_and_the_rest_is_left_in_order),
	        LAB_TEST(test_nothing_is_caught_before_it_is_opened),
	        LAB_TEST(test_no_bit_that_matters_may_differ),
	        LAB_TEST(test_another_flow_is_left),
	        LAB_TEST(test_headers_of_another_form_are_left),
	        LAB_TEST(test_lengths_have_to_agree),
	        LAB_TEST(test_the_device_may_have_verified),
	        LAB_TEST(test_a_chain_is_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

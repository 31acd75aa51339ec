// impair_device: what an impairment passes on of the device in it, and takes from
// it, with a device of the test's own: packets of several pages.
#include "harness.h"

#include "backends/mem/impair.h"

#define PERCENT ((UINT64_C(1) << 32) / 100)

static struct {
	struct netif netif;
	struct pkt *in, *sent[8];
	unsigned sent_len;
	bool closed, apart;
} inner;

static struct netif *outer;

static unsigned inner_rx(struct netif *netif, unsigned queue, struct pkt **pkts, unsigned n)
{
	if (!inner.in)
		return 0;
	pkts[0] = inner.in;
	inner.in = NULL;
	return 1;
}

static unsigned inner_tx(struct netif *netif, unsigned queue, struct pkt **pkts, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		inner.sent[inner.sent_len++] = pkts[i];
	return n;
}

static void inner_close(struct netif *netif)
{
	inner.closed = true;
}

static void inner_apart(struct netif *netif)
{
	inner.apart = true;
}

static const struct netif_ops inner_ops = {
        .rx_burst = inner_rx, .tx_burst = inner_tx, .apart = inner_apart, .close = inner_close};

static void open_over(struct impair_conf conf)
{
	memset(&inner, 0, sizeof(inner));
	inner.netif.ops = &inner_ops;
	inner.netif.queues = 1;
	inner.netif.pool[0] = &harness_pages.pool;
	inner.netif.metric[0] = &harness_metric;
	inner.netif.offloads = NETIF_RX_CKSUM | NETIF_TX_L4_CKSUM | NETIF_TX_TSO4 | NETIF_TX_TSO6;
	conf.limit = IMPAIR_LIMIT;
	assert_int_equal(impair_open(&inner.netif, &conf, &outer), 0);
}

static void close_outer(void)
{
	for (unsigned i = 0; i < inner.sent_len; i++)
		pkt_put(inner.sent[i]);
	outer->ops->close(outer);
	assert_true(inner.closed);
}

static struct pkt *chain(void)
{
	struct pkt *pkt = harness_chain("abcdefghi", 9, (const size_t[]){3, 7}, 2);

	pkt->gso_size = 5;
	pkt->rx_flags = PKT_RX_L4_CKSUM_BLANK | PKT_RX_L4_CKSUM_OK;
	return pkt;
}

static unsigned wrong_bits(const struct pkt *pkt)
{
	static const char text[] = "abcdefghi";
	uint8_t bytes[9];
	unsigned bits = 0;

	assert_int_equal(pkt_total_len(pkt), sizeof(bytes));
	pkt_read(pkt, 0, bytes, sizeof(bytes));
	for (unsigned i = 0; i < sizeof(bytes); i++)
		bits += (unsigned)__builtin_popcount(bytes[i] ^ (unsigned)text[i]);
	return bits;
}

static void test_a_chain_is_doubled_whole(void **state)
{
	struct pkt *pkt = chain();

	open_over((struct impair_conf){.dup_q32 = 100 * PERCENT});
	assert_int_equal(outer->ops->tx_burst(outer, 0, &pkt, 1), 1);
	assert_int_equal(inner.sent_len, 2);
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(wrong_bits(inner.sent[i]), 0);
		assert_int_equal(inner.sent[i]->gso_size, 5);
		assert_int_equal(inner.sent[i]->rx_flags,
		                 PKT_RX_L4_CKSUM_BLANK | PKT_RX_L4_CKSUM_OK);
	}
	assert_ptr_not_equal(inner.sent[0]->page, inner.sent[1]->page);
	close_outer();
}

static void test_each_segment_comes_and_goes_alone(void **state)
{
	open_over((struct impair_conf){0});
	assert_true(inner.apart);
	assert_int_equal(outer->offloads, NETIF_RX_CKSUM | NETIF_TX_L4_CKSUM);
	close_outer();
	open_over((struct impair_conf){.corrupt_q32 = PERCENT});
	assert_int_equal(outer->offloads, NETIF_RX_CKSUM);
	close_outer();
}

// For each number of free pages: all of the copy or nothing of it.
static void test_a_chain_is_not_doubled_in_part(void **state)
{
	static const uint8_t bytes[PAGE_BYTES + 100];

	for (unsigned left = 0; left <= 2; left++) {
		struct pkt *pkt = harness_chain(bytes, sizeof(bytes), (const size_t[]){2000}, 1);
		struct pkt *held[HARNESS_PAGES];
		unsigned n = 0;

		open_over((struct impair_conf){.dup_q32 = 100 * PERCENT});
		while (harness_pages.pool.avail(&harness_pages.pool) > left)
			held[n++] = pkt_alloc(&harness_pages.pool);
		assert_int_equal(outer->ops->tx_burst(outer, 0, &pkt, 1), 1);
		assert_int_equal(inner.sent_len, left == 2 ? 2 : 1);
		while (n)
			pkt_put(held[--n]);
		close_outer();
	}
}

static void test_one_bit_of_any_page_is_turned(void **state)
{
	unsigned behind = 0;

	for (uint64_t seed = 0; seed < 32; seed++) {
		struct pkt *pkt = chain();

		open_over((struct impair_conf){.corrupt_q32 = 100 * PERCENT, .seed = seed});
		assert_int_equal(outer->ops->tx_burst(outer, 0, &pkt, 1), 1);
		assert_int_equal(wrong_bits(inner.sent[0]), 1);
		behind += memcmp(pkt_data(inner.sent[0]), "abc", 3) == 0;
		assert_int_equal(inner.sent[0]->rx_flags, 0);
		close_outer();
	}
	assert_in_range(behind, 8, 31);
}

static void test_what_is_broken_is_not_made_good_by_the_device(void **state)
{
	open_over((struct impair_conf){.corrupt_q32 = PERCENT});
	assert_int_equal(outer->offloads, NETIF_RX_CKSUM);
	close_outer();
}

// A backend that is made anew may do less than the one before, or more.
static void test_abilities_follow_a_new_link(void **state)
{
	struct pkt *pkts[8];

	open_over((struct impair_conf){.corrupt_q32 = PERCENT});
	inner.netif.offloads = NETIF_RX_CKSUM | NETIF_TX_L4_CKSUM;
	outer->ops->rx_burst(outer, 0, pkts, ARRAY_LEN(pkts));
	assert_int_equal(outer->offloads, NETIF_RX_CKSUM);
	inner.netif.generation++;
	outer->ops->rx_burst(outer, 0, pkts, ARRAY_LEN(pkts));
	assert_int_equal(outer->generation, 1);
	assert_int_equal(outer->offloads, NETIF_RX_CKSUM);
	close_outer();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        POOL_TEST(test_a_chain_is_doubled_whole),
	        POOL_TEST(test_each_segment_comes_and_goes_alone),
	        POOL_TEST(test_a_chain_is_not_doubled_in_part),
	        POOL_TEST(test_one_bit_of_any_page_is_turned),
	        POOL_TEST(test_abilities_follow_a_new_link),
	        POOL_TEST(test_what_is_broken_is_not_made_good_by_the_device),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

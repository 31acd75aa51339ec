// pkt: moving the view's edges, sharing by count, chains, and the transmit batch.
#include "harness.h"

static void test_pull_and_push_move_the_front(void **state)
{
	struct pkt *pkt = harness_pkt("abcdef", 6);
	uint16_t off = pkt->off;

	pkt_pull(pkt, 2);
	assert_int_equal(pkt->off, off + 2);
	assert_memory_equal(pkt_data(pkt), "cdef", 4);
	assert_memory_equal(pkt_push(pkt, 2), "abcdef", 6);
	pkt_trim(pkt, 3);
	assert_int_equal(pkt->len, 3);
	assert_int_equal(pkt_tailroom(pkt), PAGE_BYTES - off - 3);
	pkt_put(pkt);
}

static void test_a_shared_page_goes_back_with_its_last_reference(void **state)
{
	struct pkt *pkt = harness_pkt("x", 1);

	pkt_get(pkt);
	pkt_put(pkt);
	assert_int_equal(harness_pages.pool.avail(&harness_pages.pool), HARNESS_PAGES - 1);
	pkt_put(pkt);
	assert_int_equal(harness_pages.pool.avail(&harness_pages.pool), HARNESS_PAGES);
}

static void test_drop_counts_and_frees(void **state)
{
	pkt_drop(&harness_metric, harness_pkt("x", 1), DROP_ETH_SHORT);
	assert_int_equal(harness_drops(DROP_ETH_SHORT), 1);
}

static void test_a_full_batch_drops_by_name(void **state)
{
	struct batch batch = {0};
	struct pkt *pkt = harness_pkt("x", 1);

	batch.len = BATCH_MAX - 1;
	batch_add(&batch, &harness_metric, pkt);
	batch_add(&batch, &harness_metric, harness_pkt("y", 1));
	assert_int_equal(batch.len, BATCH_MAX);
	assert_int_equal(harness_drops(DROP_TX_BATCH_FULL), 1);
	pkt_put(pkt);
}

// "abc", "defg" and "hi" in three pages.
static struct pkt *three(void)
{
	return harness_chain("abcdefghi", 9, (const size_t[]){3, 7}, 2);
}

static void test_a_chain_is_put_as_one(void **state)
{
	struct pkt *pkt = three();

	assert_int_equal(pkt_total_len(pkt), 9);
	pkt_get(pkt);
	pkt_put(pkt);
	assert_int_equal(harness_pages.pool.avail(&harness_pages.pool), HARNESS_PAGES - 3);
	pkt_drop(&harness_metric, pkt, DROP_ETH_SHORT);
	assert_int_equal(harness_pages.pool.avail(&harness_pages.pool), HARNESS_PAGES);
	assert_int_equal(harness_drops(DROP_ETH_SHORT), 1);
}

// As TCP's pages that wait for an acknowledgement: the chain's reference to each goes with the
// first, whoever frees that.
static void test_pages_of_a_chain_may_have_holders(void **state)
{
	for (unsigned holders = 0; holders < 8; holders++) {
		struct pkt *parts[3], *pkt = three();

		for (unsigned i = 0; i < 3; i++, pkt = pkt->next) {
			parts[i] = pkt;
			if (holders & 1u << i)
				pkt_get(pkt);
		}
		pkt_put(parts[0]);
		if (holders & 1) {
			assert_ptr_equal(parts[0]->next, parts[1]);
			pkt_put(parts[0]);
		}
		for (unsigned i = 1; i < 3; i++) {
			if (!(holders & 1u << i))
				continue;
			assert_int_equal(parts[i]->refs, 1);
			assert_null(parts[i]->next);
			pkt_put(parts[i]);
		}
		assert_int_equal(harness_pages.pool.avail(&harness_pages.pool), HARNESS_PAGES);
	}
}

static void test_a_chain_is_trimmed_to_any_length(void **state)
{
	static const uint32_t pages[] = {1, 1, 1, 1, 2, 2, 2, 2, 3, 3};

	for (uint32_t len = 0; len <= 9; len++) {
		struct pkt *pkt = three();
		char text[9];

		pkt_trim(pkt, len);
		assert_int_equal(pkt_total_len(pkt), len);
		assert_int_equal(pkt->len, len < 3 ? len : 3);
		assert_int_equal(harness_pages.pool.avail(&harness_pages.pool),
		                 HARNESS_PAGES - pages[len]);
		pkt_read(pkt, 0, text, len);
		assert_memory_equal(text, "abcdefghi", len);
		pkt_put(pkt);
	}
}

static void test_empty_pages_go_with_the_trim(void **state)
{
	struct pkt *pkt = harness_chain("abc", 3, (const size_t[]){0, 0, 3, 3}, 4);

	pkt_trim(pkt, 3);
	assert_int_equal(harness_pages.pool.avail(&harness_pages.pool), HARNESS_PAGES - 3);
	assert_int_equal(pkt_total_len(pkt), 3);
	pkt_put(pkt);
}

static void test_any_part_of_a_chain_is_read(void **state)
{
	struct pkt *pkt = three();

	for (uint32_t from = 0; from <= 9; from++) {
		for (uint32_t len = 0; len <= 9 - from; len++) {
			char text[10] = {0};

			pkt_read(pkt, from, text, len);
			assert_memory_equal(text, &"abcdefghi"[from], len);
			assert_int_equal(text[len], 0);
		}
	}
	pkt_put(pkt);
}

static void test_a_copy_is_the_same_frame_in_fewer_pages(void **state)
{
	struct pkt *pkt = three(), *copy;
	char text[9];

	pkt->l2 = pkt->off;
	pkt->l3 = (uint16_t)(pkt->off + 1);
	pkt->l4 = (uint16_t)(pkt->off + 2);
	pkt->gso_size = 7;
	pkt->hash = 8;
	pkt->rx_flags = PKT_RX_L4_CKSUM_OK;
	pkt->tx_flags = PKT_TX_TCP_CKSUM;
	copy = pkt_copy(&harness_pages.pool, pkt);
	assert_non_null(copy);
	assert_null(copy->next);
	assert_int_equal(copy->len, 9);
	pkt_read(copy, 0, text, 9);
	assert_memory_equal(text, "abcdefghi", 9);
	assert_int_equal(copy->l3 - copy->off, 1);
	assert_int_equal(copy->l4 - copy->off, 2);
	assert_int_equal(copy->gso_size, 7);
	assert_int_equal(copy->hash, 8);
	assert_int_equal(copy->rx_flags, PKT_RX_L4_CKSUM_OK);
	assert_int_equal(copy->tx_flags, PKT_TX_TCP_CKSUM);
	pkt_put(copy);
	pkt_put(pkt);
}

static void test_there_is_no_copy_without_pages(void **state)
{
	static uint8_t bytes[2 * PAGE_BYTES];
	struct pkt *pkt = harness_chain(bytes, sizeof(bytes), (const size_t[]){3000, 6000}, 2);
	struct pkt *held[HARNESS_PAGES];
	unsigned n = 0;

	while (harness_pages.pool.avail(&harness_pages.pool) > 1)
		held[n++] = pkt_alloc(&harness_pages.pool);
	assert_null(pkt_copy(&harness_pages.pool, pkt));
	assert_int_equal(harness_pages.pool.avail(&harness_pages.pool), 1);
	while (n)
		pkt_put(held[--n]);
	pkt_put(pkt);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        POOL_TEST(test_a_copy_is_the_same_frame_in_fewer_pages),
	        POOL_TEST(test_there_is_no_copy_without_pages),
	        POOL_TEST(test_pull_and_push_move_the_front),
	        POOL_TEST(test_a_shared_page_goes_back_with_its_last_reference),
	        POOL_TEST(test_drop_counts_and_frees),
	        POOL_TEST(test_a_full_batch_drops_by_name),
	        POOL_TEST(test_a_chain_is_put_as_one),
	        POOL_TEST(test_pages_of_a_chain_may_have_holders),
	        POOL_TEST(test_a_chain_is_trimmed_to_any_length),
	        POOL_TEST(test_empty_pages_go_with_the_trim),
	        POOL_TEST(test_any_part_of_a_chain_is_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// page: a pool gives each page once, coloured, and takes it back.
#include "harness.h"

static void test_each_page_is_given_once(void **state)
{
	struct pkt *all[HARNESS_PAGES];

	for (int i = 0; i < HARNESS_PAGES; i++) {
		all[i] = pkt_alloc(&harness_pages.pool);
		assert_non_null(all[i]);
		memset(all[i]->page, i, PAGE_BYTES);
	}
	assert_null(pkt_alloc(&harness_pages.pool));
	for (int i = 0; i < HARNESS_PAGES; i++) {
		assert_int_equal(all[i]->page[0], i);
		assert_int_equal(all[i]->page[PAGE_BYTES - 1], i);
		pkt_put(all[i]);
	}
}

static void test_neighbouring_pages_differ_in_colour(void **state)
{
	uint32_t seen = 0;
	struct pkt *all[PAGE_COLOURS];

	for (int i = 0; i < PAGE_COLOURS; i++) {
		all[i] = pkt_alloc(&harness_pages.pool);
		seen |= 1u << (all[i]->off - PAGE_HEADROOM_BYTES) / PAGE_COLOUR_BYTES;
	}
	assert_int_equal(seen, (1u << PAGE_COLOURS) - 1);
	for (int i = 0; i < PAGE_COLOURS; i++)
		pkt_put(all[i]);
}

static void test_the_page_freed_last_is_given_first(void **state)
{
	struct pkt *pkt = pkt_alloc(&harness_pages.pool);

	pkt_put(pkt);
	assert_ptr_equal(pkt_alloc(&harness_pages.pool), pkt);
	pkt_put(pkt);
}

static void test_memory_of_the_caller(void **state)
{
	static _Alignas(PAGE_BYTES) uint8_t memory[4 * PAGE_BYTES];
	struct page_array array;
	struct pkt *pkt;

	assert_int_equal(page_array_init(&array, memory, 4), 0);
	pkt = pkt_alloc(&array.pool);
	assert_in_range(pkt->page - memory, 0, sizeof(memory) - PAGE_BYTES);
	pkt_put(pkt);
	page_array_close(&array);
	memory[0] = 1; // not poisoned any more
}

static void test_pages_move_with_what_they_hold(void **state)
{
	static _Alignas(PAGE_BYTES) uint8_t before[4 * PAGE_BYTES], after[4 * PAGE_BYTES];
	struct page_array array;
	struct pkt *out, *more;

	assert_int_equal(page_array_init(&array, before, 4), 0);
	out = pkt_alloc(&array.pool);
	more = pkt_alloc(&array.pool);
	memcpy(pkt_data(out), "moved", 5);
	pkt_set_len(out, 5);
	out->next = more;
	page_array_move(&array, after);
	assert_in_range(out->page - after, 0, sizeof(after) - PAGE_BYTES);
	assert_memory_equal(pkt_data(out), "moved", 5);
	assert_ptr_equal(out->next, more);
	assert_ptr_equal(out->page, after + out->index * PAGE_BYTES);
	memset(before, 0, sizeof(before)); // the caller's again, not poisoned
	assert_memory_equal(pkt_data(out), "moved", 5);
	pkt_put(out);
	for (unsigned i = 0; i < 4; i++) {
		struct pkt *pkt = pkt_alloc(&array.pool);

		assert_non_null(pkt);
		assert_ptr_equal(pkt->page, after + pkt->index * PAGE_BYTES);
		pkt->page[0] = pkt->page[PAGE_BYTES - 1] = 1;
		pkt->next = i ? out : NULL;
		out = pkt;
	}
	pkt_put(out);
	page_array_close(&array);
	after[0] = 1;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        POOL_TEST(test_each_page_is_given_once),
	        POOL_TEST(test_neighbouring_pages_differ_in_colour),
	        POOL_TEST(test_the_page_freed_last_is_given_first),
	        cmocka_unit_test(test_memory_of_the_caller),
	        cmocka_unit_test(test_pages_move_with_what_they_hold),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

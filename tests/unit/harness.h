// harness: what every cmocka program of wadi starts with: cmocka's headers in
// their order, and a pool whose balance is asserted at the end of each test.
#ifndef UNIT_HARNESS_H
#define UNIT_HARNESS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/pkt.h"

#ifndef HARNESS_PAGES
#define HARNESS_PAGES 64
#endif

// One pool and one set of counters, fresh for each test.
static struct page_array harness_pages;
static struct worker_metric harness_metric;

static inline int harness_setup(void **state)
{
	(void)state;
	harness_metric = (struct worker_metric){0};
	return page_array_open(&harness_pages, HARNESS_PAGES);
}

static inline int harness_teardown(void **state)
{
	(void)state;
	assert_int_equal(harness_pages.pool.avail(&harness_pages.pool), HARNESS_PAGES);
	page_array_close(&harness_pages);
	return 0;
}

// A packet of the harness's pool that holds a copy of the bytes.
static inline struct pkt *harness_pkt(const void *bytes, size_t len)
{
	struct pkt *pkt = pkt_alloc(&harness_pages.pool);

	assert_non_null(pkt);
	pkt_set_len(pkt, (uint16_t)len);
	memcpy(pkt_data(pkt), bytes, len);
	return pkt;
}

// The bytes as a chain whose pages end at the cuts, in ascending order.
static inline struct pkt *harness_chain(const void *bytes, size_t len, const size_t *cuts, size_t n)
{
	struct pkt *first = NULL, *last = NULL;
	size_t at = 0;

	for (size_t i = 0; i <= n; i++) {
		size_t end = i < n ? cuts[i] : len;
		struct pkt *pkt = pkt_alloc(&harness_pages.pool);

		assert_non_null(pkt);
		pkt->off = (uint16_t)size_min(pkt->off, pkt->room - (end - at));
		pkt_set_len(pkt, (uint16_t)(end - at));
		memcpy(pkt_data(pkt), (const uint8_t *)bytes + at, end - at);
		if (last)
			last->next = pkt;
		else
			first = pkt;
		last = pkt;
		at = end;
	}
	first->more = (uint32_t)(len - first->len);
	return first;
}

static inline uint64_t harness_drops(enum drop reason)
{
	return counter_get(&harness_metric.drop[reason]);
}

#define POOL_TEST(fn) cmocka_unit_test_setup_teardown(fn, harness_setup, harness_teardown)

#endif

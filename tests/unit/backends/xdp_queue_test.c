// xdp_queue: frames pass the four rings of a socket, whose other side is played here as
// the kernel does it. Closing asserts that the pool is whole again.
#include "harness.h"

#include "backends/xdp/queue.h"

#include <stdlib.h>

#define SLOTS 8
#define PAGES 24
#define FRONT 256 // what the kernel keeps in front of a frame

// A ring in plain memory, and how far the kernel is.
struct ring {
	uint32_t producer, consumer, flags;
	uint64_t addrs[SLOTS];
	struct xdp_desc descs[SLOTS];
};

static struct ring rx, tx, fill, done;
static struct xdp_queue *q;
static struct netif netif;

static struct xdp_ring ring_of(struct ring *ring, bool descs)
{
	*ring = (struct ring){0};
	return (struct xdp_ring){.producer = &ring->producer,
	                         .consumer = &ring->consumer,
	                         .flags = &ring->flags,
	                         .slots = descs ? (void *)ring->descs : ring->addrs,
	                         .mask = SLOTS - 1};
}

static int setup(void **state)
{
	if (harness_setup(state))
		return -1;
	q = aligned_alloc(CACHE_LINE_BYTES, sizeof(*q));
	assert_non_null(q);
	memset(q, 0, sizeof(*q));
	q->colours = PAGE_COLOURS;
	q->sock = (struct xdp_socket){-1, ring_of(&rx, true), ring_of(&tx, true),
	                              ring_of(&fill, false), ring_of(&done, false)};
	q->sock.tx.limit = q->sock.fill.limit = SLOTS;
	assert_int_equal(page_array_open(&q->pages, PAGES), 0);
	netif = (struct netif){.iface = 3, .pool = {&q->pages.pool}, .metric = {&harness_metric}};
	xdp_queue_fill(q, SLOTS);
	return 0;
}

static int teardown(void **state)
{
	xdp_queue_drain(q);
	page_array_close(&q->pages); // asserts that each page is back
	free(q);
	return harness_teardown(state);
}

#define QUEUE_TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

// A frame that begins with the byte arrives; false when the kernel has no page or no room.
static bool kernel_receives(uint8_t first, uint16_t len)
{
	uint64_t addr;
	uint8_t *frame;

	if (fill.consumer == fill.producer || rx.producer - rx.consumer == SLOTS)
		return false;
	addr = fill.addrs[fill.consumer++ % SLOTS];
	frame = (uint8_t *)q->pages.owned + addr + FRONT;
	memset(frame, 0, len);
	frame[0] = first;
	rx.descs[rx.producer++ % SLOTS] = (struct xdp_desc){addr | (uint64_t)FRONT << 48, len, 0};
	return true;
}

// The first byte of the frame that the kernel sends next, -1 when there is none. Its page
// comes back.
static int kernel_sends(void)
{
	struct xdp_desc desc;

	if (tx.consumer == tx.producer)
		return -1;
	desc = tx.descs[tx.consumer++ % SLOTS];
	assert_in_range(desc.len, 1, PAGE_BYTES);
	done.addrs[done.producer++ % SLOTS] = desc.addr;
	return ((uint8_t *)q->pages.owned)[desc.addr];
}

static unsigned receive(struct pkt **pkts, unsigned n)
{
	return xdp_queue_receive(q, &netif, 0, pkts, n);
}

static unsigned send_all(struct pkt **pkts, unsigned n)
{
	return xdp_queue_send(q, &harness_metric, pkts, n);
}

static uint32_t avail(void)
{
	return q->pages.pool.avail(&q->pages.pool);
}

static uint64_t dropped(enum drop reason)
{
	return counter_get(&harness_metric.drop[reason]);
}

static struct pkt *own_pkt(uint8_t first)
{
	struct pkt *pkt = pkt_alloc(&q->pages.pool);

	assert_non_null(pkt);
	pkt_set_len(pkt, 60);
	pkt_data(pkt)[0] = first;
	return pkt;
}

static void test_a_burst_arrives_in_order_and_is_replaced(void **state)
{
	struct pkt *pkts[SLOTS];

	assert_int_equal(receive(pkts, SLOTS), 0);
	for (uint8_t i = 0; i < 5; i++)
		assert_true(kernel_receives(i, (uint16_t)(60 + i)));
	assert_int_equal(receive(pkts, 3), 3);
	assert_int_equal(receive(pkts + 3, SLOTS), 2);
	for (uint8_t i = 0; i < 5; i++) {
		assert_int_equal(pkt_data(pkts[i])[0], i);
		assert_int_equal(pkts[i]->len, 60 + i);
		assert_int_equal(pkts[i]->iface, 3);
		assert_int_equal(pkts[i]->refs, 1);
		// Room for the headers that the stack prepends.
		assert_true(pkts[i]->off >= FRONT);
		pkt_put(pkts[i]);
	}
	assert_int_equal(fill.producer - fill.consumer, SLOTS);
	assert_int_equal(avail(), PAGES - SLOTS);
}

static void test_frames_begin_at_different_places_of_their_pages(void **state)
{
	uint32_t seen = 0;

	for (uint32_t i = 0; i < SLOTS; i++)
		seen |= UINT32_C(1) << fill.addrs[i] % PAGE_BYTES / PAGE_COLOUR_BYTES;
	assert_int_equal(__builtin_popcount(seen), SLOTS);
	assert_true(fill.addrs[0] % PAGE_BYTES + 2048 <= PAGE_BYTES);
}

static void test_a_reply_leaves_in_the_page_of_its_request(void **state)
{
	struct pkt *pkt;
	uint8_t *page;

	assert_true(kernel_receives(7, 60));
	assert_int_equal(receive(&pkt, 1), 1);
	page = pkt->page;
	assert_int_equal(send_all(&pkt, 1), 1);
	assert_ptr_equal((uint8_t *)q->pages.owned + tx.descs[0].addr / PAGE_BYTES * PAGE_BYTES,
	                 page);
	assert_int_equal(kernel_sends(), 7);
	assert_int_equal(avail(), PAGES - SLOTS - 1);
	assert_int_equal(send_all(NULL, 0), 0); // takes back what was sent
	assert_int_equal(avail(), PAGES - SLOTS);
}

static void test_rings_wrap_round(void **state)
{
	struct pkt *pkt;

	for (unsigned i = 0; i < 5 * SLOTS; i++) {
		assert_true(kernel_receives((uint8_t)i, 60));
		assert_int_equal(receive(&pkt, 1), 1);
		assert_int_equal(send_all(&pkt, 1), 1);
		assert_int_equal(kernel_sends(), i);
	}
	send_all(NULL, 0);
	assert_int_equal(avail(), PAGES - SLOTS);
}

static void test_a_full_transmit_ring_leaves_the_rest_to_the_caller(void **state)
{
	struct pkt *pkts[SLOTS + 2];

	for (uint8_t i = 0; i < SLOTS + 2; i++)
		pkts[i] = own_pkt(i);
	assert_int_equal(send_all(pkts, SLOTS + 2), SLOTS);
	assert_int_equal(send_all(pkts + SLOTS, 2), 0);
	assert_int_equal(kernel_sends(), 0);
	assert_int_equal(send_all(pkts + SLOTS, 2), 1);
	for (int i = 1; i <= SLOTS; i++)
		assert_int_equal(kernel_sends(), i);
	assert_int_equal(kernel_sends(), -1);
	assert_int_equal(send_all(pkts + SLOTS + 1, 1), 1);
	assert_int_equal(kernel_sends(), SLOTS + 1);
}

// The stack holds all pages for a while: what the fill ring lacks comes later.
static void test_a_missing_page_is_owed_to_the_fill_ring(void **state)
{
	struct pkt *held[PAGES], *pkts[SLOTS];
	unsigned n = 0;

	while (avail())
		held[n++] = own_pkt(0);
	for (uint8_t i = 0; i < SLOTS; i++)
		assert_true(kernel_receives(i, 60));
	assert_false(kernel_receives(9, 60));
	assert_int_equal(receive(pkts, SLOTS), SLOTS);
	assert_int_equal(fill.producer - fill.consumer, 0);
	while (n)
		pkt_put(held[--n]);
	for (unsigned i = 0; i < SLOTS; i++)
		pkt_put(pkts[i]);
	assert_int_equal(receive(pkts, SLOTS), 0);
	assert_int_equal(fill.producer - fill.consumer, SLOTS);
	assert_true(kernel_receives(9, 60));
	assert_int_equal(receive(pkts, SLOTS), 1);
	pkt_put(pkts[0]);
}

// All other pages are held, and what was answered lies in the completion ring: without it the
// fill ring would stay empty, nothing arrive, nothing be sent, and nothing be taken back.
static void test_pages_that_were_sent_come_back_though_nothing_arrives(void **state)
{
	struct pkt *held[PAGES], *pkts[SLOTS];
	unsigned n = 0;

	while (avail())
		held[n++] = own_pkt(0);
	for (uint8_t i = 0; i < SLOTS; i++)
		assert_true(kernel_receives(i, 60));
	assert_int_equal(receive(pkts, SLOTS), SLOTS);
	assert_int_equal(send_all(pkts, SLOTS), SLOTS);
	for (int i = 0; i < SLOTS; i++)
		assert_int_equal(kernel_sends(), i);
	assert_int_equal(receive(pkts, SLOTS), 0);
	assert_int_equal(fill.producer - fill.consumer, SLOTS);
	while (n)
		pkt_put(held[--n]);
	assert_int_equal(avail(), PAGES - SLOTS);
}

// While the stack holds pages, the fill ring gets those that exceed what is kept for answers.
static void test_the_fill_ring_leaves_pages_to_what_is_sent(void **state)
{
	struct pkt *held[PAGES], *pkts[3];
	unsigned n = 0;

	q->kept = 4;
	while (avail() > 4)
		held[n++] = own_pkt(0);
	for (uint8_t i = 0; i < 3; i++)
		assert_true(kernel_receives(i, 60));
	assert_int_equal(receive(pkts, 3), 3);
	assert_int_equal(avail(), 4);
	assert_int_equal(fill.producer - fill.consumer, SLOTS - 3);
	pkt_put(pkts[0]);
	pkt_put(pkts[1]);
	assert_int_equal(receive(pkts, 1), 0);
	assert_int_equal(avail(), 4);
	assert_int_equal(fill.producer - fill.consumer, SLOTS - 1);
	pkt_put(pkts[2]);
	while (n)
		pkt_put(held[--n]);
	assert_int_equal(receive(pkts, 1), 0);
	assert_int_equal(fill.producer - fill.consumer, SLOTS);
}

static void test_a_shared_page_stays_its_other_holders(void **state)
{
	struct pkt *pkt = own_pkt(5);

	pkt_get(pkt);
	assert_int_equal(send_all(&pkt, 1), 1);
	assert_int_equal(kernel_sends(), 5);
	send_all(NULL, 0);
	assert_int_equal(pkt->refs, 1);
	assert_int_equal(send_all(&pkt, 1), 1); // and again
	assert_int_equal(kernel_sends(), 5);
	send_all(NULL, 0);
	assert_int_equal(avail(), PAGES - SLOTS);
}

// Frames in several pages or in another pool's are sent as copies, and one that no page
// holds is dropped; others keep their order.
static void test_what_the_ring_cannot_take_is_copied(void **state)
{
	static const size_t cuts[] = {40, 90};
	static const uint8_t bytes[3 * PAGE_BYTES] = {2};
	static const size_t page_cuts[] = {3000, 6000};
	struct pkt *pkts[] = {own_pkt(1), harness_chain(bytes, 120, cuts, ARRAY_LEN(cuts)),
	                      harness_chain(bytes, 8000, page_cuts, ARRAY_LEN(page_cuts)),
	                      harness_pkt((const uint8_t[60]){3}, 60), own_pkt(4)};

	assert_int_equal(send_all(pkts, ARRAY_LEN(pkts)), ARRAY_LEN(pkts));
	for (int first = 1; first <= 4; first++)
		assert_int_equal(kernel_sends(), first);
	assert_int_equal(tx.descs[1].len, 120);
	assert_int_equal(kernel_sends(), -1);
	assert_int_equal(dropped(DROP_TX_TOO_LONG), 1);
	assert_int_equal(counter_get(&q->tx_copied), 2);
}

static void test_a_copy_without_a_page_is_dropped(void **state)
{
	struct pkt *held[PAGES], *pkt = harness_pkt((const uint8_t[60]){3}, 60);
	unsigned n = 0;

	while (avail())
		held[n++] = own_pkt(0);
	assert_int_equal(send_all(&pkt, 1), 1);
	assert_int_equal(kernel_sends(), -1);
	assert_int_equal(dropped(DROP_TX_NO_PAGE), 1);
	while (n)
		pkt_put(held[--n]);
}

// The other tests close with pages in the fill ring, this one with some in each.
static void test_pages_in_any_ring_come_back_at_the_end(void **state)
{
	struct pkt *pkts[] = {own_pkt(1), own_pkt(2), own_pkt(3)};

	assert_true(kernel_receives(1, 60));
	assert_int_equal(send_all(pkts, ARRAY_LEN(pkts)), ARRAY_LEN(pkts));
	assert_int_equal(kernel_sends(), 1);
}

// A socket that the kernel wants to be called for, but does not know: the frames stay in the
// ring, and the worker is not asked to try again.
static void test_a_dead_socket_ends_the_sending(void **state)
{
	struct pkt *pkt = own_pkt(1);

	tx.flags = fill.flags = XDP_RING_NEED_WAKEUP;
	assert_int_equal(send_all(&pkt, 1), 1);
	assert_false(q->unsent);
	assert_int_equal(receive(&pkt, 1), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        QUEUE_TEST(test_a_burst_arrives_in_order_and_is_replaced),
	        QUEUE_TEST(test_frames_begin_at_different_places_of_their_pages),
	        QUEUE_TEST(test_a_reply_leaves_in_the_page_of_its_request),
	        QUEUE_TEST(test_rings_wrap_round),
	        QUEUE_TEST(test_a_full_transmit_ring_leaves_the_rest_to_the_caller),
	        QUEUE_TEST(test_a_missing_page_is_owed_to_the_fill_ring),
	        QUEUE_TEST(test_pages_that_were_sent_come_back_though_nothing_arrives),
	        QUEUE_TEST(test_the_fill_ring_leaves_pages_to_what_is_sent),
	        QUEUE_TEST(test_a_shared_page_stays_its_other_holders),
	        QUEUE_TEST(test_what_the_ring_cannot_take_is_copied),
	        QUEUE_TEST(test_a_copy_without_a_page_is_dropped),
	        QUEUE_TEST(test_pages_in_any_ring_come_back_at_the_end),
	        QUEUE_TEST(test_a_dead_socket_ends_the_sending),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

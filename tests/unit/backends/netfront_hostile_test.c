// netfront against backends that violate the protocol: thousands of seeded runs of one queue with
// random contents of its rings, each kind of violation by itself, and whole vifs whose backend
// violates the protocol for a time and then keeps to it again.
#include "core/host/clock.h"
#include "xen_lab.h"

#include "hostile_rings.h"

static uint64_t rand_state;

static uint8_t draw(void)
{
	rand_state = rand_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint8_t)(rand_state >> 40);
}

static void thousands_of_lives(void **state)
{
	static struct hostile hostile;
	uint8_t bytes[400];
	uint64_t frames = 0, resets = 0;

	for (unsigned seed = 0; seed < 3000; seed++) {
		rand_state = seed;
		for (size_t i = 0; i < sizeof(bytes); i++) {
			bytes[i] = draw();
			// Mostly valid actions, so that the device keeps working.
			if (draw() % 4)
				bytes[i] &= 0xbd;
		}
		bytes[0] = (uint8_t)(seed % 2 ? 0x40 : 0);
		hostile_run(&hostile, bytes, sizeof(bytes));
		frames += hostile.frames;
		resets += hostile.resets;
	}
	// The random runs have both valid and invalid responses.
	assert_true(frames > 1000 && resets > 1000);
}

// Publishes a response to the next receive request.
static void respond(struct hostile *h, uint16_t id, uint16_t offset, uint16_t flags, int16_t status)
{
	struct netif_rx_response response = {id, offset, flags, status};

	memcpy((uint8_t *)(hostile_ring(h, false) + 1) + (h->rsp_rx & 255) * 8u, &response, 8);
	hostile_ring(h, false)->rsp_prod = ++h->rsp_rx;
}

// Runs the worker once; returns the fault that it found.
static enum fault look(struct hostile *h)
{
	hostile_work(h);
	return h->queue->fault;
}

static void each_lie_has_its_name(void **state)
{
	static struct hostile h;

	hostile_open(&h, false);
	hostile_ring(&h, false)->rsp_prod = h.queue->rx_limit + 1;
	assert_int_equal(look(&h), FAULT_RX_INDEX);
	hostile_reset(&h);
	hostile_ring(&h, false)->rsp_prod = UINT32_MAX;
	assert_int_equal(look(&h), FAULT_RX_INDEX);
	hostile_reset(&h);
	respond(&h, 1, 0, 0, 60);
	assert_int_equal(look(&h), FAULT_RX_ID);
	hostile_reset(&h);
	respond(&h, 0, 4000, 0, 97);
	assert_int_equal(look(&h), FAULT_RX_BOUNDS);
	hostile_reset(&h);
	respond(&h, 0, UINT16_MAX, 0, INT16_MAX);
	assert_int_equal(look(&h), FAULT_RX_BOUNDS);
	hostile_reset(&h);
	for (uint16_t i = 0; i < 20; i++)
		respond(&h, i, 0, NETRXF_more_data, 100);
	assert_int_equal(look(&h), FAULT_RX_SLOTS);
	hostile_reset(&h);
	respond(&h, 0, 0, NETRXF_extra_info, 100);
	respond(&h, XEN_NETIF_EXTRA_TYPE_MAX, 0, 0, 0);
	assert_int_equal(look(&h), FAULT_RX_EXTRA);
	hostile_reset(&h);
	hostile_ring(&h, true)->rsp_prod = 1;
	assert_int_equal(look(&h), FAULT_TX_INDEX);
	hostile_reset(&h);
	hostile_close(&h);
	for (int fault = FAULT_NONE + 1; fault < FAULT_COUNT; fault++)
		assert_true(strlen(queue_fault_text(fault)) > 20);
}

static void lies_about_what_was_sent_are_found(void **state)
{
	static const struct {
		uint16_t id;
		int16_t status;
		enum fault fault;
	} cases[] = {
	        {QUEUE_SLOTS, NETIF_RSP_OKAY, FAULT_TX_ID},
	        {UINT16_MAX, NETIF_RSP_ERROR, FAULT_TX_ID},
	        {0, NETIF_RSP_OKAY, FAULT_TX_ID}, // ids are allocated from the other end
	        {QUEUE_SLOTS - 1, NETIF_RSP_NULL, FAULT_TX_NULL},
	        {QUEUE_SLOTS - 1, NETIF_RSP_OKAY, FAULT_NONE},
	        {QUEUE_SLOTS - 1, NETIF_RSP_ERROR, FAULT_NONE},
	};
	static struct hostile h;

	hostile_open(&h, false);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct netif_tx_response response = {cases[i].id, cases[i].status};

		respond(&h, 0, 0, 0, 60);
		assert_int_equal(look(&h), FAULT_NONE);
		memcpy(hostile_ring(&h, true) + 1, &response, sizeof(response));
		hostile_ring(&h, true)->rsp_prod = 1;
		assert_int_equal(look(&h), cases[i].fault);
		hostile_reset(&h);
	}
	assert_int_equal(counter_get(&h.queue->metric.tx_errors), 1);
	// Packets whose response never came were dropped by the resets.
	assert_int_equal(counter_get(&h.metric.drop[DROP_TX_RESET]), 4);
	hostile_close(&h);
}

static void frames_that_failed_are_dropped_by_name(void **state)
{
	static struct hostile h;

	hostile_open(&h, false);
	respond(&h, 0, 0, 0, NETIF_RSP_ERROR);
	respond(&h, 1, 0, NETRXF_more_data, 100);
	respond(&h, 2, 0, 0, NETIF_RSP_DROPPED);
	respond(&h, 3, 0, 0, 0);
	respond(&h, 4, 0, NETRXF_gso_prefix, 100);
	respond(&h, 5, 0, NETRXF_extra_info, 100);
	respond(&h, XEN_NETIF_EXTRA_TYPE_GSO, 0, 0, 0); // of segments of no bytes
	assert_int_equal(look(&h), FAULT_NONE);
	assert_int_equal(h.frames, 0);
	assert_int_equal(counter_get(&h.metric.drop[DROP_RX_BAD]), 5);
	// The device is reset while a frame is incomplete.
	respond(&h, 7, 0, NETRXF_more_data, 100);
	assert_int_equal(look(&h), FAULT_NONE);
	hostile_reset(&h);
	assert_int_equal(counter_get(&h.metric.drop[DROP_RX_RESET]), 1);
	hostile_close(&h);
}

// In copy mode the worker's own pool may be empty; that is not the backend's fault.
static void frames_without_a_page_are_dropped_by_name(void **state)
{
	static struct hostile h;
	struct pkt *held[HOSTILE_PAGES + 1];
	unsigned n = 0;

	hostile_open(&h, true);
	while ((held[n] = pkt_alloc(queue_pool(h.queue))) != NULL)
		n++;
	respond(&h, 0, 0, 0, 100);
	assert_int_equal(look(&h), FAULT_NONE);
	assert_int_equal(h.frames, 0);
	assert_int_equal(counter_get(&h.metric.drop[DROP_RX_NO_PAGE]), 1);
	while (n)
		pkt_put(held[--n]);
	respond(&h, 1, 0, 0, 100);
	assert_int_equal(look(&h), FAULT_NONE);
	assert_int_equal(h.frames, 1);
	hostile_close(&h);
}

// A page holds only packets when the backend reads it; its other bytes are those that were granted.
static void pages_hold_nothing_but_packets(void **state)
{
	static struct hostile h;
	struct pkt *pkts[HOSTILE_PAGES];
	unsigned n = 0;

	hostile_open(&h, false);
	while ((pkts[n] = pkt_alloc(queue_pool(h.queue))) != NULL)
		n++;
	for (unsigned i = 0; i < n; i++) {
		for (unsigned k = 0; k < PAGE_BYTES; k++)
			assert_int_equal(pkts[i]->page[k], 0);
		assert_true((uint8_t *)pkts[i] < pkts[i]->page ||
		            (uint8_t *)pkts[i] >= pkts[i]->page + PAGE_BYTES);
	}
	while (n)
		pkt_put(pkts[--n]);
	hostile_close(&h);
}

static bool link_up(void *ctx)
{
	return lab_link(0);
}

static bool link_down(void *ctx)
{
	return !lab_link(0);
}

static bool time_over(void *ctx)
{
	return mono_due(*(mono_t *)ctx, clock_kernel());
}

static void feed(unsigned frames, uint32_t seed)
{
	static uint8_t bytes[20000];
	struct netback_frame frame = {.bytes = bytes};

	for (unsigned i = 0; i < frames; i++) {
		frame.len = 14 + (seed * 131 + i * 977) % 9000;
		frame.gso_size = i % 7 ? 0 : 1448;
		frame.gso_type = XEN_NETIF_GSO_TYPE_TCPV4;
		frame.queue = i % lab.queues;
		lab_fill(bytes, frame.len, seed + i);
		if (!netback_send(&lab.netback[0], &frame))
			break;
	}
}

// The backend violates the protocol in its rings and in xenstore for a time; afterwards the device
// works again.
static void whole_vifs_outlive_lying_backends(void **state)
{
	static uint8_t bytes[1000];
	struct netback_frame probe = {.len = sizeof(bytes), .bytes = bytes}, echo;

	for (uint32_t seed = 1; seed <= 8; seed++) {
		struct netback_conf conf = {.queues = 2, .seed = seed};
		mono_t until;

		lab_open(&conf, 1, 2, seed % 2 ? "" : ",copy=1", 9000, true);
		netback_behave(&lab.netback[0], 3 + seed * 5, false, false);
		for (unsigned round = 0; round < 4; round++) {
			feed(100, seed);
			until = mono_add(clock_kernel(), 100 * MS_US);
			assert_true(lab_serve(time_over, &until));
		}
		netback_behave(&lab.netback[0], 0, false, false);
		assert_true(lab.netback[0].lies > 5);
		netback_detach(&lab.netback[0]);
		assert_true(lab_serve(link_down, NULL));
		netback_attach(&lab.netback[0], "00:16:3e:00:00:01");
		until = mono_add(clock_kernel(), 50 * MS_US);
		assert_true(lab_serve(time_over, &until));
		assert_true(lab_serve(link_up, NULL));
		// Frames that are still in flight arrive first.
		until = mono_add(clock_kernel(), 100 * MS_US);
		assert_true(lab_serve(time_over, &until));
		while (lab_receive(0, &echo))
			free(echo.bytes);
		lab_fill(bytes, sizeof(bytes), seed);
		assert_true(lab_ping(0, &probe));
		lab_close();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(thousands_of_lives),
	        cmocka_unit_test(each_lie_has_its_name),
	        cmocka_unit_test(lies_about_what_was_sent_are_found),
	        cmocka_unit_test(frames_that_failed_are_dropped_by_name),
	        cmocka_unit_test(frames_without_a_page_are_dropped_by_name),
	        cmocka_unit_test(pages_hold_nothing_but_packets),
	        cmocka_unit_test(whole_vifs_outlive_lying_backends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

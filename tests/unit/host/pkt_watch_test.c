// pkt_watch: a pipeline with a device and a "stack" of the test's own, which answers, drops,
// keeps or passes on a packet by its first payload byte: what is recorded of each, what the
// stack sees meanwhile, and that nothing is left behind.
#include "harness.h"

#include "core/host/pkt_watch.h"
#include "frames.h"

#define PKTS 64

struct device {
	struct netif netif;
	struct pkt *in[PKTS];
	unsigned in_len, sent;
	unsigned room; // packets that it sends
};

static struct device device;
static struct pipeline pipeline;
static struct pkt_watch watch;
static struct pkt *kept;
static unsigned bursts[PKTS], bursts_len;
static mono_t now;

static unsigned device_rx(struct netif *netif, unsigned queue, struct pkt **pkts, unsigned n)
{
	unsigned taken = device.in_len;

	memcpy(pkts, device.in, taken * sizeof(*pkts));
	device.in_len = 0;
	return taken;
}

static unsigned device_tx(struct netif *netif, unsigned queue, struct pkt **pkts, unsigned n)
{
	n = (unsigned)size_min(n, device.room);
	for (unsigned i = 0; i < n; i++)
		pkt_put(pkts[i]);
	device.sent += n;
	return n;
}

static const struct netif_ops device_ops = {.rx_burst = device_rx, .tx_burst = device_tx};

// A frame of UDP, whose destination port says what the stack does with it.
enum act {
	ACT_ANSWER = 7,
	ACT_DROP,   // for a wrong checksum
	ACT_ERROR,  // for want of a listener, and no error is sent about it
	ACT_KEEP,   // until the next packet
	ACT_UNSENT, // is answered, and the answer dropped
	ACT_PASS,
};

static void stack_one(struct pkt *pkt)
{
	uint16_t port = (uint16_t)(pkt_data(pkt)[36] << 8 | pkt_data(pkt)[37]);

	stage_end(&harness_metric, STAGE_IPV4, 0, 1);
	switch (port) {
	case ACT_ANSWER:
		batch_add(&pipeline.iface[0].out, &harness_metric, pkt);
		break;
	case ACT_DROP:
		pkt_drop(&harness_metric, pkt, DROP_UDP_CKSUM);
		break;
	case ACT_ERROR:
		counter_add(&harness_metric.drop[DROP_ICMP4_RATE], 1);
		pkt_drop(&harness_metric, pkt, DROP_UDP_NO_LISTENER);
		break;
	case ACT_KEEP:
		kept = pkt;
		break;
	case ACT_UNSENT:
		pkt_drop(&harness_metric, pkt, DROP_NEIGH_NO_ROUTE);
		break;
	default:
		counter_add(&harness_metric.steered, 1);
		kept = pkt;
	}
}

static void stack(void *ctx, struct pkt **pkts, unsigned n, mono_t at)
{
	assert_ptr_equal(ctx, &pipeline);
	bursts[bursts_len++] = n;
	for (unsigned i = 0; i < n; i++)
		stack_one(pkts[i]);
}

// From 10.53.0.HOST.
static void arrive(uint8_t host, enum act act)
{
	struct frame frame = frame_of_hex(FRAME_DNS4);

	frame.bytes[29] = host;
	frame.bytes[36] = 0;
	frame.bytes[37] = (uint8_t)act;
	device.in[device.in_len++] = harness_pkt(frame.bytes, frame.len);
}

static int setup(void **state)
{
	struct netif *netif = &device.netif;

	harness_setup(state);
	device = (struct device){.netif = {.ops = &device_ops, .queues = 1}, .room = PKTS};
	netif->pool[0] = &harness_pages.pool;
	bursts_len = 0;
	now = (mono_t){1000};
	assert_int_equal(pipeline_init(&pipeline, 0, IDLE_SPIN, &netif, 1, &harness_metric), 0);
	pipeline_attach(&pipeline, stack, NULL, NULL, &pipeline);
	return 0;
}

static int teardown(void **state)
{
	if (kept)
		pkt_put(kept);
	kept = NULL;
	assert_ptr_equal(pipeline.input, stack);
	assert_ptr_equal(pipeline.input_ctx, &pipeline);
	assert_null(pipeline.pkt_watch);
	assert_null(harness_pages.pool.watch);
	pkt_watch_close(&watch);
	pipeline_fini(&pipeline);
	return harness_teardown(state);
}

static void begin(const struct pkt_filter *filter, uint16_t snap)
{
	assert_int_equal(pkt_watch_open(&watch, filter, snap), 0);
	pkt_watch_attach(&watch, &pipeline);
}

static void turn(void)
{
	now = mono_add(now, 10);
	pipeline_turn_at(&pipeline, now);
}

static struct pkt_filter of_host(uint8_t host)
{
	struct prefix prefix = {.len = 32};
	struct pkt_filter filter = {.hosts_len = 0};

	prefix.addr = addr_from_ipv4(be32(0x0a350000u | host));
	assert_true(pkt_filter_add_host(&filter, prefix));
	return filter;
}

// Takes the next record, which is that of a packet from or to the host.
static void next(enum pkt_verdict verdict, enum drop drop, bool out, uint8_t host)
{
	const struct pkt_record *record = pkt_ring_first(&watch.ring);

	assert_non_null(record);
	assert_int_equal(record->verdict, verdict);
	assert_int_equal(record->drop, drop);
	assert_int_equal(record->out, out);
	assert_int_equal(record->at_us, now.us);
	assert_int_equal(record->bytes[29], host);
	pkt_ring_next(&watch.ring, record);
}

static void no_more(void)
{
	assert_null(pkt_ring_first(&watch.ring));
	assert_int_equal(pkt_ring_lost(&watch.ring), 0);
}

static void test_verdicts(void **state)
{
	struct pkt_filter all = {.hosts_len = 0};

	begin(&all, UINT16_MAX);
	arrive(1, ACT_ANSWER);
	arrive(2, ACT_DROP);
	arrive(3, ACT_ERROR);
	arrive(4, ACT_KEEP);
	turn();
	next(PKT_ANSWERED, DROP_NONE, false, 1);
	next(PKT_DROPPED, DROP_UDP_CKSUM, false, 2);
	next(PKT_DROPPED, DROP_UDP_NO_LISTENER, false, 3);
	next(PKT_TAKEN, DROP_NONE, false, 4);
	next(PKT_SENT, DROP_NONE, true, 1);
	no_more();
	pkt_put(kept);
	arrive(5, ACT_PASS);
	turn();
	next(PKT_PASSED, DROP_NONE, false, 5);
	no_more();
	pkt_watch_detach(&watch);
}

// The stack sees each packet that matches alone, the others as they came, all in order.
static void test_apart(void **state)
{
	struct pkt_filter filter = of_host(9);
	static const unsigned wanted[] = {2, 1, 1, 1, 1};

	begin(&filter, UINT16_MAX);
	arrive(1, ACT_ANSWER);
	arrive(2, ACT_ANSWER);
	arrive(9, ACT_ANSWER);
	arrive(9, ACT_DROP);
	arrive(3, ACT_ANSWER);
	arrive(9, ACT_ANSWER);
	turn();
	assert_int_equal(bursts_len, ARRAY_LEN(wanted));
	assert_memory_equal(bursts, wanted, sizeof(wanted));
	assert_int_equal(device.sent, 5);
	next(PKT_ANSWERED, DROP_NONE, false, 9);
	next(PKT_DROPPED, DROP_UDP_CKSUM, false, 9);
	next(PKT_ANSWERED, DROP_NONE, false, 9);
	next(PKT_SENT, DROP_NONE, true, 9);
	next(PKT_SENT, DROP_NONE, true, 9);
	no_more();
	pkt_watch_detach(&watch);
}

// By a name alone: those that ask for it or below it apart, the others as they came.
static void test_name(void **state)
{
	static const uint8_t of_all[] = "\7example\3org", other[] = "\7exemple\3org";
	struct pkt_filter filter = {.hosts_len = 0};

	assert_true(pkt_filter_add_name(&filter, of_all, sizeof(of_all)));
	begin(&filter, UINT16_MAX);
	arrive(1, ACT_ANSWER);
	arrive(2, ACT_DROP);
	turn();
	assert_int_equal(bursts_len, 2);
	next(PKT_ANSWERED, DROP_NONE, false, 1);
	next(PKT_DROPPED, DROP_UDP_CKSUM, false, 2);
	next(PKT_SENT, DROP_NONE, true, 1);
	pkt_watch_detach(&watch);
	pkt_watch_close(&watch);
	filter = (struct pkt_filter){.hosts_len = 0};
	assert_true(pkt_filter_add_name(&filter, other, sizeof(other)));
	begin(&filter, UINT16_MAX);
	arrive(1, ACT_ANSWER);
	arrive(2, ACT_DROP);
	turn();
	assert_int_equal(bursts_len, 3);
	no_more();
	pkt_watch_detach(&watch);
}

static void test_details(void **state)
{
	struct pkt_filter filter = of_host(9);
	struct frame frame = frame_of_hex(FRAME_DNS4);
	const struct pkt_record *record;

	begin(&filter, 64);
	arrive(9, ACT_DROP);
	turn();
	record = pkt_ring_first(&watch.ring);
	assert_int_equal(record->frame_len, frame.len);
	assert_int_equal(record->bytes_len, 64);
	assert_int_equal(record->stages, UINT32_C(1) << STAGE_IPV4);
	assert_true(record->cycles > 0);
	pkt_watch_detach(&watch);
}

// A filter by reasons leaves bursts whole, and finds the packet among them.
static void test_drops(void **state)
{
	struct pkt_filter filter = {.drops_len = 1, .drop = {DROP_UDP_CKSUM}};

	begin(&filter, UINT16_MAX);
	for (uint8_t i = 1; i < 5; i++) {
		arrive(i, ACT_ANSWER);
		arrive((uint8_t)(10 + i), i == 3 ? ACT_DROP : ACT_ERROR);
	}
	turn();
	assert_int_equal(bursts_len, 1);
	next(PKT_DROPPED, DROP_UDP_CKSUM, false, 13);
	no_more();
	pkt_watch_detach(&watch);
}

static void test_drops_of_host(void **state)
{
	struct pkt_filter filter = of_host(9);

	filter.drop[filter.drops_len++] = DROP_UDP_CKSUM;
	filter.drop[filter.drops_len++] = DROP_UDP_NO_LISTENER;
	begin(&filter, UINT16_MAX);
	arrive(8, ACT_DROP);
	arrive(9, ACT_ERROR);
	arrive(9, ACT_ANSWER);
	arrive(9, ACT_DROP);
	turn();
	next(PKT_DROPPED, DROP_UDP_NO_LISTENER, false, 9);
	next(PKT_DROPPED, DROP_UDP_CKSUM, false, 9);
	no_more();
	pkt_watch_detach(&watch);
}

// What limits errors is a reason of its own for those who want it.
static void test_drop_of_error(void **state)
{
	struct pkt_filter filter = {.drops_len = 1, .drop = {DROP_ICMP4_RATE}};

	begin(&filter, UINT16_MAX);
	arrive(1, ACT_ERROR);
	turn();
	next(PKT_DROPPED, DROP_ICMP4_RATE, false, 1);
	no_more();
	pkt_watch_detach(&watch);
}

// A counter that rose without a packet is of none that comes later, or is freed.
static void test_counted_alone(void **state)
{
	struct pkt_filter filter = {.drops_len = 1, .drop = {DROP_TX_NO_PAGE}};

	counter_add(&harness_metric.drop[DROP_ICMP4_RATE], 1);
	begin(&filter, UINT16_MAX);
	counter_add(&harness_metric.drop[DROP_TX_NO_PAGE], 1);
	arrive(1, ACT_DROP);
	arrive(2, ACT_ANSWER);
	turn();
	no_more();
	pkt_watch_detach(&watch);
}

// An answer that is dropped on its way out, and frames that the device does not take.
static void test_unsent(void **state)
{
	struct pkt_filter filter = of_host(9);

	begin(&filter, UINT16_MAX);
	arrive(9, ACT_UNSENT);
	turn();
	next(PKT_DROPPED, DROP_NEIGH_NO_ROUTE, false, 9);
	next(PKT_DROPPED, DROP_NEIGH_NO_ROUTE, true, 9);
	device.room = 0;
	arrive(9, ACT_ANSWER);
	turn();
	next(PKT_ANSWERED, DROP_NONE, false, 9);
	next(PKT_SENT, DROP_NONE, true, 9);
	next(PKT_DROPPED, DROP_TX_DEVICE_FULL, true, 9);
	no_more();
	pkt_watch_detach(&watch);
}

// A full ring costs records, and no packet.
static void test_full(void **state)
{
	struct pkt_filter all = {.hosts_len = 0};
	unsigned rounds = PKT_WATCH_RING_BYTES / sizeof(struct pkt_record) / 16;

	begin(&all, UINT16_MAX);
	for (unsigned i = 0; i < rounds; i++) {
		for (uint8_t k = 0; k < 16; k++)
			arrive(k, ACT_ANSWER);
		bursts_len = 0;
		turn();
	}
	assert_int_equal(device.sent, rounds * 16);
	assert_true(pkt_ring_lost(&watch.ring) > 0);
	pkt_watch_detach(&watch);
}

static void count(void *ctx, struct pkt *const *pkts, unsigned n, mono_t at)
{
	*(unsigned *)ctx += n;
}

// A watch of another kind is added before or behind this one, and goes before or after it.
static void test_other_watch(void **state)
{
	struct pkt_filter filter = of_host(9);

	for (unsigned order = 0; order < 4; order++) {
		unsigned seen = 0;
		struct pipeline_watch other = {.fn = count, .ctx = &seen};

		if (order & 1)
			pipeline_watch_add(&pipeline, &other);
		begin(&filter, UINT16_MAX);
		if (!(order & 1))
			pipeline_watch_add(&pipeline, &other);
		arrive(9, ACT_DROP);
		turn();
		assert_int_equal(seen, 1);
		next(PKT_DROPPED, DROP_UDP_CKSUM, false, 9);
		if (order & 2)
			pipeline_watch_del(&pipeline, &other);
		pkt_watch_detach(&watch);
		pkt_watch_close(&watch);
		arrive(9, ACT_DROP);
		turn();
		assert_int_equal(seen, order & 2 ? 1 : 2);
		if (!(order & 2))
			pipeline_watch_del(&pipeline, &other);
		assert_ptr_equal(pipeline.input, stack);
	}
}

#define WATCH_TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        WATCH_TEST(test_verdicts),      WATCH_TEST(test_apart),
	        WATCH_TEST(test_name),          WATCH_TEST(test_details),
	        WATCH_TEST(test_drops),         WATCH_TEST(test_drops_of_host),
	        WATCH_TEST(test_drop_of_error), WATCH_TEST(test_counted_alone),
	        WATCH_TEST(test_unsent),        WATCH_TEST(test_full),
	        WATCH_TEST(test_other_watch),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

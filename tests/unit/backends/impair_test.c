// impair: what a line does to packets, on virtual time: how many it loses,
// doubles, breaks and overtakes, when they come, and that a seed repeats it all.
#include "harness.h"

#include "backends/mem/impair.h"
#include "backends/mem/mem.h"
#include "core/host/clock.h"

#include <poll.h>

#define PAGES     128
#define FRAME_LEN 60
#define PERCENT   ((UINT64_C(1) << 32) / 100)

// The impaired end of a wire, its other end, and the time.
static struct netif *near, *far, *behind;
static mono_t now;

static mono_t virtual_now(void *ctx)
{
	return *(mono_t *)ctx;
}

static void open_line(struct impair_conf conf, uint32_t pages)
{
	now = (mono_t){SEC_US};
	if (!conf.limit)
		conf.limit = IMPAIR_LIMIT;
	conf.now = virtual_now;
	conf.now_ctx = &now;
	assert_int_equal(mem_open("impaired", 1, pages, &behind), 0);
	assert_int_equal(mem_open("impaired", 1, pages, &far), 0);
	assert_int_equal(impair_open(behind, &conf, &near), 0);
	near->metric[0] = far->metric[0] = &harness_metric;
}

static void close_line(void)
{
	near->ops->close(near);
	far->ops->close(far);
}

// Every byte of a frame follows from its number, so that a broken one shows.
static void fill(struct pkt *pkt, uint32_t number)
{
	pkt_set_len(pkt, FRAME_LEN);
	for (int i = 0; i < FRAME_LEN; i += 4)
		memcpy(pkt_data(pkt) + i, &number, 4);
}

static uint32_t number_in(const struct pkt *pkt)
{
	uint32_t number;

	memcpy(&number, pkt_data(pkt), 4);
	return number;
}

// Bits in which the frame is not what its number says, taken from the words
// that most agree.
static unsigned broken_bits(const struct pkt *pkt)
{
	uint32_t a, b, c, word, truth;
	unsigned bits = 0;

	memcpy(&a, pkt_data(pkt), 4);
	memcpy(&b, pkt_data(pkt) + 4, 4);
	memcpy(&c, pkt_data(pkt) + 8, 4);
	truth = (a & b) | (b & c) | (a & c);
	for (int i = 0; i < FRAME_LEN; i += 4) {
		memcpy(&word, pkt_data(pkt) + i, 4);
		bits += (unsigned)__builtin_popcount(word ^ truth);
	}
	return bits;
}

static void send(struct netif *from, uint32_t number)
{
	struct pkt *pkt = pkt_alloc(from->pool[0]);

	assert_non_null(pkt);
	fill(pkt, number);
	assert_int_equal(from->ops->tx_burst(from, 0, &pkt, 1), 1);
}

// What came out of a run, and a digest of every frame with its time.
struct tally {
	unsigned received, doubled, broken, overtaken;
	uint64_t digest;
	uint32_t next;
};

static void take(struct tally *tally, struct netif *at)
{
	struct pkt *pkts[32];
	unsigned n = at->ops->rx_burst(at, 0, pkts, ARRAY_LEN(pkts));

	for (unsigned i = 0; i < n; i++) {
		uint32_t number = number_in(pkts[i]);
		unsigned bits = broken_bits(pkts[i]);

		assert_in_range(bits, 0, 1);
		tally->received++;
		tally->broken += bits;
		if (!bits) {
			tally->doubled += number + 1 == tally->next;
			tally->overtaken += number + 1 < tally->next;
			if (number >= tally->next)
				tally->next = number + 1;
		}
		tally->digest = (tally->digest ^ number ^ now.us << 20) * 0x100000001b3;
		pkt_put(pkts[i]);
	}
}

// One step of time, and a poll of both ends: what waits to be sent leaves with
// a poll of the near one.
static void step(struct tally *tally, struct netif *to)
{
	struct tally none = {0};

	now = mono_add(now, 100);
	take(to == near ? tally : &none, near);
	take(to == far ? tally : &none, far);
}

// Sends `count` frames, one each step, and waits until the line is empty.
static struct tally run(struct netif *from, struct netif *to, uint32_t count)
{
	struct tally tally = {0};

	for (uint32_t i = 0; i < count; i++) {
		send(from, i);
		step(&tally, to);
	}
	for (int i = 0; i < 200; i++)
		step(&tally, to);
	return tally;
}

static struct tally run_once(struct impair_conf conf, bool outwards)
{
	struct tally tally;

	open_line(conf, PAGES);
	tally = outwards ? run(near, far, 20000) : run(far, near, 20000);
	close_line();
	return tally;
}

static void test_a_line_without_settings_is_a_wire(void **state)
{
	for (int outwards = 0; outwards < 2; outwards++) {
		struct tally tally = run_once((struct impair_conf){0}, outwards);

		assert_int_equal(tally.received, 20000);
		assert_int_equal(tally.doubled + tally.broken + tally.overtaken, 0);
	}
}

static void test_losses_are_as_many_as_told_and_counted(void **state)
{
	for (int outwards = 0; outwards < 2; outwards++) {
		uint64_t before = harness_drops(DROP_IMPAIR_LOSS);
		struct tally tally =
		        run_once((struct impair_conf){.loss_q32 = 5 * PERCENT}, outwards);

		assert_in_range(tally.received, 18850, 19150);
		assert_int_equal(harness_drops(DROP_IMPAIR_LOSS) - before, 20000 - tally.received);
		assert_int_equal(tally.doubled + tally.broken + tally.overtaken, 0);
	}
}

static void test_duplicates(void **state)
{
	for (int outwards = 0; outwards < 2; outwards++) {
		struct tally tally =
		        run_once((struct impair_conf){.dup_q32 = 5 * PERCENT}, outwards);

		assert_in_range(tally.doubled, 850, 1150);
		assert_int_equal(tally.received, 20000 + tally.doubled);
	}
}

static void test_corruption_turns_one_bit(void **state)
{
	for (int outwards = 0; outwards < 2; outwards++) {
		struct tally tally =
		        run_once((struct impair_conf){.corrupt_q32 = 5 * PERCENT}, outwards);

		assert_in_range(tally.broken, 850, 1150);
		assert_int_equal(tally.received, 20000);
	}
}

static void test_reordered_packets_are_overtaken(void **state)
{
	for (int outwards = 0; outwards < 2; outwards++) {
		struct tally tally =
		        run_once((struct impair_conf){.reorder_q32 = 5 * PERCENT}, outwards);

		assert_in_range(tally.overtaken, 850, 1150);
		assert_int_equal(tally.received, 20000);
	}
}

static void test_a_seed_repeats_everything(void **state)
{
	struct impair_conf conf = {
	        .loss_q32 = PERCENT,
	        .dup_q32 = 2 * PERCENT,
	        .corrupt_q32 = PERCENT,
	        .reorder_q32 = 3 * PERCENT,
	        .delay_us = 3 * MS_US,
	        .seed = 42,
	};

	for (int outwards = 0; outwards < 2; outwards++) {
		struct tally first, again, other;

		conf.seed = 42;
		first = run_once(conf, outwards);
		again = run_once(conf, outwards);
		conf.seed = 43;
		other = run_once(conf, outwards);
		assert_true(first.broken && first.overtaken && first.doubled);
		assert_int_equal(first.received, again.received);
		assert_int_equal(first.digest, again.digest);
		assert_int_not_equal(first.digest, other.digest);
	}
}

static void test_delay_is_kept_and_told_as_deadline(void **state)
{
	struct pkt *pkt;
	mono_t due;

	open_line((struct impair_conf){.delay_us = 5 * MS_US}, PAGES);
	assert_int_equal(near->ops->deadline(near, 0).us, MONO_NEVER.us);
	send(far, 1);
	assert_int_equal(near->ops->rx_burst(near, 0, &pkt, 1), 0);
	due = mono_add(now, 5 * MS_US);
	assert_int_equal(near->ops->deadline(near, 0).us, due.us);
	now.us = due.us - 1;
	assert_int_equal(near->ops->rx_burst(near, 0, &pkt, 1), 0);
	now = due;
	assert_int_equal(near->ops->rx_burst(near, 0, &pkt, 1), 1);
	pkt_put(pkt);
	assert_int_equal(near->ops->deadline(near, 0).us, MONO_NEVER.us);

	send(near, 2); // the other direction: leaves with a poll
	due = mono_add(now, 5 * MS_US);
	assert_int_equal(near->ops->deadline(near, 0).us, due.us);
	now.us = due.us - 1;
	assert_int_equal(near->ops->rx_burst(near, 0, &pkt, 1), 0);
	assert_int_equal(far->ops->rx_burst(far, 0, &pkt, 1), 0);
	now = due;
	assert_int_equal(near->ops->rx_burst(near, 0, &pkt, 1), 0);
	assert_int_equal(far->ops->rx_burst(far, 0, &pkt, 1), 1);
	pkt_put(pkt);
	close_line();
}

static void test_a_line_holds_no_more_than_its_limit(void **state)
{
	struct tally tally = {0};

	open_line((struct impair_conf){.delay_us = 5 * MS_US, .limit = 3}, PAGES);
	for (uint32_t i = 0; i < 5; i++)
		send(near, i);
	assert_int_equal(harness_drops(DROP_IMPAIR_QUEUE_FULL), 2);
	now = mono_add(now, 5 * MS_US);
	send(near, 5); // the three are still in here when it comes
	assert_int_equal(harness_drops(DROP_IMPAIR_QUEUE_FULL), 3);
	send(near, 6);
	take(&tally, far);
	assert_int_equal(tally.received, 3);
	close_line(); // with one delayed packet in it
}

// Milliseconds until the frame comes out at one of the ends.
static uint64_t ms_until(uint32_t number)
{
	struct pkt *pkt;
	uint64_t ms = 0;

	while (near->ops->rx_burst(near, 0, &pkt, 1) == 0 &&
	       far->ops->rx_burst(far, 0, &pkt, 1) == 0) {
		now.us += MS_US;
		ms++;
	}
	assert_int_equal(number_in(pkt), number);
	pkt_put(pkt);
	return ms;
}

// 60 bytes at 48 kbit a second take 10 ms: frames that come at once leave 10 ms apart, and nothing
// is saved up in a pause.
static void test_a_rate_spaces_frames(void **state)
{
	struct impair_conf conf = {.rate_bps = 48000, .queue_us = SEC_US, .delay_us = 5 * MS_US};

	for (int outwards = 0; outwards < 2; outwards++) {
		open_line(conf, PAGES);
		for (int again = 0; again < 2; again++) {
			for (uint32_t i = 0; i < 3; i++)
				send(outwards ? near : far, i);
			assert_int_equal(ms_until(0), 15);
			assert_int_equal(ms_until(1), 10);
			assert_int_equal(ms_until(2), 10);
			now = mono_add(now, SEC_US);
		}
		close_line();
	}
}

static void test_what_would_wait_too_long_for_the_rate_is_dropped(void **state)
{
	struct tally tally = {0};

	// The first is sent until 10 ms, the second until 20; the third would begin at 20.
	open_line((struct impair_conf){.rate_bps = 48000, .queue_us = 19 * MS_US}, PAGES);
	for (uint32_t i = 0; i < 5; i++)
		send(near, i);
	assert_int_equal(harness_drops(DROP_IMPAIR_QUEUE_FULL), 3);
	now = mono_add(now, MS_US);
	send(near, 5);
	assert_int_equal(harness_drops(DROP_IMPAIR_QUEUE_FULL), 3);
	now = mono_add(now, 29 * MS_US);
	send(near, 6); // polls the line, and waits itself
	take(&tally, far);
	assert_int_equal(tally.received, 3);
	close_line();
}

static void test_without_a_page_there_is_no_duplicate(void **state)
{
	struct pkt *pkt;

	open_line((struct impair_conf){.dup_q32 = UINT64_C(1) << 32}, 1);
	send(far, 1);
	assert_int_equal(near->ops->rx_burst(near, 0, &pkt, 1), 1);
	assert_int_equal(near->ops->deadline(near, 0).us, MONO_NEVER.us);
	pkt_put(pkt);
	close_line();
}

static void test_a_device_that_is_full_gets_the_rest_later(void **state)
{
	struct tally tally = {0};

	open_line((struct impair_conf){0}, PAGES);
	for (uint32_t i = 0; i < MEM_RING_LEN + 40; i++)
		send(near, i);
	assert_int_equal(near->ops->deadline(near, 0).us, 0); // wants to try again at once
	while (near->ops->deadline(near, 0).us != MONO_NEVER.us) {
		take(&tally, far);
		take(&tally, near);
	}
	while (tally.received < MEM_RING_LEN + 40)
		take(&tally, far);
	assert_int_equal(tally.doubled + tally.overtaken, 0);
	close_line();
}

// Of a chain of which others hold the second page.
static void test_a_shared_page_of_a_chain_is_not_written_to(void **state)
{
	open_line((struct impair_conf){.corrupt_q32 = UINT64_C(1) << 32}, PAGES);
	for (unsigned i = 0; i < 50; i++) {
		struct pkt *pkt = pkt_alloc(near->pool[0]), *second = pkt_alloc(near->pool[0]),
		           *got;

		pkt_set_len(pkt, 100);
		memset(pkt_data(pkt), 1, 100);
		pkt_set_len(second, 1000);
		memset(pkt_data(second), 2, 1000);
		pkt->next = pkt_get(second);
		pkt->more = 1000;
		assert_int_equal(near->ops->tx_burst(near, 0, &pkt, 1), 1);
		assert_int_equal(far->ops->rx_burst(far, 0, &got, 1), 1);
		pkt_put(got);
		for (unsigned k = 0; k < 1000; k++)
			assert_int_equal(pkt_data(second)[k], 2);
		pkt_put(second);
	}
	close_line();
}

static void test_a_shared_page_is_not_written_to(void **state)
{
	struct tally tally = {0};
	struct pkt *pkt;

	open_line((struct impair_conf){.corrupt_q32 = UINT64_C(1) << 32}, PAGES);
	pkt = pkt_alloc(near->pool[0]);
	fill(pkt, 1);
	pkt_get(pkt);
	assert_int_equal(near->ops->tx_burst(near, 0, &pkt, 1), 1);
	take(&tally, far);
	assert_int_equal(tally.broken, 1);
	assert_int_equal(broken_bits(pkt), 0);
	pkt_put(pkt);
	close_line();
}

static void test_corruption_takes_the_checksum_offloads_away(void **state)
{
	struct impair_conf conf = {.limit = 1, .corrupt_q32 = 1};
	struct netif *inner, *outer;

	for (int corrupts = 0; corrupts < 2; corrupts++) {
		conf.corrupt_q32 = (uint64_t)corrupts;
		assert_int_equal(mem_open("offloads", 1, 1, &inner), 0);
		inner->offloads = NETIF_RX_CKSUM | NETIF_TX_IPV4_CKSUM | NETIF_TX_L4_CKSUM;
		assert_int_equal(impair_open(inner, &conf, &outer), 0);
		assert_int_equal(outer->offloads, corrupts ? NETIF_RX_CKSUM : inner->offloads);
		outer->ops->close(outer);
	}
}

static void test_the_rest_passes_through(void **state)
{
	struct netif_status status;
	struct pollfd fd;
	struct pkt *pkt;

	open_line((struct impair_conf){0}, PAGES);
	near->iface = 3;
	assert_string_equal(near->device, "impair:mem:impaired");
	near->ops->status(near, &status);
	assert_true(status.link_up);
	near->ops->rx_arm(near, 0, true);
	send(far, 1);
	fd = (struct pollfd){.fd = near->ops->rx_fd(near, 0), .events = POLLIN};
	assert_int_equal(poll(&fd, 1, 0), 1);
	assert_int_equal(near->ops->rx_fd_more(near, 0), -1);
	near->ops->rx_arm(near, 0, false);
	assert_int_equal(near->ops->rx_burst(near, 0, &pkt, 1), 1);
	assert_int_equal(pkt->iface, 3);
	pkt_put(pkt);
	close_line();
}

static void test_real_time_needs_no_clock_of_the_callers(void **state)
{
	struct impair_conf conf = {.delay_us = 20 * MS_US, .limit = 4};
	mono_t begin = clock_kernel();
	struct netif *inner;
	struct pkt *pkt;

	assert_int_equal(mem_open("real", 1, PAGES, &inner), 0);
	assert_int_equal(mem_open("real", 1, PAGES, &far), 0);
	assert_int_equal(impair_open(inner, &conf, &near), 0);
	send(far, 1);
	while (near->ops->rx_burst(near, 0, &pkt, 1) == 0)
		continue;
	assert_true(mono_until(begin, clock_kernel()) >= 20 * MS_US);
	pkt_put(pkt);
	close_line();
}

// What the device behind it has become, the stack hears.
static void test_a_new_link_behind_it_is_followed(void **state)
{
	static const uint8_t mac[6] = {2, 0, 0, 0, 0, 9};
	struct pkt *pkts[1];

	open_line((struct impair_conf){0}, PAGES);
	memcpy(behind->mac, mac, 6);
	behind->generation++;
	assert_int_equal(near->ops->rx_burst(near, 0, pkts, 1), 0);
	assert_int_equal(near->generation, behind->generation);
	assert_memory_equal(near->mac, mac, 6);
	close_line();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        POOL_TEST(test_a_new_link_behind_it_is_followed),
	        POOL_TEST(test_a_line_without_settings_is_a_wire),
	        POOL_TEST(test_losses_are_as_many_as_told_and_counted),
	        POOL_TEST(test_duplicates),
	        POOL_TEST(test_corruption_turns_one_bit),
	        POOL_TEST(test_reordered_packets_are_overtaken),
	        POOL_TEST(test_a_seed_repeats_everything),
	        POOL_TEST(test_delay_is_kept_and_told_as_deadline),
	        POOL_TEST(test_a_line_holds_no_more_than_its_limit),
	        POOL_TEST(test_a_rate_spaces_frames),
	        POOL_TEST(test_what_would_wait_too_long_for_the_rate_is_dropped),
	        POOL_TEST(test_without_a_page_there_is_no_duplicate),
	        POOL_TEST(test_a_device_that_is_full_gets_the_rest_later),
	        POOL_TEST(test_a_shared_page_is_not_written_to),
	        POOL_TEST(test_a_shared_page_of_a_chain_is_not_written_to),
	        POOL_TEST(test_corruption_takes_the_checksum_offloads_away),
	        POOL_TEST(test_the_rest_passes_through),
	        POOL_TEST(test_real_time_needs_no_clock_of_the_callers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// echo: a client asks a server over UDP, in both families, on lines of growing
// badness. What must hold: nothing wrong is ever delivered, every frame is
// accounted for, the answers that must come do, and a seed repeats it all.
#include "sim.h"

#include <stdio.h>
#include <stdlib.h>

#define REQUESTS  3000
#define SPACE_US  (2 * MS_US)
#define ECHO_PORT 7
#define OUR_PORT  4000
#define PERCENT   ((UINT64_C(1) << 32) / 100)

static struct sim sim;

// What the client saw.
static struct {
	unsigned answers[REQUESTS]; // to each request
	unsigned requests;          // that the server got
	uint64_t rtt_max_us, rtt_min_us;
	uint64_t digest; // of each answer and its time
} seen;

// The number in a message, which has "request" in front and nothing behind.
static uint32_t number_in(const struct udp_dgram *dgram)
{
	char text[32] = {0}, expected[32];
	unsigned number;

	assert_in_range(dgram->len, 1, sizeof(text) - 1);
	memcpy(text, dgram->payload, dgram->len);
	assert_int_equal(sscanf(text, "request %u", &number), 1);
	assert_true(number < REQUESTS);
	snprintf(expected, sizeof(expected), "request %u", number);
	assert_string_equal(text, expected);
	return number;
}

static void serve(void *ctx, struct udp_dgram *dgrams, unsigned n, mono_t now)
{
	for (unsigned i = 0; i < n; i++) {
		number_in(&dgrams[i]);
		seen.requests++;
		dgrams[i].reply_len = dgrams[i].len;
	}
}

static mono_t sent_at(uint32_t number)
{
	return (mono_t){SEC_US + number * SPACE_US};
}

static void answered(void *ctx, struct udp_dgram *dgrams, unsigned n, mono_t now)
{
	for (unsigned i = 0; i < n; i++) {
		uint32_t number = number_in(&dgrams[i]);
		uint64_t rtt_us = mono_until(sent_at(number), now);

		seen.answers[number]++;
		seen.digest = (seen.digest ^ number ^ now.us << 16) * 0x100000001b3;
		if (number < 100) // while the nodes get to know each other
			continue;
		if (rtt_us > seen.rtt_max_us)
			seen.rtt_max_us = rtt_us;
		seen.rtt_min_us = u64_min(seen.rtt_min_us, rtt_us);
	}
}

static void ask(uint32_t number)
{
	struct pkt *pkt = pkt_alloc(sim.client.netif->pool[0]);
	struct frame frame;
	char text[32];

	snprintf(text, sizeof(text), "request %u", number);
	frame = number % 2 ? frame_udp("fd00::9", "fd00::2", OUR_PORT, ECHO_PORT, text)
	                   : frame_udp("10.0.0.9", "10.0.0.2", OUR_PORT, ECHO_PORT, text);
	assert_non_null(pkt);
	pkt_set_len(pkt, (uint16_t)frame.len);
	memcpy(pkt_data(pkt), frame.b, frame.len);
	batch_add(&sim.client.pipeline.iface[0].out, &sim.client.metric, pkt);
}

static void run(struct impair_conf conf)
{
	struct udp_listener_conf server = {.port = ECHO_PORT, .fn = serve};
	struct udp_listener_conf client = {.port = OUR_PORT, .fn = answered};

	memset(&seen, 0, sizeof(seen));
	seen.rtt_min_us = UINT64_MAX;
	sim_open(&sim, conf);
	assert_int_equal(udp_listen(stack_udp(sim.server.stack), &server, NULL), 0);
	assert_int_equal(udp_listen(stack_udp(sim.client.stack), &client, NULL), 0);
	for (uint32_t i = 0; i < REQUESTS; i++) {
		sim_run_until(&sim, sent_at(i));
		ask(i);
	}
	sim_run_until(&sim, mono_add(sim.now, 10 * SEC_US));
}

static uint64_t drops(enum drop reason)
{
	return counter_get(&sim.client.metric.drop[reason]) +
	       counter_get(&sim.server.metric.drop[reason]);
}

// Frames that both nodes sent less those that both received and those that the
// line lost: zero, but for duplicates, which the line adds.
static int64_t frames_missing(void)
{
	int64_t sent = (int64_t)(counter_get(&sim.client.metric.stage[STAGE_TX].pkts) +
	                         counter_get(&sim.server.metric.stage[STAGE_TX].pkts));
	int64_t received = (int64_t)(counter_get(&sim.client.metric.stage[STAGE_RX].pkts) +
	                             counter_get(&sim.server.metric.stage[STAGE_RX].pkts));

	return sent - received - (int64_t)drops(DROP_IMPAIR_LOSS);
}

// Requests with just so many answers.
static unsigned requests_with(unsigned answers)
{
	unsigned n = 0;

	for (unsigned i = 0; i < REQUESTS; i++)
		n += seen.answers[i] == answers;
	return n;
}

static void test_on_a_good_line_each_request_has_its_answer(void **state)
{
	run((struct impair_conf){.delay_us = 5 * MS_US});
	assert_int_equal(requests_with(1), REQUESTS);
	assert_int_equal(seen.requests, REQUESTS);
	assert_int_equal(seen.rtt_min_us, 10 * MS_US);
	assert_int_equal(seen.rtt_max_us, 10 * MS_US);
	assert_int_equal(frames_missing(), 0);
	assert_int_equal(drops(DROP_UDP_CKSUM) + drops(DROP_NEIGH_UNREACHABLE), 0);
	sim_close(&sim);
}

static void test_what_is_lost_is_counted(void **state)
{
	run((struct impair_conf){.loss_q32 = 5 * PERCENT, .delay_us = 2 * MS_US, .seed = 7});
	assert_int_equal(requests_with(0) + requests_with(1), REQUESTS);
	// 0.95 squared of them are answered: 2707.
	assert_in_range(requests_with(1), 2600, 2800);
	assert_true(requests_with(0) <= drops(DROP_IMPAIR_LOSS));
	assert_int_equal(frames_missing(), 0);
	sim_close(&sim);
}

static const struct impair_conf bad_line = {
        .loss_q32 = 2 * PERCENT,
        .dup_q32 = 2 * PERCENT,
        .reorder_q32 = 3 * PERCENT,
        .corrupt_q32 = 2 * PERCENT,
        .delay_us = 3 * MS_US,
        .seed = 11,
};

static void test_a_bad_line_delivers_nothing_wrong(void **state)
{
	run(bad_line);
	// Two ways, each with some 4 % that does not come through.
	assert_in_range(REQUESTS - requests_with(0), 2650, 2850);
	assert_in_range(-frames_missing(), 60, 180); // 2 % of twice 3000 are doubled
	assert_true(requests_with(2) > 20);
	assert_true(drops(DROP_UDP_CKSUM) > 0);
	assert_true(drops(DROP_IPV4_CKSUM) > 0);
	assert_true(drops(DROP_ETH_NOT_OURS) > 0);
	assert_in_range(seen.rtt_max_us, 8 * MS_US, 10 * MS_US); // reordered on one way or both
	sim_close(&sim);
}

static void test_a_seed_repeats_the_run(void **state)
{
	struct impair_conf conf = bad_line;
	uint64_t digest;

	run(conf);
	sim_close(&sim);
	digest = seen.digest;
	run(conf);
	sim_close(&sim);
	assert_int_equal(seen.digest, digest);
	conf.seed++;
	run(conf);
	sim_close(&sim);
	assert_int_not_equal(seen.digest, digest);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_on_a_good_line_each_request_has_its_answer),
	        cmocka_unit_test(test_what_is_lost_is_counted),
	        cmocka_unit_test(test_a_bad_line_delivers_nothing_wrong),
	        cmocka_unit_test(test_a_seed_repeats_the_run),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

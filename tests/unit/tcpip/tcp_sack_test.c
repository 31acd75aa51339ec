// tcp_sack: blocks of SACK, those that the peer sends about our segments and those that we send
// about its. See tcp_loss_lab.h; what is lost is in tcp_rack_test.c.
#include "tcp_loss_lab.h"

static void test_blocks_are_counted_once(void **state)
{
	sent_segments_sack(8);
	wait_us(100 * MS_US);
	SACKS(1, {3, 5});
	assert_int_equal(info_of().sacked, 2);
	assert_int_equal(info_of().ca_state, 1); // disorder
	SACKS(1, {3, 5});
	SACKS(1, {4, 5}, {3, 4});
	assert_int_equal(info_of().sacked, 2);
	SACKS(1, {7, 8}, {3, 5});
	assert_int_equal(info_of().sacked, 3);
	acks(4);
	assert_int_equal(info_of().sacked, 2);
	assert_int_equal(info_of().unacked, 5);
	acks(9);
	assert_int_equal(info_of().sacked, 0);
	assert_int_equal(info_of().ca_state, 0);
}

// Segments 1 to 8 are outstanding.
static void test_impossible_blocks_are_ignored(void **state)
{
	const struct {
		const char *what;
		uint32_t begin, end;
	} cases[] = {
	        {"empty", 1 + 4 * MSS, 1 + 4 * MSS},
	        {"ends before it begins", 1 + 5 * MSS, 1 + 4 * MSS},
	        {"beyond what was sent", 1 + 8 * MSS, 2 + 9 * MSS},
	        {"all of the sequence space", 1 + 4 * MSS, 4 * MSS},
	        {"at the first byte outstanding", 1 + MSS, 1 + 3 * MSS},
	        {"acknowledged", 1, 1 + MSS},
	        {"long past", 1 - 100000, 2 - 100000},
	        {"a part of a segment", 1 + 4 * MSS, 5 * MSS},
	        {"parts of two segments", 2 + 4 * MSS, 6 * MSS},
	};

	sent_segments_sack(8);
	for (unsigned i = 0; i < ARRAY_LEN(cases); i++) {
		struct seg seg = seg_of(ACK, 1, 1 + MSS, "", 0);

		put_sacks(&seg, &(struct tcp_sack){cases[i].begin, cases[i].end}, 1);
		send_seg(&seg);
		turn();
		if (info_of().sacked)
			fail_msg("a block that is %s was believed", cases[i].what);
		expects_nothing();
	}
}

static void test_without_agreement_blocks_are_ignored(void **state)
{
	sent_segments(8);
	SACKS(0, {1, 4});
	assert_int_equal(info_of().sacked, 0);
}

static void test_blocks_may_overlap_and_come_in_any_order(void **state)
{
	sent_segments_sack(8);
	SACKS(1, {6, 8}, {3, 5}, {4, 7});
	assert_int_equal(info_of().sacked, 5);
}

// What the peer reported is not sent again with the rest.
static void test_only_holes_are_sent_again(void **state)
{
	sent_segments_sack(8);
	wait_us(100 * MS_US);
	SACKS(1, {2, 3}, {5, 6}, {7, 9});
	assert_int_equal(info_of().ca_state, 3);
	assert_int_equal(info_of().lost, 4);
	expects_segment(1);
	acks(3);
	expects_segment(3);
	expects_segment(4);
	acks(6);
	expects_segment(6);
	acks(9);
	expects_nothing();
	assert_int_equal(counter_get(&harness_metric.tcp.resent), 4);
	assert_int_equal(info_of().ca_state, 0);
}

// RFC 2018 section 8: a peer may drop what it reported. It is sent again when the segment before
// it was sent again in vain.
static void test_a_peer_that_reneges(void **state)
{
	sent_segments_sack(4);
	wait_us(100 * MS_US);
	SACKS(1, {2, 5});
	expects_segment(1);
	wait_us(400 * MS_US);
	expects_segment(1);
	assert_int_equal(info_of().sacked, 3);
	wait_us(800 * MS_US);
	expects_segment(1);
	assert_int_equal(info_of().sacked, 0);
	assert_int_equal(info_of().lost, 4);
	acks(2);
	expects_segment(2);
	expects_segment(3);
	acks(4);
	expects_segment(4);
	acks(5);
	wait_us(10 * SEC_US);
	expects_nothing();
}

// The same at once when it reports what comes next, but does not acknowledge it.
static void test_a_peer_that_reneges_openly(void **state)
{
	sent_segments_sack(4);
	wait_us(100 * MS_US);
	SACKS(1, {2, 5});
	expects_segment(1);
	acks(2); // and not 5, which it had
	expects_nothing();
	wait_us(600 * MS_US);
	expects_segment(2);
	assert_int_equal(info_of().sacked, 0);
}

// A queue of the most segments that a connection has, all sent.
struct queue {
	struct tcp tcp;
	struct tcp_conn conn;
	struct tcp_seg seg[TCP_SND_PAGES];
	bool sacked[TCP_SND_PAGES]; // the slow model
};

static void queue_init(struct queue *queue, uint32_t una)
{
	*queue = (struct queue){.tcp = {.seg = queue->seg}, .conn = {.tcp = &queue->tcp}};
	queue->conn.flags = TCP_CONN_SACK | TCP_CONN_TOUCHED;
	queue->conn.send_next = TCP_NONE;
	queue->conn.snd_una = una;
	queue->conn.snd_wnd_max = 65535;
	queue->conn.mss = 100;
	for (unsigned i = 0; i < TCP_SND_PAGES; i++)
		queue->seg[i] = (struct tcp_seg){.next = i + 1 < TCP_SND_PAGES ? i + 1 : TCP_NONE,
		                                 .seq = una + i * 100,
		                                 .len = 100};
	queue->conn.snd_nxt = una + TCP_SND_PAGES * 100;
}

// Byte by byte.
static void model_take(struct queue *queue, const struct tcp_in *in)
{
	uint32_t una = queue->conn.snd_una, flight = queue->conn.snd_nxt - una;

	for (unsigned i = 0; i < TCP_SND_PAGES; i++) {
		unsigned covered = 0;

		for (uint32_t at = 0; at < 100; at++) {
			bool any = false;

			for (unsigned k = 0; k < in->options.sacks; k++) {
				uint32_t begin = in->options.sack[k].begin - una;
				uint32_t end = in->options.sack[k].end - una;

				any |= begin > 0 && begin < end && end <= flight &&
				       i * 100 + at >= begin && i * 100 + at < end;
			}
			covered += any;
		}
		queue->sacked[i] |= covered == 100;
	}
}

static void check_queue(const struct queue *queue, unsigned round)
{
	unsigned sacked = 0;

	for (unsigned i = 0; i < TCP_SND_PAGES; i++) {
		if (queue->sacked[i] != !!(queue->seg[i].flags & TCP_SEG_SACKED))
			fail_msg("round %u: segment %u", round, i);
		sacked += queue->sacked[i];
	}
	assert_int_equal(queue->conn.sacked_segs, sacked);
	assert_int_equal(queue->conn.snd_sacked, sacked * 100);
}

// Random blocks on a queue whose numbers wrap, against a model that looks at each byte.
static void test_blocks_against_a_model(void **state)
{
	static struct queue queue;
	struct rand rand;

	rand_init(&rand, 1);
	for (unsigned round = 0; round < 3000; round++) {
		struct tcp_in in = {.ack = 0xffffff00u};
		struct tcp_acked acked = {.in = &in, .now = lab.now};

		if (round % 10 == 0)
			queue_init(&queue, in.ack);
		in.options.sacks = (uint8_t)rand_below(&rand, TCP_OPTION_SACKS_MAX + 1);
		for (unsigned i = 0; i < in.options.sacks; i++) {
			uint32_t at = (uint32_t)rand_below(&rand, 27000) - 500;
			uint32_t unit = rand_below(&rand, 4) ? 100 : 1;

			at -= at % unit;
			in.options.sack[i] = (struct tcp_sack){
			        in.ack + at, in.ack + at + unit * (uint32_t)rand_below(&rand, 20)};
		}
		tcp_sack_take(&queue.conn, &acked);
		model_take(&queue, &in);
		check_queue(&queue, round);
	}
}

// Every other segment, in the order that makes the most blocks: one walk finds those of an
// acknowledgement. bench/micro/tcp_worst counts what it costs.
static void test_a_comb_of_blocks(void **state)
{
	static struct queue queue;

	queue_init(&queue, 1);
	for (unsigned i = 1; i + 6 < TCP_SND_PAGES; i += 8) {
		struct tcp_in in = {.ack = 1, .options.sacks = 4};
		struct tcp_acked acked = {.in = &in, .now = lab.now};

		for (unsigned k = 0; k < 4; k++) {
			unsigned number = i + 2 * (3 - k);

			in.options.sack[k] =
			        (struct tcp_sack){1 + number * 100, 101 + number * 100};
			queue.sacked[number] = true;
		}
		tcp_sack_take(&queue.conn, &acked);
		check_queue(&queue, i);
		assert_int_equal(acked.delivered, 400);
	}
	assert_int_equal(queue.conn.sacked_segs, TCP_SND_PAGES / 2);
}

static void expects_sacks(const struct tcp_sack *sack, unsigned n)
{
	struct seg seg = take_seg();
	const uint8_t *option = seg.options;

	assert_int_equal(seg.len, 0);
	assert_int_equal(seg.options_len, n ? 4 + 8 * n : 0);
	for (unsigned i = 0; i < n; i++) {
		assert_int_equal(get32(option + 4 + 8 * i) - PEER_ISS, sack[i].begin);
		assert_int_equal(get32(option + 8 + 8 * i) - PEER_ISS, sack[i].end);
	}
}

#define EXPECTS_SACKS(...)                                                                         \
	expects_sacks((const struct tcp_sack[]){__VA_ARGS__},                                      \
	              sizeof((const struct tcp_sack[]){__VA_ARGS__}) / sizeof(struct tcp_sack))

// RFC 2883 section 4: the first block is what came twice.
static void test_what_came_twice_is_reported(void **state)
{
	peer.sack = true;
	listens(4, false);
	establish();
	sends_bytes(1, 1, 100);
	turn();
	expects(ACK, 1, 101, "");
	sends_bytes(1, 1, 100);
	turn();
	EXPECTS_SACKS({1, 101});
	sends_bytes(51, 1, 100); // half of it is new
	turn();
	EXPECTS_SACKS({51, 101});
	// Behind a gap: also the block that it is in.
	sends_bytes(501, 1, 100);
	turn();
	EXPECTS_SACKS({501, 601});
	sends_bytes(601, 1, 100);
	turn();
	EXPECTS_SACKS({501, 701});
	sends_bytes(551, 1, 50);
	turn();
	EXPECTS_SACKS({551, 601}, {501, 701});
	sends_bytes(801, 1, 100);
	turn();
	EXPECTS_SACKS({801, 901}, {501, 701}); // once
	sends_bytes(1, 1, 20);
	turn();
	EXPECTS_SACKS({1, 21}, {801, 901}, {501, 701});
	sends_bytes(501, 1, 100); // as it came before
	turn();
	EXPECTS_SACKS({501, 601}, {501, 701}, {801, 901});
	sends_bytes(451, 1, 100); // new in front
	turn();
	EXPECTS_SACKS({501, 551}, {451, 701}, {801, 901});
}

// RFC 2018 section 4: those that are reported most recently are repeated.
static void test_the_latest_blocks_are_reported(void **state)
{
	peer.sack = true;
	listens(4, false);
	establish();
	for (uint32_t i = 1; i <= 6; i++) {
		sends_bytes(1 + i * 200, 1, 100);
		turn();
		if (i < 6)
			(void)take_seg();
	}
	EXPECTS_SACKS({1201, 1301}, {1001, 1101}, {801, 901}, {601, 701});
	sends_bytes(301, 1, 50); // to the oldest
	turn();
	EXPECTS_SACKS({201, 351}, {1201, 1301}, {1001, 1101}, {801, 901});
	sends_bytes(1, 1, 200);
	turn();
	EXPECTS_SACKS({1201, 1301}, {1001, 1101}, {801, 901}, {601, 701});
}

static void test_without_agreement_none_is_sent(void **state)
{
	listens(4, false);
	establish();
	sends_bytes(1, 1, 100);
	turn();
	expects(ACK, 1, 101, "");
	sends_bytes(1, 1, 100);
	turn();
	expects_sacks(NULL, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        TCP_TEST(test_blocks_are_counted_once),
	        TCP_TEST(test_impossible_blocks_are_ignored),
	        TCP_TEST(test_without_agreement_blocks_are_ignored),
	        TCP_TEST(test_blocks_may_overlap_and_come_in_any_order),
	        TCP_TEST(test_only_holes_are_sent_again),
	        TCP_TEST(test_a_peer_that_reneges),
	        TCP_TEST(test_a_peer_that_reneges_openly),
	        TCP_TEST(test_blocks_against_a_model),
	        TCP_TEST(test_a_comb_of_blocks),
	        TCP_TEST(test_what_came_twice_is_reported),
	        TCP_TEST(test_the_latest_blocks_are_reported),
	        TCP_TEST(test_without_agreement_none_is_sent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

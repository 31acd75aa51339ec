// tcp_path: paths that take shorter segments than both ends: with a report of a router, and
// without one. See tcp_loss_lab.h.
#include "tcp_loss_lab.h"

static void test_a_smaller_path_is_learnt_from_icmp(void **state)
{
	uint8_t body[4 + 28] = {0, 0, 1000 >> 8, 1000 & 0xff};
	struct frame f;

	sent_segments(1);
	// A router quotes the IP header and eight bytes of the segment.
	body[4] = 0x45;
	put16(body + 6, 20 + 20 + MSS);
	body[12] = 64;
	body[13] = 6;
	put_ip(body + 16, ip("10.0.0.2"));
	put_ip(body + 20, ip("10.0.0.9"));
	put16(body + 24, OUR_PORT);
	put16(body + 26, PEER_PORT);
	put32(body + 28, 1 + peer.our_iss + MSS); // not outstanding: forged (RFC 5927)
	f = frame_icmp("10.0.0.1", "10.0.0.2", 3, 4, body, sizeof(body));
	lab_in(&f);
	turn();
	expects_nothing();
	assert_int_equal(info_of().mss, MSS);
	put32(body + 28, 1 + peer.our_iss);
	f = frame_icmp("10.0.0.1", "10.0.0.2", 3, 4, body, sizeof(body));
	lab_in(&f);
	turn();
	assert_int_equal(info_of().mss, 960);
	assert_int_equal(take_seg().len, 960);
	assert_int_equal(take_seg().len, MSS - 960);
	// An error that is no hint about the size changes nothing.
	f = frame_icmp("10.0.0.1", "10.0.0.2", 3, 3, body, sizeof(body));
	lab_in(&f);
	turn();
	assert_string_equal(info_of().state, "ESTABLISHED");
}

// RFC 4821: the third time-out in a row of a full segment. What follows has 1024 bytes, then
// what each path takes.
static void test_full_segments_that_vanish(void **state)
{
	unsigned lens[8], n = 0;

	sent_segments(1);
	for (unsigned s = 0; s < 70; s++) {
		wait_us(SEC_US);
		for (; lab_waiting(); n++)
			lens[n] = (unsigned)take_seg().len;
	}
	assert_int_equal(n, 6);
	for (unsigned i = 0; i < n; i++)
		assert_int_equal(lens[i], i < 2 ? MSS : i < 3 ? 1024 : 536);
	assert_int_equal(info_of().mss, 536);
	// The rest follows when that arrives.
	sends(ACK, 1, 1 + 536, "");
	turn();
	assert_int_equal(take_seg().len, 1024 - 536);
	assert_int_equal(take_seg().len, MSS - 1024);
	sends(ACK, 1, 1 + MSS, "");
	turn();
	expects_nothing();
}

static void test_short_segments_that_vanish(void **state)
{
	listens(4, true);
	establish();
	assert_int_equal(tcp_send(peer.conn, bytes, 500), 500);
	turn();
	lab_clear();
	for (unsigned s = 0; s < 70; s++)
		wait_us(SEC_US);
	assert_true(lab_waiting() >= 5);
	assert_int_equal(info_of().mss, MSS);
	lab_clear();
}

// RFC 8200 section 5: 1280 bytes go everywhere.
static void test_ipv6_has_one_shorter_length(void **state)
{
	peer.v6 = true;
	fill(bytes, 1, sizeof(bytes));
	listens(4, true);
	establish();
	assert_int_equal(info_of().mss, 1440);
	assert_int_equal(tcp_send(peer.conn, bytes, 1440), 1440);
	turn();
	for (unsigned s = 0; s < 70; s++)
		wait_us(SEC_US);
	lab_clear();
	assert_int_equal(info_of().mss, 1220);
}

// Opens another connection of the peer; the listener is there.
static void another(unsigned port)
{
	peer.port = port;
	peer.opened = 0;
	establish();
}

// RFC 8201 section 4: paths change, too. Where a router reports, the full length is tried at once.
static void test_the_full_length_is_tried_again(void **state)
{
	test_a_smaller_path_is_learnt_from_icmp(state);
	acks(1);
	wait_us(500 * SEC_US);
	assert_int_equal(tcp_send(peer.conn, bytes + MSS, MSS), MSS);
	turn();
	assert_int_equal(take_seg().len, 960);
	assert_int_equal(take_seg().len, MSS - 960);
	acks(2);
	wait_us(101 * SEC_US);
	assert_int_equal(tcp_send(peer.conn, bytes, 960), 960);
	turn();
	assert_int_equal(info_of().mss, MSS);
	lab_clear();
}

// What a peer has of a stream.
struct stream {
	uint32_t next; // in order until here
	unsigned held; // segments behind a gap
	struct {
		uint32_t seq, end;
	} seg[HARNESS_PAGES];
};

static void stream_take(struct stream *stream, const struct seg *seg)
{
	bool more = true;

	if (seg->seq + seg->len > stream->next) {
		stream->seg[stream->held].seq = seg->seq;
		stream->seg[stream->held++].end = seg->seq + (uint32_t)seg->len;
	}
	while (more) {
		more = false;
		for (unsigned i = 0; i < stream->held; i++) {
			if (stream->seg[i].seq > stream->next)
				continue;
			if (stream->seg[i].end > stream->next)
				stream->next = stream->seg[i].end;
			stream->seg[i--] = stream->seg[--stream->held];
			more = true;
		}
	}
}

// Sends for as many round trips over a path on which segments have up to `longest` bytes. Returns
// the length of the longest that arrived.
static unsigned bulk(unsigned rounds, size_t longest)
{
	struct stream stream = {.next = peer.conn->snd_una - peer.our_iss};
	unsigned len = 0;

	for (unsigned i = 0; i < rounds; i++) {
		(void)!tcp_send(peer.conn, bytes, sizeof(bytes));
		turn();
		lab_advance(20 * MS_US);
		for (unsigned n = lab_waiting(); n > 0; n--) {
			struct seg seg = take_seg();

			if (seg.len == 0 || seg.len > longest)
				continue;
			len = seg.len > len ? (unsigned)seg.len : len;
			stream_take(&stream, &seg);
			sends(ACK, 1, stream.next, "");
		}
		lab_clear(); // room for more
	}
	turn();
	lab_clear();
	return len;
}

// RFC 4821 section 7: the length that goes through is searched for with data, and found though the
// path is narrower than both ends; what is lost for it is no congestion.
static void test_longer_segments_are_probed(void **state)
{
	uint32_t ssthresh;

	test_full_segments_that_vanish(state);
	ssthresh = info_of().ssthresh;
	bulk(600, 1300);
	assert_true(info_of().mss > 1300 - 16 && info_of().mss <= 1300);
	assert_true(counter_get(&harness_metric.tcp.path_probes_lost) >= 2);
	assert_int_equal(info_of().ssthresh, ssthresh);
	// Ten minutes later the path is as wide as the link again.
	wait_us(600 * SEC_US);
	assert_int_equal(bulk(100, MSS), MSS);
	assert_int_equal(info_of().mss, MSS);
	// Others begin with what was found out.
	another(PEER_PORT + 1);
	assert_int_equal(info_of().mss, MSS);
}

static uint8_t byte_at(uint32_t seq)
{
	return (uint8_t)(seq * 7 + (seq >> 8));
}

// Sends, over a path that takes every length, until a probe arrives, whole and unchanged, of *len
// bytes. Returns how many were copied meanwhile, but for those of tcp_send.
static uint64_t copied_for_a_probe(unsigned *len)
{
	uint64_t before = counter_get(&harness_metric.tcp.copied_bytes), taken = 0;
	uint32_t written = peer.conn->snd_end - peer.our_iss, came = written;

	*len = 0;
	for (unsigned i = 0; i < 200 && *len <= 536; i++) {
		uint8_t part[8 * 536];
		uint32_t n;

		for (unsigned k = 0; k < sizeof(part); k++)
			part[k] = byte_at(written + k);
		n = tcp_send(peer.conn, part, sizeof(part));
		taken += n;
		written += n;
		turn();
		lab_advance(20 * MS_US);
		while (lab_waiting()) {
			struct seg seg = take_seg();

			assert_int_equal(seg.seq, came);
			for (unsigned k = 0; k < seg.len; k++)
				assert_int_equal(seg.data[k], byte_at(seg.seq + k));
			came += (uint32_t)seg.len;
			*len = seg.len > *len ? (unsigned)seg.len : *len;
		}
		lab_clear();
		sends(ACK, 1, came, "");
	}
	assert_int_equal(counter_get(&harness_metric.tcp.path_probes), 1);
	turn();
	lab_clear();
	return counter_get(&harness_metric.tcp.copied_bytes) - before - taken;
}

// A device that sends a frame of several pages gets those that the bytes are in. What is left of
// the page in which the probe ends has no room for headers before it, and is copied as ever.
static void test_a_probe_is_sent_from_its_pages(void **state)
{
	uint64_t copied;
	unsigned len;

	test_full_segments_that_vanish(state);
	peer.conn->iface->tx_pages = 8;
	copied = copied_for_a_probe(&len);
	assert_in_range(len, 900, MSS);
	assert_int_equal(copied, (536 - len % 536) % 536);
}

static void test_a_probe_is_copied_where_a_frame_is_one_page(void **state)
{
	uint64_t copied;
	unsigned len;

	test_full_segments_that_vanish(state);
	copied = copied_for_a_probe(&len);
	assert_in_range(len, 900, MSS);
	assert_int_equal(copied, len + (536 - len % 536) % 536);
}

// RFC 8201 section 5.2: what one connection learned of a destination is known to the next, for as
// long as it takes until the full length is tried again.
static void test_the_next_connection_knows_the_path(void **state)
{
	test_a_smaller_path_is_learnt_from_icmp(state);
	another(PEER_PORT + 1);
	assert_int_equal(info_of().mss, 960);
	assert_int_equal(tcp_send(peer.conn, bytes, 1000), 1000);
	turn();
	assert_int_equal(take_seg().len, 960);
	lab_clear();
	wait_us(601 * SEC_US);
	lab_clear();
	another(PEER_PORT + 2);
	assert_int_equal(info_of().mss, MSS);
}

static void test_other_destinations_are_not_concerned(void **state)
{
	test_a_smaller_path_is_learnt_from_icmp(state);
	peer.v6 = true;
	another(PEER_PORT);
	assert_int_equal(info_of().mss, 1440);
}

// That nothing is acknowledged may have other reasons than the length.
static void test_silence_is_not_remembered(void **state)
{
	sent_segments(1);
	for (unsigned s = 0; s < 70; s++)
		wait_us(SEC_US);
	lab_clear();
	assert_int_equal(info_of().mss, 536);
	another(PEER_PORT + 1);
	assert_int_equal(info_of().mss, MSS);
}

static void test_what_got_through_is_remembered(void **state)
{
	test_full_segments_that_vanish(state);
	another(PEER_PORT + 1);
	assert_int_equal(info_of().mss, 536);
}

// More destinations than there are places: the table has what was learnt last.
static void test_the_table_is_bounded(void **state)
{
	struct tcp *tcp = peer.tcp;
	unsigned live = 0;

	listens(4, true);
	establish();
	for (unsigned i = 0; i < 10 * TCP_PATHS; i++) {
		tcp->conn[tcp_number(tcp, peer.conn)].remote.hi = i;
		tcp->conn[tcp_number(tcp, peer.conn)].mss_full = MSS;
		tcp_path_acked(peer.conn, lab.now);
	}
	tcp->conn[tcp_number(tcp, peer.conn)].remote = ip("10.0.0.9");
	for (unsigned i = 0; i < TCP_PATHS; i++)
		live += !mono_due(tcp->path[i].until, lab.now);
	assert_int_equal(live, TCP_PATHS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        TCP_TEST(test_a_smaller_path_is_learnt_from_icmp),
	        TCP_TEST(test_full_segments_that_vanish),
	        TCP_TEST(test_short_segments_that_vanish),
	        TCP_TEST(test_ipv6_has_one_shorter_length),
	        TCP_TEST(test_the_full_length_is_tried_again),
	        TCP_TEST(test_longer_segments_are_probed),
	        TCP_TEST(test_a_probe_is_sent_from_its_pages),
	        TCP_TEST(test_a_probe_is_copied_where_a_frame_is_one_page),
	        TCP_TEST(test_the_next_connection_knows_the_path),
	        TCP_TEST(test_other_destinations_are_not_concerned),
	        TCP_TEST(test_silence_is_not_remembered),
	        TCP_TEST(test_what_got_through_is_remembered),
	        TCP_TEST(test_the_table_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// tcp_hostile: segments that must not be believed, each dropped by its name, and what they must
// not change: connections, memory, the number of answers. See tcp_lab.h.
#include "tcp_lab.h"

// The segment gets no turn yet.
static void refuses(const struct seg *seg, enum drop reason)
{
	struct frame f = seg_frame(seg);

	lab_refuses(&f, reason);
}

static void refuses_seg(unsigned flags, uint32_t seq, uint32_t ack, const char *text,
                        enum drop reason)
{
	struct seg seg = seg_of(flags, seq, ack, text, strlen(text));

	refuses(&seg, reason);
}

static void test_headers(void **state)
{
	struct seg syn = syn_of();
	struct frame f = seg_frame(&syn);

	listens(4, false);
	f.b[f.l4 + 16] ^= 1;
	lab_refuses(&f, DROP_TCP_CKSUM);
	f.b[f.l4 + 16] ^= 1;
	f.b[f.l4 + 12] = 4 << 4;
	lab_refuses(&f, DROP_TCP_OFFSET);
	f.len = f.l4 + 19;
	put16(f.b + f.l3 + 2, (unsigned)(f.len - f.l3));
	put16(f.b + f.l3 + 10, 0);
	put16(f.b + f.l3 + 10, ~slow_sum(0, f.b + f.l3, 20) & 0xffff);
	lab_refuses(&f, DROP_TCP_SHORT);
	syn.options[1] = 0;
	refuses(&syn, DROP_TCP_OPTION);
	syn = syn_of();
	peer.port = 0;
	refuses(&syn, DROP_TCP_PORT);
	turn();
	expects_nothing();
}

static void test_a_device_s_verdict_is_believed(void **state)
{
	struct seg syn = syn_of();
	struct frame f = seg_frame(&syn);
	struct pkt *pkt;

	listens(4, false);
	pkt = harness_pkt(f.b, f.len);
	pkt->rx_flags = PKT_RX_L4_CKSUM_BAD;
	stack_input(lab.stack, &pkt, 1, lab.now);
	assert_int_equal(harness_drops(DROP_TCP_CKSUM), 1);
	f.b[f.l4 + 16] ^= 1;
	pkt = harness_pkt(f.b, f.len);
	pkt->rx_flags = PKT_RX_L4_CKSUM_OK;
	stack_input(lab.stack, &pkt, 1, lab.now);
	turn();
	expects(SYN | ACK, 0, 1, "");
}

static void test_groups(void **state)
{
	uint8_t l4[20] = {0x0f, 0xa0, 0, OUR_PORT, [12] = 0x50, [13] = SYN};
	struct frame f = frame_ip(ip("fd00::9"), ip("ff02::1"), 6, l4, sizeof(l4));

	listens(4, false);
	frame_to_group(&f);
	lab_refuses(&f, DROP_TCP_GROUP);
}

static void test_closed_ports_are_reset(void **state)
{
	refuses_seg(SYN, 0, 0, "", DROP_TCP_NO_LISTENER);
	expects(RST | ACK, 0u - peer.our_iss, 1, "");
	refuses_seg(ACK, 5, 7, "data", DROP_TCP_NO_LISTENER);
	expects(RST, 7, 0, "");
	refuses_seg(SYN | FIN, 0, 0, "abc", DROP_TCP_NO_LISTENER);
	expects(RST | ACK, 0u - peer.our_iss, 5, "");
	refuses_seg(RST, 5, 0, "", DROP_TCP_NO_CONN); // a reset is never answered
	expects_nothing();
}

static void test_resets_are_limited(void **state)
{
	unsigned sent = 0;

	for (unsigned i = 0; i < 150; i++) {
		refuses_seg(SYN, i, 0, "", DROP_TCP_NO_LISTENER);
		sent += lab_waiting();
		lab_clear();
	}
	assert_int_equal(sent, 100);
	assert_int_equal(harness_drops(DROP_TCP_RATE), 50);
}

static void test_a_listener_takes_only_a_syn(void **state)
{
	listens(4, false);
	refuses_seg(ACK, 1, 1, "", DROP_TCP_NO_CONN);
	expects(RST, 1, 0, "");
	refuses_seg(SYN | ACK, 1, 1, "", DROP_TCP_NO_CONN);
	expects(RST, 1, 0, "");
	refuses_seg(SYN | FIN, 1, 0, "", DROP_TCP_FLAGS);
	refuses_seg(FIN, 1, 0, "", DROP_TCP_FLAGS);
	refuses_seg(0, 1, 0, "", DROP_TCP_FLAGS);
	turn();
	expects_nothing();
}

static void test_a_full_table_takes_no_more(void **state)
{
	struct tcp_connect_conf conf = {
	        .remote = ip("10.0.0.9"), .remote_port = 1, .ops = &peer_ops};
	struct seg syn = syn_of();

	lab_close();
	lab.conf.tcp_conns = 1;
	lab_open();
	peer_reset_state();
	listens(4, false);
	establish();
	peer.port++;
	refuses(&syn, DROP_TCP_TABLE_FULL);
	assert_int_equal(tcp_connect(peer.tcp, &conf, NULL, lab.now), -ENOSPC);
}

static void test_a_blind_reset_is_challenged(void **state)
{
	listens(4, false);
	establish();
	refuses_seg(RST, 2, 0, "", DROP_TCP_RST); // in the window, but not next (RFC 5961)
	turn();
	expects(ACK, 1, 1, "");
	refuses_seg(RST, 3, 0, "", DROP_TCP_RST);
	refuses_seg(RST, 1000000, 0, "", DROP_TCP_WINDOW);
	turn();
	expects_nothing(); // not more than one in half a second
	wait_us(501 * MS_US);
	refuses_seg(RST, 3, 0, "", DROP_TCP_RST);
	turn();
	expects(ACK, 1, 1, "");
	assert_int_equal(peer.closed, 0);
}

static void test_a_blind_syn_is_challenged(void **state)
{
	listens(4, false);
	establish();
	refuses_seg(SYN, 5, 0, "", DROP_TCP_SYN);
	turn();
	expects(ACK, 1, 1, "");
	assert_int_equal(peer.closed, 0);
}

static void test_blind_data_is_refused(void **state)
{
	listens(4, false);
	establish();
	refuses_seg(ACK, 1, 1000, "evil", DROP_TCP_ACK); // never sent
	turn();
	expects(ACK, 1, 1, "");
	refuses_seg(ACK, 1, 1u - 1000000, "evil", DROP_TCP_ACK); // long past
	refuses_seg(ACK, 1000000, 1, "evil", DROP_TCP_WINDOW);
	refuses_seg(PSH, 1, 0, "evil", DROP_TCP_NO_ACK);
	assert_int_equal(peer.got_len, 0);
}

static void test_old_duplicates_are_acknowledged(void **state)
{
	listens(4, false);
	establish();
	sends(ACK, 1, 1, "once");
	turn();
	refuses_seg(ACK, 1, 1, "once", DROP_TCP_WINDOW);
	turn();
	expects(ACK, 1, 5, "");
	sends(ACK, 9, 1, "later");
	refuses_seg(ACK, 9, 1, "later", DROP_TCP_DUPLICATE);
	assert_int_equal(peer.got_len, 4);
}

static void test_old_timestamps_are_refused(void **state)
{
	peer.ts = true;
	listens(4, false);
	establish();
	peer.ts_val = 999;
	refuses_seg(ACK, 1, 1, "old", DROP_TCP_PAWS);
	turn();
	expects(ACK, 1, 1, "");
	peer.ts = false;
	refuses_seg(ACK, 1, 1, "none", DROP_TCP_PAWS);
	peer.ts = true;
	peer.ts_val = 1001;
	sends(ACK, 1, 1, "new");
	turn();
	assert_int_equal(peer.got_len, 3);
	lab_advance(25 * 24 * 3600 * SEC_US); // no longer comparable
	peer.ts_val = 5;
	sends(ACK, 4, 1, "much later");
	turn();
	assert_int_equal(peer.got_len, 13);
	lab_advance(55 * 24 * 3600 * SEC_US); // longer than 2^32 ms
	peer.ts_val = 1;
	sends(ACK, 14, 1, "later still");
	turn();
	assert_int_equal(peer.got_len, 24);
	lab_clear();
}

static void test_a_handshake_is_not_completed_by_guessing(void **state)
{
	struct seg syn = syn_of();

	listens(4, false);
	send_seg(&syn);
	turn();
	expects(SYN | ACK, 0, 1, "");
	refuses_seg(ACK, 1, 500, "evil", DROP_TCP_ACK);
	expects(RST, 500, 0, "");
	turn();
	assert_int_equal(peer.opened, 0);
	sends(ACK, 1, 1, "");
	turn();
	assert_int_equal(peer.opened, 1);
}

static void test_a_client_believes_only_its_peer(void **state)
{
	struct tcp_connect_conf conf = {.remote = ip("10.0.0.9"),
	                                .local_port = OUR_PORT,
	                                .remote_port = PEER_PORT,
	                                .ops = &peer_ops};

	assert_int_equal(tcp_connect(peer.tcp, &conf, &peer.conn, lab.now), 0);
	turn();
	expects(SYN, 0, 0, "");
	refuses_seg(RST, 0, 0, "", DROP_TCP_RST);
	refuses_seg(RST | ACK, 0, 2, "", DROP_TCP_ACK);
	refuses_seg(SYN | ACK, 0, 2, "", DROP_TCP_ACK);
	expects(RST, 2, 0, "");
	refuses_seg(ACK, 0, 1, "", DROP_TCP_FLAGS);
	turn();
	expects_nothing();
	assert_int_equal(peer.closed, 0);
}

// Single bytes with gaps between, in reverse: memory and time are bounded.
static void test_combs_are_limited(void **state)
{
	uint64_t refused;

	listens(4, false);
	establish();
	for (uint32_t i = 100; i > 0; i--) {
		sends(ACK, 1 + i * 2, 1, "x");
		if (i % 16 == 0) {
			turn();
			lab_clear();
		}
	}
	refused = harness_drops(DROP_TCP_REASSEMBLY);
	// Three quarters of the 32 pages that connections may have are taken.
	assert_int_equal(refused, 100 - 24);
	assert_true(harness_pages.pool.avail(&harness_pages.pool) >= HARNESS_PAGES / 2);
	turn();
	lab_clear();
	assert_int_equal(peer.got_len, 0);
}

static void test_pages_are_limited(void **state)
{
	unsigned i = 0;

	listens(4, false);
	establish();
	peer.takes = 0;
	for (; i < 100 && harness_drops(DROP_TCP_NO_PAGE) == 0; i++)
		sends(ACK, 1 + i, 1, "x");
	// Three quarters of the 32 pages, and one that shows it.
	assert_int_equal(i, HARNESS_PAGES * 3 / 8 + 2);
	turn();
	lab_clear();
	peer.takes = UINT32_MAX;
	tcp_resume(peer.conn);
	turn();
	assert_int_equal(peer.got_len, HARNESS_PAGES * 3 / 8 + 1);
	lab_clear();
}

static void test_initial_numbers_differ(void **state)
{
	struct seg syn = syn_of();
	uint32_t iss[8];

	listens(16, false);
	for (unsigned i = 0; i < ARRAY_LEN(iss); i++) {
		peer.port = PEER_PORT + i;
		send_seg(&syn);
		turn();
		expects(SYN | ACK, 0, 1, "");
		iss[i] = peer.our_iss;
		for (unsigned k = 0; k < i; k++)
			assert_true(iss[k] - iss[i] > 100 && iss[i] - iss[k] > 100);
	}
	// The same ends again, later: a clock of 4 us has gone on (RFC 6528).
	sends(RST, 1, 0, "");
	lab_advance(400);
	turn();
	send_seg(&syn);
	turn();
	expects(SYN | ACK, 0, 1, "");
	assert_int_equal(peer.our_iss - iss[7], 100);
}

// What came before the reset is lost, so that the FIN is no end of the stream.
static void test_a_reset_behind_a_fin(void **state)
{
	listens(4, false);
	establish();
	sends(ACK | FIN, 1, 1, "data");
	sends(RST, 6, 0, "");
	turn();
	assert_int_equal(peer.got_len, 0);
	assert_int_equal(peer.ended, 0);
	assert_int_equal(peer.closed, 1);
	assert_int_equal(peer.end, TCP_END_RESET);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        TCP_TEST(test_headers),
	        TCP_TEST(test_a_device_s_verdict_is_believed),
	        TCP_TEST(test_groups),
	        TCP_TEST(test_closed_ports_are_reset),
	        TCP_TEST(test_resets_are_limited),
	        TCP_TEST(test_a_listener_takes_only_a_syn),
	        TCP_TEST(test_a_full_table_takes_no_more),
	        TCP_TEST(test_a_blind_reset_is_challenged),
	        TCP_TEST(test_a_blind_syn_is_challenged),
	        TCP_TEST(test_blind_data_is_refused),
	        TCP_TEST(test_old_duplicates_are_acknowledged),
	        TCP_TEST(test_old_timestamps_are_refused),
	        TCP_TEST(test_a_handshake_is_not_completed_by_guessing),
	        TCP_TEST(test_a_client_believes_only_its_peer),
	        TCP_TEST(test_combs_are_limited),
	        TCP_TEST(test_pages_are_limited),
	        TCP_TEST(test_initial_numbers_differ),
	        TCP_TEST(test_a_reset_behind_a_fin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// tcp: connections from their SYN to TIME-WAIT, segment by segment on virtual time: what the
// peer sends, what the application sees, what the stack sends. Loss is tcp_loss_test.c, what
// must not be believed is tcp_hostile_test.c.
#define HARNESS_PAGES 128 // a connection may have up to 21 of them
#include "tcp_lab.h"

#include "proto/tcpip/tcp/tcp_internal.h"

static void test_a_connection_from_syn_to_time_wait(void **state)
{
	listens(4, false);
	establish();
	sends(ACK | PSH, 1, 1, "hello");
	turn();
	assert_int_equal(peer.got_len, 5);
	assert_memory_equal(peer.got, "hello", 5);
	expects(ACK, 1, 6, "");
	assert_int_equal(tcp_send(peer.conn, "hi", 2), 2);
	turn();
	expects(ACK | PSH, 1, 6, "hi");
	sends(ACK, 6, 3, "");
	turn();
	tcp_shutdown(peer.conn);
	turn();
	expects(ACK | FIN, 3, 6, "");
	sends(ACK, 6, 4, "");
	turn();
	assert_int_equal(peer.closed, 0);
	sends(ACK | FIN, 6, 4, "");
	turn();
	expects(ACK, 4, 7, "");
	assert_int_equal(peer.ended, 1);
	assert_int_equal(peer.closed, 1);
	assert_int_equal(peer.end, TCP_END_DONE);
	// The FIN again: our acknowledgement was lost.
	sends(ACK | FIN, 6, 4, "");
	turn();
	expects(ACK, 4, 7, "");
	// It began the wait again.
	wait_us(59 * SEC_US);
	sends(ACK | FIN, 6, 4, "");
	turn();
	expects(ACK, 4, 7, "");
	wait_us(59 * SEC_US);
	sends(ACK | FIN, 6, 4, "");
	turn();
	expects(ACK, 4, 7, "");
	wait_us(61 * SEC_US);
	sends(ACK, 7, 4, "");
	expects(RST, 4, 0, "");
}

static void test_over_ipv6(void **state)
{
	peer.v6 = true;
	listens(4, false);
	establish();
	sends(ACK, 1, 1, "six");
	assert_false(turn());
	expects(ACK, 1, 4, "");
	assert_int_equal(tcp_send(peer.conn, "yes", 3), 3);
	turn();
	expects(ACK | PSH, 1, 4, "yes");
}

static void test_the_peer_closes_first(void **state)
{
	listens(4, false);
	establish();
	sends(ACK | FIN, 1, 1, "last");
	turn();
	expects(ACK, 1, 6, "");
	assert_int_equal(peer.got_len, 4);
	assert_int_equal(peer.ended, 1);
	// Half-closed: we may still send.
	assert_int_equal(tcp_send(peer.conn, "answer", 6), 6);
	tcp_shutdown(peer.conn);
	turn();
	expects(ACK | PSH | FIN, 1, 6, "answer");
	sends(ACK, 6, 8, "");
	turn();
	assert_int_equal(peer.closed, 1);
	assert_int_equal(peer.end, TCP_END_DONE);
	expects_nothing();
}

static void test_both_close_at_once(void **state)
{
	listens(4, false);
	establish();
	tcp_shutdown(peer.conn);
	turn();
	expects(ACK | FIN, 1, 1, "");
	sends(ACK | FIN, 1, 1, ""); // it has not seen ours: CLOSING
	turn();
	expects(ACK, 2, 2, "");
	assert_int_equal(peer.closed, 0);
	sends(ACK, 2, 2, "");
	turn();
	assert_int_equal(peer.closed, 1);
	assert_int_equal(peer.end, TCP_END_DONE);
}

static void test_syn_options(void **state)
{
	struct seg seg, syn;

	peer.ts = true;
	listens(4, false);
	syn = syn_of();
	send_seg(&syn);
	turn();
	seg = expects(SYN | ACK, 0, 1, "");
	assert_memory_equal(seg.options, "\2\4\5\xb4\4\2\x8\xa", 8);
	assert_int_equal(get32(seg.options + 12), peer.ts_val); // is echoed
	assert_memory_equal(seg.options + 16, "\1\3\3\7", 4);
	assert_int_equal(seg.options_len, 20);
	// Segments for half of the pages that connections have, which are half of the pool's.
	assert_int_equal(seg.window, (HARNESS_PAGES / 4 + 1) * 536);
}

static void test_without_options_of_the_peer_there_are_none_of_ours(void **state)
{
	struct seg seg, syn = seg_of(SYN, 0, 0, "", 0);
	struct tcp_info info;

	listens(4, false);
	send_seg(&syn);
	turn();
	seg = expects(SYN | ACK, 0, 1, "");
	assert_int_equal(seg.options_len, 4); // but our MSS
	sends(ACK, 1, 1, "");
	turn();
	tcp_info(peer.conn, &info);
	assert_int_equal(info.mss, 536);
	assert_string_equal(info.state, "ESTABLISHED");
}

static void test_timestamps_go_both_ways(void **state)
{
	struct seg seg;

	peer.ts = true;
	listens(4, false);
	establish();
	peer.ts_val = 2000;
	sends(ACK, 1, 1, "x");
	turn();
	expects(ACK, 1, 2, "");
	assert_int_equal(tcp_send(peer.conn, "y", 1), 1);
	turn();
	seg = expects(ACK | PSH, 1, 2, "y");
	assert_int_equal(seg.options_len, 12);
	assert_int_equal(get32(seg.options + 8), 2000);
}

// So that a peer in slow start gets on.
static void test_the_first_acknowledgements_are_sent_at_once(void **state)
{
	listens(4, false);
	establish();
	for (uint32_t i = 0; i < 16; i++) {
		sends_bytes(1 + i * 100, 1, 100);
		turn();
		expects(ACK, 1, 101 + i * 100, "");
	}
	sends_bytes(1601, 1, 100);
	turn();
	expects_nothing();
	wait_us(41 * MS_US);
	expects(ACK, 1, 1701, "");
	// After a pause it begins again.
	wait_us(2 * SEC_US);
	sends_bytes(1701, 1, 100);
	turn();
	expects(ACK, 1, 1801, "");
}

static void test_an_acknowledgement_waits_for_an_answer(void **state)
{
	listens(4, false);
	establish();
	sends_bytes(1, 1, 100);
	turn();
	expects(ACK, 1, 101, "");
	assert_int_equal(tcp_send(peer.conn, "y", 1), 1);
	turn();
	expects(ACK | PSH, 1, 101, "y");
	sends_bytes(101, 2, 100);
	turn();
	expects_nothing();
	wait_us(39 * MS_US);
	expects_nothing();
	wait_us(2 * MS_US);
	expects(ACK, 2, 201, "");
	sends_bytes(201, 2, 100); // the answer did not come in time
	turn();
	expects(ACK, 2, 301, "");
	sends_bytes(301, 2, 100);
	sends_bytes(401, 2, 100);
	turn();
	expects(ACK, 2, 501, ""); // one for two
	wait_us(SEC_US);
	expects_nothing();
}

static void test_a_burst_is_one_call_and_one_acknowledgement(void **state)
{
	uint8_t wanted[20 * 100];

	listens(4, false);
	establish();
	for (uint32_t i = 0; i < 20; i++)
		sends_bytes(1 + i * 100, 1, 100);
	turn();
	assert_int_equal(peer.calls, 1);
	fill(wanted, 1, sizeof(wanted));
	assert_int_equal(peer.got_len, sizeof(wanted));
	assert_memory_equal(peer.got, wanted, sizeof(wanted));
	expects(ACK, 1, 2001, "");
	expects_nothing();
}

// Every order of four segments, with the last one doubled.
static void test_what_comes_out_of_order_is_put_in_order(void **state)
{
	uint8_t wanted[400];

	fill(wanted, 1, sizeof(wanted));
	listens(64, false);
	for (unsigned order = 0; order < 24; order++) {
		unsigned left[4] = {0, 1, 2, 3}, n = 4, code = order;

		peer.opened = 0;
		peer.got_len = 0;
		peer.port = PEER_PORT + order;
		establish();
		while (n) {
			unsigned pick = code % n;

			code /= n;
			sends_bytes(1 + left[pick] * 100, 1, 100);
			left[pick] = left[--n];
		}
		turn();
		assert_int_equal(peer.got_len, sizeof(wanted));
		assert_memory_equal(peer.got, wanted, sizeof(wanted));
		lab_clear();
		tcp_abort(peer.conn);
		turn();
		lab_clear();
	}
}

static void test_overlaps_are_cut(void **state)
{
	uint8_t wanted[600];

	fill(wanted, 1, sizeof(wanted));
	listens(4, false);
	establish();
	sends_bytes(201, 1, 100); // 200 to 300
	sends_bytes(401, 1, 100); // 400 to 500
	sends_bytes(251, 1, 300); // fills between, and repeats both: beyond 500 it is new
	sends_bytes(151, 1, 100);
	sends_bytes(1, 1, 190);
	turn();
	assert_int_equal(peer.got_len, 550);
	sends_bytes(301, 1, 300);
	turn();
	assert_int_equal(peer.got_len, 600);
	assert_memory_equal(peer.got, wanted, sizeof(wanted));
	lab_clear();
}

static void test_gaps_are_reported(void **state)
{
	struct seg seg;

	peer.ts = true;
	listens(4, false);
	establish();
	sends_bytes(101, 1, 100);
	turn();
	seg = expects(ACK, 1, 1, "");
	assert_memory_equal(seg.options + 12, "\1\1\5\xa", 4);
	assert_int_equal(get32(seg.options + 16) - PEER_ISS, 101);
	assert_int_equal(get32(seg.options + 20) - PEER_ISS, 201);
	sends_bytes(301, 1, 100);
	turn();
	seg = expects(ACK, 1, 1, "");
	assert_int_equal(get32(seg.options + 16) - PEER_ISS, 301); // the newest first
	assert_int_equal(get32(seg.options + 24) - PEER_ISS, 101);
}

// As many duplicates as segments out of order: the peer counts them.
static void test_each_segment_out_of_order_has_its_duplicate(void **state)
{
	listens(4, false);
	establish();
	for (uint32_t i = 1; i <= 3; i++)
		sends_bytes(1 + i * 100, 1, 100);
	turn();
	for (unsigned i = 0; i < 3; i++)
		expects(ACK, 1, 1, "");
	expects_nothing();
}

static void test_a_slow_application_closes_the_window(void **state)
{
	struct seg seg = {.window = 65535};
	uint32_t seq = 1;
	size_t sent = 0;

	listens(4, false);
	establish();
	peer.takes = 0;
	while (seg.window > 0 && sent < 500) {
		sends_bytes(seq, 1, 1000);
		sends_bytes(seq + 1000, 1, 1000);
		seq += 2000;
		sent += 2;
		turn();
		seg = take_seg();
		if (seg.ack != seq)
			break; // pages ran out before the window did
	}
	assert_true(seg.window < 5000);
	assert_int_equal(peer.got_len, 0);
	peer.takes = UINT32_MAX;
	tcp_resume(peer.conn);
	turn();
	seg = take_seg();
	assert_true(seg.window > 5000);
	assert_int_equal(peer.got_len + 1, seg.ack);
}

static void test_echo_copies_nothing(void **state)
{
	peer.echoes = true;
	listens(4, true);
	establish();
	for (uint32_t i = 0; i < 3; i++)
		sends_bytes(1 + i * 1000, 1, 1000);
	turn();
	for (uint32_t i = 0; i < 3; i++) {
		struct seg seg = take_seg();
		uint8_t wanted[1000];

		fill(wanted, 1 + i * 1000, sizeof(wanted));
		assert_int_equal(seg.seq, 1 + i * 1000);
		assert_int_equal(seg.ack, 3001);
		assert_int_equal(seg.len, 1000);
		assert_memory_equal(seg.data, wanted, 1000);
	}
	expects_nothing();
	assert_int_equal(counter_get(&harness_metric.tcp.copied_bytes), 0);
	sends(ACK, 3001, 3001, "");
	turn();
}

static void test_a_page_of_the_application_is_sent_as_it_is(void **state)
{
	struct tcp_data page;
	struct tcp_info info;

	listens(4, false);
	establish();
	peer.takes = 0;
	sends(ACK, 1, 1, "keep me");
	turn();
	tcp_info(peer.conn, &info);
	assert_int_equal(info.received, 7);
	expects(ACK, 1, 8, "");
	peer.takes = UINT32_MAX;
	tcp_resume(peer.conn);
	turn();
	tcp_info(peer.conn, &info);
	assert_int_equal(info.received, 0);
	assert_true(tcp_page(peer.conn, &page));
	memcpy(page.bytes, "mine", 4);
	page.len = 4;
	assert_int_equal(tcp_send_pages(peer.conn, &page, 1), 1);
	assert_null(page.pkt);
	turn();
	expects(ACK | PSH, 1, 8, "mine");
	assert_int_equal(counter_get(&harness_metric.tcp.copied_bytes), 0);
}

static struct tcp_data kept;

static unsigned keeps(void *ctx, struct tcp_conn *conn, struct tcp_data *data, unsigned n,
                      mono_t now)
{
	kept = tcp_data_keep(conn, &data[0]);
	return 1;
}

static void test_a_kept_part_counts_until_it_is_done(void **state)
{
	static const struct tcp_ops ops = {
	        .opened = peer_opened, .data = keeps, .closed = peer_closed};
	struct tcp_listener_conf conf = {.port = OUR_PORT, .backlog = 1, .ops = &ops};
	struct tcp_info info;

	assert_int_equal(tcp_listen(peer.tcp, &conf, NULL), 0);
	establish();
	sends(ACK, 1, 1, "keep me");
	turn();
	assert_int_equal(kept.len, 7);
	assert_memory_equal(kept.bytes, "keep me", 7);
	tcp_info(peer.conn, &info);
	assert_int_equal(info.received, 7);
	tcp_data_done(peer.tcp, peer.conn, &kept);
	tcp_info(peer.conn, &info);
	assert_int_equal(info.received, 0);
	sends(ACK, 8, 1, "again");
	sends(RST, 13, 0, "");
	turn();
	assert_int_equal(peer.closed, 1);
	assert_null(kept.pkt); // what came before a reset is not delivered after it
}

static void test_small_segments_are_held_back(void **state)
{
	listens(4, false);
	establish();
	assert_int_equal(tcp_send(peer.conn, "a", 1), 1);
	turn();
	expects(ACK | PSH, 1, 1, "a");
	assert_int_equal(tcp_send(peer.conn, "b", 1), 1);
	turn();
	assert_int_equal(tcp_send(peer.conn, "c", 1), 1);
	turn();
	expects_nothing(); // until the first is acknowledged
	sends(ACK, 1, 2, "");
	turn();
	expects(ACK | PSH, 2, 1, "bc");
}

// A small segment waits for another small one only.
static void test_the_rest_of_a_write_goes_at_once(void **state)
{
	uint8_t bytes[3000];

	fill(bytes, 1, sizeof(bytes));
	listens(4, false);
	establish();
	assert_int_equal(tcp_send(peer.conn, bytes, sizeof(bytes)), sizeof(bytes));
	turn();
	assert_int_equal(expects(ACK, 1, 1, NULL).len, 1460);
	assert_int_equal(expects(ACK, 1461, 1, NULL).len, 1460);
	assert_int_equal(expects(ACK | PSH, 2921, 1, NULL).len, 80);
	assert_int_equal(tcp_send(peer.conn, "x", 1), 1);
	turn();
	expects_nothing();
	sends(ACK, 1, 3001, "");
	turn();
	expects(ACK | PSH, 3001, 1, "x");
}

static void test_nodelay_of_an_open_connection(void **state)
{
	listens(4, false);
	establish();
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(tcp_send(peer.conn, "a", 1), 1);
		turn();
	}
	expects(ACK | PSH, 1, 1, "a");
	expects_nothing();
	tcp_set_nodelay(peer.conn, true);
	turn();
	expects(ACK | PSH, 2, 1, "a");
	tcp_set_nodelay(peer.conn, false);
	assert_int_equal(tcp_send(peer.conn, "a", 1), 1);
	turn();
	expects_nothing();
}

static void test_nodelay_sends_at_once(void **state)
{
	listens(4, true);
	establish();
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(tcp_send(peer.conn, "x", 1), 1);
		turn();
		expects(ACK | PSH, 1 + i, 1, "x");
	}
}

static void test_a_new_connection_begins_with_ten_segments(void **state)
{
	static uint8_t bytes[20 * 1460];
	uint32_t sent = 0;

	fill(bytes, 1, sizeof(bytes));
	listens(4, false);
	establish();
	assert_int_equal(tcp_send(peer.conn, bytes, sizeof(bytes)), sizeof(bytes));
	turn();
	while (lab_waiting()) {
		struct seg seg = take_seg();

		assert_int_equal(seg.seq, 1 + sent);
		assert_memory_equal(seg.data, bytes + sent, seg.len);
		sent += (uint32_t)seg.len;
	}
	assert_int_equal(sent, 10 * 1460);
	// Each acknowledgement opens the window by what it acknowledges: slow start.
	sends(ACK, 1, 1 + 1460, "");
	turn();
	assert_int_equal(lab_waiting(), 2);
	lab_clear();
}

static void test_a_full_batch_waits_for_the_next_turn(void **state)
{
	struct pkt *fillers[BATCH_MAX];

	listens(4, false);
	establish();
	assert_int_equal(tcp_send(peer.conn, "wait", 4), 4);
	lab_clear();
	lab.out.len = BATCH_MAX; // full; nothing reads it
	memset(lab.out.pkt, 0, sizeof(fillers));
	assert_true(turn());
	lab.out.len = 0;
	assert_false(turn());
	expects(ACK | PSH, 1, 1, "wait");
}

static void test_a_reset_ends_it(void **state)
{
	listens(4, false);
	establish();
	sends(RST, 1, 0, "");
	turn();
	assert_int_equal(peer.closed, 1);
	assert_int_equal(peer.end, TCP_END_RESET);
	expects_nothing();
}

static void test_abort_sends_a_reset(void **state)
{
	listens(4, false);
	establish();
	assert_int_equal(tcp_send(peer.conn, "lost", 4), 4);
	tcp_abort(peer.conn);
	turn();
	expects(RST | ACK, 1, 1, "");
	assert_int_equal(peer.closed, 1);
	assert_int_equal(peer.end, TCP_END_ABORTED);
	expects_nothing();
}

static void test_listeners_by_address(void **state)
{
	struct tcp_listener_conf conf = {.port = OUR_PORT, .backlog = 1, .ops = &peer_ops};

	listens(4, false);
	assert_int_equal(tcp_listen(peer.tcp, &conf, NULL), -EADDRINUSE);
	conf.addr = ip("fd00::2");
	assert_int_equal(tcp_listen(peer.tcp, &conf, NULL), 0);
	assert_int_equal(tcp_listen(peer.tcp, &conf, NULL), -EADDRINUSE);
	for (unsigned i = 2; i < TCP_LISTENERS; i++) {
		conf.port = (uint16_t)(1000 + i);
		assert_int_equal(tcp_listen(peer.tcp, &conf, NULL), 0);
	}
	conf.port = 2000;
	assert_int_equal(tcp_listen(peer.tcp, &conf, NULL), -ENOSPC);
	establish();
}

static void connects(struct tcp_connect_conf *conf)
{
	*conf = (struct tcp_connect_conf){.remote = ip(peer_addr()),
	                                  .local_port = OUR_PORT,
	                                  .remote_port = PEER_PORT,
	                                  .ops = &peer_ops};
	assert_int_equal(tcp_connect(peer.tcp, conf, &peer.conn, lab.now), 0);
	turn();
	expects(SYN, 0, 0, "");
}

static void test_a_client_connects(void **state)
{
	struct tcp_connect_conf conf;
	struct seg seg = seg_of(SYN | ACK, 0, 1, "", 0);

	connects(&conf);
	assert_int_equal(tcp_connect(peer.tcp, &conf, NULL, lab.now), -EADDRINUSE);
	assert_int_equal(peer.opened, 0);
	assert_int_equal(tcp_send(peer.conn, "early", 5), 5); // waits for the handshake
	send_seg(&seg);
	turn();
	assert_int_equal(peer.opened, 1);
	expects(ACK | PSH, 1, 1, "early");
}

static void test_a_client_is_refused(void **state)
{
	struct tcp_connect_conf conf;

	connects(&conf);
	sends(RST | ACK, 0, 1, "");
	turn();
	assert_int_equal(peer.end, TCP_END_REFUSED);
	assert_int_equal(peer.closed, 1);
}

static void test_a_client_gives_up(void **state)
{
	struct tcp_connect_conf conf;
	unsigned syns = 1;

	connects(&conf);
	for (unsigned s = 0; s < 190 && !peer.closed; s++) {
		wait_us(SEC_US);
		for (; lab_waiting(); syns++)
			expects(SYN, 0, 0, "");
	}
	assert_int_equal(peer.end, TCP_END_TIMEOUT);
	assert_in_range(syns, 7, 10); // at 1, 3, 7, 15, 31, 63, 123 s
}

static void test_without_a_route_no_connection(void **state)
{
	struct tcp_connect_conf conf = {.local = ip("fd00::2"),
	                                .remote = ip("10.0.0.9"),
	                                .remote_port = 1,
	                                .ops = &peer_ops};

	assert_int_equal(tcp_connect(peer.tcp, &conf, NULL, lab.now), -ENETUNREACH);
}

static void test_both_open_at_once(void **state)
{
	struct tcp_connect_conf conf;
	struct seg syn = syn_of(), both = seg_of(SYN | ACK, 0, 1, "", 0);

	connects(&conf);
	send_seg(&syn);
	turn();
	expects(SYN | ACK, 0, 1, "");
	send_seg(&both);
	turn();
	assert_int_equal(peer.opened, 1);
	sends(ACK, 1, 1, "simultaneous");
	turn();
	assert_int_equal(peer.got_len, 12);
	lab_clear();
}

static void test_a_new_syn_takes_the_place_of_time_wait(void **state)
{
	struct seg syn;
	uint32_t iss;

	test_both_close_at_once(state);
	peer.opened = 0;
	iss = peer.our_iss;
	syn = syn_of();
	syn.seq = 100000; // later than all that was sent
	send_seg(&syn);
	turn();
	assert_int_equal(take_seg().flags, SYN | ACK);
	// Behind our FIN, although the clock of numbers has not gone on.
	assert_in_range(peer.our_iss - iss, 3, 100);
}

// A SYN cookie could not begin there, so the connection in TIME-WAIT stays.
static void test_a_full_backlog_leaves_time_wait(void **state)
{
	struct seg syn;

	test_both_close_at_once(state);
	for (unsigned i = 1; i <= 4; i++) {
		peer.port = PEER_PORT + i;
		syn = syn_of();
		send_seg(&syn);
	}
	turn();
	lab_clear();
	peer.port = PEER_PORT;
	syn.seq = 100000;
	send_seg(&syn);
	turn();
	assert_int_equal(take_seg().flags, ACK);
}

static void test_a_full_table_reuses_time_wait(void **state)
{
	lab_close();
	lab.conf.tcp_conns = 2;
	lab_open();
	peer_reset_state();
	listens(4, false);
	for (unsigned i = 0; i < 5; i++) {
		peer.port = PEER_PORT + i;
		peer.opened = 0;
		establish();
		tcp_shutdown(peer.conn);
		turn();
		expects(ACK | FIN, 1, 1, "");
		sends(ACK | FIN, 1, 2, "");
		turn();
		expects(ACK, 2, 2, "");
	}
	assert_int_equal(peer.closed, 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        TCP_TEST(test_a_connection_from_syn_to_time_wait),
	        TCP_TEST(test_over_ipv6),
	        TCP_TEST(test_the_peer_closes_first),
	        TCP_TEST(test_both_close_at_once),
	        TCP_TEST(test_syn_options),
	        TCP_TEST(test_without_options_of_the_peer_there_are_none_of_ours),
	        TCP_TEST(test_timestamps_go_both_ways),
	        TCP_TEST(test_the_first_acknowledgements_are_sent_at_once),
	        TCP_TEST(test_an_acknowledgement_waits_for_an_answer),
	        TCP_TEST(test_a_burst_is_one_call_and_one_acknowledgement),
	        TCP_TEST(test_what_comes_out_of_order_is_put_in_order),
	        TCP_TEST(test_overlaps_are_cut),
	        TCP_TEST(test_gaps_are_reported),
	        TCP_TEST(test_each_segment_out_of_order_has_its_duplicate),
	        TCP_TEST(test_a_slow_application_closes_the_window),
	        TCP_TEST(test_echo_copies_nothing),
	        TCP_TEST(test_a_kept_part_counts_until_it_is_done),
	        TCP_TEST(test_a_page_of_the_application_is_sent_as_it_is),
	        TCP_TEST(test_small_segments_are_held_back),
	        TCP_TEST(test_the_rest_of_a_write_goes_at_once),
	        TCP_TEST(test_nodelay_of_an_open_connection),
	        TCP_TEST(test_nodelay_sends_at_once),
	        TCP_TEST(test_a_new_connection_begins_with_ten_segments),
	        TCP_TEST(test_a_full_batch_waits_for_the_next_turn),
	        TCP_TEST(test_a_reset_ends_it),
	        TCP_TEST(test_abort_sends_a_reset),
	        TCP_TEST(test_listeners_by_address),
	        TCP_TEST(test_a_client_connects),
	        TCP_TEST(test_a_client_is_refused),
	        TCP_TEST(test_a_client_gives_up),
	        TCP_TEST(test_without_a_route_no_connection),
	        TCP_TEST(test_both_open_at_once),
	        TCP_TEST(test_a_new_syn_takes_the_place_of_time_wait),
	        TCP_TEST(test_a_full_backlog_leaves_time_wait),
	        TCP_TEST(test_a_full_table_reuses_time_wait),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// tcp_ecn: marks of routers instead of losses (RFC 3168): who agrees to them, which packets may
// be marked, and what a mark does at both ends. See tcp_loss_lab.h.
#include "tcp_loss_lab.h"

enum { ECE = 0x40, CWR = 0x80 };
enum { NOT_ECT = 0, ECT0 = 2, CE = 3 };

// The ECN field of the next packet, which is not taken.
static unsigned next_ecn(void)
{
	const struct pkt *pkt;

	assert_true(lab_waiting() > 0);
	pkt = lab.out.pkt[lab.taken];
	return pkt->page[pkt->l3 + 1] >> (peer.v6 ? 4 : 0) & 3;
}

// A handshake in which the peer asks.
static void opens_with_ecn(void)
{
	struct seg syn;

	peer.sack = true;
	fill(bytes, 1, sizeof(bytes));
	listens(4, true);
	syn = syn_of();
	syn.flags |= ECE | CWR;
	send_seg(&syn);
	turn();
	assert_int_equal(next_ecn(), NOT_ECT);
	expects(SYN | ACK | ECE, 0, 1, "");
	sends(ACK, 1, 1, "");
	turn();
	assert_non_null(peer.conn);
}

// A segment with text that a router has marked.
static void sends_marked(unsigned flags, uint32_t seq, uint32_t ack, const char *text, unsigned ecn)
{
	struct seg seg = seg_of(flags, seq, ack, text, strlen(text));
	struct frame f = seg_frame(&seg);

	f.b[f.l3 + 1] |= (uint8_t)(ecn << (peer.v6 ? 4 : 0));
	if (!peer.v6) {
		put16(f.b + f.l3 + 10, 0);
		put16(f.b + f.l3 + 10, ~slow_sum(0, f.b + f.l3, 20) & 0xffff);
	}
	lab_in(&f);
	turn();
	if (!lab_waiting())
		wait_us(50 * MS_US); // a delayed acknowledgement
}

static void test_the_peer_has_to_ask(void **state)
{
	const struct {
		unsigned asks, answer;
	} cases[] = {{ECE | CWR, ECE}, {ECE, 0}, {CWR, 0}, {0, 0}};

	listens(4, false);
	for (unsigned i = 0; i < ARRAY_LEN(cases); i++) {
		struct seg syn = syn_of();

		peer.port = PEER_PORT + i;
		syn.flags |= cases[i].asks;
		send_seg(&syn);
		turn();
		expects(SYN | ACK | cases[i].answer, 0, 1, "");
	}
}

static void test_only_new_data_may_be_marked(void **state)
{
	opens_with_ecn();
	sends(ACK, 1, 1, "x");
	turn();
	assert_int_equal(next_ecn(), NOT_ECT); // an acknowledgement
	expects(ACK, 1, 2, "");
	assert_int_equal(tcp_send(peer.conn, "data", 4), 4);
	turn();
	assert_int_equal(next_ecn(), ECT0);
	expects(ACK | PSH, 1, 2, "data");
	wait_us(1100 * MS_US);
	assert_int_equal(next_ecn(), NOT_ECT); // sent again
	expects(ACK | PSH, 1, 2, "data");
}

static void test_without_agreement_nothing_may_be_marked(void **state)
{
	listens(4, true);
	establish();
	assert_int_equal(tcp_send(peer.conn, "data", 4), 4);
	turn();
	assert_int_equal(next_ecn(), NOT_ECT);
	expects(ACK | PSH, 1, 1, "data");
	sends_marked(ACK, 1, 5, "x", CE);
	expects(ACK, 5, 2, "");
	sends(ACK | ECE, 2, 5, "");
	turn();
	assert_int_equal(info_of().ca_state, 0);
}

static void marks_are_reported_until_the_peer_reacts(void)
{
	opens_with_ecn();
	sends_marked(ACK, 1, 1, "a", ECT0);
	expects(ACK, 1, 2, "");
	sends_marked(ACK, 2, 1, "b", CE);
	expects(ACK | ECE, 1, 3, "");
	sends_marked(ACK, 3, 1, "c", ECT0);
	expects(ACK | ECE, 1, 4, "");
	assert_int_equal(tcp_send(peer.conn, "data", 4), 4);
	turn();
	expects(ACK | PSH | ECE, 1, 4, "data");
	sends_marked(ACK | CWR, 4, 5, "d", ECT0);
	expects(ACK, 5, 5, "");
	sends_marked(ACK | CWR, 5, 5, "e", CE); // marked again on the same way
	expects(ACK | ECE, 5, 6, "");
}

static void test_marks_are_reported_over_ipv4(void **state)
{
	marks_are_reported_until_the_peer_reacts();
}

static void test_marks_are_reported_over_ipv6(void **state)
{
	peer.v6 = true;
	marks_are_reported_until_the_peer_reacts();
}

// Section 6.1.2: once a round trip, by as much as a loss, and the peer learns of it.
static void test_a_report_lowers_the_window(void **state)
{
	uint32_t cwnd;
	struct seg seg;

	opens_with_ecn();
	assert_int_equal(tcp_send(peer.conn, bytes, 14 * MSS), 14 * MSS);
	turn();
	for (unsigned i = 0; i < 10; i++)
		expects_segment(i);
	wait_us(100 * MS_US);
	cwnd = info_of().cwnd;
	sends(ACK | ECE, 1, 1 + 2 * MSS, "");
	turn();
	assert_int_equal(info_of().ca_state, 2);
	assert_int_equal(info_of().ssthresh, cwnd * 717 / 1024);
	seg = take_seg();
	assert_int_equal(seg.flags & (CWR | ECE), CWR);
	assert_int_equal(seg.seq, 1 + 10 * MSS);
	while (lab_waiting())
		assert_int_equal(take_seg().flags & CWR, 0); // once
	sends(ACK | ECE, 1, 1 + 4 * MSS, "");
	turn();
	assert_int_equal(info_of().ssthresh, cwnd * 717 / 1024);
	while (lab_waiting())
		assert_int_equal(take_seg().flags & CWR, 0);
	sends(ACK, 1, 1 + 10 * MSS, "");
	turn();
	assert_int_equal(info_of().ca_state, 0);
	assert_int_equal(info_of().cwnd, info_of().ssthresh);
	lab_clear();
	sends(ACK, 1, 1 + 14 * MSS, "");
	turn();
	assert_int_equal(counter_get(&harness_metric.tcp.resent), 0);
	// The next round trip has its own reaction.
	assert_int_equal(tcp_send(peer.conn, bytes, 3 * MSS), 3 * MSS);
	turn();
	lab_clear();
	cwnd = info_of().cwnd;
	sends(ACK | ECE, 1, 1 + 15 * MSS, "");
	turn();
	assert_int_equal(info_of().ssthresh, cwnd * 717 / 1024);
}

// A report about nothing.
static void test_an_idle_connection_does_not_react(void **state)
{
	opens_with_ecn();
	sends(ACK | ECE, 1, 1, "");
	turn();
	assert_int_equal(info_of().ca_state, 0);
	assert_int_equal(info_of().ssthresh, UINT32_MAX);
}

static struct tcp_conn *connects(bool ecn)
{
	struct tcp_connect_conf conf = {.remote = ip("10.0.0.9"),
	                                .local_port = OUR_PORT,
	                                .remote_port = PEER_PORT,
	                                .ops = &peer_ops,
	                                .ecn = ecn};
	struct tcp_conn *conn;

	assert_int_equal(tcp_connect(peer.tcp, &conf, &conn, lab.now), 0);
	turn();
	return conn;
}

static void test_a_client_asks(void **state)
{
	struct seg answer;
	struct tcp_conn *conn = connects(true);

	assert_int_equal(next_ecn(), NOT_ECT);
	expects(SYN | ECE | CWR, 0, 0, "");
	wait_us(1100 * MS_US);
	expects(SYN, 0, 0, ""); // a network may have dropped the other for its flags
	answer = syn_of();
	answer.flags = SYN | ACK | ECE;
	answer.ack = 1;
	send_seg(&answer);
	turn();
	expects(ACK, 1, 1, "");
	assert_int_equal(tcp_send(conn, "data", 4), 4);
	turn();
	assert_int_equal(next_ecn(), ECT0);
	expects(ACK | PSH, 1, 1, "data");
}

static void test_answers_that_do_not_agree(void **state)
{
	const unsigned answers[] = {0, ECE | CWR, CWR};

	for (unsigned i = 0; i < ARRAY_LEN(answers); i++) {
		struct tcp_conn *conn = connects(true);
		struct seg answer;

		expects(SYN | ECE | CWR, 0, 0, "");
		answer = syn_of();
		answer.flags = SYN | ACK | answers[i];
		answer.ack = 1;
		send_seg(&answer);
		turn();
		expects(ACK, 1, 1, "");
		assert_int_equal(tcp_send(conn, "data", 4), 4);
		turn();
		assert_int_equal(next_ecn(), NOT_ECT);
		lab_clear();
		tcp_abort(conn);
		turn();
		lab_clear();
	}
}

static void test_a_client_that_does_not_ask(void **state)
{
	connects(false);
	expects(SYN, 0, 0, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        TCP_TEST(test_the_peer_has_to_ask),
	        TCP_TEST(test_only_new_data_may_be_marked),
	        TCP_TEST(test_without_agreement_nothing_may_be_marked),
	        TCP_TEST(test_marks_are_reported_over_ipv4),
	        TCP_TEST(test_marks_are_reported_over_ipv6),
	        TCP_TEST(test_a_report_lowers_the_window),
	        TCP_TEST(test_an_idle_connection_does_not_react),
	        TCP_TEST(test_a_client_asks),
	        TCP_TEST(test_answers_that_do_not_agree),
	        TCP_TEST(test_a_client_that_does_not_ask),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

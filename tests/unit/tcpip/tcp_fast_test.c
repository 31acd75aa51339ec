// tcp_fast: Fast Open (RFC 7413): whose cookies are valid and for how long, data that comes with a
// SYN, what is sent before the handshake is done, and how many may be in that state.
#include "tcp_lab.h"

#include "proto/tcpip/tcp/tcp_internal.h"

#define DAY_US     TCP_FAST_KEY_US
#define TIMEOUT_US (TCP_RTO_INITIAL_US + 2 * WHEEL_TICK_US)

static const uint64_t seed[2] = {1, 2};

// The cookie that the peer was given, as an option's body.
static struct {
	uint8_t bytes[TCP_FAST_COOKIE_BYTES];
	size_t len;
} cookie;

// What Linux computes for these ends and this key (its default ends in packetdrill).
static void test_a_cookie_is_that_of_linux(void **state)
{
	static const uint8_t key[HASH_SIP_KEY_BYTES] = {0xa1, 0xa1, 0xa1, 0xa1, 0xb2, 0xb2,
	                                                0xb2, 0xb2, 0xc3, 0xc3, 0xc3, 0xc3,
	                                                0xd4, 0xd4, 0xd4, 0xd4};
	uint8_t made[TCP_FAST_COOKIE_BYTES];

	tcp_fast_cookie(key, ip("192.0.2.1"), ip("192.168.0.1"), made);
	assert_memory_equal(made, "\x30\x21\xb9\xd8\x89\x01\x7e\xeb", sizeof(made));
}

static void test_a_cookie_is_for_both_addresses(void **state)
{
	static const uint8_t key[HASH_SIP_KEY_BYTES] = "a secret, really";
	static const char *const ends[][2] = {{"10.0.0.9", "10.0.0.2"}, {"10.0.0.8", "10.0.0.2"},
	                                      {"10.0.0.9", "10.0.0.3"}, {"10.0.0.2", "10.0.0.9"},
	                                      {"fd00::9", "fd00::2"},   {"fd00::8", "fd00::2"},
	                                      {"fd00:1::9", "fd00::2"}};
	uint8_t made[ARRAY_LEN(ends)][TCP_FAST_COOKIE_BYTES];

	for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
		tcp_fast_cookie(key, ip(ends[i][0]), ip(ends[i][1]), made[i]);
		for (size_t k = 0; k < i; k++)
			assert_memory_not_equal(made[i], made[k], TCP_FAST_COOKIE_BYTES);
	}
}

static void listens_fast(uint32_t most)
{
	struct tcp_listener_conf conf = {.port = OUR_PORT,
	                                 .backlog = 16,
	                                 .ops = &peer_ops,
	                                 .nodelay = true,
	                                 .fast_open = most};

	assert_int_equal(tcp_listen(peer.tcp, &conf, &peer.listener), 0);
}

// A SYN with the option, and with data. A cookie of no bytes asks for one.
static struct seg fast_syn(const char *text)
{
	struct seg syn = syn_of();
	uint8_t *at = syn.options + syn.options_len;

	at[0] = 34;
	at[1] = (uint8_t)(2 + cookie.len);
	memcpy(at + 2, cookie.bytes, cookie.len);
	memset(at + 2 + cookie.len, 1, 2);
	syn.options_len += 4 + cookie.len;
	syn.len = strlen(text);
	memcpy(syn.data, text, syn.len);
	return syn;
}

static void sends_syn(const char *text)
{
	struct seg syn = fast_syn(text);

	send_seg(&syn);
	turn();
}

// The cookie in an answer, which has the options of Linux before it, or an MSS.
static bool takes_cookie(const struct seg *answer)
{
	size_t at = peer.ts ? 20 : 4;

	if (answer->options_len == at)
		return false;
	assert_int_equal(answer->options_len, at + 12);
	assert_memory_equal(answer->options + at, "\x22\xa", 2);
	assert_memory_equal(answer->options + at + 10, "\1\1", 2);
	cookie.len = sizeof(cookie.bytes);
	memcpy(cookie.bytes, answer->options + at + 2, cookie.len);
	return true;
}

static void asks_for_cookie(void)
{
	struct seg answer;

	cookie.len = 0;
	sends_syn("early");
	answer = expects(SYN | ACK, 0, 1, "");
	assert_true(takes_cookie(&answer));
	sends(RST, 1, 0, "");
	turn();
}

static uint64_t count(const counter_t *counter)
{
	return counter_get(counter);
}

#define COUNT(name) count(&harness_metric.tcp.fast_open_##name)

static void test_off_unless_asked_for(void **state)
{
	struct seg answer;

	cookie.len = 0;
	listens(8, true);
	sends_syn("early");
	answer = expects(SYN | ACK, 0, 1, "");
	assert_false(takes_cookie(&answer));
	assert_int_equal(peer.opened, 0);
	sends(ACK | PSH, 1, 1, "early");
	turn();
	assert_int_equal(peer.got_len, 5);
	assert_int_equal(COUNT(cookies) + COUNT(taken) + COUNT(refused) + COUNT(full), 0);
	lab_clear();
}

// Section 4.2.1: the SYN's data is not taken, and comes again.
static void test_a_cookie_is_given_for_the_asking(void **state)
{
	struct seg answer;

	listens_fast(8);
	cookie.len = 0;
	sends_syn("early");
	answer = expects(SYN | ACK, 0, 1, "");
	assert_true(takes_cookie(&answer));
	expects_nothing();
	assert_int_equal(peer.opened, 0);
	sends(ACK | PSH, 1, 1, "early");
	turn();
	assert_int_equal(peer.opened, 1);
	assert_memory_equal(peer.got, "early", 5);
	assert_int_equal(COUNT(cookies), 1);
	assert_int_equal(COUNT(taken), 0);
	lab_clear();
}

// Section 4.2.2: the answer follows the SYN and ACK, before the handshake is done.
static void answers_early(void)
{
	listens_fast(8);
	asks_for_cookie();
	peer.echoes = true;
	sends_syn("early");
	assert_int_equal(peer.opened, 1);
	assert_int_equal(peer.got_len, 5);
	expects(SYN | ACK, 0, 6, "");
	expects(ACK | PSH, 1, 6, "early");
	expects_nothing();
	assert_int_equal(COUNT(taken), 1);
}

static void test_data_with_the_syn_is_answered_at_once(void **state)
{
	answers_early();
	sends(ACK, 6, 6, "");
	turn();
	expects_nothing();
	assert_int_equal(peer.opened, 1);
	assert_int_equal(peer.listener->fast_pending, 0);
	sends(ACK | PSH | FIN, 6, 6, "more");
	turn();
	assert_memory_equal(peer.got, "earlymore", 9);
	expects(ACK | PSH, 6, 11, "more");
	wait_us(300 * SEC_US);
	lab_clear();
}

static void test_with_timestamps_and_ipv6(void **state)
{
	peer.ts = peer.v6 = true;
	answers_early();
	sends(ACK, 6, 6, "");
	turn();
	expects_nothing();
	assert_int_equal(peer.closed, 0);
}

static void test_the_handshake_may_take_only_the_syn(void **state)
{
	answers_early();
	wait_us(100 * MS_US);
	sends(ACK, 6, 1, "");
	turn();
	expects_nothing();
	// The answer was lost: it is sent again after the time-out.
	wait_us(TIMEOUT_US);
	expects(ACK | PSH, 1, 6, "early");
}

static void test_a_wrong_cookie_is_as_none(void **state)
{
	struct seg answer;

	listens_fast(8);
	asks_for_cookie();
	for (unsigned bit = 0; bit < 64; bit += 7) {
		peer.port = PEER_PORT + 1 + bit;
		cookie.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
		sends_syn("early");
		answer = expects(SYN | ACK, 0, 1, "");
		assert_true(takes_cookie(&answer));
	}
	assert_int_equal(peer.opened, 0);
	assert_int_equal(COUNT(refused), 10);
	// The one that came in the answer is valid.
	peer.port = PEER_PORT;
	sends_syn("early");
	expects(SYN | ACK, 0, 6, "");
	assert_int_equal(peer.opened, 1);
}

static void test_cookies_of_other_lengths(void **state)
{
	static const uint8_t lens[] = {4, 6, 10, 16, 1, 3, 2, 5, 18};
	struct seg syn, answer;

	listens_fast(8);
	for (size_t i = 0; i < ARRAY_LEN(lens); i++) {
		bool valid = i < 4;

		peer.port = PEER_PORT + (unsigned)i;
		syn = seg_of(SYN, 0, 0, "early", 5);
		memcpy(syn.options, "\2\4\5\xb4\x22", 5);
		syn.options[5] = (uint8_t)(2 + lens[i]);
		syn.options_len = (size_t)(6 + lens[i] + 3) / 4 * 4;
		send_seg(&syn);
		turn();
		answer = expects(SYN | ACK, 0, 1, "");
		assert_int_equal(takes_cookie(&answer), valid);
	}
	assert_int_equal(COUNT(refused), 4);
}

// Section 4.1.2: keys change; a cookie of the last one is taken, and replaced.
static void test_keys_change(void **state)
{
	uint8_t old[TCP_FAST_COOKIE_BYTES];
	struct seg answer;

	listens_fast(8);
	asks_for_cookie();
	memcpy(old, cookie.bytes, sizeof(old));
	lab_advance(DAY_US);
	sends_syn("early");
	answer = expects(SYN | ACK, 0, 6, "");
	assert_int_equal(peer.opened, 1);
	assert_true(takes_cookie(&answer));
	assert_memory_not_equal(cookie.bytes, old, sizeof(old));
	sends(RST, 6, 0, "");
	turn();
	lab_advance(DAY_US);
	memcpy(cookie.bytes, old, sizeof(old));
	sends_syn("early");
	expects(SYN | ACK, 0, 1, "");
	assert_int_equal(peer.opened, 1);
}

static void test_workers_have_the_same_keys(void **state)
{
	struct tcp_fast_keys other;

	listens_fast(8);
	asks_for_cookie();
	tcp_fast_keys_init(&other, lab.conf.shared_seed);
	tcp_fast_keys_init(&peer.tcp->fast_keys, lab.conf.shared_seed);
	sends_syn("early");
	expects(SYN | ACK, 0, 6, "");
	tcp_fast_keys_init(&peer.tcp->fast_keys, seed);
	peer.port++;
	sends_syn("early");
	expects(SYN | ACK, 0, 1, "");
}

// Section 5.1.
static void test_beyond_the_limit_there_is_no_fast_open(void **state)
{
	struct seg answer;

	listens_fast(1);
	asks_for_cookie();
	sends_syn("early");
	expects(SYN | ACK, 0, 6, "");
	peer.port++;
	sends_syn("early");
	answer = expects(SYN | ACK, 0, 1, "");
	assert_int_equal(answer.options_len, 4);
	assert_int_equal(COUNT(full), 1);
	peer.port--;
	peer.our_iss = peer.tcp->conn[tcp_number(peer.tcp, peer.conn)].iss;
	sends(ACK, 6, 1, "");
	turn();
	peer.port += 2;
	sends_syn("early");
	expects(SYN | ACK, 0, 6, "");
	assert_int_equal(COUNT(taken), 2);
}

// Section 5.1: the RST may be of a host whose address was forged.
static void test_a_reset_makes_no_room_for_a_while(void **state)
{
	listens_fast(1);
	asks_for_cookie();
	sends_syn("early");
	expects(SYN | ACK, 0, 6, "");
	sends(RST, 6, 0, "");
	turn();
	assert_int_equal(peer.closed, 1);
	assert_int_equal(peer.end, TCP_END_RESET);
	assert_int_equal(peer.listener->fast_pending, 0);
	for (unsigned minute = 0; minute < 3; minute++) {
		peer.port++;
		sends_syn("early");
		expects(SYN | ACK, 0, minute < 2 ? 1 : 6, "");
		sends(RST, minute < 2 ? 1 : 6, 0, "");
		turn();
		wait_us(TCP_FAST_RESET_US);
	}
}

static void test_a_syn_that_comes_again_is_taken_once(void **state)
{
	answers_early();
	for (unsigned i = 0; i < 3; i++) {
		sends_syn("early");
		expects(SYN | ACK, 0, 6, "");
		expects_nothing();
	}
	assert_int_equal(peer.opened, 1);
	assert_int_equal(peer.got_len, 5);
	assert_int_equal(COUNT(taken), 1);
	sends(ACK, 6, 6, "");
	turn();
	expects_nothing();
}

// Section 4.2.2: the timer sends only SYN and ACK, without the option; what followed the first
// could not be taken by a peer that did not get it.
static void test_a_lost_answer_is_sent_again_without_data(void **state)
{
	struct seg answer;

	answers_early();
	wait_us(TIMEOUT_US);
	answer = expects(SYN | ACK, 0, 6, "");
	assert_int_equal(answer.options_len, 4);
	expects_nothing();
	sends(ACK, 6, 1, "");
	turn();
	expects(ACK | PSH, 1, 6, "early");
	expects_nothing();
	sends(ACK, 6, 6, "");
	turn();
	wait_us(100 * SEC_US);
	expects_nothing();
}

static void test_a_cookie_is_not_sent_again_by_the_timer(void **state)
{
	struct seg answer;

	listens_fast(8);
	cookie.len = 0;
	sends_syn("");
	answer = expects(SYN | ACK, 0, 1, "");
	assert_true(takes_cookie(&answer));
	wait_us(TIMEOUT_US);
	answer = expects(SYN | ACK, 0, 1, "");
	assert_int_equal(answer.options_len, 4);
}

static void test_a_silent_client_is_given_up(void **state)
{
	answers_early();
	for (unsigned s = 0; s < 60; s++)
		wait_us(SEC_US);
	assert_int_equal(peer.closed, 1);
	assert_int_equal(peer.end, TCP_END_TIMEOUT);
	assert_int_equal(peer.listener->fast_pending, 0);
	lab_clear();
}

static void test_no_data_needs_no_handshake_either(void **state)
{
	listens_fast(8);
	asks_for_cookie();
	sends_syn("");
	expects(SYN | ACK, 0, 1, "");
	assert_int_equal(peer.opened, 1);
	assert_int_equal(tcp_send(peer.conn, "hello", 5), 5);
	turn();
	expects(ACK | PSH, 1, 1, "hello");
	wait_us(30 * MS_US);
	sends(ACK, 1, 6, "");
	turn();
	assert_int_equal(peer.tcp->conn[tcp_number(peer.tcp, peer.conn)].srtt_us, 30 * MS_US);
}

static unsigned refuse(void *ctx, struct tcp_conn *conn, struct tcp_data *data, unsigned n,
                       mono_t now)
{
	tcp_abort(conn);
	return n;
}

static unsigned answer_and_close(void *ctx, struct tcp_conn *conn, struct tcp_data *data,
                                 unsigned n, mono_t now)
{
	unsigned sent = tcp_send_pages(conn, data, n);

	tcp_shutdown(conn);
	return sent;
}

static void listens_with(const struct tcp_ops *ops)
{
	struct tcp_listener_conf conf = {
	        .port = OUR_PORT, .backlog = 8, .ops = ops, .fast_open = 8};

	assert_int_equal(tcp_listen(peer.tcp, &conf, &peer.listener), 0);
	asks_for_cookie();
}

static void test_the_application_may_refuse_it(void **state)
{
	static const struct tcp_ops ops = {.data = refuse, .closed = peer_closed};
	struct seg rst;

	listens_with(&ops);
	sends_syn("early");
	rst = take_seg();
	assert_int_equal(rst.flags, RST | ACK);
	assert_int_equal(rst.ack, 6);
	expects_nothing();
	assert_int_equal(peer.end, TCP_END_ABORTED);
}

// A whole exchange in one round trip.
static void test_the_end_may_follow_at_once(void **state)
{
	static const struct tcp_ops ops = {.data = answer_and_close, .closed = peer_closed};

	listens_with(&ops);
	sends_syn("early");
	expects(SYN | ACK, 0, 6, "");
	expects(ACK | PSH | FIN, 1, 6, "early");
	sends(ACK | FIN, 6, 7, "");
	turn();
	expects(ACK, 7, 7, "");
	assert_int_equal(peer.closed, 1);
	assert_int_equal(peer.end, TCP_END_DONE);
}

static void test_a_fin_that_was_lost_is_sent_again(void **state)
{
	static const struct tcp_ops ops = {.data = answer_and_close, .closed = peer_closed};

	listens_with(&ops);
	sends_syn("early");
	lab_clear();
	sends(ACK, 6, 1, "");
	turn();
	wait_us(TIMEOUT_US);
	expects(ACK | PSH | FIN, 1, 6, "early");
	sends(ACK | FIN, 6, 7, "");
	turn();
	expects(ACK, 7, 7, "");
	assert_int_equal(peer.end, TCP_END_DONE);
}

static void test_unlisten_ends_those_that_wait(void **state)
{
	answers_early();
	tcp_unlisten(peer.tcp, peer.listener);
	turn();
	expects(RST | ACK, 6, 6, "");
	assert_int_equal(peer.closed, 1);
	assert_int_equal(peer.end, TCP_END_ABORTED);
}

// A full backlog is answered by SYN cookies, which remember no data.
static void test_a_full_backlog_has_no_fast_open(void **state)
{
	struct tcp_listener_conf conf = {
	        .port = OUR_PORT, .backlog = 1, .ops = &peer_ops, .fast_open = 8};

	assert_int_equal(tcp_listen(peer.tcp, &conf, &peer.listener), 0);
	asks_for_cookie();
	sends_syn("early");
	expects(SYN | ACK, 0, 6, "");
	peer.port++;
	sends_syn("early");
	expects(SYN | ACK, 0, 1, "");
	assert_int_equal(counter_get(&harness_metric.tcp.cookies_sent), 1);
	assert_int_equal(COUNT(taken), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_a_cookie_is_that_of_linux),
	        cmocka_unit_test(test_a_cookie_is_for_both_addresses),
	        TCP_TEST(test_off_unless_asked_for),
	        TCP_TEST(test_a_cookie_is_given_for_the_asking),
	        TCP_TEST(test_data_with_the_syn_is_answered_at_once),
	        TCP_TEST(test_with_timestamps_and_ipv6),
	        TCP_TEST(test_the_handshake_may_take_only_the_syn),
	        TCP_TEST(test_a_wrong_cookie_is_as_none),
	        TCP_TEST(test_cookies_of_other_lengths),
	        TCP_TEST(test_keys_change),
	        TCP_TEST(test_workers_have_the_same_keys),
	        TCP_TEST(test_beyond_the_limit_there_is_no_fast_open),
	        TCP_TEST(test_a_reset_makes_no_room_for_a_while),
	        TCP_TEST(test_a_syn_that_comes_again_is_taken_once),
	        TCP_TEST(test_a_lost_answer_is_sent_again_without_data),
	        TCP_TEST(test_a_cookie_is_not_sent_again_by_the_timer),
	        TCP_TEST(test_a_silent_client_is_given_up),
	        TCP_TEST(test_no_data_needs_no_handshake_either),
	        TCP_TEST(test_the_application_may_refuse_it),
	        TCP_TEST(test_the_end_may_follow_at_once),
	        TCP_TEST(test_a_fin_that_was_lost_is_sent_again),
	        TCP_TEST(test_unlisten_ends_those_that_wait),
	        TCP_TEST(test_a_full_backlog_has_no_fast_open),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// tcp_pure: the parts of TCP that are plain functions: the table of states, sequence
// numbers, options. The engine is in tcp_test.c.
#include "harness.h"

#include "proto/tcpip/tcp/tcp_option.h"
#include "proto/tcpip/tcp/tcp_seq.h"
#include "proto/tcpip/tcp/tcp_state.h"

// Every transition that RFC 9293 section 3.3.2 and 3.10 has, and no other.
static const struct {
	enum tcp_state from;
	enum tcp_event event;
	enum tcp_state to;
} transitions[] = {
        {TCP_CLOSED, TCP_OPEN_PASSIVE, TCP_LISTEN},
        {TCP_CLOSED, TCP_OPEN_ACTIVE, TCP_SYN_SENT},
        {TCP_LISTEN, TCP_OPEN_ACTIVE, TCP_SYN_SENT},
        {TCP_LISTEN, TCP_SYN_IN, TCP_SYN_RECEIVED},
        {TCP_LISTEN, TCP_SHUTDOWN, TCP_CLOSED},
        {TCP_LISTEN, TCP_RESET, TCP_CLOSED},
        {TCP_SYN_SENT, TCP_SYN_IN, TCP_SYN_RECEIVED},
        {TCP_SYN_SENT, TCP_SYN_ACK_IN, TCP_ESTABLISHED},
        {TCP_SYN_SENT, TCP_SHUTDOWN, TCP_CLOSED},
        {TCP_SYN_SENT, TCP_RESET, TCP_CLOSED},
        {TCP_SYN_RECEIVED, TCP_SYN_ACKED, TCP_ESTABLISHED},
        {TCP_SYN_RECEIVED, TCP_SHUTDOWN, TCP_SYN_RECEIVED},
        {TCP_SYN_RECEIVED, TCP_RESET, TCP_CLOSED},
        {TCP_ESTABLISHED, TCP_FIN_IN, TCP_CLOSE_WAIT},
        {TCP_ESTABLISHED, TCP_SHUTDOWN, TCP_FIN_WAIT_1},
        {TCP_ESTABLISHED, TCP_RESET, TCP_CLOSED},
        {TCP_FIN_WAIT_1, TCP_FIN_ACKED, TCP_FIN_WAIT_2},
        {TCP_FIN_WAIT_1, TCP_FIN_IN, TCP_CLOSING},
        {TCP_FIN_WAIT_1, TCP_RESET, TCP_CLOSED},
        {TCP_FIN_WAIT_2, TCP_FIN_IN, TCP_TIME_WAIT},
        {TCP_FIN_WAIT_2, TCP_RESET, TCP_CLOSED},
        {TCP_CLOSE_WAIT, TCP_SHUTDOWN, TCP_LAST_ACK},
        {TCP_CLOSE_WAIT, TCP_RESET, TCP_CLOSED},
        {TCP_CLOSING, TCP_FIN_ACKED, TCP_TIME_WAIT},
        {TCP_CLOSING, TCP_RESET, TCP_CLOSED},
        {TCP_LAST_ACK, TCP_FIN_ACKED, TCP_CLOSED},
        {TCP_LAST_ACK, TCP_RESET, TCP_CLOSED},
        {TCP_TIME_WAIT, TCP_FIN_IN, TCP_TIME_WAIT},
        {TCP_TIME_WAIT, TCP_EXPIRED, TCP_CLOSED},
        {TCP_TIME_WAIT, TCP_RESET, TCP_CLOSED},
};

static void test_every_state_takes_every_event(void **state)
{
	for (unsigned from = 0; from < TCP_STATES; from++)
		for (unsigned event = 0; event < TCP_EVENTS; event++) {
			enum tcp_state to = TCP_STATES;

			for (unsigned i = 0; i < ARRAY_LEN(transitions); i++)
				if (transitions[i].from == from && transitions[i].event == event)
					to = transitions[i].to;
			if (tcp_state_next(from, event) != to)
				fail_msg("%s by event %u", tcp_state_name(from), event);
		}
}

static void test_states_have_the_names_of_the_rfc(void **state)
{
	static const char *const names[] = {
	        "CLOSED",     "LISTEN",     "SYN-SENT", "SYN-RECEIVED", "ESTABLISHED", "FIN-WAIT-1",
	        "FIN-WAIT-2", "CLOSE-WAIT", "CLOSING",  "LAST-ACK",     "TIME-WAIT"};

	assert_int_equal(ARRAY_LEN(names), TCP_STATES);
	for (unsigned i = 0; i < TCP_STATES; i++)
		assert_string_equal(tcp_state_name(i), names[i]);
}

static void test_what_each_state_receives_and_sends(void **state)
{
	static const char *const receives = "00001110000", *const sends = "00001101110",
	                         *const synchronized = "00001111111";

	for (unsigned i = 0; i < TCP_STATES; i++) {
		assert_int_equal(tcp_state_receives(i), receives[i] == '1');
		assert_int_equal(tcp_state_sends(i), sends[i] == '1');
		assert_int_equal(tcp_state_synchronized(i), synchronized[i] == '1');
	}
}

static void test_sequence_numbers_wrap(void **state)
{
	assert_true(tcp_seq_lt(0xffffffff, 0));
	assert_false(tcp_seq_lt(0, 0xffffffff));
	assert_true(tcp_seq_lt(0x7fffffff, 0x80000000));
	assert_true(tcp_seq_le(5, 5));
	assert_int_equal(tcp_seq_diff(3, 0xfffffffe), 5);
	assert_int_equal(tcp_seq_diff(0xfffffffe, 3), -5);
	assert_int_equal(tcp_seq_max(0xfffffff0, 2), 2);
	assert_true(tcp_seq_in(1, 0xfffffff0, 0x20));
	assert_false(tcp_seq_in(0x10, 0xfffffff0, 0x20));
}

// RFC 9293 table 6, at both ends of the window, from 100 on or across the wrap.
static void test_which_segments_are_acceptable(void **state)
{
	static const struct {
		int32_t seq;
		uint32_t len, window;
		bool acceptable;
	} cases[] = {
	        {0, 0, 0, true},    {1, 0, 0, false},   {-1, 0, 0, false},  {0, 0, 10, true},
	        {9, 0, 10, true},   {10, 0, 10, false}, {-1, 0, 10, false}, {0, 1, 0, false},
	        {0, 1, 10, true},   {-1, 1, 10, false}, {-1, 2, 10, true},  {9, 1, 10, true},
	        {9, 100, 10, true}, {10, 1, 10, false}, {-5, 30, 10, true},
	};

	for (unsigned i = 0; i < ARRAY_LEN(cases); i++)
		for (unsigned k = 0; k < 2; k++) {
			uint32_t nxt = k ? 0xfffffffc : 100;

			if (tcp_seq_acceptable(nxt + (uint32_t)cases[i].seq, cases[i].len, nxt,
			                       cases[i].window) != cases[i].acceptable)
				fail_msg("case %u", i);
		}
}

#define BYTES(text) (const uint8_t *)(text), sizeof(text) - 1

static void test_options_are_read(void **state)
{
	struct tcp_options o;

	assert_int_equal(
	        tcp_option_parse(BYTES("\2\4\5\xb4\4\2\x8\xa\0\0\1\0\0\0\0\2\1\3\3\7"), &o),
	        DROP_NONE);
	assert_int_equal(o.has, TCP_OPTION_MSS | TCP_OPTION_SACK_PERMITTED | TCP_OPTION_TS |
	                                TCP_OPTION_WSCALE);
	assert_int_equal(o.mss, 1460);
	assert_int_equal(o.ts_val, 256);
	assert_int_equal(o.ts_ecr, 2);
	assert_int_equal(o.wscale, 7);
	assert_int_equal(tcp_option_parse(BYTES("\1\1\5\x12\0\0\0\1\0\0\0\5\0\0\1\0\0\0\2\0"), &o),
	                 DROP_NONE);
	assert_int_equal(o.has, 0);
	assert_int_equal(o.sacks, 2);
	assert_int_equal(o.sack[0].begin, 1);
	assert_int_equal(o.sack[0].end, 5);
	assert_int_equal(o.sack[1].begin, 256);
	assert_int_equal(o.sack[1].end, 512);
}

static void test_options_at_the_edge(void **state)
{
	static const struct {
		const char *bytes;
		uint8_t len;
		enum drop reason;
		uint8_t has;
	} cases[] = {
	        {"", 0, DROP_NONE, 0},
	        {"\0\2\0\0", 4, DROP_NONE, 0},         // nothing counts behind the end
	        {"\1\1\1\1", 4, DROP_NONE, 0},         // padding only
	        {"\2\1\5\xb4", 4, DROP_TCP_OPTION, 0}, // a length below 2
	        {"\2\0\5\xb4", 4, DROP_TCP_OPTION, 0}, // which would not end
	        {"\1\1\1\2", 4, DROP_TCP_OPTION, 0},   // a kind without a length
	        {"\1\2\4\5", 4, DROP_TCP_OPTION, 0},   // beyond the header
	        {"\x63\4\1\1\2\4\5\xb4", 8, DROP_NONE, TCP_OPTION_MSS}, // an unknown kind
	        {"\2\3\5\1", 4, DROP_NONE, 0},                          // an MSS of one byte
	        {"\3\3\xff\1", 4, DROP_NONE, TCP_OPTION_WSCALE},
	        {"\5\3\1\1", 4, DROP_NONE, 0}, // half a SACK
	};

	for (unsigned i = 0; i < ARRAY_LEN(cases); i++) {
		struct tcp_options o;

		if (tcp_option_parse((const uint8_t *)cases[i].bytes, cases[i].len, &o) !=
		            cases[i].reason ||
		    o.has != cases[i].has || o.sacks)
			fail_msg("case %u", i);
		if (o.has & TCP_OPTION_WSCALE)
			assert_int_equal(o.wscale, 14);
	}
}

static void test_the_first_of_two_counts(void **state)
{
	struct tcp_options o;

	assert_int_equal(tcp_option_parse(BYTES("\2\4\5\xb4\2\4\0\1\3\3\1\3\3\2\1\1"), &o),
	                 DROP_NONE);
	assert_int_equal(o.mss, 1460);
	assert_int_equal(o.wscale, 1);
}

static void test_what_is_written_is_read_back(void **state)
{
	for (unsigned has = 0; has < 16; has++)
		for (uint8_t sacks = 0; sacks <= TCP_OPTION_SACKS_MAX; sacks++) {
			struct tcp_options in = {.has = (uint8_t)has,
			                         .mss = 1200,
			                         .wscale = 9,
			                         .ts_val = 0x12345678,
			                         .ts_ecr = 0x9abcdef0,
			                         .sacks = sacks,
			                         .sack = {{1, 2}, {3, 4}, {5, 6}, {7, 8}}};
			uint8_t bytes[TCP_OPTION_BYTES_MAX];
			struct tcp_options out;
			uint8_t len;

			if (has != TCP_OPTION_TS && has != 0 && sacks)
				continue; // a SYN has no SACK blocks
			len = tcp_option_write(&in, bytes);
			assert_true(len % 4 == 0 && len <= sizeof(bytes));
			assert_int_equal(tcp_option_parse(bytes, len, &out), DROP_NONE);
			assert_int_equal(out.has, has);
			assert_true(!(has & TCP_OPTION_MSS) || out.mss == 1200);
			assert_true(!(has & TCP_OPTION_WSCALE) || out.wscale == 9);
			assert_true(!(has & TCP_OPTION_TS) ||
			            (out.ts_val == in.ts_val && out.ts_ecr == in.ts_ecr));
			assert_int_equal(out.sacks, has && sacks > 3 ? 3 : sacks);
			assert_memory_equal(out.sack, in.sack, out.sacks * sizeof(in.sack[0]));
		}
}

// In the order and with the padding of Linux, which scripts of others expect to the byte.
static void test_options_are_written_as_linux_does(void **state)
{
	enum {
		MSS = TCP_OPTION_MSS,
		SACK_OK = TCP_OPTION_SACK_PERMITTED,
		TS = TCP_OPTION_TS,
		WSCALE = TCP_OPTION_WSCALE
	};
	static const struct {
		uint8_t has, sacks, len;
		const char *bytes;
	} cases[] = {
	        {0, 0, 0, ""},
	        {MSS, 0, 4, "\2\4\5\xb4"},
	        {MSS | SACK_OK | TS | WSCALE, 0, 20,
	         "\2\4\5\xb4\4\2\x8\xa\0\0\0\1\0\0\0\2\1\3\3\7"},
	        {MSS | SACK_OK | WSCALE, 0, 12, "\2\4\5\xb4\1\1\4\2\1\3\3\7"},
	        {MSS | TS | WSCALE, 0, 20, "\2\4\5\xb4\1\1\x8\xa\0\0\0\1\0\0\0\2\1\3\3\7"},
	        {MSS | SACK_OK, 0, 8, "\2\4\5\xb4\1\1\4\2"},
	        {MSS | WSCALE, 0, 8, "\2\4\5\xb4\1\3\3\7"},
	        {TS, 0, 12, "\1\1\x8\xa\0\0\0\1\0\0\0\2"},
	        {TS, 1, 24, "\1\1\x8\xa\0\0\0\1\0\0\0\2\1\1\5\xa\0\0\0\3\0\0\0\4"},
	        {0, 1, 12, "\1\1\5\xa\0\0\0\3\0\0\0\4"},
	};

	for (unsigned i = 0; i < ARRAY_LEN(cases); i++) {
		struct tcp_options options = {.has = cases[i].has,
		                              .mss = 1460,
		                              .wscale = 7,
		                              .ts_val = 1,
		                              .ts_ecr = 2,
		                              .sacks = cases[i].sacks,
		                              .sack = {{3, 4}}};
		uint8_t bytes[TCP_OPTION_BYTES_MAX];
		uint8_t len = tcp_option_write(&options, bytes);

		if (len != cases[i].len || memcmp(bytes, cases[i].bytes, len) != 0)
			fail_msg("case %u", i);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_every_state_takes_every_event),
	        cmocka_unit_test(test_states_have_the_names_of_the_rfc),
	        cmocka_unit_test(test_what_each_state_receives_and_sends),
	        cmocka_unit_test(test_sequence_numbers_wrap),
	        cmocka_unit_test(test_which_segments_are_acceptable),
	        cmocka_unit_test(test_options_are_read),
	        cmocka_unit_test(test_options_at_the_edge),
	        cmocka_unit_test(test_the_first_of_two_counts),
	        cmocka_unit_test(test_what_is_written_is_read_back),
	        cmocka_unit_test(test_options_are_written_as_linux_does),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

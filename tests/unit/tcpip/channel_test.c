// channel: what handlers in a worker read and write, however the peer cuts its stream; how each
// side is slowed down by the other; all the ways in which a channel ends. The peer is the one of
// tcp_lab.h. Two stacks and bad lines are tests/sim/channel_sim.c, threads tests/unit/cross.
#include "tcp_lab.h"

#include "proto/tcpip/tcp/channels.h"

#define BUFFER_BYTES 64
#define CHANNELS     2

// A handler that records, and reads as `reads` says.
static struct {
	struct channels *channels;
	struct channel *channel;
	unsigned opened, readable, writable, closed;
	enum tcp_end end;
	void (*reads)(struct channel *channel);
	char log[4096]; // of what was read
	uint32_t seq;   // that the peer sends next
	uint32_t line_max, exact_len;
} app;

static void note(const char *text)
{
	assert_true(strlen(app.log) + strlen(text) < sizeof(app.log));
	strcat(app.log, text);
}

static void app_opened(void *ctx, struct channel *channel, mono_t now)
{
	assert_ptr_equal(ctx, &app);
	app.opened++;
	app.channel = channel;
	assert_int_equal(channel_peers(channel).remote_port, peer.port);
}

static void app_readable(void *ctx, struct channel *channel, mono_t now)
{
	app.readable++;
	if (app.reads)
		app.reads(channel);
}

static void app_writable(void *ctx, struct channel *channel, mono_t now)
{
	app.writable++;
}

static void app_closed(void *ctx, struct channel *channel, enum tcp_end end, mono_t now)
{
	app.closed++;
	app.end = end;
	app.channel = NULL;
}

static const struct channel_ops app_ops = {.opened = app_opened,
                                           .readable = app_readable,
                                           .writable = app_writable,
                                           .closed = app_closed};

static const struct channels_listener_conf listener = {
        .port = OUR_PORT, .backlog = 4, .ops = &app_ops, .ctx = &app, .keepalive_s = 600};

static int setup(void **state)
{
	struct channels_conf conf = {.channels = CHANNELS, .buffer_bytes = BUFFER_BYTES};

	if (tcp_lab_setup(state))
		return -1;
	memset(&app, 0, sizeof(app));
	conf.tcp = peer.tcp;
	conf.wheel = &lab.wheel;
	conf.metric = &harness_metric;
	app.channels = channels_open(&conf);
	app.seq = 1;
	assert_non_null(app.channels);
	assert_int_equal(channels_listen(app.channels, &listener), 0);
	return 0;
}

static int teardown(void **state)
{
	if (app.channels)
		channels_close(app.channels, lab.now);
	return lab_teardown(state);
}

#define CHANNEL_TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

static void discard_sent(void)
{
	while (lab_waiting())
		take_seg();
	lab_clear();
}

static void open_channel(void)
{
	struct seg syn = syn_of();
	unsigned opened = app.opened;

	send_seg(&syn);
	turn();
	expects(SYN | ACK, 0, 1, "");
	app.seq = 1;
	sends(ACK, 1, 1, "");
	turn();
	assert_int_equal(app.opened, opened + 1);
}

// The peer sends the bytes, and the worker's turn ends.
static void peer_says(const char *bytes, size_t len)
{
	struct seg seg = seg_of(ACK, app.seq, 1, bytes, len);

	app.seq += (uint32_t)len;
	send_seg(&seg);
	turn();
	discard_sent();
}

static void peer_ends(uint32_t acked)
{
	sends(ACK | FIN, app.seq++, acked, "");
	turn();
}

// Reads lines as long as there are any, and says how it went on.
static void read_lines(struct channel *channel)
{
	static const char *const ends[] = {[CHANNEL_WAIT] = "", // is asked again
	                                   [CHANNEL_END] = "END",
	                                   [CHANNEL_TOO_LONG] = "LONG"};
	enum channel_got got;
	char *line, rest[BUFFER_BYTES];
	uint32_t len;

	while ((got = channel_read_line(channel, app.line_max, &line, &len)) == CHANNEL_GOT) {
		assert_int_equal(line[len], 0);
		for (uint32_t i = 0; i < len; i++)
			line[i] = line[i] ? line[i] : '0';
		note(line);
		note("|");
	}
	note(ends[got]);
	if (got == CHANNEL_END) {
		len = channel_read(channel, rest, sizeof(rest) - 1);
		rest[len] = '\0';
		note(rest);
		assert_true(channel_ended(channel));
	}
	if (got != CHANNEL_WAIT)
		channel_close(channel);
}

#define TEXT(text) text, sizeof(text) - 1

static const struct {
	const char *stream;
	size_t len;
	const char *log;
} streams[] = {
        {TEXT("one\ntwo\n"), "one|two|END"},
        {TEXT("one\r\ntwo\r\n"), "one|two|END"},
        {TEXT("\n\r\n\n"), "|||END"},
        {TEXT("a\rb\n\r"), "a\rb|END\r"},
        {TEXT("\r\r\n"), "\r|END"},
        {TEXT("no end"), "ENDno end"},
        {TEXT("a\0b\nc"), "a0b|ENDc"},
        {TEXT(""), "END"},
        {TEXT("12345678\n1234567\r\n"), "12345678|1234567|END"},
        {TEXT("12345678\r\nx"), "12345678|ENDx"},
        {TEXT("123456789\n"), "LONG"},
        {TEXT("123456789\r\n"), "LONG"},
        {TEXT("x\n1234567890123\nnever"), "x|LONG"},
        {TEXT("1234567\r\r\n8\n"), "1234567\r|8|END"},
        {TEXT("12345678\r\r\n"), "LONG"},
};

// Sends the stream, cut in front of each byte whose bit is set.
static void check_stream(unsigned i, uint32_t cuts)
{
	size_t from = 0;

	app.log[0] = '\0';
	open_channel();
	for (size_t at = 1; at <= streams[i].len && app.channel; at++)
		if (at == streams[i].len || (cuts >> at & 1)) {
			peer_says(streams[i].stream + from, at - from);
			from = at;
		}
	peer_ends(1);
	discard_sent();
	if (strcmp(app.log, streams[i].log) != 0)
		fail_msg("stream %u, cuts %x: read '%s', not '%s'", i, cuts, app.log,
		         streams[i].log);
	sends(ACK, app.seq, 2, "");
	turn();
	assert_null(app.channel);
	peer.port++;
	discard_sent();
}

static void test_lines_are_the_same_however_they_are_cut(void **state)
{
	app.reads = read_lines;
	app.line_max = 8;
	for (unsigned i = 0; i < ARRAY_LEN(streams); i++) {
		size_t len = streams[i].len;

		check_stream(i, 0);
		check_stream(i, UINT32_MAX);
		for (size_t a = 1; a < len; a++)
			for (size_t b = a; b < len; b++)
				check_stream(i, 1u << a | 1u << b);
	}
}

// What the buffer holds bounds the lines, whatever the handler allows.
static void test_lines_are_bounded_by_the_buffer(void **state)
{
	char text[BUFFER_BYTES + 1];

	memset(text, 'x', sizeof(text));
	app.reads = read_lines;
	app.line_max = 1000;
	open_channel();
	text[BUFFER_BYTES - 2] = '\n';
	peer_says(text, BUFFER_BYTES - 1);
	assert_int_equal(strlen(app.log), BUFFER_BYTES - 2 + 1);
	text[BUFFER_BYTES - 2] = 'x';
	text[BUFFER_BYTES - 1] = '\n';
	for (unsigned i = 0; i < BUFFER_BYTES; i++)
		peer_says(text + i, 1);
	assert_string_equal(app.log + BUFFER_BYTES - 1, "LONG");
}

// Takes messages of exact_len bytes.
static void read_messages(struct channel *channel)
{
	char text[BUFFER_BYTES + 2];
	enum channel_got got;
	uint8_t *bytes;

	while ((got = channel_read_exact(channel, app.exact_len, &bytes)) == CHANNEL_GOT) {
		memcpy(text, bytes, app.exact_len);
		text[app.exact_len] = '|';
		text[app.exact_len + 1] = '\0';
		note(text);
	}
	note(got == CHANNEL_END ? "END" : got == CHANNEL_TOO_LONG ? "LONG" : "");
}

static void test_messages_are_the_same_however_they_are_cut(void **state)
{
	app.reads = read_messages;
	app.exact_len = 3;
	for (unsigned cut = 1; cut < 8; cut++) {
		uint8_t rest[8];

		app.log[0] = '\0';
		open_channel();
		peer_says("abcdefgh", cut);
		peer_says(&"abcdefgh"[cut], 8 - cut);
		peer_ends(1);
		assert_string_equal(app.log, "abc|def|END");
		assert_int_equal(channel_read(app.channel, rest, sizeof(rest)), 2);
		assert_memory_equal(rest, "gh", 2);
		channel_abort(app.channel);
		turn();
		discard_sent();
		peer.port++;
	}
}

static void test_a_message_has_a_limit(void **state)
{
	uint8_t *bytes;

	open_channel();
	peer_says("abc", 3);
	assert_int_equal(channel_read_exact(app.channel, BUFFER_BYTES + 1, &bytes),
	                 CHANNEL_TOO_LONG);
	assert_int_equal(channel_read_exact(app.channel, 0, &bytes), CHANNEL_GOT);
	assert_int_equal(channel_read_exact(app.channel, BUFFER_BYTES, &bytes), CHANNEL_WAIT);
	assert_int_equal(channel_read_exact(app.channel, 3, &bytes), CHANNEL_GOT);
	assert_memory_equal(bytes, "abc", 3);
}

// Different ways of reading one stream, one after the other.
static void test_ways_of_reading_mix(void **state)
{
	uint8_t *bytes, copy[4];
	char *line;
	uint32_t len;

	open_channel();
	assert_null(channel_peek(app.channel, &len));
	assert_int_equal(len, 0);
	peer_says("\0\5he", 4);
	assert_int_equal(channel_read_exact(app.channel, 2, &bytes), CHANNEL_GOT);
	assert_int_equal(bytes[1], 5);
	assert_int_equal(channel_read_exact(app.channel, 5, &bytes), CHANNEL_WAIT);
	assert_int_equal(channel_read(app.channel, copy, 1), 1);
	assert_int_equal(copy[0], 'h');
	peer_says("llo line\r\nrest", 14);
	bytes = channel_peek(app.channel, &len);
	assert_int_equal(len, 1); // in the buffer
	channel_skip(app.channel, 3);
	assert_int_equal(channel_read(app.channel, copy, 2), 2);
	assert_memory_equal(copy, "o ", 2);
	assert_int_equal(channel_read_line(app.channel, 10, &line, &len), CHANNEL_GOT);
	assert_string_equal(line, "line");
	bytes = channel_peek(app.channel, &len);
	assert_int_equal(len, 4);
	assert_memory_equal(bytes, "rest", 4);
	assert_false(channel_ended(app.channel));
	peer_ends(1);
	assert_false(channel_ended(app.channel));
	channel_skip(app.channel, 4);
	assert_true(channel_ended(app.channel));
}

// All bytes that a window of the peer's can hold are looked at once: a line that never ends.
static void test_what_is_incomplete_holds_no_pages(void **state)
{
	int before = (int)harness_pages.pool.avail(&harness_pages.pool);

	app.reads = read_lines;
	app.line_max = 60;
	open_channel();
	for (unsigned i = 0; i < 60; i++)
		peer_says("x", 1);
	assert_int_equal(harness_pages.pool.avail(&harness_pages.pool), before);
	assert_string_equal(app.log, "");
	peer_says("\n", 1);
	assert_int_equal(strlen(app.log), 61);
}

// A handler that reads nothing: the window closes, and opens again when it reads.
static void test_a_handler_that_does_not_read_slows_the_peer_down(void **state)
{
	uint32_t window, got = 0, sent;
	struct seg seg = {0};
	uint8_t bytes[500];

	open_channel();
	for (;;) {
		sends_bytes(app.seq, 1, 400);
		turn();
		if (!lab_waiting())
			wait_us(50 * MS_US);
		while (lab_waiting())
			seg = take_seg();
		window = seg.window;
		if (seg.ack != app.seq + 400)
			break;
		app.seq += 400;
		if (window < 400)
			break;
	}
	sent = app.seq - 1;
	assert_true(sent > 4000);
	// Of the pool's pages TCP holds half at most, and channels a quarter of that.
	assert_true(harness_pages.pool.avail(&harness_pages.pool) >= HARNESS_PAGES * 3 / 8);
	while (got < sent) {
		uint8_t expected[500];
		uint32_t n = channel_read(app.channel, bytes, sizeof(bytes));

		assert_true(n > 0);
		fill(expected, 1 + got, n);
		assert_memory_equal(bytes, expected, n);
		got += n;
		turn();
	}
	turn();
	discard_sent();
	sends_bytes(app.seq, 1, 400);
	turn();
	assert_int_equal(channel_read(app.channel, bytes, sizeof(bytes)), 400);
}

// One that holds all pages that channels may have does not stop another.
static void test_a_handler_that_does_not_read_stops_no_other(void **state)
{
	struct channel *idle;
	char byte;

	open_channel();
	idle = app.channel;
	for (unsigned i = 0; i < CHANNEL_PARTS / 2; i++)
		peer_says("x", 1);
	peer.port++;
	open_channel();
	for (unsigned i = 0; i < 2 * CHANNEL_PARTS; i++) {
		peer_says("yz", 2);
		assert_int_equal(channel_read(app.channel, &byte, 1), 1);
		assert_int_equal(byte, 'y');
		peer_says("", 0);
		assert_int_equal(channel_read(app.channel, &byte, 1), 1);
		assert_int_equal(byte, 'z');
		assert_true(harness_pages.pool.avail(&harness_pages.pool) >= HARNESS_PAGES / 4);
	}
	for (unsigned i = 0; i < CHANNEL_PARTS / 2; i++, turn())
		assert_int_equal(channel_read(idle, &byte, 1), 1);
	lab_clear();
}

static void test_a_peer_that_does_not_read_slows_the_handler_down(void **state)
{
	static const uint8_t zeros[4096];
	uint32_t written = 0, n, acked = 1;

	open_channel();
	while ((n = channel_write(app.channel, zeros, sizeof(zeros))) == sizeof(zeros))
		written += n;
	written += n;
	assert_true(written > 10000);
	assert_int_equal(channel_room(app.channel), 0);
	assert_int_equal(channel_write(app.channel, zeros, 1), 0);
	assert_int_equal(app.writable, 0);
	for (unsigned i = 0; i < 100 && app.writable == 0; i++) {
		turn();
		while (lab_waiting()) {
			struct seg seg = take_seg();

			acked = seg.seq + (uint32_t)seg.len;
		}
		sends(ACK, 1, acked, "");
	}
	assert_int_equal(app.writable, 1);
	assert_true(channel_room(app.channel) > 0);
	assert_int_equal(channel_write(app.channel, zeros, 1), 1);
}

static void test_what_is_written_in_one_turn_leaves_together(void **state)
{
	open_channel();
	assert_int_equal(channel_write(app.channel, "hel", 3), 3);
	assert_int_equal(channel_write(app.channel, "lo", 2), 2);
	channel_flush(app.channel);
	expects_nothing();
	turn();
	expects(ACK | PSH, 1, 1, "hello");
	// And no longer: there is no Nagle in it.
	assert_int_equal(channel_write(app.channel, "!", 1), 1);
	turn();
	expects(ACK | PSH, 6, 1, "!");
}

static void test_close_sends_what_was_written_and_discards_what_comes(void **state)
{
	open_channel();
	peer_says("unread", 6);
	assert_int_equal(channel_write(app.channel, "bye", 3), 3);
	channel_close(app.channel);
	assert_int_equal(channel_write(app.channel, "x", 1), 0);
	turn();
	expects(ACK | PSH | FIN, 1, 7, "bye");
	assert_int_equal(app.readable, 1);
	sends(ACK, 7, 5, "more");
	turn();
	sends(ACK | FIN, 11, 5, "");
	turn();
	assert_int_equal(app.readable, 1);
	assert_int_equal(app.closed, 1);
	assert_int_equal(app.end, TCP_END_DONE);
}

// The peer acknowledges the end and never ends itself.
static void test_close_does_not_wait_for_ever(void **state)
{
	open_channel();
	channel_close(app.channel);
	turn();
	expects(ACK | FIN, 1, 1, "");
	sends(ACK, 1, 2, "");
	wait_us(MS_US);
	wait_us(CHANNELS_LINGER_US - SEC_US);
	assert_int_equal(app.closed, 0);
	wait_us(2 * SEC_US);
	turn();
	assert_int_equal(app.closed, 1);
	assert_int_equal(app.end, TCP_END_ABORTED);
	expects(ACK | RST, 2, 1, NULL);
}

// Each acknowledgement gives the peer as long again.
static void test_close_waits_for_a_slow_peer(void **state)
{
	static const uint8_t zeros[3000];
	uint32_t acked = 1;

	open_channel();
	assert_int_equal(channel_write(app.channel, zeros, sizeof(zeros)), sizeof(zeros));
	channel_close(app.channel);
	turn();
	for (unsigned i = 0; i < 20; i++) {
		discard_sent();
		wait_us(CHANNELS_LINGER_US - SEC_US);
		assert_int_equal(app.closed, 0);
		acked += 100;
		sends(ACK, 1, acked, "");
		turn();
	}
	for (unsigned i = 0; i < 3; i++)
		wait_us(CHANNELS_LINGER_US);
	turn();
	assert_int_equal(app.closed, 1);
	assert_int_equal(app.end, TCP_END_ABORTED);
	discard_sent();
}

static void test_shutdown_goes_on_reading(void **state)
{
	uint8_t bytes[16];

	open_channel();
	channel_shutdown(app.channel);
	channel_shutdown(app.channel);
	assert_int_equal(channel_write(app.channel, "x", 1), 0);
	turn();
	expects(ACK | FIN, 1, 1, "");
	sends(ACK, 1, 2, "answer");
	turn();
	sends(ACK | FIN, 7, 2, "");
	turn();
	// The connection is over, what came of it is not.
	assert_int_equal(app.closed, 0);
	assert_int_equal(channel_read(app.channel, bytes, sizeof(bytes)), 6);
	assert_memory_equal(bytes, "answer", 6);
	assert_int_equal(app.closed, 0); // not from within the call
	wait_us(MS_US);
	assert_int_equal(app.closed, 1);
	assert_int_equal(app.end, TCP_END_DONE);
}

static void test_close_of_what_is_over(void **state)
{
	open_channel();
	channel_shutdown(app.channel);
	turn();
	sends(ACK, 1, 2, "unread");
	sends(ACK | FIN, 7, 2, "");
	turn();
	assert_int_equal(app.closed, 0);
	channel_close(app.channel);
	channel_abort(app.channel);
	assert_int_equal(app.closed, 0);
	wait_us(MS_US);
	assert_int_equal(app.closed, 1);
	discard_sent();
}

// A peer that is gone without a word, while nothing is sent to it.
static void test_a_silent_peer_is_probed(void **state)
{
	open_channel();
	channel_shutdown(app.channel);
	turn();
	expects(ACK | FIN, 1, 1, "");
	sends(ACK, 1, 2, "");
	turn();
	wait_us(601 * SEC_US);
	expects(ACK, 1, 1, NULL);
	sends(ACK, 1, 2, ""); // it is still there
	turn();
	wait_us(300 * SEC_US);
	expects_nothing();
	wait_us(301 * SEC_US);
	for (unsigned i = 0; i < CHANNELS_PROBES; i++) {
		assert_int_equal(app.closed, 0);
		expects(ACK, 1, 1, NULL);
		wait_us((CHANNELS_PROBE_S + 1) * SEC_US);
	}
	turn();
	assert_int_equal(app.closed, 1);
	assert_int_equal(app.end, TCP_END_TIMEOUT);
	lab_clear();
}

// RFC 5482, of listeners and of clients: the peer hears the time, after which it is given up.
static void test_a_peer_that_acknowledges_nothing_is_given_up(void **state)
{
	struct channels_connect_conf to = {.remote = ip("10.0.0.9"), .ops = &app_ops, .ctx = &app};
	struct channels_listener_conf conf = listener;
	struct seg seg = syn_of();

	conf.user_timeout_option = to.user_timeout_option = true;
	conf.user_timeout_ms = to.user_timeout_ms = 5000;
	to.local_port = OUR_PORT;
	to.remote_port = PEER_PORT;
	assert_int_equal(channels_unlisten(app.channels, (struct addr){0}, OUR_PORT), 0);
	assert_int_equal(channels_listen(app.channels, &conf), 0);
	send_seg(&seg);
	turn();
	seg = expects(SYN | ACK, 0, 1, "");
	assert_non_null(memmem(seg.options, seg.options_len, "\x1c\4\0\5", 4));
	sends(ACK, 1, 1, "");
	turn();
	assert_int_equal(channel_write(app.channel, "lost", 4), 4);
	turn();
	wait_us(4900 * MS_US);
	assert_int_equal(app.closed, 0);
	wait_us(200 * MS_US);
	assert_int_equal(app.end, TCP_END_TIMEOUT);
	lab_clear();
	assert_int_equal(channels_connect(app.channels, &to, &app.channel, lab.now), 0);
	turn();
	seg = take_seg();
	assert_non_null(memmem(seg.options, seg.options_len, "\x1c\4\0\5", 4));
}

static void test_abort_resets(void **state)
{
	open_channel();
	peer_says("unread", 6);
	channel_abort(app.channel);
	channel_abort(app.channel);
	channel_close(app.channel);
	assert_int_equal(app.closed, 0);
	turn();
	expects(ACK | RST, 1, 7, NULL);
	assert_int_equal(app.closed, 1);
	assert_int_equal(app.end, TCP_END_ABORTED);
}

static void test_a_reset_loses_what_was_not_read(void **state)
{
	open_channel();
	peer_says("unread", 6);
	assert_int_equal(channel_write(app.channel, "unsent", 6), 6);
	sends(RST, 7, 0, "");
	turn();
	assert_int_equal(app.closed, 1);
	assert_int_equal(app.end, TCP_END_RESET);
	discard_sent();
}

static void test_a_full_table_refuses(void **state)
{
	for (unsigned i = 0; i < CHANNELS; i++) {
		open_channel();
		peer.port++;
	}
	for (unsigned round = 1; round <= 3; round++) {
		struct seg syn = syn_of();

		send_seg(&syn);
		turn();
		expects(SYN | ACK, 0, 1, "");
		sends(ACK, 1, 1, "");
		sends(ACK, 1, 1, "data");
		turn();
		turn();
		discard_sent();
		assert_int_equal(app.opened, CHANNELS);
		assert_int_equal(counter_get(&harness_metric.tcp.channels_full), round);
		peer.port++;
	}
	channel_abort(app.channel); // the last one
	turn();
	lab_clear();
	open_channel();
	assert_int_equal(app.opened, CHANNELS + 1);
}

// A channel's memory is used again, and nothing of its former use is left in it.
static void test_channels_are_used_again(void **state)
{
	app.reads = read_lines;
	app.line_max = 20;
	for (unsigned i = 0; i < 3 * CHANNELS; i++) {
		app.log[0] = '\0';
		open_channel();
		peer_says("of the last", 11);
		peer_says(" use", 4);
		if (i % 2)
			channel_abort(app.channel);
		else
			sends(RST, app.seq, 0, "");
		turn();
		assert_int_equal(app.closed, i + 1);
		assert_string_equal(app.log, "");
		discard_sent();
		peer.port++;
	}
}

static void test_the_end_of_the_table_is_the_end_of_channels(void **state)
{
	open_channel();
	peer_says("unread", 6);
	peer.port++;
	open_channel();
	channels_close(app.channels, lab.now);
	app.channels = NULL;
	assert_int_equal(app.closed, CHANNELS);
	assert_int_equal(app.end, TCP_END_ABORTED);
	// TCP goes on without them.
	turn();
	lab_clear();
	assert_int_equal(counter_get(&harness_metric.tcp.closed), CHANNELS);
}

static void test_listeners(void **state)
{
	struct channels_listener_conf conf = listener;

	assert_int_equal(channels_listen(app.channels, &conf), -EADDRINUSE);
	open_channel();
	assert_int_equal(channels_unlisten(app.channels, (struct addr){0}, OUR_PORT), 0);
	assert_int_equal(channels_unlisten(app.channels, (struct addr){0}, OUR_PORT), -ENOENT);
	peer_says("still there", 11);
	assert_int_equal(app.readable, 1);
	for (unsigned i = 0; i < CHANNELS_LISTENERS; i++) {
		conf.port = (uint16_t)(1000 + i);
		assert_int_equal(channels_listen(app.channels, &conf), 0);
	}
	conf.port = 999;
	assert_int_equal(channels_listen(app.channels, &conf), -ENOSPC);
}

static void test_connecting_without_a_route_or_a_channel(void **state)
{
	struct channels_connect_conf conf = {.local = ip("10.0.0.2"),
	                                     .remote_port = 1,
	                                     .ops = &app_ops,
	                                     .ctx = &app,
	                                     .remote = ip("10.0.0.9")};
	struct channel *channel = NULL;

	for (unsigned i = 0; i < CHANNELS; i++)
		assert_int_equal(channels_connect(app.channels, &conf, &channel, lab.now), 0);
	assert_int_equal(channels_connect(app.channels, &conf, &channel, lab.now), -ENOSPC);
	channel_abort(channel);
	turn();
	turn();
	assert_int_equal(app.closed, 1);
	assert_int_equal(app.end, TCP_END_ABORTED);
	conf.remote = ip("fd00::9");
	for (unsigned i = 0; i < 2 * CHANNELS; i++)
		assert_int_equal(channels_connect(app.channels, &conf, &channel, lab.now),
		                 -ENETUNREACH);
	assert_int_equal(app.closed, 1);
	lab_clear();
}

static unsigned handled;

static void other_readable(void *ctx, struct channel *channel, mono_t now)
{
	assert_ptr_equal(ctx, &handled);
	handled++;
}

static void test_a_handler_can_be_replaced(void **state)
{
	static const struct channel_ops others = {.readable = other_readable};

	open_channel();
	peer_says("a", 1);
	channel_set_handler(app.channel, &others, &handled);
	peer_says("b", 1);
	assert_int_equal(app.readable, 1);
	assert_int_equal(handled, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        CHANNEL_TEST(test_lines_are_the_same_however_they_are_cut),
	        CHANNEL_TEST(test_lines_are_bounded_by_the_buffer),
	        CHANNEL_TEST(test_messages_are_the_same_however_they_are_cut),
	        CHANNEL_TEST(test_a_message_has_a_limit),
	        CHANNEL_TEST(test_ways_of_reading_mix),
	        CHANNEL_TEST(test_what_is_incomplete_holds_no_pages),
	        CHANNEL_TEST(test_a_handler_that_does_not_read_slows_the_peer_down),
	        CHANNEL_TEST(test_a_handler_that_does_not_read_stops_no_other),
	        CHANNEL_TEST(test_a_peer_that_does_not_read_slows_the_handler_down),
	        CHANNEL_TEST(test_what_is_written_in_one_turn_leaves_together),
	        CHANNEL_TEST(test_close_sends_what_was_written_and_discards_what_comes),
	        CHANNEL_TEST(test_close_does_not_wait_for_ever),
	        CHANNEL_TEST(test_close_waits_for_a_slow_peer),
	        CHANNEL_TEST(test_shutdown_goes_on_reading),
	        CHANNEL_TEST(test_close_of_what_is_over),
	        CHANNEL_TEST(test_a_silent_peer_is_probed),
	        CHANNEL_TEST(test_a_peer_that_acknowledges_nothing_is_given_up),
	        CHANNEL_TEST(test_abort_resets),
	        CHANNEL_TEST(test_a_reset_loses_what_was_not_read),
	        CHANNEL_TEST(test_a_full_table_refuses),
	        CHANNEL_TEST(test_channels_are_used_again),
	        CHANNEL_TEST(test_the_end_of_the_table_is_the_end_of_channels),
	        CHANNEL_TEST(test_listeners),
	        CHANNEL_TEST(test_connecting_without_a_route_or_a_channel),
	        CHANNEL_TEST(test_a_handler_can_be_replaced),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// What an end of a WebSocket connection sends, its end, and its times; two engines that talk to
// each other, cut at random.
#include "ws_lab.h"

#include "core/rand.h"

static struct ws_lab lab;

static void test_close(void **state)
{
	(void)state;
	ws_lab_open(&lab, false);
	ws_conn_close(&lab.conn, WS_CODE_GOING_AWAY, "stop");
	ws_conn_close(&lab.conn, WS_CODE_NORMAL, ""); // the first counts
	assert_true(ws_conn_is_due(&lab.conn));
	ws_lab_note_due(&lab);
	ws_lab_give(&lab, lab.bytes, ws_lab_frames(&lab, "81 01 'a' 89 01 'p'"));
	assert_string_equal(lab.log, "[88 06 03e973746f70]"); // the message is dropped
	lab.conn.pong_due = false;
	ws_lab_give(&lab, lab.bytes, ws_lab_frames(&lab, "88 02 03e9"));
	ws_lab_note_due(&lab);
	assert_string_equal(lab.log, "[88 06 03e973746f70]closed 1001 "); // one close frame each
}

// Nothing follows a close frame of ours.
static void test_nothing_behind_close(void **state)
{
	uint8_t room[64];
	struct fill out = fill_of(room, sizeof(room));
	bool whole;

	(void)state;
	ws_lab_open(&lab, false);
	ws_conn_close(&lab.conn, WS_CODE_NORMAL, "");
	assert_int_equal(ws_conn_put(&lab.conn, &out, WS_TEXT, "a", 1, true, NULL, &whole), 0);
	assert_false(whole);
	assert_int_equal(fill_len(&out), 0);
}

// Whatever room there is, the frames together are the message.
static void test_put(void **state)
{
	static const char text[] = "abcdefghijklmnopqrstuvwxyz";

	(void)state;
	for (size_t size = WS_HEADER_MAX_BYTES + 1; size < 60; size++) {
		size_t at = 0;
		bool whole;

		ws_lab_open(&lab, true); // reads what the server writes
		while (at < strlen(text)) {
			uint8_t room[64];
			struct fill out = fill_of(room, size);
			struct ws_conn server = lab.conn;

			server.client = false;
			at += ws_conn_put(&server, &out, WS_TEXT, text + at, strlen(text) - at,
			                  true, NULL, &whole);
			assert_int_equal(whole, at == strlen(text));
			lab.conn.sent_kind = server.sent_kind;
			ws_lab_give(&lab, room, fill_len(&out));
		}
		assert_string_equal(lab.log, "text 26=abcdefghijklmnopqrstuvwxyz|");
	}
}

static void test_put_empty(void **state)
{
	uint8_t room[WS_HEADER_MAX_BYTES];
	struct fill out = fill_of(room, sizeof(room) - 1);
	bool whole;

	(void)state;
	ws_lab_open(&lab, false);
	assert_int_equal(ws_conn_put(&lab.conn, &out, WS_TEXT, "", 0, true, NULL, &whole), 0);
	assert_false(whole); // there is no room for its header
	out = fill_of(room, sizeof(room));
	assert_int_equal(ws_conn_put(&lab.conn, &out, WS_TEXT, "", 0, true, NULL, &whole), 0);
	assert_true(whole);
	assert_memory_equal(room, "\x81\x00", 2);
	assert_int_equal(fill_len(&out), 2);
}

// A pong that finds no room is due until there is some.
static void test_due_room(void **state)
{
	uint8_t room[8];
	struct fill out = fill_of(room, 4);

	(void)state;
	ws_lab_open(&lab, false);
	ws_lab_give(&lab, lab.bytes, ws_lab_frames(&lab, "89 03 'abc' 88 02 03e8"));
	assert_false(lab.conn.pong_due); // a close frame was asked for: it alone is answered
	ws_lab_open(&lab, false);
	ws_lab_give(&lab, lab.bytes, ws_lab_frames(&lab, "89 03 'abc'"));
	assert_false(ws_conn_put_due(&lab.conn, &out, NULL, lab.now));
	assert_int_equal(fill_len(&out), 0);
	out = fill_of(room, 5);
	assert_true(ws_conn_put_due(&lab.conn, &out, NULL, lab.now));
	assert_memory_equal(room,
	                    "\x8a\x03"
	                    "abc",
	                    5);
}

static void test_silence(void **state)
{
	mono_t due;

	(void)state;
	ws_lab_open(&lab, false);
	due = ws_conn_deadline(&lab.conn);
	assert_int_equal(due.us, lab.now.us + lab.limits.ping_us);
	assert_int_equal(ws_conn_expire(&lab.conn, (mono_t){due.us - 1}), WS_MORE);
	assert_false(ws_conn_is_due(&lab.conn));
	assert_int_equal(ws_conn_expire(&lab.conn, due), WS_MORE);
	lab.now = due;
	ws_lab_note_due(&lab);
	assert_string_equal(lab.log, "[89 00]");
	ws_lab_give(&lab, lab.bytes, ws_lab_frames(&lab, "8a 00")); // the pong: as before
	due = ws_conn_deadline(&lab.conn);
	assert_int_equal(due.us, lab.now.us + lab.limits.ping_us);
	assert_int_equal(ws_conn_expire(&lab.conn, due), WS_MORE);
	due = ws_conn_deadline(&lab.conn);
	assert_int_equal(due.us, lab.now.us + lab.limits.ping_us + lab.limits.pong_us);
	assert_int_equal(ws_conn_expire(&lab.conn, due), WS_CLOSE);
	assert_int_equal(lab.conn.fault, WS_FAULT_SILENT);
	assert_false(ws_conn_is_due(&lab.conn));
	assert_int_equal(ws_conn_deadline(&lab.conn).us, MONO_NEVER.us);
}

// A peer that goes on sending does not keep a connection that was closed.
static void test_lingers(void **state)
{
	(void)state;
	ws_lab_open(&lab, false);
	ws_conn_close(&lab.conn, WS_CODE_NORMAL, "");
	ws_lab_note_due(&lab);
	lab.now.us += lab.limits.close_us;
	ws_lab_give(&lab, lab.bytes, ws_lab_frames(&lab, "81 01 'a'"));
	assert_int_equal(ws_conn_expire(&lab.conn, lab.now), WS_CLOSE);
	assert_int_equal(lab.conn.fault, WS_FAULT_LINGERS);
}

static void test_codes(void **state)
{
	unsigned sent = 0;

	(void)state;
	for (unsigned code = 0; code <= UINT16_MAX; code++)
		sent += ws_conn_is_code(code);
	assert_int_equal(sent, 4 + 8 + 2000);
	assert_false(ws_conn_is_code(WS_CODE_NONE));
	for (unsigned fault = 1; fault < WS_FAULTS; fault++) {
		unsigned code = ws_faults[fault].number;

		assert_true(code == 0 || ws_conn_is_code(code));
		assert_in_range(strlen(ws_faults[fault].help), 1, WS_CONTROL_MAX_BYTES - 2);
	}
}

// A message that is random in length, kind and fragments; notes what the other end is to have.
static size_t random_message(struct ws_conn *from, struct rand *rand, uint8_t *bytes, size_t size,
                             char *want)
{
	static const char text[] = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
	size_t len = rand_below(rand, sizeof(text)), at = 0;
	enum ws_opcode kind = rand_below(rand, 2) ? WS_TEXT : WS_BINARY;
	uint8_t mask[WS_MASK_BYTES];
	struct fill out = fill_of(bytes, size);
	bool whole;

	do {
		size_t n = rand_below(rand, len - at + 1);
		bool last = at + n == len;

		memcpy(mask, &(uint64_t){rand_u64(rand)}, sizeof(mask));
		at += ws_conn_put(from, &out, kind, text + at, n, last, from->client ? mask : NULL,
		                  &whole);
		if (last && whole)
			break;
		if (rand_below(rand, 4) == 0)
			from->ping_due = true;
		(void)!ws_conn_put_due(from, &out, from->client ? mask : NULL, (mono_t){0});
	} while (true);
	sprintf(want, "%s %zu=%.*s|", kind == WS_TEXT ? "text" : "binary", len, (int)len, text);
	return fill_len(&out);
}

static void test_both(void **state)
{
	static uint8_t bytes[65536];
	struct ws_conn peer;
	struct rand rand;

	(void)state;
	rand_init(&rand, 1);
	for (unsigned round = 0; round < 2000; round++) {
		char want[256];
		size_t len;

		ws_lab_open(&lab, round % 2);
		ws_conn_init(&peer, &lab.limits, !lab.conn.client, lab.now);
		len = random_message(&peer, &rand, bytes, sizeof(bytes), want);
		for (size_t at = 0, n; at < len; at += n) {
			n = size_min(len - at, 1 + rand_below(&rand, 20));
			ws_lab_give(&lab, bytes + at, n);
		}
		assert_string_equal(lab.log, want);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_close),    cmocka_unit_test(test_nothing_behind_close),
	        cmocka_unit_test(test_put),      cmocka_unit_test(test_put_empty),
	        cmocka_unit_test(test_due_room), cmocka_unit_test(test_silence),
	        cmocka_unit_test(test_lingers),  cmocka_unit_test(test_codes),
	        cmocka_unit_test(test_both),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// A connection's end: handshake, time, requests, queues, and what a peer may do wrong.
#include "harness.h"

#include "core/rand.h"
#include "proto/openflow/of_conn.h"
#include "proto/openflow/of_error.h"
#include "proto/openflow/of_version.h"

#include <stdlib.h>

#define SEEN_MAX 512

struct seen {
	enum of_conn_event event;
	enum of_type type;
	uint32_t xid, tag;
	bool last;
};

static struct {
	struct of_conn conn;
	struct of_conn_limits limits;
	struct of_conn_metric metric;
	void *memory;
	mono_t now;
	struct seen seen[SEEN_MAX]; // events
	unsigned seen_len;
	struct seen sent[SEEN_MAX]; // messages that were taken from the queues
	unsigned sent_len;
	uint8_t out[256 << 10]; // that were taken, up to the last whole message
	uint32_t out_len;
} lab;

static void lab_open_as(uint32_t versions, bool is_switch)
{
	memset(&lab, 0, sizeof(lab));
	lab.limits = of_conn_limits_default;
	lab.memory = malloc(of_conn_memory(&lab.limits));
	lab.now = (mono_t){SEC_US};
	of_conn_init(&lab.conn, &lab.limits, &lab.metric, lab.memory, versions, is_switch, lab.now);
}

static void lab_close(void)
{
	free(lab.memory);
}

static void seen_add(struct seen *list, unsigned *len, struct seen seen)
{
	assert_true(*len < SEEN_MAX);
	list[(*len)++] = seen;
}

// Bytes come; returns the last event, MORE or CLOSE.
static enum of_conn_event give(const void *bytes, size_t len)
{
	uint8_t *block = malloc(len ? len : 1); // so that a read beyond it is found
	enum of_conn_event event;
	struct of_msg msg;
	struct span part;

	memcpy(block, bytes, len);
	part = span_of(block, len);
	while ((event = of_conn_next(&lab.conn, &part, &msg, lab.now)) != OF_CONN_MORE &&
	       event != OF_CONN_CLOSE)
		seen_add(lab.seen, &lab.seen_len,
		         (struct seen){event, msg.type, msg.xid, lab.conn.answered_tag,
		                       lab.conn.answered_last});
	if (event == OF_CONN_MORE)
		assert_int_equal(span_left(&part), 0);
	free(block);
	return event;
}

static size_t encode(struct of_msg msg, uint8_t *to, size_t size)
{
	struct fill out = fill_of(to, size);

	if (msg.version == 0)
		msg.version = lab.conn.version;
	assert_int_equal(of_encode(&msg, &out), OF_FAULT_NONE);
	return fill_len(&out);
}

static enum of_conn_event say(struct of_msg msg)
{
	static uint8_t bytes[OF_MESSAGE_MAX_BYTES];

	return give(bytes, encode(msg, bytes, sizeof(bytes)));
}

// Takes up to `room` bytes that wait, and notes whole messages of them.
static void take(uint32_t room)
{
	struct span waits;
	uint32_t n;

	for (; room > 0; room -= n) {
		waits = of_conn_output(&lab.conn);
		n = (uint32_t)size_min(room, span_left(&waits));
		if (n == 0)
			break;
		memcpy(lab.out + lab.out_len, waits.p, n);
		of_conn_sent(&lab.conn, n, lab.now);
		lab.out_len += n;
	}
	for (;;) {
		unsigned message = of_hdr_message_len(lab.out, lab.out_len);
		struct of_msg msg;

		if (message == 0 || message > lab.out_len)
			return;
		assert_int_equal(of_decode(&msg, lab.out, message, NULL), OF_FAULT_NONE);
		seen_add(lab.sent, &lab.sent_len, (struct seen){.type = msg.type, .xid = msg.xid});
		lab.out_len -= message;
		memmove(lab.out, lab.out + message, lab.out_len);
	}
}

static void sent(enum of_type type)
{
	assert_true(lab.sent_len > 0);
	assert_int_equal(lab.sent[0].type, type);
	memmove(lab.sent, lab.sent + 1, --lab.sent_len * sizeof(lab.sent[0]));
}

static void saw(enum of_conn_event event, enum of_type type)
{
	assert_true(lab.seen_len > 0);
	assert_int_equal(lab.seen[0].event, event);
	assert_int_equal(lab.seen[0].type, type);
	memmove(lab.seen, lab.seen + 1, --lab.seen_len * sizeof(lab.seen[0]));
}

static struct of_msg features_of(uint8_t version, uint32_t xid)
{
	return (struct of_msg){.version = version,
	                       .type = OF_FEATURES_REPLY,
	                       .xid = xid,
	                       .features = {.datapath_id = 5, .n_tables = 1}};
}

// A controller that is ready.
static void lab_open(uint8_t version)
{
	lab_open_as(OF_VERSION_ALL, false);
	assert_int_equal(say(of_version_hello(OF_VERSION_BIT(version), 9)), OF_CONN_MORE);
	assert_int_equal(lab.conn.version, version);
	assert_int_equal(say(features_of(version, lab.conn.features_xid)), OF_CONN_MORE);
	saw(OF_CONN_READY, OF_FEATURES_REPLY);
	take(UINT32_MAX);
	sent(OF_HELLO);
	sent(OF_FEATURES_REQUEST);
	assert_int_equal(lab.sent_len, 0);
}

static void wait_us(uint64_t us)
{
	lab.now = mono_add(lab.now, us);
}

static void test_versions(void **state)
{
	static const struct {
		uint32_t ours, theirs;
		uint8_t version;
	} rows[] = {
	        {OF_VERSION_ALL, OF_VERSION_ALL, OF15},
	        {OF_VERSION_ALL, OF_VERSION_BIT(OF10), OF10},
	        {OF_VERSION_ALL, OF_VERSION_BIT(OF10) | OF_VERSION_BIT(OF13), OF13},
	        {OF_VERSION_BIT(OF14), OF_VERSION_ALL, OF14},
	        {OF_VERSION_BIT(OF10) | OF_VERSION_BIT(OF15), OF_VERSION_BIT(OF13), 0},
	};

	for (unsigned i = 0; i < ARRAY_LEN(rows); i++) {
		enum of_conn_event event;

		lab_open_as(rows[i].ours, false);
		event = say(of_version_hello(rows[i].theirs, 1));
		assert_int_equal(event, rows[i].version ? OF_CONN_MORE : OF_CONN_CLOSE);
		assert_int_equal(lab.conn.version, rows[i].version);
		take(UINT32_MAX);
		sent(OF_HELLO);
		sent(rows[i].version ? OF_FEATURES_REQUEST : OF_ERROR);
		if (!rows[i].version)
			assert_int_equal(lab.conn.fault, OF_CONN_FAULT_VERSION);
		lab_close();
	}
}

static void test_a_switch_is_asked_for_its_features(void **state)
{
	lab_open_as(OF_VERSION_ALL, true);
	assert_int_equal(say(of_version_hello(OF_VERSION_ALL, 1)), OF_CONN_MORE);
	saw(OF_CONN_READY, OF_HELLO);
	say((struct of_msg){.type = OF_FEATURES_REQUEST, .xid = 2});
	saw(OF_CONN_MESSAGE, OF_FEATURES_REQUEST);
	say((struct of_msg){.type = OF_ECHO_REQUEST, .xid = 3});
	take(UINT32_MAX);
	sent(OF_HELLO);
	sent(OF_ECHO_REPLY);
	assert_int_equal(lab.sent_len + lab.seen_len, 0);
	lab_close();
}

// Wherever the stream is cut, and when each byte comes by itself, the same events come of it.
static void test_every_cut(void **state)
{
	static const uint8_t frame[60] = {2};
	uint8_t bytes[1024];
	size_t len = 0;

	lab_open_as(OF_VERSION_ALL, false);
	len += encode(of_version_hello(OF_VERSION_BIT(OF13), 7), bytes, sizeof(bytes));
	len += encode(features_of(OF13, 2), bytes + len, sizeof(bytes) - len);
	len += encode((struct of_msg){.version = OF13,
	                              .type = OF_PACKET_IN,
	                              .packet_in = {.in_port = 1, .data = {frame, sizeof(frame)}}},
	              bytes + len, sizeof(bytes) - len);
	len += encode((struct of_msg){.version = OF13, .type = OF_ECHO_REQUEST}, bytes + len,
	              sizeof(bytes) - len);
	len += encode((struct of_msg){.version = OF13, .type = OF_PORT_STATUS}, bytes + len,
	              sizeof(bytes) - len);
	lab_close();
	for (size_t cut = 0; cut <= len; cut++) {
		lab_open_as(OF_VERSION_ALL, false);
		for (size_t i = 0; cut == 0 && i < len; i++)
			assert_int_equal(give(bytes + i, 1), OF_CONN_MORE);
		if (cut > 0) {
			assert_int_equal(give(bytes, cut), OF_CONN_MORE);
			assert_int_equal(give(bytes + cut, len - cut), OF_CONN_MORE);
		}
		saw(OF_CONN_READY, OF_FEATURES_REPLY);
		saw(OF_CONN_MESSAGE, OF_PACKET_IN);
		saw(OF_CONN_MESSAGE, OF_PORT_STATUS);
		assert_int_equal(lab.seen_len, 0);
		take(UINT32_MAX);
		sent(OF_HELLO);
		sent(OF_FEATURES_REQUEST);
		sent(OF_ECHO_REPLY);
		lab_close();
	}
}

static void test_not_openflow(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
		enum of_conn_fault fault;
	} rows[] = {
	        {"GET / HTTP/1.1\r\n\r\n", 18, OF_CONN_FAULT_HELLO},
	        {"\x04\x00\x00\x07\x00\x00\x00\x01", 8, OF_CONN_FAULT_LENGTH},
	        {"\x04\x00\x00\x00\x00\x00\x00\x01", 8, OF_CONN_FAULT_LENGTH},
	        {"\x04\x0a\x00\x20\x00\x00\x00\x01", 8, OF_CONN_FAULT_HELLO},
	        {"\x04\x01\x00\x0c\x00\x00\x00\x01\x00\x00\x00\x00", 12, OF_CONN_FAULT_REFUSED},
	        {"\x04\x01\x00\x09\x00\x00\x00\x01\x00", 9, OF_CONN_FAULT_HELLO},
	};

	for (unsigned i = 0; i < ARRAY_LEN(rows); i++) {
		lab_open_as(OF_VERSION_ALL, false);
		assert_int_equal(give(rows[i].bytes, rows[i].len), OF_CONN_CLOSE);
		assert_int_equal(lab.conn.fault, rows[i].fault);
		assert_int_equal(give("", 0), OF_CONN_CLOSE);
		assert_int_equal(of_conn_deadline(&lab.conn).us, MONO_NEVER.us);
		assert_true(strlen(of_conn_fault_name(rows[i].fault)) > 0);
		assert_true(strlen(of_conn_fault_text(rows[i].fault)) > 10);
		lab_close();
	}
}

static void test_the_features_are_refused(void **state)
{
	lab_open_as(OF_VERSION_ALL, false);
	say(of_version_hello(OF_VERSION_ALL, 1));
	assert_int_equal(say((struct of_msg){.type = OF_ERROR, .xid = 77}), OF_CONN_MORE);
	assert_int_equal(counter_get(&lab.metric.stray), 1);
	assert_int_equal(say((struct of_msg){.type = OF_ERROR, .xid = lab.conn.features_xid}),
	                 OF_CONN_CLOSE);
	assert_int_equal(lab.conn.fault, OF_CONN_FAULT_REFUSED);
	lab_close();
}

static void test_early_messages_are_counted(void **state)
{
	lab_open_as(OF_VERSION_ALL, false);
	say(of_version_hello(OF_VERSION_BIT(OF13), 1));
	say((struct of_msg){.type = OF_PORT_STATUS});
	say((struct of_msg){.type = OF_ECHO_REQUEST});
	assert_int_equal(lab.seen_len, 0);
	assert_int_equal(counter_get(&lab.metric.early), 1);
	take(UINT32_MAX);
	sent(OF_HELLO);
	sent(OF_FEATURES_REQUEST);
	sent(OF_ECHO_REPLY);
	lab_close();
}

static void test_malformed_messages_are_answered(void **state)
{
	static const uint8_t bad[] = {4, 14, 0, 12, 0, 0, 0, 5, 0, 0, 0, 0};

	lab_open(OF13);
	for (unsigned i = 0; i < 2 * OF_CONN_ERRORS; i++)
		assert_int_equal(give(bad, sizeof(bad)), OF_CONN_MORE);
	take(UINT32_MAX);
	assert_int_equal(lab.sent_len, OF_CONN_ERRORS);
	for (unsigned i = 0; i < OF_CONN_ERRORS; i++) {
		assert_int_equal(lab.sent[0].xid, 5);
		sent(OF_ERROR);
	}
	assert_int_equal(counter_get(&lab.metric.malformed), 2 * OF_CONN_ERRORS);
	assert_int_equal(counter_get(&lab.metric.unanswered), OF_CONN_ERRORS);
	assert_int_equal(lab.seen_len, 0);
	lab_close();
}

static void test_another_version_is_refused(void **state)
{
	lab_open(OF13);
	say((struct of_msg){.version = OF10, .type = OF_ECHO_REQUEST, .xid = 3});
	take(UINT32_MAX);
	sent(OF_ERROR);
	// A second hello is of any version.
	say(of_version_hello(OF_VERSION_ALL, 4));
	assert_int_equal(lab.sent_len + lab.seen_len, 0);
	assert_int_equal(counter_get(&lab.metric.wrong_version), 1);
	lab_close();
}

static void test_echo_requests(void **state)
{
	static uint8_t data[OF_CONN_ECHO_BYTES + 1];

	lab_open(OF13);
	say((struct of_msg){
	        .type = OF_ECHO_REQUEST, .xid = 3, .echo = {{data, OF_CONN_ECHO_BYTES}}});
	say((struct of_msg){
	        .type = OF_ECHO_REQUEST, .xid = 4, .echo = {{data, OF_CONN_ECHO_BYTES + 1}}});
	take(UINT32_MAX);
	assert_int_equal(lab.sent[0].xid, 3);
	sent(OF_ECHO_REPLY);
	assert_int_equal(lab.sent_len, 0);
	assert_int_equal(counter_get(&lab.metric.unanswered), 1);
	lab_close();
}

static void expire_at_deadline(enum of_conn_event event)
{
	lab.now = of_conn_deadline(&lab.conn);
	assert_int_equal(of_conn_expire(&lab.conn, lab.now), event);
}

static void test_a_silent_peer_is_asked_then_ended(void **state)
{
	lab_open(OF13);
	expire_at_deadline(OF_CONN_MORE);
	assert_int_equal(lab.now.us, SEC_US + lab.limits.silence_us);
	take(UINT32_MAX);
	sent(OF_ECHO_REQUEST);
	wait_us(7 * MS_US);
	say((struct of_msg){.type = OF_ECHO_REPLY, .xid = lab.conn.echo_xid});
	assert_int_equal(lab.conn.echo_rtt_us, 7 * MS_US);
	expire_at_deadline(OF_CONN_MORE);
	take(UINT32_MAX);
	sent(OF_ECHO_REQUEST);
	// Anything is a sign of life.
	say((struct of_msg){.type = OF_PORT_STATUS});
	expire_at_deadline(OF_CONN_MORE);
	take(UINT32_MAX);
	expire_at_deadline(OF_CONN_CLOSE);
	assert_int_equal(lab.conn.fault, OF_CONN_FAULT_SILENT);
	lab_close();
}

static void test_a_probe_is_sent_once(void **state)
{
	lab_open(OF13);
	of_conn_probe(&lab.conn, lab.now);
	of_conn_probe(&lab.conn, lab.now);
	take(UINT32_MAX);
	sent(OF_ECHO_REQUEST);
	assert_int_equal(lab.sent_len, 0);
	expire_at_deadline(OF_CONN_CLOSE);
	assert_int_equal(lab.now.us, SEC_US + lab.limits.answer_us);
	lab_close();
}

static void test_a_peer_that_does_not_read_is_ended(void **state)
{
	lab_open(OF13);
	wait_us(SEC_US);
	of_conn_probe(&lab.conn, lab.now);
	for (unsigned i = 0; i < 4; i++) {
		wait_us(SEC_US);
		assert_int_equal(of_conn_expire(&lab.conn, lab.now), OF_CONN_MORE);
		say((struct of_msg){.type = OF_PORT_STATUS});
	}
	take(1);
	wait_us(lab.limits.answer_us - 1);
	say((struct of_msg){.type = OF_PORT_STATUS});
	assert_int_equal(of_conn_expire(&lab.conn, lab.now), OF_CONN_MORE);
	wait_us(1);
	assert_int_equal(of_conn_expire(&lab.conn, lab.now), OF_CONN_CLOSE);
	assert_int_equal(lab.conn.fault, OF_CONN_FAULT_STALLED);
	lab_close();
}

static void test_a_slow_handshake_is_ended(void **state)
{
	lab_open_as(OF_VERSION_ALL, false);
	take(UINT32_MAX);
	wait_us(lab.limits.handshake_us - 1);
	assert_int_equal(of_conn_expire(&lab.conn, lab.now), OF_CONN_MORE);
	say(of_version_hello(OF_VERSION_ALL, 1));
	expire_at_deadline(OF_CONN_CLOSE);
	assert_int_equal(lab.conn.fault, OF_CONN_FAULT_SLOW);
	lab_close();
}

static enum of_fault ask(uint32_t tag, uint32_t *xid)
{
	struct of_msg msg = {.type = OF_MULTIPART_REQUEST,
	                     .multipart = {.type = OF_MULTIPART_DESC}};
	enum of_fault fault = of_conn_ask(&lab.conn, OF_CONN_CONTROL, &msg, tag, lab.now);

	*xid = msg.xid;
	return fault;
}

static struct of_msg part_of(uint32_t xid, bool more)
{
	return (struct of_msg){
	        .type = OF_MULTIPART_REPLY,
	        .xid = xid,
	        .multipart = {.type = OF_MULTIPART_FLOW, .flags = more ? OF_MULTIPART_MORE : 0}};
}

static void test_replies_find_their_requests(void **state)
{
	uint32_t a, b, c;

	lab_open(OF13);
	assert_int_equal(ask(11, &a), OF_FAULT_NONE);
	assert_int_equal(ask(12, &b), OF_FAULT_NONE);
	assert_int_equal(ask(13, &c), OF_FAULT_NONE);
	assert_true(a && b && c && a != b && b != c);
	say(part_of(b, true));
	assert_int_equal(lab.seen[0].tag, 12);
	assert_false(lab.seen[0].last);
	saw(OF_CONN_REPLY, OF_MULTIPART_REPLY);
	say((struct of_msg){.type = OF_ERROR, .xid = a});
	assert_int_equal(lab.seen[0].tag, 11);
	saw(OF_CONN_FAILED, OF_ERROR);
	say(part_of(b, false));
	assert_int_equal(lab.seen[0].tag, 12);
	assert_true(lab.seen[0].last);
	saw(OF_CONN_REPLY, OF_MULTIPART_REPLY);
	// Nothing is left of them: replies are stray, errors are messages.
	say(part_of(b, false));
	say((struct of_msg){.type = OF_BARRIER_REPLY, .xid = a});
	assert_int_equal(counter_get(&lab.metric.stray), 2);
	say((struct of_msg){.type = OF_ERROR, .xid = a});
	saw(OF_CONN_MESSAGE, OF_ERROR);
	assert_int_equal(lab.seen_len, 0);
	lab_close();
}

static void test_requests_expire(void **state)
{
	uint32_t a, b;

	lab_open(OF13);
	lab.limits.silence_us = lab.limits.answer_us = 100 * SEC_US;
	assert_int_equal(ask(11, &a), OF_FAULT_NONE);
	wait_us(SEC_US);
	assert_int_equal(ask(12, &b), OF_FAULT_NONE);
	take(UINT32_MAX);
	wait_us(lab.limits.request_us - 2 * SEC_US);
	say(part_of(a, true)); // it goes on
	expire_at_deadline(OF_CONN_MORE);
	expire_at_deadline(OF_CONN_EXPIRED);
	assert_int_equal(lab.conn.answered_tag, 12);
	assert_int_equal(of_conn_expire(&lab.conn, lab.now), OF_CONN_MORE);
	expire_at_deadline(OF_CONN_EXPIRED);
	assert_int_equal(lab.conn.answered_tag, 11);
	assert_int_equal(counter_get(&lab.metric.timeouts), 2);
	say(part_of(a, false));
	assert_int_equal(counter_get(&lab.metric.stray), 1);
	lab_close();
}

static void test_requests_have_a_bound(void **state)
{
	uint32_t xid;

	lab_open(OF13);
	for (unsigned i = 0; i < OF_CONN_REQUESTS; i++)
		assert_int_equal(ask(i, &xid), OF_FAULT_NONE);
	assert_int_equal(ask(99, &xid), OF_FAULT_TOO_LONG);
	say(part_of(lab.conn.request[7].xid, false));
	assert_int_equal(ask(99, &xid), OF_FAULT_NONE);
	say(part_of(xid, false));
	assert_int_equal(lab.seen[1].tag, 99);
	lab_close();
}

// A packet-out whose frame has len bytes.
static enum of_fault put(enum of_conn_queue queue, uint32_t len, uint32_t xid)
{
	static const uint8_t frame[OF_MESSAGE_MAX_BYTES];
	struct of_msg msg = {
	        .type = OF_PACKET_OUT,
	        .xid = xid,
	        .packet_out = {.buffer_id = OF_NO_BUFFER, .in_port = 1, .data = {frame, len}}};

	return of_conn_send(&lab.conn, queue, &msg, lab.now);
}

static void test_queues_leave_in_order_of_urgency(void **state)
{
	static const uint32_t order[] = {1, 2, 6, 5, 3, 4};

	lab_open(OF13);
	assert_int_equal(put(OF_CONN_BULK, 100, 1), OF_FAULT_NONE);
	assert_int_equal(put(OF_CONN_BULK, 100, 2), OF_FAULT_NONE);
	assert_int_equal(put(OF_CONN_BULK, 100, 3), OF_FAULT_NONE);
	take(124 + 50); // the first, and a part of the second
	assert_int_equal(put(OF_CONN_BULK, 100, 4), OF_FAULT_NONE);
	assert_int_equal(put(OF_CONN_CONTROL, 100, 5), OF_FAULT_NONE);
	assert_int_equal(put(OF_CONN_URGENT, 100, 6), OF_FAULT_NONE);
	take(UINT32_MAX);
	assert_int_equal(lab.sent_len, ARRAY_LEN(order));
	for (unsigned i = 0; i < ARRAY_LEN(order); i++)
		assert_int_equal(lab.sent[i].xid, order[i]);
	lab_close();
}

static void test_a_full_queue_leaves_the_others_alone(void **state)
{
	uint32_t xid = 1;

	lab_open(OF13);
	while (put(OF_CONN_BULK, 1000, xid) == OF_FAULT_NONE)
		xid++;
	assert_true(xid > 60);
	assert_int_equal(put(OF_CONN_BULK, 1000, xid), OF_FAULT_TOO_LONG);
	assert_int_equal(put(OF_CONN_CONTROL, 1000, 1000), OF_FAULT_NONE);
	say((struct of_msg){.type = OF_ECHO_REQUEST, .xid = 1001});
	take(UINT32_MAX);
	assert_int_equal(lab.sent_len, xid + 1);
	assert_int_equal(lab.sent[0].xid, 1001);
	assert_int_equal(lab.sent[1].xid, 1000);
	assert_int_equal(lab.sent[2].xid, 1);
	assert_int_equal(lab.sent[xid].xid, xid - 1);
	lab_close();
}

// A queue that is never empty does not run out of room, whatever is taken at a time.
static void test_a_queue_is_used_again(void **state)
{
	lab_open(OF13);
	for (uint32_t xid = 1; xid <= 2000; xid++) {
		assert_int_equal(put(OF_CONN_BULK, 1000, xid), OF_FAULT_NONE);
		take(xid < 5 ? 0 : 1024 + xid % 3 - 1);
		for (; lab.sent_len > 0; sent(OF_PACKET_OUT))
			assert_true(lab.sent[0].xid + 8 > xid && lab.sent[0].xid <= xid);
	}
	lab_close();
}

// Two ends with parts of random lengths: every message comes, once, in order.
static void carry(struct of_conn *from, struct of_conn *to, struct rand *rand, uint32_t *next)
{
	struct span waits = of_conn_output(from);
	uint32_t n = (uint32_t)size_min(rand_below(rand, 400), span_left(&waits));
	struct span part = span_of(waits.p, n);
	enum of_conn_event event;
	struct of_msg msg;

	while (n > 0 && (event = of_conn_next(to, &part, &msg, lab.now)) != OF_CONN_MORE) {
		assert_int_not_equal(event, OF_CONN_CLOSE);
		if (event == OF_CONN_MESSAGE && msg.type == OF_PACKET_IN)
			assert_int_equal(msg.packet_in.total_len, (*next)++ & 0xffff);
		if (event == OF_CONN_MESSAGE && msg.type == OF_FEATURES_REQUEST) {
			struct of_msg reply = features_of(0, msg.xid);

			assert_int_equal(of_conn_send(to, OF_CONN_CONTROL, &reply, lab.now),
			                 OF_FAULT_NONE);
		}
	}
	of_conn_sent(from, n, lab.now);
}

static void test_two_ends(void **state)
{
	static const uint8_t frame[1500];
	uint32_t put_next = 0, seen_next = 0, none = 0;
	struct of_conn far;
	struct rand rand;
	void *memory;

	lab_open_as(OF_VERSION_ALL, false);
	memory = malloc(of_conn_memory(&lab.limits));
	of_conn_init(&far, &lab.limits, &lab.metric, memory, OF_VERSION_ALL, true, lab.now);
	rand_init(&rand, 17);
	while (seen_next < 3000) {
		struct of_msg msg = {
		        .type = OF_PACKET_IN,
		        .packet_in = {.in_port = 1,
		                      .total_len = (uint16_t)put_next,
		                      .data = {frame, (uint32_t)rand_below(&rand, 1500)}}};

		if (lab.conn.state == far.state && far.version && put_next < 3000)
			put_next +=
			        of_conn_send(&far, OF_CONN_BULK, &msg, lab.now) == OF_FAULT_NONE;
		carry(&far, &lab.conn, &rand, &seen_next);
		carry(&lab.conn, &far, &rand, &none);
		wait_us(rand_below(&rand, 1000));
		of_conn_probe(&far, lab.now);
	}
	assert_int_equal(lab.conn.version, OF15);
	free(memory);
	lab_close();
}

// What a transport has to be given again stays in front, whatever else is put into queues; and
// leaves in parts.
static void test_hold(void **state)
{
	struct of_msg barrier = {.type = OF_BARRIER_REQUEST};
	struct of_msg echo = {.type = OF_ECHO_REQUEST};
	uint8_t before[24];
	struct span waits;

	lab_open(OF13);
	for (unsigned i = 0; i < 3; i++, barrier.xid = 0)
		assert_int_equal(of_conn_send(&lab.conn, OF_CONN_BULK, &barrier, lab.now), 0);
	waits = of_conn_output(&lab.conn);
	assert_int_equal(span_left(&waits), 24);
	memcpy(before, waits.p, 24);
	of_conn_hold(&lab.conn, 12); // ends within the second
	assert_int_equal(of_conn_send(&lab.conn, OF_CONN_URGENT, &echo, lab.now), 0);
	waits = of_conn_output(&lab.conn);
	assert_int_equal(span_left(&waits), 16);
	assert_memory_equal(waits.p, before, 16);
	take(12);
	waits = of_conn_output(&lab.conn);
	assert_int_equal(span_left(&waits), 4);
	assert_memory_equal(waits.p, before + 12, 4);
	take(UINT32_MAX);
	sent(OF_BARRIER_REQUEST);
	sent(OF_BARRIER_REQUEST);
	sent(OF_ECHO_REQUEST);
	sent(OF_BARRIER_REQUEST);
	lab_close();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_versions),
	        cmocka_unit_test(test_a_switch_is_asked_for_its_features),
	        cmocka_unit_test(test_every_cut),
	        cmocka_unit_test(test_not_openflow),
	        cmocka_unit_test(test_the_features_are_refused),
	        cmocka_unit_test(test_early_messages_are_counted),
	        cmocka_unit_test(test_malformed_messages_are_answered),
	        cmocka_unit_test(test_another_version_is_refused),
	        cmocka_unit_test(test_echo_requests),
	        cmocka_unit_test(test_a_silent_peer_is_asked_then_ended),
	        cmocka_unit_test(test_a_probe_is_sent_once),
	        cmocka_unit_test(test_a_peer_that_does_not_read_is_ended),
	        cmocka_unit_test(test_a_slow_handshake_is_ended),
	        cmocka_unit_test(test_replies_find_their_requests),
	        cmocka_unit_test(test_requests_expire),
	        cmocka_unit_test(test_requests_have_a_bound),
	        cmocka_unit_test(test_queues_leave_in_order_of_urgency),
	        cmocka_unit_test(test_a_full_queue_leaves_the_others_alone),
	        cmocka_unit_test(test_a_queue_is_used_again),
	        cmocka_unit_test(test_two_ends),
	        cmocka_unit_test(test_hold),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

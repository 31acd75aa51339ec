// A connection whose peer sends anything: however its bytes are cut, the same events and the same
// answers come out, all of them well-formed; nothing is read or written beyond the bytes, and a
// peer that then says nothing more is ended after a few deadlines.
#include "proto/openflow/of_conn.h"
#include "proto/openflow/of_version.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define LOG_BYTES     (1 << 20)
#define DEADLINES_MAX (OF_CONN_REQUESTS + 8)

struct trial {
	struct of_conn conn;
	struct of_conn_metric metric;
	uint8_t *memory;
	uint8_t log[LOG_BYTES]; // events, then what was sent
	size_t len;
	bool over;
};

static void note(struct trial *trial, const void *bytes, size_t len)
{
	len = size_min(len, LOG_BYTES - trial->len);
	memcpy(trial->log + trial->len, bytes, len);
	trial->len += len;
}

static void on_event(struct trial *trial, enum of_conn_event event, const struct of_msg *msg)
{
	uint32_t what[] = {event, msg->type, msg->xid, trial->conn.answered_tag};

	if (event == OF_CONN_CLOSE) {
		trial->over = true;
		return;
	}
	note(trial, what, sizeof(what));
}

static void give(struct trial *trial, const uint8_t *bytes, size_t len)
{
	uint8_t *block = malloc(len ? len : 1);
	enum of_conn_event event = OF_CONN_READY;
	struct of_msg msg;
	struct span part;

	if (len)
		memcpy(block, bytes, len);
	part = span_of(block, len);
	while (!trial->over && event != OF_CONN_MORE) {
		event = of_conn_next(&trial->conn, &part, &msg, (mono_t){SEC_US});
		if (event != OF_CONN_MORE)
			on_event(trial, event, &msg);
	}
	if (part.bad || (!trial->over && span_left(&part)))
		abort();
	free(block);
}

// The handshake of a peer that does all right, and some requests.
static void begin(struct trial *trial, bool is_switch)
{
	struct of_msg hello = of_version_hello(OF_VERSION_ALL, 1), features;
	struct of_msg ask = {.type = OF_BARRIER_REQUEST};
	uint8_t bytes[256];
	struct fill out = fill_of(bytes, sizeof(bytes));

	features = (struct of_msg){.version = OF15, .type = OF_FEATURES_REPLY, .xid = 2};
	if (of_encode(&hello, &out) != OF_FAULT_NONE ||
	    (!is_switch && of_encode(&features, &out) != OF_FAULT_NONE))
		abort();
	give(trial, bytes, fill_len(&out));
	if (of_conn_ask(&trial->conn, OF_CONN_CONTROL, &ask, 5, (mono_t){SEC_US}) != OF_FAULT_NONE)
		abort();
}

// What waits is whole messages.
static void note_output(struct trial *trial)
{
	struct span waits = of_conn_output(&trial->conn);
	struct of_msg msg;

	for (; span_left(&waits) > 0; waits = of_conn_output(&trial->conn)) {
		unsigned len = of_hdr_message_len(waits.p, span_left(&waits));

		if (len < sizeof(struct of_hdr) || len > span_left(&waits) ||
		    of_decode(&msg, waits.p, len, NULL) != OF_FAULT_NONE)
			abort();
		note(trial, waits.p, len);
		of_conn_sent(&trial->conn, len, (mono_t){SEC_US});
	}
	note(trial, &trial->conn.fault, 1);
	note(trial, &trial->metric, sizeof(trial->metric));
}

static void fall_silent(struct trial *trial)
{
	unsigned n = 0;

	for (; !trial->over; n++) {
		mono_t now = of_conn_deadline(&trial->conn);

		if (n == DEADLINES_MAX || now.us == MONO_NEVER.us)
			abort();
		trial->over = of_conn_expire(&trial->conn, now) == OF_CONN_CLOSE;
	}
}

static void run(struct trial *trial, uint8_t flags, const uint8_t *lens, size_t lens_len,
                struct span bytes)
{
	struct of_conn_limits limits = of_conn_limits_default;
	bool is_switch = flags & 1;

	trial->memory = malloc(of_conn_memory(&limits));
	trial->metric = (struct of_conn_metric){0};
	trial->len = 0;
	trial->over = false;
	of_conn_init(&trial->conn, &limits, &trial->metric, trial->memory, OF_VERSION_ALL,
	             is_switch, (mono_t){SEC_US});
	if (flags & 2)
		begin(trial, is_switch);
	for (size_t i = 0; span_left(&bytes) && !trial->over; i++) {
		size_t len = lens_len ? lens[i % lens_len] + 1u : span_left(&bytes);
		struct span part = span_sub(&bytes, size_min(len, span_left(&bytes)));

		give(trial, part.p, span_left(&part));
	}
	note_output(trial);
	fall_silent(trial);
	free(trial->memory);
}

// The first byte: which end reads, whether the handshake is over; the second: how many lengths of
// parts follow.
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct trial whole, cut;
	struct span bytes;
	size_t lens_len;

	if (size < 2 || size < 2u + data[1])
		return 0;
	lens_len = data[1];
	bytes = span_of(data + 2 + lens_len, size - 2 - lens_len);
	run(&whole, data[0], NULL, 0, bytes);
	run(&cut, data[0], data + 2, lens_len, bytes);
	if (whole.len != cut.len || memcmp(whole.log, cut.log, whole.len) != 0)
		abort();
	return 0;
}

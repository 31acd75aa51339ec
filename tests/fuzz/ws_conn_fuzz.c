// Frames of a WebSocket's far end: however its bytes are cut, the same messages, the same end and
// the same answers come out; nothing is read or written beyond the bytes.
#include "proto/ws/ws_conn.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define LOG_BYTES 131072

struct trial {
	struct ws_conn conn;
	uint8_t log[LOG_BYTES];
	size_t len, messages_len; // of what was noted, and of whole messages in it
	bool over;
};

static const struct ws_limits limits = {1000, SEC_US, SEC_US, SEC_US};

static void note(struct trial *trial, const void *bytes, size_t len)
{
	len = size_min(len, LOG_BYTES - trial->len);
	if (len)
		memcpy(trial->log + trial->len, bytes, len);
	trial->len += len;
}

static void on_event(struct trial *trial, enum ws_event event, struct span data)
{
	uint8_t end[] = {trial->conn.kind, 0xff};

	if (event == WS_DATA && span_left(&data) == 0)
		abort();
	if (event == WS_DATA)
		note(trial, data.p, span_left(&data));
	else if (event == WS_END)
		note(trial, end, sizeof(end));
	else
		trial->over = true;
	if (event == WS_END)
		trial->messages_len = trial->len;
}

static void give(struct trial *trial, const uint8_t *bytes, size_t len)
{
	uint8_t *block = malloc(len ? len : 1);
	struct span part, data = {0};
	enum ws_event event;

	memcpy(block, bytes, len);
	part = span_of(block, len);
	while (!trial->over &&
	       (event = ws_conn_next(&trial->conn, &part, &data, (mono_t){0})) != WS_MORE)
		on_event(trial, event, data);
	if (part.bad || (!trial->over && span_left(&part)))
		abort();
	free(block);
}

// What is due at the end: the last pong, and the close frame.
static void note_due(struct trial *trial)
{
	static const uint8_t mask[] = {1, 2, 3, 4};
	uint8_t room[WS_DUE_BYTES];
	struct fill out = fill_of(room, sizeof(room));

	if (!ws_conn_put_due(&trial->conn, &out, trial->conn.client ? mask : NULL, (mono_t){0}) ||
	    out.bad)
		abort();
	trial->len =
	        trial->messages_len; // how much came of one that is refused depends on the cuts
	note(trial, room, fill_len(&out));
	note(trial, &trial->conn.fault, 1);
	note(trial, &trial->conn.peer_code, 2);
}

// Gives the bytes in parts of the lengths, in turn.
static void run(struct trial *trial, bool client, const uint8_t *lens, size_t lens_len,
                struct span bytes)
{
	ws_conn_init(&trial->conn, &limits, client, (mono_t){0});
	trial->len = trial->messages_len = 0;
	trial->over = false;
	for (size_t i = 0; span_left(&bytes) && !trial->over; i++) {
		size_t len = lens_len ? lens[i % lens_len] : span_left(&bytes);
		struct span part = span_sub(&bytes, size_min(len, span_left(&bytes)));

		give(trial, part.p, span_left(&part));
	}
	note_due(trial);
}

// The first byte says which end reads, those behind it how long parts are; LF ends them.
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct trial whole, cut;
	size_t lens_len = 0;
	struct span bytes;
	bool client;

	while (lens_len < size && data[lens_len] != '\n')
		lens_len++;
	if (lens_len < 2 || lens_len == size || memchr(data, 0, lens_len))
		return 0;
	client = data[0] == 'c';
	bytes = span_of(data + lens_len + 1, size - lens_len - 1);
	run(&whole, client, NULL, 0, bytes);
	run(&cut, client, data + 1, lens_len - 1, bytes);
	if (whole.len != cut.len || memcmp(whole.log, cut.log, whole.len) != 0)
		abort();
	return 0;
}

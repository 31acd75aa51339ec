// An emulated switch and a controller that sends anything: what the switch writes decodes, each
// packet-in is counted once, and no more are outstanding than may be.
//
// The first byte chooses version and buffers, and whether the handshake is done; then come chunks:
// a length, a time in units of 8 ms, and as many bytes of the controller.
#include "proto/bench/of_switch.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define WINDOW 4
#define SLOTS  8

static struct of_tally tally;
static struct of_switch sw;
static struct of_switch_slot slots[SLOTS];
static uint8_t gather[OF_MESSAGE_MAX_BYTES], room[2 * OF_MESSAGE_MAX_BYTES];

static void must(bool condition)
{
	if (!condition)
		abort();
}

// What was written are whole messages.
static void written(struct fill *out)
{
	const uint8_t *at = out->start;

	must(!out->bad);
	while (at < out->p) {
		unsigned len = of_hdr_message_len(at, (size_t)(out->p - at));
		struct of_msg msg;

		must(len >= sizeof(struct of_hdr) && len <= (size_t)(out->p - at));
		must(of_decode(&msg, at, len, NULL) == OF_FAULT_NONE);
		at += len;
	}
	out->p = out->start;
}

static void counted(void)
{
	must(sw.outstanding <= WINDOW);
	must(counter_get(&tally.sent) == counter_get(&tally.answered) + counter_get(&tally.wrong) +
	                                         counter_get(&tally.lost) + sw.outstanding);
	must(hist_len(&tally.latency) == counter_get(&tally.answered));
}

// Exactly the bytes, so that a read beyond them is found.
static bool give(const uint8_t *bytes, size_t len, struct fill *out, mono_t now)
{
	uint8_t *block = malloc(len ? len : 1);
	struct span part;
	bool goes_on = true;

	if (len)
		memcpy(block, bytes, len);
	part = span_of(block, len);
	while (goes_on && span_left(&part)) {
		goes_on = of_switch_input(&sw, &part, out, now);
		written(out);
	}
	free(block);
	return goes_on;
}

static void shake_hands(enum of_version version, struct fill *out)
{
	const uint8_t setup[] = {(uint8_t)version,    OF_HELLO, 0, 8, 0, 0, 0, 1, (uint8_t)version,
	                         OF_FEATURES_REQUEST, 0,        8, 0, 0, 0, 2};

	must(give(setup, sizeof(setup), out, (mono_t){0}));
	sw.has_miss = true;
	sw.state = OF_SWITCH_READY;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const enum of_version versions[] = {OF10, OF13, OF14, OF15};
	struct of_switch_conf conf = {
	        .hosts = {1, 4, 2, 1}, .window = WINDOW, .timeout_us = SEC_US, .echo_us = SEC_US};
	struct span in = span_of(data, size);
	struct fill out = fill_of(room, sizeof(room));
	uint8_t how = span_u8(&in);
	mono_t now = {0};
	bool goes_on = true;

	conf.version = versions[how & 3];
	conf.unbuffered = how & 4;
	of_tally_clear(&tally);
	memset(slots, 0, sizeof(slots));
	must(of_switch_slots(WINDOW) == SLOTS);
	of_switch_init(&sw, &conf, &tally, 0, slots, gather);
	of_switch_open(&sw, &out, now);
	written(&out);
	if (how & 8)
		shake_hands(conf.version, &out);
	while (goes_on && span_left(&in) >= 2) {
		size_t len = span_u8(&in);

		now.us += span_u8(&in) * 8 * MS_US;
		len = size_min(len, span_left(&in));
		goes_on = give(span_take(&in, len), len, &out, now);
		while (of_switch_may_ask(&sw))
			of_switch_ask(&sw, now, &out, now);
		of_switch_tick(&sw, &out, now);
		written(&out);
		counted();
	}
	of_switch_close(&sw);
	counted();
	return 0;
}

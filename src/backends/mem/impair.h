// impair: the device impair(...):DEVICE, a lossy link in front of any device. Both
// directions are impaired independently: with loss=10% one request in ten and
// one answer in ten is lost. The same seed and the same packets at the same
// times give the same losses.
#ifndef BACKENDS_MEM_IMPAIR_H
#define BACKENDS_MEM_IMPAIR_H

#include "core/mono.h"
#include "core/netif.h"
#include "core/why.h"

// How much later than its neighbours a reordered packet comes.
#define IMPAIR_REORDER_US (2 * MS_US)

// How long a packet may wait for the line's rate, unless queue= says other.
#define IMPAIR_QUEUE_US (50 * MS_US)

// Packets delayed at once in a direction of a queue, unless limit= says other.
#define IMPAIR_LIMIT     1024
#define IMPAIR_LIMIT_MAX 65536

// Probabilities in units of 2^-32.
struct impair_conf {
	uint64_t loss_q32, reorder_q32, dup_q32, corrupt_q32;
	uint64_t delay_us;
	uint64_t rate_bps; // bits a second in each direction of a queue; 0: as fast as packets come
	uint64_t queue_us; // a packet that would wait longer for the rate is dropped
	uint64_t seed;
	uint64_t limit;
	mono_t (*now)(void *ctx); // virtual time; NULL: the real one
	void *now_ctx;
};

// The options between the parentheses, in struct impair_conf.
struct option_table;
extern const struct option_table impair_options;

// Whether the device string is of this kind.
bool impair_is(const char *text) PURE;

// Reads "impair(OPTIONS):DEVICE", for which impair_is holds. 0 with *device pointing at
// DEVICE in text; -EINVAL with a sentence without its subject in why.
int impair_parse(const char *text, struct impair_conf *conf, const char **device,
                 struct why *why) MUST_CHECK;

// Puts the impairment around inner and owns it from then on: closing the netif
// closes inner, too. 0, or -ENOMEM with inner still the caller's.
//
// Lost packets count as impair.loss, those beyond the limit or the queue of the rate as
// impair.queue_full. The rate counts the bytes of frames, one after the other in the order in
// which they come. A duplicate is a copy in a fresh page of the queue's pool;
// when that is empty there is none. A corrupted packet has one bit turned over
// and its device's checksum verdict taken away. Delayed packets that are sent
// wait in here and leave with the rx_burst or tx_burst that comes next after
// their time, which `deadline` returns.
int impair_open(struct netif *inner, const struct impair_conf *conf,
                struct netif **netif) MUST_CHECK;

#endif

// pulse: signs of life to one descriptor while its owner is busy: a thread sends a space
// to it each period. JSON permits spaces before a reply (RFC 8259 section 2), so a client
// may ignore them, and one that limits silence (apps/ctl/peer.h) goes on waiting.
#ifndef BOOT_PULSE_H
#define BOOT_PULSE_H

#include "core/base.h"

#include <pthread.h>

struct pulse {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool running, closing;
	int fd;         // -1: the owner is not busy
	unsigned calls; // of pulse_begin
	uint64_t period_us;
};

// Takes no thread until the first pulse_begin.
void pulse_init(struct pulse *pulse, uint64_t period_us);
void pulse_fini(struct pulse *pulse);

// Until pulse_end, the descriptor gets a space whenever another period has passed. It
// does not block, and nothing else is written to it meanwhile. Without a thread, which
// may be refused, there are no signs.
void pulse_begin(struct pulse *pulse, int fd);
void pulse_end(struct pulse *pulse);

#endif

// mailbox: functions that other threads have one thread run: bounded, without
// locks, many writers and one reader. Each worker has one (pipeline.h) and the
// control thread has one (control_loop.h). Rare events only: a post may cost a
// system call. Bursts of data between two threads go through core/ring.h.
#ifndef CORE_HOST_MAILBOX_H
#define CORE_HOST_MAILBOX_H

#include "core/line.h"
#include "core/mono.h"

#include <stdatomic.h>

#define MAILBOX_SLOTS 64 // a power of two

// Runs in the reader's thread, in its next turn. May post again, to this mailbox
// too; that runs one turn later.
typedef void mailbox_fn(void *ctx, mono_t now);

struct mailbox_slot {
	_Atomic uint32_t sequence; // whose turn it is: see mailbox.c
	mailbox_fn *fn;
	void *ctx;
};

struct mailbox {
	CACHE_ALIGNED _Atomic uint32_t tail; // slots that writers have reserved so far
	_Atomic bool posted;                 // the reader has something to look for
	int wake_fd;
	CACHE_ALIGNED uint32_t head; // slots that the reader has emptied so far
	struct mailbox_slot slot[MAILBOX_SLOTS];
};

// wake_fd is a non-blocking eventfd that ends the reader's wait; borrowed.
void mailbox_init(struct mailbox *mailbox, int wake_fd);

// From any thread: has the reader run fn(ctx, now), and wakes it. ctx must live
// until fn has run; functions of one thread run in the order of their posts.
// False when MAILBOX_SLOTS functions wait already: nothing was posted. What still
// waits when the reader stops for good never runs.
bool mailbox_post(struct mailbox *mailbox, mailbox_fn *fn, void *ctx) MUST_CHECK;

// Reader, once a turn: whether mailbox_run has anything to do.
static inline bool mailbox_has_posts(const struct mailbox *mailbox)
{
	return atomic_load_explicit(&mailbox->posted, memory_order_relaxed);
}

// Reader: runs what was posted before the call, oldest first. Returns how many
// functions ran.
COLD unsigned mailbox_run(struct mailbox *mailbox, mono_t now);

#endif

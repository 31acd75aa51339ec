// control_loop: the loop of the control thread: descriptors, timers and a mailbox.
// Signals, control sockets, backends and services register with it; all callbacks
// run in its thread, one at a time, and may block only as long as everything else
// that registered can wait. Workers have a loop of their own: pipeline.h.
#ifndef CORE_HOST_CONTROL_LOOP_H
#define CORE_HOST_CONTROL_LOOP_H

#include "core/host/mailbox.h"
#include "core/wheel.h"

#include <poll.h>
#include <sys/epoll.h>

struct control_watch;

// The descriptor is ready: events are POLLIN and POLLOUT as far as they were asked
// for, POLLERR and POLLHUP always. Ready means ready still: what is not read comes
// again in the next turn. Any watch may be added or deleted from here.
typedef void control_watch_fn(struct control_watch *watch, unsigned events, mono_t now);

// A descriptor that is watched; its memory is the owner's, who finds the rest of it
// by CONTAINER_OF.
struct control_watch {
	int fd;
	control_watch_fn *fn;
};

#define CONTROL_LOOP_BATCH 32 // descriptors served in one turn

struct control_loop {
	struct mailbox mailbox; // functions for the control thread: mailbox_post, from any thread
	struct wheel wheel;     // timers of the control thread: wheel_add(&loop->wheel, ...)
	int epoll_fd;
	struct control_watch wake;
	bool stopping;
	uint64_t late_us;   // the most that a wait took longer than asked for; readers clear it
	unsigned ready_len; // of the turn that runs
	struct epoll_event ready[CONTROL_LOOP_BATCH];
};

// 0 or negative errno. A loop that is all zeros but for epoll_fd -1 may be given to
// control_loop_fini.
int control_loop_init(struct control_loop *loop) MUST_CHECK;

// All watches have been deleted. Functions still in the mailbox do not run.
void control_loop_fini(struct control_loop *loop);

// Watches watch->fd for events, POLLIN or POLLOUT or both; fd and fn are set. The
// descriptor stays the owner's, who deletes the watch before closing it. 0, or
// negative errno: -EEXIST when the descriptor is watched already, -EPERM when it
// cannot be polled, as a regular file.
int control_loop_add(struct control_loop *loop, struct control_watch *watch,
                     unsigned events) MUST_CHECK;

// Watches for other events from now on.
void control_loop_change(struct control_loop *loop, struct control_watch *watch, unsigned events);

// The watch's function is not called any more, not even for what is ready already.
void control_loop_del(struct control_loop *loop, struct control_watch *watch);

// One turn: waits up to limit_us for a descriptor, a timer or a post, then serves
// all that are due. Returns how many functions it called.
unsigned control_loop_turn(struct control_loop *loop, uint64_t limit_us);

// Takes turns until control_loop_stop.
void control_loop_run(struct control_loop *loop);

// Control thread: control_loop_run returns after this turn. Others post a function
// that calls it.
static inline void control_loop_stop(struct control_loop *loop)
{
	loop->stopping = true;
}

#endif

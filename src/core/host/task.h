// task: a function that another thread is asked to run, and for whose end the asking thread
// waits for a while: what a command asks a worker. What the task refers to belongs to the other
// thread while task_is_out; one that takes no turns keeps it, and brings it back whenever it does.
#ifndef CORE_HOST_TASK_H
#define CORE_HOST_TASK_H

#include "core/host/mailbox.h"

#include <semaphore.h>

struct task {
	mailbox_fn *fn;
	void *ctx;
	sem_t done;
	_Atomic bool out;
};

void task_init(struct task *task, mailbox_fn *fn, void *ctx);

// The other thread has ended, or was never sent it.
void task_fini(struct task *task);

// Has the reader of the mailbox run fn(ctx, now), unless it is out already. False when the
// mailbox is full.
bool task_send(struct task *task, struct mailbox *mailbox) MUST_CHECK;

// Waits until it is not out any more, or until an instant of clock_kernel; whether it is not.
bool task_wait(struct task *task, mono_t until) MUST_CHECK;

// Whether the other thread has it. When not, what its function wrote may be read.
static inline bool task_is_out(const struct task *task)
{
	return atomic_load_explicit(&task->out, memory_order_acquire);
}

#endif

// task: see the header.
#include "core/host/task.h"

#include <errno.h>
#include <time.h>

void task_init(struct task *task, mailbox_fn *fn, void *ctx)
{
	*task = (struct task){.fn = fn, .ctx = ctx};
	sem_init(&task->done, 0, 0);
}

void task_fini(struct task *task)
{
	sem_destroy(&task->done);
}

// A mailbox_fn of the other thread.
static void run(void *ctx, mono_t now)
{
	struct task *task = ctx;

	task->fn(task->ctx, now);
	atomic_store_explicit(&task->out, false, memory_order_release);
	sem_post(&task->done);
}

bool task_send(struct task *task, struct mailbox *mailbox)
{
	if (task_is_out(task))
		return true;
	// Posts of a run that no thread waited for.
	while (sem_trywait(&task->done) == 0)
		;
	atomic_store_explicit(&task->out, true, memory_order_relaxed);
	if (mailbox_post(mailbox, run, task))
		return true;
	atomic_store_explicit(&task->out, false, memory_order_relaxed);
	return false;
}

bool task_wait(struct task *task, mono_t until)
{
	const struct timespec limit = {(time_t)(until.us / SEC_US),
	                               (long)(until.us % SEC_US * 1000)};

	while (task_is_out(task))
		if (sem_clockwait(&task->done, CLOCK_MONOTONIC, &limit) != 0 && errno == ETIMEDOUT)
			return !task_is_out(task);
	return true;
}

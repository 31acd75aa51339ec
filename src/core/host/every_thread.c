// every_thread: see the header.
#include "core/host/every_thread.h"

#include <dirent.h>
#include <errno.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define PATIENCE_S 5

// What the handler runs. One call at a time: only the control thread makes any.
static struct {
	int (*fn)(void *ctx);
	void *ctx;
	sem_t done;
	atomic_int err;
} task;

struct tids {
	pid_t tid[EVERY_THREAD_MAX];
	unsigned len;
};

static void on_signal(int number)
{
	int before = errno, expected = 0, err = task.fn(task.ctx);

	if (err)
		atomic_compare_exchange_strong(&task.err, &expected, err);
	sem_post(&task.done);
	errno = before;
}

static bool tids_has(const struct tids *tids, pid_t tid)
{
	for (unsigned i = 0; i < tids->len; i++)
		if (tids->tid[i] == tid)
			return true;
	return false;
}

// Waits for one thread's answer; a thread that has ended gives none.
static int await(pid_t tid)
{
	struct timespec step = {.tv_nsec = 10 * 1000 * 1000};

	for (unsigned i = 0; i < PATIENCE_S * 100; i++) {
		if (sem_trywait(&task.done) == 0)
			return 0;
		if (syscall(SYS_tgkill, getpid(), tid, 0) != 0 && errno == ESRCH)
			return 0;
		nanosleep(&step, NULL);
	}
	return -ETIMEDOUT;
}

static int reach(pid_t tid, struct why *why)
{
	int err;

	if (syscall(SYS_tgkill, getpid(), tid, EVERY_THREAD_SIGNAL) != 0)
		return errno == ESRCH ? 0
		                      : why_fail(why, -errno, "thread %d cannot be signalled: %s",
		                                 (int)tid, strerror(errno));
	err = await(tid);
	if (err)
		why_set(why, "thread %d does not take signals", (int)tid);
	return err;
}

// Reaches the threads that the folder lists and tids does not have; *found says
// whether there was one.
static int reach_new(DIR *folder, struct tids *tids, bool *found, struct why *why)
{
	struct dirent *entry;
	int err = 0;

	*found = false;
	rewinddir(folder);
	while (!err && (entry = readdir(folder)) != NULL) {
		pid_t tid = atoi(entry->d_name);

		if (tid <= 0 || tids_has(tids, tid))
			continue;
		if (tids->len == EVERY_THREAD_MAX)
			return why_fail(why, -E2BIG, "the process has more than %d threads",
			                EVERY_THREAD_MAX);
		tids->tid[tids->len++] = tid;
		*found = true;
		err = reach(tid, why);
	}
	return err;
}

static int reach_all(struct why *why)
{
	struct tids tids = {{(pid_t)gettid()}, 1};
	DIR *folder = opendir("/proc/self/task");
	bool found = true;
	int err = 0;

	if (!folder)
		return why_fail(why, -errno, "/proc/self/task cannot be read: %s", strerror(errno));
	while (found && !err)
		err = reach_new(folder, &tids, &found, why);
	closedir(folder);
	return err;
}

int every_thread_run(int (*fn)(void *ctx), void *ctx, struct why *why)
{
	struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART}, before;
	int err;

	task.fn = fn;
	task.ctx = ctx;
	atomic_store(&task.err, 0);
	sem_init(&task.done, 0, 0);
	sigfillset(&action.sa_mask);
	sigaction(EVERY_THREAD_SIGNAL, &action, &before);
	err = reach_all(why);
	// After a time-out a thread may still take the signal: the handler stays.
	if (err != -ETIMEDOUT)
		sigaction(EVERY_THREAD_SIGNAL, &before, NULL);
	if (err)
		return err;
	err = atomic_load(&task.err);
	if (!err)
		err = fn(ctx);
	if (err)
		why_set(why, "%s", strerror(-err));
	return err;
}

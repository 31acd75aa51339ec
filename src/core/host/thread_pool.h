// thread_pool: threads that each do one task, if the pool has one, and then help with the
// jobs that others share, until the pool is closed. Threads start when there is something
// for them. For the control thread's long work; workers are the pipeline's.
#ifndef CORE_THREAD_POOL_H
#define CORE_THREAD_POOL_H

#include "core/base.h"

#include <pthread.h>

#define THREAD_POOL_MAX  64
#define THREAD_POOL_NICE 10 // of threads that give way

// Does job i of a work that threads share.
typedef void thread_pool_job_fn(void *work, size_t i);

struct thread_pool_share;

struct thread_pool {
	void (*task)(void *ctx);
	void *ctx;
	pthread_mutex_t lock;     // of what follows
	pthread_cond_t offered;   // a share, or the end
	pthread_cond_t completed; // a job of a share
	struct thread_pool_share *shares;
	unsigned len, idle, max; // threads
	bool closing;
	bool yields; // the threads give way to others; set before they start
	pthread_t threads[THREAD_POOL_MAX];
};

// A pool of no threads yet, and of up to max, the caller not included unless it is itself at
// work. Each thread begins with the task (NULL: none).
void thread_pool_open(struct thread_pool *pool, unsigned max, void (*task)(void *ctx), void *ctx);

// Starts threads up to len, or as many as the system allows; returns how many there are.
unsigned thread_pool_start(struct thread_pool *pool, unsigned len);

// Does all jobs below len, each once, in any order and on any thread, the caller included;
// starts the threads that are left. Returns when all are done. `ctx` is a struct
// thread_pool; any thread may call it, one of the pool too.
void thread_pool_run(void *ctx, thread_pool_job_fn *job, void *work, size_t len);

// Waits until all threads have ended.
void thread_pool_close(struct thread_pool *pool);

#endif

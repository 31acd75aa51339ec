// zone_pool: the engine's view of the threads that load a zone in parallel: a function that
// runs jobs. The caller creates and owns the threads.
#ifndef DNS_ZONE_POOL_H
#define DNS_ZONE_POOL_H

#include "core/base.h"

// Does part i of a piece of work.
typedef void zone_job_fn(void *work, size_t i);

// `run` calls job(work, i) once for each i below `len`, in any order and on any thread,
// including the calling one, and returns when all calls have returned.
struct zone_pool {
	void (*run)(void *ctx, zone_job_fn *job, void *work, size_t len);
	void *ctx;
	unsigned threads; // maximum, including the calling thread
};

// Runs the jobs in the pool, or one after the other in this thread when pool is NULL.
static inline void zone_pool_run(const struct zone_pool *pool, zone_job_fn *job, void *work,
                                 size_t len)
{
	if (pool) {
		pool->run(pool->ctx, job, work, len);
		return;
	}
	for (size_t i = 0; i < len; i++)
		job(work, i);
}

#endif

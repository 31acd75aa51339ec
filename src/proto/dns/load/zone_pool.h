// zone_pool: threads that may help to load a zone, as the engine sees them: a function
// that runs jobs. The threads themselves are the caller's.
#ifndef DNS_ZONE_POOL_H
#define DNS_ZONE_POOL_H

#include "core/base.h"

// Does part i of a work that threads may share.
typedef void zone_job_fn(void *work, size_t i);

// `run` does all jobs below `len`, each once, in any order and on any thread, this one
// included, and returns when they are done.
struct zone_pool {
	void (*run)(void *ctx, zone_job_fn *job, void *work, size_t len);
	void *ctx;
	unsigned threads; // maximum, this one included
};

// Has the pool do the jobs; without one (NULL), does one after the other.
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

// thread_pool: see the header. Shares are few and their jobs long, so one lock suffices.
#include "core/host/thread_pool.h"

#include <sched.h>
#include <sys/resource.h>

// Jobs up to len that a thread shares with others; those below next are taken.
struct thread_pool_share {
	struct thread_pool_share *next_share;
	thread_pool_job_fn *job;
	void *work;
	size_t len, next, done;
};

// Does one job of it. The pool is locked before and after.
static void share_run_one(struct thread_pool *pool, struct thread_pool_share *share)
{
	size_t i = share->next++;

	pthread_mutex_unlock(&pool->lock);
	share->job(share->work, i);
	pthread_mutex_lock(&pool->lock);
	if (++share->done == share->len)
		pthread_cond_broadcast(&pool->completed);
}

// A share that has jobs left; NULL: none.
static struct thread_pool_share *share_find(const struct thread_pool *pool)
{
	struct thread_pool_share *share = pool->shares;

	while (share && share->next == share->len)
		share = share->next_share;
	return share;
}

// Gives way to workers on the same cores, which should lose few packets while a reload takes
// longer: beside workers that spin, nice 10 leaves a tenth of a core. Nice 19 would leave
// 1.5 % and SCHED_IDLE 0.3 %, and a large zone would take minutes. In Linux the priority is
// each thread's own, and it need not be raised again, which only root could do: the thread
// ends with the load.
static void thread_give_way(void)
{
	(void)setpriority(PRIO_PROCESS, 0, THREAD_POOL_NICE);
}

static void *thread_main(void *ctx)
{
	struct thread_pool *pool = ctx;

	if (pool->yields)
		thread_give_way();
	if (pool->task)
		pool->task(pool->ctx);
	pthread_mutex_lock(&pool->lock);
	while (!pool->closing) {
		struct thread_pool_share *share = share_find(pool);

		if (share) {
			share_run_one(pool, share);
			continue;
		}
		pool->idle++;
		pthread_cond_wait(&pool->offered, &pool->lock);
		pool->idle--;
	}
	pthread_mutex_unlock(&pool->lock);
	return NULL;
}

static void threads_start_locked(struct thread_pool *pool, unsigned len)
{
	while (!pool->closing && pool->len < len && pool->len < THREAD_POOL_MAX &&
	       pthread_create(&pool->threads[pool->len], NULL, thread_main, pool) == 0)
		pool->len++;
}

unsigned thread_pool_start(struct thread_pool *pool, unsigned len)
{
	pthread_mutex_lock(&pool->lock);
	threads_start_locked(pool, len);
	len = pool->len;
	pthread_mutex_unlock(&pool->lock);
	return len;
}

static void share_remove(struct thread_pool *pool, const struct thread_pool_share *share)
{
	struct thread_pool_share **link = &pool->shares;

	while (*link != share)
		link = &(*link)->next_share;
	*link = share->next_share;
}

// Keeps threads that start now off the core of this one: the kernel puts a thread that is
// woken for a short job where the waker runs, and each would wait for the other.
static void threads_keep_apart(struct thread_pool *pool, unsigned from)
{
	int cpu = sched_getcpu();
	cpu_set_t set;

	if (from == pool->len || cpu < 0 || sched_getaffinity(0, sizeof(set), &set) != 0)
		return;
	CPU_CLR(cpu, &set);
	for (unsigned i = from; i < pool->len && CPU_COUNT(&set) > 0; i++)
		(void)pthread_setaffinity_np(pool->threads[i], sizeof(set), &set);
}

void thread_pool_run(void *ctx, thread_pool_job_fn *job, void *work, size_t len)
{
	struct thread_pool *pool = ctx;
	struct thread_pool_share share = {.job = job, .work = work, .len = len};
	unsigned running;

	pthread_mutex_lock(&pool->lock);
	running = pool->len;
	threads_start_locked(pool, pool->max);
	threads_keep_apart(pool, running);
	share.next_share = pool->shares;
	pool->shares = &share;
	if (pool->idle)
		pthread_cond_broadcast(&pool->offered);
	while (share.next < len)
		share_run_one(pool, &share);
	while (share.done < len)
		pthread_cond_wait(&pool->completed, &pool->lock);
	share_remove(pool, &share);
	pthread_mutex_unlock(&pool->lock);
}

void thread_pool_open(struct thread_pool *pool, unsigned max, void (*task)(void *ctx), void *ctx)
{
	*pool = (struct thread_pool){.task = task, .ctx = ctx, .max = max};
	pthread_mutex_init(&pool->lock, NULL);
	pthread_cond_init(&pool->offered, NULL);
	pthread_cond_init(&pool->completed, NULL);
}

void thread_pool_close(struct thread_pool *pool)
{
	pthread_mutex_lock(&pool->lock);
	pool->closing = true;
	pthread_cond_broadcast(&pool->offered);
	pthread_mutex_unlock(&pool->lock);
	// None starts from here on, but a task that still runs may look how many there are.
	for (unsigned i = 0; i < pool->len; i++)
		pthread_join(pool->threads[i], NULL);
	pthread_cond_destroy(&pool->completed);
	pthread_cond_destroy(&pool->offered);
	pthread_mutex_destroy(&pool->lock);
}

// zone_crew: see the header. Shares are few and their jobs long, so that one lock does.
#include "apps/dns/zone_crew.h"

#include <sched.h>
#include <sys/resource.h>

// What a thread shares with others: jobs up to len, of which those below next are taken.
struct crew_share {
	struct crew_share *next_share;
	zone_job_fn *job;
	void *work;
	size_t len, next, done;
};

// Does one job of it, the crew being locked before and after.
static void share_take(struct crew *crew, struct crew_share *share)
{
	size_t i = share->next++;

	pthread_mutex_unlock(&crew->lock);
	share->job(share->work, i);
	pthread_mutex_lock(&crew->lock);
	if (++share->done == share->len)
		pthread_cond_broadcast(&crew->completed);
}

// One that has jobs left.
static struct crew_share *share_find(const struct crew *crew)
{
	struct crew_share *share = crew->shares;

	while (share && share->next == share->len)
		share = share->next_share;
	return share;
}

// To workers on the same cores, which are to lose few packets for a reload that may as well
// take longer: beside workers that spin, nice 10 leaves a tenth of a core. Nice 19 would
// leave 1.5 % and SCHED_IDLE 0.3 %, and a large zone would take minutes. In Linux it is
// each thread's own, and no way back is needed, which only root would have: the thread ends
// with the load.
static void give_way(void)
{
	(void)setpriority(PRIO_PROCESS, 0, CREW_YIELDS_NICE);
}

static void *crew_work(void *ctx)
{
	struct crew *crew = ctx;

	if (crew->yields)
		give_way();
	if (crew->task)
		crew->task(crew->ctx);
	pthread_mutex_lock(&crew->lock);
	while (!crew->dismissed) {
		struct crew_share *share = share_find(crew);

		if (share) {
			share_take(crew, share);
			continue;
		}
		crew->idle++;
		pthread_cond_wait(&crew->offered, &crew->lock);
		crew->idle--;
	}
	pthread_mutex_unlock(&crew->lock);
	return NULL;
}

static void start_locked(struct crew *crew, unsigned len)
{
	while (crew->len < len && crew->len < CREW_MAX &&
	       pthread_create(&crew->threads[crew->len], NULL, crew_work, crew) == 0)
		crew->len++;
}

unsigned crew_start(struct crew *crew, unsigned len)
{
	pthread_mutex_lock(&crew->lock);
	start_locked(crew, len);
	len = crew->len;
	pthread_mutex_unlock(&crew->lock);
	return len;
}

static void share_remove(struct crew *crew, const struct crew_share *share)
{
	struct crew_share **link = &crew->shares;

	while (*link != share)
		link = &(*link)->next_share;
	*link = share->next_share;
}

// Has threads that start now keep off the core of this one: who is woken for a short job
// would be put where the waker runs, and each would wait for the other.
static void keep_apart(struct crew *crew, unsigned from)
{
	int cpu = sched_getcpu();
	cpu_set_t set;

	if (from == crew->len || cpu < 0 || sched_getaffinity(0, sizeof(set), &set) != 0)
		return;
	CPU_CLR(cpu, &set);
	for (unsigned i = from; i < crew->len && CPU_COUNT(&set) > 0; i++)
		(void)pthread_setaffinity_np(crew->threads[i], sizeof(set), &set);
}

// The threads that are left start when there is something for them.
static void crew_run(void *ctx, zone_job_fn *job, void *work, size_t len)
{
	struct crew *crew = ctx;
	struct crew_share share = {.job = job, .work = work, .len = len};
	unsigned running;

	pthread_mutex_lock(&crew->lock);
	running = crew->len;
	start_locked(crew, crew->max);
	keep_apart(crew, running);
	share.next_share = crew->shares;
	crew->shares = &share;
	if (crew->idle)
		pthread_cond_broadcast(&crew->offered);
	while (share.next < len)
		share_take(crew, &share);
	while (share.done < len)
		pthread_cond_wait(&crew->completed, &crew->lock);
	share_remove(crew, &share);
	pthread_mutex_unlock(&crew->lock);
}

void crew_open(struct crew *crew, unsigned max, void (*task)(void *ctx), void *ctx)
{
	*crew = (struct crew){.task = task, .ctx = ctx, .max = max};
	crew->zone = (struct zone_pool){crew_run, crew, max};
	pthread_mutex_init(&crew->lock, NULL);
	pthread_cond_init(&crew->offered, NULL);
	pthread_cond_init(&crew->completed, NULL);
}

void crew_close(struct crew *crew)
{
	pthread_mutex_lock(&crew->lock);
	crew->dismissed = true;
	pthread_cond_broadcast(&crew->offered);
	pthread_mutex_unlock(&crew->lock);
	while (crew->len > 0)
		pthread_join(crew->threads[--crew->len], NULL);
	pthread_cond_destroy(&crew->completed);
	pthread_cond_destroy(&crew->offered);
	pthread_mutex_destroy(&crew->lock);
}

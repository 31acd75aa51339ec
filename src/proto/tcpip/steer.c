// steer: see the header.
#include "proto/tcpip/steer.h"

#define POOLS_MAX 32 // whose pages a worker passes on
#define BURST     32

struct steer_pair;

// Stands for a pool of the sender's while the receiver has pages of it: what is freed goes into
// the ring back. Written by the sender before the first page that refers to it is passed.
struct steer_pool {
	struct page_pool pool;
	struct page_pool *home;
	struct steer_pair *pair;
};

// From one worker to another.
struct steer_pair {
	struct ring there; // packets, each the first page of a chain
	struct ring back;  // pages that the receiver has freed
	// The sender's. No more than STEER_PAGES are passed, so the ring back has room for them
	// all.
	CACHE_ALIGNED uint32_t passed;
	unsigned pools_len;
	struct steer_pool pool[POOLS_MAX];
	// The receiver's: pages that it has taken and not freed.
	CACHE_ALIGNED uint32_t held;
};

struct steer {
	unsigned workers;
	struct steer_worker *worker;
	struct steer_pair *pair; // [from * workers + to]
};

// No device sends these pages from where they are, if it is particular about pages.
static const char steer_kind;

static struct steer_pair *pair_of(const struct steer *steer, unsigned from, unsigned to)
{
	return &steer->pair[from * steer->workers + to];
}

struct steer *steer_open(unsigned workers)
{
	struct steer *steer = calloc(1, sizeof(*steer));
	int err = -ENOMEM;

	assert(workers >= 2 && workers <= STEER_WORKERS_MAX);
	if (!steer)
		return NULL;
	steer->workers = workers;
	steer->worker = line_alloc(workers, sizeof(*steer->worker));
	steer->pair = line_alloc((size_t)workers * workers, sizeof(*steer->pair));
	if (steer->worker && steer->pair)
		err = 0;
	for (unsigned i = 0; i < workers * workers && !err; i++) {
		if (i / workers == i % workers)
			continue;
		err = ring_init(&steer->pair[i].there, STEER_PAGES);
		if (!err)
			err = ring_init(&steer->pair[i].back, STEER_PAGES);
	}
	if (!err)
		return steer;
	steer_close(steer);
	return NULL;
}

// Frees what the receiver has given back.
static void reclaim(struct steer_worker *from, struct steer_pair *pair)
{
	void *pages[BURST];
	uint32_t n;

	while ((n = ring_dequeue(&pair->back, pages, BURST))) {
		for (uint32_t i = 0; i < n; i++) {
			struct pkt *pkt = pages[i];

			pkt->pool->free(pkt->pool, pkt);
		}
		pair->passed -= n;
		from->passed -= n;
	}
}

static void pair_close(struct steer_worker *from, struct steer_pair *pair)
{
	void *pkt;

	if (pair->back.slot) {
		while (ring_dequeue(&pair->there, &pkt, 1))
			pkt_put(pkt);
		reclaim(from, pair);
	}
	ring_fini(&pair->there);
	ring_fini(&pair->back);
}

void steer_close(struct steer *steer)
{
	for (unsigned i = 0; steer->worker && steer->pair && i < steer->workers * steer->workers;
	     i++)
		pair_close(&steer->worker[i / steer->workers], &steer->pair[i]);
	free(steer->pair);
	free(steer->worker);
	free(steer);
}

struct steer_worker *steer_join(struct steer *steer, unsigned number, struct worker_metric *metric,
                                bool (*wake)(void *ctx), void *ctx)
{
	struct steer_worker *self = &steer->worker[number];

	assert(number < steer->workers);
	self->steer = steer;
	self->number = number;
	self->workers = steer->workers;
	self->metric = metric;
	self->wake = wake;
	self->ctx = ctx;
	return self;
}

struct steer_worker *steer_owner(const struct steer_worker *self, uint16_t port)
{
	struct steer_worker *owner = &self->steer->worker[port % self->workers];

	if (port < STEER_PORT_MIN || owner == self ||
	    atomic_load_explicit(&owner->begun, memory_order_relaxed) == 0)
		return NULL;
	return owner;
}

// In the receiver's thread.
static void pool_free(struct page_pool *pool, struct pkt *pkt)
{
	struct steer_pool *own = CONTAINER_OF(pool, struct steer_pool, pool);
	void *page = pkt;

	pkt->pool = own->home;
	own->pair->held--;
	if (ring_enqueue(&own->pair->back, &page, 1) != 1)
		assert(false);
}

static void pool_dropped(struct page_pool *pool, struct pkt *pkt, enum drop reason)
{
	pool_free(pool, pkt);
}

static struct pkt *pool_alloc(struct page_pool *pool)
{
	return NULL;
}

static uint32_t pool_avail(const struct page_pool *pool)
{
	return 0;
}

// What stands for the pool; NULL: there are too many.
static struct page_pool *pool_for(struct steer_pair *pair, struct page_pool *home)
{
	struct steer_pool *added;

	for (unsigned i = 0; i < pair->pools_len; i++)
		if (pair->pool[i].home == home)
			return &pair->pool[i].pool;
	if (pair->pools_len == POOLS_MAX)
		return NULL;
	added = &pair->pool[pair->pools_len++];
	*added = (struct steer_pool){.pool = {pool_alloc, pool_free, pool_avail, home->pages,
	                                      &steer_kind, pool_dropped, NULL},
	                             .home = home,
	                             .pair = pair};
	return &added->pool;
}

// How many pages the packet has; 0: of too many pools.
static uint32_t count_pages(struct steer_pair *pair, const struct pkt *pkt)
{
	uint32_t pages = 0;

	for (; pkt; pkt = pkt->next, pages++)
		if (!pool_for(pair, pkt->pool))
			return 0;
	return pages;
}

void steer_wake(struct steer_worker *to)
{
	// What finds no place in the mailbox waits for the next packet.
	if (!atomic_exchange_explicit(&to->woken, true, memory_order_acq_rel) && !to->wake(to->ctx))
		atomic_store_explicit(&to->woken, false, memory_order_release);
}

enum drop steer_pass(struct steer_worker *self, struct steer_worker *to, struct pkt *pkt)
{
	struct steer_pair *pair = pair_of(self->steer, self->number, to->number);
	uint32_t pages = count_pages(pair, pkt);
	void *item = pkt;

	if (pair->passed + pages > STEER_PAGES)
		reclaim(self, pair);
	if (pages == 0 || pair->passed + pages > STEER_PAGES)
		return DROP_RX_STEER_FULL;
	for (struct pkt *page = pkt; page; page = page->next)
		page->pool = pool_for(pair, page->pool);
	pair->passed += pages;
	self->passed += pages;
	if (ring_enqueue(&pair->there, &item, 1) != 1)
		assert(false);
	counter_add(&self->metric->steered, 1);
	steer_wake(to);
	return DROP_NONE;
}

unsigned steer_take(struct steer_worker *self, struct pkt **pkts, bool *scarce, unsigned n)
{
	unsigned taken = 0;

	// Before the rings are read: a packet that this misses wakes again.
	atomic_exchange_explicit(&self->woken, false, memory_order_acq_rel);
	for (unsigned i = 0; i < self->workers && taken < n; i++) {
		unsigned from = (self->next + i) % self->workers;
		struct steer_pair *pair = pair_of(self->steer, from, self->number);
		void *item;

		if (from == self->number)
			continue;
		for (; taken < n && ring_dequeue(&pair->there, &item, 1); taken++) {
			pkts[taken] = item;
			for (const struct pkt *page = item; page; page = page->next)
				pair->held++;
			scarce[taken] = pair->held > STEER_PAGES / 2;
		}
	}
	self->next++;
	return taken;
}

void steer_reclaim(struct steer_worker *self)
{
	for (unsigned to = 0; to < self->workers; to++)
		if (to != self->number)
			reclaim(self, pair_of(self->steer, self->number, to));
}

// neigh: the neighbour table; see the header. The state machine is one table,
// RFC 4861 appendix C; the rest is memory, queues and timers around it.
#include "proto/tcpip/neigh.h"

#include <errno.h>
#include <stdlib.h>

#define BOARD_SKEW_US (10 * MS_US)

#define KEEP(s)                                                                                    \
	{                                                                                          \
		NEIGH_##s, 0                                                                       \
	}

// Any hardware address ends the wait of an INCOMPLETE entry.
#define LEARNT(s)                                                                                  \
	{                                                                                          \
		NEIGH_##s, NEIGH_RECORD | NEIGH_FLUSH | NEIGH_TIMER                                \
	}

// The transitions that STALE, DELAY and PROBE share.
#define UNSURE(s)                                                                                  \
	[NEIGH_SEEN_SAME] = KEEP(s), [NEIGH_SEEN_NEW] = {NEIGH_STALE, NEIGH_RECORD | NEIGH_TIMER}, \
	[NEIGH_ADV_SAME] = KEEP(s), [NEIGH_ADV_NEW] = KEEP(s), [NEIGH_ADV_O_SAME] = KEEP(s),       \
	[NEIGH_ADV_O_NEW] = {NEIGH_STALE, NEIGH_RECORD | NEIGH_TIMER},                             \
	[NEIGH_ADV_S_SAME] = {NEIGH_REACHABLE, NEIGH_TIMER}, [NEIGH_ADV_S_NEW] = KEEP(s),          \
	[NEIGH_ADV_SO_SAME] = {NEIGH_REACHABLE, NEIGH_TIMER},                                      \
	[NEIGH_ADV_SO_NEW] = {NEIGH_REACHABLE, NEIGH_RECORD | NEIGH_TIMER}

static const struct neigh_step steps[NEIGH_STATES][NEIGH_EVENTS] =
        {
                [NEIGH_NONE] =
                        {
                                [NEIGH_SEND] = {NEIGH_INCOMPLETE, NEIGH_ASK_ALL | NEIGH_TIMER},
                                [NEIGH_SEEN_NEW] = {NEIGH_STALE, NEIGH_RECORD},
                        },
                [NEIGH_INCOMPLETE] =
                        {
                                [NEIGH_SEND] = KEEP(INCOMPLETE),
                                [NEIGH_TIMEOUT] = {NEIGH_INCOMPLETE, NEIGH_ASK_ALL | NEIGH_TIMER},
                                [NEIGH_GAVE_UP] = KEEP(NONE),
                                [NEIGH_SEEN_SAME] = LEARNT(STALE),
                                [NEIGH_SEEN_NEW] = LEARNT(STALE),
                                [NEIGH_ADV_SAME] = LEARNT(STALE),
                                [NEIGH_ADV_NEW] = LEARNT(STALE),
                                [NEIGH_ADV_O_SAME] = LEARNT(STALE),
                                [NEIGH_ADV_O_NEW] = LEARNT(STALE),
                                [NEIGH_ADV_S_SAME] = LEARNT(REACHABLE),
                                [NEIGH_ADV_S_NEW] = LEARNT(REACHABLE),
                                [NEIGH_ADV_SO_SAME] = LEARNT(REACHABLE),
                                [NEIGH_ADV_SO_NEW] = LEARNT(REACHABLE),
                        },
                [NEIGH_REACHABLE] =
                        {
                                [NEIGH_SEND] = KEEP(REACHABLE),
                                [NEIGH_TIMEOUT] = KEEP(STALE),
                                [NEIGH_GAVE_UP] = KEEP(STALE),
                                [NEIGH_SEEN_SAME] = KEEP(REACHABLE),
                                [NEIGH_SEEN_NEW] = {NEIGH_STALE, NEIGH_RECORD | NEIGH_TIMER},
                                [NEIGH_ADV_SAME] = KEEP(REACHABLE),
                                [NEIGH_ADV_NEW] = {NEIGH_STALE, NEIGH_TIMER},
                                [NEIGH_ADV_O_SAME] = KEEP(REACHABLE),
                                [NEIGH_ADV_O_NEW] = {NEIGH_STALE, NEIGH_RECORD | NEIGH_TIMER},
                                [NEIGH_ADV_S_SAME] = {NEIGH_REACHABLE, NEIGH_TIMER},
                                [NEIGH_ADV_S_NEW] = {NEIGH_STALE, NEIGH_TIMER},
                                [NEIGH_ADV_SO_SAME] = {NEIGH_REACHABLE, NEIGH_TIMER},
                                [NEIGH_ADV_SO_NEW] = {NEIGH_REACHABLE, NEIGH_RECORD | NEIGH_TIMER},
                        },
                [NEIGH_STALE] =
                        {
                                [NEIGH_SEND] = {NEIGH_DELAY, NEIGH_TIMER},
                                [NEIGH_TIMEOUT] = KEEP(STALE),
                                [NEIGH_GAVE_UP] = KEEP(STALE),
                                UNSURE(STALE),
                        },
                [NEIGH_DELAY] =
                        {
                                [NEIGH_SEND] = KEEP(DELAY),
                                [NEIGH_TIMEOUT] = {NEIGH_PROBE, NEIGH_ASK_ONE | NEIGH_TIMER},
                                [NEIGH_GAVE_UP] = {NEIGH_PROBE, NEIGH_ASK_ONE | NEIGH_TIMER},
                                UNSURE(DELAY),
                        },
                [NEIGH_PROBE] =
                        {
                                [NEIGH_SEND] = KEEP(PROBE),
                                [NEIGH_TIMEOUT] = {NEIGH_PROBE, NEIGH_ASK_ONE | NEIGH_TIMER},
                                [NEIGH_GAVE_UP] = KEEP(NONE),
                                UNSURE(PROBE),
                        },
};

struct neigh_step neigh_step(enum neigh_state state, enum neigh_event event)
{
	return steps[state][event];
}

_Static_assert(NEIGH_STATES == TRACE_NEIGH_STATES, "a trace's decoder has a word for each");

static uint64_t hash_of(const struct neigh_table *table, struct addr addr)
{
	return hash_u128(table->key, addr.hi, addr.lo);
}

static bool has_addr(const void *ctx, const void *key, uint32_t index)
{
	const struct neigh_table *table = ctx;
	const struct addr *addr = key;

	return addr_eq(table->entries[index].addr, *addr);
}

static struct neigh *look_up(const struct neigh_table *table, struct addr addr)
{
	uint32_t i = hash_find(&table->index, hash_of(table, addr), has_addr, table, &addr);

	return i == HASH_NONE ? NULL : &table->entries[i];
}

// Bursts come from few neighbours, so the result of the last look-up is tried first.
static struct neigh *find(struct neigh_table *table, struct addr addr)
{
	struct neigh *neigh;

	if (likely(table->last && addr_eq(table->last->addr, addr)))
		return table->last;
	neigh = look_up(table, addr);
	if (neigh)
		table->last = neigh;
	return neigh;
}

const struct neigh *neigh_find(const struct neigh_table *table, struct addr addr)
{
	return look_up(table, addr);
}

static void emit(struct neigh_table *table, const struct neigh *neigh, struct pkt *pkt)
{
	mac_store(eth_hdr_of(pkt)->dst, neigh->mac);
	offload_out(table->conf.out, pkt);
}

static uint32_t pages_of(const struct pkt *pkt)
{
	uint32_t pages = 0;

	for (; pkt; pkt = pkt->next)
		pages++;
	return pages;
}

// The packet that has waited longest.
static struct pkt *dequeue(struct neigh_table *table, struct neigh *neigh)
{
	struct pkt *pkt = neigh->queue[0];

	memmove(neigh->queue, neigh->queue + 1, --neigh->queue_len * sizeof(neigh->queue[0]));
	table->queued -= pages_of(pkt);
	return pkt;
}

static void drop_queue(struct neigh_table *table, struct neigh *neigh, enum drop reason)
{
	while (neigh->queue_len)
		pkt_drop(table->conf.metric, dequeue(table, neigh), reason);
}

static void flush_queue(struct neigh_table *table, struct neigh *neigh)
{
	while (neigh->queue_len)
		emit(table, neigh, dequeue(table, neigh));
}

// RFC 4861 section 7.2.2: when the queue is full the oldest packet makes room.
static void enqueue(struct neigh_table *table, struct neigh *neigh, struct pkt *pkt)
{
	struct worker_metric *metric = table->conf.metric;
	uint32_t pages = pages_of(pkt);

	while (neigh->queue_len &&
	       (neigh->queue_len == NEIGH_QUEUE_LEN || table->queued + pages > NEIGH_QUEUED_MAX))
		pkt_drop(metric, dequeue(table, neigh), DROP_NEIGH_QUEUE_FULL);
	if (table->queued + pages > NEIGH_QUEUED_MAX) {
		pkt_drop(metric, pkt, DROP_NEIGH_QUEUE_FULL);
		return;
	}
	neigh->queue[neigh->queue_len++] = pkt;
	table->queued += pages;
}

static void trace_state(const struct neigh_table *table, const struct neigh *neigh,
                        enum neigh_state to)
{
	trace_add(&table->conf.metric->trace,
	          addr_is_ipv4(neigh->addr) ? TRACE_NEIGH : TRACE_NEIGH6,
	          trace_neigh_states(neigh->state, to), be32_get(addr_ipv4(neigh->addr)));
}

static void forget(struct neigh_table *table, struct neigh *neigh, enum drop reason)
{
	uint32_t index = (uint32_t)(neigh - table->entries);

	trace_state(table, neigh, NEIGH_NONE);
	drop_queue(table, neigh, reason);
	wheel_del(table->conf.wheel, &neigh->timer);
	hash_del(&table->index, hash_of(table, neigh->addr), index);
	neigh->next = table->free;
	table->free = index;
	neigh->state = NEIGH_NONE;
	if (table->last == neigh)
		table->last = NULL;
}

// CLOCK: evicts the first entry that was not used since the hand last passed it.
static void evict(struct neigh_table *table)
{
	for (;;) {
		struct neigh *neigh = &table->entries[table->hand];

		table->hand = (table->hand + 1) % table->conf.capacity;
		if (neigh->used || neigh->pinned) {
			neigh->used = false;
			continue;
		}
		forget(table, neigh, DROP_NEIGH_EVICTED);
		return;
	}
}

static struct neigh *enter(struct neigh_table *table, struct addr addr)
{
	struct neigh *neigh;
	int err;

	if (table->free == HASH_NONE)
		evict(table);
	neigh = &table->entries[table->free];
	err = hash_add(&table->index, hash_of(table, addr), table->free);
	assert(!err); // a free entry has a free place
	(void)err;
	table->free = neigh->next;
	neigh->addr = addr;
	neigh->mac = (struct mac){0};
	neigh->state = NEIGH_NONE;
	neigh->used = true;
	neigh->solicits = 0;
	neigh->pinned = false;
	return neigh;
}

static void start_timer(struct neigh_table *table, struct neigh *neigh, mono_t now)
{
	uint64_t us;

	switch (neigh->state) {
	case NEIGH_INCOMPLETE:
	case NEIGH_PROBE:
		us = NEIGH_RETRANS_US;
		break;
	case NEIGH_REACHABLE:
		us = NEIGH_REACHABLE_US / 2 + rand_below(&table->rand, NEIGH_REACHABLE_US);
		break;
	case NEIGH_DELAY:
		us = NEIGH_DELAY_US;
		break;
	default:
		wheel_del(table->conf.wheel, &neigh->timer);
		return;
	}
	// A retransmission does not end the wait for the solicitation before it.
	if (neigh->solicits == 0)
		neigh->since = now;
	wheel_add(table->conf.wheel, &neigh->timer, mono_add(now, us));
}

static void step(struct neigh_table *table, struct neigh *neigh, enum neigh_event event,
                 struct mac mac, mono_t now)
{
	struct neigh_step to = steps[neigh->state][event];

	if (unlikely(neigh->pinned))
		return;
	if (to.next == NEIGH_NONE) {
		forget(table, neigh, DROP_NEIGH_UNREACHABLE);
		return;
	}
	if (neigh->state != to.next) {
		trace_state(table, neigh, to.next);
		neigh->solicits = 0;
	}
	neigh->state = to.next;
	if (to.acts & NEIGH_RECORD)
		neigh->mac = mac;
	if (to.acts & NEIGH_FLUSH)
		flush_queue(table, neigh);
	if (to.acts & NEIGH_TIMER)
		start_timer(table, neigh, now);
	if (to.acts & (NEIGH_ASK_ALL | NEIGH_ASK_ONE)) {
		neigh->solicits++;
		table->conf.solicit(table->conf.ctx, neigh->addr,
		                    to.acts & NEIGH_ASK_ONE ? &neigh->mac : NULL);
	}
}

static enum neigh_event seen_event(const struct neigh *neigh, struct mac mac)
{
	return mac_eq(neigh->mac, mac) ? NEIGH_SEEN_SAME : NEIGH_SEEN_NEW;
}

// Whether another worker heard it after the wait of the entry's state began, or recently
// when there is no entry. The workers' clocks differ by less than BOARD_SKEW_US.
static bool is_news(const struct neigh *neigh, const struct neigh_note *note, mono_t now)
{
	if (!neigh)
		return mono_until(note->at, now) < NEIGH_REACHABLE_US;
	if (neigh->state == NEIGH_REACHABLE)
		return note->at.us > mono_add(neigh->since, BOARD_SKEW_US).us;
	return mono_add(note->at, BOARD_SKEW_US).us >= neigh->since.us;
}

// Acts on what another worker has heard of the neighbour.
static COLD struct neigh *read_board(struct neigh_table *table, struct neigh *neigh,
                                     struct addr addr, mono_t now)
{
	struct neigh_note note;
	enum neigh_event event;

	if (!table->conf.board || !neigh_board_read(table->conf.board, addr, &note) ||
	    !is_news(neigh, &note, now))
		return neigh;
	if (!neigh)
		neigh = enter(table, addr);
	event = seen_event(neigh, note.mac);
	if (note.solicited && neigh->state != NEIGH_NONE)
		event = event == NEIGH_SEEN_SAME ? NEIGH_ADV_SO_SAME : NEIGH_ADV_SO_NEW;
	step(table, neigh, event, note.mac, now);
	return neigh;
}

static void note(struct neigh_table *table, struct addr addr, struct mac mac, bool solicited,
                 mono_t now)
{
	if (table->conf.board)
		neigh_board_write(table->conf.board,
		                  &(struct neigh_note){addr, mac, solicited, now});
}

static void timeout(struct wheel_timer *timer, mono_t now)
{
	struct neigh *neigh = CONTAINER_OF(timer, struct neigh, timer);
	enum neigh_state state = (enum neigh_state)neigh->state;

	read_board(neigh->table, neigh, neigh->addr, now);
	if (neigh->state != state || wheel_timer_armed(timer))
		return;
	step(neigh->table, neigh, neigh->solicits < NEIGH_SOLICITS ? NEIGH_TIMEOUT : NEIGH_GAVE_UP,
	     neigh->mac, now);
}

// A packet for a new neighbour, or for one that has not answered yet. An answer to the
// neighbour itself does not wait: it goes to the source of the request, whose word is not
// taken for anything else.
static COLD void send_unknown(struct neigh_table *table, struct neigh *neigh, struct addr addr,
                              struct pkt *pkt, mono_t now)
{
	const struct eth_hdr *eth = eth_hdr_of(pkt);
	struct mac mac = mac_load(eth->dst);
	bool answer = mac_is_host(mac) && !mac_eq(mac, mac_load(eth->src)) &&
	              table->conf.is_dst(pkt, addr);

	if (!neigh && rate_take(&table->solicits, now))
		neigh = enter(table, addr);
	if (answer)
		offload_out(table->conf.out, pkt);
	else if (neigh)
		enqueue(table, neigh, pkt);
	else
		pkt_drop(table->conf.metric, pkt, DROP_NEIGH_RATE);
	if (neigh)
		step(table, neigh, NEIGH_SEND, neigh->mac, now);
}

void neigh_send(struct neigh_table *table, struct addr addr, struct pkt *pkt, mono_t now)
{
	struct neigh *neigh = find(table, addr);

	if (unlikely(!neigh || neigh->state == NEIGH_INCOMPLETE)) {
		neigh = read_board(table, neigh, addr, now);
		if (!neigh || neigh->state == NEIGH_INCOMPLETE) {
			send_unknown(table, neigh, addr, pkt, now);
			return;
		}
	}
	neigh->used = true;
	if (unlikely(neigh->state == NEIGH_STALE))
		step(table, neigh, NEIGH_SEND, neigh->mac, now);
	emit(table, neigh, pkt);
}

enum neigh_state neigh_resolve(struct neigh_table *table, struct addr addr, mono_t now)
{
	struct neigh *neigh = read_board(table, find(table, addr), addr, now);
	enum neigh_state before = neigh ? (enum neigh_state)neigh->state : NEIGH_NONE;

	if (!neigh)
		neigh = enter(table, addr);
	neigh->used = true;
	step(table, neigh, NEIGH_SEND, neigh->mac, now);
	return before;
}

void neigh_seen(struct neigh_table *table, struct addr addr, struct mac mac, mono_t now)
{
	struct neigh *neigh = find(table, addr);

	if (!neigh)
		neigh = enter(table, addr);
	note(table, addr, mac, false, now);
	step(table, neigh, seen_event(neigh, mac), mac, now);
}

void neigh_advertised(struct neigh_table *table, struct addr addr, const struct mac *mac,
                      bool solicited, bool override, mono_t now)
{
	struct neigh *neigh = find(table, addr);
	unsigned event;

	if (mac && (neigh || solicited))
		note(table, addr, *mac, solicited, now);
	// RFC 4861 section 7.2.5: ignored for a neighbour without an entry, and without a
	// hardware address for an INCOMPLETE one.
	if (!neigh || (!mac && neigh->state == NEIGH_INCOMPLETE))
		return;
	event = NEIGH_ADV_SAME + 4u * solicited + 2u * override;
	event += mac && !mac_eq(neigh->mac, *mac);
	step(table, neigh, event, mac ? *mac : neigh->mac, now);
}

void neigh_doubt(struct neigh_table *table, mono_t now)
{
	for (uint32_t i = 0; i < table->conf.capacity; i++)
		if (table->entries[i].state == NEIGH_REACHABLE)
			step(table, &table->entries[i], NEIGH_TIMEOUT, table->entries[i].mac, now);
}

void neigh_pin(struct neigh_table *table, struct addr addr, struct mac mac)
{
	struct neigh *neigh = find(table, addr);

	if (!neigh)
		neigh = enter(table, addr);
	neigh->mac = mac;
	neigh->state = NEIGH_REACHABLE;
	neigh->pinned = true;
}

int neigh_open(struct neigh_table *table, const struct neigh_conf *conf)
{
	int err;

	*table = (struct neigh_table){
	        .conf = *conf,
	        .entries = aligned_alloc(CACHE_LINE_BYTES, conf->capacity * sizeof(struct neigh)),
	};
	err = table->entries ? hash_init(&table->index, conf->capacity) : -ENOMEM;
	if (err) {
		free(table->entries);
		return err;
	}
	rand_init(&table->rand, conf->seed);
	table->key = rand_u64(&table->rand);
	rate_init(&table->solicits, rate_interval_us(NEIGH_SOLICITS_PER_S),
	          NEIGH_SOLICITS_PER_S / 4);
	for (uint32_t i = 0; i < conf->capacity; i++) {
		table->entries[i] = (struct neigh){
		        .table = table,
		        .next = i + 1 < conf->capacity ? i + 1 : HASH_NONE,
		};
		wheel_timer_init(&table->entries[i].timer, timeout);
	}
	return 0;
}

void neigh_close(struct neigh_table *table)
{
	for (uint32_t i = 0; i < table->conf.capacity; i++) {
		struct neigh *neigh = &table->entries[i];

		for (unsigned k = 0; k < neigh->queue_len; k++)
			pkt_put(neigh->queue[k]);
		wheel_del(table->conf.wheel, &neigh->timer);
	}
	free(table->entries);
	hash_fini(&table->index);
}

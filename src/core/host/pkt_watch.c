// pkt_watch: see the header.
#include "core/host/pkt_watch.h"

// Reasons to drop packets of our own, in the order of DROP_LIST.
static bool is_of_sent(enum drop reason)
{
	return (reason >= DROP_NEIGH_QUEUE_FULL && reason <= DROP_NEIGH_RATE) ||
	       (reason >= DROP_OFFLOAD_PROTOCOL && reason <= DROP_OFFLOAD_SEGMENTS) ||
	       (reason >= DROP_TX_BATCH_FULL && reason <= DROP_TX_RESET);
}

// Reasons not to send an error about a packet, which is dropped for another.
static const enum drop of_error[PKT_WATCH_ERRORS] = {DROP_TCP_RATE, DROP_ICMP4_RATE,
                                                     DROP_ICMP6_RATE};

static bool is_of_error(enum drop reason)
{
	return reason == of_error[0] || reason == of_error[1] || reason == of_error[2];
}

// With a filter by reasons: those. Else what is sent may still be dropped; what is received is
// looked at by itself.
static void choose_drops(struct pkt_watch *watch)
{
	for (unsigned i = 0; i < watch->filter.drops_len; i++)
		watch->wanted[watch->filter.drop[i]] = true;
	for (unsigned reason = 0; !watch->filter.drops_len && reason < DROP_COUNT; reason++)
		watch->wanted[reason] = is_of_sent((enum drop)reason);
}

int pkt_watch_open(struct pkt_watch *watch, const struct pkt_filter *filter, uint16_t snap)
{
	*watch = (struct pkt_watch){.filter = *filter, .snap = snap};
	choose_drops(watch);
	return pkt_ring_open(&watch->ring, PKT_WATCH_RING_BYTES);
}

void pkt_watch_close(struct pkt_watch *watch)
{
	pkt_ring_close(&watch->ring);
}

static uint64_t count_drop(const struct pkt_watch *watch, unsigned reason)
{
	return counter_get(&watch->pipeline->metric->drop[reason]);
}

// The reason that is wanted of a packet dropped for `reason`: that one, or the one why no error was
// sent about it; DROP_NONE: neither.
static enum drop wanted_of(struct pkt_watch *watch, enum drop reason)
{
	enum drop error = DROP_NONE;

	for (unsigned i = 0; i < PKT_WATCH_ERRORS; i++) {
		uint64_t count = count_drop(watch, of_error[i]);

		if (count != watch->errors[i] && watch->wanted[of_error[i]])
			error = of_error[i];
		watch->errors[i] = count;
	}
	return watch->wanted[reason] ? reason : error;
}

// The first page has all headers.
static NOINLINE bool matches(const struct pkt_watch *watch, const struct pkt *pkt)
{
	return !pkt_filter_misses(&watch->filter, pkt_data(pkt), pkt->len) &&
	       pkt_filter_match(&watch->filter, span_of(pkt_data(pkt), pkt->len));
}

// NULL when the ring is full.
static struct pkt_record *add_record(struct pkt_watch *watch, const struct pkt *pkt)
{
	uint32_t len = pkt_total_len(pkt);
	uint16_t snap = (uint16_t)size_min(len, watch->snap);
	struct pkt_record *record = pkt_ring_add(&watch->ring, snap);

	if (!record)
		return NULL;
	record->at_us = watch->pipeline->now.us;
	record->frame_len = len;
	record->iface = pkt->iface;
	pkt_read(pkt, 0, record->bytes, snap);
	return record;
}

static bool is_blank(const struct pkt *pkt)
{
	return pkt->tx_flags & (PKT_TX_IPV4_CKSUM | PKT_TX_UDP_CKSUM | PKT_TX_TCP_CKSUM);
}

static uint32_t cycles_since(uint64_t begin)
{
	return begin ? (uint32_t)u64_min(cycles_now() - begin, UINT32_MAX) : 0;
}

static uint64_t turn_begin(const struct pkt_watch *watch)
{
	return watch->turn.us == watch->pipeline->now.us ? watch->begin : 0;
}

// That of a service's own reason is the application.
static enum stage stage_of(enum drop reason)
{
	return reason < DROP_COUNT ? drop_stage(reason) : STAGE_APP;
}

static void see_drop(struct pkt_watch *watch, const struct pkt *pkt, enum drop reason)
{
	struct pkt_record *record = add_record(watch, pkt);

	if (!record)
		return;
	record->verdict = PKT_DROPPED;
	record->drop = (uint16_t)reason;
	record->stages = UINT32_C(1) << stage_of(reason);
	record->out = is_of_sent(reason);
	record->blank = is_blank(pkt);
	record->cycles = cycles_since(turn_begin(watch));
	if (!watch->judging)
		pkt_ring_publish(&watch->ring);
}

// In place of the `dropped` of a pool. A page that is not the first of its packet comes behind it.
static void watched_drop(struct page_pool *pool, struct pkt *pkt, enum drop reason)
{
	struct pkt_watch *watch = pool->watch;
	enum drop wanted = wanted_of(watch, reason);

	if (wanted && matches(watch, pkt))
		see_drop(watch, pkt, wanted);
	pool->free(pool, pkt);
}

// What the counters and batches were before a packet.
struct before {
	uint64_t stage[STAGE_COUNT], drop[DROP_COUNT + DROP_OWN_MAX], steered;
	uint32_t out_len[PIPELINE_IFACES_MAX];
};

static void take_before(const struct pipeline *pipeline, struct before *before)
{
	const struct worker_metric *metric = pipeline->metric;

	for (unsigned i = 0; i < STAGE_COUNT; i++)
		before->stage[i] = counter_get(&metric->stage[i].pkts);
	for (unsigned i = 0; i < ARRAY_LEN(metric->drop); i++)
		before->drop[i] = counter_get(&metric->drop[i]);
	before->steered = counter_get(&metric->steered);
	for (unsigned i = 0; i < pipeline->ifaces_len; i++)
		before->out_len[i] = pipeline->iface[i].out.len;
}

// Whether the packet itself, written over, is to be sent.
static bool is_in_batch(const struct pipeline *pipeline, const struct before *before,
                        const struct pkt *pkt)
{
	for (unsigned i = 0; i < pipeline->ifaces_len; i++)
		for (uint32_t k = before->out_len[i]; k < pipeline->iface[i].out.len; k++)
			if (pipeline->iface[i].out.pkt[k] == pkt)
				return true;
	return false;
}

// The reason whose counter rose. What limits an error about a packet is counted, too, but is not
// why the packet itself was dropped.
static enum drop reason_of(const struct worker_metric *metric, const struct before *before)
{
	enum drop reason = DROP_NONE;

	for (unsigned i = 0; i < ARRAY_LEN(metric->drop); i++)
		if (counter_get(&metric->drop[i]) != before->drop[i] &&
		    (!reason || !is_of_error((enum drop)i)))
			reason = (enum drop)i;
	return reason;
}

// What became of the packet, which may be freed by now: only its name is used.
static void judge(const struct pipeline *pipeline, const struct before *before,
                  const struct pkt *pkt, struct pkt_record *record)
{
	const struct worker_metric *metric = pipeline->metric;
	enum drop reason = reason_of(metric, before);
	bool answered = is_in_batch(pipeline, before, pkt);

	for (unsigned i = 0; i < STAGE_COUNT; i++)
		if (counter_get(&metric->stage[i].pkts) != before->stage[i])
			record->stages |= UINT32_C(1) << i;
	if (reason && !(answered && is_of_sent(reason))) {
		record->verdict = PKT_DROPPED;
		record->drop = (uint16_t)reason;
	} else if (answered) {
		record->verdict = PKT_ANSWERED;
	} else if (counter_get(&metric->steered) != before->steered) {
		record->verdict = PKT_PASSED;
	}
}

static void input_one(struct pkt_watch *watch, struct pkt *pkt, mono_t now)
{
	const struct pipeline *pipeline = watch->pipeline;
	struct pkt_record *record = add_record(watch, pkt);
	struct before before;
	uint64_t begin;

	if (record)
		take_before(pipeline, &before);
	watch->judging = record != NULL;
	begin = cycles_now();
	watch->input(watch->input_ctx, &pkt, 1, now);
	watch->judging = false;
	if (!record)
		return;
	record->cycles = cycles_since(begin);
	judge(pipeline, &before, pkt, record);
}

// Marks packets that do not match up to one that may; returns that one's place, or the end. Not
// inlined, so that what it compares with is not crowded out of registers.
static NOINLINE struct pkt **skip(const struct pkt_watch *watch, struct pkt **pkts,
                                  struct pkt **end)
{
	for (; pkts < end; pkts++) {
		struct pkt *pkt = *pkts;

		if (!pkt_filter_misses(&watch->filter, pkt_data(pkt), pkt->len))
			break;
		pkt->rx_flags |= PKT_RX_UNWATCHED;
	}
	return pkts;
}

// As skip, but for a filter that is one name.
static NOINLINE struct pkt **skip_name(const struct pkt_watch *watch, struct pkt **pkts,
                                       struct pkt **end)
{
	const uint64_t head = watch->filter.name[0].head;
	const size_t before = watch->filter.name[0].len - 1u;

	for (; pkts < end; pkts++) {
		struct pkt *pkt = *pkts;
		const uint8_t *frame = pkt_data(pkt);
		const uint8_t *question = pkt_filter_question(frame, pkt->len);

		if (!question || !pkt_filter_is_missed(question, frame + pkt->len, before, head))
			break;
		pkt->rx_flags |= PKT_RX_UNWATCHED;
	}
	return pkts;
}

// Each packet that matches by itself; those between them in bursts, in order.
static void input_apart(struct pkt_watch *watch, struct pkt **pkts, unsigned n, mono_t now)
{
	struct pkt **from = pkts, **at = pkts, **end = pkts + n;
	bool name = pkt_filter_is_name(&watch->filter);

	while ((at = name ? skip_name(watch, at, end) : skip(watch, at, end)) < end) {
		if (!matches(watch, *at)) {
			(*at++)->rx_flags |= PKT_RX_UNWATCHED;
			continue;
		}
		if (at > from)
			watch->input(watch->input_ctx, from, (unsigned)(at - from), now);
		input_one(watch, *at++, now);
		from = at;
	}
	if (from < end)
		watch->input(watch->input_ctx, from, (unsigned)(end - from), now);
}

// In place of the stack's.
static void watched_input(void *ctx, struct pkt **pkts, unsigned n, mono_t now)
{
	struct pkt_watch *watch = ctx;

	watch->begin = cycles_now();
	watch->turn = now;
	if (watch->filter.drops_len)
		watch->input(watch->input_ctx, pkts, n, now);
	else
		input_apart(watch, pkts, n, now);
	pkt_ring_publish(&watch->ring);
}

static void watch_pool(struct pkt_watch *watch, struct page_pool *pool)
{
	if (!pool || pool->watch)
		return;
	watch->pool[watch->pools_len].pool = pool;
	watch->pool[watch->pools_len++].dropped = pool->dropped;
	pool->watch = watch;
	pool->dropped = watched_drop;
}

void pkt_watch_attach(struct pkt_watch *watch, struct pipeline *pipeline)
{
	watch->pipeline = pipeline;
	watch->input = pipeline->input;
	watch->input_ctx = pipeline->input_ctx;
	for (unsigned i = 0; i < pipeline->ifaces_len; i++)
		watch_pool(watch, pipeline->iface[i].netif->pool[pipeline->queue]);
	(void)wanted_of(watch, DROP_NONE); // what was counted before is of no packet
	pipeline->input = watched_input;
	pipeline->input_ctx = watch;
	pipeline->pkt_watch = watch;
}

// A pipeline_watch may have been added since, which calls this one then, or deleted.
static void input_restore(const struct pkt_watch *watch, struct pipeline *pipeline)
{
	if (pipeline->input == watched_input) {
		pipeline->input = watch->input;
		pipeline->input_ctx = watch->input_ctx;
		pipeline_watch_del(pipeline, NULL);
	} else {
		pipeline->watched = watch->input;
		pipeline->watched_ctx = watch->input_ctx;
	}
}

void pkt_watch_detach(struct pkt_watch *watch)
{
	struct pipeline *pipeline = watch->pipeline;

	pipeline->pkt_watch = NULL;
	input_restore(watch, pipeline);
	while (watch->pools_len) {
		struct page_pool *pool = watch->pool[--watch->pools_len].pool;

		pool->dropped = watch->pool[watch->pools_len].dropped;
		pool->watch = NULL;
	}
	pkt_ring_publish(&watch->ring);
}

static NOINLINE void see_sent(struct pkt_watch *watch, const struct netif *netif,
                              const struct pkt *pkt)
{
	struct pkt_record *record = add_record(watch, pkt);

	if (!record)
		return;
	record->iface = (uint8_t)netif->iface;
	record->verdict = PKT_SENT;
	record->out = true;
	record->blank = is_blank(pkt);
	record->cycles = cycles_since(turn_begin(watch));
}

// The first packet from i on that may match, or the one before it. Most do not: two at a time.
static uint32_t skip_sent(const struct batch *batch, uint32_t i)
{
	for (; i + 1 < batch->len; i += 2)
		if (!(batch->pkt[i]->rx_flags & batch->pkt[i + 1]->rx_flags & PKT_RX_UNWATCHED))
			break;
	return i;
}

void pkt_watch_sent(struct pkt_watch *watch, const struct netif *netif, const struct batch *batch)
{
	if (watch->filter.drops_len)
		return;
	for (uint32_t i = skip_sent(batch, 0); i < batch->len; i = skip_sent(batch, i + 1))
		// An answer in the page of its request has the same ends and the same question.
		if (!(batch->pkt[i]->rx_flags & PKT_RX_UNWATCHED) && matches(watch, batch->pkt[i]))
			see_sent(watch, netif, batch->pkt[i]);
	pkt_ring_publish(&watch->ring);
}

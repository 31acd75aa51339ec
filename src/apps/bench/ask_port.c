// ask_port: see the header. All but ask_port_open runs in the worker's thread.
#include "apps/bench/ask_port.h"

#include "core/host/pipeline.h"

#include <errno.h>

// A port keeps to one address.
static unsigned from_of(const struct ask_way *way, unsigned candidate)
{
	return way->from_len > 1 ? candidate % way->from_len : 0;
}

static struct udp_flow flow_of(const struct ask_way *way, unsigned from)
{
	return (struct udp_flow){.src = way->from_len ? way->from[from] : (struct addr){0},
	                         .dst = way->target.addr,
	                         .dst_port = way->target.port};
}

// While the next hop is not resolved: a few of them wait for it, the rest are not sent.
static NOINLINE bool send_first(struct ask_port *port, const struct asker_query *query,
                                const struct ask_way *way, mono_t now)
{
	struct udp_flow flow = flow_of(way, from_of(way, query->source));
	struct udp_draft draft;

	flow.src_port = (uint16_t)(port->base + query->source);
	if (!udp_draft_open(port->udp, &flow, &draft))
		return false;
	if (query->query->len > draft.room) {
		udp_draft_drop(&draft);
		return false;
	}
	query_write(query->query, query->id, query->nonce, draft.payload);
	udp_draft_send(port->udp, &draft, query->query->len, now);
	return true;
}

static inline bool send_by(struct ask_port *port, struct udp_train *train,
                           const struct asker_query *query)
{
	const struct query *what = query->query;
	uint8_t *payload = udp_train_next(train, what->len);
	uint64_t sum;

	if (unlikely(!payload))
		return false;
	sum = query_write(what, query->id, query->nonce, payload);
	udp_train_send(train, (uint16_t)(port->base + query->source), what->len, sum);
	return true;
}

// By the way and from the address that its source has.
static bool send_one(struct ask_port *port, const struct asker_query *query, mono_t now)
{
	const struct ask *ask = port->worker.ask;
	unsigned number = ask->way_of[query->source];
	const struct ask_way *way = &ask->way[number];
	unsigned from = from_of(way, query->source);

	if (unlikely(!port->way[number].ready[from]))
		return send_first(port, query, way, now);
	return send_by(port, &port->way[number].train[from], query);
}

static void open_way(struct ask_port *port, const struct ask_way *way, struct ask_port_way *own,
                     mono_t now)
{
	for (unsigned i = 0; i < way->from_len || i == 0; i++) {
		const struct udp_flow flow = flow_of(way, i);

		own->ready[i] = udp_train_open(&own->train[i], port->udp, &flow, now);
	}
	if (own->ready[0] && way->from_len <= 1)
		udp_catch_open(&own->catch, &own->train[0]);
}

static void open_trains(struct ask_port *port, mono_t now)
{
	const struct ask *ask = port->worker.ask;

	open_way(port, &ask->way[0], &port->way[0], now);
	if (ask->ways_len > 1)
		open_way(port, &ask->way[1], &port->way[1], now);
}

static void send_all(struct ask_port *port, const struct asker_query *queries, unsigned len,
                     mono_t now)
{
	const struct ask *ask = port->worker.ask;
	bool all_alike = ask->ways_len == 1 && ask->way[0].from_len <= 1 && port->way[0].ready[0];

	for (unsigned i = 0; i < len; i++)
		if (unlikely(!(likely(all_alike) ? send_by(port, port->way[0].train, &queries[i])
		                                 : send_one(port, &queries[i], now))))
			ask_worker_withdraw(&port->worker, &queries[i]);
}

static NOINLINE void flush_tcp(struct ask_port *port, const struct asker_query *queries,
                               unsigned len, mono_t now)
{
	for (unsigned i = 0; i < len; i++)
		if (!ask_tcp_send(port->tcp, &queries[i], now))
			ask_worker_withdraw(&port->worker, &queries[i]);
	ask_tcp_sweep(port->tcp, now);
}

// In a turn no more is sent than may come in one. After a pause of either end the rings are full,
// and who then sent faster than it receives would have the server drop answers.
#define TURN_MAX PIPELINE_BURST

static unsigned turn_room(struct ask_port *port)
{
	uint32_t room = udp_room(port->udp, port->worker.ask->way[0].target.addr);

	if (port->tcp)
		return (unsigned)u64_min(room, TURN_MAX);
	if (likely(room == BATCH_MAX))
		return TURN_MAX;
	// Frames of the last turn wait for the device.
	ask_worker_hold(&port->worker);
	return room > BATCH_MAX - TURN_MAX ? TURN_MAX : 0;
}

static bool flush(void *ctx, mono_t now)
{
	struct ask_port *port = ctx;
	struct asker_query queries[TURN_MAX];
	unsigned len = ask_worker_take(&port->worker, now, queries, turn_room(port));

	if (port->tcp) {
		flush_tcp(port, queries, len, now);
		if (unlikely(port->worker.doing == ASK_END))
			port->worker.connected = !ask_tcp_end(port->tcp);
		return ask_worker_is_busy(&port->worker);
	}
	if (len) {
		open_trains(port, now);
		send_all(port, queries, len, now);
	}
	return ask_worker_is_busy(&port->worker);
}

// What comes from elsewhere, or to another address than was asked from, is no answer.
static bool is_answer(const struct ask_port *port, const struct udp_dgram *dgram)
{
	const struct ask *ask = port->worker.ask;
	unsigned candidate = (unsigned)dgram->dst_port - port->base;
	const struct ask_way *way;

	if (candidate >= SOURCE_CANDIDATES)
		return false;
	way = &ask->way[ask->way_of[candidate]];
	return addr_eq(dgram->src, way->target.addr) && dgram->src_port == way->target.port &&
	       (way->from_len == 0 || addr_eq(dgram->dst, way->from[from_of(way, candidate)]));
}

static void receive(void *ctx, struct udp_dgram *dgrams, unsigned n, mono_t now)
{
	struct ask_port *port = ctx;

	for (unsigned i = 0; i < n; i++)
		if (likely(is_answer(port, &dgrams[i])))
			ask_worker_answer(&port->worker, (uint32_t)dgrams[i].dst_port - port->base,
			                  dgrams[i].payload, dgrams[i].len, now);
}

// Takes the answers that came one way out of a burst; returns how many packets are left.
static unsigned take_answers(struct ask_port *port, unsigned way, struct pkt **pkts, unsigned n,
                             mono_t now)
{
	const struct ask *ask = port->worker.ask;
	struct udp_caught caught[PIPELINE_BURST];
	unsigned len = udp_catch_take(&port->way[way].catch, pkts, n, caught);

	for (unsigned i = 0; i < len; i++) {
		uint32_t candidate = (uint32_t)caught[i].dst_port - port->base;

		if (likely(candidate < SOURCE_CANDIDATES && ask->way_of[candidate] == way))
			ask_worker_answer(&port->worker, candidate, caught[i].payload,
			                  caught[i].len, now);
		pkt_put(caught[i].pkt);
	}
	return n - len;
}

// Of a worker's burst: answers, and what the stack is for.
static void input(void *ctx, struct pkt **pkts, unsigned n, mono_t now)
{
	struct ask_port *port = ctx;

	n = take_answers(port, 0, pkts, n, now);
	if (n)
		n = take_answers(port, 1, pkts, n, now);
	if (unlikely(n))
		stack_input(port->stack, pkts, n, now);
}

static void link_up(void *ctx, const struct netif *netif, mono_t now)
{
	stack_link(((struct ask_port *)ctx)->stack, netif, now);
}

static bool flush_stack(void *ctx, mono_t now)
{
	return stack_flush(((struct ask_port *)ctx)->stack, now);
}

static void refused(void *ctx, const struct ip_error *error, uint16_t src_port, uint16_t dst_port,
                    mono_t now)
{
	struct ask_port *port = ctx;

	ask_worker_refused(&port->worker, now);
}

int ask_port_open(struct ask_port *port, struct pipeline *pipeline, struct stack *stack)
{
	const struct udp_listener_conf conf = {
	        .fn = receive, .error_fn = refused, .flush_fn = flush, .ctx = port};

	if (port->worker.ask->conf->transport != ASK_UDP) {
		port->tcp = ask_tcp_open(&port->worker, stack);
		if (!port->tcp)
			return -ENOMEM;
		port->worker.connected = true;
	}
	port->stack = stack;
	port->udp = stack_udp(stack);
	port->base = (uint16_t)(ASK_PORT_BASE + port->worker.number * SOURCE_CANDIDATES);
	if (!port->tcp)
		pipeline_attach(pipeline, input, link_up, flush_stack, port);
	return udp_listen(port->udp, &conf, NULL);
}

void ask_port_close(struct ask_port *port)
{
	ask_tcp_close(port->tcp);
	ask_worker_close(&port->worker);
}

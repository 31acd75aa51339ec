// udp_listen: who listens at which address and port. A table with a place for each of
// the 65536 ports leads to the first of the port's listeners, of which there are seldom
// two; a hash would cost more and could be made to collide.
#include "proto/tcpip/udp_internal.h"

#include <errno.h>
#include <stdlib.h>

int udp_open(struct udp *udp, struct ip_ifaces *ifaces, struct worker_metric *metric,
             uint32_t listeners, uint64_t seed)
{
	assert(listeners > 0 && listeners <= UINT16_MAX);
	*udp = (struct udp){
	        .metric = metric, .ifaces = ifaces, .listeners_len = (uint16_t)listeners};
	udp->by_port = calloc(UDP_PORTS, sizeof(*udp->by_port));
	udp->listener = calloc(listeners + 1, sizeof(*udp->listener));
	udp->flusher = calloc(listeners, sizeof(*udp->flusher));
	rand_init(&udp->rand, seed);
	if (!udp->by_port || !udp->listener || !udp->flusher) {
		udp_close(udp);
		return -ENOMEM;
	}
	for (uint32_t i = listeners; i > 0; i--) {
		udp->listener[i].next = udp->free;
		udp->free = (uint16_t)i;
	}
	return 0;
}

void udp_close(struct udp *udp)
{
	free(udp->by_port);
	free(udp->listener);
	free(udp->flusher);
}

static uint16_t number_of(const struct udp *udp, const struct udp_listener *listener)
{
	return (uint16_t)(listener - udp->listener);
}

// The first of the chain that serves addr: one with that address comes before one with
// any.
static struct udp_listener *find_in(struct udp *udp, uint16_t first, struct addr addr)
{
	for (uint16_t i = first; i; i = udp->listener[i].next) {
		struct udp_listener *listener = &udp->listener[i];

		if (likely(listener->any_addr) || addr_eq(listener->addr, addr))
			return listener;
	}
	return NULL;
}

struct udp_listener *udp_find_other(struct udp *udp, struct addr addr, uint16_t port)
{
	struct udp_listener *listener = find_in(udp, udp->by_port[port], addr);

	if (unlikely(!listener) && port)
		listener = find_in(udp, udp->any_port, addr);
	return listener;
}

// The head of the port's chain.
static uint16_t *chain_of(struct udp *udp, uint16_t port)
{
	return port ? &udp->by_port[port] : &udp->any_port;
}

// Whether a listener of the chain has exactly this address.
static bool is_taken(const struct udp *udp, uint16_t first, const struct udp_listener_conf *conf)
{
	for (uint16_t i = first; i; i = udp->listener[i].next) {
		const struct udp_listener *other = &udp->listener[i];

		if (other->any_addr ? addr_is_any(conf->addr) : addr_eq(other->addr, conf->addr))
			return true;
	}
	return false;
}

// Enters a listener into its port's chain: the one with any address comes last.
static void chain_add(struct udp *udp, struct udp_listener *listener)
{
	uint16_t *link = chain_of(udp, listener->port);

	while (listener->any_addr && *link)
		link = &udp->listener[*link].next;
	listener->next = *link;
	*link = number_of(udp, listener);
}

int udp_listen(struct udp *udp, const struct udp_listener_conf *conf,
               struct udp_listener **listener)
{
	uint16_t number = udp->free;
	struct udp_listener *added;

	if (is_taken(udp, *chain_of(udp, conf->port), conf))
		return -EADDRINUSE;
	if (number == 0)
		return -ENOSPC;
	added = &udp->listener[number];
	udp->free = added->next;
	*added = (struct udp_listener){
	        .addr = conf->addr,
	        .port = conf->port,
	        .any_addr = addr_is_any(conf->addr),
	        .fn = conf->fn,
	        .error_fn = conf->error_fn,
	        .flush_fn = conf->flush_fn,
	        .ctx = conf->ctx,
	};
	chain_add(udp, added);
	if (added->flush_fn) {
		udp->flusher[udp->flushers_len++] = number;
		udp->flushers_changed = true;
	}
	if (listener)
		*listener = added;
	trace_add(&udp->metric->trace, TRACE_LISTEN, conf->port, 0);
	return 0;
}

int udp_listen_ephemeral(struct udp *udp, const struct udp_listener_conf *conf,
                         struct udp_listener **listener)
{
	uint32_t ports = steer_ports(udp->steer, UDP_EPHEMERAL_MIN);
	uint32_t start = (uint32_t)rand_below(&udp->rand, ports);
	struct udp_listener_conf with = *conf;
	struct udp_listener *added;
	int err = -EADDRINUSE;

	for (uint32_t i = 0; i < ports; i++) {
		with.port = steer_port(udp->steer, UDP_EPHEMERAL_MIN, (start + i) % ports);
		if (udp->by_port[with.port] == 0) {
			err = udp_listen(udp, &with, &added);
			break;
		}
	}
	if (err)
		return err;
	added->ephemeral = true;
	steer_begun_add(udp->steer, 1);
	if (listener)
		*listener = added;
	return 0;
}

static void flusher_del(struct udp *udp, uint16_t number)
{
	for (uint16_t i = 0; i < udp->flushers_len; i++) {
		if (udp->flusher[i] == number) {
			udp->flusher[i] = udp->flusher[--udp->flushers_len];
			udp->flushers_changed = true;
			return;
		}
	}
}

void udp_unlisten(struct udp *udp, struct udp_listener *listener)
{
	uint16_t *link = chain_of(udp, listener->port), number = number_of(udp, listener);

	assert(listener->fn);
	while (*link != number)
		link = &udp->listener[*link].next;
	*link = listener->next;
	if (listener->flush_fn)
		flusher_del(udp, number);
	if (listener->group)
		listener->group->listener = NULL;
	if (listener->ephemeral)
		steer_begun_add(udp->steer, -1);
	*listener = (struct udp_listener){.next = udp->free};
	udp->free = number;
}

uint16_t udp_listener_port(const struct udp_listener *listener)
{
	return listener->port;
}

// Another listener goes first each turn, so that one with much to send does not keep the
// room from the others. When the functions add or remove listeners, some of them wait for
// the next turn.
bool udp_flush(struct udp *udp, mono_t now)
{
	uint16_t first = udp->flush_first++;
	bool more = false;

	udp->flushers_changed = false;
	for (uint16_t i = 0; i < udp->flushers_len && !udp->flushers_changed; i++) {
		uint16_t number = udp->flusher[(first + i) % udp->flushers_len];
		const struct udp_listener *listener = &udp->listener[number];

		more |= listener->flush_fn(listener->ctx, now);
	}
	return more || udp->flushers_changed;
}

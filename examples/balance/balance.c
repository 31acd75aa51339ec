// balance: see the header.
#include "balance.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define DOWN_US (10 * SEC_US) // a server that refused a datagram is left alone for this long
#define FLOWS   (BALANCE_PORTS * BALANCE_SERVERS_MAX)

// A client, and the server that answers it.
struct flow {
	struct addr client, vip; // vip: the address of ours that the client sent to
	uint16_t client_port, vip_port;
	struct balance_target server;
	mono_t last; // when its last datagram passed, in either direction
	uint64_t hash;
	bool used;
};

// A port of ours towards the servers.
struct port {
	struct balance *balance;
	struct udp_listener *listener;
	struct flow *flow; // BALANCE_SERVERS_MAX of them
};

struct balance {
	struct udp *udp;
	struct udp_listener *listener;
	const struct swap *targets;
	enum drop drops_begin;
	uint64_t idle_us, seed;
	struct hash by_client;
	mono_t down[BALANCE_SERVERS_MAX]; // until when a server is left alone
	unsigned next;                    // port to look for a free flow at
	struct port port[BALANCE_PORTS];
	struct flow flow[FLOWS];
};

static bool same_client(const void *ctx, const void *key, uint32_t index)
{
	const struct flow *a = &((const struct balance *)ctx)->flow[index], *b = key;

	return addr_eq(a->client, b->client) && addr_eq(a->vip, b->vip) &&
	       a->client_port == b->client_port && a->vip_port == b->vip_port;
}

static uint64_t client_hash(const struct balance *balance, const struct flow *flow)
{
	uint64_t ports = (uint64_t)flow->client_port << 16 | flow->vip_port;

	return hash_u128(hash_u128(balance->seed, flow->client.hi, flow->client.lo),
	                 flow->vip.hi ^ ports, flow->vip.lo);
}

// A server for the client, by its hash; the next one when that one is down. The client's
// own when all are.
static unsigned choose(const struct balance *balance, const struct balance_targets *targets,
                       uint64_t hash, mono_t now)
{
	unsigned first = (unsigned)(hash >> 32) % targets->len;

	for (unsigned i = 0; i < targets->len; i++) {
		unsigned server = (first + i) % targets->len;

		if (mono_due(balance->down[server], now))
			return server;
	}
	return first;
}

// A flow of the server that no client uses; NULL when each was used not long ago.
static struct flow *find_idle(struct balance *balance, unsigned server, mono_t now)
{
	for (unsigned i = 0; i < BALANCE_PORTS; i++) {
		struct flow *flow = &balance->port[balance->next].flow[server];

		balance->next = (balance->next + 1) % BALANCE_PORTS;
		if (!flow->used)
			return flow;
		if (mono_due(mono_add(flow->last, balance->idle_us), now)) {
			(void)hash_del(&balance->by_client, flow->hash,
			               (uint32_t)(flow - balance->flow));
			flow->used = false;
			return flow;
		}
	}
	return NULL;
}

static struct flow *flow_add(struct balance *balance, const struct flow *wanted, mono_t now)
{
	const struct balance_targets *targets = swap_read(balance->targets);
	unsigned server = choose(balance, targets, wanted->hash, now);
	struct flow *flow = find_idle(balance, server, now);

	if (!flow)
		return NULL;
	*flow = *wanted;
	flow->server = targets->target[server];
	if (!flow->server.port)
		flow->server.port = flow->vip_port;
	flow->used =
	        hash_add(&balance->by_client, flow->hash, (uint32_t)(flow - balance->flow)) == 0;
	return flow->used ? flow : NULL;
}

static struct flow *flow_of(struct balance *balance, const struct udp_dgram *dgram, mono_t now)
{
	struct flow wanted = {.client = dgram->src,
	                      .vip = dgram->dst,
	                      .client_port = dgram->src_port,
	                      .vip_port = dgram->dst_port};
	uint32_t index;

	wanted.hash = client_hash(balance, &wanted);
	index = hash_find(&balance->by_client, wanted.hash, same_client, balance, &wanted);
	return index == HASH_NONE ? flow_add(balance, &wanted, now) : &balance->flow[index];
}

// From clients. The datagram goes on in the page in which it came; the stack fills in our
// address on the way to the server.
static void serve(void *ctx, struct udp_dgram *dgrams, unsigned n, mono_t now)
{
	struct balance *balance = ctx;

	for (unsigned i = 0; i < n; i++) {
		struct flow *flow = flow_of(balance, &dgrams[i], now);
		struct udp_flow to;

		if (!flow) {
			dgrams[i].drop = balance->drops_begin + BALANCE_FULL;
			continue;
		}
		flow->last = now;
		to = (struct udp_flow){.dst = flow->server.addr, .dst_port = flow->server.port};
		to.src_port = udp_listener_port(
		        balance->port[(flow - balance->flow) / BALANCE_SERVERS_MAX].listener);
		udp_forward(balance->udp, &dgrams[i], &to, dgrams[i].len, now);
	}
}

// Which of the port's flows an address and port answer; NULL: none, it is a stranger.
static struct flow *flow_from(const struct port *port, struct addr addr, uint16_t from)
{
	for (unsigned i = 0; i < BALANCE_SERVERS_MAX; i++) {
		struct flow *flow = &port->flow[i];

		if (flow->used && flow->server.port == from && addr_eq(flow->server.addr, addr))
			return flow;
	}
	return NULL;
}

// From servers: back to the client, from the address and port that it sent to.
static void answer(void *ctx, struct udp_dgram *dgrams, unsigned n, mono_t now)
{
	const struct port *port = ctx;

	for (unsigned i = 0; i < n; i++) {
		struct flow *flow = flow_from(port, dgrams[i].src, dgrams[i].src_port);
		struct udp_flow to;

		if (!flow) {
			dgrams[i].drop = port->balance->drops_begin + BALANCE_STRANGER;
			continue;
		}
		flow->last = now;
		to = (struct udp_flow){flow->vip, flow->client, flow->vip_port, flow->client_port};
		udp_forward(port->balance->udp, &dgrams[i], &to, dgrams[i].len, now);
	}
}

// An ICMP error about a datagram to a server: it has no listener, or is not there. New
// clients go elsewhere for a while, and the client's next datagram chooses again.
static void refused(void *ctx, const struct ip_error *error, uint16_t src_port, uint16_t dst_port,
                    mono_t now)
{
	const struct port *port = ctx;
	struct balance *balance = port->balance;
	struct flow *flow = flow_from(port, error->flow.dst, dst_port);

	if (!flow || (error->kind != IP_ERROR_PORT && error->kind != IP_ERROR_UNREACHABLE))
		return;
	balance->down[flow - port->flow] = mono_add(now, DOWN_US);
	(void)hash_del(&balance->by_client, flow->hash, (uint32_t)(flow - balance->flow));
	flow->used = false;
}

static int listen_all(struct balance *balance, uint16_t port)
{
	struct udp_listener_conf clients = {.port = port, .fn = serve, .ctx = balance};
	int err = udp_listen(balance->udp, &clients, &balance->listener);

	for (unsigned i = 0; i < BALANCE_PORTS && !err; i++) {
		struct port *own = &balance->port[i];
		struct udp_listener_conf servers = {.fn = answer, .error_fn = refused, .ctx = own};

		own->balance = balance;
		own->flow = &balance->flow[i * BALANCE_SERVERS_MAX];
		err = udp_listen_ephemeral(balance->udp, &servers, &own->listener);
	}
	return err;
}

struct balance *balance_open(struct udp *udp, uint16_t port, uint64_t idle_us, uint64_t seed,
                             const struct swap *targets, enum drop drops_begin, struct why *why)
{
	struct balance *balance = calloc(1, sizeof(*balance));
	int err = balance ? hash_init(&balance->by_client, FLOWS) : -ENOMEM;

	if (err) {
		free(balance);
		why_no_memory(why, "the load balancer");
		return NULL;
	}
	balance->udp = udp;
	balance->targets = targets;
	balance->drops_begin = drops_begin;
	balance->idle_us = idle_us;
	balance->seed = seed;
	err = listen_all(balance, port);
	if (!err)
		return balance;
	why_fail(why, err, "UDP port %u and %d more cannot be used: %s", port, BALANCE_PORTS,
	         strerror(-err));
	balance_close(balance);
	return NULL;
}

void balance_close(struct balance *balance)
{
	for (unsigned i = 0; i < BALANCE_PORTS; i++)
		if (balance->port[i].listener)
			udp_unlisten(balance->udp, balance->port[i].listener);
	if (balance->listener)
		udp_unlisten(balance->udp, balance->listener);
	hash_fini(&balance->by_client);
	free(balance);
}

bool balance_target_parse(const char *text, struct balance_target *target)
{
	const char *begin = text, *end = text + strlen(text), *colon = strchr(text, ':');
	char address[ADDR_TEXT_BYTES];
	char *rest;
	unsigned long port = 0;

	if (*text == '[') { // IPv6 has colons of its own
		begin++;
		end = strchr(text, ']');
		if (!end)
			return false;
		colon = end[1] == ':' ? end + 1 : NULL;
		if (end[1] && !colon)
			return false;
	} else if (colon && !strchr(colon + 1, ':')) {
		end = colon;
	} else {
		colon = NULL;
	}
	if (colon) {
		port = strtoul(colon + 1, &rest, 10);
		if (*rest || port == 0 || port > UINT16_MAX)
			return false;
	}
	snprintf(address, sizeof(address), "%.*s", (int)(end - begin), begin);
	target->port = (uint16_t)port;
	return end - begin < ADDR_TEXT_BYTES && addr_parse(address, &target->addr);
}

// sim: two whole nodes (loop, stack, port) on one wire and one virtual clock. The
// client's port may be behind an impairment. Time jumps from one deadline to the
// next, so an hour passes in no time and every run of a seed is the same.
#ifndef SIM_SIM_H
#define SIM_SIM_H

#include "narrow.h"
#include "tcpip/frames.h"

#include "backends/mem/impair.h"
#include "backends/mem/mem.h"
#include "core/host/pipeline.h"
#include "core/mono.h"
#include "proto/tcpip/stack.h"

#ifndef SIM_PAGES
#define SIM_PAGES 512
#endif
// 0: as the stack has them.
#ifndef SIM_TCP_CONNS
#define SIM_TCP_CONNS 0
#define SIM_TCP_PAGES 0
#endif

struct node {
	struct netif *netif;
	struct pipeline pipeline;
	struct worker_metric metric;
	struct stack *stack;
};

struct sim {
	mono_t now;
	struct narrow *path; // at the client's port
	struct node client, server;
};

static inline mono_t sim_now(void *ctx)
{
	return ((struct sim *)ctx)->now;
}

static inline void node_open(struct node *node, mono_t now, const char *ipv4, const char *ipv6)
{
	struct stack_conf conf = {
	        .ifaces_len = 1,
	        .neighbours = 16,
	        .icmp_errors_per_s = 100,
	        .seed = 1,
	        .tcp_conns = SIM_TCP_CONNS,
	        .tcp_pages = SIM_TCP_PAGES,
	        .metric = &node->metric,
	        .wheel = &node->pipeline.wheel,
	        .announce = true,
	        .iface[0] = {.netif = node->netif,
	                     .out = &node->pipeline.iface[0].out,
	                     .pool = node->netif->pool[0],
	                     .ipv4_len = 1,
	                     .ipv6_len = 1},
	};

	assert_true(addr_prefix_parse(ipv4, &conf.iface[0].ipv4[0]));
	assert_true(addr_prefix_parse(ipv6, &conf.iface[0].ipv6[0]));
	assert_int_equal(
	        pipeline_init(&node->pipeline, 0, IDLE_SPIN, &node->netif, 1, &node->metric), 0);
	wheel_init(&node->pipeline.wheel, now);
	node->stack = stack_open(&conf, now);
	assert_non_null(node->stack);
	pipeline_attach(&node->pipeline, stack_input, stack_link, stack_flush, node->stack);
}

static inline void node_close(struct node *node)
{
	stack_close(node->stack);
	pipeline_fini(&node->pipeline);
}

// The client is 10.0.0.9 and fd00::9, the server 10.0.0.2 and fd00::2, with the
// hardware addresses that frames.h gives to HOST and US.
static inline void sim_open(struct sim *sim, struct impair_conf conf)
{
	struct netif *inner;

	*sim = (struct sim){.now = {SEC_US}};
	conf.now = sim_now;
	conf.now_ctx = sim;
	conf.limit = IMPAIR_LIMIT;
	assert_int_equal(mem_open("sim", 1, SIM_PAGES, &inner), 0);
	put_mac(inner->mac, HOST);
	assert_int_equal(impair_open(inner, &conf, &inner), 0);
	sim->path = narrow_open(inner);
	sim->client.netif = &sim->path->netif;
	assert_int_equal(mem_open("sim", 1, SIM_PAGES, &sim->server.netif), 0);
	put_mac(sim->server.netif->mac, US);
	node_open(&sim->client, sim->now, "10.0.0.9/24", "fd00::9/64");
	node_open(&sim->server, sim->now, "10.0.0.2/24", "fd00::2/64");
}

// Asserts, as the ports do when they close, that every page is home.
static inline void sim_close(struct sim *sim)
{
	node_close(&sim->client);
	node_close(&sim->server);
	sim->client.netif->ops->close(sim->client.netif);
	sim->server.netif->ops->close(sim->server.netif);
}

// Runs both nodes until the instant, and through all that happens at it.
static inline void sim_run_until(struct sim *sim, mono_t until)
{
	for (;;) {
		mono_t next;

		// A turn may leave a frame for the other node without counting
		// as work: only two quiet rounds are the end of an instant.
		for (int quiet = 0; quiet < 2; quiet++)
			if (pipeline_turn_at(&sim->client.pipeline, sim->now) +
			    pipeline_turn_at(&sim->server.pipeline, sim->now))
				quiet = -1;
		next = mono_earlier(pipeline_deadline(&sim->client.pipeline),
		                    pipeline_deadline(&sim->server.pipeline));
		assert_true(next.us > sim->now.us);
		if (next.us > until.us)
			break;
		sim->now = next;
	}
	sim->now = until;
}

#endif

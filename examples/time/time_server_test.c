// time_server_test: two stacks on a linked pair of devices in one process, in virtual
// time: one serves, the other is a client. No root, no interface, no waiting.
#include "time_server.h"

#include <stdio.h>
#include <stdlib.h>

#define CLIENT_PORT 4000
#define PAGES       256

struct node {
	struct netif *netif;
	struct pipeline pipeline;
	struct worker_metric metric;
	struct stack *stack;
};

static char answer[2048]; // the last one that the client received
static unsigned answer_len, answers;

static void check(bool holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "time_server_test: %s\n", what);
	exit(1);
}

static void node_open(struct node *node, const char *address, mono_t now)
{
	struct stack_conf conf = {.ifaces_len = 1,
	                          .neighbours = 16,
	                          .icmp_errors_per_s = 100,
	                          .seed = 1,
	                          .metric = &node->metric,
	                          .wheel = &node->pipeline.wheel};
	struct stack_iface_conf *iface = &conf.iface[0];

	check(mem_open("pair", 1, PAGES, &node->netif) == 0, "the pair cannot be opened");
	check(pipeline_init(&node->pipeline, 0, IDLE_SPIN, &node->netif, 1, &node->metric) == 0,
	      "no pipeline");
	wheel_init(&node->pipeline.wheel, now);
	iface->netif = node->netif;
	iface->out = &node->pipeline.iface[0].out;
	iface->pool = node->netif->pool[0];
	iface->ipv4_len = 1;
	check(addr_prefix_parse(address, &iface->ipv4[0]), "not an address");
	node->stack = stack_open(&conf, now);
	check(node->stack != NULL, "no stack");
	pipeline_attach(&node->pipeline, stack_input, stack_link, NULL, node->stack);
}

static void node_close(struct node *node)
{
	stack_close(node->stack);
	pipeline_fini(&node->pipeline);
	node->netif->ops->close(node->netif);
}

static void receive(void *ctx, struct udp_dgram *dgrams, unsigned n, mono_t now)
{
	for (unsigned i = 0; i < n; i++) {
		memcpy(answer, dgrams[i].payload, dgrams[i].len);
		answer_len = dgrams[i].len;
		answers++;
	}
}

// Sends an empty datagram to the server's port and lets both nodes run until it is answered.
static void ask(struct node *client, struct node *server, uint16_t port, mono_t *now)
{
	struct udp_flow flow = {.src_port = CLIENT_PORT, .dst_port = port};
	unsigned before = answers;

	check(addr_parse("10.0.0.2", &flow.dst), "not an address");
	udp_send(stack_udp(client->stack), &flow, "", 0, *now);
	for (int turns = 0; turns < 20 && answers == before; turns++) {
		*now = mono_add(*now, MS_US);
		pipeline_turn_at(&client->pipeline, *now);
		pipeline_turn_at(&server->pipeline, *now);
	}
	check(answers == before + 1, "there is no answer");
}

int main(void)
{
	static const struct udp_listener_conf listener = {.port = CLIENT_PORT, .fn = receive};
	static struct node client, server;
	static struct time_server times;
	mono_t now = clock_kernel();
	struct why why;

	node_open(&client, "10.0.0.1/24", now);
	node_open(&server, "10.0.0.2/24", now);
	check(time_server_open(&times, server.stack, &server.pipeline.wheel, 37, 13, &why) == 0,
	      why.text);
	check(udp_listen(stack_udp(client.stack), &listener, NULL) == 0, "no listener");

	ask(&client, &server, 37, &now);
	check(answer_len == 4, "the number does not have four bytes");
	ask(&client, &server, 13, &now);
	check(answer_len > 20 && memcmp(answer + answer_len - 6, "-UTC\r\n", 6) == 0,
	      "the text does not end with its zone");

	time_server_close(&times);
	node_close(&client);
	node_close(&server);
	puts("time_server_test: all is well");
	return 0;
}

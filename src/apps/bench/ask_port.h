// ask_port: the datagrams of one worker that asks, by wadi's own UDP, or its turns if it asks by
// TCP. What is asked and when is
// ask_worker.h's; ask_ports.h is the service.
#ifndef APPS_BENCH_ASK_PORT_H
#define APPS_BENCH_ASK_PORT_H

#include "apps/bench/ask_tcp.h"
#include "proto/tcpip/stack.h"
#include "proto/tcpip/udp_catch.h"

struct pipeline;

// As struct ask_way.
struct ask_port_way {
	struct udp_catch catch; // of answers, when queries come from one address
	// One for each address that queries come from.
	bool ready[ASK_FROM_MAX];
	struct udp_train train[ASK_FROM_MAX];
};

struct ask_port {
	struct ask_worker worker; // aligned, hence first
	struct udp *udp;
	uint16_t base;       // its first port
	struct ask_tcp *tcp; // instead; NULL: by UDP
	struct stack *stack;
	struct ask_port_way way[2];
};

// Worker i asks from the SOURCE_CANDIDATES ports from here + i * SOURCE_CANDIDATES on.
#define ASK_PORT_BASE 16384

// Has the worker ask through the stack: listens at every port, and takes answers over UDP out of
// what comes in, before the stack that is attached to the pipeline. port->worker is open. 0,
// -ENOMEM, or the error of udp_listen; ask_port_close in any case.
int ask_port_open(struct ask_port *port, struct pipeline *pipeline, struct stack *stack) MUST_CHECK;

// The worker does not run any more.
void ask_port_close(struct ask_port *port);

#endif

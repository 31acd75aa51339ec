// worker: one thread with its loop and its stack, the services attached. What the
// thread does is core/host/pipeline.c.
#ifndef BOOT_WORKER_H
#define BOOT_WORKER_H

#include "apps/boot/links.h"
#include "core/host/fatal.h"
#include "core/why.h"
#include "proto/tcpip/steer.h"

#include <pthread.h>
#include <semaphore.h>

struct worker {
	struct worker_metric metric; // aligned, hence first
	struct pipeline pipeline;
	struct service_worker self;    // without a service
	const struct sandbox *sandbox; // NULL: none
	struct services *services;
	struct services_worker attached;
	bool running;
	int cpu; // to pin to, or -1
	pid_t tid;
	char name[16]; // of the thread
	struct fatal_thread fatal;
	int enter_err;
	sem_t entered, go;
	pthread_t thread;
};

struct worker_conf {
	const struct boot_conf *conf;
	struct services *services;     // all open
	const struct sandbox *sandbox; // NULL: none
	struct netif *const *netifs;
	// Of each port, whether another process used its addresses until now; not NULL: it did.
	const struct netif_handover *const *taken;
	struct links *links; // NULL: the ports have one worker
	unsigned number;
	int cpu;                 // -1: any
	struct trace_map *map;   // whose ring `number` is the worker's; NULL: none
	uint32_t tcp_ring;       // that of its connections
	uint64_t shared_seed[2]; // of struct stack_conf
	struct steer *steer;     // NULL: there is one worker
};

// Builds loop and stack and attaches the services; worker is zeroed memory. Needs
// worker_close even when it fails. 0, or negative errno with a sentence in why.
int worker_open(struct worker *worker, const struct worker_conf *conf, struct why *why) MUST_CHECK;

// Gives the devices the addresses and multicast groups of the worker's stack. Before any worker
// starts.
void worker_addrs(const struct worker *worker, struct netif *const *netifs, unsigned len);

// Starts the thread, which touches no device before worker_go. 0, or negative errno with a sentence
// in why.
int worker_ready(struct worker *worker, struct why *why) MUST_CHECK;
void worker_go(struct worker *worker);

// worker_ready and worker_go.
int worker_start(struct worker *worker, struct why *why) MUST_CHECK;

// Ends the thread if it runs: what it had received is answered. worker_start may start another
// one, worker_close frees all that worker_open built.
void worker_stop(struct worker *worker);
void worker_close(struct worker *worker);

#endif

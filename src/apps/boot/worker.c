// worker: builds and runs one worker; see the header.
#include "apps/boot/worker.h"

#include "apps/boot/backends.h"
#include "core/host/seed.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// From any worker: has this one handle what was passed to it.
static bool wake(void *ctx)
{
	struct worker *worker = ctx;

	return mailbox_post(&worker->pipeline.mailbox, stack_steered, worker->self.stack);
}

static int open_stack(struct worker *worker, const struct worker_conf *conf)
{
	struct pipeline *pipeline = &worker->pipeline;
	const struct boot_port_conf *ports = conf->conf->ports.items;
	struct stack_conf *stack = calloc(1, sizeof(*stack));

	if (!stack)
		return -ENOMEM;
	stack->ifaces_len = (unsigned)conf->conf->ports.len;
	stack->neighbours = (uint32_t)conf->conf->neighbours;
	stack->tcp_conns = (uint32_t)conf->conf->tcp_connections;
	stack->tcp_pages = (uint32_t)conf->conf->tcp_pages;
	stack->icmp_errors_per_s = (uint32_t)conf->conf->icmp_errors_per_s;
	stack->icmp_echoes_per_s = (uint32_t)conf->conf->icmp_echoes_per_s;
	stack->seed = seed_os();
	memcpy(stack->shared_seed, conf->shared_seed, sizeof(stack->shared_seed));
	stack->metric = &worker->metric;
	stack->wheel = &pipeline->wheel;
	stack->announce = conf->number == 0;
	if (conf->steer)
		stack->steer = steer_join(conf->steer, conf->number, &worker->metric, wake, worker);
	for (unsigned i = 0; i < stack->ifaces_len; i++) {
		stack->iface[i].netif = conf->netifs[i];
		stack->iface[i].out = &pipeline->iface[i].out;
		stack->iface[i].pool = conf->netifs[i]->pool[conf->number];
		boot_conf_port_stack(&ports[i], &stack->iface[i]);
		if (conf->taken && conf->taken[i] && stack->iface[i].check == STACK_CHECK_FIRST)
			stack->iface[i].check = STACK_CHECK_PARALLEL;
		if (conf->links)
			stack->iface[i].board = &conf->links->board[i];
	}
	worker->self.stack = stack_open(stack, pipeline->now);
	free(stack);
	return worker->self.stack ? 0 : -ENOMEM;
}

static void attach_trace(struct worker *worker, const struct worker_conf *conf)
{
	char name[TRACE_NAME_BYTES];

	if (!conf->map)
		return;
	snprintf(name, sizeof(name), "worker%u", conf->number % 1000);
	trace_map_attach(conf->map, conf->number, name, &worker->metric.trace,
	                 worker->pipeline.now);
	snprintf(name, sizeof(name), "tcp%u", conf->number % 1000);
	trace_map_attach(conf->map, conf->tcp_ring, name, &worker->metric.tcp_trace,
	                 worker->pipeline.now);
}

int worker_open(struct worker *worker, const struct worker_conf *conf, struct why *why)
{
	int err;

	worker->services = conf->services;
	worker->sandbox = conf->sandbox;
	worker->cpu = conf->cpu;
	worker->self.number = conf->number;
	worker->self.metric = &worker->metric;
	err = pipeline_init(&worker->pipeline, conf->number, (enum idle)conf->conf->idle,
	                    conf->netifs, (unsigned)conf->conf->ports.len, &worker->metric);
	if (!err) {
		worker->self.pipeline = &worker->pipeline;
		attach_trace(worker, conf);
		err = open_stack(worker, conf);
	}
	if (err) {
		why_set(why, "worker %u cannot be set up: %s%s", conf->number, strerror(-err),
		        err == -ENOMEM ? "; set workers, neighbours or tcp_connections lower" : "");
		return err;
	}
	pipeline_attach(&worker->pipeline, stack_input, stack_link, stack_flush,
	                worker->self.stack);
	return services_worker_open(conf->services, &worker->attached, &worker->self, why);
}

static void netif_groups(const struct stack *stack, struct netif *netif)
{
	uint8_t macs[STACK_ADDRS_MAX + 2][6];

	if (netif->ops->groups)
		netif->ops->groups(netif, (const uint8_t(*)[6])macs,
		                   stack_groups(stack, netif, macs, ARRAY_LEN(macs)));
}

static void netif_own(const struct stack *stack, struct netif *netif)
{
	struct addr addrs[STACK_OWN_MAX];
	uint16_t vlan;

	if (netif->ops->own) {
		unsigned len = stack_own(stack, netif, addrs, &vlan);

		netif->ops->own(netif, vlan, addrs, len);
	}
}

void worker_addrs(const struct worker *worker, struct netif *const *netifs, unsigned len)
{
	for (unsigned i = 0; i < len; i++) {
		netif_groups(worker->self.stack, netifs[i]);
		netif_own(worker->self.stack, netifs[i]);
	}
}

static void worker_pin(const struct worker *worker)
{
	cpu_set_t set;

	if (worker->cpu < 0)
		return;
	CPU_ZERO(&set);
	CPU_SET((unsigned)worker->cpu, &set);
	// When the kernel refuses, the worker runs without it.
	pthread_setaffinity_np(pthread_self(), sizeof(set), &set);
}

static void sem_await(sem_t *sem)
{
	while (sem_wait(sem) != 0)
		;
}

static void *worker_run(void *arg)
{
	struct worker *worker = arg;

	snprintf(worker->name, sizeof(worker->name), "worker%u", worker->self.number % 1000);
	pthread_setname_np(pthread_self(), worker->name);
	worker->tid = gettid();
	worker->fatal = (struct fatal_thread){.name = worker->name,
	                                      .trace = &worker->metric.trace,
	                                      .pipeline = &worker->pipeline};
	fatal_enter(&worker->fatal);
	worker_pin(worker);
	worker->enter_err = backends_worker_enter(worker->self.number);
	if (!worker->enter_err && worker->sandbox)
		worker->enter_err = sandbox_worker(worker->sandbox);
	sem_post(&worker->entered);
	if (worker->enter_err) {
		fatal_leave(&worker->fatal);
		return NULL;
	}
	sem_await(&worker->go);
	trace_add(&worker->metric.trace, TRACE_START, (uint16_t)worker->self.number,
	          (uint32_t)worker->tid);
	pipeline_run(&worker->pipeline);
	trace_add(&worker->metric.trace, TRACE_STOP, (uint16_t)worker->self.number, 0);
	backends_worker_leave();
	fatal_leave(&worker->fatal);
	return NULL;
}

int worker_ready(struct worker *worker, struct why *why)
{
	int err;

	sem_init(&worker->entered, 0, 0);
	sem_init(&worker->go, 0, 0);
	err = -pthread_create(&worker->thread, NULL, worker_run, worker);
	if (!err) {
		worker->running = true;
		sem_await(&worker->entered);
		err = worker->enter_err;
	}
	if (err)
		why_set(why, "worker %u cannot start: %s", worker->self.number, strerror(-err));
	return err;
}

void worker_go(struct worker *worker)
{
	sem_post(&worker->go);
}

int worker_start(struct worker *worker, struct why *why)
{
	int err = worker_ready(worker, why);

	if (!err)
		worker_go(worker);
	return err;
}

void worker_stop(struct worker *worker)
{
	if (!worker->running)
		return;
	pipeline_stop(&worker->pipeline);
	worker_go(worker);
	pthread_join(worker->thread, NULL);
	sem_destroy(&worker->entered);
	sem_destroy(&worker->go);
	pipeline_rearm(&worker->pipeline);
	worker->running = false;
}

void worker_close(struct worker *worker)
{
	services_worker_close(worker->services, &worker->attached);
	if (worker->self.stack)
		stack_close(worker->self.stack);
	if (worker->self.pipeline)
		pipeline_fini(&worker->pipeline);
}

// ask_ports: see the header. What is asked and when is ask_worker.h's.
#include "apps/bench/ask_ports.h"

#include "apps/bench/ask_command.h"
#include "apps/bench/ask_port.h"
#include "apps/bench/ask_run.h"
#include "apps/bench/live.h"
#include "apps/bench/report.h"
#include "core/host/seed.h"
#include "core/line.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

_Static_assert(ASK_PORT_BASE + BOOT_WORKERS_MAX * SOURCE_CANDIDATES <= UDP_EPHEMERAL_MIN, "ports");
_Static_assert(BOOT_WORKERS_MAX <= ASK_WORKERS_MAX, "workers");

struct ask_ports {
	const struct service_env *env;
	struct ask ask;
	struct ask_run run;
	struct ask_port *port[BOOT_WORKERS_MAX];
	const struct worker_metric *metric[BOOT_WORKERS_MAX];
	struct wheel_timer tick;
	struct live live;
	bool reported;
};

static int worker_open(void *state, struct service_worker *worker, struct why *why)
{
	struct ask_ports *own = state;
	struct ask_port *port;
	int err;

	if (!own)
		return 0;
	port = line_alloc(1, sizeof(*port));
	if (!port)
		return why_no_memory(why, "worker %u", worker->number);
	err = ask_worker_open(&port->worker, &own->ask, worker->number,
	                      ask_slots(own->ask.conf, own->env->workers_len), seed_os());
	if (err) {
		free(port);
		return why_no_memory(why, "the queries in flight of worker %u", worker->number);
	}
	own->port[worker->number] = port;
	own->metric[worker->number] = worker->metric;
	own->run.worker[own->run.workers_len++] = &port->worker;
	// A query that the device has no room for waits, and its latency says so: on a wire that
	// has the server's own queue at its end, dropping it would be the generator's loss.
	worker->pipeline->tx_holds = true;
	err = ask_port_open(port, worker->pipeline, worker->stack);
	return err ? why_fail(why, err, "no listener for answers: %s", strerror(-err)) : 0;
}

static void losses(void *ctx, struct ask_losses *to)
{
	const struct ask_ports *own = ctx;
	const struct pipeline *pipeline = own->env->pipelines[0];

	*to = (struct ask_losses){0};
	for (unsigned i = 0; i < own->run.workers_len; i++)
		to->sent += counter_get(&own->metric[i]->drop[DROP_TX_DEVICE_FULL]);
	for (unsigned i = 0; i < pipeline->ifaces_len; i++) {
		struct netif *netif = pipeline->iface[i].netif;
		struct netif_status status = {0};

		netif->ops->status(netif, &status);
		to->received += status.rx_missed;
	}
}

static void report(struct ask_ports *own)
{
	own->reported = true;
	live_end(&own->live);
	*own->env->exit_status =
	        report_end(&own->run, own->env->pipelines[0]->iface[0].netif->device);
}

static void on_tick(struct wheel_timer *timer, mono_t now)
{
	struct ask_ports *own = CONTAINER_OF(timer, struct ask_ports, tick);

	if (ask_run_tick(&own->run, now)) {
		report(own);
		control_loop_stop(own->env->loop);
		return;
	}
	live_tick(&own->live, &own->run, now);
	wheel_add(&own->env->loop->wheel, timer, mono_add(now, ASK_TICK_US));
}

static int open_ask(void **state, const void *conf, const struct service_env *env, struct why *why)
{
	const struct ask_conf *ask_conf = conf;
	struct ask_ports *own;
	int err;

	if (*ask_conf->to == '\0')
		return 0;
	own = calloc(1, sizeof(*own));
	if (!own)
		return why_no_memory(why, "the service dns");
	own->env = env;
	err = ask_open(&own->ask, ask_conf, env->workers_len, why);
	if (err) {
		ask_close(&own->ask);
		free(own);
		return err;
	}
	own->run.ask = &own->ask;
	own->run.losses = losses;
	own->run.ctx = own;
	wheel_timer_init(&own->tick, on_tick);
	wheel_add(&env->loop->wheel, &own->tick, clock_kernel());
	*state = own;
	return 0;
}

// A signal: the workers still run.
static void drain(void *state)
{
	struct ask_ports *own = state;
	const struct timespec moment = {.tv_nsec = ASK_TICK_US * 1000};
	mono_t begin = clock_kernel();
	uint64_t limit_us;

	if (!own || own->reported)
		return;
	limit_us = own->ask.conf->timeout_ms * MS_US + SEC_US;
	ask_run_stop(&own->run, begin);
	while (!ask_run_tick(&own->run, clock_kernel()) &&
	       mono_until(begin, clock_kernel()) < limit_us)
		nanosleep(&moment, NULL);
	report(own);
}

static void close_ask(void *state)
{
	struct ask_ports *own = state;

	if (!own)
		return;
	wheel_del(&own->env->loop->wheel, &own->tick);
	for (unsigned i = 0; i < own->run.workers_len; i++) {
		ask_port_close(own->port[i]);
		free(own->port[i]);
	}
	ask_close(&own->ask);
	free(own);
}

static void describe(void *state, char *text, size_t size)
{
	const struct ask_ports *own = state;
	char server[TARGET_TEXT_BYTES];

	if (!own)
		return;
	snprintf(text, size, "asking %s %zu queries", target_text(&own->ask.way[0].target, server),
	         own->ask.set.len);
}

const struct service ask_ports_service = {
        .name = "dns",
        .section = &ask_conf_section,
        .help = "What is asked, of whom and how fast.",
        .open = open_ask,
        .close = close_ask,
        .worker_open = worker_open,
        .drain = drain,
        .describe = describe,
        .tools = ask_command_tools,
};

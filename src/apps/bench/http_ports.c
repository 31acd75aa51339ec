// http_ports: see the header. What connections do is in http_worker.c.
#include "apps/bench/http_ports.h"

#include "apps/bench/http_command.h"
#include "apps/bench/http_report.h"
#include "apps/bench/measurement.h"
#include "core/host/clock.h"
#include "core/host/log.h"
#include "core/line.h"

#include <errno.h>
#include <stdlib.h>

struct http_ports {
	const struct service_env *env;
	struct http_load load;
	struct http_worker *worker[BOOT_WORKERS_MAX];
	unsigned workers_len;
	struct measurement measurement;
	struct http_counts before, total;
};

#define COUNT(member) offsetof(struct http_counts, member)

static const size_t summed[] = {COUNT(answered), COUNT(wrong),  COUNT(refused),
                                COUNT(opened),   COUNT(failed), COUNT(secured),
                                COUNT(resumed),  COUNT(sent),   COUNT(received)};

static counter_t *counter_at(struct http_counts *counts, unsigned i)
{
	return (counter_t *)((char *)counts + summed[i]);
}

// The counts of all workers, read while they run.
static void counts_sum(const struct http_ports *own, struct http_counts *sum)
{
	memset(sum, 0, sizeof(*sum));
	hist_clear(&sum->latency);
	for (unsigned i = 0; i < own->workers_len; i++) {
		for (unsigned c = 0; c < ARRAY_LEN(summed); c++)
			counter_add(counter_at(sum, c),
			            counter_get(counter_at(&own->worker[i]->counts, c)));
		hist_merge(&sum->latency, &own->worker[i]->counts.latency);
	}
}

static void ended(struct measurement *measurement, uint64_t duration_us)
{
	struct http_ports *own = CONTAINER_OF(measurement, struct http_ports, measurement);
	struct http_counts *total = &own->total;
	struct http_counts *before = &own->before;

	counts_sum(own, total);
	for (unsigned i = 0; i < ARRAY_LEN(summed); i++)
		counter_set(counter_at(total, i),
		            counter_get(counter_at(total, i)) - counter_get(counter_at(before, i)));
	hist_subtract(&total->latency, &before->latency);
	http_report_print(&own->load, total, duration_us,
	                  own->env->pipelines[0]->iface[0].netif->device, stdout);
	if (counter_get(&total->answered) == 0)
		*own->env->exit_status = TOOL_EXIT_FAILED;
}

static void began(struct measurement *measurement)
{
	struct http_ports *own = CONTAINER_OF(measurement, struct http_ports, measurement);

	counts_sum(own, &own->before);
}

static int open_load(void **state, const void *conf, const struct service_env *env, struct why *why)
{
	const struct http_load_conf *load_conf = conf;
	struct http_ports *own;
	int err;

	if (*load_conf->to == '\0')
		return 0;
	own = calloc(1, sizeof(*own));
	if (!own)
		return why_no_memory(why, "the service http");
	own->env = env;
	err = http_load_init(&own->load, load_conf, why);
	if (err) {
		free(own);
		return err;
	}
	own->measurement = (struct measurement){.warm_up_us = load_conf->warm_up_ms * MS_US,
	                                        .run_us = load_conf->duration_s * SEC_US,
	                                        .began = began,
	                                        .ended = ended};
	measurement_open(&own->measurement, env->loop, clock_kernel());
	*state = own;
	return 0;
}

static void close_load(void *state)
{
	struct http_ports *own = state;

	if (!own)
		return;
	measurement_close(&own->measurement);
	for (unsigned i = 0; i < own->workers_len; i++)
		free(own->worker[i]);
	http_load_fini(&own->load);
	free(own);
}

// A worker's share.
static uint64_t share(const struct http_ports *own, uint64_t all, unsigned number)
{
	unsigned workers = own->env->workers_len;

	return all / workers + (number < all % workers);
}

static int worker_open(void *state, struct service_worker *worker, struct why *why)
{
	struct http_ports *own = state;
	struct http_worker *to;
	int err;

	if (!own)
		return 0;
	to = line_alloc(1, sizeof(*to));
	if (!to)
		return why_no_memory(why, "worker %u", worker->number);
	err = http_worker_open(to, &own->load,
	                       (unsigned)share(own, own->load.conf->connections, worker->number),
	                       share(own, own->load.conf->rate, worker->number),
	                       stack_tcp(worker->stack), &worker->pipeline->wheel, why);
	if (err) {
		http_worker_close(to);
		free(to);
		return err;
	}
	worker->state = own->worker[own->workers_len++] = to;
	return 0;
}

static void worker_close(void *state, struct service_worker *worker)
{
	if (worker->state)
		http_worker_close(worker->state);
}

// A signal: the workers still run.
static void drain(void *state)
{
	struct http_ports *own = state;

	if (own)
		measurement_end(&own->measurement, clock_kernel());
}

static void describe(void *state, char *text, size_t size)
{
	const struct http_ports *own = state;
	char server[TARGET_TEXT_BYTES];

	if (!own)
		snprintf(text, size, "no HTTP");
	else
		snprintf(text, size, "%ju connections to %s",
		         (uintmax_t)own->load.conf->connections,
		         target_text(&own->load.target, server));
}

const struct service http_ports_service = {
        .name = "http",
        .section = &http_load_conf_section,
        .help = "What is requested over HTTP, and of whom.",
        .open = open_load,
        .close = close_load,
        .worker_open = worker_open,
        .worker_close = worker_close,
        .drain = drain,
        .describe = describe,
        .tools = http_command_tools,
};

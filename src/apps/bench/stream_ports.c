// stream_ports: see the header. What connections do is in stream_worker.c.
#include "apps/bench/stream_ports.h"

#include "apps/bench/measurement.h"
#include "apps/bench/stream_command.h"
#include "apps/bench/stream_report.h"
#include "core/host/clock.h"
#include "core/host/log.h"
#include "core/line.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

#define END_LIMIT_US SEC_US

struct stream_ports {
	const struct service_env *env;
	struct stream stream;
	struct stream_worker *worker[BOOT_WORKERS_MAX];
	unsigned workers_len;
	struct measurement measurement;
	struct stream_counts before, total;
};

// The counts of all workers, read while they run.
static void counts_sum(const struct stream_ports *own, struct stream_counts *sum)
{
	memset(sum, 0, sizeof(*sum));
	hist_clear(&sum->latency);
	for (unsigned i = 0; i < own->workers_len; i++) {
		const struct stream_counts *counts = &own->worker[i]->counts;

		counter_add(&sum->answered, counter_get(&counts->answered));
		counter_add(&sum->opened, counter_get(&counts->opened));
		counter_add(&sum->failed, counter_get(&counts->failed));
		counter_add(&sum->sent, counter_get(&counts->sent));
		counter_add(&sum->received, counter_get(&counts->received));
		hist_merge(&sum->latency, &counts->latency);
	}
}

static void subtract(counter_t *from, const counter_t *earlier)
{
	counter_set(from, counter_get(from) - counter_get(earlier));
}

static void ended(struct measurement *measurement, uint64_t duration_us)
{
	struct stream_ports *own = CONTAINER_OF(measurement, struct stream_ports, measurement);
	struct stream_counts *total = &own->total;
	const struct stream_counts *before = &own->before;

	counts_sum(own, total);
	subtract(&total->answered, &before->answered);
	subtract(&total->opened, &before->opened);
	subtract(&total->failed, &before->failed);
	subtract(&total->sent, &before->sent);
	subtract(&total->received, &before->received);
	hist_subtract(&total->latency, &before->latency);
	stream_report_print(&own->stream, total, duration_us,
	                    own->env->pipelines[0]->iface[0].netif->device, stdout);
	if (counter_get(&total->answered) + counter_get(&total->sent) +
	            counter_get(&total->received) ==
	    0)
		*own->env->exit_status = TOOL_EXIT_FAILED;
}

static void began(struct measurement *measurement)
{
	struct stream_ports *own = CONTAINER_OF(measurement, struct stream_ports, measurement);

	counts_sum(own, &own->before);
}

static int open_streams(void **state, const void *conf, const struct service_env *env,
                        struct why *why)
{
	const struct stream_conf *stream_conf = conf;
	struct stream_ports *own;
	int err;

	if (*stream_conf->to == '\0' && !stream_conf->listen)
		return 0;
	own = calloc(1, sizeof(*own));
	if (!own)
		return why_no_memory(why, "the service tcp");
	own->env = env;
	err = stream_open(&own->stream, stream_conf, why);
	if (err) {
		stream_close(&own->stream);
		free(own);
		return err;
	}
	own->measurement = (struct measurement){
	        .warm_up_us = stream_conf->warm_up_ms * MS_US,
	        .run_us = stream_conf->listen ? UINT64_MAX : stream_conf->duration_s * SEC_US,
	        .began = began,
	        .ended = ended};
	measurement_open(&own->measurement, env->loop, clock_kernel());
	*state = own;
	return 0;
}

static void close_streams(void *state)
{
	struct stream_ports *own = state;

	if (!own)
		return;
	measurement_close(&own->measurement);
	for (unsigned i = 0; i < own->workers_len; i++)
		free(own->worker[i]);
	stream_close(&own->stream);
	free(own);
}

// A server takes what comes to each worker; a client opens its share.
static unsigned conns_of(const struct stream_ports *own, unsigned number)
{
	const struct stream_conf *conf = own->stream.conf;
	unsigned all = (unsigned)conf->connections, workers = own->env->workers_len;

	if (conf->listen)
		return all;
	return all / workers + (number < all % workers);
}

static int worker_open(void *state, struct service_worker *worker, struct why *why)
{
	struct stream_ports *own = state;
	struct stream_worker *to;
	int err;

	if (!own)
		return 0;
	to = line_alloc(1, sizeof(*to));
	if (!to)
		return why_no_memory(why, "worker %u", worker->number);
	err = stream_worker_open(to, &own->stream, conns_of(own, worker->number),
	                         stack_tcp(worker->stack), &worker->pipeline->wheel, why);
	if (err) {
		stream_worker_close(to);
		free(to);
		return err;
	}
	worker->state = own->worker[own->workers_len++] = to;
	return 0;
}

static void worker_close(void *state, struct service_worker *worker)
{
	if (worker->state)
		stream_worker_close(worker->state);
}

static bool all_have_ended(const struct stream_ports *own)
{
	for (unsigned i = 0; i < own->workers_len; i++)
		if (!stream_worker_has_ended(own->worker[i]))
			return false;
	return true;
}

static void end_connections(struct stream_ports *own)
{
	const struct timespec moment = {.tv_nsec = MS_US * 1000};
	mono_t begin = clock_kernel();

	for (unsigned i = 0; i < own->workers_len; i++)
		stream_worker_end(own->worker[i]);
	while (!all_have_ended(own) && mono_until(begin, clock_kernel()) < END_LIMIT_US)
		nanosleep(&moment, NULL);
}

// At the end of a run, or for a signal: the workers still run.
static void drain(void *state)
{
	struct stream_ports *own = state;

	if (!own)
		return;
	measurement_end(&own->measurement, clock_kernel());
	if (!own->stream.conf->listen)
		end_connections(own);
}

static void describe(void *state, char *text, size_t size)
{
	const struct stream_ports *own = state;
	char server[TARGET_TEXT_BYTES];

	if (!own)
		snprintf(text, size, "no TCP");
	else if (own->stream.conf->listen)
		snprintf(text, size, "listening at TCP port %ju",
		         (uintmax_t)own->stream.conf->listen);
	else
		snprintf(text, size, "%ju connections to %s",
		         (uintmax_t)own->stream.conf->connections,
		         target_text(&own->stream.target, server));
}

const struct service stream_ports_service = {
        .name = "tcp",
        .section = &stream_conf_section,
        .help = "What is done over TCP, and with whom.",
        .open = open_streams,
        .close = close_streams,
        .worker_open = worker_open,
        .worker_close = worker_close,
        .drain = drain,
        .describe = describe,
        .tools = stream_command_tools,
};

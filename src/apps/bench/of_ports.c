// of_ports: see the header. What connections do is in of_worker.c.
#include "apps/bench/of_ports.h"

#include "apps/bench/measurement.h"
#include "apps/bench/of_command.h"
#include "apps/bench/of_live.h"
#include "apps/bench/of_report.h"
#include "apps/bench/of_worker.h"
#include "core/host/clock.h"
#include "core/line.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

#define END_LIMIT_US SEC_US
#define LIVE_US      (50 * MS_US)

// What was counted until an instant.
struct counts {
	struct of_tally tally;
	uint64_t idle_us;
	uint64_t *answered; // by each switch
};

// A worker's turn: the stack's, with what is due before it is flushed.
struct of_port_worker {
	struct of_worker of;
	struct stack *stack;
};

struct of_ports {
	const struct service_env *env;
	struct of_load load;
	struct of_port_worker *worker[BOOT_WORKERS_MAX];
	unsigned workers_len;
	struct measurement measurement;
	struct counts before, total;
	struct wheel_timer tick; // of the live view
	struct of_live live;
	struct of_tally shown;
};

// Read while the workers run.
static void tally_sum(const struct of_ports *own, struct of_tally *sum)
{
	of_tally_clear(sum);
	for (unsigned i = 0; i < own->workers_len; i++)
		of_tally_merge(sum, &own->worker[i]->of.tally);
}

static void counts_sum(const struct of_ports *own, struct counts *sum)
{
	uint64_t *answered = sum->answered;

	tally_sum(own, &sum->tally);
	sum->idle_us = 0;
	for (unsigned i = 0; i < own->workers_len; i++) {
		of_worker_answered(&own->worker[i]->of, answered);
		answered += own->worker[i]->of.conns_len;
		sum->idle_us += counter_get(&own->worker[i]->of.idle_us);
	}
}

static void on_tick(struct wheel_timer *timer, mono_t now)
{
	struct of_ports *own = CONTAINER_OF(timer, struct of_ports, tick);

	if (live_lines_are_due(&own->live.lines, now)) {
		tally_sum(own, &own->shown);
		of_live_print(&own->live, &own->shown, now);
	}
	wheel_add(&own->env->loop->wheel, timer, mono_add(now, LIVE_US));
}

static void ended(struct measurement *measurement, uint64_t duration_us)
{
	struct of_ports *own = CONTAINER_OF(measurement, struct of_ports, measurement);
	struct counts *total = &own->total;
	struct of_report report = {.load = &own->load,
	                           .tally = &total->tally,
	                           .answered = total->answered,
	                           .duration_us = duration_us,
	                           .device = own->env->pipelines[0]->iface[0].netif->device};

	of_live_end(&own->live);
	counts_sum(own, total);
	of_tally_subtract(&total->tally, &own->before.tally);
	for (unsigned i = 0; i < own->load.conf->switches; i++)
		total->answered[i] -= own->before.answered[i];
	if (duration_us)
		report.idle_ppm = (uint32_t)u64_min(
		        1000000, (total->idle_us - own->before.idle_us) * 1000000 /
		                         (duration_us * own->workers_len));
	of_report_print(&report, stdout);
	if (counter_get(&total->tally.answered) == 0)
		*own->env->exit_status = TOOL_EXIT_FAILED;
}

static void began(struct measurement *measurement)
{
	struct of_ports *own = CONTAINER_OF(measurement, struct of_ports, measurement);

	counts_sum(own, &own->before);
}

static void ports_free(struct of_ports *own)
{
	for (unsigned i = 0; i < own->workers_len; i++)
		free(own->worker[i]);
	free(own->before.answered);
	free(own->total.answered);
	free(own);
}

static int prepare(struct of_ports *own, const struct of_load_conf *conf, struct why *why)
{
	own->before.answered = calloc(conf->switches, sizeof(*own->before.answered));
	own->total.answered = calloc(conf->switches, sizeof(*own->total.answered));
	if (!own->before.answered || !own->total.answered)
		return why_no_memory(why, "the counts of switches");
	return of_load_init(&own->load, conf, why);
}

static int open_load(void **state, const void *conf, const struct service_env *env, struct why *why)
{
	const struct of_load_conf *load_conf = conf;
	struct of_ports *own;
	int err;

	if (*load_conf->to == '\0')
		return 0;
	own = calloc(1, sizeof(*own));
	if (!own)
		return why_no_memory(why, "the service of");
	own->env = env;
	err = prepare(own, load_conf, why);
	if (err) {
		ports_free(own);
		return err;
	}
	own->measurement = (struct measurement){.warm_up_us = load_conf->warm_up_ms * MS_US,
	                                        .run_us = load_conf->duration_s * SEC_US,
	                                        .began = began,
	                                        .ended = ended};
	measurement_open(&own->measurement, env->loop, clock_kernel());
	wheel_timer_init(&own->tick, on_tick);
	wheel_add(&env->loop->wheel, &own->tick, clock_kernel());
	*state = own;
	return 0;
}

static void close_load(void *state)
{
	struct of_ports *own = state;

	if (!own)
		return;
	measurement_close(&own->measurement);
	wheel_del(&own->env->loop->wheel, &own->tick);
	ports_free(own);
}

// Switches of the workers before this one.
static unsigned first_of(const struct of_ports *own, unsigned number)
{
	return (unsigned)(own->load.conf->switches * number / own->env->workers_len);
}

// A worker's share of the rate; 0 is none at all.
static uint64_t rate_of(const struct of_ports *own, unsigned conns)
{
	uint64_t rate = own->load.conf->rate * conns / own->load.conf->switches;

	return own->load.conf->rate && rate == 0 ? 1 : rate;
}

static void turn_input(void *ctx, struct pkt **pkts, unsigned n, mono_t now)
{
	stack_input(((struct of_port_worker *)ctx)->stack, pkts, n, now);
}

static void turn_link(void *ctx, const struct netif *netif, mono_t now)
{
	stack_link(((struct of_port_worker *)ctx)->stack, netif, now);
}

static bool turn_flush(void *ctx, mono_t now)
{
	struct of_port_worker *worker = ctx;
	bool paced = of_worker_turn(&worker->of, now);

	return stack_flush(worker->stack, now) || paced;
}

static int worker_open(void *state, struct service_worker *worker, struct why *why)
{
	struct of_ports *own = state;
	struct of_port_worker *to;
	unsigned first, conns;
	int err;

	if (!own)
		return 0;
	to = line_alloc(1, sizeof(*to));
	if (!to)
		return why_no_memory(why, "worker %u", worker->number);
	first = first_of(own, worker->number);
	conns = first_of(own, worker->number + 1) - first;
	to->stack = worker->stack;
	err = of_worker_open(&to->of, &own->load, first, conns, rate_of(own, conns),
	                     stack_tcp(worker->stack), &worker->pipeline->wheel, why);
	if (err) {
		of_worker_close(&to->of);
		free(to);
		return err;
	}
	pipeline_attach(worker->pipeline, turn_input, turn_link, turn_flush, to);
	worker->state = own->worker[own->workers_len++] = to;
	return 0;
}

static void worker_close(void *state, struct service_worker *worker)
{
	struct of_port_worker *own = worker->state;

	if (own)
		of_worker_close(&own->of);
}

static bool all_have_ended(const struct of_ports *own)
{
	for (unsigned i = 0; i < own->workers_len; i++)
		if (!of_worker_has_ended(&own->worker[i]->of))
			return false;
	return true;
}

// At the end of a run, or for a signal: the workers still run.
static void drain(void *state)
{
	const struct timespec moment = {.tv_nsec = MS_US * 1000};
	struct of_ports *own = state;
	mono_t begin = clock_kernel();

	if (!own)
		return;
	measurement_end(&own->measurement, begin);
	for (unsigned i = 0; i < own->workers_len; i++)
		of_worker_end(&own->worker[i]->of);
	while (!all_have_ended(own) && mono_until(begin, clock_kernel()) < END_LIMIT_US)
		nanosleep(&moment, NULL);
}

static void describe(void *state, char *text, size_t size)
{
	const struct of_ports *own = state;
	char server[TARGET_TEXT_BYTES];

	if (!own)
		snprintf(text, size, "no OpenFlow");
	else
		snprintf(text, size, "%ju switches of %s", (uintmax_t)own->load.conf->switches,
		         target_text(&own->load.target, server));
}

const struct service of_ports_service = {
        .name = "of",
        .section = &of_load_conf_section,
        .help = "Which switches are emulated, and of which controller they ask.",
        .open = open_load,
        .close = close_load,
        .worker_open = worker_open,
        .worker_close = worker_close,
        .drain = drain,
        .describe = describe,
        .tools = of_command_tools,
};

// main: the appliance wadi-time: its configuration, and a struct time_server for each
// worker. What it answers is in time_server.c.
#include "time_server.h"

#include <stdio.h>
#include <stdlib.h>

struct time_conf {
	uint64_t number_port, text_port;
};

static const struct conf_key keys[] = {
        {"number_port", CONF_UNSIGNED, offsetof(struct time_conf, number_port), "37", 1, 65535,
         .help = "UDP port of the Time Protocol (RFC 868)."},
        {"text_port", CONF_UNSIGNED, offsetof(struct time_conf, text_port), "13", 1, 65535,
         .help = "UDP port of the Daytime Protocol (RFC 867)."},
        {0},
};
static const struct conf_section section = {sizeof(struct time_conf), keys};

struct time_state {
	const struct time_conf *conf;
	struct time_server worker[BOOT_WORKERS_MAX];
};

static int open_state(void **state, const void *conf, const struct service_env *env,
                      struct why *why)
{
	struct time_state *time = calloc(1, sizeof(*time));

	if (!time)
		return why_no_memory(why, "the time service");
	time->conf = conf;
	*state = time;
	return 0;
}

static void close_state(void *state)
{
	free(state);
}

static int worker_open(void *state, struct service_worker *worker, struct why *why)
{
	struct time_state *time = state;

	return time_server_open(&time->worker[worker->number], worker->stack,
	                        &worker->pipeline->wheel, (uint16_t)time->conf->number_port,
	                        (uint16_t)time->conf->text_port, why);
}

static void worker_close(void *state, struct service_worker *worker)
{
	struct time_state *time = state;

	time_server_close(&time->worker[worker->number]);
}

static void describe(void *state, char *text, size_t size)
{
	const struct time_state *time = state;

	snprintf(text, size, "serving the time at UDP ports %ju and %ju",
	         (uintmax_t)time->conf->number_port, (uintmax_t)time->conf->text_port);
}

static const struct service service = {
        .name = "time",
        .help = "The time service.",
        .section = &section,
        .open = open_state,
        .close = close_state,
        .worker_open = worker_open,
        .worker_close = worker_close,
        .describe = describe,
};

static const struct appliance appliance = {
        .name = "wadi-time",
        .summary = "serves the time over UDP",
        .text = "Answers by the Time Protocol (RFC 868) and the Daytime Protocol (RFC 867).",
        .services = (const struct service *const[]){&service, NULL},
};

int main(int argc, char **argv)
{
	return boot_main(&appliance, argc, argv);
}

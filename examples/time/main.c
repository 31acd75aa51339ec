// main: the appliance wadi-time, of one service: its configuration, and a struct
// time_server for each worker. What it answers is in time_server.c.
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

static int time_open(void **state, const void *conf, const struct service_env *env, struct why *why)
{
	*state = (void *)(uintptr_t)conf; // valid until close
	return 0;
}

static int time_worker_open(void *state, struct service_worker *worker, struct why *why)
{
	const struct time_conf *conf = state;
	struct time_server *server = calloc(1, sizeof(*server));
	int err;

	if (!server)
		return why_no_memory(why, "the time service");
	err = time_server_open(server, worker->stack, &worker->pipeline->wheel,
	                       (uint16_t)conf->number_port, (uint16_t)conf->text_port, why);
	if (err)
		free(server);
	else
		worker->state = server;
	return err;
}

static void time_worker_close(void *state, struct service_worker *worker)
{
	time_server_close(worker->state);
	free(worker->state);
}

static void time_describe(void *state, char *text, size_t size)
{
	const struct time_conf *conf = state;

	snprintf(text, size, "serving the time at UDP ports %ju and %ju",
	         (uintmax_t)conf->number_port, (uintmax_t)conf->text_port);
}

static const struct service time_service = {
        .name = "time",
        .help = "The time service.",
        .section = &section,
        .open = time_open,
        .worker_open = time_worker_open,
        .worker_close = time_worker_close,
        .describe = time_describe,
};

static const struct appliance appliance = {
        .name = "wadi-time",
        .summary = "serves the time over UDP",
        .text = "Answers by the Time Protocol (RFC 868) and the Daytime Protocol (RFC 867).",
        .services = (const struct service *const[]){&time_service, &manage_service, NULL},
};

int main(int argc, char **argv)
{
	return boot_main(&appliance, argc, argv);
}

// main: the appliance wadi-lines: its configuration, and channels from its workers to the control
// thread. What it does with them is in lines.c and descriptor.c.
#include "lines.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

static const struct conf_key keys[] = {
        {"port", CONF_UNSIGNED, offsetof(struct lines_conf, port), "1234", 1, 65535,
         .help = "TCP port of the text service."},
        {"echo_port", CONF_UNSIGNED, offsetof(struct lines_conf, echo_port), "7", 1, 65535,
         .help = "TCP port of the echo service that uses descriptors."},
        {"clients", CONF_UNSIGNED, offsetof(struct lines_conf, clients), "1000", 1, 100000,
         .help = "Most clients of each worker at a time."},
        {"idle_s", CONF_UNSIGNED, offsetof(struct lines_conf, idle_s), "300", 1, 86400,
         .help = "Seconds without a line after which a client is disconnected."},
        {"keepalive_s", CONF_UNSIGNED, offsetof(struct lines_conf, keepalive_s), "600", 1, 65535,
         .help = "Seconds without a sign of a client after which it is asked whether it is there."},
        {0},
};
static const struct conf_section section = {sizeof(struct lines_conf), keys};

struct state {
	struct lines lines;
	struct crossing *crossing;
};

static int lines_open(void **state, const void *conf, const struct service_env *env,
                      struct why *why)
{
	struct state *own = calloc(1, sizeof(*own));
	struct crossing_conf crossing = {
	        .loop = env->loop, .buffer_bytes = LINES_BUFFER_BYTES + 2, .out_bytes = 16384};

	if (!own)
		return why_no_memory(why, "the text service");
	own->lines.conf = conf;
	own->lines.loop = env->loop;
	crossing.channels = (uint32_t)own->lines.conf->clients;
	own->crossing = crossing_open(&crossing);
	if (!own->crossing) {
		free(own);
		return why_no_memory(why, "the channels");
	}
	*state = own;
	return 0;
}

static void lines_close(void *state)
{
	struct state *own = state;

	crossing_close(own->crossing);
	free(own);
}

static int listen_at(struct state *own, unsigned worker, uint64_t port,
                     const struct channel_ops *ops, struct why *why)
{
	struct channels_listener_conf conf = {
	        .port = (uint16_t)port,
	        .backlog = 128,
	        .ops = ops,
	        .ctx = &own->lines,
	        // Clients of descriptors have no timer.
	        .keepalive_s = (uint16_t)own->lines.conf->keepalive_s,
	};
	int err = crossing_listen(own->crossing, worker, &conf);

	return err ? why_fail(why, err, "cannot listen at TCP port %u", conf.port) : 0;
}

static void lines_worker_close(void *state, struct service_worker *worker)
{
	struct state *own = state;

	crossing_worker_close(own->crossing, worker->number, clock_kernel());
}

static int lines_worker_open(void *state, struct service_worker *worker, struct why *why)
{
	struct state *own = state;
	int err = crossing_worker_open(own->crossing, worker->number, worker->pipeline,
	                               stack_tcp(worker->stack));

	if (err)
		return why_no_memory(why, "the channels of a worker");
	err = listen_at(own, worker->number, own->lines.conf->port, &lines_ops, why);
	if (!err)
		err = listen_at(own, worker->number, own->lines.conf->echo_port, &descriptor_ops,
		                why);
	if (err)
		lines_worker_close(state, worker);
	return err;
}

static void lines_status(void *state, json_t *reply)
{
	const struct state *own = state;

	json_object_set_new(reply, "clients", json_integer((json_int_t)own->lines.now));
	json_object_set_new(reply, "clients_ever", json_integer((json_int_t)own->lines.ever));
	json_object_set_new(reply, "unheard", json_integer((json_int_t)own->lines.unheard));
}

static void lines_describe(void *state, char *text, size_t size)
{
	const struct state *own = state;

	snprintf(text, size, "serving lines at TCP port %ju", (uintmax_t)own->lines.conf->port);
}

static const struct service lines_service = {
        .name = "lines",
        .help = "The text service.",
        .section = &section,
        .open = lines_open,
        .close = lines_close,
        .worker_open = lines_worker_open,
        .worker_close = lines_worker_close,
        .status = lines_status,
        .describe = lines_describe,
};

static const struct appliance appliance = {
        .name = "wadi-lines",
        .summary = "serves text lines over TCP",
        .text = "Answers commands, one a line: time, who, say TEXT, count N, sum N (of N bytes "
                "that follow), pause MS, quit. What a client says is sent to all others.",
        .services = (const struct service *const[]){&lines_service, &manage_service, NULL},
};

int main(int argc, char **argv)
{
	return boot_main(&appliance, argc, argv);
}

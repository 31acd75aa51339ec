// main: the appliance wadi-balance: its configuration, and a reload that replaces the
// servers while the worker runs. What happens to packets is in balance.c.
#include "balance.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

struct balance_conf {
	uint64_t port, idle_s;
	struct conf_list servers; // of const char *
};

static bool server_check(const char *text, struct why *why)
{
	struct balance_target target;

	if (balance_target_parse(text, &target))
		return true;
	why_set(why, "is not an address such as 192.0.2.1, 192.0.2.1:53 or [2001:db8::1]:53");
	return false;
}

static const struct conf_key keys[] = {
        {"port", CONF_UNSIGNED, offsetof(struct balance_conf, port), NULL, 0, 65535,
         .help = "UDP port that clients send to, at every address of ours; 0: every port."},
        {"servers", CONF_STRINGS, offsetof(struct balance_conf, servers), NULL, 1,
         BALANCE_SERVERS_MAX, .check = server_check, .live = true,
         .help = "Addresses of the servers. Without a port they get datagrams at the port that "
                 "the client used."},
        {"idle_s", CONF_UNSIGNED, offsetof(struct balance_conf, idle_s), "30", 1, 86400,
         .help = "Seconds without a datagram after which a client may be given another server."},
        {0},
};
static const struct conf_section section = {sizeof(struct balance_conf), keys};

static const struct service_drop drops[] = {
        [BALANCE_FULL] = {"balance.full", "every flow to the server was used not long ago"},
        [BALANCE_STRANGER] = {"balance.stranger", "no flow: from no server of ours, or late"},
        {0},
};

struct state {
	const struct balance_conf *conf;
	const struct service_env *env;
	struct swap targets; // of struct balance_targets
};

// NULL when there is not enough memory.
static struct balance_targets *read_targets(const struct balance_conf *conf)
{
	struct balance_targets *targets = calloc(1, sizeof(*targets));
	const char *const *servers = conf->servers.items;

	for (size_t i = 0; targets && i < conf->servers.len; i++)
		if (balance_target_parse(servers[i], &targets->target[targets->len]))
			targets->len++;
	return targets;
}

static int balance_service_open(void **state, const void *conf, const struct service_env *env,
                                struct why *why)
{
	struct balance_targets *targets;
	struct state *own = calloc(1, sizeof(*own));

	targets = read_targets(conf);
	if (!own || !targets) {
		free(own);
		free(targets);
		return why_no_memory(why, "the load balancer");
	}
	own->conf = conf;
	own->env = env;
	swap_init(&own->targets, targets);
	*state = own;
	return 0;
}

static void balance_service_close(void *state)
{
	struct state *own = state;

	free(swap_read(&own->targets));
	free(own);
}

static int balance_worker_open(void *state, struct service_worker *worker, struct why *why)
{
	struct state *own = state;

	worker->state = balance_open(stack_udp(worker->stack), (uint16_t)own->conf->port,
	                             own->conf->idle_s * SEC_US, seed_os(), &own->targets,
	                             worker->drops_begin, why);
	return worker->state ? 0 : -EINVAL;
}

static void balance_worker_close(void *state, struct service_worker *worker)
{
	if (worker->state)
		balance_close(worker->state);
}

// New clients go to the new servers; those that are being served stay with theirs.
static int balance_reload(void *state, const void *conf, bool all, json_t *reply, struct why *why)
{
	struct state *own = state;
	struct balance_targets *targets = read_targets(conf);
	unsigned len = targets ? targets->len : 0;

	if (!targets)
		return why_no_memory(why, "the servers");
	free(swap_publish(&own->targets, targets, own->env->pipelines, own->env->workers_len));
	json_object_set_new(reply, "servers", json_integer(len));
	return 0;
}

static void balance_describe(void *state, char *text, size_t size)
{
	const struct state *own = state;
	const struct balance_targets *targets = swap_read(&own->targets);

	snprintf(text, size, "balancing UDP port %ju over %u servers", (uintmax_t)own->conf->port,
	         targets->len);
}

static const struct service balance_service = {
        .name = "balance",
        .help = "The load balancer.",
        .section = &section,
        .open = balance_service_open,
        .close = balance_service_close,
        .worker_open = balance_worker_open,
        .worker_close = balance_worker_close,
        .reload = balance_reload,
        .describe = balance_describe,
        .drops = drops,
};

static const struct appliance appliance = {
        .name = "wadi-balance",
        .summary = "spreads UDP datagrams over several servers",
        .text = "Forwards datagrams of clients to servers, and their answers to the clients, which "
                "see only the address and port that they sent to. A server that refuses "
                "datagrams is left alone for ten seconds. A reload replaces the servers.",
        .services = (const struct service *const[]){&balance_service, &manage_service, NULL},
};

int main(int argc, char **argv)
{
	return boot_main(&appliance, argc, argv);
}

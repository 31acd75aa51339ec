// reflect: see the header.
#include "apps/bench/reflect.h"

#include "apps/bench/udp_command.h"
#include "core/line.h"

#include <stdio.h>
#include <stdlib.h>

struct reflect_conf {
	uint64_t port;
	bool json;
};

#define AT(member) offsetof(struct reflect_conf, member)

static const struct conf_key keys[] = {
        {"port", CONF_UNSIGNED, AT(port), "0", 0, 65535,
         .help = "The UDP port whose datagrams are sent back; 0: none."},
        {"json", CONF_BOOL, AT(json), "false",
         .help = "Whether the counts at the end are printed as JSON."},
        {0},
};
static const struct conf_section section = {sizeof(struct reflect_conf), keys};

struct reflect_worker {
	CACHE_ALIGNED counter_t datagrams;
	counter_t bytes;
	counter_t first_us, last_us; // instants
};

struct reflect {
	const struct reflect_conf *conf;
	struct reflect_worker *worker[BOOT_WORKERS_MAX];
	unsigned workers_len;
};

static void reply(void *ctx, struct udp_dgram *dgrams, unsigned n, mono_t now)
{
	struct reflect_worker *worker = ctx;
	uint64_t bytes = 0;

	for (unsigned i = 0; i < n; i++) {
		bytes += dgrams[i].len;
		udp_reply(&dgrams[i], dgrams[i].len);
	}
	if (unlikely(counter_get(&worker->datagrams) == 0))
		counter_set(&worker->first_us, now.us);
	counter_set(&worker->last_us, now.us);
	counter_add(&worker->datagrams, n);
	counter_add(&worker->bytes, bytes);
}

static int open_reflect(void **state, const void *conf, const struct service_env *env,
                        struct why *why)
{
	struct reflect *own;

	if (((const struct reflect_conf *)conf)->port == 0)
		return 0;
	own = calloc(1, sizeof(*own));
	if (!own)
		return why_no_memory(why, "the service reflect");
	own->conf = conf;
	*state = own;
	return 0;
}

static int worker_open(void *state, struct service_worker *worker, struct why *why)
{
	struct udp_listener_conf conf = {.fn = reply};
	struct reflect *own = state;
	struct reflect_worker *to;
	int err;

	if (!own)
		return 0;
	to = line_alloc(1, sizeof(*to));
	if (!to)
		return why_no_memory(why, "worker %u", worker->number);
	own->worker[own->workers_len++] = to;
	conf.port = (uint16_t)own->conf->port;
	conf.ctx = to;
	err = udp_listen(stack_udp(worker->stack), &conf, NULL);
	return err ? why_fail(why, err, "reflect.port: %s", strerror(-err)) : 0;
}

// The rate is that between the first datagram and the last.
static void drain(void *state)
{
	uint64_t datagrams = 0, bytes = 0, first_us = UINT64_MAX, last_us = 0, us, rate;
	const struct reflect *own = state;

	if (!own)
		return;
	for (unsigned i = 0; i < own->workers_len; i++) {
		const struct reflect_worker *worker = own->worker[i];

		if (counter_get(&worker->datagrams) == 0)
			continue;
		datagrams += counter_get(&worker->datagrams);
		bytes += counter_get(&worker->bytes);
		first_us = u64_min(first_us, counter_get(&worker->first_us));
		if (counter_get(&worker->last_us) > last_us)
			last_us = counter_get(&worker->last_us);
	}
	us = last_us > first_us ? last_us - first_us : 0;
	rate = us ? datagrams * SEC_US / us : 0;
	printf(own->conf->json ? "{\"datagrams\":%ju,\"bytes\":%ju,\"duration_us\":%ju,"
	                         "\"datagrams_per_s\":%ju}\n"
	                       : "%ju datagrams and %ju bytes sent back in %ju us: %ju/s\n",
	       (uintmax_t)datagrams, (uintmax_t)bytes, (uintmax_t)us, (uintmax_t)rate);
}

static void close_reflect(void *state)
{
	struct reflect *own = state;

	for (unsigned i = 0; own && i < own->workers_len; i++)
		free(own->worker[i]);
	free(own);
}

const struct service reflect_service = {
        .name = "reflect",
        .section = &section,
        .help = "Datagrams that are sent back.",
        .open = open_reflect,
        .close = close_reflect,
        .worker_open = worker_open,
        .drain = drain,
        .tools = udp_command_tools,
};

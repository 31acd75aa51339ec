// echo: wadi-echo, which sends each UDP datagram back (RFC 862). It is the
// smallest appliance: a table of keys, a burst handler, a struct app.
#include "apps/boot/boot.h"

struct echo_conf {
	uint64_t port;
};

static const struct conf_key echo_keys[] = {
        {"port", CONF_UNSIGNED, offsetof(struct echo_conf, port), "7", 1, 65535,
         .help = "The UDP port to answer at, on every address."},
        {0},
};
static const struct conf_section echo_section = {sizeof(struct echo_conf), echo_keys};

// The request lies where the reply is to be: only its length is missing.
static void echo(void *ctx, struct udp_dgram *dgrams, unsigned n, mono_t now)
{
	for (unsigned i = 0; i < n; i++) {
		if (likely(dgrams[i].len <= dgrams[i].room))
			dgrams[i].reply_len = dgrams[i].len;
		else
			dgrams[i].drop = DROP_TX_TOO_LONG;
	}
}

static int echo_open(void **state, const void *conf, const struct app_env *env, struct why *why)
{
	*state = (void *)(uintptr_t)conf;
	return 0;
}

static int echo_worker_open(void *state, const struct app_worker *worker, struct why *why)
{
	const struct echo_conf *conf = state;
	struct udp_listener_conf listener = {.port = (uint16_t)conf->port, .fn = echo};
	int err = udp_listen(stack_udp(worker->stack), &listener, NULL);

	if (err)
		why_set(why, "the UDP port cannot be listened at");
	return err;
}

static void echo_describe(void *state, char *text, size_t size)
{
	const struct echo_conf *conf = state;

	snprintf(text, size, "echoing UDP port %ju", (uintmax_t)conf->port);
}

static const struct app app = {
        .name = "wadi-echo",
        .summary = "sends UDP datagrams back",
        .text = "Answers each datagram with its own bytes, as RFC 862 says. It is the smallest "
                "wadi appliance, to try a port with and to begin another appliance from.",
        .key = "echo",
        .key_help = "The echo service.",
        .section = &echo_section,
        .open = echo_open,
        .worker_open = echo_worker_open,
        .describe = echo_describe,
};

int main(int argc, char **argv)
{
	return boot_main(&app, argc, argv);
}

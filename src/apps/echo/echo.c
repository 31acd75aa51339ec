// echo: wadi-echo, which sends back each UDP datagram and all that comes over TCP (RFC 862). It
// is the smallest appliance: a table of keys, handlers, a service, an appliance.
#include "apps/boot/boot.h"
#include "proto/tcpip/tcp/tcp.h"

struct echo_conf {
	uint64_t port;
};

static const struct conf_key echo_keys[] = {
        {"port", CONF_UNSIGNED, offsetof(struct echo_conf, port), "7", 1, 65535,
         .help = "The UDP and TCP port to answer at, on every address."},
        {0},
};
static const struct conf_section echo_section = {sizeof(struct echo_conf), echo_keys};

enum { ECHO_NO_ROOM };
static const struct service_drop echo_drops[] = {
        [ECHO_NO_ROOM] = {"echo.no_room",
                          "a reply of this length is longer than the MTU or a page"},
        {0},
};

// Replies in place: the request is the reply.
static void echo_reply(void *ctx, struct udp_dgram *dgrams, unsigned n, mono_t now)
{
	const struct service_worker *worker = ctx;

	for (unsigned i = 0; i < n; i++) {
		if (likely(dgrams[i].len <= dgrams[i].room))
			dgrams[i].reply_len = dgrams[i].len;
		else
			dgrams[i].drop = worker->drops_begin + ECHO_NO_ROOM;
	}
}

// Sends the pages in which the bytes came; those for which there is no room wait.
static unsigned echo_data(void *ctx, struct tcp_conn *conn, struct tcp_data *data, unsigned n,
                          mono_t now)
{
	return tcp_send_pages(conn, data, n);
}

static void echo_writable(void *ctx, struct tcp_conn *conn, mono_t now)
{
	tcp_resume(conn);
}

static const struct tcp_ops echo_ops = {.data = echo_data, .writable = echo_writable};

static int echo_open(void **state, const void *conf, const struct service_env *env, struct why *why)
{
	*state = (void *)(uintptr_t)conf;
	return 0;
}

static int echo_worker_open(void *state, struct service_worker *worker, struct why *why)
{
	uint16_t port = (uint16_t)((const struct echo_conf *)state)->port;
	struct udp_listener_conf udp = {.port = port, .fn = echo_reply, .ctx = worker};
	struct tcp_listener_conf tcp = {.port = port, .backlog = 256, .ops = &echo_ops};
	int err = udp_listen(stack_udp(worker->stack), &udp, NULL);

	if (!err)
		err = tcp_listen(stack_tcp(worker->stack), &tcp, NULL);
	return err ? why_fail(why, err, "cannot listen at port %u", port) : 0;
}

static void echo_describe(void *state, char *text, size_t size)
{
	const struct echo_conf *conf = state;

	snprintf(text, size, "echoing UDP and TCP port %ju", (uintmax_t)conf->port);
}

static bool echo_probe(void *state, struct service_probe *probe)
{
	static const char text[] = "is anyone there?";
	const struct echo_conf *conf = state;

	probe->port = (uint16_t)conf->port;
	probe->len = sizeof(text) - 1;
	memcpy(probe->bytes, text, probe->len);
	snprintf(probe->text, sizeof(probe->text), "%u bytes to port %u", probe->len, probe->port);
	return true;
}

static bool echo_judge(const struct service_probe *probe, const uint8_t *reply, uint16_t len,
                       struct why *why)
{
	if (len == probe->len && memcmp(reply, probe->bytes, len) == 0)
		return true;
	why_set(why, "other bytes came back");
	return false;
}

static const struct service echo = {.name = "echo",
                                    .help = "The echo service.",
                                    .section = &echo_section,
                                    .open = echo_open,
                                    .worker_open = echo_worker_open,
                                    .describe = echo_describe,
                                    .probe = echo_probe,
                                    .probe_judge = echo_judge,
                                    .drops = echo_drops};

static const struct appliance appliance = {
        .name = "wadi-echo",
        .summary = "sends back what it gets by UDP and TCP",
        .text = "Sends back datagrams and streams (RFC 862). Use it to try a port.",
        .services = (const struct service *const[]){&echo, NULL},
};

int main(int argc, char **argv)
{
	return boot_main(&appliance, argc, argv);
}

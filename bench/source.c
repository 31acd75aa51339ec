// source: an appliance that sends zeros over TCP as fast as the peer and the network take them,
// until the peer closes; what comes in is thrown away. tools/bench tcp measures with it.
#include "apps/boot/boot.h"
#include "proto/tcpip/tcp/tcp.h"

#define PORT 19 // that of chargen (RFC 864)

static void send_more(struct tcp_conn *conn)
{
	struct tcp_data page;

	while (tcp_send_room(conn) > 0 && tcp_page(conn, &page)) {
		page.len = page.room;
		memset(page.bytes, 0, page.len);
		if (tcp_send_pages(conn, &page, 1) == 0) {
			tcp_data_done(NULL, &page);
			return;
		}
	}
	if (tcp_send_room(conn) == 0)
		(void)!tcp_send(conn, "", 1); // has `writable` follow
}

static void source_opened(void *ctx, struct tcp_conn *conn, mono_t now)
{
	send_more(conn);
}

static void source_writable(void *ctx, struct tcp_conn *conn, mono_t now)
{
	send_more(conn);
}

static const struct tcp_ops source_ops = {.opened = source_opened, .writable = source_writable};

static int source_open(void **state, const void *conf, const struct service_env *env,
                       struct why *why)
{
	return 0;
}

static int source_worker_open(void *state, struct service_worker *worker, struct why *why)
{
	struct tcp_listener_conf tcp = {.port = PORT, .backlog = 64, .ops = &source_ops};
	int err = tcp_listen(stack_tcp(worker->stack), &tcp, NULL);

	return err ? why_fail(why, err, "cannot listen at port %u", PORT) : 0;
}

static const struct service source = {.name = "source",
                                      .help = "Zeros without end, for benchmarks.",
                                      .open = source_open,
                                      .worker_open = source_worker_open};

static const struct appliance appliance = {
        .name = "source",
        .summary = "sends zeros over TCP",
        .text = "Sends zeros at port 19, for tools/bench tcp.",
        .services = (const struct service *const[]){&source, NULL},
};

int main(int argc, char **argv)
{
	return boot_main(&appliance, argc, argv);
}

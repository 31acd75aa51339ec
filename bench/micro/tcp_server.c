// tcp_server: wadi's server, and what both share; see the header.
#include "tcp_server.h"

#include "lwip.h"
#include "measure.h"
#include "tcp_frame.h"

#include "proto/tcpip/ipv4_wire.h"
#include "proto/tcpip/tcp/tcp.h"

#include <string.h>

static struct {
	struct tcp_server server;
	struct lab_device device;
	struct lab lab;
} wadi;

static unsigned answer(void *ctx, struct tcp_conn *conn, struct tcp_data *data, unsigned n,
                       mono_t now)
{
	static const uint8_t bytes[TCP_SERVER_ANSWER_BYTES];

	if (tcp_send(conn, bytes, sizeof(bytes)) != sizeof(bytes))
		measure_fail("the answer cannot be sent");
	wadi.server.answered++;
	return n;
}

static void closed(void *ctx, struct tcp_conn *conn, enum tcp_end end, mono_t now)
{
	wadi.server.closed++;
}

static void run(struct tcp_server *server, const struct lab_frame *frames, unsigned n)
{
	struct lab_queue *queue = wadi.lab.queue;
	uint64_t before = queue->sent;

	queue->asking = server->asking;
	lab_run(&wadi.lab, frames, n);
	server->sent += queue->sent - before;
	if (unlikely(server->asking))
		memcpy(server->last, queue->last, sizeof(server->last));
}

static void run_device(struct tcp_server *server, const struct lab_frame *frames, unsigned n)
{
	lab_run_device(&wadi.lab, frames, n);
}

void tcp_server_wadi_close(void)
{
	lab_close(&wadi.lab);
	lab_device_close(&wadi.device);
}

struct tcp_server *tcp_server_wadi(bool traced)
{
	static const struct tcp_ops ops = {.data = answer, .closed = closed};
	static const struct tcp_listener_conf listener = {
	        .port = TCP_FRAME_PORT, .backlog = PIPELINE_BURST, .ops = &ops};

	wadi.server = (struct tcp_server){.name = "wadi", .run = run, .run_device = run_device};
	lab_device_open(&wadi.device, 1);
	lab_open(&wadi.lab, &wadi.device, 0);
	if (traced)
		lab_trace(&wadi.lab);
	if (tcp_listen(stack_tcp(wadi.lab.stack), &listener, NULL))
		measure_fail("the port cannot be listened at");
	return &wadi.server;
}

#ifdef WITH_LWIP
static struct tcp_server lwip;

static void lwip_sent(void *ctx, const void *frame, size_t len)
{
	lwip.sent++;
	if (unlikely(lwip.asking))
		memcpy(lwip.last, frame, size_min(len, sizeof(lwip.last)));
}

static void lwip_run(struct tcp_server *server, const struct lab_frame *frames, unsigned n)
{
	struct lwip_counts counts;

	for (unsigned i = 0; i < n; i++)
		lwip_receive(frames[i].bytes, frames[i].len);
	counts = lwip_counts();
	server->answered = counts.answered;
	server->closed = counts.closed;
}

static void lwip_run_device(struct tcp_server *server, const struct lab_frame *frames, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		lwip_receive_device(frames[i].bytes, frames[i].len);
}

static uint32_t ipv4(const char *text)
{
	struct addr addr;

	if (!addr_parse(text, &addr))
		measure_fail("%s is no address", text);
	return addr_ipv4(addr).be;
}

struct tcp_server *tcp_server_lwip(void)
{
	static struct lwip_conf conf = {.mac = (const uint8_t *)LAB_SERVER_MAC,
	                                .port = TCP_FRAME_PORT,
	                                .backlog = PIPELINE_BURST,
	                                .answer_len = TCP_SERVER_ANSWER_BYTES,
	                                .sent = lwip_sent};
	struct lab_frame gateway;

	conf.address = ipv4(LAB_SERVER);
	conf.mask = ipv4("255.255.255.0");
	conf.gateway = ipv4(LAB_GATEWAY);
	lwip = (struct tcp_server){.name = "lwIP", .run = lwip_run, .run_device = lwip_run_device};
	lwip_open(&conf);
	lab_gateway_asks(&gateway);
	lwip_receive(gateway.bytes, gateway.len);
	return &lwip;
}
#else
struct tcp_server *tcp_server_lwip(void)
{
	measure_fail("this was built without liblwip-dev; tools/deps bench installs it");
}
#endif

uint32_t tcp_server_ask(struct tcp_server *server, const struct lab_frame *frame)
{
	const struct ipv4_hdr *ip = (const struct ipv4_hdr *)(server->last + 14);
	const struct tcp_hdr *tcp = (const struct tcp_hdr *)(ip + 1);
	uint32_t len;

	server->asking = true;
	server->run(server, frame, 1);
	server->asking = false;
	len = be16_get(ip->total_len) - (uint32_t)sizeof(*ip) - tcp_hdr_len(tcp);
	return be32_get(tcp->seq) + len + !!(tcp->flags & (TCP_SYN | TCP_FIN));
}

uint32_t tcp_server_open(struct tcp_server *server, uint64_t seed)
{
	struct lab_frame frame;
	uint32_t ack;

	tcp_frame_build(&frame, seed, &(struct tcp_hdr){.flags = TCP_SYN}, NULL, 0, 0);
	ack = tcp_server_ask(server, &frame);
	tcp_frame_build(&frame, seed,
	                &(struct tcp_hdr){.seq = be32(1), .ack = be32(ack), .flags = TCP_ACK}, NULL,
	                0, 0);
	server->run(server, &frame, 1);
	return ack;
}

// http_rr: requests of HTTP/1.1 on established connections, each answered by a handler with 64
// bytes of content: as tcp_rr, with apps/http in between.
#include "measure.h"
#include "tcp_frame.h"

#include "apps/http/http_links.h"
#include "proto/http/http_limits.h"
#include "proto/tcpip/ipv4_wire.h"

#include <string.h>

#define SLICES        16
#define CONTENT_BYTES 64

static const char request[] = "GET / HTTP/1.1\r\nHost: wadi.example\r\n\r\n";
#define REQUEST_BYTES ((uint32_t)sizeof(request) - 1)

static struct http_rr {
	struct lab_device device;
	struct lab lab;
	struct service_worker worker;
	struct http_links *links;
	struct http_limits limits;
	uint64_t answered;
	struct lab_frame *frames;
	unsigned conns;               // a divisor of LAB_SLICE
	uint32_t answer_len;          // with its head
	uint32_t seq, ack[LAB_SLICE]; // of the next request
} rr;

static void answer(struct http_exchange *exchange, mono_t now)
{
	static const uint8_t content[CONTENT_BYTES];
	struct http_reply reply;

	http_reply_init(&reply, 200);
	http_reply_bytes(&reply, "text/plain", content, sizeof(content));
	http_exchange_answer(exchange, &reply, now);
	rr.answered++;
}

static const struct http_handler handler = {.request = answer};

static void server_open(void)
{
	struct http_links_conf conf = {.connections = 2 * LAB_SLICE,
	                               .per_client = UINT32_MAX,
	                               .prefix = {32, 64},
	                               .buffers = 64,
	                               .limits = &rr.limits};
	struct http_listener_conf listener = {.port = TCP_FRAME_PORT, .handler = &handler};
	struct why why;

	rr.limits = http_limits_default;
	rr.limits.requests_max = UINT32_MAX;
	lab_device_open(&rr.device, 1);
	lab_open(&rr.lab, &rr.device, 0);
	rr.worker = (struct service_worker){
	        .stack = rr.lab.stack, .pipeline = &rr.lab.pipeline, .metric = &rr.lab.metric};
	rr.links = http_links_open(&conf, &rr.worker, &why);
	if (!rr.links || http_links_listen(rr.links, &listener, &why))
		measure_fail("%s", why.text);
}

static void server_close(void)
{
	http_links_close(rr.links);
	lab_close(&rr.lab);
	lab_device_close(&rr.device);
}

static void segment(struct lab_frame *frame, uint64_t seed, uint32_t seq, uint32_t ack)
{
	tcp_frame_build(
	        frame, seed,
	        &(struct tcp_hdr){.seq = be32(seq), .ack = be32(ack), .flags = TCP_ACK | TCP_PSH},
	        NULL, 0, REQUEST_BYTES);
	memcpy(frame->bytes + frame->len - REQUEST_BYTES, request, REQUEST_BYTES);
	tcp_frame_finish(frame);
}

// The length of the answer to a connection's first request.
static uint32_t ask(unsigned conn)
{
	const struct ipv4_hdr *ip = (const struct ipv4_hdr *)(rr.lab.queue->last + 14);
	const struct tcp_hdr *tcp = (const struct tcp_hdr *)(ip + 1);
	struct lab_frame frame;

	segment(&frame, rr.conns + conn, 1, rr.ack[conn]);
	rr.lab.queue->asking = true;
	lab_run(&rr.lab, &frame, 1);
	rr.lab.queue->asking = false;
	return be16_get(ip->total_len) - (uint32_t)sizeof(*ip) - tcp_hdr_len(tcp);
}

static void open_conns(unsigned conns)
{
	rr.conns = conns;
	for (unsigned i = 0; i < conns; i++)
		rr.ack[i] = tcp_frame_open(&rr.lab, conns + i, NULL, 0);
	for (unsigned i = 0; i < conns; i++) {
		rr.answer_len = ask(i);
		rr.ack[i] += rr.answer_len;
	}
	rr.seq = 1 + REQUEST_BYTES;
	for (unsigned i = 0; i < LAB_SLICE; i++)
		segment(&rr.frames[i], conns + i % conns, rr.seq, rr.ack[i % conns]);
}

// Writes the numbers of the requests to come.
static void prepare(void)
{
	for (unsigned i = 0; i < LAB_SLICE; i++) {
		struct lab_frame *frame = &rr.frames[i];

		tcp_frame_hdr(frame)->seq = be32(rr.seq);
		tcp_frame_hdr(frame)->ack = be32(rr.ack[i % rr.conns]);
		rr.ack[i % rr.conns] += rr.answer_len;
		rr.seq += i % rr.conns == rr.conns - 1 ? REQUEST_BYTES : 0;
		tcp_frame_finish(frame);
	}
}

static void run(void *ctx, unsigned slice)
{
	uint64_t sent = rr.lab.queue->sent, answered = rr.answered;

	prepare();
	lab_run(&rr.lab, rr.frames, LAB_SLICE);
	if (rr.lab.queue->sent != sent + LAB_SLICE || rr.answered != answered + LAB_SLICE)
		measure_fail("http_rr: not each request was answered once");
}

static void run_device(void *ctx, unsigned slice)
{
	static struct http_rr before;

	memcpy(before.ack, rr.ack, sizeof(rr.ack));
	before.seq = rr.seq;
	prepare();
	lab_run_device(&rr.lab, rr.frames, LAB_SLICE);
	memcpy(rr.ack, before.ack, sizeof(rr.ack));
	rr.seq = before.seq;
}

static void measure_conns(struct measure *measure, const char *kind, unsigned conns)
{
	const struct measure_case c = {
	        .kind = kind, .slices = SLICES, .items = LAB_SLICE, .run = run, .bare = run_device};

	if (!measure_wants(measure, kind))
		return;
	open_conns(conns);
	measure_run(measure, &c);
}

int main(int argc, char **argv)
{
	static const struct measure_about about = {
	        .bench = "http_rr",
	        .text = "Measures requests of HTTP/1.1 and answers with 64 bytes of content on 32\n"
	                "connections, and on 1,024 of them, in turn, in bursts of 32. The "
	                "device's\n"
	                "part, and that of writing the requests, are taken off.\n",
	        .item = "request",
	};
	static struct measure measure;

	measure_open(&measure, &about, argv);
	server_open();
	rr.frames = measure_alloc(LAB_SLICE * sizeof(*rr.frames));
	measure_conns(&measure, "http1-64", 32);
	measure_conns(&measure, "http1-64-1024", 1024);
	server_close();
	measure_close(&measure);
	return 0;
}

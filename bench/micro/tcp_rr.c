// tcp_rr: requests of 16 bytes on established connections, each answered with 64 bytes by an
// application: a segment in, one out that acknowledges it, the next request acknowledges that.
#include "measure.h"
#include "tcp_frame.h"

#include "proto/tcpip/tcp/tcp.h"

#include <stdlib.h>

#define CONNS         32
#define SLICES        16
#define REQUEST_BYTES 16
#define ANSWER_BYTES  64

struct rr {
	struct lab *lab;
	struct lab_frame *frames; // a request of each connection in turn
	uint32_t seq, ack[CONNS]; // of the next request
};

static unsigned answer(void *ctx, struct tcp_conn *conn, struct tcp_data *data, unsigned n,
                       mono_t now)
{
	static const uint8_t bytes[ANSWER_BYTES];

	if (tcp_send(conn, bytes, sizeof(bytes)) != sizeof(bytes))
		measure_fail("tcp_rr: the answer cannot be sent");
	return n;
}

// A segment with len bytes, of a client that the seed chooses.
static void segment(struct lab_frame *frame, uint64_t seed, uint32_t seq, uint32_t ack, size_t len)
{
	tcp_frame_build(
	        frame, seed,
	        &(struct tcp_hdr){.seq = be32(seq), .ack = be32(ack), .flags = TCP_ACK | TCP_PSH},
	        NULL, 0, len);
}

// The handshake of each connection.
static void open_conns(struct rr *rr)
{
	rr->seq = 1;
	for (unsigned i = 0; i < CONNS; i++)
		rr->ack[i] = tcp_frame_open(rr->lab, i, NULL, 0);
	for (unsigned i = 0; i < LAB_SLICE; i++)
		segment(&rr->frames[i], i % CONNS, 1, rr->ack[i % CONNS], REQUEST_BYTES);
}

// Writes the numbers of the requests to come.
static void prepare(struct rr *rr)
{
	for (unsigned i = 0; i < LAB_SLICE; i++) {
		struct lab_frame *frame = &rr->frames[i];

		tcp_frame_hdr(frame)->seq = be32(rr->seq);
		tcp_frame_hdr(frame)->ack = be32(rr->ack[i % CONNS]);
		rr->ack[i % CONNS] += ANSWER_BYTES;
		rr->seq += i % CONNS == CONNS - 1 ? REQUEST_BYTES : 0;
		tcp_frame_finish(frame);
	}
}

static void run(void *ctx, unsigned slice)
{
	struct rr *rr = ctx;
	uint64_t sent = rr->lab->queue->sent;

	prepare(rr);
	lab_run(rr->lab, rr->frames, LAB_SLICE);
	if (rr->lab->queue->sent != sent + LAB_SLICE)
		measure_fail("tcp_rr: not each request was answered once");
}

static void run_device(void *ctx, unsigned slice)
{
	struct rr *rr = ctx;
	struct rr before = *rr;

	prepare(rr);
	lab_run_device(rr->lab, rr->frames, LAB_SLICE);
	*rr = before;
}

int main(int argc, char **argv)
{
	static const struct measure_about about = {
	        .bench = "tcp_rr",
	        .text = "Measures requests of 16 bytes and answers of 64 on 32 TCP connections, in "
	                "bursts\n"
	                "of 32. The device's part, and that of writing the requests, are taken "
	                "off.\n",
	        .item = "request",
	};
	static const struct tcp_ops ops = {.data = answer};
	static const struct tcp_listener_conf listener = {
	        .port = TCP_FRAME_PORT, .backlog = CONNS, .ops = &ops};
	static struct measure measure;
	static struct lab_device device;
	static struct lab lab;
	struct rr rr = {.lab = &lab, .frames = measure_alloc(LAB_SLICE * sizeof(*rr.frames))};

	measure_open(&measure, &about, argv);
	lab_device_open(&device, 1);
	lab_open(&lab, &device, 0);
	if (tcp_listen(stack_tcp(lab.stack), &listener, NULL))
		measure_fail("tcp_rr: the port cannot be listened at");
	open_conns(&rr);
	measure_run(&measure, &(struct measure_case){.kind = "ipv4-64",
	                                             .slices = SLICES,
	                                             .items = LAB_SLICE,
	                                             .run = run,
	                                             .bare = run_device,
	                                             .ctx = &rr});
	free(rr.frames);
	lab_close(&lab);
	lab_device_close(&device);
	measure_close(&measure);
	return 0;
}

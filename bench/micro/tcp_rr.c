// tcp_rr: requests of 16 bytes on established connections, each answered with 64 bytes by an
// application: a segment in, one out that acknowledges it, the next request acknowledges that.
#include "measure.h"
#include "tcp_frame.h"
#include "tcp_server.h"

#define SLICES        16
#define REQUEST_BYTES 16

struct rr {
	struct tcp_server *server;
	struct lab_frame *frames;     // a request of each connection in turn
	unsigned conns;               // a divisor of LAB_SLICE
	uint32_t seq, ack[LAB_SLICE]; // of the next request
};

// A segment with len bytes, of a client that the seed chooses.
static void segment(struct lab_frame *frame, uint64_t seed, uint32_t seq, uint32_t ack, size_t len)
{
	tcp_frame_build(
	        frame, seed,
	        &(struct tcp_hdr){.seq = be32(seq), .ack = be32(ack), .flags = TCP_ACK | TCP_PSH},
	        NULL, 0, len);
}

// The handshake of each connection, whose clients are others than those of another number.
static void open_conns(struct rr *rr, struct tcp_server *server, unsigned conns)
{
	rr->server = server;
	rr->conns = conns;
	rr->seq = 1;
	for (unsigned i = 0; i < conns; i++)
		rr->ack[i] = tcp_server_open(server, conns + i);
	for (unsigned i = 0; i < LAB_SLICE; i++)
		segment(&rr->frames[i], conns + i % conns, 1, rr->ack[i % conns], REQUEST_BYTES);
}

// Writes the numbers of the requests to come.
static void prepare(struct rr *rr)
{
	for (unsigned i = 0; i < LAB_SLICE; i++) {
		struct lab_frame *frame = &rr->frames[i];

		tcp_frame_hdr(frame)->seq = be32(rr->seq);
		tcp_frame_hdr(frame)->ack = be32(rr->ack[i % rr->conns]);
		rr->ack[i % rr->conns] += TCP_SERVER_ANSWER_BYTES;
		rr->seq += i % rr->conns == rr->conns - 1 ? REQUEST_BYTES : 0;
		tcp_frame_finish(frame);
	}
}

static void run(void *ctx, unsigned slice)
{
	struct rr *rr = ctx;
	struct tcp_server *server = rr->server;
	uint64_t sent = server->sent, answered = server->answered;

	prepare(rr);
	server->run(server, rr->frames, LAB_SLICE);
	if (server->sent != sent + LAB_SLICE || server->answered != answered + LAB_SLICE)
		measure_fail("tcp_rr: not each request was answered once by %s", server->name);
}

static void run_device(void *ctx, unsigned slice)
{
	struct rr *rr = ctx;
	struct rr before = *rr;

	prepare(rr);
	rr->server->run_device(rr->server, rr->frames, LAB_SLICE);
	*rr = before;
}

static struct measure_case case_of(struct rr *rr, const char *kind)
{
	return (struct measure_case){.kind = kind,
	                             .order = rr->server->name,
	                             .slices = SLICES,
	                             .items = LAB_SLICE,
	                             .run = run,
	                             .bare = run_device,
	                             .ctx = rr};
}

// One or two servers, with so many connections.
static void measure_conns(struct measure *measure, struct tcp_server *const servers[2],
                          const char *kind, unsigned conns)
{
	static struct rr rr[2];
	struct measure_case cases[2];

	if (!measure_wants(measure, kind))
		return;
	for (unsigned i = 0; i < 2 && servers[i]; i++) {
		if (!rr[i].frames)
			rr[i].frames = measure_alloc(LAB_SLICE * sizeof(*rr->frames));
		open_conns(&rr[i], servers[i], conns);
		cases[i] = case_of(&rr[i], kind);
	}
	if (servers[1]) {
		measure_compare(measure, cases);
		return;
	}
	cases[0].order = NULL;
	measure_run(measure, cases);
}

int main(int argc, char **argv)
{
	static bool lwip, traced;
	static const struct measure_flag flags[] = {
	        {"--lwip", "compare with Debian's liblwip, which does the same", &lwip},
	        {"--trace", "record what happens, as an appliance does", &traced},
	        {0}};
	static const struct measure_about about = {
	        .bench = "tcp_rr",
	        .text = "Measures requests of 16 bytes and answers of 64 on 32 TCP connections, "
	                "and "
	                "on\n"
	                "1,024 of them, in turn, in bursts of 32. The device's part, and that of "
	                "writing the\n"
	                "requests, are taken off.\n",
	        .flags = flags,
	        .item = "request",
	};
	static struct measure measure;
	struct tcp_server *servers[2] = {NULL};

	measure_open(&measure, &about, argv);
	servers[0] = tcp_server_wadi(traced);
	if (lwip)
		servers[1] = tcp_server_lwip();
	measure_conns(&measure, servers, "ipv4-64", 32);
	measure_conns(&measure, servers, "ipv4-64-1024", 1024);
	tcp_server_wadi_close();
	measure_close(&measure);
	return 0;
}

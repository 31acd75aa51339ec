// tcp_open: TCP connections that are opened, used for one request, and closed by the client: five
// segments come in (SYN, acknowledgement, 16 bytes, FIN, acknowledgement), three leave (SYN, 64
// bytes, FIN). The numbers that a server chooses for a connection repeat, for time stands
// still: they are asked for once, and the same frames open each connection again.
#include "measure.h"
#include "tcp_frame.h"
#include "tcp_server.h"

#define SLICES        4
#define GROUPS        8 // of a slice
#define REQUEST_BYTES 16
#define CONNS         (GROUPS * PIPELINE_BURST) // of a slice, a group of them at a time
#define KEPT          1024
#define ANSWERS       3 // segments that leave for one

enum step { STEP_SYN, STEP_ACK, STEP_REQUEST, STEP_FIN, STEP_LAST_ACK, STEPS };

struct opening {
	struct tcp_server *server;
	struct lab_frame *frames;
};

// The frame of a connection's step: the connections of a group take each step together.
static struct lab_frame *frame_of(struct opening *opening, unsigned conn, enum step step)
{
	unsigned group = conn / PIPELINE_BURST;

	return &opening->frames[(group * STEPS + step) * PIPELINE_BURST + conn % PIPELINE_BURST];
}

// Builds the frames of a connection, and has it opened and closed once.
static void prepare(struct opening *opening, unsigned conn)
{
	static const struct {
		uint32_t seq, ack; // ack: after the server's first number
		uint8_t flags;
		uint8_t len;
	} steps[STEPS] = {
	        [STEP_ACK] = {1, 1, TCP_ACK, 0},
	        [STEP_REQUEST] = {1, 1, TCP_ACK | TCP_PSH, REQUEST_BYTES},
	        [STEP_FIN] = {1 + REQUEST_BYTES, 1 + TCP_SERVER_ANSWER_BYTES, TCP_ACK | TCP_FIN, 0},
	        [STEP_LAST_ACK] = {2 + REQUEST_BYTES, 2 + TCP_SERVER_ANSWER_BYTES, TCP_ACK, 0},
	};
	struct lab_frame *frame = frame_of(opening, conn, STEP_SYN);
	uint32_t iss;

	tcp_frame_build(frame, conn, &(struct tcp_hdr){.flags = TCP_SYN}, NULL, 0, 0);
	iss = tcp_server_ask(opening->server, frame) - 1;
	for (enum step step = STEP_ACK; step < STEPS; step++) {
		frame = frame_of(opening, conn, step);
		tcp_frame_build(frame, conn,
		                &(struct tcp_hdr){.seq = be32(steps[step].seq),
		                                  .ack = be32(iss + steps[step].ack),
		                                  .flags = steps[step].flags},
		                NULL, 0, steps[step].len);
		opening->server->run(opening->server, frame, 1);
	}
}

static void open_server(struct opening *opening, struct tcp_server *server)
{
	opening->server = server;
	opening->frames = measure_alloc((size_t)SLICES * CONNS * STEPS * sizeof(*opening->frames));
	for (unsigned conn = 0; conn < SLICES * CONNS; conn++)
		prepare(opening, conn);
}

static void run(void *ctx, unsigned slice)
{
	struct opening *opening = ctx;
	struct tcp_server *server = opening->server;
	uint64_t sent = server->sent, answered = server->answered, closed = server->closed;

	server->run(server, frame_of(opening, slice * CONNS, STEP_SYN), CONNS * STEPS);
	if (server->sent != sent + (uint64_t)ANSWERS * CONNS ||
	    server->answered != answered + CONNS || server->closed != closed + CONNS)
		measure_fail("tcp_open: not each connection was opened, used and closed by %s",
		             server->name);
}

static void run_device(void *ctx, unsigned slice)
{
	struct opening *opening = ctx;

	opening->server->run_device(opening->server, frame_of(opening, slice * CONNS, STEP_SYN),
	                            CONNS * STEPS);
}

static struct measure_case case_of(struct opening *opening, const char *kind)
{
	return (struct measure_case){.kind = kind,
	                             .order = opening->server->name,
	                             .slices = SLICES,
	                             .items = CONNS,
	                             .run = run,
	                             .bare = run_device,
	                             .ctx = opening};
}

// One or two servers.
static void measure_servers(struct measure *measure, struct opening openings[2], const char *kind)
{
	struct measure_case cases[2] = {case_of(&openings[0], kind)};

	if (!openings[1].server) {
		cases[0].order = NULL;
		measure_run(measure, cases);
		return;
	}
	cases[1] = case_of(&openings[1], kind);
	measure_compare(measure, cases);
}

// Connections that stay, whose clients are none of those that come and go.
static void keep_open(struct opening openings[2])
{
	for (unsigned i = 0; i < 2 && openings[i].server; i++)
		for (unsigned conn = 0; conn < KEPT; conn++)
			tcp_server_open(openings[i].server, SLICES * CONNS + conn);
}

int main(int argc, char **argv)
{
	static bool lwip, traced;
	static const struct measure_flag flags[] = {
	        {"--lwip", "compare with Debian's liblwip, which does the same", &lwip},
	        {"--trace", "record what happens, as an appliance does", &traced},
	        {0}};
	static const struct measure_about about = {
	        .bench = "tcp_open",
	        .text = "Measures TCP connections that are opened, used for one request of 16 "
	                "bytes and an\n"
	                "answer of 64, and closed by the client, 32 at a time; alone, and beside "
	                "1,024 that\n"
	                "stay open. The device's part is taken off.\n",
	        .flags = flags,
	        .item = "connection",
	};
	static struct measure measure;
	static struct opening openings[2];

	measure_open(&measure, &about, argv);
	open_server(&openings[0], tcp_server_wadi(traced));
	if (lwip)
		open_server(&openings[1], tcp_server_lwip());
	measure_servers(&measure, openings, "ipv4-64");
	keep_open(openings);
	measure_servers(&measure, openings, "ipv4-64-1024");
	tcp_server_wadi_close();
	measure_close(&measure);
	return 0;
}

// tcp_idle: as many TCP connections as are asked for, all of them idle but one now and then: the
// memory that each takes, what a turn costs beside them, without timers and with a keep-alive of
// each, and what a request on any of them does. The dearest turn is one of the note's members.
#include "measure.h"
#include "tcp_frame.h"

#include "core/wheel.h"
#include "proto/tcpip/cksum.h"
#include "proto/tcpip/ip_wire.h"
#include "proto/tcpip/ipv4_wire.h"
#include "proto/tcpip/tcp/tcp.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define SLICES        4
#define TURNS         1024            // of a slice
#define ASKED         (LAB_SLICE / 2) // of a slice: a request and an acknowledgement each
#define PORTS         32768           // of a client address
#define REQUEST_BYTES 16
#define ANSWER_BYTES  64
#define KEEPALIVE_S   600
#define SPREAD_US     (60 * SEC_US) // over which they begin

struct peer {
	uint32_t seq, ack; // next of both ends, as the client sees them
};

struct idlers {
	struct lab_device device;
	struct lab lab;
	unsigned len;
	struct peer *peer;
	struct tcp_conn **conn;
	struct lab_frame *frames, template;
	struct rand rand;
	unsigned asked[ASKED]; // connections of the current slice
	uint64_t opened;
};

static void opened(void *ctx, struct tcp_conn *conn, mono_t now)
{
	struct idlers *idle = ctx;

	idle->conn[idle->opened++] = conn;
}

static unsigned answer(void *ctx, struct tcp_conn *conn, struct tcp_data *data, unsigned n,
                       mono_t now)
{
	static const uint8_t bytes[ANSWER_BYTES];

	if (tcp_send(conn, bytes, sizeof(bytes)) != sizeof(bytes))
		measure_fail("tcp_idle: the answer cannot be sent");
	return n;
}

// A segment of a connection's client, the template with other ends and numbers.
static void segment(struct idlers *idle, struct lab_frame *frame, unsigned number, uint8_t flags,
                    uint16_t len)
{
	struct ipv4_hdr *ip = (struct ipv4_hdr *)(frame->bytes + 14);
	struct tcp_hdr *tcp = tcp_frame_hdr(frame);

	*frame = idle->template;
	frame->len = (uint16_t)(14 + sizeof(*ip) + sizeof(*tcp) + len);
	ip->total_len = be16((uint16_t)(sizeof(*ip) + sizeof(*tcp) + len));
	ip->src = be32(UINT32_C(198) << 24 | UINT32_C(18) << 16 | number / PORTS);
	ip->cksum = be16(0);
	ip->cksum = cksum_finish(cksum_add((cksum_t){0}, ip, sizeof(*ip)));
	tcp->src_port = be16((uint16_t)(1024 + number % PORTS));
	tcp->seq = be32(idle->peer[number].seq);
	tcp->ack = be32(idle->peer[number].ack);
	tcp->flags = flags;
	tcp_frame_finish(frame);
}

// The number of our SYN, which was sent last.
static uint32_t last_seq(const struct lab *lab)
{
	return be32_get(((const struct tcp_hdr *)(lab->queue->last + 14 + 20))->seq);
}

static void open_conns(struct idlers *idle)
{
	struct lab_frame frame;

	for (unsigned i = 0; i < idle->len; i++) {
		segment(idle, &frame, i, TCP_SYN, 0);
		idle->lab.queue->asking = true;
		lab_run(&idle->lab, &frame, 1);
		idle->lab.queue->asking = false;
		idle->peer[i] = (struct peer){1, last_seq(&idle->lab) + 1};
		segment(idle, &frame, i, TCP_ACK, 0);
		lab_run(&idle->lab, &frame, 1);
	}
	if (idle->opened != idle->len)
		measure_fail("tcp_idle: %ju of %u connections were opened", (uintmax_t)idle->opened,
		             idle->len);
}

static size_t resident_bytes(void)
{
	FILE *file = fopen("/proc/self/statm", "re");
	size_t pages = 0;

	if (!file || fscanf(file, "%*u %zu", &pages) != 1)
		measure_fail("/proc/self/statm cannot be read");
	fclose(file);
	return pages * (size_t)sysconf(_SC_PAGESIZE);
}

// What the process takes more, for each connection, since there was no stack.
static double open_stack(struct idlers *idle, unsigned conns)
{
	static const struct tcp_ops ops = {.opened = opened, .data = answer};
	struct tcp_listener_conf listener = {
	        .port = TCP_FRAME_PORT, .backlog = 64, .ops = &ops, .ctx = idle};
	size_t before;

	idle->len = conns;
	idle->opened = 0;
	// Touched before: the peers' state and the pages are no part of a connection.
	idle->peer = measure_alloc(conns * sizeof(*idle->peer));
	idle->conn = measure_alloc(conns * sizeof(*idle->conn));
	memset(idle->peer, 0, conns * sizeof(*idle->peer));
	memset(idle->conn, 0, conns * sizeof(*idle->conn));
	lab_device_open(&idle->device, 1);
	idle->device.tcp_conns = conns;
	tcp_frame_build(&idle->template, 0, &(struct tcp_hdr){.flags = TCP_SYN}, NULL, 0,
	                REQUEST_BYTES);
	before = resident_bytes();
	lab_open(&idle->lab, &idle->device, 0);
	if (tcp_listen(stack_tcp(idle->lab.stack), &listener, NULL))
		measure_fail("tcp_idle: the port cannot be listened at");
	open_conns(idle);
	return (double)(resident_bytes() - before) / conns;
}

// A burst of requests, each on another connection, then the acknowledgements of their answers.
static void prepare(struct idlers *idle)
{
	for (unsigned i = 0; i < ASKED; i++) {
		unsigned at = i % PIPELINE_BURST;
		struct lab_frame *frame = &idle->frames[2 * (i - at) + at];
		struct peer *peer;

		idle->asked[i] = at ? (idle->asked[i - 1] + idle->len / PIPELINE_BURST) % idle->len
		                    : (unsigned)rand_below(&idle->rand, idle->len);
		peer = &idle->peer[idle->asked[i]];
		segment(idle, frame, idle->asked[i], TCP_ACK | TCP_PSH, REQUEST_BYTES);
		peer->seq += REQUEST_BYTES;
		peer->ack += ANSWER_BYTES;
		segment(idle, frame + PIPELINE_BURST, idle->asked[i], TCP_ACK, 0);
	}
}

static void run_requests(void *ctx, unsigned slice)
{
	struct idlers *idle = ctx;
	uint64_t sent = idle->lab.queue->sent;

	prepare(idle);
	lab_run(&idle->lab, idle->frames, LAB_SLICE);
	if (idle->lab.queue->sent != sent + ASKED)
		measure_fail("tcp_idle: %ju answers to %u requests",
		             (uintmax_t)(idle->lab.queue->sent - sent), ASKED);
}

static void run_requests_device(void *ctx, unsigned slice)
{
	struct idlers *idle = ctx;

	prepare(idle);
	lab_run_device(&idle->lab, idle->frames, LAB_SLICE);
	for (unsigned i = 0; i < ASKED; i++) {
		idle->peer[idle->asked[i]].seq -= REQUEST_BYTES;
		idle->peer[idle->asked[i]].ack -= ANSWER_BYTES;
	}
}

// A turn at the next tick.
static void turn(struct idlers *idle)
{
	idle->lab.now = mono_add(idle->lab.now, WHEEL_TICK_US);
	pipeline_turn_at(&idle->lab.pipeline, idle->lab.now);
}

static void run_turns(void *ctx, unsigned slice)
{
	for (unsigned i = 0; i < TURNS; i++)
		turn(ctx);
}

// Keep-alives that began one after the other, as clients come.
static void begin_keepalives(struct idlers *idle)
{
	uint64_t each_us = SPREAD_US / idle->len, ahead_us = 0;

	for (unsigned i = 0; i < idle->len; i++) {
		tcp_set_keepalive(idle->conn[i], KEEPALIVE_S, 10, 5);
		for (ahead_us += each_us; ahead_us >= WHEEL_TICK_US; ahead_us -= WHEEL_TICK_US)
			turn(idle);
		if (i % BATCH_MAX == 0)
			pipeline_turn_at(&idle->lab.pipeline, idle->lab.now);
	}
	turn(idle);
}

// Of this thread, whatever else the core does.
static uint64_t processor_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

// The dearest turn until keep-alives are due.
static double dearest_us(struct idlers *idle)
{
	uint64_t turns = (KEEPALIVE_S * SEC_US - SPREAD_US - 2 * SEC_US) / WHEEL_TICK_US, most = 0;
	uint64_t before = processor_ns(), now;

	for (uint64_t i = 0; i < turns; i++, before = now) {
		turn(idle);
		now = processor_ns();
		if (now - before > most)
			most = now - before;
	}
	return (double)most / 1e3;
}

static void measure_idle(struct measure *measure, struct idlers *idle, unsigned conns)
{
	struct measure_case c = {.kind = "request",
	                         .names = conns,
	                         .slices = SLICES,
	                         .items = ASKED,
	                         .run = run_requests,
	                         .bare = run_requests_device,
	                         .ctx = idle};
	char note[100];

	snprintf(note, sizeof(note), "\"bytes\":%.1f", open_stack(idle, conns));
	c.note = note;
	measure_run(measure, &c);
	c = (struct measure_case){.kind = "turn",
	                          .names = conns,
	                          .slices = SLICES,
	                          .items = TURNS,
	                          .run = run_turns,
	                          .ctx = idle};
	measure_run(measure, &c);
	if (measure_wants(measure, "turn-keepalive")) {
		begin_keepalives(idle);
		snprintf(note, sizeof(note), "\"dearest_turn_us\":%.1f",
		         measure->counting ? 0 : dearest_us(idle));
		c.kind = "turn-keepalive";
		c.note = note;
		measure_run(measure, &c);
	}
	lab_close(&idle->lab);
	lab_device_close(&idle->device);
	free(idle->peer);
	free(idle->conn);
}

int main(int argc, char **argv)
{
	static const uint64_t sizes[] = {1000000, 0};
	static const struct measure_about about = {
	        .bench = "tcp_idle",
	        .text = "Measures a worker with so many idle TCP connections (--names): the bytes "
	                "of "
	                "memory that\n"
	                "each takes, with its place in the table; a turn without packets, a tick "
	                "after the last;\n"
	                "the same with a keep-alive of each, and the dearest of all turns until "
	                "they "
	                "are due; a\n"
	                "request of 16 bytes and its answer of 64 on any of them.\n",
	        .names = sizes,
	        .item = "turn or request",
	};
	static struct measure measure;
	static struct idlers idle;

	measure_open(&measure, &about, argv);
	idle.frames = measure_alloc(LAB_SLICE * sizeof(*idle.frames));
	rand_init(&idle.rand, 1);
	for (const uint64_t *conns = measure.names; *conns; conns++)
		measure_idle(&measure, &idle, (unsigned)*conns);
	free(idle.frames);
	measure_close(&measure);
	return 0;
}

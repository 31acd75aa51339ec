// tcp_worst: what the segments cost that are the most work for TCP: acknowledgements whose blocks
// of SACK are at the end of a comb of the most segments, data behind the most gaps, of which each
// is answered by an acknowledgement that looks at all of them, data that overlaps the most of what
// came before, and windows that shrink and open again.
#include "measure.h"
#include "tcp_frame.h"

#include "proto/tcpip/tcp/tcp.h"

#include <stdlib.h>
#include <string.h>

#define SLICES    16
#define SEGMENTS  256
#define SEG_BYTES 200
#define GAPS      120 // each with one byte behind it; a quarter of the pages is kept for others
#define OVER      4   // segments over all of them, as long as a frame of the lab
#define OVER_LEN  (2u * GAPS / OVER)

static const uint8_t sack_permitted[] = {2, 4, 5, 0xb4, 1, 1, 4, 2};
static struct tcp_conn *sender;

// Segments of SEG_BYTES, as many as there is room for.
static void send_more(struct tcp_conn *conn)
{
	struct tcp_data page;

	while (tcp_send_room(conn) > 0 && tcp_page(conn, &page)) {
		memset(page.bytes, 0, SEG_BYTES);
		page.len = SEG_BYTES;
		if (tcp_send_pages(conn, &page, 1) == 0)
			measure_fail("tcp_worst: a page is not taken");
	}
	(void)!tcp_send(conn, "", 1); // has `writable` follow
}

static void opened(void *ctx, struct tcp_conn *conn, mono_t now)
{
	sender = conn;
	if (ctx)
		send_more(conn);
}

static void writable(void *ctx, struct tcp_conn *conn, mono_t now)
{
	send_more(conn);
}

static const struct tcp_ops ops = {.opened = opened, .writable = writable};

struct worst {
	struct lab_device device;
	struct lab lab;
	struct lab_frame *frames;
	unsigned items; // frames of a slice
	bool moves;     // they are of other bytes each time
	uint32_t una;   // of what the server sends
	uint32_t nxt;   // of what the client does
};

static void open_worst(struct worst *worst, bool sends)
{
	struct tcp_listener_conf listener = {.port = TCP_FRAME_PORT,
	                                     .backlog = 1,
	                                     .ops = &ops,
	                                     .nodelay = true,
	                                     .ctx = sends ? worst : NULL};

	worst->frames = measure_alloc(LAB_SLICE * sizeof(*worst->frames));
	worst->items = LAB_SLICE;
	worst->moves = false;
	worst->nxt = 1;
	lab_device_open(&worst->device, 1);
	lab_open(&worst->lab, &worst->device, 0);
	if (tcp_listen(stack_tcp(worst->lab.stack), &listener, NULL))
		measure_fail("tcp_worst: the port cannot be listened at");
	worst->una = tcp_frame_open(&worst->lab, 1, sack_permitted, sizeof(sack_permitted));
}

static void close_worst(struct worst *worst)
{
	free(worst->frames);
	lab_close(&worst->lab);
	lab_device_close(&worst->device);
}

static struct tcp_info info(void)
{
	struct tcp_info found;

	tcp_info(sender, &found);
	return found;
}

static void acknowledge(struct worst *worst, struct lab_frame *frame, const void *options,
                        size_t options_len)
{
	tcp_frame_build(
	        frame, 1,
	        &(struct tcp_hdr){.seq = be32(1), .ack = be32(worst->una), .flags = TCP_ACK},
	        options, options_len, 0);
}

// Acknowledges until the window lets SEGMENTS out.
static void fill_window(struct worst *worst)
{
	struct lab_frame frame;

	for (unsigned i = 0; info().unacked < SEGMENTS; i++) {
		if (i == 1000)
			measure_fail("tcp_worst: %u segments are outstanding", info().unacked);
		worst->una += info().in_flight;
		acknowledge(worst, &frame, NULL, 0);
		lab_run(&worst->lab, &frame, 1);
		pipeline_turn_at(&worst->lab.pipeline, worst->lab.now);
	}
}

// An acknowledgement with four blocks of one segment each, the last of them number `last`.
static void comb(struct worst *worst, struct lab_frame *frame, unsigned last)
{
	uint8_t options[36] = {1, 1, 5, 34};

	for (unsigned i = 0; i < 4; i++) {
		uint32_t begin = worst->una + (last - 2 * i) * SEG_BYTES;

		*(be32_t *)(options + 4 + 8 * i) = be32(begin);
		*(be32_t *)(options + 8 + 8 * i) = be32(begin + SEG_BYTES);
	}
	acknowledge(worst, frame, options, sizeof(options));
}

// First each tooth is reported, so that each walk meets all of them; then the end again and again.
static void prepare_comb(struct worst *worst)
{
	fill_window(worst);
	for (unsigned last = 7; last < SEGMENTS; last += 8) {
		comb(worst, &worst->frames[0], last);
		lab_run(&worst->lab, worst->frames, 1);
	}
	if (info().sacked != SEGMENTS / 2)
		measure_fail("tcp_worst: %u segments are reported", info().sacked);
	for (unsigned i = 0; i < LAB_SLICE; i++)
		comb(worst, &worst->frames[i], SEGMENTS - 1);
	lab_run(&worst->lab, worst->frames, LAB_SLICE); // what is sent again is sent now
}

static void one_byte(struct worst *worst, struct lab_frame *frame, unsigned gap)
{
	tcp_frame_build(frame, 1,
	                &(struct tcp_hdr){.seq = be32(3 + 2 * gap),
	                                  .ack = be32(worst->una),
	                                  .flags = TCP_ACK},
	                NULL, 0, 1);
}

static void prepare_gaps(struct worst *worst)
{
	for (unsigned i = 0; i < GAPS; i++) {
		one_byte(worst, &worst->frames[0], GAPS - 1 - i);
		lab_run(&worst->lab, worst->frames, 1);
	}
	for (unsigned i = 0; i < LAB_SLICE; i++)
		one_byte(worst, &worst->frames[i], GAPS - 2);
}

// One byte behind each of the gaps, from the last one on, and then all of it in a few segments.
static void overlap(struct worst *worst, struct lab_frame *frames)
{
	struct tcp_hdr hdr = {.ack = be32(worst->una), .flags = TCP_ACK};

	for (unsigned i = 0; i < GAPS; i++) {
		hdr.seq = be32(worst->nxt + 1 + 2 * (GAPS - 1 - i));
		tcp_frame_build(&frames[i], 1, &hdr, NULL, 0, 1);
	}
	for (unsigned i = 0; i < OVER; i++) {
		hdr.seq = be32(worst->nxt);
		tcp_frame_build(&frames[GAPS + i], 1, &hdr, NULL, 0, OVER_LEN);
		worst->nxt += OVER_LEN;
	}
}

static void prepare_overlaps(struct worst *worst)
{
	worst->items = GAPS + OVER;
	worst->moves = true;
}

// With as much outstanding as there may be, and more to send.
static void prepare_shrinking(struct worst *worst)
{
	fill_window(worst);
	for (unsigned i = 0; i < LAB_SLICE; i++)
		tcp_frame_build(&worst->frames[i], 1,
		                &(struct tcp_hdr){.seq = be32(1),
		                                  .ack = be32(worst->una),
		                                  .flags = TCP_ACK,
		                                  .window = be16(i % 2 ? UINT16_MAX : 0)},
		                NULL, 0, 0);
}

static void run(void *ctx, unsigned slice)
{
	struct worst *worst = ctx;

	if (worst->moves)
		overlap(worst, worst->frames);
	lab_run(&worst->lab, worst->frames, worst->items);
}

// The same frames, which are made anew as well, but come to no one.
static void run_device(void *ctx, unsigned slice)
{
	struct worst *worst = ctx;
	uint32_t nxt = worst->nxt;

	if (worst->moves)
		overlap(worst, worst->frames);
	worst->nxt = nxt;
	lab_run_device(&worst->lab, worst->frames, worst->items);
}

static void measure_worst(struct measure *measure, const char *kind, bool sends,
                          void (*prepare)(struct worst *worst))
{
	static struct worst worst;

	if (!measure_wants(measure, kind))
		return;
	open_worst(&worst, sends);
	prepare(&worst);
	measure_run(measure, &(struct measure_case){.kind = kind,
	                                            .slices = SLICES,
	                                            .items = worst.items,
	                                            .run = run,
	                                            .bare = run_device,
	                                            .ctx = &worst});
	close_worst(&worst);
}

int main(int argc, char **argv)
{
	static const struct measure_about about = {
	        .bench = "tcp_worst",
	        .text = "Measures the segments that are the most work. Kinds: sack-comb (blocks of "
	                "SACK\nat the end of a comb of 256 segments), gaps (data behind 120 gaps, "
	                "which "
	                "came\nbefore), overlaps (a byte behind each of 120 gaps, in reverse, and "
	                "segments over\nall of them), shrinking (windows that shrink and open "
	                "while "
	                "256 segments are\noutstanding).\n",
	        .item = "segment",
	};
	static struct measure measure;

	measure_open(&measure, &about, argv);
	measure_worst(&measure, "sack-comb", true, prepare_comb);
	measure_worst(&measure, "gaps", false, prepare_gaps);
	measure_worst(&measure, "overlaps", false, prepare_overlaps);
	measure_worst(&measure, "shrinking", true, prepare_shrinking);
	measure_close(&measure);
	return 0;
}

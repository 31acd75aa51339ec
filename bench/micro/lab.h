// lab: a worker with its pipeline and stack, and a device of memory that hands over
// prepared frames and takes the replies. The device is like a NIC: each worker has a
// queue of it with a pool of pages, whose ring of posted pages is filled in turn, so that
// a page comes round after RING others, and a reply gives its page back to the pool.
#ifndef MICRO_LAB_H
#define MICRO_LAB_H

#include "core/host/pkt_watch.h"
#include "core/mono.h"
#include "core/rand.h"
#include "proto/tcpip/stack.h"

#define LAB_SERVER      "192.0.2.2"
#define LAB_GATEWAY     "192.0.2.1"
#define LAB_SERVER_MAC  "\x02\0\0\0\0\x02"
#define LAB_GATEWAY_MAC "\x02\0\0\0\0\x01"

#define LAB_RING       512
#define LAB_SLICE      1024 // frames of a slice of measure.h
#define LAB_QUEUES_MAX 2

// A frame that comes in, in two cache lines.
#define LAB_FRAME_MAX 126
struct lab_frame {
	CACHE_ALIGNED uint16_t len;
	uint8_t bytes[LAB_FRAME_MAX];
};

// Of one worker, in lines of its own.
struct lab_queue {
	CACHE_ALIGNED struct page_array pages;
	struct pkt *posted[LAB_RING];
	unsigned head;                      // of the ring
	const struct lab_frame *next, *end; // what comes in
	uint64_t sent;
	uint8_t last[PAGE_BYTES]; // of lab_ask
	uint16_t last_len;
	bool asking;
};

struct lab_device {
	struct netif netif;
	struct lab_queue queue[LAB_QUEUES_MAX];
	uint32_t tcp_conns; // of each worker; set when opened, and may be set before lab_open
};

struct lab {
	struct netif *netif;
	struct lab_queue *queue;
	struct pipeline pipeline;
	struct worker_metric metric;
	struct stack *stack;
	mono_t now;                 // stands still, so that no timer comes in between
	struct trace_ring *ring[2]; // of the traces; NULL: nothing is recorded
	struct pkt_watch *watch;    // NULL: none
};

// A device for so many workers; it outlives them.
void lab_device_open(struct lab_device *device, unsigned queues);
void lab_device_close(struct lab_device *device);

// The worker of a queue, at 192.0.2.2 and 2001:db8::2, that knows its gateway; the caller
// adds its listeners to the stack.
void lab_open(struct lab *lab, struct lab_device *device, unsigned queue);
void lab_close(struct lab *lab);

// Has the worker record what happens, as in an appliance, from now on.
void lab_trace(struct lab *lab);

// Has the worker watch packets, as for a client that captures, from now on.
void lab_watch(struct lab *lab, const struct pkt_filter *filter);

// A UDP datagram from a client behind the gateway, whose address and port are random.
void lab_frame_build(struct lab_frame *frame, struct rand *rand, bool ipv6, uint16_t port,
                     const void *payload, size_t len);

// The gateway asks by ARP who we are, from which a stack knows it.
void lab_gateway_asks(struct lab_frame *frame);

// Runs the loop until the frames came in and each was answered.
void lab_run(struct lab *lab, const struct lab_frame *frames, unsigned n);

// Only what the device does for that.
void lab_run_device(struct lab *lab, const struct lab_frame *frames, unsigned n);

// The UDP payload of the reply to one frame, good until the next; *len out.
const uint8_t *lab_ask(struct lab *lab, const struct lab_frame *frame, size_t *len);

#endif

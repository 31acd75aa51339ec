// lwip: Debian's liblwip in this process, with a server of TCP on it and a device of memory. The
// one place that includes its headers, whose names are also wadi's; neighbour: tcp_server.h.
#ifndef MICRO_LWIP_H
#define MICRO_LWIP_H

#include <stddef.h>
#include <stdint.h>

// The server answers each segment of data and closes when its client does.
struct lwip_conf {
	const uint8_t *mac;
	uint32_t address, mask, gateway; // IPv4, in network order
	uint16_t port, backlog;
	uint16_t answer_len;
	// The device's: a frame that is sent, in one piece; borrowed.
	void (*sent)(void *ctx, const void *frame, size_t len);
	void *ctx;
};

struct lwip_counts {
	uint64_t answered, closed; // requests, connections
};

// Loads the library, by itself: the names of its functions stay its own. Ends the program when it
// is missing. Once in a process; the conf is borrowed.
void lwip_open(const struct lwip_conf *conf);

// A frame comes in: a copy in a pbuf of the pool, as a driver makes it. What follows is sent before
// it returns.
void lwip_receive(const void *frame, size_t len);

// Only what the device does for that: the pbuf and the copy.
void lwip_receive_device(const void *frame, size_t len);

struct lwip_counts lwip_counts(void);

#endif

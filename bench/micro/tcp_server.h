// tcp_server: a server of TCP that answers each segment of data with 64 bytes and closes when
// its client does, behind a device of memory: wadi's own, or lwIP, with which it is compared.
// The clients are frames (tcp_frame.h).
#ifndef MICRO_TCP_SERVER_H
#define MICRO_TCP_SERVER_H

#include "lab.h"

#define TCP_SERVER_ANSWER_BYTES 64

struct tcp_server {
	const char *name;
	// Has the frames come in one after the other, and sends what follows from them.
	void (*run)(struct tcp_server *server, const struct lab_frame *frames, unsigned n);
	// Only what the device does for that.
	void (*run_device)(struct tcp_server *server, const struct lab_frame *frames, unsigned n);
	uint64_t sent;               // frames
	uint64_t answered, closed;   // requests, connections
	uint8_t last[LAB_FRAME_MAX]; // the begin of the frame that was sent last, in tcp_server_ask
	bool asking;
};

// wadi's, with or without a trace; ends the program when it cannot be opened. One at a time.
struct tcp_server *tcp_server_wadi(bool traced);
void tcp_server_wadi_close(void);

// Debian's liblwip, by its callbacks (its "raw API"), in the thread of the caller. Ends the program
// when the library is missing. Once in a process.
struct tcp_server *tcp_server_lwip(void);

// Has one frame come in; returns the sequence number that is next after the segment sent last.
uint32_t tcp_server_ask(struct tcp_server *server, const struct lab_frame *frame);

// The handshake of a client that the seed chooses; returns the number of our first byte. The
// client's is 1.
uint32_t tcp_server_open(struct tcp_server *server, uint64_t seed);

#endif

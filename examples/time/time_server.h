// time_server: answers with the time over UDP, by the protocols of RFC 868 (a binary
// number) and RFC 867 (a line of text). The data path reads no clock: a timer of each
// worker prepares the answers once a second. Neighbour: main.c, the appliance.
#ifndef TIME_SERVER_H
#define TIME_SERVER_H

#include <wadi/wadi.h>

#define TIME_TEXT_BYTES 64

// What one worker answers with. Only that worker reads and writes it.
struct time_server {
	struct wheel *wheel;
	struct wheel_timer timer;
	uint8_t number[4];          // RFC 868: seconds since 1900, big-endian
	char text[TIME_TEXT_BYTES]; // RFC 867
	uint16_t text_len;
};

// Listens at both ports of the stack, and prepares the first answers. 0, or negative errno
// with a sentence in why. The server is the caller's, and must stay until the stack has
// taken its last turn. Reads the kernel's clock: call it where that is allowed, as in
// worker_open.
int time_server_open(struct time_server *server, struct stack *stack, struct wheel *wheel,
                     uint16_t number_port, uint16_t text_port, struct why *why) MUST_CHECK;

// After the last turn: disarms the timer. The listeners end with the stack.
void time_server_close(struct time_server *server);

#endif

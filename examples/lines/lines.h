// lines: a small service of text lines over TCP, whose clients share a room. Its handlers run in
// the control thread, so clients of all workers meet in one list. Neighbours: main.c, the
// appliance and its configuration; descriptor.c, the same port's neighbour for libraries.
#ifndef LINES_H
#define LINES_H

#include <wadi/wadi.h>

#define LINES_BUFFER_BYTES 1024 // longest line, and 2

struct lines_conf {
	uint64_t port, echo_port, clients, idle_s, keepalive_s;
};

struct lines_client;

// All of it is used in the control thread alone.
struct lines {
	const struct lines_conf *conf;
	struct control_loop *loop;
	struct lines_client *first; // all clients
	uint64_t now, ever;         // clients
	uint64_t unheard;           // lines that a client had no room for
};

// The ctx is a struct lines.
extern const struct channel_ops lines_ops;

// descriptor.c: sends back what comes, by read(2) and write(2). The ctx is a struct lines.
extern const struct channel_ops descriptor_ops;

#endif

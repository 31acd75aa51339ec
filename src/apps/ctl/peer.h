// peer: the appliance that wadi-ctl asks, at the other end of a Unix socket or of a
// guest's console. A console is shared with log lines and the kernel: the request
// carries an id, and of all that comes only the marked line with that id is the
// reply (core/host/session.h). Neighbour: guest.c, which finds the console.
#ifndef CTL_PEER_H
#define CTL_PEER_H

#include "core/base.h"
#include "core/host/json.h"
#include "core/mono.h"
#include "core/why.h"

#include <termios.h>

#define PEER_REPLY_BYTES_MAX ((size_t)16 << 20)
#define PEER_SOCKET_MS       10000 // of silence; long work gives signs of life (boot/pulse.h)
#define PEER_CONSOLE_MS      20000
#define PEER_TRIES           3 // a line on a console may be damaged by another

struct peer {
	int fd;
	const char *name; // for messages; borrowed
	bool console;
	int wait_ms;           // of silence, then the peer is given up
	int wake;              // a descriptor that is readable ends the waiting; 0: none
	mono_t alive;          // when the peer began to be asked, or gave the last sign of life
	struct termios before; // of the console, given back at the end
	char *text;            // what came and is not looked at yet
	size_t len, size;
};

// Opens a socket, or a terminal device, by its path; wait_ms 0: PEER_SOCKET_MS or
// PEER_CONSOLE_MS. 0, or a negative errno with a sentence in why.
int peer_open(struct peer *peer, const char *path, int wait_ms, struct why *why) MUST_CHECK;
void peer_close(struct peer *peer);

// Asks and waits for the reply, an object of the caller's. NULL with a sentence in
// why. The request is borrowed; over a console it gets an id.
json_t *peer_ask(struct peer *peer, json_t *request, struct why *why) MUST_CHECK;

#endif

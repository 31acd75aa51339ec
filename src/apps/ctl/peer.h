// peer: the appliance that wadi-ctl asks, at the other end of a Unix socket or of a
// guest's console. A console is shared with log lines and the kernel: the request
// carries an id, and of all that comes only the marked line with that id is the
// reply (core/host/session.h). Neighbour: guest.c, which finds the console.
#ifndef CTL_PEER_H
#define CTL_PEER_H

#include "core/base.h"
#include "core/host/json.h"
#include "core/why.h"

#include <termios.h>

#define PEER_REPLY_BYTES_MAX ((size_t)16 << 20)
#define PEER_SOCKET_MS       300000 // a reload of large zones takes its time
#define PEER_CONSOLE_MS      20000  // of silence
#define PEER_TRIES           3      // a line on a console may be damaged by another

struct peer {
	int fd;
	const char *name; // for messages; borrowed
	bool console;
	int wait_ms;
	struct termios before; // of the console, given back at the end
	char *text;            // what came and is not looked at yet
	size_t len, size;
};

// Opens a socket, or a terminal device, by its path. 0, or a negative errno with a
// sentence in why. wait_ms may then be changed.
int peer_open(struct peer *peer, const char *path, struct why *why) MUST_CHECK;
void peer_close(struct peer *peer);

// Asks and waits for the reply, an object of the caller's. NULL with a sentence in
// why. The request is borrowed; over a console it gets an id.
json_t *peer_ask(struct peer *peer, json_t *request, struct why *why) MUST_CHECK;

#endif

// control: requests from people and tools: JSON lines over a Unix stream socket,
// several clients at a time, and over a guest's console, served from the control
// thread's poll loop. What the commands do is command.c's.
//
// A console carries log lines, too, so a reply there begins with the byte 0x1e
// (RFC 7464); a request may also be a plain word, "status", for a person at the
// console, whose reply is a table.
#ifndef BOOT_CONTROL_H
#define BOOT_CONTROL_H

#include "core/host/json.h"
#include "core/mono.h"
#include "core/why.h"

#include <poll.h>

#define CONTROL_CLIENTS_MAX   8
#define CONTROL_REQUEST_BYTES 8192                // with the path of a file
#define CONTROL_CONSOLE       CONTROL_CLIENTS_MAX // the console's place among clients
#define CONTROL_FDS_MAX       (CONTROL_CLIENTS_MAX + 2)
#define CONTROL_REPLY_MARK    '\x1e'
#define CONTROL_PATH_BYTES    108 // of sockaddr_un

// The reply to a sound request object, both owned as Jansson does: the request
// borrowed, the reply a new reference, never NULL.
typedef json_t *control_fn(void *ctx, json_t *request);

struct control_client {
	int fd; // -1: free
	mono_t heard;
	size_t request_len;
	char request[CONTROL_REQUEST_BYTES];
	char *reply; // what is still to be sent, from reply_at
	size_t reply_at, reply_len;
};

struct control {
	int fd; // -1: no socket
	control_fn *fn;
	void *ctx;
	bool made_folder;
	char path[CONTROL_PATH_BYTES];
	struct control_client client[CONTROL_CLIENTS_MAX + 1];
};

// Binds the socket at path, its folder made when missing, a file that a dead
// process left replaced; "" opens nothing. 0, or negative errno with a sentence
// in why.
int control_open(struct control *control, const char *path, control_fn *fn, void *ctx,
                 struct why *why) MUST_CHECK;

// Removes what control_open made. Harmless on what never was open if fd is -1.
void control_close(struct control *control);

// Takes over a connected stream socket, for tests and inherited sockets.
void control_add(struct control *control, int fd, mono_t now);

// Serves a console, whose descriptor never waits and is control's from now on.
void control_add_console(struct control *control, int fd, mono_t now);

// Fills fds with what to poll for; returns how many. Then serves them.
unsigned control_poll(const struct control *control, struct pollfd fds[CONTROL_FDS_MAX]);
void control_serve(struct control *control, const struct pollfd *fds, unsigned len, mono_t now);

#endif

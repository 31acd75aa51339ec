// control: the ways to a session (core/host/session.h) with an appliance: a Unix
// stream socket for several clients, and a guest's console. Their descriptors are in
// the control loop. What the commands do is command.c's.
#ifndef BOOT_CONTROL_H
#define BOOT_CONTROL_H

#include "core/host/control_loop.h"
#include "core/host/session.h"
#include "core/why.h"

#define CONTROL_CLIENTS_MAX 8
#define CONTROL_CONSOLE     CONTROL_CLIENTS_MAX // the console's place among clients
#define CONTROL_PATH_BYTES  108                 // of sockaddr_un

struct control_conf {
	struct control_loop *loop; // outlives the control
	const char *path;          // of the socket; "": none
	session_fn *fn;            // answers each request, with ctx
	void *ctx;
};

struct control;

struct control_client {
	struct control_watch watch; // fd -1: the place is free
	struct control *control;
	mono_t heard; // when the client last sent or took anything
	struct session session;
};

struct control {
	struct control_conf conf;
	struct control_watch listener; // fd -1: no socket
	bool listening, made_folder;
	char path[CONTROL_PATH_BYTES];
	struct control_client client[CONTROL_CLIENTS_MAX + 1];
};

// Binds the socket, makes its folder when missing, and replaces a file that a dead
// process left. 0, or negative errno with a sentence in why.
int control_open(struct control *control, const struct control_conf *conf,
                 struct why *why) MUST_CHECK;

// Hangs up on all clients and removes what control_open made. Harmless when
// control_open failed, and on all zeros.
void control_close(struct control *control);

// Takes over a connected stream socket. When no place is free, the client that has
// been silent longest is hung up on.
void control_add(struct control *control, int fd, mono_t now);

// Takes over a console's descriptor, which does not block.
void control_add_console(struct control *control, int fd, mono_t now);

#endif

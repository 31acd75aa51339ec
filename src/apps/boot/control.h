// control: the ways to a session (core/host/session.h) with an appliance: a Unix
// stream socket for several clients, and a guest's console. Their descriptors are in
// the control loop. What the commands do is command.c's.
#ifndef BOOT_CONTROL_H
#define BOOT_CONTROL_H

#include "apps/boot/pulse.h"
#include "core/host/control_loop.h"
#include "core/host/session.h"
#include "core/why.h"

#define CONTROL_CLIENTS_MAX 8
#define CONTROL_CONSOLE     CONTROL_CLIENTS_MAX // the console's place among clients
#define CONTROL_PATH_BYTES  108                 // of sockaddr_un
#define CONTROL_MODE        0660                // of the socket, unless configured
#define CONTROL_SIGN_US     (1 * SEC_US)        // between signs of life

// The process at the other end.
struct control_peer {
	bool console; // a person or dom0, at the guest's console; otherwise:
	uid_t uid;
	pid_t pid;        // 0: unknown
	uint64_t session; // another for each connection, from 1 on
};

// As session_fn.
typedef json_t *control_fn(void *ctx, json_t *request, const struct control_peer *peer);

struct control_conf {
	struct control_loop *loop; // outlives the control
	const char *path;          // of the socket; "": none
	control_fn *fn;            // answers each request, with ctx
	void *ctx;
	unsigned mode; // of the socket; 0: CONTROL_MODE
	// A descriptor that listens at the path for another process, too, to be duplicated; 0:
	// there is none, and the socket is made.
	int listener;
	// A client is about to be hung up on; its peer is not valid any more afterwards. NULL:
	// no function is called.
	void (*gone)(void *ctx, const struct control_peer *peer);
	uint64_t sign_us; // between signs of life while fn runs; 0: CONTROL_SIGN_US
};

struct control;

#define CONTROL_FDS_MAX 250 // of one message; SCM_MAX_FD is 253

struct control_client {
	struct control_watch watch; // fd -1: the place is free
	// Descriptors that are sent with the next byte; borrowed until then.
	const int *fds;
	unsigned fds_len;
	struct control *control;
	struct control_peer peer;
	mono_t heard; // when the client last sent or took anything
	struct session session;
};

struct control {
	struct control_conf conf;
	struct control_watch listener; // fd -1: no socket
	bool listening, made_folder;
	bool shared; // another process listens at the socket, too: it is not removed
	// Held back for a client that comes when descriptors have run out; -1: in use by one.
	int spare;
	bool complained; // that they have
	char path[CONTROL_PATH_BYTES];
	struct pulse pulse;
	uint64_t sessions; // so far
	FILE *users;       // account.h
	struct control_client client[CONTROL_CLIENTS_MAX + 1];
};

// Binds the socket, makes its folder when missing, and replaces a file that a dead
// process left. Does not wait. 0, or negative errno with a sentence in why.
int control_open(struct control *control, const struct control_conf *conf,
                 struct why *why) MUST_CHECK;

// Gives the socket to a user and a group, as account.h reads them; "": unchanged.
// Other groups than those of the process need CAP_CHOWN. 0, or negative errno with a
// sentence in why.
int control_give(const struct control *control, const char *owner, const char *group,
                 struct why *why) MUST_CHECK;

// Hangs up on all clients and removes what control_open made, unless the socket is shared with
// another process. Harmless when control_open failed, and on all zeros.
void control_close(struct control *control);

// Within conf.fn: sends len descriptors, at most CONTROL_FDS_MAX, with the first byte of the
// reply. They are borrowed, and have to stay open and in place until the peer is gone or asks
// again.
void control_send_fds(const struct control_peer *peer, const int *fds, unsigned len);

// Stops accepting clients, which wait at the socket, and accepts them again. 0 or a negative
// errno.
void control_pause(struct control *control);
int control_resume(struct control *control) MUST_CHECK;

// From now on the socket is this process's alone, or another's, too.
void control_share(struct control *control, bool shared);

// "root (uid 0, pid 4711)", "the console".
void control_peer_text(const struct control *control, const struct control_peer *peer, char *text,
                       size_t size);

// Takes over a connected stream socket. When no place is free, the client that has
// been silent longest is hung up on.
void control_add(struct control *control, int fd, mono_t now);

// Takes over a console's descriptor, which does not block.
void control_add_console(struct control *control, int fd, mono_t now);

#endif

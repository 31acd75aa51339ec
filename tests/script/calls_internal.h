// calls_internal: what calls.c (sockets) shares with calls_io.c (bytes) and
// calls_option.c (options and poll).
#ifndef SCRIPT_CALLS_INTERNAL_H
#define SCRIPT_CALLS_INTERNAL_H

#include "calls.h"

#define CALLS_ARGS 8

// One attempt at a call. A function returns what the call does, 0 or more or a negative
// errno; -EAGAIN with may_block set: it waits.
struct calls_try {
	struct calls *calls;
	struct why *why;
	const struct script_value *arg[CALLS_ARGS];
	unsigned args;
	bool may_block;
	bool refused;  // why has the reason
	bool mismatch; // what the call gave back is not what the script expects; why has both
	bool makes_fd; // the result is a descriptor
	bool datagram, epoll, file;
};

typedef int64_t calls_fn(struct calls_try *try);

// Marks the script as refused; returns -ENOSYS.
int64_t calls_refuse(struct calls_try *try, const char *fmt, ...) PRINTF(2, 3);

// Notes a difference; the call's result is returned by the caller as it is.
void calls_differ(struct calls_try *try, const char *fmt, ...) PRINTF(2, 3);

// The number of an argument; 0 with the script refused when it has none.
int64_t calls_arg(struct calls_try *try, unsigned arg);

// The descriptor that the first argument names, or NULL; of a socket, or any.
struct calls_fd *calls_arg_fd(struct calls_try *try);
struct calls_fd *calls_arg_any(struct calls_try *try);

// A socket address, or what `otherwise` has for "...".
bool calls_arg_endpoint(struct calls_try *try, unsigned arg, struct target_endpoint otherwise,
                        struct target_endpoint *endpoint);

// Notes when the call ends, which waits that long; negative: until something happens.
void calls_wait(struct calls_try *try, int64_t timeout_ms);

// A member of a structure by its name; NULL when it has none.
const struct script_value *calls_member(const struct script_value *value, const char *field);

// The value as scripts write it, cut when it is long (calls_text.c).
#define CALLS_TEXT_BYTES 100
const char *calls_text(const struct script_value *value, char text[CALLS_TEXT_BYTES]);

calls_fn calls_read, calls_readv, calls_recvmsg;                // calls_io.c
calls_fn calls_write, calls_writev, calls_sendmsg;              // calls_io.c
calls_fn calls_open, calls_sendfile;                            // calls_io.c
calls_fn calls_getsockopt, calls_setsockopt;                    // calls_option.c
calls_fn calls_poll, calls_fcntl, calls_ioctl;                  // calls_option.c
calls_fn calls_epoll_create, calls_epoll_ctl, calls_epoll_wait; // calls_epoll.c

#endif

// target: what a script is played against: a stack with sockets on virtual time. The
// runner (run.c, calls.c) knows it by this table only; wadi's own is in target_wadi.c, the
// one of the runner's tests in run_test.c.
#ifndef SCRIPT_TARGET_H
#define SCRIPT_TARGET_H

#include "script.h"

struct target_endpoint {
	struct addr addr; // IPv4 as the mapped form, whatever the socket's family
	uint16_t port;
};

// The value of a socket option; text is "" when it is a number. more is the second
// number of struct linger.
struct target_option {
	int64_t number, more;
	char text[32];
};

// Requests of MSG_ZEROCOPY whose bytes are not needed any more, by their numbers.
struct target_done {
	uint32_t first, last;
	bool copied; // the bytes were sent from a copy
};

// A socket of the stack, whether a descriptor is left or not.
struct target_socket {
	const char *state; // as RFC 9293 has it
	struct target_endpoint local, remote;
	bool ipv4; // when the local address is any
};

// Calls return 0 or more, or a negative errno: -EAGAIN when a socket that blocks would wait,
// -ENOSYS when the target does not have what the script uses, which refuses the script.
struct target_ops {
	const char *name;
	void (*close)(void *ctx);

	// A setting as sysctl has it ("net.ipv4.tcp_sack"), before or between events. 0, or
	// -ENOSYS with the reason.
	int (*setting)(void *ctx, const char *name, const char *value, struct why *why);

	uint64_t (*now_us)(void *ctx);

	// Gives the stack an IP packet, now, and lets it react.
	void (*deliver)(void *ctx, const uint8_t *bytes, size_t len);

	// Moves time to the next instant at which the stack does something, but not beyond
	// until_us, and lets it.
	void (*step)(void *ctx, uint64_t until_us);

	// The next IP packet that was sent, with when; 0 when there is none.
	size_t (*take)(void *ctx, uint8_t *bytes, size_t size, uint64_t *at_us);

	int (*socket)(void *ctx, bool ipv6, int type, int protocol);
	int (*bind)(void *ctx, int fd, const struct target_endpoint *local);
	int (*listen)(void *ctx, int fd, int backlog);
	int (*accept)(void *ctx, int fd);
	// -EINPROGRESS when the handshake has begun; poll then says when it is over, and the
	// option SO_ERROR how.
	int (*connect)(void *ctx, int fd, const struct target_endpoint *remote);
	// to is NULL, or where a datagram goes.
	int64_t (*send)(void *ctx, int fd, const uint8_t *bytes, size_t len, int flags,
	                const struct target_endpoint *to);
	int64_t (*recv)(void *ctx, int fd, uint8_t *bytes, size_t len, int flags);
	int (*shutdown)(void *ctx, int fd, int how);
	int (*close_socket)(void *ctx, int fd);
	int (*set_option)(void *ctx, int fd, int level, int name,
	                  const struct target_option *value);
	int (*get_option)(void *ctx, int fd, int level, int name, struct target_option *value);
	int (*ioctl)(void *ctx, int fd, int64_t request, int64_t *value);
	int (*poll)(void *ctx, int fd); // events that are true, POLLIN and the like

	// MSG_ZEROCOPY: all that was sent until now and is in no other request is one, whose
	// number is the next. Without SO_ZEROCOPY nothing happens. 0, or -ENOBUFS.
	int (*hold)(void *ctx, int fd);
	// The requests that are done since the last call that took them; -EAGAIN: none are.
	int (*done)(void *ctx, int fd, bool take, struct target_done *done);

	// The sockets from 0 on; false behind the last one.
	bool (*socket_at)(void *ctx, unsigned i, struct target_socket *socket);

	// A field of tcp_info; false when it is not known.
	bool (*info)(void *ctx, int fd, const char *name, long double *value);
};

struct target {
	const struct target_ops *ops;
	void *ctx;
};

// Makes a target for one run; 0, or a negative errno with the reason.
typedef int target_open_fn(struct target *target, const struct script_conf *conf, struct why *why);

#endif

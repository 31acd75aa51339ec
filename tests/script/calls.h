// calls: the system calls of a script: reads their arguments, makes them on a target, and
// compares results. One may block at a time, as scripts have it.
#ifndef SCRIPT_CALLS_H
#define SCRIPT_CALLS_H

#include "target.h"

#define CALLS_FDS     32
#define CALLS_EPOLLS  4
#define CALLS_WATCHES 8 // descriptors of one

enum calls_status {
	CALLS_PASSED,
	CALLS_FAILED,  // the result is not what the script expects; why has both
	CALLS_REFUSED, // why has the reason
	CALLS_BLOCKED, // calls_again is to be called after the target did something
};

// A descriptor of the script.
struct calls_fd {
	bool used, nonblock, datagram;
	bool epoll, file;       // no socket of the target's
	bool inq;               // TCP_INQ: messages tell how much more waits
	int live;               // the target's; of epoll its number
	uint64_t read, written; // of the streams (packet_byte)
};

// A descriptor that epoll watches.
struct calls_watch {
	int64_t fd, events;
	int64_t last;      // events when it was looked at
	uint64_t received; // bytes until then
	uint64_t done;     // and requests of MSG_ZEROCOPY
	bool off;          // until EPOLL_CTL_MOD
};

struct calls_epoll {
	unsigned len;
	struct calls_watch watch[CALLS_WATCHES];
};

struct calls {
	const struct script_conf *conf;
	struct target *target;
	struct calls_fd fd[CALLS_FDS]; // by the script's number
	int current;    // the target's socket that was accepted or connected last; -1
	bool listened;  // a socket began to listen; cleared by the reader
	bool connected; // a socket began to connect; cleared by the reader
	struct target_endpoint remote; // where to
	// The call that blocks.
	const struct script_call *call;
	uint64_t since_us;
	uint64_t wake_us; // when its own time-out ends it; 0: never
	uint64_t done;    // bytes that it has sent
	bool begun;
	unsigned epolls;
	struct calls_epoll epoll[CALLS_EPOLLS];
};

void calls_init(struct calls *calls, const struct script_conf *conf, struct target *target);

enum calls_status calls_start(struct calls *calls, const struct script_call *call, struct why *why);
enum calls_status calls_again(struct calls *calls, struct why *why);

// The number that a value stands for, words and "|" included; false when it has none.
bool calls_number(const struct script_value *value, int64_t *number) MUST_CHECK;

#endif

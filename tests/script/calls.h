// calls: the system calls of a script: reads their arguments, makes them on a target, and
// compares results. One may block at a time, as scripts have it.
#ifndef SCRIPT_CALLS_H
#define SCRIPT_CALLS_H

#include "target.h"

#define CALLS_FDS 32

enum calls_status {
	CALLS_PASSED,
	CALLS_FAILED,  // the result is not what the script expects; why has both
	CALLS_REFUSED, // why has the reason
	CALLS_BLOCKED, // calls_again is to be called after the target did something
};

// A descriptor of the script.
struct calls_fd {
	bool used, nonblock, datagram;
	int live;               // the target's
	uint64_t read, written; // of the streams (packet_byte)
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
	uint64_t done; // bytes that it has sent
	bool begun;
};

void calls_init(struct calls *calls, const struct script_conf *conf, struct target *target);

enum calls_status calls_start(struct calls *calls, const struct script_call *call, struct why *why);
enum calls_status calls_again(struct calls *calls, struct why *why);

// The number that a value stands for, words and "|" included; false when it has none.
bool calls_number(const struct script_value *value, int64_t *number) MUST_CHECK;

#endif

// conns: the TCP connections of all workers, for `wadi-ctl tcp`, and at the end of the process. A
// worker looks at its own, some at a time between its turns, so that a million of them delay no
// packet for long.
#ifndef BOOT_CONNS_H
#define BOOT_CONNS_H

#include "apps/boot/worker.h"
#include "core/host/json.h"
#include "core/host/task.h"
#include "proto/tcpip/tcp/tcp.h"

#define CONNS_LISTED  100
#define CONNS_AT_ONCE 64

// At the end, how long connections have for what is in progress, and, from the same instant on,
// their peers to acknowledge it.
#define CONNS_ANSWER_US (100 * MS_US)
#define CONNS_LEAVE_US  (200 * MS_US)

// What a worker is asked for; it is the worker's while its task is out.
struct conns_job {
	struct task task;  // lists some
	struct task leave; // ends some
	struct tcp *tcp;
	uint32_t from;
	unsigned len;
	struct tcp_row row[CONNS_AT_ONCE];
	uint32_t leave_from;
	enum tcp_leave how;
	enum tcp_accept accept;
	struct tcp_left left; // of those that were looked at
	struct tcp_left said; // by the last look at all
	mono_t heard;         // when that was, or when the first look began
	bool behind;          // the last look has not come to all
};

// All zeros is valid.
struct conns {
	struct conns_job *job; // of each worker
	unsigned len;
};

struct conns_wanted {
	struct addr peer; // addr_is_any: all
	uint64_t most;    // rows
};

// Adds "tcp", a list of rows, and "more" when there are more than wanted. 0; -ENOMEM or
// -ETIMEDOUT with a sentence in why, the latter when a worker takes no turns.
int conns_report(struct conns *conns, struct worker *workers, unsigned len,
                 const struct conns_wanted *wanted, json_t *reply, struct why *why) MUST_CHECK;

// Has all workers look at their connections by tcp_leave, and accept others or not from then on.
// Returns what is left. A worker that does not answer in CONNS_ANSWER_US, such as one whose thread
// does not get its core, counts with what it said before, at least with one that is in progress;
// after two seconds it counts as one that hangs, with nothing.
struct tcp_left conns_look(struct conns *conns, struct worker *workers, unsigned len,
                           enum tcp_leave how, enum tcp_accept accept);

// Ends all connections, while the workers run: what is in progress has CONNS_ANSWER_US. Returns
// when all peers have acknowledged their end, or after CONNS_LEAVE_US. No others are accepted.
void conns_leave(struct conns *conns, struct worker *workers, unsigned len, enum tcp_accept accept);

// The workers have stopped.
void conns_close(struct conns *conns);

#endif

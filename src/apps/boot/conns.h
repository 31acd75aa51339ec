// conns: the TCP connections of all workers, for `wadi-ctl tcp`. A worker lists its own, some at
// a time between its turns, so that a million of them delay no packet for long.
#ifndef BOOT_CONNS_H
#define BOOT_CONNS_H

#include "apps/boot/worker.h"
#include "core/host/json.h"
#include "core/host/task.h"
#include "proto/tcpip/tcp/tcp.h"

#define CONNS_LISTED  100
#define CONNS_AT_ONCE 64

// What a worker is asked for; it is the worker's while its task is out.
struct conns_job {
	struct task task;
	const struct tcp *tcp;
	uint32_t from;
	unsigned len;
	struct tcp_row row[CONNS_AT_ONCE];
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

// The workers have stopped.
void conns_close(struct conns *conns);

#endif

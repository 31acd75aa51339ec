// top_talkers: the clients that ask most, for `wadi-ctl top-talkers`: has each worker count the
// clients, prefixes, names or zones of what comes in a table of its own (core/talkers.h) for a
// while, and merges the tables. A service counts what its clients ask (struct service_talkers); in
// an appliance without such a service, or when asked to, workers count packets as they come from
// the interfaces. While nothing is counted a packet costs nothing.
#ifndef BOOT_TOP_TALKERS_H
#define BOOT_TOP_TALKERS_H

#include "apps/boot/services.h"
#include "apps/boot/worker.h"
#include "core/host/json.h"
#include "core/host/task.h"

#define TOP_TALKERS_ROWS  20
#define TOP_TALKERS_S     5
#define TOP_TALKERS_S_MAX 86400

struct top_talkers;

// One worker's part. `on` is what it is asked to do; what it does is its own thread's.
struct top_talkers_job {
	struct task task;
	struct top_talkers *all;
	struct worker *worker;
	struct talkers *talkers; // its table
	_Atomic bool on;
	bool counts; // the worker's
	struct pipeline_watch watch;
};

// All zeros is valid.
struct top_talkers {
	struct top_talkers_job *job; // of each worker; NULL: nothing was counted yet
	struct talkers *table;       // likewise
	unsigned len;
	struct control_loop *loop;
	const struct service_talkers *of; // NULL: packets
	unsigned service;                 // whose that is
	enum talkers_by by;
	bool counting;
	mono_t begun, ended;
	struct wheel_timer due; // to end it
};

// The workers and their services, which run.
struct top_talkers_env {
	struct control_loop *loop;
	const struct services *services;
	struct worker *workers;
	unsigned workers_len;
};

// What is to be counted, and for how long.
struct top_talkers_wanted {
	enum talkers_by by;
	bool packets; // also where a service counts something else
	uint64_t seconds;
};

// Reads "[client|prefix|name|zone] [SECONDS] [packets]". 0, or -EINVAL with a sentence in why.
int top_talkers_parse(struct top_talkers_wanted *wanted, const char *const *args, unsigned len,
                      struct why *why) MUST_CHECK;

// Begins to count, from zero. 0, or negative errno with a sentence in why: -EBUSY while it counts,
// -ETIMEDOUT when a worker takes no turns.
int top_talkers_begin(struct top_talkers *all, const struct top_talkers_env *env,
                      const struct top_talkers_wanted *wanted, struct why *why) MUST_CHECK;

// Ends before its time; what was counted stays. No effect when nothing is counted.
void top_talkers_end(struct top_talkers *all);

// Adds what was counted, with up to `most` rows. Workers do not count while their tables are read.
// 0, or negative errno with a sentence in why: -ENOENT when nothing was ever counted.
int top_talkers_report(struct top_talkers *all, unsigned most, json_t *reply,
                       struct why *why) MUST_CHECK;

// The workers have stopped, the loop has not ended yet.
void top_talkers_close(struct top_talkers *all);

#endif

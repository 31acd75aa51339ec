// intent_verify: the command `verify`: has the worker read the tables of each switch with intents,
// and lists what differs from what is intended. Nothing is changed.
#ifndef APPS_SDN_INTENT_VERIFY_H
#define APPS_SDN_INTENT_VERIFY_H

#include "apps/sdn/sdn_switches.h"
#include "core/host/task.h"

// What the worker is asked for; it is the worker's while its task is out.
struct intent_verify {
	struct task task;
	struct sdn_switches *of;
	struct pipeline *pipeline;
	bool begin;    // to read; else copies of one switch what was found
	uint32_t from; // the place in the table of switches; UINT32_MAX: no more
	bool pending;  // the switch has not answered yet
	uint64_t datapath_id;
	uint32_t differs;
	char text[INTENT_APPLY_DRIFT_BYTES];
};

// Both are borrowed until intent_verify_fini.
void intent_verify_init(struct intent_verify *verify, struct sdn_switches *of,
                        struct pipeline *pipeline);
void intent_verify_fini(struct intent_verify *verify);

// As of struct service_command: "drift", a row for each flow or meter, and "verified", how many
// switches were read.
int intent_verify_run(struct intent_verify *verify, json_t *reply, struct why *why);

#endif

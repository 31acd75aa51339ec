// run_internal: the runner's state, which run.c (time, calls, code) and run_packet.c (packets)
// share. Times are the script's: microseconds since its first event.
#ifndef SCRIPT_RUN_INTERNAL_H
#define SCRIPT_RUN_INTERNAL_H

#include "calls.h"
#include "code.h"
#include "flow.h"
#include "run.h"

#define RUN_FLOWS 16

struct run {
	const struct script *script;
	const struct script_event *event; // the current one
	struct target *target;
	struct why *why;
	enum run_result result;
	struct calls calls;
	struct code_vars vars;
	uint64_t start_us; // the target's time at the script's 0
	// The event before: when it was due, and whether it was a packet to the stack.
	int64_t last_us;
	bool last_in, any_before;
	// The call that blocks, with when it is to end; NULL: none.
	const struct script_event *blocked;
	int64_t blocked_end_us;
	struct flow *flow[RUN_FLOWS]; // the last one is what packets without ports are of
	unsigned flows;
	bool fresh; // the next packet begins a flow
	uint16_t next_port;
	uint8_t bytes[PACKET_BYTES];
};

int64_t run_now(const struct run *run);

// Sets the result, unless there is one, and why to "FILE:LINE: reason"; returns false.
bool run_end(struct run *run, enum run_result result, int line, const char *fmt, ...) PRINTF(4, 5);

// One step of the target, not beyond until_us, and what a blocked call makes of it.
bool run_step(struct run *run, int64_t until_us);

// Steps until the time has come.
bool run_until(struct run *run, int64_t us);

// When the current event is due, and until when.
void run_due(const struct run *run, int64_t *from_us, int64_t *to_us);

// Whether something happened when it was due, within the tolerance.
bool run_check_time(struct run *run, int line, const char *what, int64_t from_us, int64_t to_us,
                    int64_t at_us);

// The current event, a packet to the stack, or one that it should send.
bool run_packet_in(struct run *run);
bool run_packet_out(struct run *run);

// A socket has begun to connect: its first segment will begin a flow.
bool run_packet_connect(struct run *run);

#endif

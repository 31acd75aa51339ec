// of_switch_internal: what of_switch.c and of_switch_reply.c share.
#ifndef BENCH_OF_SWITCH_INTERNAL_H
#define BENCH_OF_SWITCH_INTERNAL_H

#include "proto/bench/of_switch.h"

// Codes of errors; those of BAD_REQUEST are the same in all versions.
#define OF_SWITCH_BAD_VERSION      0
#define OF_SWITCH_BAD_TYPE         1
#define OF_SWITCH_BAD_MULTIPART    2
#define OF_SWITCH_BAD_EXPERIMENTER 3
#define OF_SWITCH_BAD_LENGTH       6
#define OF_SWITCH_BUFFER_UNKNOWN   8
#define OF_SWITCH_INCOMPATIBLE     0  // HELLO_FAILED
#define OF_SWITCH_OUT_OF_GROUPS    3  // GROUP_MOD_FAILED
#define OF_SWITCH_OUT_OF_METERS    11 // METER_MOD_FAILED
#define OF_SWITCH_ROLE_STALE       0  // ROLE_REQUEST_FAILED

// A message as it came, and decoded.
struct of_switch_request {
	const struct of_msg *msg;
	struct span bytes;
};

// Writes a message.
void of_switch_put(struct of_switch *sw, const struct of_msg *msg, struct fill *out);

// Writes an error about a request, of which it has the first bytes.
void of_switch_error(struct of_switch *sw, uint16_t type, uint16_t code, const struct span *request,
                     struct fill *out);

// Answers any message but hello, flow mods, packet-outs and replies.
void of_switch_reply(struct of_switch *sw, const struct of_switch_request *request,
                     struct fill *out);

#endif

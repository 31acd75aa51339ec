// of_switch: the switch's end of an OpenFlow connection, for a switch that only exists to ask its
// controller: bytes of the controller and the time in, bytes to be sent and counts out. It does the
// handshake, answers every request as a switch without flows, groups and meters of its own does,
// and sends packet-ins of its hosts (of_hosts.h), of which it knows where each has to go.
//
// A packet-in is answered when the packet leaves the switch: by a flow mod or a packet-out with its
// buffer, or by a packet-out with the packet in it. Of 1.3 and later a switch has no packet-in
// before the controller has added a flow to the controller, whose max_len says whether packets are
// buffered (1.3.5 section 5.4). The flow table is not kept: the next packet of the same hosts is a
// packet-in again.
//
// Its neighbour of_conn.h is the controller's end, with which this shares the codec and nothing
// else, so that a mistake in one is seen by the other.
#ifndef BENCH_OF_SWITCH_H
#define BENCH_OF_SWITCH_H

#include "core/mono.h"
#include "proto/bench/of_hosts.h"
#include "proto/bench/of_tally.h"
#include "proto/openflow/of_msg.h"

#define OF_SWITCH_WINDOW_MAX 32768

// Bytes of room that of_switch_input needs before it reads a message, and the other functions in
// any case.
#define OF_SWITCH_INPUT_ROOM OF_MESSAGE_MAX_BYTES
#define OF_SWITCH_ROOM       256

// Of all switches of a worker; read only.
struct of_switch_conf {
	struct of_hosts hosts;
	enum of_version version;
	uint32_t window;      // packet-ins outstanding at a switch; 1 to OF_SWITCH_WINDOW_MAX
	uint64_t timeout_us;  // after which a packet-in is lost; below 2^31
	uint64_t echo_us;     // between echo requests; 0: none are sent
	uint64_t datapath_id; // of switch 0
	bool unbuffered;      // packet-ins have the whole packet, whatever the controller asks for
};

enum of_switch_state {
	OF_SWITCH_CLOSED,
	OF_SWITCH_HELLO, // sent, the controller's has not come
	OF_SWITCH_SETUP, // the features were not asked for, or there is no flow to the controller
	OF_SWITCH_READY,
	OF_SWITCH_BROKEN, // to be closed by the caller
};

// A packet-in that was sent, by the lower bits of its number.
struct of_switch_slot {
	uint32_t number;
	uint32_t due_us, sent_us; // lower halves of instants
	uint8_t state;            // enum of_switch_slot_state of of_switch.c
};

struct of_switch {
	const struct of_switch_conf *conf; // borrowed, as are the next three
	struct of_tally *tally;
	struct of_switch_slot *slots; // of_switch_slots(window)
	uint8_t *gather;              // OF_MESSAGE_MAX_BYTES, for a message that straddles parts
	uint32_t number;              // of the switch
	uint32_t gathered;
	uint32_t next;        // number of the next packet-in
	uint32_t outstanding; // packet-ins
	uint32_t slot_mask;
	uint32_t xid;
	uint32_t echo_xid; // of the echo request without an answer, if waits_echo
	mono_t echo_sent;
	uint64_t miss_cookie, generation_id;
	uint32_t role;
	uint16_t flags, miss_send_len; // as configured
	uint16_t packet_bytes;         // of a packet in a packet-in
	uint8_t state;                 // enum of_switch_state
	bool has_features, has_miss;   // what the state waits for has come
	bool buffered, waits_echo, has_generation;
	counter_t answered; // as of the tally, by this switch
};

// Slots for a window: a power of two, at least twice as many.
uint32_t of_switch_slots(uint32_t window) PURE;

// A switch without a connection.
void of_switch_init(struct of_switch *sw, const struct of_switch_conf *conf, struct of_tally *tally,
                    uint32_t number, struct of_switch_slot *slots, uint8_t *gather);

// A connection was opened: writes the hello. What is outstanding of the one before is lost.
void of_switch_open(struct of_switch *sw, struct fill *out, mono_t now);

// The connection ended.
void of_switch_close(struct of_switch *sw);

// Reads messages off part, which follows those before, and writes what they are answered by; stops
// with bytes left in part when out has less room than OF_SWITCH_INPUT_ROOM. False: the controller
// breaks the protocol; send what was written and close.
bool of_switch_input(struct of_switch *sw, struct span *part, struct fill *out,
                     mono_t now) MUST_CHECK;

// Whether a packet-in may be sent now.
static inline bool of_switch_may_ask(const struct of_switch *sw)
{
	return sw->state == OF_SWITCH_READY && sw->role != OF_ROLE_SLAVE &&
	       sw->outstanding < sw->conf->window;
}

// Writes a packet-in, of_switch_may_ask provided, that was due at that instant.
void of_switch_ask(struct of_switch *sw, mono_t due, struct fill *out, mono_t now);

// What is due: packet-ins that are lost are found, and an echo request is written. A quarter of the
// time-out is often enough.
void of_switch_tick(struct of_switch *sw, struct fill *out, mono_t now);

#endif

// sdn_poll: reads the counters of a switch's ports and tables from time to time. One reading at a
// time of each kind: a switch that answers slowly is asked less often, one that refuses not again.
#ifndef APPS_SDN_SDN_POLL_H
#define APPS_SDN_SDN_POLL_H

#include "core/mono.h"
#include "proto/openflow/of_conn.h"

// Tags of requests, beside those of sdn_session, intent_apply, sdn_dump and sdn_role.
enum { SDN_POLL_PORTS = 150, SDN_POLL_TABLES, SDN_POLL_ROOM, SDN_POLL_END };

static inline bool sdn_poll_has(uint32_t tag)
{
	return tag >= SDN_POLL_PORTS && tag < SDN_POLL_END;
}

struct sdn_poll_tables {
	uint64_t entries, entries_max; // flows, and room for them; entries_max 0: not reported
	uint64_t lookups, matches;
};

// A reading of one kind.
struct sdn_poll_question {
	bool out;     // a reply is awaited
	bool refused; // the switch does not report this
};

// Of a switch. All zeros: nothing was read.
struct sdn_poll {
	mono_t due, asked;
	uint64_t answer_us; // from a question about ports until the answer; 0: none yet
	struct sdn_poll_question question[SDN_POLL_END - SDN_POLL_PORTS]; // by tag
	bool tables_known;
	struct sdn_poll_tables tables, reading; // of the last whole reading; of the one that comes
	// From 1.3 on the room is not among the counters. It is read once, as it does not change.
	bool room_known;
	uint64_t room, room_reading;
	// Packet-ins a second, between the last two ticks of the interval.
	uint64_t packet_ins, packet_ins_per_s;
	mono_t at; // 0: never
	bool rated;
};

struct sdn_switch;

// Once a second: asks, if it is due.
void sdn_poll_tick(struct sdn_switch *sw, mono_t now);

// A reply with one of the tags; NULL: none comes, and `refused` says that the switch refused.
void sdn_poll_reply(struct sdn_switch *sw, const struct of_msg *msg, bool refused, mono_t now);

#endif

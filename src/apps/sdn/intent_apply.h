// intent_apply: intents on connected switches. When a switch comes, when the configuration was
// read again, and when something may be wrong, its flows and meters are read, compared with what
// is intended, and what differs is sent: as one bundle where the switch has bundles.
#ifndef APPS_SDN_INTENT_APPLY_H
#define APPS_SDN_INTENT_APPLY_H

#include "apps/sdn/intent_conf.h"
#include "core/mono.h"
#include "core/rate.h"
#include "proto/openflow/of_conn.h"
#include "proto/sdn/sdn_learn.h"
#include "proto/sdn/sdn_reach.h"

// The intents of one configuration. Made and freed by the control thread, which swaps them;
// workers read.
struct intent_set {
	struct arena arena;
	struct sdn_intent intent;
	uint64_t number; // of the configuration that they are of, from 1
	uint64_t digest; // of what they say: the same on each controller that has the same
};

// A copy of what was configured; NULL without memory.
struct intent_set *intent_apply_set(const struct intent_conf *conf, uint64_t number) MUST_CHECK;
void intent_apply_set_free(struct intent_set *set);

// Tags of requests, beside those of sdn_session.
enum { INTENT_APPLY_FLOWS = 100, INTENT_APPLY_METERS, INTENT_APPLY_GROUPS, INTENT_APPLY_FEATURES };

// Text about what differs, in lines; what does not fit is left out.
#define INTENT_APPLY_DRIFT_BYTES 16384

// Of a switch. All zeros: it has no intents.
struct intent_apply {
	bool active;            // intents say what it does
	bool verifying;         // the tables that are read are compared, not mended
	uint8_t due;            // replies that have not come, bits
	uint32_t differs;       // what was not as intended when it was read last
	uint64_t set_number;    // of the intents that were applied last
	struct sdn_tables read; // while replies are due
	char *drift;            // what differed, when it was verified last; NULL: it never was

	struct rate answers; // of routers
	mono_t since;        // it is `active`

	// With sdn.topology.
	bool is_taught;         // hosts were learned from its flows
	bool is_settled;        // the network was known well enough for its first tables
	bool is_flat;           // it has one table
	bool is_sent;           // `sent` is what it has, as far as the controller sent it
	bool is_dirty;          // hosts have changed since then
	bool select_watches;    // of groups, as struct sdn_known
	uint32_t groups;        // kinds that it has, bits
	struct sdn_reach view;  // that its tables are of
	struct sdn_tables sent; // with room for flows of hosts to come
};

struct sdn_switch;

// Begins to read the switch's tables; false: no intents are for it, and it has none of them.
bool intent_apply_begin(struct sdn_switch *sw, bool verify, mono_t now);

// A reply with one of the tags above. True: all have come, and what is to be sent was queued, or
// sw->recheck is set.
bool intent_apply_reply(struct sdn_switch *sw, const struct of_msg *msg, mono_t now);

// One of the replies will not come: the switch refused it, or is silent. As intent_apply_reply;
// false: the switch is asked again later, unless there are replies to come.
bool intent_apply_failed(struct sdn_switch *sw, bool refused, mono_t now);

// What is known of the switch and its view, without stations; borrowed.
void intent_apply_known(const struct sdn_switch *sw, struct sdn_known *known);

// Notes flows that are about to be sent beside `sent`. False: there is no room.
bool intent_apply_note(struct sdn_switch *sw, const struct sdn_tables *tables) MUST_CHECK;

// Makes the tables of a switch again, of which is_sent, and sends what differs from what was sent.
void intent_apply_refresh(struct sdn_switch *sw, mono_t now);

// Whether other intents than those that were applied are for the switch now.
bool intent_apply_is_stale(const struct sdn_switch *sw);

// A packet whose source the switch does not know.
void intent_apply_packet(struct sdn_switch *sw, const struct of_packet_in *in, mono_t now);

// The switch is gone.
void intent_apply_end(struct sdn_switch *sw);

#endif

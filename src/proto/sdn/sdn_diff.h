// sdn_diff: what makes the installed tables of a switch the intended ones: the fewest messages, in
// an order in which traffic goes on between any two of them.
//
// First, from the last table to the first, flows are added and modified by descending priority;
// then, from the first table to the last, those that are too many are deleted by ascending
// priority. So at each moment each table does with a packet either what the installed one did or
// what the intended one does, never a third thing:
//
//   - when a flow that is new decides, all intended flows above it are there already: it decides
//     for the intended table, too. When an old one decides, no old one is above it: it decided
//     before as well.
//   - when an old flow is deleted, all old ones below it are gone: the next one is intended.
//   - no flow leads to a table that does not have what the flow needs there.
//   - groups and meters are there before the flows that use them, and go after those: a flow that
//     names a group which is not there is refused, and the deletion of a group takes its flows with
//     it (section 6.7.1).
//
// A packet for which no table's decision changes never notices. One for which several tables'
// decisions change may meet old and new ones mixed, unless the switch takes all in one bundle.
#ifndef SDN_SDN_DIFF_H
#define SDN_SDN_DIFF_H

#include "proto/sdn/sdn_intent.h"

enum sdn_diff_kind {
	SDN_DIFF_METER_ADD,
	SDN_DIFF_METER_MODIFY,
	SDN_DIFF_GROUP_ADD,
	SDN_DIFF_GROUP_MODIFY,
	SDN_DIFF_ADD,
	SDN_DIFF_REPLACE, // an add that takes a flow's place, also its counters
	SDN_DIFF_MODIFY,  // of actions; counters are kept
	SDN_DIFF_DELETE,
	SDN_DIFF_GROUP_DELETE,
	SDN_DIFF_METER_DELETE,
};

struct sdn_diff_change {
	uint8_t kind;                // enum sdn_diff_kind
	bool barrier;                // before it: a switch may reorder what no barrier separates
	const struct sdn_flow *flow; // the intended one; of a delete, the installed one
	const struct sdn_flow *was;  // of a replace and a modify
	const struct sdn_group *group;
	const struct sdn_meter *meter;
};

// The changes from installed to intended flows, both sorted by sdn_flow_sort, and meters. Flows
// that are not owned (sdn_flow_owned) are replaced where an intended one has to be, and otherwise
// left alone, and so are groups (sdn_group_owned); meters are all owned. Returns how many changes
// there are, of which the first max were stored: with too little room, nothing may be sent. Changes
// refer to both tables.
uint32_t sdn_diff(const struct sdn_tables *installed, const struct sdn_tables *intended,
                  struct sdn_diff_change *changes, uint32_t max);

// The message for a change, as sdn_flow_message.
enum of_fault sdn_diff_message(const struct sdn_diff_change *change, uint8_t version,
                               struct sdn_scratch *scratch, struct of_msg *msg) MUST_CHECK;

// "add table 1, priority 60000: ... -> drop (acl "guests", rule 3)". before: the intents that the
// installed tables were made of; NULL: they were read from a switch.
void sdn_diff_text(const struct sdn_intent *intent, const struct sdn_intent *before,
                   const struct sdn_diff_change *change, struct of_text *text);

// As sdn_diff_text, but says what was found on a switch: "missing: table 1, ...", "changed: ...",
// "not intended: ...", "in the place of another's: ...".
void sdn_diff_text_drift(const struct sdn_intent *intent, const struct sdn_diff_change *change,
                         struct of_text *text);

// Whether changes concern several tables, so that without a bundle a packet may meet old and new
// decisions mixed.
bool sdn_diff_mixes(const struct sdn_diff_change *changes, uint32_t len) PURE;

#endif

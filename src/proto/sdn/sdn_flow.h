// sdn_flow: a flow and a meter in the form in which intended ones are made, compared with those of
// a switch, traced and printed. It has the fields and actions that intents use; a switch's flow
// with anything else is marked as odd. sdn_flow_read.c makes it of a switch's reply,
// sdn_flow_write.c makes messages of it.
#ifndef SDN_SDN_FLOW_H
#define SDN_SDN_FLOW_H

#include "core/addr.h"
#include "proto/openflow/of_match.h"
#include "proto/openflow/of_msg.h"
#include "proto/openflow/of_text.h"

// Fields of a packet, in network order, with the port that received it. As in the match of
// OpenFlow 1.0, ICMP's type and code are ports, ARP's operation is a protocol, and its protocol
// addresses are addresses.
struct sdn_key {
	be32_t in_port;
	be16_t vlan; // 0: no tag; else OXM_VLAN_PRESENT and the VLAN id
	be16_t eth_type;
	uint8_t eth_dst[6], eth_src[6];
	be16_t src_port, dst_port;
	uint8_t ip_proto;
	uint8_t zero[7];
	uint8_t src[16], dst[16]; // IPv4 and ARP: the first four bytes
};
_Static_assert(sizeof(struct sdn_key) == 64, "size of struct sdn_key");

#define SDN_KEY_WORDS 8

union sdn_bits {
	struct sdn_key key;
	uint64_t word[SDN_KEY_WORDS];
};

// A packet matches when it has the value's bits where the mask is set. The value is zero elsewhere.
struct sdn_match {
	union sdn_bits value, mask;
};

// Sets a field of a match, exact.
#define SDN_MATCH_SET(match, field, to)                                                            \
	do {                                                                                       \
		(match)->value.key.field = (to);                                                   \
		memset(&(match)->mask.key.field, 0xff, sizeof((match)->mask.key.field));           \
	} while (0)

static inline void sdn_match_mac(uint8_t value[6], uint8_t mask[6], const uint8_t mac[6])
{
	memcpy(value, mac, 6);
	memset(mask, 0xff, 6);
}

// Sets the source or destination of a match, and the eth_type of its family. Host bits of the
// prefix are left out.
void sdn_flow_match_prefix(struct sdn_match *match, bool source, struct prefix prefix);

static inline bool sdn_match_has(const struct sdn_match *match, const struct sdn_key *key)
{
	union sdn_bits bits = {.key = *key};
	uint64_t differs = 0;

	for (unsigned i = 0; i < SDN_KEY_WORDS; i++)
		differs |= (bits.word[i] ^ match->value.word[i]) & match->mask.word[i];
	return differs == 0;
}

// Whether some packet matches both.
static inline bool sdn_match_overlaps(const struct sdn_match *a, const struct sdn_match *b)
{
	uint64_t differs = 0;

	for (unsigned i = 0; i < SDN_KEY_WORDS; i++)
		differs |=
		        (a->value.word[i] ^ b->value.word[i]) & a->mask.word[i] & b->mask.word[i];
	return differs == 0;
}

enum sdn_action_type {
	SDN_OUTPUT,      // number: the port; OF_PORT_IN_PORT
	SDN_CONTROLLER,  // number: bytes of the packet that are sent
	SDN_PUSH_VLAN,   // adds a tag; number: its VLAN id
	SDN_SET_VLAN,    // number: the VLAN id
	SDN_POP_VLAN,    // removes the tag
	SDN_SET_ETH_SRC, // mac
	SDN_SET_ETH_DST, // mac
	SDN_DEC_TTL,
	SDN_GROUP, // number: the group's; as an output, by one of its buckets
};

// Of a flow. The flood of a network takes one for each port.
#define SDN_ACTIONS_MAX 1024

struct sdn_action {
	uint8_t type; // enum sdn_action_type
	uint8_t mac[6];
	uint8_t zero;
	uint32_t number;
};

// What made a flow or meter, for people: an item of the intents.
enum sdn_origin_kind {
	SDN_ORIGIN_NONE,
	SDN_ORIGIN_SYSTEM, // part: enum sdn_system
	SDN_ORIGIN_PORT,
	SDN_ORIGIN_ACL, // part: the rule's number from 1, 0: what it does otherwise
	SDN_ORIGIN_NETWORK,
	SDN_ORIGIN_ROUTER, // part: the route's number from 1, 0: its addresses and networks
	SDN_ORIGIN_HOST,
	SDN_ORIGIN_LIMIT,
	SDN_ORIGIN_WAY, // item: the destination's number among the intents' switches
};

struct sdn_origin {
	uint8_t kind;  // enum sdn_origin_kind
	uint16_t part; // of the item
	uint32_t item; // its index; of a port its number
};

struct sdn_flow {
	struct sdn_match match;
	uint64_t cookie;
	uint16_t priority;
	uint8_t table, next; // next: the table it goes to; 0: none
	// Of a switch: has match fields, or actions and time-outs, that are not represented here.
	bool odd_match, odd;
	struct sdn_origin origin;
	uint32_t meter;                   // 0: none
	uint32_t actions_len;             // 0, and no next: drops
	const struct sdn_action *actions; // borrowed
	struct of_match raw;              // of a switch's flow, as it was read; borrowed
};

struct sdn_meter {
	uint32_t id, rate_kbps, burst_kbits;
	struct sdn_origin origin;
};

#define SDN_BUCKETS_MAX 8

struct sdn_bucket {
	uint32_t port;
	bool pop_vlan; // before the packet leaves
};

// Ports of which a packet takes one: sdn_group.h has its functions.
struct sdn_group {
	uint64_t key; // of intended ones: what it is for
	uint32_t id;
	uint8_t type; // enum of_group_type: SELECT or FF
	bool watches; // buckets whose port has no link are passed over
	bool odd;     // of a switch: is something that no intent makes
	uint8_t buckets_len;
	struct sdn_bucket buckets[SDN_BUCKETS_MAX];
	struct sdn_origin origin;
};

// Flows, groups and meters of a switch, in memory of the caller's. What does not fit is counted and
// not stored, so that a second try with enough memory can follow.
struct sdn_tables {
	struct sdn_flow *flows;
	struct sdn_action *actions;
	struct sdn_group *groups;
	struct sdn_meter *meters;
	uint32_t flows_max, actions_max, groups_max, meters_max;
	uint32_t flows_len, actions_len, groups_len, meters_len; // may be more than were stored
};

static inline bool sdn_tables_full(const struct sdn_tables *tables)
{
	return tables->flows_len > tables->flows_max || tables->actions_len > tables->actions_max ||
	       tables->groups_len > tables->groups_max || tables->meters_len > tables->meters_max;
}

// Adds a flow, with a copy of its actions.
void sdn_flow_add(struct sdn_tables *tables, const struct sdn_flow *flow);
void sdn_flow_add_meter(struct sdn_tables *tables, const struct sdn_meter *meter);

// The order of flows in which a switch's are walked: by table, then descending priority, then the
// match. 0: they take each other's place.
int sdn_flow_order(const struct sdn_flow *a, const struct sdn_flow *b) PURE;

// Sorts the flows, all of which were stored, in that order, or another one.
void sdn_flow_sort(struct sdn_tables *tables);

typedef int sdn_flow_order_fn(const struct sdn_flow *a, const struct sdn_flow *b);
void sdn_flow_sort_by(struct sdn_tables *tables, sdn_flow_order_fn *order);

// Whether both do the same with a packet that matches.
bool sdn_flow_acts_as(const struct sdn_flow *a, const struct sdn_flow *b) PURE;

// Flows of intents have this in their cookie; the rest names the origin.
#define SDN_COOKIE_INTENT UINT64_C(0x77696e7400000000)
#define SDN_COOKIE_MASK   UINT64_C(0xffffffff00000000)

static inline bool sdn_flow_owned(const struct sdn_flow *flow)
{
	return (flow->cookie & SDN_COOKIE_MASK) == SDN_COOKIE_INTENT;
}

// Adds a flow of a switch's reply to a FLOW request. Its match is borrowed.
void sdn_flow_read(struct sdn_tables *tables, const struct of_flow_stats *stats);

// As sdn_flow_read, for a meter of a METER_CONFIG reply.
void sdn_flow_read_meter(struct sdn_tables *tables, const struct of_meter_config *config);

// "table 1, priority 60000: in_port=3,ip_proto=6,tcp_dst=22 -> drop", without a line's end.
void sdn_flow_text(const struct sdn_flow *flow, struct of_text *text);

// Of these, "in_port=3,ip_proto=6" and "output:2,go to table 3".
void sdn_flow_text_match(const struct sdn_flow *flow, struct of_text *text);
void sdn_flow_text_actions(const struct sdn_flow *flow, struct of_text *text);

// The match fields, in the form of 1.5, into out: out->bad if they do not fit. False: there are
// bits that no match field expresses, such as a port's of no protocol.
bool sdn_flow_match(const struct sdn_match *match, struct fill *out) MUST_CHECK;

// Memory for a message's match and lists.
struct sdn_scratch {
	uint8_t match[256], actions[SDN_ACTIONS_MAX * 24], instructions[SDN_ACTIONS_MAX * 24 + 64];
};

// The flow_mod with this command (enum of_flow_mod_command), in the form of a version; it refers
// to scratch and to flow. OF_FAULT_INEXPRESSIBLE: the version, or the scratch, lacks something.
enum of_fault sdn_flow_message(const struct sdn_flow *flow, uint8_t command, uint8_t version,
                               struct sdn_scratch *scratch, struct of_msg *msg) MUST_CHECK;

// Of every meter of intents: its rate is in kbit/s, its burst is set.
#define SDN_METER_FLAGS 5u

enum sdn_meter_command { SDN_METER_ADD, SDN_METER_MODIFY, SDN_METER_DELETE };

enum of_fault sdn_flow_message_meter(const struct sdn_meter *meter, uint8_t command,
                                     uint8_t version, struct sdn_scratch *scratch,
                                     struct of_msg *msg) MUST_CHECK;

#endif

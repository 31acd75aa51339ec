// of_list: what a decoded message does not copy: bytes, matches, and lists of actions, ports, flows
// and the like, each a view of the message that it came in. A list was checked as a whole when its
// message was decoded; its items are decoded one by one, so that no message needs memory.
#ifndef OPENFLOW_OF_LIST_H
#define OPENFLOW_OF_LIST_H

#include "proto/openflow/of_fault.h"
#include "proto/openflow/of_wire.h"

// Borrowed bytes.
struct of_bytes {
	const uint8_t *p;
	uint32_t len;
};

// Kinds of lists: the name of the family, its functions' prefix, the struct of an item.
#define OF_FAMILY_LIST(X)                                                                          \
	X(ACTION, action)                                                                          \
	X(INSTRUCTION, instruction)                                                                \
	X(BUCKET, bucket)                                                                          \
	X(BAND, band)                                                                              \
	X(PROPERTY, property)                                                                      \
	X(PORT, port)                                                                              \
	X(QUEUE, queue)                                                                            \
	X(COUNTER, counter)                                                                        \
	X(DESC, desc)                                                                              \
	X(FLOW_REQUEST, flow_request)                                                              \
	X(FLOW_STATS, flow_stats)                                                                  \
	X(FLOW_LIGHT, flow_light)                                                                  \
	X(AGGREGATE, aggregate)                                                                    \
	X(TABLE_STATS, table_stats)                                                                \
	X(PORT_REQUEST, port_request)                                                              \
	X(PORT_STATS, port_stats)                                                                  \
	X(QUEUE_REQUEST, queue_request)                                                            \
	X(QUEUE_STATS, queue_stats)                                                                \
	X(GROUP_REQUEST, group_request)                                                            \
	X(GROUP_STATS, group_stats)                                                                \
	X(GROUP_DESC, group_desc)                                                                  \
	X(GROUP_FEATURES, group_features)                                                          \
	X(METER_REQUEST, meter_request)                                                            \
	X(METER_STATS, meter_stats)                                                                \
	X(METER_CONFIG, meter_config)                                                              \
	X(METER_FEATURES, meter_features)                                                          \
	X(TABLE_FEATURES, table_features)                                                          \
	X(TABLE_DESC, table_desc)                                                                  \
	X(QUEUE_DESC, queue_desc)                                                                  \
	X(MONITOR_REQUEST, monitor_request)                                                        \
	X(FLOW_UPDATE, flow_update)                                                                \
	X(CONTROLLER, controller)                                                                  \
	X(BUNDLE_REQUEST, bundle_request)                                                          \
	X(BUNDLE_FEATURES, bundle_features)                                                        \
	X(EXPERIMENT, experiment)                                                                  \
	X(OPAQUE, opaque)

enum of_family {
#define X(NAME, name) OF_FAMILY_##NAME,
	OF_FAMILY_LIST(X)
#undef X
	        OF_FAMILIES,
};

// Items in the form of a version. All zero: an empty list.
struct of_list {
	const uint8_t *p;
	uint32_t len;
	uint8_t version, family;
};

// Match fields in the form of a version: a struct of10_match, or OXM without what surrounds it.
// All zero: matches every packet.
struct of_match {
	const uint8_t *p;
	uint16_t len;
	uint8_t version;
};

// The items that f holds, as a list of a message that is to be encoded. Items of another version
// than the message's are converted when it is.
static inline struct of_list of_list_of(enum of_family family, enum of_version version,
                                        const struct fill *f)
{
	return (struct of_list){f->start, (uint32_t)fill_len(f), (uint8_t)version, (uint8_t)family};
}

// The next item of a list that was checked, into the struct of its family (of_item.h, which has
// typed functions of both); false at its end.
bool of_list_next(struct of_list *list, void *item);

// Appends an item to out in the form of a version. On a fault, out is as it was.
enum of_fault of_list_put(struct fill *out, enum of_family family, enum of_version version,
                          const void *item);

#endif

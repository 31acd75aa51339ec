// sdn_group: groups of a switch (section 5.10): the ports that lead to another switch, of which a
// packet takes one. A group of shortest paths spreads flows over them (SELECT); one of a path and
// its spares takes the first whose port has a link (FF), so that the switch mends the loss of a
// link by itself. Ids are of a range of our own: groups outside of it are left alone.
#ifndef SDN_SDN_GROUP_H
#define SDN_SDN_GROUP_H

#include "proto/sdn/sdn_flow.h"

#define SDN_GROUP_OWNER UINT32_C(0x77000000)
#define SDN_GROUP_MASK  UINT32_C(0xff000000)

static inline bool sdn_group_owned(uint32_t id)
{
	return (id & SDN_GROUP_MASK) == SDN_GROUP_OWNER;
}

// Adds the group, under an id of our range that follows from its key, or the next that no group of
// these tables has; the id is set in it.
void sdn_group_add(struct sdn_tables *tables, struct sdn_group *group);

// The group with the id; with the key. NULL: none.
const struct sdn_group *sdn_group_find(const struct sdn_tables *tables, uint32_t id) PURE;
const struct sdn_group *sdn_group_find_key(const struct sdn_tables *tables, uint64_t key) PURE;

// Whether both do the same with a packet.
bool sdn_group_eq(const struct sdn_group *a, const struct sdn_group *b) PURE;

// Adds a group of a switch's reply to a GROUP_DESC request.
void sdn_group_read(struct sdn_tables *tables, const struct of_group_desc *desc);

enum sdn_group_command { SDN_GROUP_ADD, SDN_GROUP_MODIFY, SDN_GROUP_DELETE };

// The group_mod, in the form of a version; it refers to scratch. 1.0 has none.
enum of_fault sdn_group_message(const struct sdn_group *group, enum sdn_group_command command,
                                uint8_t version, struct sdn_scratch *scratch,
                                struct of_msg *msg) MUST_CHECK;

// "group 0x77000001: select of output:2, output:3".
void sdn_group_text(const struct sdn_group *group, struct of_text *text);

#endif

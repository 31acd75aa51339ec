// sdn_group: see the header.
#include "proto/sdn/sdn_group.h"

#define NO_BUCKET UINT32_MAX // of a command that concerns all of them (section 7.3.4.3)

const struct sdn_group *sdn_group_find(const struct sdn_tables *tables, uint32_t id)
{
	for (uint32_t i = 0; i < tables->groups_len && i < tables->groups_max; i++)
		if (tables->groups[i].id == id)
			return &tables->groups[i];
	return NULL;
}

const struct sdn_group *sdn_group_find_key(const struct sdn_tables *tables, uint64_t key)
{
	for (uint32_t i = 0; i < tables->groups_len && i < tables->groups_max; i++)
		if (tables->groups[i].key == key)
			return &tables->groups[i];
	return NULL;
}

static void group_put(struct sdn_tables *tables, const struct sdn_group *group)
{
	if (tables->groups_len++ < tables->groups_max)
		tables->groups[tables->groups_len - 1] = *group;
}

void sdn_group_add(struct sdn_tables *tables, struct sdn_group *group)
{
	uint32_t number = (uint32_t)group->key & ~SDN_GROUP_MASK;

	while (sdn_group_find(tables, SDN_GROUP_OWNER | number))
		number = (number + 1) & ~SDN_GROUP_MASK;
	group->id = SDN_GROUP_OWNER | number;
	group_put(tables, group);
}

static bool bucket_eq(const struct sdn_bucket *a, const struct sdn_bucket *b)
{
	return a->port == b->port && a->pop_vlan == b->pop_vlan;
}

bool sdn_group_eq(const struct sdn_group *a, const struct sdn_group *b)
{
	if (a->odd || b->odd || a->type != b->type || a->watches != b->watches ||
	    a->buckets_len != b->buckets_len)
		return false;
	for (unsigned i = 0; i < a->buckets_len; i++)
		if (!bucket_eq(&a->buckets[i], &b->buckets[i]))
			return false;
	return true;
}

// A bucket of ours pops the tag, or does not, and outputs. False: it does something else.
static bool bucket_read(const struct of_bucket *from, struct sdn_bucket *to)
{
	struct of_list actions = from->actions;
	struct of_action action;
	bool more = of_action_next(&actions, &action);

	*to = (struct sdn_bucket){0};
	if (more && action.type == OF_ACTION_POP_VLAN) {
		to->pop_vlan = true;
		more = of_action_next(&actions, &action);
	}
	if (!more || action.type != OF_ACTION_OUTPUT || of_action_next(&actions, &action))
		return false;
	to->port = action.port;
	return from->watch_port == to->port || from->watch_port == OF_PORT_ANY;
}

void sdn_group_read(struct sdn_tables *tables, const struct of_group_desc *desc)
{
	struct sdn_group group = {.id = desc->group_id,
	                          .type = desc->type,
	                          .odd = desc->type != OF_GROUP_TYPE_SELECT &&
	                                 desc->type != OF_GROUP_TYPE_FF};
	struct of_list list = desc->buckets;
	struct of_bucket bucket;

	while (of_bucket_next(&list, &bucket)) {
		struct sdn_bucket *to = &group.buckets[group.buckets_len];
		bool watches = bucket.watch_port != OF_PORT_ANY;

		if (group.buckets_len == SDN_BUCKETS_MAX || !bucket_read(&bucket, to) ||
		    (group.buckets_len > 0 && watches != group.watches)) {
			group.odd = true;
			break;
		}
		group.watches = watches;
		group.buckets_len++;
	}
	group_put(tables, &group);
}

static enum of_fault bucket_put(const struct sdn_group *group, unsigned i, uint8_t version,
                                struct fill *out)
{
	const struct sdn_bucket *from = &group->buckets[i];
	struct of_action pop = {.type = OF_ACTION_POP_VLAN};
	struct of_action output = {.type = OF_ACTION_OUTPUT, .port = from->port};
	uint8_t room[64];
	struct fill actions = fill_of(room, sizeof(room));
	struct of_bucket bucket = {.weight = group->type == OF_GROUP_TYPE_SELECT,
	                           .watch_port = group->watches ? from->port : OF_PORT_ANY,
	                           .watch_group = OF_GROUP_ANY,
	                           .bucket_id = i};
	enum of_fault fault =
	        from->pop_vlan ? of_action_put(&actions, version, &pop) : OF_FAULT_NONE;

	if (fault == OF_FAULT_NONE)
		fault = of_action_put(&actions, version, &output);
	bucket.actions = of_list_of(OF_FAMILY_ACTION, version, &actions);
	return fault ? fault : of_bucket_put(out, version, &bucket);
}

enum of_fault sdn_group_message(const struct sdn_group *group, enum sdn_group_command command,
                                uint8_t version, struct sdn_scratch *scratch, struct of_msg *msg)
{
	struct fill buckets = fill_of(scratch->actions, sizeof(scratch->actions));
	enum of_fault fault = version == OF10 ? OF_FAULT_INEXPRESSIBLE : OF_FAULT_NONE;

	for (unsigned i = 0;
	     i < group->buckets_len && command != SDN_GROUP_DELETE && fault == OF_FAULT_NONE; i++)
		fault = bucket_put(group, i, version, &buckets);
	if (fault != OF_FAULT_NONE)
		return fault;
	*msg = (struct of_msg){.version = version, .type = OF_GROUP_MOD};
	msg->group_mod =
	        (struct of_group_mod){.command = (uint16_t)command,
	                              .type = group->type,
	                              .group_id = group->id,
	                              .command_bucket_id = NO_BUCKET,
	                              .buckets = of_list_of(OF_FAMILY_BUCKET, version, &buckets)};
	return OF_FAULT_NONE;
}

void sdn_group_text(const struct sdn_group *group, struct of_text *text)
{
	of_text_put(text, "group 0x%x: ", group->id);
	if (group->odd) {
		of_text_put(text, "buckets that no intent has");
		return;
	}
	of_text_put(text, "%s of ",
	            group->type == OF_GROUP_TYPE_SELECT ? "one" : "the first with a link");
	for (unsigned i = 0; i < group->buckets_len; i++) {
		of_text_put(text, "%s%s", i ? ", " : "",
		            group->buckets[i].pop_vlan ? "pop_vlan,output:" : "output:");
		of_text_port(text, group->buckets[i].port);
	}
}

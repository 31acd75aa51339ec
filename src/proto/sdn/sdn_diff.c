// sdn_diff: see sdn_diff.h.
#include "proto/sdn/sdn_diff.h"

#include "proto/sdn/sdn_group.h"

// Changes without a barrier between them: a change is compared with all of those before it.
#define BARRIER_FREE_MAX 64

struct diff {
	struct sdn_diff_change *changes;
	uint32_t max, len, barrier; // barrier: the first change after the last one
};

// Whether the order of two changes matters.
static bool depends(const struct sdn_diff_change *a, const struct sdn_diff_change *b)
{
	if (!a->flow || !b->flow)
		return a->flow != b->flow; // groups and meters, and the flows that use them
	return a->flow->table != b->flow->table ||
	       sdn_match_overlaps(&a->flow->match, &b->flow->match);
}

static bool needs_barrier(const struct diff *d, const struct sdn_diff_change *change)
{
	if (d->len - d->barrier >= BARRIER_FREE_MAX)
		return true;
	for (uint32_t i = d->barrier; i < d->len; i++)
		if (depends(&d->changes[i], change))
			return true;
	return false;
}

static void diff_put(struct diff *d, struct sdn_diff_change change)
{
	if (d->len < d->max) {
		change.barrier = needs_barrier(d, &change);
		if (change.barrier)
			d->barrier = d->len;
		d->changes[d->len] = change;
	}
	d->len++;
}

static void flow_put(struct diff *d, const struct sdn_flow *was, const struct sdn_flow *flow)
{
	if (!was)
		diff_put(d, (struct sdn_diff_change){.kind = SDN_DIFF_ADD, .flow = flow});
	else if (was->cookie != flow->cookie || was->odd)
		diff_put(d, (struct sdn_diff_change){
		                    .kind = SDN_DIFF_REPLACE, .flow = flow, .was = was});
	else if (!sdn_flow_acts_as(was, flow))
		diff_put(d, (struct sdn_diff_change){
		                    .kind = SDN_DIFF_MODIFY, .flow = flow, .was = was});
}

// Flows of one table in descending priority; so that the last table comes first, tables are found
// from the end.
static uint32_t table_begin(const struct sdn_tables *tables, uint32_t end)
{
	uint32_t begin = end;

	while (begin > 0 && tables->flows[begin - 1].table == tables->flows[end - 1].table)
		begin--;
	return begin;
}

// Adds and modifications of one table, both lists of which are sorted.
static void table_put(struct diff *d, const struct sdn_flow *old, uint32_t old_len,
                      const struct sdn_flow *new, uint32_t new_len)
{
	uint32_t o = 0;

	for (uint32_t n = 0; n < new_len; n++) {
		while (o < old_len && sdn_flow_order(&old[o], &new[n]) < 0)
			o++;
		if (n > 0 && sdn_flow_order(&new[n - 1], &new[n]) == 0)
			continue; // stands there twice
		flow_put(d, o < old_len && sdn_flow_order(&old[o], &new[n]) == 0 ? &old[o] : NULL,
		         &new[n]);
	}
}

static void adds_put(struct diff *d, const struct sdn_tables *installed,
                     const struct sdn_tables *intended)
{
	uint32_t old_end = installed->flows_len, new_end = intended->flows_len;

	while (new_end > 0) {
		uint32_t new_begin = table_begin(intended, new_end);
		uint8_t table = intended->flows[new_begin].table;
		uint32_t old_begin;

		while (old_end > 0 && installed->flows[old_end - 1].table > table)
			old_end--;
		old_begin = old_end;
		if (old_end > 0 && installed->flows[old_end - 1].table == table)
			old_begin = table_begin(installed, old_end);
		table_put(d, old_end > old_begin ? installed->flows + old_begin : NULL,
		          old_end - old_begin, intended->flows + new_begin, new_end - new_begin);
		new_end = new_begin;
		old_end = old_begin;
	}
}

static void delete_put(struct diff *d, const struct sdn_flow *flow)
{
	diff_put(d, (struct sdn_diff_change){.kind = SDN_DIFF_DELETE, .flow = flow});
}

// Deletes of one table in ascending priority: backwards through both sorted lists.
static void table_deletes_put(struct diff *d, const struct sdn_flow *old, uint32_t old_len,
                              const struct sdn_flow *new, uint32_t new_len)
{
	uint32_t n = new_len;

	for (uint32_t o = old_len; o-- > 0;) {
		while (n > 0 && sdn_flow_order(&new[n - 1], &old[o]) > 0)
			n--;
		if (sdn_flow_owned(&old[o]) &&
		    (n == 0 || sdn_flow_order(&new[n - 1], &old[o]) != 0))
			delete_put(d, &old[o]);
	}
}

static uint32_t table_end(const struct sdn_tables *tables, uint32_t begin, uint8_t table)
{
	while (begin < tables->flows_len && tables->flows[begin].table == table)
		begin++;
	return begin;
}

static void deletes_put(struct diff *d, const struct sdn_tables *installed,
                        const struct sdn_tables *intended)
{
	uint32_t o = 0, n = 0;

	while (o < installed->flows_len) {
		uint8_t table = installed->flows[o].table;
		uint32_t old_end = table_end(installed, o, table), new_end;

		while (n < intended->flows_len && intended->flows[n].table < table)
			n++;
		new_end = table_end(intended, n, table);
		table_deletes_put(d, installed->flows + o, old_end - o,
		                  new_end > n ? intended->flows + n : NULL, new_end - n);
		o = old_end;
		n = new_end;
	}
}

static const struct sdn_meter *meter_find(const struct sdn_tables *tables, uint32_t id)
{
	for (uint32_t i = 0; i < tables->meters_len; i++)
		if (tables->meters[i].id == id)
			return &tables->meters[i];
	return NULL;
}

static void meters_put(struct diff *d, const struct sdn_tables *installed,
                       const struct sdn_tables *intended)
{
	for (uint32_t i = 0; i < intended->meters_len; i++) {
		const struct sdn_meter *meter = &intended->meters[i];
		const struct sdn_meter *was = meter_find(installed, meter->id);

		if (!was)
			diff_put(d, (struct sdn_diff_change){.kind = SDN_DIFF_METER_ADD,
			                                     .meter = meter});
		else if (was->rate_kbps != meter->rate_kbps ||
		         was->burst_kbits != meter->burst_kbits)
			diff_put(d, (struct sdn_diff_change){.kind = SDN_DIFF_METER_MODIFY,
			                                     .meter = meter});
	}
}

static void groups_put(struct diff *d, const struct sdn_tables *installed,
                       const struct sdn_tables *intended)
{
	for (uint32_t i = 0; i < intended->groups_len; i++) {
		const struct sdn_group *group = &intended->groups[i];
		const struct sdn_group *was = sdn_group_find(installed, group->id);

		if (!was)
			diff_put(d, (struct sdn_diff_change){.kind = SDN_DIFF_GROUP_ADD,
			                                     .group = group});
		else if (!sdn_group_eq(was, group))
			diff_put(d, (struct sdn_diff_change){.kind = SDN_DIFF_GROUP_MODIFY,
			                                     .group = group});
	}
}

static void group_deletes_put(struct diff *d, const struct sdn_tables *installed,
                              const struct sdn_tables *intended)
{
	for (uint32_t i = 0; i < installed->groups_len; i++) {
		const struct sdn_group *group = &installed->groups[i];

		if (sdn_group_owned(group->id) && !sdn_group_find(intended, group->id))
			diff_put(d, (struct sdn_diff_change){.kind = SDN_DIFF_GROUP_DELETE,
			                                     .group = group});
	}
}

uint32_t sdn_diff(const struct sdn_tables *installed, const struct sdn_tables *intended,
                  struct sdn_diff_change *changes, uint32_t max)
{
	struct diff d = {.changes = changes, .max = max};

	meters_put(&d, installed, intended);
	groups_put(&d, installed, intended);
	adds_put(&d, installed, intended);
	deletes_put(&d, installed, intended);
	group_deletes_put(&d, installed, intended);
	for (uint32_t i = 0; i < installed->meters_len; i++)
		if (!meter_find(intended, installed->meters[i].id))
			diff_put(&d, (struct sdn_diff_change){.kind = SDN_DIFF_METER_DELETE,
			                                      .meter = &installed->meters[i]});
	return d.len;
}

enum of_fault sdn_diff_message(const struct sdn_diff_change *change, uint8_t version,
                               struct sdn_scratch *scratch, struct of_msg *msg)
{
	switch (change->kind) {
	case SDN_DIFF_METER_ADD:
		return sdn_flow_message_meter(change->meter, SDN_METER_ADD, version, scratch, msg);
	case SDN_DIFF_METER_MODIFY:
		return sdn_flow_message_meter(change->meter, SDN_METER_MODIFY, version, scratch,
		                              msg);
	case SDN_DIFF_METER_DELETE:
		return sdn_flow_message_meter(change->meter, SDN_METER_DELETE, version, scratch,
		                              msg);
	case SDN_DIFF_GROUP_ADD:
		return sdn_group_message(change->group, SDN_GROUP_ADD, version, scratch, msg);
	case SDN_DIFF_GROUP_MODIFY:
		return sdn_group_message(change->group, SDN_GROUP_MODIFY, version, scratch, msg);
	case SDN_DIFF_GROUP_DELETE:
		return sdn_group_message(change->group, SDN_GROUP_DELETE, version, scratch, msg);
	case SDN_DIFF_MODIFY:
		return sdn_flow_message(change->flow, OF_FLOW_MODIFY_STRICT, version, scratch, msg);
	case SDN_DIFF_DELETE:
		return sdn_flow_message(change->flow, OF_FLOW_DELETE_STRICT, version, scratch, msg);
	default:
		return sdn_flow_message(change->flow, OF_FLOW_ADD, version, scratch, msg);
	}
}

static void change_origin_text(const struct sdn_intent *intent, struct sdn_origin origin,
                               struct of_text *text)
{
	if (!intent || origin.kind == SDN_ORIGIN_NONE)
		return;
	of_text_put(text, " (");
	sdn_intent_origin_text(intent, origin, text);
	of_text_put(text, ")");
}

static struct sdn_origin origin_of(const struct sdn_diff_change *change)
{
	if (change->flow)
		return change->flow->origin;
	return change->group ? change->group->origin : change->meter->origin;
}

// What of it: the flow with what it was, the group, or the meter; and the origin.
static void change_text(const struct sdn_intent *intent, const struct sdn_diff_change *change,
                        struct of_text *text)
{
	if (change->flow)
		sdn_flow_text(change->flow, text);
	else if (change->group)
		sdn_group_text(change->group, text);
	else
		of_text_put(text, "meter %u: %u kbit/s, burst %u kbit", change->meter->id,
		            change->meter->rate_kbps, change->meter->burst_kbits);
	if (change->was) {
		of_text_put(text, ", was: ");
		sdn_flow_text_actions(change->was, text);
	}
	change_origin_text(intent, origin_of(change), text);
}

static bool is_delete(const struct sdn_diff_change *change)
{
	return change->kind == SDN_DIFF_DELETE || change->kind == SDN_DIFF_GROUP_DELETE ||
	       change->kind == SDN_DIFF_METER_DELETE;
}

void sdn_diff_text(const struct sdn_intent *intent, const struct sdn_intent *before,
                   const struct sdn_diff_change *change, struct of_text *text)
{
	static const char *const verbs[] = {
	        [SDN_DIFF_METER_ADD] = "add",
	        [SDN_DIFF_METER_MODIFY] = "modify",
	        [SDN_DIFF_GROUP_ADD] = "add",
	        [SDN_DIFF_GROUP_MODIFY] = "modify",
	        [SDN_DIFF_ADD] = "add",
	        [SDN_DIFF_REPLACE] = "replace",
	        [SDN_DIFF_MODIFY] = "modify",
	        [SDN_DIFF_DELETE] = "delete",
	        [SDN_DIFF_GROUP_DELETE] = "delete",
	        [SDN_DIFF_METER_DELETE] = "delete",
	};

	of_text_put(text, "%s ", verbs[change->kind]);
	change_text(is_delete(change) ? before : intent, change, text);
}

void sdn_diff_text_drift(const struct sdn_intent *intent, const struct sdn_diff_change *change,
                         struct of_text *text)
{
	static const char *const found[] = {
	        [SDN_DIFF_METER_ADD] = "missing",
	        [SDN_DIFF_METER_MODIFY] = "changed",
	        [SDN_DIFF_GROUP_ADD] = "missing",
	        [SDN_DIFF_GROUP_MODIFY] = "changed",
	        [SDN_DIFF_ADD] = "missing",
	        [SDN_DIFF_REPLACE] = "in the place of another's",
	        [SDN_DIFF_MODIFY] = "changed",
	        [SDN_DIFF_DELETE] = "not intended",
	        [SDN_DIFF_GROUP_DELETE] = "not intended",
	        [SDN_DIFF_METER_DELETE] = "not intended",
	};

	of_text_put(text, "%s: ", found[change->kind]);
	change_text(is_delete(change) ? NULL : intent, change, text);
}

bool sdn_diff_mixes(const struct sdn_diff_change *changes, uint32_t len)
{
	const struct sdn_flow *first = NULL;

	for (uint32_t i = 0; i < len; i++) {
		if (changes[i].flow && first && changes[i].flow->table != first->table)
			return true;
		if (changes[i].flow && !first)
			first = changes[i].flow;
	}
	return false;
}

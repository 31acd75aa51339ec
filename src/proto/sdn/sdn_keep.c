// sdn_keep: see sdn_keep.h.
#include "proto/sdn/sdn_keep.h"

#include "proto/sdn/sdn_rules.h"

// Of two versions of a list, what they begin and end with alike is found whatever their length;
// the rest only when it is no longer than this.
#define MIDDLE_MAX 512

#define FRESH 0 // no priority of the switch's

// A list: flows of descending priority, with room above and below them.
struct keep_list {
	struct sdn_flow *flows;
	uint32_t len;
	uint32_t above, below; // priorities that are not the list's any more
};

// Of two lists: what follows their common beginning.
struct keep {
	struct keep_list new, old;
	uint16_t priority[MIDDLE_MAX]; // of the new list's middle; FRESH
};

static bool is_rule(const struct sdn_flow *flow)
{
	return (flow->table == SDN_TABLE_PORT_ACL || flow->table == SDN_TABLE_NET_ACL) &&
	       flow->priority > SDN_PRIORITY_OTHERWISE && flow->priority < SDN_PRIORITY_ROUTED &&
	       sdn_flow_owned(flow) && !flow->odd_match;
}

// Port and network of an access list's flows: where the list applies.
static int place_order(const struct sdn_flow *a, const struct sdn_flow *b)
{
	const struct sdn_key *one = &a->match.value.key, *other = &b->match.value.key;
	uint32_t port = be32_get(one->in_port), other_port = be32_get(other->in_port);

	if (port != other_port)
		return port < other_port ? -1 : 1;
	return (int)be16_get(one->vlan) - (int)be16_get(other->vlan);
}

// Lists one after the other, in tables that have them.
static int list_order(const struct sdn_flow *a, const struct sdn_flow *b)
{
	int order = (int)a->table - (int)b->table;

	if (order == 0)
		order = (int)is_rule(b) - (int)is_rule(a);
	if (order == 0 && is_rule(a))
		order = place_order(a, b);
	return order ? order : sdn_flow_order(a, b);
}

static bool same_match(const struct sdn_flow *a, const struct sdn_flow *b)
{
	return !a->odd_match && !b->odd_match &&
	       memcmp(&a->match, &b->match, sizeof(a->match)) == 0;
}

// The longest descending run of old priorities among new flows in their order: those are kept.
static void middle_keep(struct keep *k, uint32_t begin, uint32_t end)
{
	uint16_t best[MIDDLE_MAX], before[MIDDLE_MAX];
	uint32_t len = end - begin, last = MIDDLE_MAX;

	for (uint32_t i = 0; i < len; i++) {
		best[i] = k->priority[i] != FRESH;
		before[i] = MIDDLE_MAX;
		for (uint32_t j = 0; j < i && k->priority[i] != FRESH; j++) {
			if (k->priority[j] <= k->priority[i] || best[j] < best[i])
				continue;
			best[i] = (uint16_t)(best[j] + 1);
			before[i] = (uint16_t)j;
		}
		if (best[i] && (last == MIDDLE_MAX || best[i] > best[last]))
			last = i;
	}
	for (uint32_t i = len; i-- > 0;) {
		if (i == last)
			last = before[i];
		else
			k->priority[i] = FRESH;
	}
}

// The priorities of old flows that the new middle has, too, as far as their order allows.
static void middle_find(struct keep *k, uint32_t begin, uint32_t end, uint32_t old_end)
{
	for (uint32_t i = begin; i < end; i++) {
		k->priority[i - begin] = FRESH;
		for (uint32_t o = begin; o < old_end; o++) {
			if (!same_match(&k->new.flows[i], &k->old.flows[o]))
				continue;
			k->priority[i - begin] = k->old.flows[o].priority;
			break;
		}
	}
	middle_keep(k, begin, end);
}

// Priorities for n fresh flows between two others: next to the one that is not an end of the
// list, for others to come; else evenly. 0: there is no room.
static uint32_t step_between(uint32_t above, uint32_t below, uint32_t n)
{
	uint32_t most = (above - below) / (n + 1);

	return most < SDN_RULE_STEP ? most : SDN_RULE_STEP;
}

// Gives the fresh flows from..to, of the new list, their priorities; false: no room.
static bool run_place(struct keep *k, uint32_t from, uint32_t to)
{
	struct sdn_flow *flows = k->new.flows;
	uint32_t above = from > 0 ? flows[from - 1].priority : k->new.above;
	uint32_t below = to < k->new.len ? flows[to].priority : k->new.below;
	uint32_t n = to - from, step = above > below ? step_between(above, below, n) : 0;
	bool at_top = from == 0 && to < k->new.len;

	for (uint32_t i = 0; i < n && step; i++)
		flows[from + i].priority =
		        (uint16_t)(at_top ? below + step * (n - i) : above - step * (i + 1));
	return step != 0;
}

// Places the middle of the new list, whose other flows have their priorities.
static bool middle_place(struct keep *k, uint32_t begin, uint32_t end)
{
	for (uint32_t i = begin; i < end; i++)
		if (k->priority[i - begin] != FRESH)
			k->new.flows[i].priority = k->priority[i - begin];
	for (uint32_t from = begin; from < end; from++) {
		uint32_t to = from;

		while (to < end && k->priority[to - begin] == FRESH)
			to++;
		if (to > from && !run_place(k, from, to))
			return false;
		from = to;
	}
	return true;
}

// Also when the switch's priorities were not what they should be.
static bool is_descending(const struct keep_list *list)
{
	for (uint32_t i = 1; i < list->len; i++)
		if (list->flows[i - 1].priority <= list->flows[i].priority)
			return false;
	return true;
}

// As the list was made.
static void list_reset(struct keep_list *list, uint32_t first, uint32_t step)
{
	for (uint32_t i = 0; i < list->len; i++)
		list->flows[i].priority = (uint16_t)(first - step * i);
}

static void list_keep(struct keep *k)
{
	struct keep_list *new = &k->new, *old = &k->old;
	uint32_t shorter = new->len < old->len ? new->len : old->len, begin = 0, end = 0;
	uint32_t first = new->flows[0].priority;
	uint32_t step = new->len > 1 ? first - new->flows[1].priority : 0;

	while (begin < shorter && same_match(&new->flows[begin], &old->flows[begin]))
		begin++;
	while (end < shorter - begin &&
	       same_match(&new->flows[new->len - 1 - end], &old->flows[old->len - 1 - end]))
		end++;
	if (new->len - begin - end > MIDDLE_MAX || old->len - begin - end > MIDDLE_MAX)
		return;
	for (uint32_t i = 0; i < begin; i++)
		new->flows[i].priority = old->flows[i].priority;
	for (uint32_t i = 1; i <= end; i++)
		new->flows[new->len - i].priority = old->flows[old->len - i].priority;
	middle_find(k, begin, new->len - end, old->len - end);
	if (!middle_place(k, begin, new->len - end) || !is_descending(new))
		list_reset(new, first, step);
}

// The length of the list that begins at a flow of sorted tables.
static uint32_t list_len(const struct sdn_tables *tables, uint32_t from)
{
	uint32_t to = from + 1;

	while (to < tables->flows_len && is_rule(&tables->flows[to]) &&
	       tables->flows[to].table == tables->flows[from].table &&
	       place_order(&tables->flows[to], &tables->flows[from]) == 0)
		to++;
	return to - from;
}

static void lists_keep(struct sdn_tables *intended, struct sdn_tables *installed)
{
	uint32_t o = 0, len;
	struct keep k;

	for (uint32_t n = 0; n < intended->flows_len; n += len) {
		struct sdn_flow *flow = &intended->flows[n];

		len = 1;
		if (!is_rule(flow))
			continue;
		len = list_len(intended, n);
		while (o < installed->flows_len &&
		       (!is_rule(&installed->flows[o]) || installed->flows[o].table < flow->table ||
		        (installed->flows[o].table == flow->table &&
		         place_order(&installed->flows[o], flow) < 0)))
			o++;
		if (o == installed->flows_len || installed->flows[o].table != flow->table ||
		    place_order(&installed->flows[o], flow) != 0)
			continue;
		k.new = (struct keep_list){flow, len, UINT16_MAX, SDN_PRIORITY_OTHERWISE};
		k.old = (struct keep_list){&installed->flows[o], list_len(installed, o), 0, 0};
		list_keep(&k);
	}
}

static bool is_flat(const struct sdn_tables *tables)
{
	return tables->flows_len > 0 && tables->flows[tables->flows_len - 1].table == 0;
}

void sdn_keep(struct sdn_tables *intended, struct sdn_tables *installed)
{
	struct keep k;

	if (intended->flows_len == 0 || installed->flows_len == 0)
		return;
	if (is_flat(intended) != is_flat(installed))
		return;
	if (is_flat(intended)) {
		k.new = (struct keep_list){intended->flows, intended->flows_len, UINT16_MAX + 1u,
		                           0};
		k.old = (struct keep_list){installed->flows, installed->flows_len, 0, 0};
		list_keep(&k);
		sdn_flow_sort(intended);
		return;
	}
	sdn_flow_sort_by(intended, list_order);
	sdn_flow_sort_by(installed, list_order);
	lists_keep(intended, installed);
	sdn_flow_sort(intended);
	sdn_flow_sort(installed);
}

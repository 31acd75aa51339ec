// sdn_diff: the fewest changes that make one switch's tables another's, and at each moment of
// their application, in any order that barriers allow, packets that are not concerned fare as
// before, and others as before or as intended, table by table.
#include "intent_lab.h"

#include "proto/sdn/sdn_diff.h"
#include "proto/sdn/sdn_trace.h"

#define PACKETS 40

static bool same_flow(const struct sdn_flow *a, const struct sdn_flow *b)
{
	return sdn_flow_order(a, b) == 0 && a->cookie == b->cookie && sdn_flow_acts_as(a, b);
}

static struct sdn_flow *find_flow(const struct sdn_tables *tables, const struct sdn_flow *flow)
{
	for (uint32_t i = 0; i < tables->flows_len; i++)
		if (sdn_flow_order(&tables->flows[i], flow) == 0)
			return &tables->flows[i];
	return NULL;
}

// As a switch does; the tables keep sorted for sdn_trace.
static void apply(struct sdn_tables *tables, const struct sdn_diff_change *change)
{
	struct sdn_flow *at;

	if (!change->flow)
		return;
	at = find_flow(tables, change->flow);
	switch (change->kind) {
	case SDN_DIFF_ADD:
		assert_null(at);
		assert_true(tables->flows_len < tables->flows_max);
		tables->flows[tables->flows_len++] = *change->flow;
		break;
	case SDN_DIFF_REPLACE:
		assert_non_null(at);
		*at = *change->flow;
		break;
	case SDN_DIFF_MODIFY: {
		uint64_t cookie;

		assert_non_null(at);
		cookie = at->cookie; // is not modified
		*at = *change->flow;
		at->cookie = cookie;
		break;
	}
	default:
		assert_non_null(at);
		*at = tables->flows[--tables->flows_len];
		break;
	}
	sdn_flow_sort(tables);
}

static struct sdn_tables copy_of(const struct sdn_tables *from)
{
	struct sdn_tables to = lab_tables(8192);

	memcpy(to.flows, from->flows, from->flows_len * sizeof(*from->flows));
	to.flows_len = from->flows_len;
	return to;
}

static struct lab_copies run(const struct sdn_tables *tables, const struct sdn_key *packet)
{
	struct lab_copies copies = {.len = 0};

	sdn_trace(tables, NULL, packet, lab_leaves, &copies, NULL);
	lab_copies_sort(&copies);
	return copies;
}

// Whether both tables decide alike about a packet that comes to a table, there and further on.
static bool decide_alike(const struct sdn_tables *a, const struct sdn_tables *b,
                         const struct sdn_key *packet)
{
	struct sdn_traced old = sdn_trace(a, NULL, packet, NULL, NULL, NULL);
	struct sdn_traced new = sdn_trace(b, NULL, packet, NULL, NULL, NULL);
	struct lab_copies old_copies = run(a, packet), new_copies = run(b, packet);

	return lab_copies_equal(&old_copies, &new_copies) &&
	       (old.last == NULL) == (new.last == NULL);
}

// Table by table, the decision about the packet is the old or the new one.
static void expect_old_or_new(const struct sdn_tables *old, const struct sdn_tables *new,
                              const struct sdn_tables *now, const struct sdn_key *packet,
                              bool *concerned)
{
	struct sdn_key at = *packet;

	for (unsigned table = 0; table < SDN_TABLES; table++) {
		const struct sdn_flow *was = sdn_trace_find(old, (uint8_t)table, &at);
		const struct sdn_flow *will = sdn_trace_find(new, (uint8_t)table, &at);
		const struct sdn_flow *is = sdn_trace_find(now, (uint8_t)table, &at);

		assert_non_null(is);
		assert_true((was && sdn_flow_acts_as(was, is)) ||
		            (will && sdn_flow_acts_as(will, is)));
		*concerned |= !was || !will || !sdn_flow_acts_as(was, will);
		if (!is->next)
			return;
		table = is->next - 1u;
		for (uint32_t i = 0; i < is->actions_len; i++) {
			const struct sdn_action *action = &is->actions[i];

			if (action->type == SDN_PUSH_VLAN || action->type == SDN_SET_VLAN)
				at.vlan = be16((uint16_t)(OXM_VLAN_PRESENT | action->number));
			if (action->type == SDN_SET_ETH_SRC)
				memcpy(at.eth_src, action->mac, 6);
			if (action->type == SDN_SET_ETH_DST)
				memcpy(at.eth_dst, action->mac, 6);
		}
	}
}

struct course {
	struct sdn_tables old, new, now;
	struct sdn_key packets[PACKETS];
	struct sdn_diff_change changes[8192];
	uint32_t len;
	unsigned unconcerned;
};

static void expect_sound(struct course *c)
{
	for (unsigned i = 0; i < PACKETS; i++) {
		bool concerned = false;
		struct lab_copies now, old;

		expect_old_or_new(&c->old, &c->new, &c->now, &c->packets[i], &concerned);
		if (concerned)
			continue;
		c->unconcerned++;
		now = run(&c->now, &c->packets[i]);
		old = run(&c->old, &c->packets[i]);
		assert_true(lab_copies_equal(&now, &old));
	}
}

// Applies changes in any order that their barriers leave.
static void course_apply(struct course *c, struct rand *rand)
{
	uint32_t from = 0;

	while (from < c->len) {
		uint32_t to = from + 1;

		while (to < c->len && !c->changes[to].barrier)
			to++;
		for (uint32_t i = to - 1; i > from; i--) {
			uint32_t other = from + (uint32_t)rand_below(rand, i - from + 1);
			struct sdn_diff_change swapped = c->changes[i];

			c->changes[i] = c->changes[other];
			c->changes[other] = swapped;
		}
		for (; from < to; from++) {
			apply(&c->now, &c->changes[from]);
			expect_sound(c);
		}
	}
}

static uint32_t differences(const struct sdn_tables *a, const struct sdn_tables *b)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < a->flows_len; i++) {
		const struct sdn_flow *same = find_flow(b, &a->flows[i]);

		n += !same || !same_flow(same, &a->flows[i]);
	}
	for (uint32_t i = 0; i < b->flows_len; i++)
		n += !find_flow(a, &b->flows[i]);
	for (uint32_t i = 0; i < a->meters_len; i++)
		n += a->meters[i].rate_kbps != b->meters[i].rate_kbps;
	return n;
}

static void changes_are_few_and_sound(void **state)
{
	static struct course c;
	unsigned unconcerned = 0, changed = 0;

	(void)state;
	for (uint64_t seed = 0; seed < 60; seed++) {
		struct rand rand;
		struct lab before, after;

		rand_init(&rand, seed);
		lab_init(&before, &rand, false);
		lab_change(&after, &before, &rand, false);
		c.old = lab_make(&before);
		c.new = lab_make(&after);
		c.now = copy_of(&c.old);
		for (unsigned i = 0; i < PACKETS; i++)
			c.packets[i] = lab_packet(&rand);
		c.unconcerned = 0;
		c.len = sdn_diff(&c.old, &c.new, c.changes, ARRAY_LEN(c.changes));
		assert_int_equal(c.len, differences(&c.old, &c.new));
		course_apply(&c, &rand);
		assert_int_equal(differences(&c.now, &c.new), 0);
		for (unsigned i = 0; i < PACKETS; i++)
			assert_true(decide_alike(&c.now, &c.new, &c.packets[i]));
		unconcerned += c.unconcerned;
		changed += c.len;
		lab_tables_close(&c.old);
		lab_tables_close(&c.new);
		lab_tables_close(&c.now);
	}
	// The universe is small enough for all of this to have happened.
	assert_true(changed > 500);
	assert_true(unconcerned > 10000);
}

// Tables further on have what a packet needs before it is sent there; and have it until it is not
// sent there any more.
static void tables_further_on_come_first_and_go_last(void **state)
{
	static struct sdn_diff_change changes[4096];
	struct sdn_tables tables, none = {0};
	struct rand rand;
	struct lab lab;

	(void)state;
	rand_init(&rand, 6);
	lab_init(&lab, &rand, false);
	tables = lab_make(&lab);
	for (unsigned deletes = 0; deletes < 2; deletes++) {
		uint32_t len = deletes ? sdn_diff(&tables, &none, changes, 4096)
		                       : sdn_diff(&none, &tables, changes, 4096);
		uint32_t turns = 0;

		for (uint32_t i = 1; i < len; i++) {
			const struct sdn_flow *a = changes[i - 1].flow, *b = changes[i].flow;

			if (!a || !b || a->table == b->table)
				continue;
			assert_true(deletes ? a->table < b->table : a->table > b->table);
			assert_true(changes[i].barrier);
			turns++;
		}
		assert_int_equal(turns, SDN_TABLES - 1);
	}
	lab_tables_close(&tables);
}

// Also when no packet matches both as it was received.
static void tables_are_separated(void **state)
{
	struct sdn_flow flows[] = {{.cookie = SDN_COOKIE_INTENT, .priority = 5, .next = 6},
	                           {.cookie = SDN_COOKIE_INTENT, .priority = 5, .table = 6}};
	struct sdn_tables none = {0}, new = {.flows = flows, .flows_len = 2, .flows_max = 2};
	struct sdn_diff_change changes[2];

	(void)state;
	SDN_MATCH_SET(&flows[0].match, vlan, be16(0));
	SDN_MATCH_SET(&flows[1].match, vlan, be16(OXM_VLAN_PRESENT | 10));
	assert_int_equal(sdn_diff(&none, &new, changes, 2), 2);
	assert_ptr_equal(changes[0].flow, &flows[1]);
	assert_true(changes[1].barrier);
}

static void nothing_changes_for_the_same(void **state)
{
	struct sdn_diff_change changes[4];
	struct sdn_tables one, other;
	struct rand rand;
	struct lab lab;

	(void)state;
	rand_init(&rand, 3);
	lab_init(&lab, &rand, false);
	one = lab_make(&lab);
	other = lab_make(&lab);
	assert_int_equal(sdn_diff(&one, &other, changes, 4), 0);
	lab_tables_close(&one);
	lab_tables_close(&other);
}

// Flows with another cookie: one in the way, one beside.
static void flows_of_others_are_left_alone(void **state)
{
	struct sdn_flow mine = {.cookie = SDN_COOKIE_INTENT | 1, .priority = 5, .next = 1};
	struct sdn_flow theirs = {.cookie = 99, .priority = 6};
	struct sdn_flow in_the_way = {.cookie = 99, .priority = 5, .next = 2};
	struct sdn_flow installed[] = {theirs, in_the_way};
	struct sdn_tables old = {.flows = installed, .flows_len = 2, .flows_max = 2};
	struct sdn_tables new = {.flows = &mine, .flows_len = 1, .flows_max = 1};
	struct sdn_diff_change changes[4];

	(void)state;
	assert_int_equal(sdn_diff(&old, &new, changes, 4), 1);
	assert_int_equal(changes[0].kind, SDN_DIFF_REPLACE);
	assert_ptr_equal(changes[0].was, &installed[1]);
}

static void odd_flows_of_ours_are_mended(void **state)
{
	struct sdn_flow mine = {.cookie = SDN_COOKIE_INTENT | 1, .priority = 5, .next = 1};
	struct sdn_flow odd = mine, strange = mine;
	struct sdn_flow installed[2];
	struct sdn_tables old = {.flows = installed, .flows_len = 2, .flows_max = 2};
	struct sdn_tables new = {.flows = &mine, .flows_len = 1, .flows_max = 1};
	static const uint8_t fields[] = {0x00, 0x01, 0x00, 0x04, 0, 0, 0, 7}; // a register
	struct sdn_diff_change changes[4];

	(void)state;
	odd.odd = true;
	strange.odd_match = true;
	strange.raw = (struct of_match){fields, sizeof(fields), OF13};
	installed[0] = odd;
	installed[1] = strange;
	assert_int_equal(sdn_diff(&old, &new, changes, 4), 2);
	assert_int_equal(changes[0].kind, SDN_DIFF_REPLACE);
	assert_int_equal(changes[1].kind, SDN_DIFF_DELETE);
	assert_ptr_equal(changes[1].flow, &installed[1]);
}

static void meters_precede_and_follow_flows(void **state)
{
	struct sdn_meter slow = {7, 1000, 10, {0}}, slower = {7, 500, 10, {0}};
	struct sdn_meter fast = {9, 9000, 10, {0}};
	struct sdn_flow flow = {.cookie = SDN_COOKIE_INTENT, .priority = 5, .meter = 9};
	struct sdn_meter old_meters[] = {slow}, new_meters[] = {fast};
	struct sdn_tables old = {.meters = old_meters, .meters_len = 1, .meters_max = 1};
	struct sdn_tables new = {.meters = new_meters,
	                         .meters_len = 1,
	                         .meters_max = 1,
	                         .flows = &flow,
	                         .flows_len = 1,
	                         .flows_max = 1};
	struct sdn_diff_change changes[4];

	(void)state;
	assert_int_equal(sdn_diff(&old, &new, changes, 4), 3);
	assert_int_equal(changes[0].kind, SDN_DIFF_METER_ADD);
	assert_int_equal(changes[1].kind, SDN_DIFF_ADD);
	assert_true(changes[1].barrier);
	assert_int_equal(changes[2].kind, SDN_DIFF_METER_DELETE);
	assert_true(changes[2].barrier);
	new_meters[0] = slower;
	new.flows_len = 0;
	assert_int_equal(sdn_diff(&old, &new, changes, 4), 1);
	assert_int_equal(changes[0].kind, SDN_DIFF_METER_MODIFY);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(changes_are_few_and_sound),
	        cmocka_unit_test(tables_further_on_come_first_and_go_last),
	        cmocka_unit_test(tables_are_separated),
	        cmocka_unit_test(nothing_changes_for_the_same),
	        cmocka_unit_test(flows_of_others_are_left_alone),
	        cmocka_unit_test(odd_flows_of_ours_are_mended),
	        cmocka_unit_test(meters_precede_and_follow_flows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// sdn_keep: a rule that comes, goes or moves changes no other one's flow; order is kept whatever
// the switch has.
#include "intent_lab.h"

#include "proto/sdn/sdn_diff.h"
#include "proto/sdn/sdn_keep.h"

// A list of rules, each of which matches another TCP port.
#define RULES_MAX 1200

struct list {
	struct sdn_intent_network network;
	struct sdn_intent_port port;
	struct sdn_intent_switch on;
	struct sdn_intent_rule rules[RULES_MAX];
	struct sdn_intent_acl acl;
	struct sdn_intent intent;
	struct sdn_known known;
};

static void list_init(struct list *list, const uint16_t *ports, uint32_t len)
{
	*list = (struct list){
	        .network = {.name = "a", .vid = 1, .acl = SDN_NONE, .router = SDN_NONE},
	        .port = {.name = "", .number = 1, .limit = SDN_NONE, .peer_switch = SDN_NONE}};
	list->acl = (struct sdn_intent_acl){"list", list->rules, len, true};
	list->on = (struct sdn_intent_switch){"s", 1, &list->port, 1};
	for (uint32_t i = 0; i < len; i++) {
		list->rules[i] =
		        (struct sdn_intent_rule){.number = (uint16_t)(i + 1), .limit = SDN_NONE};
		SDN_MATCH_SET(&list->rules[i].match, eth_type, be16(0x0800));
		SDN_MATCH_SET(&list->rules[i].match, ip_proto, 6);
		SDN_MATCH_SET(&list->rules[i].match, dst_port, be16(ports[i]));
	}
	list->intent = (struct sdn_intent){.networks = &list->network,
	                                   .acls = &list->acl,
	                                   .switches = &list->on,
	                                   .networks_len = 1,
	                                   .acls_len = 1,
	                                   .switches_len = 1};
	list->known = (struct sdn_known){.version = OF13, .tables = 254};
}

static struct sdn_tables list_make(const struct list *list, bool flat)
{
	struct sdn_tables tables = lab_tables(4096), one;
	struct why why;

	assert_int_equal(sdn_rules_make(&list->intent, 0, &list->known, &tables, &why), 0);
	if (!flat)
		return tables;
	one = lab_tables(4096);
	assert_int_equal(sdn_rules_flatten(&list->intent, &tables, OF10, &one, &why), 0);
	lab_tables_close(&tables);
	return one;
}

// The rules of the access list are in their order, of which only priorities speak.
static void expect_order(const struct sdn_tables *tables)
{
	uint32_t part = 0, priority = UINT16_MAX + 1u;

	for (uint32_t i = 0; i < tables->flows_len; i++) {
		const struct sdn_flow *flow = &tables->flows[i];

		if (flow->origin.kind != SDN_ORIGIN_ACL || flow->origin.part == 0)
			continue;
		assert_true(flow->origin.part > part && flow->priority < priority);
		part = flow->origin.part;
		priority = flow->priority;
	}
}

// How many flows change when a list becomes another one.
static uint32_t changes(struct sdn_tables *old, const uint16_t *to, uint32_t len, bool flat)
{
	static struct list list;
	static struct sdn_diff_change out[4 * RULES_MAX];
	struct sdn_tables new;
	uint32_t n;

	list_init(&list, to, len);
	new = list_make(&list, flat);
	sdn_keep(&new, old);
	n = sdn_diff(old, &new, out, ARRAY_LEN(out));
	for (uint32_t i = 1; i < new.flows_len; i++)
		assert_true(sdn_flow_order(&new.flows[i - 1], &new.flows[i]) < 0);
	expect_order(&new);
	lab_tables_close(old);
	*old = new;
	return n;
}

static struct sdn_tables begin(const uint16_t *ports, uint32_t len, bool flat)
{
	static struct list list;

	list_init(&list, ports, len);
	return list_make(&list, flat);
}

static void a_rule_changes_no_other(void **state)
{
	static const uint16_t plain[] = {1, 2, 3, 4, 5, 6}, first[] = {9, 1, 2, 3, 4, 5, 6};
	static const uint16_t middle[] = {9, 1, 2, 8, 3, 4, 5, 6};
	static const uint16_t last[] = {9, 1, 2, 8, 3, 4, 5, 6, 7};
	static const uint16_t moved[] = {7, 9, 1, 2, 8, 3, 4, 5, 6};

	(void)state;
	for (unsigned flat = 0; flat < 2; flat++) {
		struct sdn_tables tables = begin(plain, 6, flat);

		assert_int_equal(changes(&tables, first, 7, flat), 1);
		assert_int_equal(changes(&tables, middle, 8, flat), 1);
		assert_int_equal(changes(&tables, last, 9, flat), 1);
		assert_int_equal(changes(&tables, moved, 9, flat), 2);
		assert_int_equal(changes(&tables, middle, 8, flat), 1);
		assert_int_equal(changes(&tables, plain, 6, flat), 2);
		assert_int_equal(changes(&tables, plain, 6, flat), 0);
		lab_tables_close(&tables);
	}
}

// Rules are put at the same place until there is no room: then once all change, and nothing else
// goes wrong.
static void room_ends(void **state)
{
	uint16_t ports[200] = {1, 2};
	struct sdn_tables tables = begin(ports, 2, false);
	unsigned all = 0;

	(void)state;
	for (uint16_t len = 3; len < 40; len++) {
		uint32_t n;

		memmove(ports + 2, ports + 1, (len - 2) * sizeof(*ports));
		ports[1] = len;
		n = changes(&tables, ports, len, false);
		assert_true(n == 1 || n > len);
		all += n > 1;
	}
	assert_in_range(all, 1, 20);
	lab_tables_close(&tables);
}

static void long_lists_are_kept_at_both_ends(void **state)
{
	static uint16_t ports[RULES_MAX];
	struct sdn_tables tables;

	(void)state;
	for (uint16_t i = 0; i < RULES_MAX; i++)
		ports[i] = (uint16_t)(i + 1);
	tables = begin(ports, 1100, false);
	memmove(ports + 601, ports + 600, 500 * sizeof(*ports));
	ports[600] = 5000;
	assert_int_equal(changes(&tables, ports, 1101, false), 1);
	ports[0] = 5001;
	ports[1100] = 5002; // nothing is alike at the ends: new priorities for all are safe, too
	assert_true(changes(&tables, ports, 1101, false) >= 4);
	lab_tables_close(&tables);
}

// What a switch has may have been changed by others.
static void drift_does_no_harm(void **state)
{
	static const uint16_t ports[] = {1, 2, 3, 4, 5, 6, 7, 8};
	struct rand rand;

	(void)state;
	rand_init(&rand, 4);
	for (unsigned i = 0; i < 200; i++) {
		struct sdn_tables tables = begin(ports, 8, i % 2);

		for (unsigned k = 0; k < 4; k++) {
			uint32_t at = (uint32_t)rand_below(&rand, tables.flows_len);

			tables.flows[at].priority = at && rand_below(&rand, 2)
			                                    ? tables.flows[at - 1].priority
			                                    : (uint16_t)rand_u64(&rand);
		}
		sdn_flow_sort(&tables);
		changes(&tables, ports, 8, i % 2);
		lab_tables_close(&tables);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(a_rule_changes_no_other),
	        cmocka_unit_test(room_ends),
	        cmocka_unit_test(long_lists_are_kept_at_both_ends),
	        cmocka_unit_test(drift_does_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

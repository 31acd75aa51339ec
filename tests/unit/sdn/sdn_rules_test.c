// sdn_rules: the flows of a small network, one by one; what a switch cannot do; and for random
// intents and packets that the tables do what the intents say, as a direct reading of these finds.
#include "intent_lab.h"

#include "proto/sdn/sdn_trace.h"

// A direct evaluation of intents: what leaves the switch for a packet. Written from docs/sdn.md,
// without tables or priorities.
struct model {
	const struct lab *lab;
	struct sdn_key key;
	struct lab_copies *copies;
};

static void model_out(struct model *m, uint32_t port)
{
	if (port != be32_get(m->key.in_port))
		lab_leaves(m->copies, port, &m->key);
}

static uint16_t model_network(const struct model *m, const struct sdn_intent_port *port)
{
	for (uint16_t i = 0; i < LAB_NETWORKS; i++) {
		bool tagged;
		uint16_t tag = (uint16_t)(OXM_VLAN_PRESENT | m->lab->networks[i].vid);

		if (sdn_intent_carries(port, i, &tagged) &&
		    be16_get(m->key.vlan) == (tagged ? tag : 0))
			return i;
	}
	return SDN_NONE;
}

static bool model_allows(struct model *m, uint16_t number)
{
	const struct sdn_intent_acl *acl;

	if (number == SDN_NONE)
		return true;
	acl = &m->lab->acls[number];
	for (uint32_t i = 0; i < acl->rules_len; i++) {
		if (!sdn_match_has(&acl->rules[i].match, &m->key))
			continue;
		if (acl->rules[i].mirror)
			model_out(m, acl->rules[i].mirror);
		return acl->rules[i].allow;
	}
	return acl->otherwise_allow;
}

static struct addr model_dst(const struct model *m)
{
	if (be16_get(m->key.eth_type) == 0x86dd)
		return addr_from_bytes(m->key.dst);
	return addr_from_ipv4(*(const be32_t *)m->key.dst);
}

static bool model_is_ip(const struct model *m)
{
	unsigned type = be16_get(m->key.eth_type);

	return type == 0x0800 || type == 0x86dd;
}

// Whether the controller gets it: it is for the router itself.
static bool model_is_own(const struct model *m, const struct sdn_intent_network *network)
{
	// ARP to the router itself answers a question of the controller.
	if (be16_get(m->key.eth_type) == 0x0806 && memcmp(m->key.eth_dst, lab_router_mac, 6) == 0)
		return true;
	for (unsigned i = 0; i < network->addresses_len; i++) {
		bool dst = addr_eq(network->addresses[i].addr, model_dst(m));

		if (dst && be16_get(m->key.eth_type) == 0x0806 && m->key.ip_proto == 1)
			return true;
		if (dst && model_is_ip(m) && memcmp(m->key.eth_dst, lab_router_mac, 6) == 0)
			return true;
	}
	return false;
}

static const struct sdn_station *model_station_at(const struct model *m, struct addr address)
{
	for (unsigned i = 0; i < LAB_HOSTS; i++) {
		const struct sdn_station *station = &m->lab->stations[i];

		if (m->lab->networks[station->network].router != SDN_NONE &&
		    (addr_eq(station->addresses[0], address) ||
		     addr_eq(station->addresses[1], address)))
			return station;
	}
	return NULL;
}

// The length of the longest prefix of a network that has the address; -1: none has.
static int model_connected(const struct model *m, struct addr dst)
{
	int best = -1;

	for (unsigned i = 0; i < LAB_NETWORKS; i++)
		for (unsigned k = 0; k < m->lab->networks[i].addresses_len; k++)
			if (addr_prefix_has(m->lab->networks[i].addresses[k], dst) &&
			    m->lab->networks[i].addresses[k].len > best)
				best = m->lab->networks[i].addresses[k].len;
	return best;
}

// The next station; NULL, and whether the controller is asked for it.
static const struct sdn_station *model_next(const struct model *m, bool *controller)
{
	const struct sdn_intent_route *best = NULL;
	struct addr dst = model_dst(m);
	const struct sdn_station *station = model_is_ip(m) ? model_station_at(m, dst) : NULL;
	int connected = model_connected(m, dst);

	*controller = false;
	if (station || !model_is_ip(m))
		return station;
	for (unsigned i = 0; i < m->lab->router.routes_len; i++) {
		const struct sdn_intent_route *route = &m->lab->router.routes[i];

		if (addr_prefix_has(route->to, dst) && addr_is_ipv4(dst) &&
		    (!best || route->to.len > best->to.len))
			best = route;
	}
	*controller = connected >= 0 && (!best || best->to.len <= connected);
	if (*controller || !best)
		return NULL;
	station = model_station_at(m, best->via);
	*controller = !station;
	return station;
}

static void model_forward(struct model *m, uint16_t network)
{
	for (unsigned i = 0; i < LAB_HOSTS; i++) {
		const struct sdn_station *station = &m->lab->stations[i];
		const struct sdn_intent_port *port =
		        sdn_intent_port(&m->lab->of_switch, station->port);
		bool tagged;

		if (station->network != network || !port ||
		    memcmp(station->mac, m->key.eth_dst, 6) != 0 ||
		    !sdn_intent_carries(port, network, &tagged))
			continue;
		if (!tagged)
			m->key.vlan = be16(0);
		if (memcmp(m->key.eth_src, lab_router_mac, 6) == 0 &&
		    m->lab->networks[network].router != SDN_NONE)
			lab_leaves(m->copies, station->port, &m->key); // also back
		else
			model_out(m, station->port);
		return;
	}
	for (unsigned pass = 0; pass < 2; pass++) {
		if (pass)
			m->key.vlan = be16(0);
		for (unsigned i = 0; i < LAB_PORTS; i++) {
			bool tagged;

			if (sdn_intent_carries(&m->lab->ports[i], network, &tagged) &&
			    tagged == (pass == 0))
				model_out(m, m->lab->ports[i].number);
		}
	}
}

static void model_learn(struct model *m, uint16_t network, const struct sdn_intent_port *port)
{
	for (unsigned i = 0; i < LAB_HOSTS; i++)
		if (m->lab->stations[i].network == network &&
		    m->lab->stations[i].port == port->number &&
		    memcmp(m->lab->stations[i].mac, m->key.eth_src, 6) == 0)
			return;
	lab_leaves(m->copies, OF_PORT_CONTROLLER, &m->key);
}

static void model_route(struct model *m)
{
	bool controller;
	const struct sdn_station *station = model_next(m, &controller);

	if (controller)
		lab_leaves(m->copies, OF_PORT_CONTROLLER, &m->key);
	if (!station)
		return;
	memcpy(m->key.eth_src, lab_router_mac, 6);
	memcpy(m->key.eth_dst, station->mac, 6);
	m->key.vlan = be16((uint16_t)(OXM_VLAN_PRESENT | m->lab->networks[station->network].vid));
	model_forward(m, station->network);
}

static void model_run(const struct lab *lab, const struct sdn_key *packet,
                      struct lab_copies *copies)
{
	struct model m = {lab, *packet, copies};
	const struct sdn_intent_port *port =
	        sdn_intent_port(&lab->of_switch, be32_get(packet->in_port));
	uint16_t network;

	if (be16_get(packet->eth_type) == 0x88cc)
		lab_leaves(copies, OF_PORT_CONTROLLER, packet);
	if (be16_get(packet->eth_type) == 0x88cc || !port || packet->eth_dst[0] == 1)
		return;
	network = model_network(&m, port);
	if (network == SDN_NONE)
		return;
	m.key.vlan = be16((uint16_t)(OXM_VLAN_PRESENT | lab->networks[network].vid));
	if (!model_allows(&m, port->acl) || !model_allows(&m, lab->networks[network].acl))
		return;
	model_learn(&m, network, port);
	if (lab->networks[network].router != SDN_NONE && model_is_own(&m, &lab->networks[network]))
		lab_leaves(copies, OF_PORT_CONTROLLER, &m.key);
	else if (lab->networks[network].router != SDN_NONE &&
	         memcmp(m.key.eth_dst, lab_router_mac, 6) == 0)
		model_route(&m);
	else
		model_forward(&m, network);
}

static void print_packet(const struct sdn_tables *tables, const struct lab *lab,
                         const struct sdn_key *packet)
{
	static char text[65536];
	struct of_text out = {.out = fill_of(text, sizeof(text) - 1)};

	sdn_trace_packet_text(packet, &out);
	of_text_put(&out, "\n");
	sdn_trace(tables, &lab->intent, packet, NULL, NULL, &out);
	print_error("%.*s", (int)fill_len(&out.out), text);
}

static void expect_model(const struct lab *lab, const struct sdn_tables *tables,
                         const struct sdn_key *packet)
{
	struct lab_copies wanted = {.len = 0}, got = {.len = 0};

	model_run(lab, packet, &wanted);
	sdn_trace(tables, &lab->intent, packet, lab_leaves, &got, NULL);
	lab_copies_sort(&wanted);
	lab_copies_sort(&got);
	if (lab_copies_equal(&wanted, &got))
		return;
	print_packet(tables, lab, packet);
	fail_msg("%u copies leave, not %u as intended", got.len, wanted.len);
}

static void tables_do_what_intents_say(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < 200; seed++) {
		struct rand rand;
		struct lab lab;
		struct sdn_tables tables;

		rand_init(&rand, seed);
		lab_init(&lab, &rand, false);
		tables = lab_make(&lab);
		for (unsigned i = 0; i < 100; i++) {
			struct sdn_key packet = lab_packet(&rand);

			expect_model(&lab, &tables, &packet);
		}
		lab_tables_close(&tables);
	}
}

static void one_table_does_what_intents_say(void **state)
{
	(void)state;
	for (uint64_t seed = 1000; seed < 1060; seed++) {
		struct sdn_tables tables, flat = lab_tables(1 << 16);
		struct why why = {""};
		struct rand rand;
		struct lab lab;

		rand_init(&rand, seed);
		lab_init(&lab, &rand, seed % 2);
		tables = lab_make(&lab);
		if (sdn_rules_flatten(&lab.intent, &tables, lab.known.version, &flat, &why) == 0) {
			for (unsigned i = 0; i < 100; i++) {
				struct sdn_key packet = lab_packet(&rand);

				expect_model(&lab, &flat, &packet);
			}
		} else {
			// Only two limits on a path.
			assert_false(seed % 2);
			assert_non_null(strstr(why.text, "one limit only"));
		}
		lab_tables_close(&tables);
		lab_tables_close(&flat);
	}
}

static void flows_of_a_priority_do_not_overlap(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < 50; seed++) {
		struct rand rand;
		struct lab lab;
		struct sdn_tables tables;

		rand_init(&rand, seed);
		lab_init(&lab, &rand, false);
		tables = lab_make(&lab);
		for (uint32_t i = 0; i < tables.flows_len; i++) {
			const struct sdn_flow *a = &tables.flows[i];

			for (uint32_t k = i + 1; k < tables.flows_len; k++) {
				const struct sdn_flow *b = &tables.flows[k];

				if (a->table == b->table && a->priority == b->priority)
					assert_false(sdn_match_overlaps(&a->match, &b->match));
			}
			assert_true(a->next == 0 || a->next > a->table);
		}
		lab_tables_close(&tables);
	}
}

// Two networks, an access list, a limit; as text.
static const char small[] =
        "table 0, priority 500: eth_type=0x88cc -> controller\n"
        "table 0, priority 400: eth_dst=01:80:c2:00:00:00/ff:ff:ff:ff:ff:f0 -> drop\n"
        "table 0, priority 200: in_port=1,vlan_vid=0x0 -> push_vlan:10,goto_table:1\n"
        "table 0, priority 200: in_port=2,vlan_vid=0x0 -> meter:77,push_vlan:20,goto_table:1\n"
        "table 0, priority 200: in_port=3,vlan_vid=0x100a -> goto_table:1\n"
        "table 0, priority 200: in_port=3,vlan_vid=0x1014 -> goto_table:1\n"
        "table 0, priority 0: any -> drop\n"
        "table 1, priority 60000: in_port=1,eth_type=0x800,ip_proto=6,tcp_dst=22 -> output:3\n"
        "table 1, priority 1: in_port=1 -> goto_table:2\n"
        "table 1, priority 0: any -> goto_table:2\n"
        "table 2, priority 0: any -> goto_table:3\n"
        "table 3, priority 200: in_port=1,eth_src=02:00:00:00:00:05,vlan_vid=0x100a -> "
        "goto_table:4\n"
        "table 3, priority 0: any -> controller,goto_table:4\n"
        "table 4, priority 0: any -> goto_table:6\n"
        "table 5, priority 0: any -> drop\n"
        "table 6, priority 200: eth_dst=02:00:00:00:00:05,vlan_vid=0x100a -> pop_vlan,output:1\n"
        "table 6, priority 100: vlan_vid=0x100a -> output:3,pop_vlan,output:1\n"
        "table 6, priority 100: vlan_vid=0x1014 -> output:3,pop_vlan,output:2\n"
        "table 6, priority 0: any -> drop\n";

static void flows_of_a_small_network(void **state)
{
	static const struct sdn_intent_network networks[] = {
	        {"office", 10, SDN_NONE, SDN_NONE, 0, NULL},
	        {"guests", 20, SDN_NONE, SDN_NONE, 0, NULL}};
	static const struct sdn_intent_limit limit = {"slow", 77, 1000, 100};
	static const uint16_t both[] = {0, 1};
	static const struct sdn_intent_port ports[] = {
	        {"", 1, 0, 0, SDN_NONE, 0, NULL, SDN_NONE, 0, false, false},
	        {"", 2, 1, SDN_NONE, 0, 0, NULL, SDN_NONE, 0, false, false},
	        {"", 3, SDN_NONE, SDN_NONE, SDN_NONE, 2, both, SDN_NONE, 0, false, false}};
	static const struct sdn_intent_switch on = {"s1", 1, ports, 3};
	static const struct sdn_station station = {.mac = {2, 0, 0, 0, 0, 5}, .port = 1};
	static const struct sdn_known known = {
	        .version = OF13, .tables = 254, .stations = &station, .stations_len = 1};
	struct sdn_intent_rule rule = {.number = 1, .limit = SDN_NONE, .mirror = 3};
	struct sdn_intent_acl acl = {"no-ssh", &rule, 1, true};
	struct sdn_intent intent = {.networks = networks,
	                            .limits = &limit,
	                            .acls = &acl,
	                            .switches = &on,
	                            .networks_len = 2,
	                            .limits_len = 1,
	                            .acls_len = 1,
	                            .switches_len = 1};
	struct sdn_tables tables = lab_tables(64);
	char text[4096] = "";
	struct of_text out = {.out = fill_of(text, sizeof(text) - 1)};
	struct why why;

	(void)state;
	SDN_MATCH_SET(&rule.match, eth_type, be16(0x0800));
	SDN_MATCH_SET(&rule.match, ip_proto, 6);
	SDN_MATCH_SET(&rule.match, dst_port, be16(22));
	assert_int_equal(sdn_rules_make(&intent, 0, &known, &tables, &why), 0);
	for (uint32_t i = 0; i < tables.flows_len; i++) {
		sdn_flow_text(&tables.flows[i], &out);
		of_text_put(&out, "\n");
		assert_true(sdn_flow_owned(&tables.flows[i]));
	}
	assert_string_equal(text, small);
	lab_tables_close(&tables);
}

static void too_little_memory_is_counted(void **state)
{
	struct sdn_tables none = {0}, enough;
	struct why why;
	struct rand rand;
	struct lab lab;

	(void)state;
	rand_init(&rand, 1);
	lab_init(&lab, &rand, false);
	assert_int_equal(sdn_rules_make(&lab.intent, 0, &lab.known, &none, &why), -ENOSPC);
	enough = lab_make(&lab);
	assert_int_equal(none.flows_len, enough.flows_len);
	assert_int_equal(none.actions_len, enough.actions_len);
	lab_tables_close(&enough);
}

static void version_10_refuses_by_name(void **state)
{
	static const struct {
		const char *want;
		unsigned kind;
	} cases[] = {
	        {"acl \"one\", rule 1: OpenFlow 1.0 cannot match fields of IPv6", 0},
	        {"acl \"one\", rule 1: OpenFlow 1.0 matches one port of TCP or UDP, not a range",
	         1},
	        {"port 1: OpenFlow 1.0 has no meters, which a limit needs", 2},
	};

	(void)state;
	for (unsigned i = 0; i < ARRAY_LEN(cases); i++) {
		struct sdn_tables tables = lab_tables(4096);
		struct sdn_intent_rule *rule;
		struct why why = {""};
		struct rand rand;
		struct lab lab;

		rand_init(&rand, 5);
		lab_init(&lab, &rand, true);
		rule = &lab.rules[0][0];
		lab.acls[0] = (struct sdn_intent_acl){"one", rule, 1, true};
		*rule = (struct sdn_intent_rule){.number = 1, .limit = SDN_NONE};
		lab.ports[0].untagged = 0;
		lab.ports[0].tagged_len = 0;
		lab.ports[0].acl = 0;
		SDN_MATCH_SET(&rule->match, eth_type, be16(cases[i].kind == 0 ? 0x86dd : 0x0800));
		SDN_MATCH_SET(&rule->match, ip_proto, 6);
		if (cases[i].kind == 1)
			rule->match.mask.key.dst_port = be16(0xff00);
		if (cases[i].kind == 2)
			lab.ports[0].limit = 0;
		assert_int_equal(sdn_rules_make(&lab.intent, 0, &lab.known, &tables, &why),
		                 -EOPNOTSUPP);
		assert_string_equal(why.text, cases[i].want);
		lab_tables_close(&tables);
	}
}

static void cookies_and_meters_are_stable(void **state)
{
	struct sdn_intent_network networks[] = {{.name = "a"}, {.name = "b"}};
	struct sdn_intent one = {.networks = networks, .networks_len = 1};
	struct sdn_intent two = {.networks = networks, .networks_len = 2};
	struct sdn_origin origin = {SDN_ORIGIN_NETWORK, 0, 0};
	uint64_t a = sdn_intent_cookie(&one, origin);

	(void)state;
	assert_int_equal(a, sdn_intent_cookie(&two, origin));
	origin.item = 1;
	assert_int_not_equal(a, sdn_intent_cookie(&two, origin));
	assert_int_equal(sdn_intent_meter_id("slow"), sdn_intent_meter_id("slow"));
	assert_in_range(sdn_intent_meter_id("slow"), 1, 65535);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(flows_of_a_small_network),
	        cmocka_unit_test(tables_do_what_intents_say),
	        cmocka_unit_test(one_table_does_what_intents_say),
	        cmocka_unit_test(flows_of_a_priority_do_not_overlap),
	        cmocka_unit_test(too_little_memory_is_counted),
	        cmocka_unit_test(version_10_refuses_by_name),
	        cmocka_unit_test(cookies_and_meters_are_stable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// intent_conf: what is refused, with the key, the reason and what to do; what a rule's keys become.
#include "intents_conf.h"

#include "apps/sdn/intent_tables.h"

#include <errno.h>
#include <stdio.h>

#define NETWORK "\"networks\": [{\"name\": \"a\", \"vlan\": 1}]"
#define SWITCH(ports)                                                                              \
	"\"switches\": [{\"name\": \"s\", \"datapath\": \"1\", \"ports\": [" ports "]}]"
#define PORT      "{\"number\": 1, \"untagged\": \"a\"}"
#define ACL(rule) "\"acls\": [{\"name\": \"l\", \"rules\": [" rule "]}]"
#define ROUTED    "\"networks\": [{\"name\": \"a\", \"vlan\": 1, \"gateways\": \"10.0.0.1/24\"}]"
#define ROUTER(more)                                                                               \
	"\"routers\": [{\"name\": \"r\", \"mac\": \"02:00:00:00:00:01\", \"networks\": \"a\"" more \
	"}]"
#define HOST(more)                                                                                 \
	"\"hosts\": [{\"name\": \"h\", \"mac\": \"02:00:00:00:00:02\", \"network\": \"a\"" more "}]"

static const struct {
	const char *text, *path, *want;
} refused[] = {
        {"{\"networks\": [{\"name\": \"a b\", \"vlan\": 1}]}", "networks[0].name",
         "\"a b\" is not a name of letters, digits, \"-\", \"_\" and \".\""},
        {"{\"networks\": [{\"name\": \"a\", \"vlan\": 4095}]}", "networks[0].vlan",
         "must be from 1 to 4094, not 4095"},
        {"{\"networks\": [{\"name\": \"a\", \"vlan\": 1}, {\"name\": \"a\", \"vlan\": 2}]}",
         "networks[1].name",
         "\"a\" is the name of sdn.intents.networks[0], too; give it another one"},
        {"{\"networks\": [{\"name\": \"a\", \"vlan\": 1}, {\"name\": \"b\", \"vlan\": 1}]}",
         "networks[1].vlan",
         "VLAN 1 is that of the network \"a\", too; give one of them another VLAN"},
        {"{\"networks\": [{\"name\": \"a\", \"vlan\": 1, \"acl\": \"x\"}]}", "networks[0].acl",
         "there is no acl \"x\"; declare it in sdn.intents.acls, or mend the name"},
        {"{" ROUTED "}", "networks[0].gateways",
         "no router has the network \"a\"; name it in one, or leave \"gateways\" out"},
        {"{" ACL("{\"action\": \"allow\", \"limit\": \"x\"}") "}", "acls[0].rules[0].limit",
         "there is no limit \"x\"; declare it in sdn.intents.limits, or mend the name"},
        {"{\"limits\": [{\"name\": \"x\", \"rate_kbps\": 1}], " ACL(
                 "{\"action\": \"deny\", \"limit\": \"x\"}") "}",
         "acls[0].rules[0].limit",
         "a limit is for what a rule allows, and this one denies; leave one out"},
        {"{" ACL("{\"action\": \"deny\", \"to_ports\": \"80\"}") "}", "acls[0].rules[0]",
         "ports need \"protocol\": \"tcp\" or \"udp\"; write a rule for each"},
        {"{" ACL("{\"action\": \"deny\", \"protocol\": \"tcp\", \"to_ports\": \"9-8\"}") "}",
         "acls[0].rules[0].to_ports",
         "\"9-8\" is neither a port from 0 to 65535 nor a range such as 8000-8999"},
        {"{" ACL("{\"action\": \"deny\", \"from\": \"10.0.0.1\", \"to\": \"fd00::1\"}") "}",
         "acls[0].rules[0]",
         "matches no packet: \"from\" and \"to\" have no address of the same family, IPv4 or "
         "IPv6"},
        {"{" ACL("{\"action\": \"deny\", \"protocol\": \"tcp\", \"from_ports\": \"1-65534\", "
                 "\"to_ports\": \"1-65534\"}") "}",
         "acls[0].rules[0]",
         "takes 1800 flows for its addresses and ranges of ports, more than 1000; write several "
         "rules, or coarser ones"},
        {"{" ACL("{\"action\": \"permit\"}") "}", "acls[0].rules[0].action",
         "must be \"deny\" or \"allow\", not \"permit\""},
        {"{" NETWORK ", " SWITCH("{\"number\": 1}") "}", "switches[0].ports[0]",
         "carries no network; set \"untagged\" or \"tagged\", or leave the port out"},
        {"{" NETWORK ", " SWITCH(PORT ", " PORT) "}", "switches[0].ports[1].number",
         "port 1 stands here twice"},
        {"{" NETWORK ", " SWITCH("{\"number\": 1, \"untagged\": \"a\", \"tagged\": \"a\"}") "}",
         "switches[0].ports[0].tagged[0]",
         "the port carries \"a\" already; a network is tagged or untagged, once"},
        {"{" NETWORK ", " SWITCH("{\"number\": 1, \"untagged\": \"b\"}") "}",
         "switches[0].ports[0].untagged",
         "there is no network \"b\"; declare it in sdn.intents.networks, or mend the name"},
        {"{" NETWORK ", " SWITCH("{\"number\": 1, \"untagged\": \"a\", \"peer\": \"s:2\"}") "}",
         "switches[0].ports[0].peer", "\"s:2\" is no switch and port of sdn.intents.switches"},
        {"{" NETWORK ", " ACL("{\"action\": \"allow\", \"mirror\": 7}") ", " SWITCH(
                 "{\"number\": 1, \"untagged\": \"a\", \"acl\": \"l\"}") "}",
         "switches[0].ports[0].acl",
         "rule 1 of the acl \"l\" mirrors to port 7, which the switch \"s\" does not have here; "
         "declare the port"},
        {"{" NETWORK ", \"switches\": [{\"name\": \"s\", \"datapath\": \"0x0\", \"ports\": [" PORT
         "]}]}",
         "switches[0].datapath",
         "\"0x0\" is not a datapath id other than 0, such as 0x1 or 00:00:00:00:00:00:00:01"},
        {"{" NETWORK ", \"switches\": [{\"name\": \"s\", \"datapath\": \"0x1\", \"ports\": [" PORT
         "]}, {\"name\": \"t\", \"datapath\": \"00:01\", \"ports\": [" PORT "]}]}",
         "switches[1].datapath", "is that of the switch \"s\", too"},
        {"{" NETWORK ", " ROUTER("") "}", "routers[0].networks[0]",
         "\"a\" has no \"gateways\"; give the router an address in it"},
        {"{" ROUTED
         ", " ROUTER(", \"routes\": [{\"to\": \"0.0.0.0/0\", \"via\": \"10.1.0.1\"}]") "}",
         "routers[0].routes[0].via", "10.1.0.1 is in no network of the router \"r\""},
        {"{" ROUTED ", " ROUTER(", \"routes\": [{\"to\": \"::/0\", \"via\": \"10.0.0.2\"}]") "}",
         "routers[0].routes[0]", "leads from one family, IPv4 or IPv6, to the other"},
        {"{" ROUTED ", " ROUTER(", \"routes\": [{\"to\": \"9.0.0.0/8\", \"via\": \"10.0.0.2\"}, "
                                "{\"to\": \"9.1.0.0/8\", \"via\": \"10.0.0.3\"}]") "}",
         "routers[0].routes[1].to", "9.1.0.0/8 has a route already, routes[0]"},
        {"{" ROUTED ", " ROUTER("") ", " HOST(", \"addresses\": \"10.9.0.1\"") "}",
         "hosts[0].addresses[0]", "10.9.0.1 is not in the network \"a\""},
        {"{" NETWORK ", " SWITCH(PORT) ", " HOST(", \"at\": \"s:3\"") "}", "hosts[0].at",
         "\"s:3\" is no switch and port of sdn.intents.switches"},
        {"{" NETWORK ", " HOST(", \"addresses\": [\"10.0.0.5\", \"10.0.0.5\"]") "}",
         "hosts[0].addresses[1]", "is that of the host \"h\", too"},
};

static void wrong_intents_are_refused(void **state)
{
	(void)state;
	for (unsigned i = 0; i < ARRAY_LEN(refused); i++) {
		struct conf conf;
		char want[512];

		intents_read(&conf, refused[i].text);
		snprintf(want, sizeof(want), "sdn.intents.%s: %s", refused[i].path,
		         refused[i].want);
		if (conf.errors != 1)
			print_error("case %u: %s\n", i, refused[i].text);
		for (const struct conf_report *r = conf.reports; r && conf.errors != 1; r = r->next)
			print_error("  %s\n", r->text);
		assert_int_equal(conf.errors, 1);
		assert_string_equal(conf.reports->text, want);
		conf_close(&conf);
	}
}

static void the_example_is_sound(void **state)
{
	struct conf conf;
	const struct intent_conf *intents = intents_read(&conf, INTENTS_OFFICE);
	struct arena arena = {0};
	struct sdn_intent intent;
	struct why why;

	(void)state;
	assert_int_equal(conf.errors, 0);
	assert_int_equal(conf_settle(&conf, &why), 0);
	intent = intent_conf_build(intents, &arena);
	assert_int_equal(intent.networks_len, 2);
	assert_int_equal(intent.networks[1].acl, 0);
	assert_int_equal(intent.networks[0].router, 0);
	assert_int_equal(intent.switches[0].ports[2].tagged_len, 2);
	assert_int_equal(intent.switches[0].ports[2].peer_switch, 1);
	assert_int_equal(intent.switches[0].ports[0].peer_switch, SDN_NONE);
	assert_int_equal(intent.switches[1].datapath_id, 2);
	assert_int_equal(intent.hosts[0].on_switch, 1);
	assert_int_equal(intent.hosts[2].network, 1);
	assert_int_equal(intent.limits[0].rate_kbps, 1000);
	arena_fini(&arena);
	conf_close(&conf);
}

// A rule's matches, one by one, against what its keys say of each port.
static void ranges_are_whole(void **state)
{
	static const char *ranges[] = {"0-65535", "1-65534", "8000-8999", "22",
	                               "0",       "65535",   "3-4"};

	(void)state;
	for (unsigned i = 0; i < ARRAY_LEN(ranges); i++) {
		struct intent_rule_conf rule = {.protocol = INTENT_PROTOCOL_TCP,
		                                .to_ports = {&ranges[i], 1}};
		struct sdn_match matches[64];
		size_t n = intent_conf_matches(&rule, matches, ARRAY_LEN(matches));
		uint16_t first, last;

		assert_true(intent_conf_ports(ranges[i], &first, &last));
		assert_in_range(n, 2, 60);
		for (unsigned port = 0; port <= 65535; port++) {
			struct sdn_key key = {.eth_type = be16(0x0800),
			                      .ip_proto = 6,
			                      .dst_port = be16((uint16_t)port)};
			unsigned hits = 0;

			for (size_t m = 0; m < n; m++)
				hits += sdn_match_has(&matches[m], &key);
			assert_int_equal(hits, port >= first && port <= last);
		}
	}
}

static void a_rule_covers_both_families(void **state)
{
	static const char *from[] = {"10.0.0.0/8", "fd00::/16"};
	struct intent_rule_conf rule = {.protocol = INTENT_PROTOCOL_ICMP, .from = {from, 2}};
	struct sdn_match matches[4];

	(void)state;
	assert_int_equal(intent_conf_matches(&rule, matches, 4), 2);
	assert_int_equal(be16_get(matches[0].value.key.eth_type), 0x0800);
	assert_int_equal(matches[0].value.key.ip_proto, 1);
	assert_int_equal(be16_get(matches[1].value.key.eth_type), 0x86dd);
	assert_int_equal(matches[1].value.key.ip_proto, 58);
	rule.protocol = INTENT_PROTOCOL_ARP;
	assert_int_equal(intent_conf_matches(&rule, matches, 4), 1);
	assert_int_equal(be16_get(matches[0].value.key.eth_type), 0x0806);
}

// More flows than the first try has memory for.
static void memory_grows(void **state)
{
	static struct sdn_station stations[3000];
	struct sdn_intent_network network = {"a", 1, SDN_NONE, SDN_NONE, 0, NULL};
	struct sdn_intent_port port = {"", 1, 0, SDN_NONE, SDN_NONE, 0, NULL, SDN_NONE, 0};
	struct sdn_intent_switch on = {"s", 1, &port, 1};
	struct sdn_intent intent = {
	        .networks = &network, .switches = &on, .networks_len = 1, .switches_len = 1};
	struct sdn_known known = {.version = OF13,
	                          .tables = 254,
	                          .stations = stations,
	                          .stations_len = ARRAY_LEN(stations)};
	struct sdn_tables tables;
	struct why why;

	(void)state;
	for (unsigned i = 0; i < ARRAY_LEN(stations); i++)
		stations[i] = (struct sdn_station){
		        {2, 0, 0, 0, (uint8_t)(i >> 8), (uint8_t)i}, 0, 1, NULL, 0};
	assert_int_equal(intent_tables_make(&intent, 0, &known, &tables, &why), 0);
	assert_true(tables.flows_len > 6000);
	intent_tables_free(&tables);
	known.version = OF10;
	assert_int_equal(intent_tables_make(&intent, 0, &known, &tables, &why), -EOPNOTSUPP);
	assert_non_null(strstr(why.text, "more than 65,000 flows"));
}

static void texts_are_read(void **state)
{
	struct prefix prefix;
	uint16_t first, last;
	uint64_t id;

	(void)state;
	assert_true(intent_conf_datapath("00:00:00:00:00:00:00:0a", &id));
	assert_int_equal(id, 10);
	assert_true(intent_conf_datapath("0xDeadBeef", &id));
	assert_int_equal(id, 0xdeadbeef);
	assert_false(intent_conf_datapath("0x", &id));
	assert_false(intent_conf_datapath("00:", &id));
	assert_false(intent_conf_datapath("1:2", &id));
	assert_false(intent_conf_datapath("00000000000000001", &id));
	assert_false(intent_conf_datapath("xyz", &id));
	assert_true(intent_conf_prefix("10.0.0.1", &prefix));
	assert_int_equal(prefix.len, 32);
	assert_false(intent_conf_prefix("10.0.0.1/33", &prefix));
	assert_false(intent_conf_ports("", &first, &last));
	assert_false(intent_conf_ports("70000", &first, &last));
	assert_false(intent_conf_ports("1-", &first, &last));
	assert_false(intent_conf_ports("1-2-3", &first, &last));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(wrong_intents_are_refused),
	        cmocka_unit_test(the_example_is_sound),
	        cmocka_unit_test(ranges_are_whole),
	        cmocka_unit_test(a_rule_covers_both_families),
	        cmocka_unit_test(memory_grows),
	        cmocka_unit_test(texts_are_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// plan: golden texts of what changes and of packets' ways; what is wrong with a call.
#include "intents_conf.h"

#include "apps/sdn/plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

// What a plan of the example prints.
struct printed {
	char *out, *err;
	size_t out_len, err_len;
	int status;
};

static struct printed plan(const char *text, const struct plan_call *call)
{
	struct printed p = {0};
	FILE *out = open_memstream(&p.out, &p.out_len), *err = open_memstream(&p.err, &p.err_len);
	struct conf conf;
	const struct intent_conf *intents = intents_read(&conf, text);

	assert_non_null(out);
	assert_non_null(err);
	assert_int_equal(conf.errors, 0);
	p.status = plan_print(intents, true, call, out, err);
	fclose(out);
	fclose(err);
	conf_close(&conf);
	return p;
}

static void printed_free(struct printed *p)
{
	free(p->out);
	free(p->err);
}

static void expect_packet(const char *packet, int status, const char *want)
{
	struct printed p = plan(INTENTS_OFFICE, &(struct plan_call){.packet = packet});

	assert_string_equal(p.err, status == 2 ? want : "");
	assert_string_equal(p.out, status == 2 ? "" : want);
	assert_int_equal(p.status, status);
	printed_free(&p);
}

static void a_packet_reaches_a_host(void **state)
{
	(void)state;
	expect_packet(
	        "from=desk,to=printer", 0,
	        "switch \"s1\", port 1, 02:00:00:00:00:02 > 02:00:00:00:00:01, 10.0.10.6 > "
	        "10.0.10.5, protocol 1\n"
	        "table 0 (port): in_port=1,vlan_vid=0x0 -> push_vlan:10,goto_table:1 (port 1)\n"
	        "table 1 (port acl): any -> goto_table:2 (no access list here)\n"
	        "table 2 (network acl): any -> goto_table:3 (no access list here)\n"
	        "table 3 (learn): in_port=1,eth_src=02:00:00:00:00:02,vlan_vid=0x100a -> "
	        "goto_table:4 (a host)\n"
	        "table 4 (router): any -> goto_table:6 (not for a router)\n"
	        "table 6 (forward): eth_dst=02:00:00:00:00:01,vlan_vid=0x100a -> output:3 (a "
	        "host)\n"
	        "  leaves by port 3, VLAN 10, to port 1 of switch \"s2\"\n"
	        "switch \"s2\", port 1, VLAN 10, 02:00:00:00:00:02 > 02:00:00:00:00:01, 10.0.10.6 "
	        "> 10.0.10.5, protocol 1\n"
	        "table 0 (port): in_port=1,vlan_vid=0x100a -> goto_table:1 (port 1)\n"
	        "table 1 (port acl): any -> goto_table:2 (no access list here)\n"
	        "table 2 (network acl): any -> goto_table:3 (no access list here)\n"
	        "table 3 (learn): in_port=1 -> goto_table:4 (its source was looked at where it "
	        "entered the network)\n"
	        "table 4 (router): any -> goto_table:6 (not for a router)\n"
	        "table 6 (forward): eth_dst=02:00:00:00:00:01,vlan_vid=0x100a -> pop_vlan,output:2 "
	        "(a host)\n"
	        "  leaves by port 2, untagged, where host \"printer\" takes it\n"
	        "reaches host \"printer\"\n");
}

static void a_packet_is_dropped_by_a_list(void **state)
{
	(void)state;
	expect_packet(
	        "from=visitor,to=desk,protocol=tcp,to_port=22", 1,
	        "switch \"s1\", port 2, 02:00:00:00:00:03 > 0e:00:00:00:00:01, 10.0.20.7 port 0 > "
	        "10.0.10.6 port 22, protocol 6\n"
	        "table 0 (port): in_port=2,vlan_vid=0x0 -> meter:9704,push_vlan:20,goto_table:1 "
	        "(port 2)\n"
	        "table 1 (port acl): any -> goto_table:2 (no access list here)\n"
	        "table 2 (network acl): eth_type=0x800,vlan_vid=0x1014,ip_proto=6,"
	        "ipv4_dst=10.0.10.0/24,tcp_dst=22 -> drop (acl \"guests\", rule 1)\n"
	        "  dropped: acl \"guests\", rule 1\n"
	        "does not reach host \"desk\"\n");
}

// Between networks, by the router.
static void a_packet_is_routed(void **state)
{
	struct printed p =
	        plan(INTENTS_OFFICE,
	             &(struct plan_call){.packet = "from=visitor,to=desk,protocol=tcp,to_port=80"});

	(void)state;
	assert_int_equal(p.status, 0);
	assert_non_null(strstr(
	        p.out, "table 5 (route): eth_dst=0e:00:00:00:00:01,eth_type=0x800,"
	               "vlan_vid=0x1000/0x1000,ipv4_dst=10.0.10.6 -> set_eth_src:0e:00:00:00:00:01,"
	               "set_eth_dst:02:00:00:00:00:02,set_vlan:10,dec_ttl,"
	               "goto_table:6 (router \"r1\")\n"));
	assert_non_null(
	        strstr(p.out, "leaves by port 1, untagged, where host \"desk\" takes it\n"));
	printed_free(&p);
}

// One port of a cable names the other: that is enough for both directions.
static void a_cable_is_declared_at_one_end(void **state)
{
	static const char declared[] = ", \"peer\": \"s2:1\"";
	char text[] = INTENTS_OFFICE, *at = strstr(text, declared);
	struct printed p;

	(void)state;
	assert_non_null(at);
	memset(at, ' ', sizeof(declared) - 1);
	p = plan(text, &(struct plan_call){.packet = "from=desk,to=printer"});
	assert_int_equal(p.status, 0);
	assert_non_null(strstr(p.out, "leaves by port 3, VLAN 10, to port 1 of switch \"s2\"\n"));
	printed_free(&p);
}

static void wrong_packets_are_refused(void **state)
{
	static const struct {
		const char *packet, *want;
	} cases[] = {
	        {"from=desk", "give from and to, hosts or addresses"},
	        {"from=desk,to=nobody-here",
	         "to=nobody-here is neither an address nor the name of a host in \"hosts\""},
	        {"from=10.0.10.9,to=desk", "where does it come in? Give in=SWITCH:PORT, or "
	                                   "from=HOST with a host that has \"at\""},
	        {"in=s9:1,from=10.0.10.9,to=desk",
	         "in=s9:1 is no switch of \"switches\" and a port: in=SWITCH:PORT"},
	        {"from=desk,to=fd00::1", "from and to are of different families, IPv4 and IPv6"},
	        {"from=desk,to=printer,protocol=gre",
	         "protocol=gre is none of icmp, tcp, udp and arp"},
	        {"from=desk,to=printer,to_port=1", "ports need protocol=tcp or protocol=udp"},
	        {"from=desk,to=printer,protocol=tcp,to_port=70000",
	         "to_port is a number from 0 to 65535, not \"70000\""},
	        {"from=desk,from=desk,to=printer", "from is given twice"},
	        {"from=desk,to=printer,color=red",
	         "\"color\" is none of in, vlan, eth_src, eth_dst, from, to, protocol, from_port "
	         "and to_port"},
	        {"from=,to=printer", "from needs a value, as in from=..."},
	        {"from=desk,to=printer,eth_src=1", "eth_src=1 is not a unicast MAC address"},
	};

	(void)state;
	for (unsigned i = 0; i < ARRAY_LEN(cases); i++) {
		char want[512];

		snprintf(want, sizeof(want), "wadi-sdn: plan: packet: %s\n", cases[i].want);
		expect_packet(cases[i].packet, 2, want);
	}
}

// A file with the example, in which one text is replaced by another of the same length.
static void write_old(char *path, const char *what, const char *by)
{
	int fd = mkstemp(path);
	char text[8192], *at;

	snprintf(text, sizeof(text), "{\"ports\": [], \"sdn\": {\"port\": 7, \"intents\": %s}}",
	         INTENTS_OFFICE);
	at = strstr(text, what);
	assert_non_null(at);
	assert_int_equal(strlen(what), strlen(by));
	memcpy(at, by, strlen(by));
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static void one_rule_changes(void **state)
{
	char path[] = "/tmp/wadi-plan.XXXXXX";
	struct printed p;

	(void)state;
	write_old(path, "\"22\"", "\"23\"");
	p = plan(INTENTS_OFFICE, &(struct plan_call){.against = path});
	unlink(path);
	assert_string_equal(p.err, "");
	assert_string_equal(
	        p.out,
	        "switch \"s1\" (0x1): 2 of 44 flows, groups and meters change:\n"
	        "  add table 2, priority 60000: eth_type=0x800,vlan_vid=0x1014,ip_proto=6,"
	        "ipv4_dst=10.0.10.0/24,tcp_dst=22 -> drop (acl \"guests\", rule 1)\n"
	        "  delete table 2, priority 60000: eth_type=0x800,vlan_vid=0x1014,ip_proto=6,"
	        "ipv4_dst=10.0.10.0/24,tcp_dst=23 -> drop (acl \"guests\", rule 1)\n"
	        "switch \"s2\" (0x2): 2 of 41 flows, groups and meters change:\n"
	        "  add table 2, priority 60000: eth_type=0x800,vlan_vid=0x1014,ip_proto=6,"
	        "ipv4_dst=10.0.10.0/24,tcp_dst=22 -> drop (acl \"guests\", rule 1)\n"
	        "  delete table 2, priority 60000: eth_type=0x800,vlan_vid=0x1014,ip_proto=6,"
	        "ipv4_dst=10.0.10.0/24,tcp_dst=23 -> drop (acl \"guests\", rule 1)\n");
	assert_int_equal(p.status, 0);
	printed_free(&p);
}

static void nothing_changes(void **state)
{
	char path[] = "/tmp/wadi-plan.XXXXXX";
	struct printed p;

	(void)state;
	write_old(path, "\"22\"", "\"22\"");
	p = plan(INTENTS_OFFICE, &(struct plan_call){.against = path});
	unlink(path);
	assert_string_equal(p.out,
	                    "switch \"s1\" (0x1): 0 of 44 flows, groups and meters change\n"
	                    "switch \"s2\" (0x2): 0 of 41 flows, groups and meters change\n");
	printed_free(&p);
}

static void what_cannot_be_planned_is_named(void **state)
{
	char path[] = "/tmp/wadi-plan.XXXXXX";
	struct printed p;

	(void)state;
	write_old(path, "\"0x2\"", "\"0x0\"");
	p = plan(INTENTS_OFFICE, &(struct plan_call){.against = path});
	unlink(path);
	assert_int_equal(p.status, 1);
	assert_non_null(strstr(p.err, "sdn.intents.switches[1].datapath: \"0x0\" is not"));
	assert_null(strstr(p.err, "sdn.port"));
	printed_free(&p);
	p = plan(INTENTS_OFFICE, &(struct plan_call){.against = "/none"});
	assert_int_equal(p.status, 1);
	assert_non_null(strstr(p.err, "/none"));
	printed_free(&p);
	p = plan(INTENTS_OFFICE, &(struct plan_call){.openflow = "1.0"});
	assert_int_equal(p.status, 1);
	assert_non_null(strstr(p.err, "switch \"s1\": port 2: OpenFlow 1.0 has no meters"));
	printed_free(&p);
	p = plan(INTENTS_OFFICE, &(struct plan_call){.openflow = "2"});
	assert_int_equal(p.status, 2);
	assert_string_equal(p.err,
	                    "wadi-sdn: plan: --openflow is 1.0, 1.3, 1.4 or 1.5, not \"2\"\n");
	printed_free(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(a_packet_reaches_a_host),
	        cmocka_unit_test(a_packet_is_dropped_by_a_list),
	        cmocka_unit_test(a_packet_is_routed),
	        cmocka_unit_test(a_cable_is_declared_at_one_end),
	        cmocka_unit_test(wrong_packets_are_refused),
	        cmocka_unit_test(one_rule_changes),
	        cmocka_unit_test(nothing_changes),
	        cmocka_unit_test(what_cannot_be_planned_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

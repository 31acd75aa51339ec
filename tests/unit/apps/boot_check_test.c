// boot_check: ports that contradict each other, addresses that cannot work or may be
// mistakes, and devices that the machine does not have, each with its place.
#include "harness.h"

#include "apps/boot/boot_check.h"
#include "apps/boot/boot_conf.h"
#include "core/host/feature.h"
#include "proto/tcpip/tcp/tcp.h"

static void check_service(const void *conf, struct conf *to)
{
	assert_null(conf); // it has no section
	conf_warning(to, "workers", "the service was asked");
}

static const struct service asked = {.name = "asked", .check = check_service};
static const struct service *const with_service[] = {&asked, NULL};

static struct services services;
static struct boot_table table;
static struct conf conf;

// All reports, one a line.
static const char *reported(const char *text, enum boot_check_devices devices)
{
	static char all[8192];
	struct conf_source source = {.file = "c.json"};
	struct why why;

	all[0] = '\0';
	conf_read_text(&conf, &table.root, &source, text, strlen(text));
	boot_check(&conf, &services, devices);
	for (const struct conf_report *report = conf.reports; report; report = report->next)
		snprintf(all + strlen(all), sizeof(all) - strlen(all), "%s: %s%s\n", report->place,
		         report->warning ? "warning: " : "", report->text);
	(void)!conf_settle(&conf, &why);
	conf_close(&conf);
	return all;
}

static void init(const struct service *const *own)
{
	struct appliance appliance = {.name = "test", .services = own};

	services_init(&services, &appliance);
	boot_conf_table_init(&table, &services);
}

// What stands between the braces of one port, and what is reported of it.
static const struct {
	const char *port, *reports;
} ports[] = {
        {"\"ipv4\": \"10.0.0.2/24\", \"gateway4\": \"10.0.0.1\"", ""},
        {"\"mtu\": 1280, \"ipv4\": \"10.0.0.2/24\"", ""},
        {"\"mtu\": 1279, \"ipv4\": \"10.0.0.2/24\"",
         "c.json:2: ports[0].mtu: must be 0 or from 1280 to 65000, not 1279\n"},
        // Addresses of networks, and prefixes that have none.
        {"\"ipv4\": \"10.0.0.0/24\"",
         "c.json:2: ports[0].ipv4: 10.0.0.0/24 is the address of the network itself\n"},
        {"\"ipv4\": [\"10.0.0.2/24\",\n\"10.0.0.255/24\"]",
         "c.json:3: ports[0].ipv4[1]: 10.0.0.255/24 is the broadcast address of its network\n"},
        {"\"ipv4\": \"10.0.0.4/30\"",
         "c.json:2: ports[0].ipv4: 10.0.0.4/30 is the address of the network itself\n"},
        {"\"ipv4\": \"10.0.0.4/31\"", ""},
        {"\"ipv4\": \"10.0.0.5/31\", \"gateway4\": \"10.0.0.4\"", ""},
        {"\"ipv4\": \"10.0.0.0/32\", \"gateway4\": \"10.0.0.4\"", ""},
        {"\"ipv4\": \"10.1.0.255/16\"", ""},
        {"\"ipv6\": \"fd00::/64\"",
         "c.json:2: ports[0].ipv6: fd00::/64 is the network's anycast address, which its "
         "routers answer at (RFC 4291 section 2.6.1)\n"},
        {"\"ipv6\": \"fd00::/126\"",
         "c.json:2: ports[0].ipv6: fd00::/126 is the network's anycast address, which its "
         "routers answer at (RFC 4291 section 2.6.1)\n"},
        {"\"ipv6\": \"fd00::/127\"", ""},
        {"\"ipv6\": \"fd00::ffff:ffff:ffff:ffff/64\"", ""},
        {"\"ipv6\": \"fd00::1/128\", \"gateway6\": \"fe80::1\"", ""},
        // Addresses of nobody's network.
        {"\"ipv4\": \"127.0.0.1/8\"",
         "c.json:2: ports[0].ipv4: 127.0.0.1/8 is a loopback address, which no network "
         "has\n"},
        {"\"ipv6\": \"::1/128\", \"gateway6\": \"fe80::1\"",
         "c.json:2: ports[0].ipv6: ::1/128 is the loopback address, which no network has\n"},
        {"\"ipv4\": \"0.1.2.3/24\"",
         "c.json:2: ports[0].ipv4: 0.1.2.3/24 is an address of \"this network\" (RFC 1122 "
         "section 3.2.1.3)\n"},
        {"\"ipv4\": \"255.255.255.255/32\", \"gateway4\": \"10.0.0.1\"",
         "c.json:2: ports[0].ipv4: 255.255.255.255/32 is the broadcast address\n"},
        {"\"ipv4\": \"224.0.0.5/24\"",
         "c.json:2: ports[0].ipv4: \"224.0.0.5/24\" is not an address that a port can "
         "have\n"},
        {"\"ipv4\": \"0.0.0.0/0\"",
         "c.json:2: ports[0].ipv4: \"0.0.0.0/0\" is not an address that a port can have\n"},
        {"\"ipv6\": \"ff02::1/64\"",
         "c.json:2: ports[0].ipv6: \"ff02::1/64\" is not an address that a port can have\n"},
        // Gateways.
        {"\"ipv4\": \"10.99.0.2/24\", \"gateway4\": \"10.77.0.1\"",
         "c.json:2: ports[0].gateway4: 10.77.0.1 lies in none of the port's networks, so that "
         "no neighbour can have it\n"},
        {"\"ipv4\": [\"10.99.0.2/24\", \"192.0.2.53/32\"], \"gateway4\": \"192.0.2.1\"",
         "c.json:2: ports[0].gateway4: 192.0.2.1 lies in none of the port's networks, so that "
         "no neighbour can have it\n"},
        {"\"ipv4\": [\"10.99.0.2/24\", \"192.0.2.53/24\"], \"gateway4\": \"192.0.2.1\"", ""},
        {"\"ipv4\": \"192.0.2.53/32\", \"gateway4\": \"10.0.0.1\"", ""}, // on the link
        {"\"ipv4\": \"10.0.0.2/24\", \"gateway4\": \"10.0.0.2\"",
         "c.json:2: ports[0].gateway4: 10.0.0.2 is the port's own address\n"},
        {"\"ipv4\": \"10.0.0.2/32\", \"gateway4\": \"10.0.0.2\"",
         "c.json:2: ports[0].gateway4: 10.0.0.2 is the port's own address\n"},
        {"\"ipv4\": \"10.0.0.2/24\", \"gateway4\": \"10.0.0.255\"",
         "c.json:2: ports[0].gateway4: 10.0.0.255 is the broadcast address of its network\n"},
        {"\"ipv4\": \"10.0.0.2/24\", \"gateway4\": \"10.0.0.0\"",
         "c.json:2: ports[0].gateway4: 10.0.0.0 is the address of the network itself\n"},
        {"\"ipv4\": \"10.0.0.2/24\", \"gateway4\": \"127.0.0.1\"",
         "c.json:2: ports[0].gateway4: 127.0.0.1 is a loopback address, which no network "
         "has\n"},
        {"\"ipv6\": \"fd00::2/64\", \"gateway6\": \"fd00:1::1\"",
         "c.json:2: ports[0].gateway6: fd00:1::1 lies in none of the port's networks, so that "
         "no neighbour can have it\n"},
        {"\"ipv6\": \"fd00::2/64\", \"gateway6\": \"fd00::2\"",
         "c.json:2: ports[0].gateway6: fd00::2 is the port's own address\n"},
        {"\"ipv6\": \"fd00::2/64\", \"gateway6\": \"fe80::1\"", ""},
        {"\"ipv6\": \"fd00::2/64\", \"gateway6\": \"fd00::\"", ""}, // any router of the network
        {"\"ipv4\": \"10.0.0.2/24\", \"gateway4\": \"10.0.0.1\", \"gateway6\": \"fd00::1\"",
         "c.json:2: warning: ports[0].gateway6: the port has no IPv6 address, so the gateway "
         "has no use\n"},
        // One address twice.
        {"\"ipv4\": [\"10.0.0.2/24\", \"10.0.0.3/24\",\n\"10.0.0.2/24\"]",
         "c.json:3: ports[0].ipv4[2]: 10.0.0.2 is there already, under ports[0].ipv4[0]\n"},
        {"\"ipv4\": [\"10.0.0.2/24\", \"10.0.0.2/32\"]",
         "c.json:2: ports[0].ipv4[1]: 10.0.0.2 is there already, under ports[0].ipv4[0]\n"},
        {"\"ipv6\": [\"fd00::2/64\", \"fd00:0:0::2/64\"]",
         "c.json:2: ports[0].ipv6[1]: fd00::2 is there already, under ports[0].ipv6[0]\n"},
        // What may be a mistake.
        {"\"vlan\": 7", "c.json:2: warning: ports[0]: the port has no address, so it answers "
                        "nothing\n"},
        {"\"ipv6\": \"fe80::1/64\"",
         "c.json:2: warning: ports[0]: the port has link-local addresses only, so that only "
         "clients on its link reach it\n"},
        {"\"ipv4\": \"169.254.1.1/16\", \"ipv6\": \"fe80::1/64\"",
         "c.json:2: warning: ports[0]: the port has link-local addresses only, so that only "
         "clients on its link reach it\n"},
        {"\"ipv4\": \"169.254.1.1/16\", \"ipv6\": \"fd00::1/64\"", ""},
        {"\"ipv4\": \"192.0.2.53/32\"",
         "c.json:2: warning: ports[0].ipv4: a /32 has no neighbours, and there is no gateway4: "
         "no client can be answered\n"},
        {"\"ipv6\": \"fd00::1/128\"",
         "c.json:2: warning: ports[0].ipv6: a /128 has no neighbours, and there is no "
         "gateway6: only clients on the link can be answered\n"},
        // One mistake is reported once.
        {"\"ipv4\": \"10.0.0\"",
         "c.json:2: ports[0].ipv4: \"10.0.0\" is not an IPv4 address with its prefix length, "
         "such as 192.0.2.1/24\n"},
};

static void test_one_port(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(ports); i++) {
		char text[512];

		snprintf(text, sizeof(text),
		         "{\"ports\": [\n{\"name\": \"a\", \"device\": \"mem:a\", %s}]}",
		         ports[i].port);
		assert_string_equal(reported(text, BOOT_CHECK_TEXT), ports[i].reports);
	}
}

#define A "{\"name\": \"a\", \"device\": \"mem:a\", \"ipv4\": \"10.0.0.2/24\"}"

static const struct {
	const char *list, *reports;
} lists[] = {
        {A ",\n{\"name\": \"a\", \"device\": \"mem:b\", \"ipv4\": \"10.1.0.2/24\"}",
         "c.json:2: ports[1].name: \"a\" is ports[0]'s\n"},
        {A ",\n{\"name\": \"b\", \"device\": \"mem:a\", \"ipv4\": \"10.1.0.2/24\"}",
         "c.json:2: ports[1].device: \"mem:a\" is ports[0]'s\n"},
        {A ",\n{\"name\": \"b\", \"device\": \"mem:b\", \"ipv4\": \"10.0.0.2/24\"}",
         "c.json:2: ports[1].ipv4: 10.0.0.2 is there already, under ports[0].ipv4\n"},
        {A ",\n{\"name\": \"b\", \"device\": \"mem:b\", \"ipv4\": \"10.0.0.3/16\"}",
         "c.json:2: warning: ports[1].ipv4: the network overlaps that of ports[0].ipv4: packets "
         "to it leave by one of the two ports only\n"},
        {A ",\n{\"name\": \"b\", \"device\": \"mem:b\", \"ipv4\": \"10.0.1.2/24\"}", ""},
        // A service address that two links lead to.
        {"{\"name\": \"a\", \"device\": \"mem:a\", \"ipv4\": \"192.0.2.53/32\", \"gateway4\": "
         "\"10.0.0.1\"},\n{\"name\": \"b\", \"device\": \"mem:b\", \"ipv4\": "
         "\"192.0.2.53/32\", \"gateway4\": \"10.0.1.1\"}",
         ""},
        {"{\"name\": \"a\", \"device\": \"mem:a\", \"ipv6\": \"fe80::1/64\"},\n{\"name\": "
         "\"b\", \"device\": \"mem:b\", \"ipv6\": \"fe80::2/64\", \"ipv4\": \"10.0.0.2/8\"}",
         "c.json:1: warning: ports[0]: the port has link-local addresses only, so that only "
         "clients on its link reach it\n"},
};

static void test_several_ports(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
		char text[512];

		snprintf(text, sizeof(text), "{\"ports\": [%s]}", lists[i].list);
		assert_string_equal(reported(text, BOOT_CHECK_TEXT), lists[i].reports);
	}
}

// One interface by two device strings is one device.
static void test_one_device_twice(void **state)
{
	static const char text[] =
	        "{\"ports\": [{\"name\": \"a\", \"device\": \"tap:t\", \"ipv4\": "
	        "\"10.0.0.2/24\"},\n"
	        "{\"name\": \"b\", \"device\": \"impair(loss=1%):tap:t,mac=02:00:00:00:00:01\", "
	        "\"ipv4\": \"10.1.0.2/24\"}]}";

	if (!FEATURE_DPDK)
		skip();
	assert_string_equal(reported(text, BOOT_CHECK_TEXT),
	                    "c.json:2: ports[1].device: "
	                    "\"impair(loss=1%):tap:t,mac=02:00:00:00:00:01\" is ports[0]'s\n");
}

static void test_what_the_machine_lacks(void **state)
{
	static const char text[] =
	        "{\"workers\": 17, \"ports\": [\n{\"name\": \"a\",\n\"device\": \"mem:a\", "
	        "\"ipv4\": \"10.0.0.2/24\"}]}";
	static const char iface[] =
	        "{\"ports\": [\n{\"name\": \"a\",\n\"device\": \"af_packet:wadi-none\", \"ipv4\": "
	        "\"10.0.0.2/24\"}]}";

	assert_string_equal(reported(text, BOOT_CHECK_TEXT), "");
	assert_string_equal(reported(text, BOOT_CHECK_LATER),
	                    "c.json:3: warning: ports[0].device: mem:a has at most 16 queues and "
	                    "an MTU of at most 2000\n");
	assert_string_equal(reported(text, BOOT_CHECK_NOW),
	                    "c.json:3: ports[0].device: mem:a has at most 16 queues and an MTU of "
	                    "at most 2000\n");
	if (!FEATURE_DPDK)
		return;
	assert_string_equal(reported(iface, BOOT_CHECK_TEXT), "");
	assert_string_equal(reported(iface, BOOT_CHECK_LATER),
	                    "c.json:3: warning: ports[0].device: af_packet:wadi-none: there is no "
	                    "such interface; see: ip link\n");
}

static void test_services_are_asked(void **state)
{
	init(with_service);
	assert_string_equal(reported("{\"ports\": [" A "]}", BOOT_CHECK_TEXT),
	                    "c.json:1: warning: workers: the service was asked\n");
}

// TCP ports: of a table, and of functions.
struct toy_conf {
	uint64_t port, other;
};
static const struct conf_key toy_keys[] = {
        {"port", CONF_UNSIGNED, offsetof(struct toy_conf, port), "7", 0, 65535, .help = "It."},
        {"other", CONF_UNSIGNED, offsetof(struct toy_conf, other), "0", 0, 65535, .help = "It."},
        {0},
};
static const struct conf_section toy_section = {sizeof(struct toy_conf), toy_keys};
static const struct tcp_ops toy_ops = {NULL};
static const struct service_port toy_ports[] = {
        {offsetof(struct toy_conf, port), .tcp = &toy_ops},
        {0},
};

static unsigned any_listens(const void *values, struct service_listen *to)
{
	const struct toy_conf *toy = values;

	to[0] = (struct service_listen){.key = "any.port", .port = (uint16_t)toy->port};
	to[1] = (struct service_listen){.key = "any.other", .port = (uint16_t)toy->other};
	return 2;
}

static unsigned one_listens(const void *values, struct service_listen *to)
{
	const struct toy_conf *toy = values;

	assert_true(addr_parse("10.0.0.2", &to[0].addr));
	assert_true(addr_parse("10.0.0.3", &to[1].addr));
	to[0].key = to[0].addr_key = "one.port";
	to[1].key = to[1].addr_key = "one.other";
	to[0].port = (uint16_t)toy->port;
	to[1].port = (uint16_t)toy->other;
	return 2;
}

static const struct {
	const char *sections, *reports;
} listens[] = {
        {"\"table\": {\"port\": 7}, \"any\": {\"port\": 8}, \"one\": {\"port\": 9}", ""},
        {"\"table\": {\"port\": 0}, \"any\": {\"port\": 0}, \"one\": {\"port\": 0}", ""},
        {"\"table\": {\"port\": 7}, \"any\": {\"port\": 7}, \"one\": {\"port\": 9}",
         "c.json:2: any.port: TCP port 7 is that of table.port already\n"},
        {"\"table\": {\"port\": 7}, \"any\": {\"port\": 8, \"other\": 8}, \"one\": {\"port\": 9}",
         "c.json:2: any.other: TCP port 8 is that of any.port already\n"},
        {"\"table\": {\"port\": 7}, \"any\": {\"port\": 8}, \"one\": {\"port\": 8}",
         "c.json:2: one.port: TCP port 8 is that of any.port already\n"},
        {"\"table\": {\"port\": 7}, \"any\": {\"port\": 8}, \"one\": {\"port\": 7}",
         "c.json:2: one.port: TCP port 7 is that of table.port already\n"},
        // Another address, which no port has.
        {"\"table\": {\"port\": 7}, \"any\": {\"port\": 8}, \"one\": {\"port\": 9, \"other\": 9}",
         "c.json:2: one.other: 10.0.0.3 is an address of none of the ports\n"},
};

static void test_listens(void **state)
{
	static const struct service table_service = {
	        .name = "table", .section = &toy_section, .help = "It.", .ports = toy_ports};
	static const struct service any = {
	        .name = "any", .section = &toy_section, .help = "It.", .listens = any_listens};
	static const struct service one = {
	        .name = "one", .section = &toy_section, .help = "It.", .listens = one_listens};
	static const struct service *const all[] = {&table_service, &any, &one, NULL};

	init(all);
	for (size_t i = 0; i < ARRAY_LEN(listens); i++) {
		char text[512];

		snprintf(text, sizeof(text), "{\"ports\": [" A "],\n%s}", listens[i].sections);
		assert_string_equal(reported(text, BOOT_CHECK_TEXT), listens[i].reports);
	}
}

static int setup(void **state)
{
	init(NULL);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup(test_one_port, setup),
	        cmocka_unit_test_setup(test_several_ports, setup),
	        cmocka_unit_test_setup(test_one_device_twice, setup),
	        cmocka_unit_test_setup(test_what_the_machine_lacks, setup),
	        cmocka_unit_test_setup(test_services_are_asked, setup),
	        cmocka_unit_test_setup(test_listens, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

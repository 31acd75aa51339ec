// of_load: see the header.
#include "apps/bench/of_load.h"

#include <errno.h>

static bool parse_server(const char *text, struct target *target)
{
	return target_parse(text, OF_PORT, target) && !addr_is_any(target->addr) &&
	       !addr_is_multicast(target->addr);
}

static bool check_server(const char *text, struct why *why)
{
	struct target target;

	why_set(why, "is not an address, such as 192.0.2.1:6653 or [2001:db8::1]:6653");
	return parse_server(text, &target);
}

static bool check_from(const char *text, struct why *why)
{
	struct addr addr;

	why_set(why, "is not an IP address");
	return addr_parse(text, &addr) && !addr_is_any(addr) && !addr_is_multicast(addr);
}

static const char *const versions[] = {"1.0", "1.3", "1.4", "1.5", NULL};
static const enum of_version numbers[] = {OF10, OF13, OF14, OF15};

#define AT(member) offsetof(struct of_load_conf, member)

static const struct conf_key keys[] = {
        {"to", CONF_STRING, AT(to), "", .check = check_server,
         .help = "The controller: ADDRESS, ADDRESS:PORT or [ADDRESS]:PORT."},
        {"from", CONF_STRINGS, AT(from), "", .max = OF_LOAD_FROM_MAX, .check = check_from,
         .help = "Addresses that connections come from, in turn, of those that the port has; those "
                 "of the other family than the controller's are not used. None: its address on the "
                 "way to the controller."},
        {"version", CONF_ENUM, AT(version), "1.3", .choices = versions,
         .help = "The version of OpenFlow that the switches speak."},
        {"switches", CONF_UNSIGNED, AT(switches), "16", 1, OF_LOAD_SWITCHES_MAX,
         .help = "Emulated switches, of all workers together."},
        {"hosts", CONF_UNSIGNED, AT(hosts), "100", 2, 1000000, .help = "Hosts of each switch."},
        {"ports", CONF_UNSIGNED, AT(ports), "4", 2, OF_HOSTS_PORTS_MAX,
         .help = "Ports of each switch, to which its hosts are spread."},
        {"window", CONF_UNSIGNED, AT(window), "32", 1, OF_SWITCH_WINDOW_MAX,
         .help = "Packet-ins outstanding at each switch, at most."},
        {"rate", CONF_UNSIGNED, AT(rate), "0", 0, 1000000000,
         .help = "Packet-ins a second, of all switches together, whether answers come or not; 0: "
                 "one follows each answer."},
        {"timeout", CONF_UNSIGNED, AT(timeout_ms), "1000", 1, 60000,
         .help = "Milliseconds after which a packet-in without an answer is lost."},
        {"echo", CONF_UNSIGNED, AT(echo_s), "5", 0, 3600,
         .help = "Seconds between echo requests of a switch; 0: it sends none."},
        {"seed", CONF_UNSIGNED, AT(seed), "1", 0, INT64_MAX,
         .help = "Chooses which hosts send to which."},
        {"unbuffered", CONF_BOOL, AT(unbuffered), "false",
         .help = "Whether switches have no buffers: a packet-in then has the whole packet."},
        {"duration", CONF_UNSIGNED, AT(duration_s), "10", 1, 86400,
         .help = "Seconds of the measurement."},
        {"warm_up", CONF_UNSIGNED, AT(warm_up_ms), "2000", 0, 600000,
         .help = "Milliseconds before the measurement, which do not count."},
        {"json", CONF_BOOL, AT(json), "false", .help = "Whether the result is printed as JSON."},
        {0},
};

const struct conf_section of_load_conf_section = {sizeof(struct of_load_conf), keys};

const char *of_load_version(const struct of_load_conf *conf)
{
	return versions[conf->version];
}

// The texts have passed the checks of their keys.
static void take_addresses(struct of_load *load)
{
	const char *const *from = load->conf->from.items;
	bool valid = parse_server(load->conf->to, &load->target);

	for (size_t i = 0; i < load->conf->from.len && valid; i++) {
		struct addr *addr = &load->from[load->from_len];

		valid = addr_parse(from[i], addr);
		load->from_len += addr_is_ipv4(*addr) == addr_is_ipv4(load->target.addr);
	}
	assert(valid);
	(void)valid;
}

int of_load_init(struct of_load *load, const struct of_load_conf *conf, struct why *why)
{
	if (conf->switches * conf->hosts >= OF_HOSTS_MAX - 1)
		return why_fail(
		        why, -EINVAL,
		        "of.switches, of.hosts: all switches together have at most %u hosts",
		        OF_HOSTS_MAX - 2);
	if (conf->hosts < conf->ports)
		return why_fail(why, -EINVAL,
		                "of.hosts, of.ports: a switch needs a host at each port");
	*load = (struct of_load){.conf = conf,
	                         .switches = {.hosts = {.switches = (uint32_t)conf->switches,
	                                                .per_switch = (uint32_t)conf->hosts,
	                                                .ports = (uint32_t)conf->ports,
	                                                .seed = conf->seed},
	                                      .version = numbers[conf->version],
	                                      .window = (uint32_t)conf->window,
	                                      .timeout_us = conf->timeout_ms * MS_US,
	                                      .echo_us = conf->echo_s * SEC_US,
	                                      .datapath_id = 1,
	                                      .unbuffered = conf->unbuffered}};
	take_addresses(load);
	return 0;
}

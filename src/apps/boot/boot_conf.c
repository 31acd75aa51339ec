// boot_conf: tables and checks of the keys that every appliance has. What several keys
// show together is boot_check.c's.
#include "apps/boot/boot_conf.h"

#include "apps/boot/account.h"
#include "apps/boot/backends.h"
#include "apps/boot/devices.h"
#include "apps/boot/links.h"
#include "core/host/option.h"

#include <stdio.h>
#include <string.h>

static bool check_prefix(const char *text, bool ipv4, struct why *why)
{
	struct prefix prefix;

	why_set(why, "is not an %s",
	        ipv4 ? "IPv4 address with its prefix length, such as 192.0.2.1/24"
	             : "IPv6 address with its prefix length, such as 2001:db8::1/64");
	if (!addr_prefix_parse(text, &prefix) || addr_is_ipv4(prefix.addr) != ipv4)
		return false;
	why_set(why, "is not an address that a port can have");
	return !addr_is_any(prefix.addr) && !addr_is_multicast(prefix.addr);
}

static bool check_ipv4(const char *text, struct why *why)
{
	return check_prefix(text, true, why);
}

static bool check_ipv6(const char *text, struct why *why)
{
	return check_prefix(text, false, why);
}

static bool check_gateway(const char *text, bool ipv4, struct why *why)
{
	struct addr addr;

	why_set(why, "is not an %s",
	        ipv4 ? "IPv4 address, such as 192.0.2.1" : "IPv6 address, such as 2001:db8::1");
	return addr_parse(text, &addr) && addr_is_ipv4(addr) == ipv4 && !addr_is_any(addr) &&
	       !addr_is_multicast(addr);
}

static bool check_gateway4(const char *text, struct why *why)
{
	return check_gateway(text, true, why);
}

static bool check_gateway6(const char *text, struct why *why)
{
	return check_gateway(text, false, why);
}

bool boot_conf_neighbour(const char *text, struct stack_neigh *neigh)
{
	char addr[ADDR_TEXT_BYTES];
	size_t len = strcspn(text, " ");

	if (len >= sizeof(addr) || text[len] != ' ')
		return false;
	memcpy(addr, text, len);
	addr[len] = '\0';
	return addr_parse(addr, &neigh->addr) && !addr_is_any(neigh->addr) &&
	       !addr_is_multicast(neigh->addr) && option_mac(text + len + 1, neigh->mac);
}

static bool check_neighbour(const char *text, struct why *why)
{
	struct stack_neigh neigh;

	why_set(why, "is not an IP address and an Ethernet address, such as "
	             "\"192.0.2.1 02:00:5e:10:00:01\"");
	return boot_conf_neighbour(text, &neigh);
}

static bool check_device(const char *text, struct why *why)
{
	struct backends_device device;

	return backends_parse(text, &device, why) == 0;
}

static const char *const checks[] = {[STACK_CHECK_OFF] = "off",
                                     [STACK_CHECK_PARALLEL] = "parallel",
                                     [STACK_CHECK_FIRST] = "first",
                                     NULL};
static const char *const reactions[] = {[ON_CONFLICT_HOLD] = "hold",
                                        [ON_CONFLICT_WARN] = "warn",
                                        [ON_CONFLICT_EXIT] = "exit",
                                        NULL};
static const char *const losses[] = {
        [DEVICE_LOSS_WAIT] = "wait", [DEVICE_LOSS_EXIT] = "exit", NULL};

#define PORT(member) offsetof(struct boot_port_conf, member)

#define PORT_KEY_DEVICE 1
#define DEVICE_MAX      (2 * BACKEND_ARGUMENT_BYTES) // with its options and impair(...)

static const struct conf_key port_keys[] = {
        {"name", CONF_STRING, PORT(name), .min = 1, .max = 31,
         .help = "The name of the port in messages and in wadi-ctl."},
        [PORT_KEY_DEVICE] = {"device", CONF_STRING, PORT(device), .min = 1, .max = DEVICE_MAX,
                             .check = check_device}, // its help is boot_conf_table_init's
        {"ipv4", CONF_STRINGS, PORT(ipv4), "", .max = STACK_ADDRS_MAX, .check = check_ipv4,
         .help = "IPv4 addresses with their prefix lengths."},
        {"gateway4", CONF_STRING, PORT(gateway4), "", .check = check_gateway4,
         .help = "The router for IPv4 packets to other networks."},
        {"ipv6", CONF_STRINGS, PORT(ipv6), "", .max = STACK_ADDRS_MAX - 1, .check = check_ipv6,
         .help = "IPv6 addresses with their prefix lengths; a link-local one is added."},
        {"gateway6", CONF_STRING, PORT(gateway6), "", .check = check_gateway6,
         .help = "The router for IPv6 packets to other networks."},
        {"conflict_check", CONF_ENUM, PORT(conflict_check), "parallel", .choices = checks,
         .help = "When the link is searched for other hosts with the port's addresses (RFC 5227, "
                 "RFC 4862): while the addresses are in use already, for one or two seconds "
                 "(parallel); before they are used, which takes up to 7 seconds (first); or never "
                 "(off). Addresses with a prefix length of 32 or 128, such as anycast ones that "
                 "routers send here, are not searched for."},
        {"on_conflict", CONF_ENUM, PORT(on_conflict), "hold", .choices = reactions,
         .help = "What happens to an address that the search finds at another host: it is not "
                 "used until it is free (hold), it is used all the same (warn), or the appliance "
                 "ends (exit). Each is logged. An address that came into use without a conflict is "
                 "defended, and never given up."},
        {"static_neighbours", CONF_STRINGS, PORT(static_neighbours), "", .max = STACK_PINNED_MAX,
         .check = check_neighbour,
         .help = "Neighbours, such as a gateway, whose Ethernet addresses are fixed: "
                 "\"192.0.2.1 02:00:5e:10:00:01\". ARP and neighbour discovery, and whoever "
                 "forges them, do not change these."},
        {"vlan", CONF_UNSIGNED, PORT(vlan), "0", 0, 4094,
         .help = "The 802.1Q VLAN of the port; 0: untagged frames."},
        {"mtu", CONF_UNSIGNED, PORT(mtu), "0", 0, BOOT_MTU_MAX,
         .help = "Largest packet in bytes, at least 1280; 0: the device's own."},
        {"pages", CONF_UNSIGNED, PORT(pages), "0", 0, 1 << 20,
         .help = "I/O pages of 4 KiB for each worker; 0: as many as the device needs."},
        {"on_device_loss", CONF_ENUM, PORT(on_device_loss), "wait", .choices = losses,
         .help = "What happens when the device is lost, such as an interface that is deleted: "
                 "it is taken up again when it is back (wait), or the appliance ends with exit "
                 "status 3 (exit). With af_xdp the appliance ends so when the interface is back, "
                 "since only a new process can take it up."},
        {0},
};
_Static_assert(ARRAY_LEN(port_keys) == BOOT_PORT_KEYS_MAX, "the keys of a port");

static bool check_owner(const char *text, struct why *why)
{
	uid_t uid;

	why_set(why, "is not a user of /etc/passwd, nor a number");
	return account_find_user(text, &uid);
}

static bool check_group(const char *text, struct why *why)
{
	gid_t gid;

	why_set(why, "is not a group of /etc/group, nor a number");
	return account_find_group(text, &gid);
}

static bool check_mode(const char *text, struct why *why)
{
	size_t len = strspn(text, "01234567");

	why_set(why, "is not a mode of a file, such as 0660");
	return text[len] == '\0' && (len == 3 || (len == 4 && *text == '0'));
}

#define CONTROL(member) offsetof(struct boot_control_conf, member)

static const struct conf_key control_keys[] = {
        {"socket", CONF_PATH, CONTROL(socket), "", .max = 107,
         .help = "The Unix socket for wadi-ctl. Its folder is created when it is missing."},
        {"owner", CONF_STRING, CONTROL(owner), "", .check = check_owner,
         .help = "The user who owns the socket, by name or number; none: the appliance's."},
        {"group", CONF_STRING, CONTROL(group), "", .check = check_group,
         .help = "The group of the socket, by name or number, whose members may control the "
                 "appliance; none: the appliance's."},
        {"mode", CONF_STRING, CONTROL(mode), "0660", .check = check_mode,
         .help = "The mode of the socket in octal. Who may write to it may do all that wadi-ctl "
                 "does."},
        {0},
};
static const struct conf_section control_section = {sizeof(struct boot_control_conf), control_keys};

static const char *const idles[] = {[IDLE_SPIN] = "spin", [IDLE_ADAPTIVE] = "adaptive", NULL};

#define ROOT(member) offsetof(struct boot_conf, member)

#define ROOT_KEY_PORTS 2

static const struct conf_key root_keys[] = {
        {"workers", CONF_UNSIGNED, ROOT(workers), "1", 1, BOOT_WORKERS_MAX,
         .help = "Threads that process packets. Each has its own queue on every port, and a core "
                 "of its own when there are enough."},
        {"idle", CONF_ENUM, ROOT(idle), "adaptive", .choices = idles,
         .help = "What an idle worker does: polls (spin), or waits for the devices, for at most "
                 "500 us where a device cannot wake it (adaptive)."},
        [ROOT_KEY_PORTS] = {"ports", CONF_SECTIONS, ROOT(ports), .min = 1,
                            .max = PIPELINE_IFACES_MAX, .help = "The network ports."},
        {"control", CONF_SECTION, ROOT(control), .section = &control_section,
         .help = "How a running appliance is controlled."},
        {"trace", CONF_SECTION, ROOT(trace), .section = &trace_section,
         .help = "The record of the workers' last events: wadi-ctl trace."},
        {"user", CONF_STRING, ROOT(user), "", .max = 31,
         .help = "The user that the process becomes before it reads data and opens devices, with "
                 "all the groups of the user; it keeps no capability once the devices are open. By "
                 "default an installed executable that root starts becomes wadi, if there is "
                 "such a user; root: it stays root."},
        {"sandbox", CONF_SECTION, ROOT(sandbox), .section = &sandbox_section,
         .help = "What the process gives up once it runs."},
        {"lame_duck_ms", CONF_UNSIGNED, ROOT(lame_duck_ms), "0", 0, 600000,
         .help = "Milliseconds for which the appliance goes on serving after the first SIGTERM or "
                 "SIGINT, while health and /readyz say that it is not ready, so that load "
                 "balancers and routers turn to other servers. A second signal ends that time."},
        {"drain_ms", CONF_UNSIGNED, ROOT(drain_ms), "10000", 0, 600000,
         .help = "The longest time in milliseconds that requests and answers in progress over "
                 "TCP, such as downloads, are completed in: when the appliance stops, after "
                 "lame_duck_ms, and "
                 "before another process takes over by --replace. Idle connections end at once. "
                 "A second signal ends that time."},
        {"neighbours", CONF_UNSIGNED, ROOT(neighbours), "1024", 16, 1 << 20,
         .help = "Size of the neighbour table of each port."},
        {"tcp_connections", CONF_UNSIGNED, ROOT(tcp_connections), "16384", 1, 1 << 24,
         .help = "Maximum of TCP connections of each worker, those in TIME-WAIT included, which "
                 "give "
                 "way to new ones. One takes 400 bytes, and pages only while it holds data."},
        {"tcp_pages", CONF_UNSIGNED, ROOT(tcp_pages), "0", 0, 1 << 20,
         .help = "Maximum of I/O pages that TCP connections of each worker hold together, at most "
                 "those that its ports have. When they run low, peers are slowed down by their "
                 "windows. 0: half of what the ports have."},
        {"icmp_errors_per_s", CONF_UNSIGNED, ROOT(icmp_errors_per_s), "100", 1, 1000000,
         .help = "Maximum of ICMP errors that each worker sends in a second."},
        {"icmp_echoes_per_s", CONF_UNSIGNED, ROOT(icmp_echoes_per_s), "10000", 1, 1000000,
         .help = "Maximum of echo requests (ping) that each worker answers in a second, on each "
                 "port."},
};

_Static_assert(ARRAY_LEN(root_keys) + BOOT_SERVICES_MAX < BOOT_CONF_KEYS_MAX,
               "a key of each service, and the end");

bool boot_conf_is_key(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(root_keys); i++)
		if (strcmp(root_keys[i].name, name) == 0)
			return true;
	return false;
}

void boot_conf_table_init(struct boot_table *table, const struct services *services)
{
	struct conf_key *key = table->keys + ARRAY_LEN(root_keys);

	*table = (struct boot_table){.root = {sizeof(struct boot_conf), table->keys}};
	memcpy(table->keys, root_keys, sizeof(root_keys));
	memcpy(table->port_keys, port_keys, sizeof(port_keys));
	table->port = (struct conf_section){sizeof(struct boot_port_conf), table->port_keys};
	table->keys[ROOT_KEY_PORTS].section = &table->port;
	backends_help(table->device_help, sizeof(table->device_help));
	table->port_keys[PORT_KEY_DEVICE].help = table->device_help;
	for (unsigned i = 0; i < services->len; i++) {
		const struct service *service = services->service[i];

		if (service->section)
			*key++ = (struct conf_key){service->name, CONF_SECTION, ROOT(services[i]),
			                           .section = service->section,
			                           .help = service->help};
	}
}

// The texts have passed the checks of their keys.
static unsigned take_prefixes(const struct conf_list *list, struct prefix *to)
{
	for (size_t i = 0; i < list->len; i++) {
		bool sound = addr_prefix_parse(((const char *const *)list->items)[i], &to[i]);

		assert(sound);
	}
	return (unsigned)list->len;
}

static struct addr take_gateway(const char *text)
{
	struct addr addr = {0};
	bool sound = *text == '\0' || addr_parse(text, &addr);

	assert(sound);
	return addr;
}

void boot_conf_port_stack(const struct boot_port_conf *conf, struct stack_iface_conf *iface)
{
	iface->ipv4_len = take_prefixes(&conf->ipv4, iface->ipv4);
	iface->ipv6_len = take_prefixes(&conf->ipv6, iface->ipv6);
	iface->gateway4 = take_gateway(conf->gateway4);
	iface->gateway6 = take_gateway(conf->gateway6);
	for (size_t i = 0; i < conf->static_neighbours.len; i++) {
		const char *text = ((const char *const *)conf->static_neighbours.items)[i];
		bool sound = boot_conf_neighbour(text, &iface->pinned[iface->pinned_len++]);

		assert(sound);
		(void)sound;
	}
	iface->check = (enum stack_check)conf->conflict_check;
	iface->hold = conf->on_conflict != ON_CONFLICT_WARN;
	iface->watch_gateways = true;
	iface->vlan = (uint16_t)conf->vlan;
}

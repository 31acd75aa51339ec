// boot_conf: the keys that every appliance has, and the sections of its services
// among them.
#ifndef BOOT_BOOT_CONF_H
#define BOOT_BOOT_CONF_H

#include "apps/boot/sandbox.h"
#include "apps/boot/services.h"
#include "core/host/trace_map.h"
#include "core/why.h"

#define BOOT_MTU_MIN 1280  // RFC 8200 section 5
#define BOOT_MTU_MAX 65000 // each device has its own limit below

struct boot_port_conf {
	const char *name, *device;
	struct conf_list ipv4, ipv6;        // of prefixes as text
	struct conf_list static_neighbours; // "ADDRESS MAC"
	const char *gateway4, *gateway6;
	unsigned conflict_check; // enum stack_check
	unsigned on_conflict;    // enum on_conflict of links.h
	uint64_t vlan, mtu, pages;
	const char *place;       // FILE:LINE of the device, for messages; boot_check sets it
	unsigned on_device_loss; // enum device_loss
};

struct boot_control_conf {
	const char *socket;               // "": none
	const char *owner, *group, *mode; // of the socket; "": ours; mode is octal
};

struct boot_conf {
	uint64_t workers;
	unsigned idle;
	struct conf_list ports; // of struct boot_port_conf
	struct boot_control_conf *control;
	struct trace_conf *trace;
	const char *user; // "": the default
	struct sandbox_conf *sandbox;
	uint64_t lame_duck_ms, drain_ms;
	uint64_t neighbours, tcp_connections, tcp_pages, icmp_errors_per_s, icmp_echoes_per_s;
	void *services[BOOT_SERVICES_MAX]; // the section of each, NULL where it has none
};

#define BOOT_CONF_KEYS_MAX (15 + BOOT_SERVICES_MAX)
#define BOOT_PORT_KEYS_MAX 14

// The root section of one appliance; it points into itself.
struct boot_table {
	struct conf_section root;
	struct conf_key keys[BOOT_CONF_KEYS_MAX];
	struct conf_section port;
	struct conf_key port_keys[BOOT_PORT_KEYS_MAX];
	char device_help[512]; // of the key ports[].device
};

// Reads "ADDRESS MAC", a neighbour. Whether it is sound.
bool boot_conf_neighbour(const char *text, struct stack_neigh *neigh) MUST_CHECK;

// Whether every appliance has this key, so that no service can have its name.
bool boot_conf_is_key(const char *name) PURE;

void boot_conf_table_init(struct boot_table *table, const struct services *services);

// The interface for the stack, addresses parsed; netif, out and pool are left to
// the caller.
void boot_conf_port_stack(const struct boot_port_conf *conf, struct stack_iface_conf *iface);

#endif

// links: boards, and the log lines about what is on them; see the header.
#include "apps/boot/links.h"

#include "core/host/log.h"
#include "core/host/seed.h"

#include <stdio.h>
#include <stdlib.h>

#define LOOK_US  (500 * MS_US)
#define QUIET_US (60 * SEC_US) // between two lines about conflicts of an address

static void describe(struct link *link, const struct boot_port_conf *port,
                     const struct stack_iface_conf *iface)
{
	link->name = port->name;
	link->on_conflict = port->on_conflict;
	link->gateway[0] = iface->gateway4;
	link->gateway[1] = iface->gateway6;
	for (unsigned i = 0; i < iface->ipv4_len; i++)
		link->addr[link->addrs_len++].addr = iface->ipv4[i].addr;
	if (iface->ipv6_len) // the link-local one, left addr_is_any
		link->addrs_len++;
	for (unsigned i = 0; i < iface->ipv6_len; i++)
		link->addr[link->addrs_len++].addr = iface->ipv6[i].addr;
}

int links_open(struct links *links, const struct boot_conf *conf, struct why *why)
{
	const struct boot_port_conf *ports = conf->ports.items;

	links->len = (unsigned)conf->ports.len;
	links->board = calloc(links->len, sizeof(*links->board));
	links->link = calloc(links->len, sizeof(*links->link));
	if (!links->board || !links->link)
		return why_no_memory(why, "%u ports", links->len);
	for (unsigned i = 0; i < links->len; i++) {
		struct stack_iface_conf iface = {0};

		boot_conf_port_stack(&ports[i], &iface);
		iface_board_init(&links->board[i], seed_os(), &iface);
		describe(&links->link[i], &ports[i], &iface);
	}
	return 0;
}

void links_close(struct links *links)
{
	free(links->board);
	free(links->link);
	links->board = NULL;
	links->link = NULL;
}

static const char *mac_text(uint64_t bits, char text[18])
{
	uint8_t m[6];

	mac_store(m, (struct mac){bits});
	snprintf(text, 18, "%02x:%02x:%02x:%02x:%02x:%02x", m[0], m[1], m[2], m[3], m[4], m[5]);
	return text;
}

static void end_appliance(struct links *links, const struct link *link, const char *addr,
                          const char *mac)
{
	why_set(&links->fatal, "%s: the host %s has the address %s (ports[].on_conflict is exit)",
	        link->name, mac, addr);
	control_loop_stop(links->loop);
}

static void address_text(const struct link_addr *at, char text[ADDR_TEXT_BYTES])
{
	if (addr_is_any(at->addr))
		snprintf(text, ADDR_TEXT_BYTES, "fe80::/64 (link-local)");
	else
		addr_text(at->addr, text);
}

static void report_address(struct links *links, const struct link *link, struct link_addr *at,
                           const struct iface_board_addr *noted, mono_t now)
{
	uint32_t conflicts = atomic_load_explicit(&noted->conflicts, memory_order_acquire);
	uint8_t state = atomic_load_explicit(&noted->state, memory_order_acquire);
	char addr[ADDR_TEXT_BYTES], mac[18];
	bool again = at->state == IFACE_ADDR_HELD;

	address_text(at, addr);
	mac_text(atomic_load_explicit(&noted->mac, memory_order_relaxed), mac);
	if (state == IFACE_ADDR_HELD && link->on_conflict == ON_CONFLICT_EXIT) {
		end_appliance(links, link, addr, mac);
	} else if (state == IFACE_ADDR_HELD && !again) {
		log_warning("%s: the host %s has the address %s, which is therefore not used; "
		            "the link is searched again until it is free",
		            link->name, mac, addr);
	} else if (state == IFACE_ADDR_USED && again) {
		log_info("%s: no other host has the address %s any more; it is used", link->name,
		         addr);
	} else if (conflicts != at->conflicts && state != IFACE_ADDR_HELD) {
		if (!mono_due(at->quiet, now))
			return;
		at->quiet = mono_add(now, QUIET_US);
		log_warning("%s: the host %s claims the address %s, too (%u messages); it is "
		            "defended and stays in use",
		            link->name, mac, addr, conflicts - at->conflicts);
	}
	at->conflicts = conflicts;
	if (state != at->state && !again && state != IFACE_ADDR_HELD)
		log_each(LOG_DEBUG, "%s: the address %s is %s", link->name, addr,
		         state == IFACE_ADDR_PROBED ? "searched for on the link" : "used");
	// While it is searched for again, it is still held.
	if (state != IFACE_ADDR_PROBED || !again)
		at->state = state;
}

static void report_gateway(struct link *link, unsigned family, uint8_t state)
{
	char addr[ADDR_TEXT_BYTES];

	if (state == link->gateway_state[family])
		return;
	addr_text(link->gateway[family], addr);
	if (state == IFACE_GATEWAY_SILENT)
		log_warning("%s: the gateway %s does not answer; clients beyond it get no answers",
		            link->name, addr);
	else if (link->gateway_state[family] == IFACE_GATEWAY_SILENT)
		log_info("%s: the gateway %s answers", link->name, addr);
	else if (state == IFACE_GATEWAY_ANSWERS)
		log_each(LOG_DEBUG, "%s: the gateway %s answers", link->name, addr);
	link->gateway_state[family] = state;
}

static void look(struct wheel_timer *timer, mono_t now)
{
	struct links *links = CONTAINER_OF(timer, struct links, timer);

	for (unsigned i = 0; i < links->len; i++) {
		struct iface_board *board = &links->board[i];
		struct link *link = &links->link[i];

		for (unsigned k = 0; k < link->addrs_len; k++)
			report_address(links, link, &link->addr[k], &board->addr[k], now);
		for (unsigned k = 0; k < ARRAY_LEN(board->gateway); k++)
			report_gateway(
			        link, k,
			        atomic_load_explicit(&board->gateway[k], memory_order_acquire));
	}
	wheel_add(&links->loop->wheel, timer, mono_add(now, LOOK_US));
}

void links_watch(struct links *links, struct control_loop *loop, mono_t now)
{
	links->loop = loop;
	wheel_timer_init(&links->timer, look);
	wheel_add(&loop->wheel, &links->timer, mono_add(now, LOOK_US));
}

void links_unwatch(struct links *links)
{
	if (links->loop)
		wheel_del(&links->loop->wheel, &links->timer);
}

// While the link is searched again, the address is still held.
static bool is_held(const struct links *links, unsigned port, unsigned i)
{
	const struct iface_board_addr *noted = &links->board[port].addr[i];
	uint8_t state = atomic_load_explicit(&noted->state, memory_order_acquire);

	return state == IFACE_ADDR_HELD ||
	       (state == IFACE_ADDR_PROBED && links->link[port].addr[i].state == IFACE_ADDR_HELD);
}

json_t *links_held(const struct links *links, unsigned port)
{
	json_t *texts = json_array();

	for (unsigned i = 0; port < links->len && i < links->link[port].addrs_len; i++) {
		char text[ADDR_TEXT_BYTES];

		if (!is_held(links, port, i))
			continue;
		address_text(&links->link[port].addr[i], text);
		json_array_append_new(texts, json_string(text));
	}
	return texts;
}

static bool find_held(const struct links *links, unsigned port, bool *fatal, struct why *why)
{
	const struct link *link = &links->link[port];
	char first[ADDR_TEXT_BYTES], mac[18];
	unsigned held = 0, own = 0;

	for (unsigned i = 0; i < link->addrs_len; i++) {
		own += !addr_is_any(link->addr[i].addr);
		if (!is_held(links, port, i))
			continue;
		if (held == 0) {
			address_text(&link->addr[i], first);
			mac_text(atomic_load_explicit(&links->board[port].addr[i].mac,
			                              memory_order_relaxed),
			         mac);
		}
		held++;
	}
	if (!held)
		return false;
	*fatal = held >= own;
	why_set(why,
	        "%u of its addresses are not used: the host %s has %s; they are used when it "
	        "gives them up",
	        held, mac, first);
	return true;
}

static bool find_silent(const struct links *links, unsigned port, bool *fatal, struct why *why)
{
	const struct link *link = &links->link[port];
	unsigned gateways = 0, silent = 0;
	char first[ADDR_TEXT_BYTES];

	for (unsigned k = 0; k < ARRAY_LEN(link->gateway); k++) {
		gateways += !addr_is_any(link->gateway[k]);
		if (atomic_load_explicit(&links->board[port].gateway[k], memory_order_acquire) !=
		    IFACE_GATEWAY_SILENT)
			continue;
		if (silent++ == 0)
			addr_text(link->gateway[k], first);
	}
	if (!silent)
		return false;
	*fatal = silent == gateways;
	why_set(why, "the gateway %s does not answer; clients beyond it get no answers", first);
	return true;
}

bool links_fault(const struct links *links, unsigned port, bool *fatal, struct why *why)
{
	return find_held(links, port, fatal, why) || find_silent(links, port, fatal, why);
}

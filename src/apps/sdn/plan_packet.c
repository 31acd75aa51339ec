// plan_packet: see the header.
#include "apps/sdn/plan_packet.h"

#include "core/host/option.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define ETH_IPV4    0x0800
#define ETH_ARP     0x0806
#define ETH_IPV6    0x86dd
#define PROTO_ICMP  1
#define PROTO_TCP   6
#define PROTO_UDP   17
#define PROTO_ICMP6 58

#define WORD_BYTES 128

// The words, as they were given; "" where they were not.
struct words {
	char in[WORD_BYTES], vlan[WORD_BYTES], eth_src[WORD_BYTES], eth_dst[WORD_BYTES];
	char from[WORD_BYTES], to[WORD_BYTES], protocol[WORD_BYTES];
	char from_port[WORD_BYTES], to_port[WORD_BYTES];
};

#define WORD(member) #member, offsetof(struct words, member)
static const struct {
	const char *name;
	size_t offset;
} word_table[] = {{WORD(in)}, {WORD(vlan)},     {WORD(eth_src)},   {WORD(eth_dst)}, {WORD(from)},
                  {WORD(to)}, {WORD(protocol)}, {WORD(from_port)}, {WORD(to_port)}};

// One "name=value" of len bytes.
static int word_read(struct words *words, const char *text, size_t len, struct why *why)
{
	const char *equals = memchr(text, '=', len);
	size_t name = equals ? (size_t)(equals - text) : len;
	size_t value = equals ? len - name - 1 : 0;

	for (size_t i = 0; i < ARRAY_LEN(word_table); i++) {
		char *to = (char *)words + word_table[i].offset;

		if (strlen(word_table[i].name) != name || memcmp(word_table[i].name, text, name))
			continue;
		if (*to)
			return why_fail(why, -EINVAL, "packet: %s is given twice",
			                word_table[i].name);
		if (value == 0 || value >= WORD_BYTES)
			return why_fail(why, -EINVAL, "packet: %s needs a value, as in %s=...",
			                word_table[i].name, word_table[i].name);
		memcpy(to, equals + 1, value);
		return 0;
	}
	return why_fail(why, -EINVAL,
	                "packet: \"%.*s\" is none of in, vlan, eth_src, eth_dst, from, to, "
	                "protocol, from_port and to_port",
	                (int)size_min(name, 64), text);
}

static int words_read(struct words *words, const char *text, struct why *why)
{
	int err = 0;

	while (*text && !err) {
		size_t len = strcspn(text, ",");

		err = word_read(words, text, len, why);
		text += len + (text[len] == ',');
	}
	return err;
}

static int number_read(const char *name, const char *text, unsigned long max, unsigned long *to,
                       struct why *why)
{
	char *end = NULL;

	*to = *text >= '0' && *text <= '9' ? strtoul(text, &end, 10) : 0;
	if (!end || *end || *to > max)
		return why_fail(why, -EINVAL, "packet: %s is a number from 0 to %lu, not \"%s\"",
		                name, max, text);
	return 0;
}

static const struct sdn_intent_host *host_find(const struct sdn_intent *intent, const char *name)
{
	for (uint32_t i = 0; i < intent->hosts_len; i++)
		if (strcmp(intent->hosts[i].name, name) == 0)
			return &intent->hosts[i];
	return NULL;
}

// An address or the name of a host, of which the first address of a family counts.
static int end_read(const struct sdn_intent *intent, const char *name, const char *text,
                    const struct sdn_intent_host **host, struct addr *address, struct why *why)
{
	*host = NULL;
	if (addr_parse(text, address))
		return 0;
	*host = host_find(intent, text);
	if (!*host)
		return why_fail(why, -EINVAL,
		                "packet: %s=%s is neither an address nor the name of a host in "
		                "\"hosts\"",
		                name, text);
	*address = (struct addr){0};
	if ((*host)->addresses_len)
		*address = (*host)->addresses[0];
	return 0;
}

static int in_read(struct plan_packet *packet, const struct sdn_intent *intent, const char *text,
                   struct why *why)
{
	const char *colon = strrchr(text, ':');
	size_t len = colon ? (size_t)(colon - text) : 0;
	unsigned long port = 0;

	for (uint16_t i = 0; i < intent->switches_len; i++) {
		const char *name = intent->switches[i].name;

		if (!colon || strlen(name) != len || memcmp(name, text, len) != 0 ||
		    number_read("in", colon + 1, OF_PORT_MAX, &port, why))
			continue;
		packet->on_switch = i;
		packet->key.in_port = be32((uint32_t)port);
		return 0;
	}
	return why_fail(why, -EINVAL,
	                "packet: in=%s is no switch of \"switches\" and a port: "
	                "in=SWITCH:PORT",
	                text);
}

// Where a host's packets come in, and with which tag.
static int in_of_host(struct plan_packet *packet, const struct sdn_intent *intent,
                      const struct sdn_intent_host *host, struct why *why)
{
	const struct sdn_intent_port *port;
	bool tagged = false;

	if (!host || host->on_switch == SDN_NONE)
		return why_fail(why, -EINVAL,
		                "packet: where does it come in? Give in=SWITCH:PORT, or from=HOST "
		                "with a host that has \"at\"");
	port = sdn_intent_port(&intent->switches[host->on_switch], host->port);
	packet->on_switch = host->on_switch;
	packet->key.in_port = be32(host->port);
	if (port && sdn_intent_carries(port, host->network, &tagged) && tagged)
		packet->key.vlan =
		        be16((uint16_t)(OXM_VLAN_PRESENT | intent->networks[host->network].vid));
	return 0;
}

// The MAC address that the host's own stack would send to.
static void mac_of_next(const struct sdn_intent *intent, const struct sdn_intent_host *from,
                        const struct sdn_intent_host *to, uint8_t mac[6])
{
	uint16_t router = from ? intent->networks[from->network].router : SDN_NONE;
	bool routed = router != SDN_NONE && !(to && to->network == from->network);

	if (routed)
		memcpy(mac, intent->routers[router].mac, 6);
	else if (to)
		memcpy(mac, to->mac, 6);
}

static int macs_read(struct plan_packet *packet, const struct words *words,
                     const struct sdn_intent *intent, const struct sdn_intent_host *from,
                     const struct sdn_intent_host *to, struct why *why)
{
	if (from)
		memcpy(packet->key.eth_src, from->mac, 6);
	mac_of_next(intent, from, to, packet->key.eth_dst);
	if (strcmp(words->protocol, "arp") == 0)
		memset(packet->key.eth_dst, 0xff, 6);
	if (*words->eth_src && !option_mac(words->eth_src, packet->key.eth_src))
		return why_fail(why, -EINVAL, "packet: eth_src=%s is not a unicast MAC address",
		                words->eth_src);
	if (strcmp(words->eth_dst, "ff:ff:ff:ff:ff:ff") == 0)
		memset(packet->key.eth_dst, 0xff, 6);
	else if (*words->eth_dst && !option_mac(words->eth_dst, packet->key.eth_dst))
		return why_fail(why, -EINVAL,
		                "packet: eth_dst=%s is neither a unicast MAC address nor "
		                "ff:ff:ff:ff:ff:ff",
		                words->eth_dst);
	return 0;
}

static int addresses_set(struct plan_packet *packet, struct addr from, struct addr to, bool arp,
                         struct why *why)
{
	bool ipv4 = addr_is_ipv4(from);
	uint8_t bytes[16];

	if (ipv4 != addr_is_ipv4(to) || (arp && !ipv4))
		return why_fail(why, -EINVAL,
		                arp ? "packet: ARP needs IPv4 addresses in from and to"
		                    : "packet: from and to are of different "
		                      "families, IPv4 and IPv6");
	packet->key.eth_type = be16(arp ? ETH_ARP : ipv4 ? ETH_IPV4 : ETH_IPV6);
	addr_to_bytes(from, bytes);
	memcpy(packet->key.src, ipv4 ? bytes + 12 : bytes, ipv4 ? 4 : 16);
	addr_to_bytes(to, bytes);
	memcpy(packet->key.dst, ipv4 ? bytes + 12 : bytes, ipv4 ? 4 : 16);
	return 0;
}

static int protocol_set(struct plan_packet *packet, const struct words *words, struct why *why)
{
	bool ipv4 = be16_get(packet->key.eth_type) == ETH_IPV4;
	const struct {
		const char *name;
		uint8_t number;
	} protocols[] = {{"icmp", ipv4 ? PROTO_ICMP : PROTO_ICMP6},
	                 {"tcp", PROTO_TCP},
	                 {"udp", PROTO_UDP},
	                 {"arp", 1}};
	unsigned long from = 0, to = 0;
	const char *name = *words->protocol ? words->protocol : "icmp";
	size_t i = 0;

	while (i < ARRAY_LEN(protocols) && strcmp(name, protocols[i].name) != 0)
		i++;
	if (i == ARRAY_LEN(protocols))
		return why_fail(why, -EINVAL,
		                "packet: protocol=%s is none of icmp, tcp, udp and arp", name);
	packet->key.ip_proto = protocols[i].number;
	if (*words->from_port && number_read("from_port", words->from_port, UINT16_MAX, &from, why))
		return -EINVAL;
	if (*words->to_port && number_read("to_port", words->to_port, UINT16_MAX, &to, why))
		return -EINVAL;
	if ((*words->from_port || *words->to_port) && (i == 0 || i == 3))
		return why_fail(why, -EINVAL, "packet: ports need protocol=tcp or protocol=udp");
	packet->key.src_port = be16(i == 0 ? (ipv4 ? 8 : 128) : (uint16_t)from); // an echo request
	packet->key.dst_port = be16((uint16_t)to);
	return 0;
}

static int vlan_set(struct plan_packet *packet, const char *text, struct why *why)
{
	unsigned long vid;

	if (!*text)
		return 0;
	if (number_read("vlan", text, 4095, &vid, why))
		return -EINVAL;
	packet->key.vlan = be16((uint16_t)(OXM_VLAN_PRESENT | vid));
	return 0;
}

int plan_packet_parse(struct plan_packet *packet, const struct sdn_intent *intent, const char *text,
                      struct why *why)
{
	const struct sdn_intent_host *from = NULL, *to = NULL;
	struct addr from_address = {0}, to_address = {0};
	struct words words = {0};
	int err = words_read(&words, text, why);

	*packet = (struct plan_packet){.to = SDN_NONE};
	if (!err && (!*words.from || !*words.to))
		err = why_fail(why, -EINVAL, "packet: give from and to, hosts or addresses");
	if (!err)
		err = end_read(intent, "from", words.from, &from, &from_address, why);
	if (!err)
		err = end_read(intent, "to", words.to, &to, &to_address, why);
	if (!err)
		err = *words.in ? in_read(packet, intent, words.in, why)
		                : in_of_host(packet, intent, from, why);
	if (!err)
		err = macs_read(packet, &words, intent, from, to, why);
	if (!err)
		err = addresses_set(packet, from_address, to_address,
		                    strcmp(words.protocol, "arp") == 0, why);
	if (!err)
		err = protocol_set(packet, &words, why);
	if (!err)
		err = vlan_set(packet, words.vlan, why);
	if (!err && to)
		packet->to = (uint16_t)(to - intent->hosts);
	return err;
}

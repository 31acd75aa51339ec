// boot_check_address: addresses that cannot work, as errors, and those that may be
// mistakes, as warnings. A gateway that is right and does not answer is the stack's.
#include "apps/boot/boot_check.h"
#include "apps/boot/boot_conf.h"

#include <string.h>

// One prefix of one port.
struct own {
	struct prefix prefix;
	size_t port;
	const char *key;
	size_t item, of; // its place in the key's list, and how long that is
};

struct owned {
	struct own *own;
	size_t len;
};

static bool is_host(struct prefix prefix)
{
	return prefix.len == (addr_is_ipv4(prefix.addr) ? 32 : 128);
}

static const char *own_path(struct conf *conf, const struct own *own)
{
	if (own->of == 1)
		return conf_path(conf, "ports[%zu].%s", own->port, own->key);
	return conf_path(conf, "ports[%zu].%s[%zu]", own->port, own->key, own->item);
}

static const char *text_of(struct conf *conf, struct addr addr)
{
	char text[ADDR_TEXT_BYTES];

	return conf_path(conf, "%s", addr_text(addr, text));
}

// Whether all bits behind the prefix are `set`.
static bool host_bits_are(struct prefix prefix, struct addr addr, bool set)
{
	bool ipv4 = addr_is_ipv4(addr);
	uint8_t bytes[16];

	addr_to_bytes(addr, bytes);
	for (unsigned bit = (ipv4 ? 96u : 0) + prefix.len; bit < 128; bit++)
		if ((bytes[bit / 8] >> (7 - bit % 8) & 1) != set)
			return false;
	return true;
}

// What the address is in its network when it is no host's; NULL: a host's. Both addresses
// of a /31 (RFC 3021) and of a /127 (RFC 6164) are hosts'.
static const char *not_a_host(struct prefix prefix, struct addr addr)
{
	bool ipv4 = addr_is_ipv4(addr);

	if (prefix.len >= (ipv4 ? 31 : 127))
		return NULL;
	if (host_bits_are(prefix, addr, false))
		return ipv4 ? "the address of the network itself"
		            : "the network's anycast address, which its routers answer at (RFC "
		              "4291 section 2.6.1)";
	return ipv4 && host_bits_are(prefix, addr, true) ? "the broadcast address of its network"
	                                                 : NULL;
}

// What an address is that no port can have; NULL: it can.
static const char *reserved(struct addr addr)
{
	static const struct {
		const char *prefix, *is;
	} ranges[] = {
	        {"127.0.0.0/8", "a loopback address, which no network has"},
	        {"::1/128", "the loopback address, which no network has"},
	        {"0.0.0.0/8", "an address of \"this network\" (RFC 1122 section 3.2.1.3)"},
	        {"255.255.255.255/32", "the broadcast address"},
	};

	for (size_t i = 0; i < ARRAY_LEN(ranges); i++) {
		struct prefix prefix;

		if (addr_prefix_parse(ranges[i].prefix, &prefix) && addr_prefix_has(prefix, addr))
			return ranges[i].is;
	}
	return NULL;
}

static void check_one(struct conf *conf, const struct own *own)
{
	struct addr addr = own->prefix.addr;
	const char *is = reserved(addr);

	if (!is)
		is = not_a_host(own->prefix, addr);
	if (is)
		conf_error(conf, own_path(conf, own), "%s/%u is %s", text_of(conf, addr),
		           own->prefix.len, is);
}

// An address of two ports is how a service address is reached over two links, and then it
// stands alone in its prefix.
static void check_pair(struct conf *conf, const struct own *own, const struct own *before)
{
	if (addr_eq(own->prefix.addr, before->prefix.addr)) {
		if (own->port != before->port && is_host(own->prefix) && is_host(before->prefix))
			return;
		conf_error(conf, own_path(conf, own), "%s is there already, under %s",
		           text_of(conf, own->prefix.addr), own_path(conf, before));
	} else if (own->port != before->port && !addr_is_link_local(own->prefix.addr) &&
	           (addr_prefix_has(own->prefix, before->prefix.addr) ||
	            addr_prefix_has(before->prefix, own->prefix.addr))) {
		conf_warning(conf, own_path(conf, own),
		             "the network overlaps that of %s: packets to it leave by one of the "
		             "two ports only",
		             own_path(conf, before));
	}
}

// The prefixes of the list that were sound.
static void add_list(struct owned *all, size_t port, const char *key, const struct conf_list *list)
{
	const char *const *texts = list->items;

	for (size_t i = 0; i < list->len; i++) {
		struct own own = {.port = port, .key = key, .item = i, .of = list->len};

		if (addr_prefix_parse(texts[i], &own.prefix))
			all->own[all->len++] = own;
	}
}

struct gateway {
	const char *key, *text, *family;
	const struct conf_list *list; // the port's addresses of its family
	struct addr addr;
};

// Why the gateway cannot be one, or NULL; the port has addresses of its family. Where each
// stands alone in its prefix no network is known, and the gateway is taken to be on the
// link, as a link-local one is.
static const char *gateway_wrong(struct conf *conf, const struct owned *all, size_t port,
                                 struct addr gateway)
{
	bool network = false, within = false;

	for (size_t i = 0; i < all->len; i++) {
		const struct own *own = &all->own[i];
		const char *is;

		if (own->port != port || addr_is_ipv4(own->prefix.addr) != addr_is_ipv4(gateway))
			continue;
		if (addr_eq(own->prefix.addr, gateway))
			return "is the port's own address";
		network |= !is_host(own->prefix);
		if (!addr_prefix_has(own->prefix, gateway))
			continue;
		within = true;
		is = not_a_host(own->prefix, gateway);
		if (is && addr_is_ipv4(gateway))
			return conf_path(conf, "is %s", is);
	}
	if (network && !within && !addr_is_link_local(gateway))
		return "lies in none of the port's networks, so that no neighbour can have it";
	return NULL;
}

static void check_gateway(struct conf *conf, const struct owned *all, size_t port,
                          const struct gateway *gateway)
{
	const char *path = conf_path(conf, "ports[%zu].%s", port, gateway->key);
	const char *is = reserved(gateway->addr), *wrong = NULL;

	if (is)
		wrong = conf_path(conf, "is %s", is);
	else if (gateway->list->len)
		wrong = gateway_wrong(conf, all, port, gateway->addr);
	if (wrong)
		conf_error(conf, path, "%s %s", gateway->text, wrong);
	else if (gateway->list->len == 0)
		conf_warning(conf, path, "the port has no %s address, so the gateway has no use",
		             gateway->family);
}

// Whether no address of the list is reached beyond its link: all are link-local.
static bool is_link_only(const struct conf_list *list)
{
	const char *const *texts = list->items;
	struct prefix prefix;

	for (size_t i = 0; i < list->len; i++)
		if (!addr_prefix_parse(texts[i], &prefix) || !addr_is_link_local(prefix.addr))
			return false;
	return list->len > 0;
}

// Whether the port's addresses of the list have no neighbours.
static bool is_alone(const struct conf_list *list)
{
	const char *const *texts = list->items;
	struct prefix prefix;

	for (size_t i = 0; i < list->len; i++)
		if (!addr_prefix_parse(texts[i], &prefix) || !is_host(prefix))
			return false;
	return list->len > 0;
}

static void warn_port(struct conf *conf, const struct boot_port_conf *own, size_t port)
{
	const char *path = conf_path(conf, "ports[%zu]", port);

	if (conf_has_error(conf, path))
		return;
	if (own->ipv4.len == 0 && own->ipv6.len == 0)
		conf_warning(conf, path, "the port has no address, so it answers nothing");
	else if ((own->ipv4.len == 0 || is_link_only(&own->ipv4)) &&
	         (own->ipv6.len == 0 || is_link_only(&own->ipv6)))
		conf_warning(conf, path,
		             "the port has link-local addresses only, so that only clients on its "
		             "link reach it");
	if (is_alone(&own->ipv4) && !*own->gateway4)
		conf_warning(conf, conf_path(conf, "ports[%zu].ipv4", port),
		             "a /32 has no neighbours, and there is no gateway4: no client can be "
		             "answered");
	if (is_alone(&own->ipv6) && !*own->gateway6)
		conf_warning(conf, conf_path(conf, "ports[%zu].ipv6", port),
		             "a /128 has no neighbours, and there is no gateway6: only clients on "
		             "the link can be answered");
}

static void check_gateways(struct conf *conf, const struct owned *all,
                           const struct boot_port_conf *own, size_t port)
{
	struct gateway of[] = {{"gateway4", own->gateway4, "IPv4", &own->ipv4, {0}},
	                       {"gateway6", own->gateway6, "IPv6", &own->ipv6, {0}}};

	for (size_t i = 0; i < ARRAY_LEN(of); i++)
		if (addr_parse(of[i].text, &of[i].addr))
			check_gateway(conf, all, port, &of[i]);
}

void boot_check_addresses(struct conf *conf)
{
	const struct boot_conf *values = conf->values;
	const struct boot_port_conf *ports = values->ports.items;
	struct owned all = {.len = 0};

	for (size_t i = 0; i < values->ports.len; i++)
		all.len += ports[i].ipv4.len + ports[i].ipv6.len;
	all.own = arena_array(&conf->texts, all.len, sizeof(*all.own));
	all.len = 0;
	for (size_t i = 0; i < values->ports.len; i++) {
		add_list(&all, i, "ipv4", &ports[i].ipv4);
		add_list(&all, i, "ipv6", &ports[i].ipv6);
	}
	for (size_t i = 0; i < all.len; i++) {
		check_one(conf, &all.own[i]);
		for (size_t k = 0; k < i; k++)
			check_pair(conf, &all.own[i], &all.own[k]);
	}
	for (size_t i = 0; i < values->ports.len; i++) {
		check_gateways(conf, &all, &ports[i], i);
		warn_port(conf, &ports[i], i);
	}
}

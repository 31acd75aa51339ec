// boot_check_listen: TCP ports at which two services would listen, and addresses of which no port
// of the appliance is.
#include "apps/boot/boot_check.h"
#include "apps/boot/boot_conf.h"

struct listens {
	struct service_listen *of;
	unsigned len;
};

static bool list_has(const struct conf_list *list, struct addr addr)
{
	const char *const *texts = list->items;
	struct prefix own;

	for (size_t i = 0; i < list->len; i++)
		if (addr_prefix_parse(texts[i], &own) && addr_eq(own.addr, addr))
			return true;
	return false;
}

static bool is_own(const struct boot_conf *values, struct addr addr)
{
	const struct boot_port_conf *ports = values->ports.items;

	for (size_t i = 0; i < values->ports.len; i++)
		if (list_has(&ports[i].ipv4, addr) || list_has(&ports[i].ipv6, addr))
			return true;
	return false;
}

static bool meet(const struct service_listen *a, const struct service_listen *b)
{
	return a->port == b->port &&
	       (addr_is_any(a->addr) || addr_is_any(b->addr) || addr_eq(a->addr, b->addr));
}

static void listens_add(struct conf *conf, struct listens *all, const struct service_listen *own)
{
	char text[ADDR_TEXT_BYTES];

	if (own->port == 0)
		return;
	if (!addr_is_any(own->addr) && !is_own(conf->values, own->addr))
		conf_error(conf, own->addr_key, "%s is an address of none of the ports",
		           addr_text(own->addr, text));
	for (unsigned i = 0; i < all->len; i++)
		if (meet(own, &all->of[i])) {
			conf_error(conf, own->key, "TCP port %u is that of %s already", own->port,
			           all->of[i].key);
			return;
		}
	all->of[all->len++] = *own;
}

// The key whose value a service_port has, by the place of that in the struct.
static const char *port_key(struct conf *conf, const struct service *service, size_t offset)
{
	for (const struct conf_key *key = service->section->keys; key->name; key++)
		if (key->offset == offset)
			return conf_path(conf, "%s.%s", service->name, key->name);
	return service->name;
}

static void add_ports(struct conf *conf, struct listens *all, const struct service *service,
                      const void *section)
{
	const struct service_port *port = service->ports;

	for (; port && (port->udp || port->tcp); port++) {
		const uint64_t *number = (const void *)((const char *)section + port->number);
		struct service_listen own = {.key = port_key(conf, service, port->number),
		                             .port = (uint16_t)*number};

		if (port->tcp)
			listens_add(conf, all, &own);
	}
}

static unsigned most_listens(const struct services *services)
{
	unsigned n = 0;

	for (unsigned i = 0; i < services->len; i++) {
		const struct service_port *port = services->service[i]->ports;

		for (; port && (port->udp || port->tcp); port++)
			n++;
		n += services->service[i]->listens ? SERVICE_LISTENS_MAX : 0;
	}
	return n;
}

void boot_check_listens(struct conf *conf, const struct services *services)
{
	const struct boot_conf *values = conf->values;
	struct listens all = {.len = 0};

	all.of = arena_array(&conf->texts, most_listens(services), sizeof(*all.of));
	for (unsigned i = 0; i < services->len; i++) {
		const struct service *service = services->service[i];
		struct service_listen own[SERVICE_LISTENS_MAX] = {0};
		unsigned n = service->listens ? service->listens(values->services[i], own) : 0;

		add_ports(conf, &all, service, values->services[i]);
		for (unsigned k = 0; k < n; k++)
			listens_add(conf, &all, &own[k]);
	}
}

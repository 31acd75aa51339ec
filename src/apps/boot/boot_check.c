// boot_check: see the header. Addresses are boot_check_address.c's.
#include "apps/boot/boot_check.h"

#include "apps/boot/backends.h"
#include "apps/boot/boot_conf.h"

#include <errno.h>
#include <string.h>

#define PORT_PATH(conf, port, key) conf_path(conf, "ports[%zu]." key, port)

// What the port has in common with one before it. A text that was refused is empty.
static void check_twins(struct conf *conf, const struct boot_port_conf *own,
                        const struct boot_port_conf *before, size_t port, size_t other)
{
	if (*own->name && strcmp(own->name, before->name) == 0)
		conf_error(conf, PORT_PATH(conf, port, "name"), "\"%s\" is ports[%zu]'s", own->name,
		           other);
	if (*own->device && backends_are_same(own->device, before->device))
		conf_error(conf, PORT_PATH(conf, port, "device"), "\"%s\" is ports[%zu]'s",
		           own->device, other);
}

static void check_port(struct conf *conf, const struct boot_port_conf *ports, size_t port)
{
	const struct boot_port_conf *own = &ports[port];

	for (size_t i = 0; i < port; i++)
		check_twins(conf, own, &ports[i], port, i);
	if (own->mtu && own->mtu < BOOT_MTU_MIN)
		conf_error(conf, PORT_PATH(conf, port, "mtu"),
		           "must be 0 or from %d to %d, not %ju", BOOT_MTU_MIN, BOOT_MTU_MAX,
		           (uintmax_t)own->mtu);
}

// Whether the finding is left to the opening of the device. The one that uses it may be this
// appliance, running already, which its control socket says better; rights that this
// process lacks say nothing of another start.
static bool is_left(int err, bool now)
{
	return err == -EEXIST || err == -EBUSY || err == -EADDRINUSE ||
	       (!now && (err == -EPERM || err == -EACCES));
}

static void check_device(struct conf *conf, const struct boot_port_conf *own, size_t port, bool now)
{
	struct backends_conf device = {own->device, (uint32_t)own->pages, (uint16_t)own->mtu};
	const struct boot_conf *values = conf->values;
	struct why why;
	int err = backends_check(&device, (unsigned)values->workers, &why);

	if (!err || is_left(err, now))
		return;
	if (now)
		conf_error(conf, PORT_PATH(conf, port, "device"), "%s", why.text);
	else
		conf_warning(conf, PORT_PATH(conf, port, "device"), "%s", why.text);
}

void boot_check(struct conf *conf, const struct services *services, enum boot_check_devices devices)
{
	const struct boot_conf *values = conf->values;
	struct boot_port_conf *ports = values->ports.items;

	for (size_t i = 0; i < values->ports.len; i++) {
		ports[i].place = conf_place(conf, PORT_PATH(conf, i, "device"));
		check_port(conf, ports, i);
	}
	boot_check_addresses(conf);
	for (size_t i = 0; i < values->ports.len && devices != BOOT_CHECK_TEXT; i++)
		if (*ports[i].device)
			check_device(conf, &ports[i], i, devices == BOOT_CHECK_NOW);
	for (unsigned i = 0; i < services->len; i++)
		if (services->service[i]->check)
			services->service[i]->check(values->services[i], conf);
	boot_check_listens(conf, services);
}

// backend: device strings, read by a backend's table of kinds; see the header.
#include "core/host/backend.h"

#include <ctype.h>
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

static const struct backend_kind *kind_find(const struct backend *backend, const char *device)
{
	size_t len = strcspn(device, ":");

	for (const struct backend_kind *kind = backend->kinds; device[len] && kind->name; kind++)
		if (strlen(kind->name) == len && memcmp(kind->name, device, len) == 0)
			return kind;
	return NULL;
}

static unsigned commas_in(const char *text)
{
	unsigned n = 0;

	for (; *text; text++)
		n += *text == ',';
	return n;
}

// The length of the argument, which has as many words as its form; 0 when one is
// missing or empty.
static size_t argument_len(const struct backend_kind *kind, const char *text)
{
	size_t len = strcspn(text, ",");

	if (len == 0)
		return 0;
	for (unsigned i = 0; i < commas_in(kind->argument); i++) {
		size_t word = text[len] ? strcspn(text + len + 1, ",") : 0;

		if (word == 0)
			return 0;
		len += 1 + word;
	}
	return len;
}

// The text behind the argument, from its comma on.
static int options_read(struct backend_conf *conf, const char *text, struct why *why)
{
	static const struct option_key none = {0};
	static const struct option_table no_options = {0, &none};
	const struct option_table *table = conf->kind->options;

	conf->driver_options = "";
	if (conf->kind->driver_options) {
		conf->driver_options = *text ? text + 1 : text;
		return 0;
	}
	if (!table)
		table = &no_options;
	assert(table->size <= sizeof(conf->options));
	if (*text && !text[1])
		return why_fail(why, -EINVAL, "ends in a comma");
	text += *text != '\0';
	return option_parse(table, text, strlen(text), conf->options, why);
}

int backend_conf_parse(struct backend_conf *conf, const struct backend *backend, const char *device,
                       struct why *why)
{
	const struct backend_kind *kind = kind_find(backend, device);
	const char *argument;
	size_t len;
	int err;

	if (!kind)
		return -ENOENT;
	*conf = (struct backend_conf){.device = device, .kind = kind};
	argument = device + strlen(kind->name) + 1;
	len = argument_len(kind, argument);
	if (len == 0)
		return why_fail(why, -EINVAL, "lacks its argument: %s:%s", kind->name,
		                kind->argument);
	if (len >= sizeof(conf->argument))
		return why_fail(why, -EINVAL, "has an argument longer than %zu bytes",
		                sizeof(conf->argument) - 1);
	memcpy(conf->argument, argument, len);
	err = options_read(conf, argument + len, why);
	if (!err && kind->check)
		err = kind->check(conf, why);
	return err;
}

void backend_mac(const char *host, const char *kind, const char *name, uint64_t salt,
                 uint8_t mac[6])
{
	const char *parts[] = {host, kind, name};
	uint64_t hash = UINT64_C(0xcbf29ce484222325) ^ salt;

	// FNV-1a; spread is wanted, not secrecy.
	for (size_t i = 0; i < ARRAY_LEN(parts); i++)
		for (const char *c = parts[i]; *c; c++)
			hash = (hash ^ (uint8_t)*c) * UINT64_C(0x100000001b3);
	memcpy(mac, &hash, 6);
	mac[0] = (uint8_t)((mac[0] & 0xfc) | 2);
}

int backend_check_iface(const struct backend_conf *conf, struct why *why)
{
	const char *name = conf->argument;
	bool sound = strlen(name) < IFNAMSIZ && strcmp(name, ".") != 0 && strcmp(name, "..") != 0;

	for (const char *c = name; *c; c++)
		sound = sound && *c != '/' && isgraph((unsigned char)*c);
	if (sound)
		return 0;
	return why_fail(why, -EINVAL,
	                "names \"%s\", which cannot be an interface: 1 to %d printable characters "
	                "without a slash or a space",
	                name, IFNAMSIZ - 1);
}

int backend_open_each(int (*open)(const struct backend_conf *conf, struct netif **netif,
                                  struct why *why),
                      const struct backend_conf *confs, unsigned len, struct netif **netifs,
                      struct why *why)
{
	unsigned opened = 0;
	int err = 0;

	while (!err && opened < len) {
		err = open(&confs[opened], &netifs[opened], why);
		if (!err)
			opened++;
	}
	while (err && opened) {
		struct netif *netif = netifs[--opened];

		netif->ops->close(netif);
	}
	return err;
}

void backend_kind_form(const struct backend_kind *kind, char *text, size_t size)
{
	size_t len = (size_t)snprintf(text, size, "%s:%s", kind->name, kind->argument);

	if (kind->driver_options && len < size)
		snprintf(text + len, size - len, "[,option=value...]");
	for (const struct option_key *key = kind->options ? kind->options->keys : NULL;
	     key && key->name && len < size; key++) {
		char form[64];

		option_form(key, form, sizeof(form));
		len += (size_t)snprintf(text + len, size - len, "[,%s]", form);
	}
}

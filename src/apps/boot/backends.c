// backends: see the header.
#include "apps/boot/backends.h"

#include "backends/dpdk/dpdk.h"
#include "backends/linux/linux.h"
#include "backends/mem/mem.h"
#include "backends/xdp/xdp.h"
#include "backends/xen/netfront.h"
#include "core/host/feature.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

// The first that is open determines where pages lie.
const struct backend *const backends[] = {
#if FEATURE_DPDK
        &dpdk_backend,
#endif
#if FEATURE_XEN
        &netfront_backend,
#endif
#if FEATURE_XDP
        &xdp_backend,
#endif
        &linux_backend,    &mem_backend, NULL,
};

_Static_assert(ARRAY_LEN(backends) <= BACKENDS_MAX + 1, "a descriptor for each");

// Kinds that a build may leave out, and meson's option that brings them.
static const struct {
	const char *kind, *option;
} optional_kinds[] = {
        {"af_xdp", "xdp"}, {"memif", "dpdk"}, {"pcap", "dpdk"},
        {"pci", "dpdk"},   {"vdev", "dpdk"},  {"xen", "xen"},
};

// By the place in the list; written before workers start.
static bool opened[BACKENDS_MAX];

#define IMPAIR_FORM "impair(OPTION=VALUE,...):DEVICE"
#define IMPAIR_HELP "any of these behind a lossy link"

// Joins the kinds' names or, with forms, how their devices are written.
static void kinds_join(bool forms, char *text, size_t size)
{
	size_t len = 0;

	for (size_t b = 0; backends[b]; b++)
		for (const struct backend_kind *kind = backends[b]->kinds; kind->name; kind++)
			if (len < size)
				len += (size_t)snprintf(
				        text + len, size - len, "%s%s%s%s", len ? ", " : "",
				        kind->name, forms ? ":" : "", forms ? kind->argument : "");
}

static int fail_kind(const char *text, struct why *why)
{
	size_t len = strcspn(text, ":");
	char names[160];

	if (text[len] != ':' || text[len + 1] == '\0')
		return why_fail(why, -EINVAL, "is not KIND:ARGUMENT, such as tap:wadi0");
	for (size_t i = 0; i < ARRAY_LEN(optional_kinds); i++)
		if (strlen(optional_kinds[i].kind) == len &&
		    memcmp(optional_kinds[i].kind, text, len) == 0)
			return why_fail(why, -EINVAL,
			                "needs a backend that this build does not have: build "
			                "with -D%s=true",
			                optional_kinds[i].option);
	kinds_join(false, names, sizeof(names));
	return why_fail(why, -EINVAL, "is of no known kind; the kinds are %s and impair(...)",
	                names);
}

int backends_parse(const char *text, struct backends_device *device, struct why *why)
{
	*device = (struct backends_device){.impaired = impair_is(text)};
	if (device->impaired && impair_parse(text, &device->impair, &text, why))
		return -EINVAL;
	for (size_t b = 0; backends[b]; b++) {
		int err = backend_conf_parse(&device->conf, backends[b], text, why);

		device->backend = backends[b];
		if (err != -ENOENT)
			return err;
	}
	return fail_kind(text, why);
}

static int device_parse(const struct backends_conf *conf, unsigned queues,
                        struct backends_device *device, struct why *why)
{
	if (backends_parse(conf->device, device, why))
		return why_fail(why, -EINVAL, "%s %s", conf->device, why->text);
	device->conf.queues = queues;
	device->conf.pages = conf->pages;
	device->conf.mtu = conf->mtu;
	device->conf.from = conf->from;
	return 0;
}

bool backends_are_same(const char *a, const char *b)
{
	struct backends_device one, other;
	struct why why;

	if (strcmp(a, b) == 0)
		return true;
	return !backends_parse(a, &one, &why) && !backends_parse(b, &other, &why) &&
	       one.conf.kind == other.conf.kind && one.backend != &mem_backend &&
	       strcmp(one.conf.argument, other.conf.argument) == 0;
}

int backends_check(const struct backends_conf *conf, unsigned queues, struct why *why)
{
	struct backends_device device;
	int err = device_parse(conf, queues, &device, why);

	if (err || !device.backend->check)
		return err;
	return device.backend->check(&device.conf, why);
}

// Opens the devices of the backend at this place in the list.
static int backend_open(size_t b, const char *app_name, const struct backends_device *devices,
                        unsigned len, struct netif **netifs, struct why *why)
{
	struct backend_conf confs[BACKEND_DEVICES_MAX];
	struct netif *of_backend[BACKEND_DEVICES_MAX];
	unsigned n = 0;
	int err;

	for (unsigned i = 0; i < len; i++)
		if (devices[i].backend == backends[b])
			confs[n++] = devices[i].conf;
	if (n == 0)
		return 0;
	err = backends[b]->open(app_name, confs, n, of_backend, why);
	if (err)
		return err;
	opened[b] = true;
	for (unsigned i = len; i-- > 0;)
		if (devices[i].backend == backends[b])
			netifs[i] = of_backend[--n];
	return 0;
}

static int impair_wrap(const struct backends_device *device, struct netif **netif, struct why *why)
{
	struct netif *outer;
	int err;

	if (!device->impaired)
		return 0;
	err = impair_open(*netif, &device->impair, &outer);
	if (err)
		return why_fail(why, err, "the impairment of %s cannot be opened: %s",
		                device->conf.device, strerror(-err));
	*netif = outer;
	return 0;
}

int backends_open(const char *app_name, const struct backends_conf *confs, unsigned len,
                  unsigned queues, struct netif **netifs, struct why *why)
{
	struct backends_device devices[BACKEND_DEVICES_MAX];
	int err = 0;

	assert(len <= BACKEND_DEVICES_MAX);
	memset(netifs, 0, len * sizeof(*netifs));
	for (unsigned i = 0; !err && i < len; i++)
		err = device_parse(&confs[i], queues, &devices[i], why);
	for (size_t b = 0; !err && backends[b]; b++)
		err = backend_open(b, app_name, devices, len, netifs, why);
	for (unsigned i = 0; !err && i < len; i++) {
		err = impair_wrap(&devices[i], &netifs[i], why);
		netifs[i]->iface = (uint16_t)i;
	}
	if (err)
		backends_close(netifs, len);
	return err;
}

void backends_close(struct netif **netifs, unsigned len)
{
	for (unsigned i = 0; i < len; i++) {
		if (netifs[i])
			netifs[i]->ops->close(netifs[i]);
		netifs[i] = NULL;
	}
	for (size_t b = 0; backends[b]; b++) {
		if (opened[b] && backends[b]->close)
			backends[b]->close();
		opened[b] = false;
	}
}

// Leaves the first n backends of the list.
static void workers_leave(size_t n)
{
	for (size_t b = 0; b < n; b++)
		if (opened[b] && backends[b]->worker_leave)
			backends[b]->worker_leave();
}

int backends_worker_enter(unsigned worker)
{
	for (size_t b = 0; backends[b]; b++) {
		int err = 0;

		if (opened[b] && backends[b]->worker_enter)
			err = backends[b]->worker_enter(worker);
		if (err) {
			workers_leave(b);
			return err;
		}
	}
	return 0;
}

void backends_worker_leave(void)
{
	workers_leave(ARRAY_LEN(backends) - 1);
}

unsigned backends_fds(int fds[BACKENDS_MAX])
{
	unsigned n = 0;

	for (size_t b = 0; backends[b]; b++)
		if (opened[b] && backends[b]->fd)
			fds[n++] = backends[b]->fd();
	return n;
}

mono_t backends_serve(mono_t now)
{
	mono_t next = MONO_NEVER;

	for (size_t b = 0; backends[b]; b++)
		if (opened[b] && backends[b]->serve)
			next = mono_earlier(next, backends[b]->serve(now));
	return next;
}

const char *backends_memory(void)
{
	for (size_t b = 0; backends[b]; b++)
		if (opened[b])
			return backends[b]->memory();
	return "no memory";
}

void backends_help(char *text, size_t size)
{
	char forms[320];

	kinds_join(true, forms, sizeof(forms));
	snprintf(
	        text, size,
	        "KIND:ARGUMENT[,option=value...]: %s, or impair(loss=1%%,...):DEVICE around any of "
	        "them. --help lists their options.",
	        forms);
}

// "A kernel TAP. mac=MAC: Our Ethernet address."
static void help_write(const char *what, const struct option_table *options, char *text,
                       size_t size)
{
	size_t len = (size_t)snprintf(text, size, "%c%s.", toupper((unsigned char)*what), what + 1);

	for (const struct option_key *key = options ? options->keys : NULL;
	     key && key->name && len < size; key++) {
		char form[64];

		option_form(key, form, sizeof(form));
		len += (size_t)snprintf(text + len, size - len, " %s: %s", form, key->help);
	}
	assert(len < size);
}

static void manual_add(struct backends_manual *manual, unsigned i, const char *what,
                       const struct option_table *options)
{
	assert(i < BACKENDS_KINDS_MAX);
	help_write(what, options, manual->help[i], sizeof(manual->help[i]));
	manual->items[i] = (struct manual_item){manual->term[i], manual->help[i]};
}

void backends_manual_init(struct backends_manual *manual)
{
	unsigned n = 0;

	memset(manual->items, 0, sizeof(manual->items));
	for (size_t b = 0; backends[b]; b++) {
		for (const struct backend_kind *kind = backends[b]->kinds; kind->name; kind++) {
			backend_kind_form(kind, manual->term[n], sizeof(manual->term[n]));
			manual_add(manual, n++, kind->help, kind->options);
		}
	}
	snprintf(manual->term[n], sizeof(manual->term[n]), "%s", IMPAIR_FORM);
	manual_add(manual, n, IMPAIR_HELP, &impair_options);
}

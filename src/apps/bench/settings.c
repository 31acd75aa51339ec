// settings: see the header.
#include "apps/bench/settings.h"

#include "core/addr.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void borrow(struct settings *settings, const char *item)
{
	if (settings->len == SETTINGS_MAX)
		settings->full = true;
	else
		settings->items[settings->len++] = item;
}

void settings_init(struct settings *settings)
{
	*settings = (struct settings){.len = 0};
	// Only errors and warnings are said beside the result, and a worker never sleeps.
	borrow(settings, "log.level=warning");
	borrow(settings, "idle=spin");
	settings->own = settings->len;
}

void settings_close(struct settings *settings)
{
	for (size_t i = settings->own; i < settings->own_end; i++)
		free((char *)settings->items[i]);
}

void settings_add(struct settings *settings, const char *format, ...)
{
	va_list args;
	char *item;

	va_start(args, format);
	if (settings->len == SETTINGS_MAX || vasprintf(&item, format, args) < 0)
		settings->full = true;
	else
		settings->items[settings->len++] = item;
	va_end(args);
	settings->own_end = settings->len;
}

void settings_add_texts(struct settings *settings, const char *prefix,
                        const struct settings_text *texts, size_t texts_len)
{
	for (size_t i = 0; i < texts_len; i++)
		if (texts[i].text)
			settings_add(settings, "%s%s=%s", prefix, texts[i].key, texts[i].text);
}

void settings_add_numbers(struct settings *settings, const char *prefix,
                          const struct settings_number *numbers, size_t numbers_len)
{
	for (size_t i = 0; i < numbers_len; i++)
		if (numbers[i].value->given)
			settings_add(settings, "%s%s=%ju", prefix, numbers[i].key,
			             (uintmax_t)numbers[i].value->value);
}

void settings_add_from(struct settings *settings, const char *prefix,
                       const struct cmdline_list *from)
{
	for (size_t i = 0; i < from->len; i++)
		settings_add(settings, "%sfrom[%zu]=%.*s", prefix, i,
		             (int)strcspn(from->items[i], "/"), from->items[i]);
}

static int add_addresses(struct settings *settings, const struct cmdline_list *from,
                         struct why *why)
{
	unsigned n[2] = {0};

	for (size_t i = 0; i < from->len; i++) {
		struct prefix prefix;
		bool ipv4;

		if (!addr_prefix_parse(from->items[i], &prefix))
			return why_fail(why, -EINVAL,
			                "--from takes an address with its prefix length, such as "
			                "192.0.2.1/24, not %s",
			                from->items[i]);
		ipv4 = addr_is_ipv4(prefix.addr);
		settings_add(settings, "ports[0].%s[%u]=%s", ipv4 ? "ipv4" : "ipv6", n[ipv4]++,
		             from->items[i]);
	}
	return 0;
}

static int add_gateways(struct settings *settings, const struct cmdline_list *gateways,
                        struct why *why)
{
	for (size_t i = 0; i < gateways->len; i++) {
		struct addr addr;

		if (!addr_parse(gateways->items[i], &addr))
			return why_fail(why, -EINVAL, "--gateway takes an IP address, not %s",
			                gateways->items[i]);
		settings_add(settings, "ports[0].gateway%c=%s", addr_is_ipv4(addr) ? '4' : '6',
		             gateways->items[i]);
	}
	return 0;
}

int settings_add_port(struct settings *settings, const struct settings_port *port, struct why *why)
{
	int err = 0;

	if (port->workers->given)
		settings_add(settings, "workers=%ju", (uintmax_t)port->workers->value);
	if (port->device) {
		settings_add(settings, "ports[0].name=bench");
		settings_add(settings, "ports[0].device=%s", port->device);
	}
	err = add_addresses(settings, port->from, why);
	if (!err)
		err = add_gateways(settings, port->gateways, why);
	return err;
}

int settings_serve(struct settings *settings, const struct tool_call *call,
                   const struct appliance *appliance)
{
	struct conf_source source = *call->source;

	for (size_t i = 0; i < call->source->sets_len; i++)
		borrow(settings, call->source->sets[i]);
	if (settings->full) {
		fprintf(stderr, "wadi-bench: there are too many options\n");
		return TOOL_EXIT_USAGE;
	}
	source.sets = settings->items;
	source.sets_len = settings->len;
	return boot_serve(appliance, &source);
}

int settings_run(const struct tool_call *call, settings_fill *fill,
                 const struct appliance *appliance)
{
	struct settings settings;
	struct why why;
	int status = TOOL_EXIT_USAGE;

	settings_init(&settings);
	if (fill(&settings, call->values, &why))
		fprintf(stderr, "wadi-bench: %s\n", why.text);
	else
		status = settings_serve(&settings, call, appliance);
	settings_close(&settings);
	return status;
}

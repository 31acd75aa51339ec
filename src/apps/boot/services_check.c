// services_check: see the header.
#include "apps/boot/services_check.h"

#include "apps/boot/args.h"
#include "apps/boot/boot_conf.h"
#include "apps/boot/command_list.h"
#include "apps/log/log_service.h"

#include <errno.h>
#include <string.h>

// The services that are looked at, the log first.
struct list {
	const struct service *service[BOOT_SERVICES_MAX];
	unsigned len;
};

static int check_name(const struct list *list, const char *name, struct why *why)
{
	if (boot_conf_is_key(name))
		return why_fail(why, -EINVAL,
		                "a service cannot be named %s: the configuration of every "
		                "appliance has a key of that name",
		                name);
	for (unsigned i = 0; i < list->len; i++)
		if (strcmp(list->service[i]->name, name) == 0)
			return why_fail(why, -EINVAL, "two services are named %s%s", name,
			                i ? "" : "; every appliance has this one already");
	return 0;
}

static int list_services(const struct appliance *appliance, struct list *list, struct why *why)
{
	const struct service *const *own = appliance->services;
	int err = 0;

	*list = (struct list){.service = {&log_service}, .len = 1};
	for (; own && *own && !err; own++) {
		if (list->len == BOOT_SERVICES_MAX)
			return why_fail(why, -EINVAL, "there are more than %d services",
			                BOOT_SERVICES_MAX - 1);
		err = check_name(list, (*own)->name, why);
		list->service[list->len++] = *own;
	}
	return err;
}

// Names of one kind, and which service has each.
struct names {
	const char *kind; // "drop reasons", for sentences
	unsigned max;
	struct {
		const char *name;
		size_t len;
		const char *owner;
	} item[DROP_OWN_MAX + 64];
	unsigned len;
};

static int names_add(struct names *names, const char *name, const char *owner, struct why *why)
{
	size_t len = strcspn(name, " ");

	for (unsigned i = 0; i < names->len; i++)
		if (names->item[i].len == len && memcmp(names->item[i].name, name, len) == 0)
			return why_fail(why, -EINVAL,
			                "service %s: %.*s is among the %s of %s already", owner,
			                (int)len, name, names->kind, names->item[i].owner);
	if (names->len == names->max)
		return why_fail(why, -EINVAL, "service %s: there are more than %u %s", owner,
		                names->max, names->kind);
	names->item[names->len].name = name;
	names->item[names->len].len = len;
	names->item[names->len++].owner = owner;
	return 0;
}

static int check_drops(const struct list *list, struct why *why)
{
	struct names names = {.kind = "drop reasons", .max = DROP_OWN_MAX};
	int err = 0;

	for (unsigned i = 0; i < list->len; i++) {
		const struct service *service = list->service[i];
		const struct service_drop *drop = service->drops;
		size_t len = strlen(service->name);

		for (; drop && drop->name && !err; drop++) {
			if (strncmp(drop->name, service->name, len) != 0 || drop->name[len] != '.')
				return why_fail(why, -EINVAL,
				                "service %s: the drop reason %s must be named "
				                "%s.SOMETHING",
				                service->name, drop->name, service->name);
			err = names_add(&names, drop->name, service->name, why);
		}
	}
	return err;
}

static int check_commands(const struct list *list, struct why *why)
{
	struct names names = {.kind = "commands", .max = ARRAY_LEN(names.item)};
	int err = 0;

	for (const struct manual_item *item = command_list; item->term && !err; item++)
		err = names_add(&names, item->term, "every appliance", why);
	for (unsigned i = 0; i < list->len && !err; i++) {
		const struct service_command *command = list->service[i]->commands;

		for (; command && command->name && !err; command++)
			err = names_add(&names, command->name, list->service[i]->name, why);
	}
	return err;
}

static int check_tools(const struct list *list, struct why *why)
{
	struct names names = {.kind = "tools", .max = ARRAY_LEN(names.item)};
	int err = names_add(&names, args_serve.name, "every appliance", why);

	if (!err)
		err = names_add(&names, args_completion.name, "every appliance", why);

	for (unsigned i = 0; i < list->len; i++) {
		const struct service_tool *tool = list->service[i]->tools;

		for (; tool && tool->name && !err; tool++)
			err = names_add(&names, tool->name, list->service[i]->name, why);
	}
	return err;
}

int services_check(const struct appliance *appliance, struct why *why)
{
	struct list list;
	int err = list_services(appliance, &list, why);

	if (!err)
		err = check_drops(&list, why);
	if (!err)
		err = check_commands(&list, why);
	if (!err)
		err = check_tools(&list, why);
	return err;
}

// The rows of one table follow one another; a service may have it in several sources.
static int check_source(struct names *names, const struct metric_source *source, const char *owner,
                        struct why *why)
{
	int err = 0;

	for (const struct metric_row *row = source->rows; row->table && !err; row++) {
		bool known = false;

		for (unsigned i = 0; i < names->len; i++)
			known |= strcmp(names->item[i].name, row->table) == 0 &&
			         strcmp(names->item[i].owner, owner) == 0;
		if (!known)
			err = names_add(names, row->table, owner, why);
	}
	return err;
}

int services_check_metrics(const struct services *services, struct why *why)
{
	static const char *const common[] = {"appliance", "workers", "tcp",   "latency",
	                                     "stages",    "drops",   "ifaces"};
	struct names names = {.kind = "tables of metrics", .max = ARRAY_LEN(names.item)};
	int err = 0;

	for (size_t i = 0; i < ARRAY_LEN(common) && !err; i++)
		err = names_add(&names, common[i], "every appliance", why);
	for (unsigned i = 0; i < services->len && !err; i++) {
		struct metric_source sources[METRIC_SOURCES_MAX];
		unsigned len = services_metrics(services, i, sources);

		for (unsigned k = 0; k < len && !err; k++)
			err = check_source(&names, &sources[k], services->service[i]->name, why);
	}
	return err;
}

// appliance_manual: lists of boot's own, then those of the services; see the header.
#include "apps/boot/appliance_manual.h"

#include <stdio.h>
#include <string.h>

static const struct manual_item options[] = {
        {"-c FILE", "The configuration, a JSON file. Without it, all keys come from --set."},
        {"--set KEY=VALUE", "Overrides one key of the configuration, as in --set workers=2 or "
                            "--set ports[0].device=tap:wadi1. May be given more than once."},
        {"--xenstore", "In a Xen guest, also reads what its toolstack wrote to xenstore under "
                       "vm-data/wadi: the configuration (config), keys of it (set/ports/0/ipv4) "
                       "and files beside it (files/0/name, files/0/text). An image that is one "
                       "appliance always does."},
        {"--help-config", "Prints the keys of the configuration."},
        {"--man", "Prints the man page: pipe it to man -l -."},
        {"--help", "Prints this."},
        {"--version", "Prints the version."},
        {0},
};

static const struct service_tool serving = {
        .name = "serve",
        .synopsis = {"-c FILE [--set KEY=VALUE]... [--xenstore]"},
        .help = "Runs until SIGTERM or SIGINT; this is the default command. SIGHUP reads the "
                "configuration and its files again, except for ports, workers and the control "
                "socket.",
};

// The `check` of appliances whose services have none.
static const struct service_tool plain_check = {
        .name = "check",
        .synopsis = {"-c FILE [--set KEY=VALUE]..."},
        .help = "Checks the configuration.",
};

const struct service_tool *appliance_tool_find(const struct services *services, const char *name,
                                               unsigned *i)
{
	const struct service_tool *tool = services_tool(services, name, i);

	if (!tool && strcmp(name, plain_check.name) == 0)
		tool = &plain_check;
	return tool;
}

static void add_options(struct appliance_manual *m, const struct manual_item *item)
{
	for (; item && item->term; item++) {
		assert(m->options_len < MANUAL_OPTIONS_MAX);
		m->options[m->options_len++] = *item;
	}
}

static void add_tool(struct appliance_manual *m, const struct service_tool *tool)
{
	assert(m->commands_len < MANUAL_COMMANDS_MAX);
	m->commands[m->commands_len++] = (struct manual_item){tool->name, tool->help};
	for (size_t i = 0; i < ARRAY_LEN(tool->synopsis) && tool->synopsis[i]; i++) {
		assert(m->lines_len + 1 < MANUAL_SYNOPSES_MAX);
		snprintf(m->lines[m->lines_len], sizeof(m->lines[0]), "%s %s", tool->name,
		         tool->synopsis[i]);
		m->synopsis[m->lines_len] = m->lines[m->lines_len];
		m->lines_len++;
	}
	add_options(m, tool->options);
}

// The services' commands at the control socket; those that every appliance has are in
// wadi-ctl's manual.
static void add_commands(struct appliance_manual *m, const struct service_command *command)
{
	for (; command && command->name; command++) {
		unsigned n = m->control_len++;

		assert(n < MANUAL_CONTROLS_MAX);
		snprintf(m->control_terms[n], sizeof(m->control_terms[n]), "%s%s%s", command->name,
		         *command->args ? " " : "", command->args);
		m->control[n] = (struct manual_item){m->control_terms[n], command->help};
	}
}

void appliance_manual_init(struct appliance_manual *m, const struct services *services)
{
	const struct appliance *appliance = services->appliance;
	unsigned at;

	*m = (struct appliance_manual){0};
	boot_table_init(&m->table, services);
	backends_manual_init(&m->devices);
	add_options(m, options);
	add_tool(m, &serving);
	if (appliance_tool_find(services, plain_check.name, &at) == &plain_check)
		add_tool(m, &plain_check);
	for (unsigned i = 0; i < services->len; i++) {
		const struct service_tool *tool = services->service[i]->tools;

		for (; tool && tool->name; tool++)
			add_tool(m, tool);
		add_commands(m, services->service[i]->commands);
	}
	m->synopsis[m->lines_len] = "--help | --help-config | --man | --version";
	m->manual = (struct manual){.name = appliance->name,
	                            .summary = appliance->summary,
	                            .synopsis = m->synopsis,
	                            .text = appliance->text,
	                            .commands = m->commands,
	                            .options = m->options,
	                            .devices = m->devices.items,
	                            .control = m->control_len ? m->control : NULL,
	                            .examples = appliance->examples,
	                            .conf = &m->table.root};
}

// appliance_manual: lists of boot's own, then those of the services; see the header.
#include "apps/boot/appliance_manual.h"

#include <stdio.h>
#include <string.h>

static const struct manual_item signals[] = {
        {"SIGTERM, SIGINT",
         "Ends the program: it sends what is to be sent and removes what it made. While it does, "
         "further ones are ignored; after five seconds the next one ends it at once."},
        {"SIGHUP", "Reads the configuration and its files again, as wadi-ctl reload does."},
        {0},
};

const struct service_tool *appliance_manual_tool_find(const struct services *services,
                                                      const char *name, unsigned *i)
{
	const struct service_tool *tool = services_tool(services, name, i);

	if (!tool && strcmp(name, args_check.name) == 0)
		tool = &args_check;
	if (strcmp(name, args_completion.name) == 0)
		tool = &args_completion;
	return strcmp(name, args_serve.name) == 0 ? &args_serve : tool;
}

static void add_options(struct appliance_manual *m, const struct service_tool *tool)
{
	unsigned n = m->options_len++;

	assert(n < ARRAY_LEN(m->options));
	snprintf(m->titles[n - 1], sizeof(m->titles[0]), "Options of %s", tool->name);
	m->options[n] =
	        (struct manual_options){m->titles[n - 1], tool->options->options, tool->name};
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
	if (tool->options)
		add_options(m, tool);
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
	boot_conf_table_init(&m->table, services);
	backends_manual_init(&m->devices);
	m->options[m->options_len++] = (struct manual_options){"Options", args_options};
	add_tool(m, &args_serve);
	if (appliance_manual_tool_find(services, args_check.name, &at) == &args_check)
		add_tool(m, &args_check);
	for (unsigned i = 0; i < services->len; i++) {
		const struct service_tool *tool = services->service[i]->tools;

		for (; tool && tool->name; tool++)
			add_tool(m, tool);
		add_commands(m, services->service[i]->commands);
	}
	add_tool(m, &args_completion);
	m->synopsis[m->lines_len] = "--help | --help-config | --man | --version";
	args_default_path(appliance, m->path);
	m->files[0] = (struct manual_item){m->path, "The configuration, unless -c names another."};
	m->files[1] = (struct manual_item){
	        "/run/wadi",
	        "The control sockets of the example configurations; wadi-ctl finds them."};
	m->manual = (struct manual){.name = appliance->name,
	                            .summary = appliance->summary,
	                            .synopsis = m->synopsis,
	                            .text = appliance->text,
	                            .commands = m->commands,
	                            .options = m->options,
	                            .devices = m->devices.items,
	                            .control = m->control_len ? m->control : NULL,
	                            .examples = appliance->examples,
	                            .files = m->files,
	                            .signals = signals,
	                            .see_also = "wadi-ctl(8)",
	                            .conf = &m->table.root};
}

void appliance_manual_tool(const struct appliance_manual *m, const struct service_tool *tool,
                           FILE *out)
{
	char name[128];
	const char *synopsis[ARRAY_LEN(tool->synopsis) + 1] = {NULL};
	struct manual_options options[3] = {{NULL}};
	unsigned len = 0;

	snprintf(name, sizeof(name), "%s %s", m->manual.name, tool->name);
	memcpy(synopsis, tool->synopsis, sizeof(tool->synopsis));
	if (tool->options)
		options[len++] = (struct manual_options){"Options", tool->options->options};
	options[len] = (struct manual_options){"Options of every command", args_options};
	manual_help(&(struct manual){.name = name,
	                             .synopsis = synopsis,
	                             .text = tool->help,
	                             .options = options,
	                             .files = m->manual.files},
	            out);
}

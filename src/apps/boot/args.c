// args: the command line of an appliance, from main() to the exit status. What
// it starts is boot.c's; its help is appliance_manual.c's.
#include "apps/boot/args.h"

#include "apps/boot/appliance_manual.h"
#include "apps/boot/boot_internal.h"
#include "apps/boot/guest.h"
#include "apps/boot/services_check.h"

#include "core/host/clock.h"
#include "core/host/completion.h"
#include "core/host/feature.h"
#include "core/host/log.h"
#include "core/host/nearest.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define RUN "/run" // holds the folder for what the toolstack gives

#define AT(member) offsetof(struct args, member)

const struct cmdline_option args_options[] = {
        {"config", 'c', CMDLINE_TEXT, AT(config), "FILE",
         .help = "The configuration, a JSON file. Without it the default one, see Files; with "
                 "--set alone, all keys come from --set. Comments are // to the line's end and /* "
                 "to */. \"include\" in any section names files with more of the section: a path, "
                 "a folder for all of its *.json, a pattern such as zones.d/*.conf, or a list of "
                 "those. Lists are joined and sections merged; any other key may stand in one file "
                 "only. A relative path is relative to the file that it stands in."},
        {"set", 0, CMDLINE_LIST, AT(sets), "KEY=VALUE",
         .help = "Overrides one key of the configuration, as in --set workers=2 or "
                 "--set ports[0].device=tap:wadi1. May be given more than once."},
        {"help-config", 0, CMDLINE_FLAG, AT(help_config),
         .help = "Prints the keys of the configuration."},
        {"man", 0, CMDLINE_FLAG, AT(man), .help = "Prints the man page: pipe it to man -l -."},
        {"help", 'h', CMDLINE_FLAG, AT(help), .help = "Prints the help, after a command only its."},
        {"version", 'V', CMDLINE_FLAG, AT(version), .help = "Prints the version."},
        {0},
};

// What the options of serve set.
struct args_serve_values {
	bool xenstore, replace, background;
};

static const struct cmdline_option serve_options[] = {
        {"background", 0, CMDLINE_FLAG, offsetof(struct args_serve_values, background),
         .help = "Serves in a process of its own; the command ends when that serves (status 0), or "
                 "when it has ended before."},
        {"replace", 0, CMDLINE_FLAG, offsetof(struct args_serve_values, replace),
         .help = "Takes over from the process that serves the control socket of the configuration, "
                 "without a gap, when this one can answer: its devices with the packets that wait "
                 "in them, and the socket. That process then ends; it goes on serving when this "
                 "one fails before. Starts as usual when no process serves the socket."},
        {"xenstore", 0, CMDLINE_FLAG, offsetof(struct args_serve_values, xenstore),
         .help = "In a Xen guest, also reads what its toolstack wrote to xenstore under "
                 "vm-data/wadi: the configuration (config), keys of it (set/ports/0/ipv4) "
                 "and files beside it (files/0/name, files/0/text). An image that is one "
                 "appliance always does."},
        {0},
};
static const struct cmdline_table serve_table = {sizeof(struct args_serve_values), serve_options};

const struct service_tool args_serve = {
        .name = "serve",
        .synopsis = {"[-c FILE] [--set KEY=VALUE]... [--background] [--replace] [--xenstore]"},
        .help = "Runs until SIGTERM or SIGINT; this is the default command. SIGHUP reads the "
                "configuration and its files again; --help-config says of each key whether such a "
                "reload takes it or it waits for a restart.",
        .options = &serve_table,
};

const struct service_tool args_check = {
        .name = "check",
        .synopsis = {"[-c FILE] [--set KEY=VALUE]..."},
        .help = "Checks the configuration.",
};

const struct service_tool args_completion = {
        .name = "completion",
        .synopsis = {COMPLETION_SYNOPSIS},
        .help = COMPLETION_HELP,
};

void args_default_path(const struct appliance *appliance, char path[ARGS_PATH_BYTES])
{
	static const char prefix[] = "wadi-";
	const char *name = appliance->name;

	if (strncmp(name, prefix, strlen(prefix)) == 0)
		name += strlen(prefix);
	snprintf(path, ARGS_PATH_BYTES, "/etc/wadi/%s.json", name);
}

// One call of the program.
struct args_call {
	const struct services *services;
	const struct service_tool *tool; // the command
	bool named;                      // the command was given, and is not the default one
	unsigned at;                     // the place of its service
	struct args args;
	void *values; // of the tool's own options
	int rest_len; // arguments that are no options
	char **rest;
	char path[ARGS_PATH_BYTES]; // of the default configuration
	struct conf_source source;
};

static int usage_error(const struct args_call *call, const char *sentence)
{
	const char *program = call->services->appliance->name;

	fprintf(stderr, "%s: %s; %s%s%s --help explains\n", program, sentence, program,
	        call->named ? " " : "", call->named ? call->tool->name : "");
	return TOOL_EXIT_USAGE;
}

static int no_command(const struct args_call *call, const char *name)
{
	struct nearest nearest = nearest_to(name);
	struct why why;

	nearest_try(&nearest, args_serve.name);
	nearest_try(&nearest, args_check.name);
	nearest_try(&nearest, args_completion.name);
	for (unsigned i = 0; i < call->services->len; i++) {
		const struct service_tool *tool = call->services->service[i]->tools;

		for (; tool && tool->name; tool++)
			nearest_try(&nearest, tool->name);
	}
	why_set(&why, "there is no command %s%s%s%s", name, nearest.name ? "; did you mean " : "",
	        nearest.name ? nearest.name : "", nearest.name ? "?" : "");
	return usage_error(call, why.text);
}

// An appliance with a version of its own names wadi's, too.
static void print_version(const struct appliance *appliance)
{
	if (appliance->version)
		printf("%s %s (wadi %s)\n", appliance->name, appliance->version, WADI_VERSION);
	else
		printf("%s %s\n", appliance->name, WADI_VERSION);
}

// What the options that only print ask for; -1 when none was given.
static int print_option(const struct args_call *call)
{
	const struct args *args = &call->args;
	struct appliance_manual m;

	if (!args->help && !args->man && !args->help_config && !args->version)
		return -1;
	appliance_manual_init(&m, call->services);
	if (args->version)
		print_version(call->services->appliance);
	else if (args->help_config)
		conf_help(&m.table.root, stdout);
	else if (args->man)
		manual_man(&m.manual, stdout);
	else if (call->named)
		appliance_manual_tool(&m, call->tool, stdout);
	else
		manual_help(&m.manual, stdout);
	return TOOL_EXIT_DONE;
}

static int print_completion(const struct args_call *call)
{
	struct appliance_manual m;
	struct why why;

	if (!completion_check(call->rest, call->rest_len, &why))
		return usage_error(call, why.text);
	appliance_manual_init(&m, call->services);
	completion_print(&m.manual, stdout);
	return TOOL_EXIT_DONE;
}

// An argument of a command that takes none.
static int refuse_argument(const struct args_call *call)
{
	const char *word = call->rest[0];
	struct why why;
	unsigned at;

	if (!call->named && appliance_manual_tool_find(call->services, word, &at))
		why_set(&why, "the options follow the command: %s %s ...",
		        call->services->appliance->name, word);
	else
		why_set(&why, "%s does not know %s", call->tool->name, word);
	return usage_error(call, why.text);
}

// Finds the command and reads all options; -1, or the exit status when there is nothing
// to run. values is freed by the caller.
static int parse(struct args_call *call, int argc, char **argv)
{
	struct cmdline_part parts[2] = {{args_options, &call->args}};
	unsigned parts_len = 1;
	struct why why;
	int status;
	bool prints;

	call->named = argc > 1 && argv[1][0] != '-';
	call->tool = &args_serve;
	if (call->named) {
		call->tool = appliance_manual_tool_find(call->services, argv[1], &call->at);
		call->named = call->tool != NULL;
		if (!call->named)
			return no_command(call, argv[1]);
		argc--;
		argv++;
	}
	if (call->tool->options) {
		call->values = calloc(1, call->tool->options->size);
		if (!call->values)
			return TOOL_EXIT_FAILED;
		parts[parts_len++] =
		        (struct cmdline_part){call->tool->options->options, call->values};
	}
	call->rest_len = cmdline_parse(parts, parts_len, argc, argv, &call->rest, &why);
	if (call->rest_len < 0)
		return usage_error(call, why.text);
	prints = call->tool == &args_completion;
	if (call->rest_len && !call->tool->run && !prints && !call->args.help)
		return refuse_argument(call);
	status = print_option(call);
	return status < 0 && prints ? print_completion(call) : status;
}

// Where the configuration comes from. -1, or an exit status.
static int find_source(struct args_call *call, bool xenstore)
{
	struct why why;

	call->source = (struct conf_source){.file = call->args.config,
	                                    .sets = call->args.sets.items,
	                                    .sets_len = call->args.sets.len};
	if (call->source.file && *call->source.file == '\0')
		return usage_error(call, "-c needs the path of a file, and is empty");
	if (call->source.file || call->source.sets_len || xenstore)
		return -1;
	args_default_path(call->services->appliance, call->path);
	if (access(call->path, R_OK) == 0) {
		call->source.file = call->path;
		return -1;
	}
	why_set(&why, "a configuration is needed: -c FILE; the default one, %s, cannot be read: %s",
	        call->path, strerror(errno));
	return usage_error(call, why.text);
}

// Whether the command works on a configuration, be it the default one.
static bool needs_conf(const struct service_tool *tool, const struct tool_call *call)
{
	return !tool->needs_conf || tool->needs_conf(call);
}

// Errors, and for `check` warnings, as the zones of an appliance are reported.
static void print_reports(const struct conf *conf, bool warnings)
{
	for (const struct conf_report *report = conf->reports; report; report = report->next)
		if (report->warning ? warnings : conf->errors > 1)
			fprintf(stderr, "%s: %s%s\n", report->place,
			        report->warning ? "warning: " : "", report->text);
}

// Reads and checks the configuration for a tool.
static int configure_tool(const struct args_call *call, struct conf *conf)
{
	struct boot *boot = calloc(1, sizeof(*boot));
	bool check = strcmp(call->tool->name, args_check.name) == 0;
	struct why why;
	int err;

	if (!boot)
		return -ENOMEM;
	boot->source = call->source;
	boot->services = *call->services;
	boot_conf_table_init(&boot->table, call->services);
	err = boot_configure(boot, conf, check ? BOOT_CHECK_LATER : BOOT_CHECK_TEXT, &why);
	print_reports(conf, check);
	if (err)
		fprintf(stderr, "%s\n", why.text);
	free(boot);
	return err;
}

// A tool of a service; boot's own check has no run.
static int run_tool(struct args_call *call)
{
	const struct service_tool *tool = call->tool;
	struct tool_call with = {.values = call->values,
	                         .source = &call->source,
	                         .args_len = call->rest_len,
	                         .args = call->rest};
	struct conf conf = {.values = NULL};
	int status;

	if (call->args.config || needs_conf(tool, &with)) {
		status = find_source(call, false);
		if (status >= 0)
			return status;
		if (configure_tool(call, &conf)) {
			conf_close(&conf);
			return TOOL_EXIT_FAILED;
		}
		if (tool->run)
			with.conf = ((const struct boot_conf *)conf.values)->services[call->at];
	} else {
		call->source = (struct conf_source){.sets = call->args.sets.items,
		                                    .sets_len = call->args.sets.len};
	}
	status = TOOL_EXIT_DONE;
	if (tool->run)
		status = tool->run(&with);
	else
		printf("the configuration is valid\n");
	conf_close(&conf);
	return status;
}

// Workers and the threads of backends inherit the mask, so that signals come to
// the control thread's descriptor only.
static void block_signals(void)
{
	sigset_t set;

	signal(SIGPIPE, SIG_IGN);
	boot_signals(&set);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
}

static int serve(const struct appliance *appliance, const struct boot_start *start)
{
	struct why why = {""};
	struct boot *boot = calloc(1, sizeof(*boot));
	struct fatal_thread self = {.name = "control"};
	int err, status;

	if (!boot)
		return TOOL_EXIT_FAILED;
	self.trace = &boot->trace;
	log_init(appliance->name, STDERR_FILENO);
	log_set_timestamps(LOG_TIMESTAMPS_AUTO);
	fatal_init(appliance->name, STDERR_FILENO);
	fatal_enter(&self);
	block_signals();
	err = boot_open(boot, appliance, start, &why);
	if (!err)
		err = boot_run(boot, &why);
	if (err == -ECANCELED) {
		log_info("stopping before anything was served");
		err = 0;
	}
	if (err) // not subject to the limit of lines
		log_write(&(struct log_site){0}, LOG_ERROR, clock_kernel(), "%s", why.text);
	status = *boot->devices.fatal.text ? TOOL_EXIT_DEVICE
	         : err                     ? TOOL_EXIT_FAILED
	                                   : boot->exit_status;
	boot_report_status(boot, status);
	boot_close(boot);
	fatal_leave(&self);
	free(boot);
	return status;
}

int boot_serve(const struct appliance *appliance, const struct conf_source *source)
{
	return serve(appliance,
	             &(struct boot_start){.source = *source, .run = RUN, .console_fd = -1});
}

// The arguments of process 1 are the kernel's, not ours.
static int serve_guest(const struct appliance *appliance)
{
	static struct guest guest;
	struct boot_start start = {.vmdata = true, .guest = true, .run = RUN};
	int status;

	guest_open(&guest, appliance->name);
	start.source = (struct conf_source){.file = guest.file,
	                                    .sets = guest.sets,
	                                    .sets_len = guest.sets_len,
	                                    .set_places = guest.places};
	start.console_fd = guest.console_fd;
	status = serve(appliance, &start);
	guest_end(&guest, status);
	return status;
}

// The part of the process that waits for boot_report_status.
static int await_ready(const struct appliance *appliance, int ready)
{
	ssize_t n;
	uint8_t status;

	do
		n = read(ready, &status, 1);
	while (n < 0 && errno == EINTR);
	if (n == 1)
		return status;
	fprintf(stderr, "%s: the process in the background ended before it served\n",
	        appliance->name);
	return TOOL_EXIT_FAILED;
}

// It serves as the child of process 1, not of the one that waits: systemd kills a main process that
// is another's child right behind the first signal of a stop, since it would not hear of its end.
static int serve_background(const struct appliance *appliance, struct boot_start *start)
{
	int fds[2];
	pid_t child;

	if (pipe2(fds, O_CLOEXEC) != 0)
		return TOOL_EXIT_FAILED;
	child = fork();
	if (child < 0)
		return TOOL_EXIT_FAILED;
	if (child > 0) {
		close(fds[1]);
		waitpid(child, NULL, 0);
		return await_ready(appliance, fds[0]);
	}
	setsid();
	if (fork() != 0)
		_exit(0); // the pipe ends, too, if there is no other process
	close(fds[0]);
	start->ready_fd = fds[1];
	return serve(appliance, start);
}

static int run_serve(struct args_call *call)
{
	const struct args_serve_values *values = call->values;
	bool xenstore = values->xenstore;
	struct boot_start start;
	int status;

	if (xenstore && !FEATURE_XEN)
		return usage_error(call, "--xenstore needs a build with -Dxen=true");
	status = find_source(call, xenstore);
	if (status >= 0)
		return status;
	start = (struct boot_start){.source = call->source,
	                            .vmdata = xenstore,
	                            .vmdata_required = xenstore,
	                            .replace = values->replace,
	                            .run = RUN,
	                            .console_fd = -1};
	return values->background ? serve_background(call->services->appliance, &start)
	                          : serve(call->services->appliance, &start);
}

// The status of a tool: what a full disk has cut is a failure.
static int check_output(const struct appliance *appliance, int status)
{
	errno = 0;
	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	fprintf(stderr, "%s: the output cannot be written: %s\n", appliance->name,
	        strerror(errno ? errno : EIO));
	return status == TOOL_EXIT_DONE ? TOOL_EXIT_FAILED : status;
}

int boot_main(const struct appliance *appliance, int argc, char **argv)
{
	struct services services;
	struct args_call call = {.services = &services};
	struct why why;
	int status = guest_run_link(argv[0]);

	if (status >= 0)
		return status;
	if (guest_is_init(argv[0]))
		return serve_guest(appliance);
	if (services_check(appliance, &why)) {
		fprintf(stderr, "%s: %s\n", appliance->name, why.text);
		return TOOL_EXIT_FAILED;
	}
	services_init(&services, appliance);
	status = parse(&call, argc, argv);
	if (status < 0)
		status = call.tool == &args_serve ? run_serve(&call) : run_tool(&call);
	free(call.values);
	return check_output(appliance, status);
}

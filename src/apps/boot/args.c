// args: the command line of an appliance, from main() to the exit status. What
// it starts is boot.c's; its help is appliance_manual.c's.
#include "apps/boot/appliance_manual.h"
#include "apps/boot/boot_internal.h"
#include "apps/boot/guest.h"

#include "core/host/clock.h"
#include "core/host/feature.h"
#include "core/host/log.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SETS_MAX 64
#define RUN      "/run" // holds the folder for what the toolstack gives

struct args {
	const char *command; // "serve" by default
	struct conf_source source;
	const char *sets[SETS_MAX];
	bool xenstore;
	int rest_len; // arguments of the command
	char **rest;
};

static int usage_error(const struct services *services, const char *sentence, const char *word)
{
	const char *program = services->appliance->name;

	fprintf(stderr, "%s: %s%s; %s --help explains\n", program, sentence, word, program);
	return TOOL_EXIT_USAGE;
}

// An appliance with a version of its own names wadi's, too.
static void print_version(const struct appliance *appliance)
{
	if (appliance->version)
		printf("%s %s (wadi %s)\n", appliance->name, appliance->version, WADI_VERSION);
	else
		printf("%s %s\n", appliance->name, WADI_VERSION);
}

// Options that print and exit. -1 when the argument is none of them.
static int print_option(const struct services *services, const char *arg)
{
	struct appliance_manual m;

	appliance_manual_init(&m, services);
	if (strcmp(arg, "--help") == 0 || strcmp(arg, "-h") == 0)
		manual_help(&m.manual, stdout);
	else if (strcmp(arg, "--man") == 0)
		manual_man(&m.manual, stdout);
	else if (strcmp(arg, "--help-config") == 0)
		conf_help(&m.table.root, stdout);
	else if (strcmp(arg, "--version") == 0)
		print_version(services->appliance);
	else
		return -1;
	return TOOL_EXIT_DONE;
}

// Takes the option at argv[*i] with its value if it is one of boot's, which *known then
// says. -1, or an exit status.
static int take_option(const struct services *services, struct args *args, int argc, char **argv,
                       int *i, bool *known)
{
	const char *option = argv[*i];
	bool file = strcmp(option, "-c") == 0, set = strcmp(option, "--set") == 0;
	int status = print_option(services, option);

	*known = true;
	if (status >= 0)
		return status;
	if (strcmp(option, "--xenstore") == 0) {
		args->xenstore = true;
		return -1;
	}
	*known = file || set;
	if (!*known)
		return -1;
	if (*i + 1 == argc)
		return usage_error(services, "a value is missing after ", option);
	if (set && args->source.sets_len == SETS_MAX)
		return usage_error(services, "too many options ", option);
	if (file)
		args->source.file = argv[++*i];
	else
		args->sets[args->source.sets_len++] = argv[++*i];
	return -1;
}

// Reads all arguments; -1, or the exit status when there is nothing to run. Arguments
// that are not boot's are kept in order for the command.
static int parse(const struct services *services, struct args *args, int argc, char **argv)
{
	int i = 1, status;

	*args = (struct args){.command = "serve", .source.sets = args->sets};
	if (i < argc && argv[i][0] != '-')
		args->command = argv[i++];
	args->rest = argv + i;
	for (; i < argc; i++) {
		bool known = false;

		if (strcmp(argv[i], "--") == 0)
			break;
		if (argv[i][0] == '-') {
			status = take_option(services, args, argc, argv, &i, &known);
			if (status >= 0)
				return status;
		}
		if (!known)
			args->rest[args->rest_len++] = argv[i];
	}
	while (i < argc)
		args->rest[args->rest_len++] = argv[i++];
	return -1;
}

// The tool of the service at place `at`; of boot itself when it has no run.
static int run_tool(const struct services *services, const struct service_tool *tool, unsigned at,
                    const struct args *args)
{
	struct boot boot = {.source = args->source};
	struct tool_call call = {
	        .source = &args->source, .args_len = args->rest_len, .args = args->rest};
	struct conf conf = {.values = NULL};
	struct why why;
	int status = TOOL_EXIT_DONE;

	if (args->source.file || args->rest_len == 0) {
		boot_table_init(&boot.table, services);
		if (boot_configure(&boot, &conf, &why)) {
			fprintf(stderr, "%s\n", why.text);
			return TOOL_EXIT_FAILED;
		}
		if (tool->run)
			call.conf = ((const struct boot_conf *)conf.values)->services[at];
	}
	if (tool->run)
		status = tool->run(&call);
	else
		printf("the configuration is valid\n");
	if (conf.values)
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
	int err;

	if (!boot)
		return TOOL_EXIT_FAILED;
	log_init(appliance->name, STDERR_FILENO);
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
	boot_close(boot);
	free(boot);
	return err ? TOOL_EXIT_FAILED : TOOL_EXIT_DONE;
}

// The arguments of process 1 are the kernel's, not ours.
static int serve_guest(const struct appliance *appliance)
{
	static struct guest guest;
	struct boot_start start = {.vmdata = true, .run = RUN};
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

// An argument of a command that takes none.
static int refuse_argument(const struct services *services, const struct args *args)
{
	char sentence[64];

	if (args->rest[0][0] == '-')
		return usage_error(services, "there is no option ", args->rest[0]);
	snprintf(sentence, sizeof(sentence), "%s does not know ", args->command);
	return usage_error(services, sentence, args->rest[0]);
}

int boot_main(const struct appliance *appliance, int argc, char **argv)
{
	const struct service_tool *tool;
	struct services services;
	struct boot_start start;
	struct args args;
	unsigned at;
	int status = guest_run_link(argv[0]);

	if (status >= 0)
		return status;
	if (guest_is_init(argv[0]))
		return serve_guest(appliance);
	services_init(&services, appliance);
	status = parse(&services, &args, argc, argv);
	if (status >= 0)
		return status;
	if (args.xenstore && !FEATURE_XEN)
		return usage_error(&services, "--xenstore needs a build with ", "-Dxen=true");
	tool = appliance_tool_find(&services, args.command, &at);
	if (!tool && strcmp(args.command, "serve") != 0)
		return usage_error(&services, "there is no command ", args.command);
	if (args.rest_len && (!tool || !tool->run))
		return refuse_argument(&services, &args);
	if (args.xenstore && tool)
		return usage_error(&services, args.command, " does not know --xenstore");
	if (!args.source.file && args.source.sets_len == 0 && !args.xenstore && !args.rest_len)
		return usage_error(&services, "a configuration is needed: -c FILE", "");
	if (tool)
		return run_tool(&services, tool, at, &args);
	start = (struct boot_start){.source = args.source,
	                            .vmdata = args.xenstore,
	                            .vmdata_required = args.xenstore,
	                            .run = RUN,
	                            .console_fd = -1};
	return serve(appliance, &start);
}

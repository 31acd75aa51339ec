// args: the command line of an appliance, from main() to the exit status. What
// it starts is boot.c's, what it can be told app_manual.c's.
#include "apps/boot/app_manual.h"
#include "apps/boot/boot_part.h"
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
#define RUN      "/run" // where what the toolstack gives is kept

struct args {
	const char *command; // "serve" unless said otherwise
	struct conf_source source;
	const char *sets[SETS_MAX];
	bool xenstore;
	int words_len; // what stands behind the command
	char **words;
};

static int usage_error(const struct app *app, const char *sentence, const char *word)
{
	fprintf(stderr, "%s: %s%s; %s --help tells more\n", app->name, sentence, word, app->name);
	return APP_EXIT_USAGE;
}

// Options that print and end. -1 when the argument is none of them.
static int print_option(const struct app *app, const char *arg)
{
	struct app_manual m;

	app_manual_init(&m, app);
	if (strcmp(arg, "--help") == 0 || strcmp(arg, "-h") == 0)
		manual_help(&m.manual, stdout);
	else if (strcmp(arg, "--man") == 0)
		manual_man(&m.manual, stdout);
	else if (strcmp(arg, "--help-config") == 0)
		conf_help(&m.table.root, stdout);
	else if (strcmp(arg, "--version") == 0)
		printf("%s %s\n", app->name, WADI_VERSION);
	else
		return -1;
	return APP_EXIT_DONE;
}

// Takes the option at argv[*i], which boot knows, with its value. -1 when it was taken,
// or an exit status; *known tells whether it was one.
static int take_option(const struct app *app, struct args *args, int argc, char **argv, int *i,
                       bool *known)
{
	const char *option = argv[*i];
	bool file = strcmp(option, "-c") == 0, set = strcmp(option, "--set") == 0;
	int status = print_option(app, option);

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
		return usage_error(app, "a value is missing behind ", option);
	if (set && args->source.sets_len == SETS_MAX)
		return usage_error(app, "there are too many options ", option);
	if (file)
		args->source.file = argv[++*i];
	else
		args->sets[args->source.sets_len++] = argv[++*i];
	return -1;
}

// Reads all arguments; -1, or the exit status when there is nothing to run. What
// boot does not know stays in order, for the command, which may know it.
static int parse(const struct app *app, struct args *args, int argc, char **argv)
{
	int i = 1, status;

	*args = (struct args){.command = "serve", .source.sets = args->sets};
	if (i < argc && argv[i][0] != '-')
		args->command = argv[i++];
	args->words = argv + i;
	for (; i < argc; i++) {
		bool known = false;

		if (strcmp(argv[i], "--") == 0)
			break;
		if (argv[i][0] == '-') {
			status = take_option(app, args, argc, argv, &i, &known);
			if (status >= 0)
				return status;
		}
		if (!known)
			args->words[args->words_len++] = argv[i];
	}
	while (i < argc)
		args->words[args->words_len++] = argv[i++];
	return -1;
}

static int run_tool(const struct app *app, const struct app_tool *tool, const struct args *args)
{
	struct boot boot = {.app = app, .source = args->source};
	struct app_call call = {
	        .source = &args->source, .words_len = args->words_len, .words = args->words};
	struct conf conf = {.values = NULL};
	struct why why;
	int status = APP_EXIT_DONE;

	if (args->source.file || args->words_len == 0) {
		boot_table_init(&boot.table, app);
		if (boot_configure(&boot, &conf, &why)) {
			fprintf(stderr, "%s\n", why.text);
			return APP_EXIT_FAILED;
		}
		call.conf = ((const struct boot_conf *)conf.values)->app;
	}
	if (tool->run)
		status = tool->run(&call);
	else
		printf("the configuration is sound\n");
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

static int serve(const struct app *app, const struct boot_start *start)
{
	struct why why = {""};
	struct boot *boot = calloc(1, sizeof(*boot));
	int err;

	if (!boot)
		return APP_EXIT_FAILED;
	log_init(app->name, STDERR_FILENO);
	block_signals();
	err = boot_open(boot, app, start, &why);
	if (!err)
		err = boot_run(boot, &why);
	if (err == -ECANCELED) {
		log_info("stopping before anything was served");
		err = 0;
	}
	if (err) // the one sentence for which no limit may stand in the way
		log_write(&(struct log_site){0}, LOG_ERROR, clock_kernel(), "%s", why.text);
	boot_close(boot);
	free(boot);
	return err ? APP_EXIT_FAILED : APP_EXIT_DONE;
}

// Of process 1 the words of the command line are the kernel's.
static int serve_guest(const struct app *app)
{
	static struct guest guest;
	struct boot_start start = {.vmdata = true, .run = RUN};
	int status;

	guest_open(&guest, app->name, app->key);
	start.source = (struct conf_source){.file = guest.file,
	                                    .sets = guest.sets,
	                                    .sets_len = guest.sets_len,
	                                    .set_places = guest.places};
	start.console_fd = guest.console_fd;
	status = serve(app, &start);
	guest_end(&guest, status);
	return status;
}

// A word for a command that takes none.
static int refuse_word(const struct app *app, const struct args *args)
{
	char sentence[64];

	if (args->words[0][0] == '-')
		return usage_error(app, "there is no option ", args->words[0]);
	snprintf(sentence, sizeof(sentence), "%s does not know ", args->command);
	return usage_error(app, sentence, args->words[0]);
}

int boot_main(const struct app *app, int argc, char **argv)
{
	const struct app_tool *tool;
	struct boot_start start;
	struct args args;
	int status = guest_run_link(argv[0]);

	if (status >= 0)
		return status;
	if (guest_is_init(argv[0]))
		return serve_guest(app);
	status = parse(app, &args, argc, argv);
	if (status >= 0)
		return status;
	if (args.xenstore && !FEATURE_XEN)
		return usage_error(app, "--xenstore needs a build with ", "-Dxen=true");
	tool = app_tool_find(app, args.command);
	if (!tool && strcmp(args.command, "serve") != 0)
		return usage_error(app, "there is no command ", args.command);
	if (args.words_len && (!tool || !tool->run))
		return refuse_word(app, &args);
	if (args.xenstore && tool)
		return usage_error(app, args.command, " does not know --xenstore");
	if (!args.source.file && args.source.sets_len == 0 && !args.xenstore && !args.words_len)
		return usage_error(app, "a configuration is needed: -c FILE", "");
	if (tool)
		return run_tool(app, tool, &args);
	start = (struct boot_start){.source = args.source,
	                            .vmdata = args.xenstore,
	                            .vmdata_required = args.xenstore,
	                            .run = RUN,
	                            .console_fd = -1};
	return serve(app, &start);
}

// args: the command line of an appliance, from main() to the exit status. What
// it starts is boot.c's.
#include "apps/boot/boot_part.h"
#include "apps/boot/guest.h"

#include "core/log.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { EXIT_DONE, EXIT_FAILED, EXIT_USAGE };

#define SETS_MAX     64
#define CONTROLS_MAX 16
#define RUN          "/run" // where what the toolstack gives is kept

static const struct manual_item options[] = {
        {"-c FILE", "The configuration, a JSON file. Without it all comes from --set."},
        {"--set KEY=VALUE", "Overrides one key of the configuration, as in --set workers=2 or "
                            "--set ports[0].device=tap:wadi1. May be given more than once."},
        {"--xenstore", "Takes more from the toolstack of the Xen guest that this runs in: from "
                       "xenstore's vm-data/wadi the configuration (config), keys of it "
                       "(set/ports/0/ipv4) and files beside it (files/0/name, files/0/text). An "
                       "image that is one appliance does so unasked."},
        {"--help-config", "Tells the keys of the configuration."},
        {"--man", "Prints the man page: pipe it to man -l -."},
        {"--help", "Prints this."},
        {"--version", "Prints the version."},
        {0},
};

struct args {
	const char *command; // "serve" unless said otherwise
	struct conf_source source;
	const char *sets[SETS_MAX];
	bool xenstore;
	int words_len; // what stands behind the command
	char **words;
};

// The manual of an appliance with the lists that it needs room for.
struct app_manual {
	struct manual manual;
	struct manual_item commands[3];
	const char *synopsis[5];
	char check_words[80];
	struct manual_item control[CONTROLS_MAX + 1];
	char control_terms[CONTROLS_MAX][80];
	struct boot_table table;
};

// The commands of the appliance's own; those that all have are in wadi-ctl's manual.
static void manual_control(struct app_manual *m, const struct app *app)
{
	size_t n = 0;

	for (const struct app_command *own = app->commands; own && own->name; own++, n++) {
		assert(n < CONTROLS_MAX);
		snprintf(m->control_terms[n], sizeof(m->control_terms[n]), "%s%s%s", own->name,
		         *own->words ? " " : "", own->words);
		m->control[n] = (struct manual_item){m->control_terms[n], own->help};
	}
	m->control[n] = (struct manual_item){0};
}

static void manual_init(struct app_manual *m, const struct app *app)
{
	size_t n = 0;

	boot_table_init(&m->table, app);
	m->synopsis[n++] = "[serve] -c FILE [--set KEY=VALUE]... [--xenstore]";
	m->synopsis[n++] = "check -c FILE [--set KEY=VALUE]...";
	if (app->check_words) {
		snprintf(m->check_words, sizeof(m->check_words), "check %s", app->check_words);
		m->synopsis[n++] = m->check_words;
	}
	m->synopsis[n++] = "--help | --help-config | --man | --version";
	m->synopsis[n] = NULL;
	m->commands[0] = (struct manual_item){
	        "serve", "Runs until SIGTERM or SIGINT. SIGHUP reads the configuration and its "
	                 "files again; ports, workers and the control socket stay as they are."};
	m->commands[1] = (struct manual_item){
	        "check",
	        app->check_help ? app->check_help : "Tells whether the configuration is sound."};
	m->commands[2] = (struct manual_item){0};
	manual_control(m, app);
	m->manual = (struct manual){.name = app->name,
	                            .summary = app->summary,
	                            .synopsis = m->synopsis,
	                            .text = app->text,
	                            .commands = m->commands,
	                            .options = options,
	                            .control = app->commands ? m->control : NULL,
	                            .examples = app->examples,
	                            .conf = &m->table.root};
}

static int usage_error(const struct app *app, const char *sentence, const char *word)
{
	fprintf(stderr, "%s: %s%s; %s --help tells more\n", app->name, sentence, word, app->name);
	return EXIT_USAGE;
}

// Options that print and end. -1 when the argument is none of them.
static int print_option(const struct app *app, const char *arg)
{
	struct app_manual m;

	manual_init(&m, app);
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
	return EXIT_DONE;
}

// Reads all arguments; -1, or the exit status when there is nothing to run.
static int parse(const struct app *app, struct args *args, int argc, char **argv)
{
	int i = 1, status;

	*args = (struct args){.command = "serve", .source.sets = args->sets};
	if (i < argc && argv[i][0] != '-')
		args->command = argv[i++];
	for (; i < argc && argv[i][0] == '-'; i++) {
		bool file = strcmp(argv[i], "-c") == 0, set = strcmp(argv[i], "--set") == 0;

		if (strcmp(argv[i], "--xenstore") == 0) {
			args->xenstore = true;
			continue;
		}
		status = print_option(app, argv[i]);
		if (status >= 0)
			return status;
		if (!file && !set)
			return usage_error(app, "there is no option ", argv[i]);
		if (i + 1 == argc)
			return usage_error(app, "a value is missing behind ", argv[i]);
		if (set && args->source.sets_len == SETS_MAX)
			return usage_error(app, "there are too many options ", argv[i]);
		if (file)
			args->source.file = argv[++i];
		else
			args->sets[args->source.sets_len++] = argv[++i];
	}
	args->words_len = argc - i;
	args->words = argv + i;
	return -1;
}

static int check(const struct app *app, const struct args *args)
{
	struct boot boot = {.app = app, .source = args->source};
	char why[CONF_WHY_BYTES];
	int status = EXIT_DONE;
	struct conf conf;

	if (args->words_len)
		return app->check_words ? app->check(NULL, args->words_len, args->words)
		                        : usage_error(app, "check does not know ", args->words[0]);
	boot_table_init(&boot.table, app);
	if (boot_configure(&boot, &conf, why, sizeof(why))) {
		fprintf(stderr, "%s\n", why);
		return EXIT_FAILED;
	}
	if (app->check)
		status = app->check(((const struct boot_conf *)conf.values)->app, 0, NULL);
	else
		printf("the configuration is sound\n");
	conf_close(&conf);
	return status;
}

// Workers and the threads of backends inherit the mask, so that signals come to
// the control thread's descriptor only.
static void block_signals(void)
{
	sigset_t set;

	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
}

static int serve(const struct app *app, const struct boot_start *start)
{
	char why[CONF_WHY_BYTES] = "";
	struct boot *boot = calloc(1, sizeof(*boot));
	int err;

	if (!boot)
		return EXIT_FAILED;
	log_init(app->name, STDERR_FILENO);
	block_signals();
	err = boot_open(boot, app, start, why, sizeof(why));
	if (!err)
		err = boot_run(boot, why, sizeof(why));
	if (err) // the one sentence for which no limit may stand in the way
		log_write(&(struct log_site){0}, LOG_ERROR, clock_kernel(), "%s", why);
	boot_close(boot);
	free(boot);
	return err ? EXIT_FAILED : EXIT_DONE;
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

int boot_main(const struct app *app, int argc, char **argv)
{
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
	if (strcmp(args.command, "serve") != 0 && strcmp(args.command, "check") != 0)
		return usage_error(app, "there is no command ", args.command);
	if (strcmp(args.command, "check") == 0 && args.words_len)
		return check(app, &args);
	if (args.xenstore && strcmp(args.command, "check") == 0)
		return usage_error(app, "check does not know ", "--xenstore");
	if (!args.source.file && args.source.sets_len == 0 && !args.xenstore)
		return usage_error(app, "a configuration is needed: -c FILE", "");
	if (strcmp(args.command, "check") == 0)
		return check(app, &args);
	if (args.words_len)
		return usage_error(app, "serve does not know ", args.words[0]);
	start = (struct boot_start){.source = args.source,
	                            .vmdata = args.xenstore,
	                            .vmdata_required = args.xenstore,
	                            .run = RUN,
	                            .console_fd = -1};
	return serve(app, &start);
}

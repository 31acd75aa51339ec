// boot: everything that appliances share: arguments, configuration, devices,
// workers with their stacks, signals, the control socket. An appliance is a
// struct app and a main() that hands it over.
#ifndef BOOT_BOOT_H
#define BOOT_BOOT_H

#include "core/host/conf.h"
#include "core/host/control_loop.h"
#include "core/host/json.h"
#include "core/host/manual.h"
#include "core/host/pipeline.h"
#include "core/why.h"
#include "proto/tcpip/stack.h"

#define BOOT_WORKERS_MAX NETIF_QUEUES_MAX

// A worker as an appliance sees it.
struct app_worker {
	unsigned number; // from 0; the same as its queue on each port
	struct stack *stack;
	struct pipeline *pipeline;
	struct worker_metric *metric;
};

// What is the same for the appliance's whole life.
struct app_env {
	unsigned workers_len;
	// Cores that the process may use and no worker does, once workers run: those that
	// the control thread keeps to, with the threads that it starts. 0: there are none.
	unsigned spare_cores;
	// Whether a signal is there that will end the service: for what takes long, which
	// then does well to fail soon. From any thread; NULL: never.
	bool (*stopping)(void);
	// The control thread's loop, for descriptors and timers of the appliance, and for
	// functions that workers post.
	struct control_loop *loop;
	// The loops whose quiescent points a swap waits for; none of them run
	// before open returns nor after the last worker_close.
	struct pipeline *pipelines[BOOT_WORKERS_MAX];
};

// A command of an appliance's own at the control socket.
struct app_command {
	const char *name;  // NULL closes a list
	const char *words; // what stands behind it, "ORIGIN FILE"; "": nothing
	unsigned words_min, words_max;
	const char *help;
	// What went well is told in reply. Words live for the call.
	int (*run)(void *state, const char *const *words, unsigned words_len, json_t *reply,
	           struct why *why);
};

// What a tool is run with; all of it is borrowed.
struct app_call {
	// The section's struct, the whole configuration being sound; NULL when no
	// -c FILE was given but words, which the tool then makes do with.
	const void *conf;
	const struct conf_source *source; // -c and the options of --set
	int words_len;                    // what boot does not know: words and options
	char *const *words;
};

// A command of the command line that needs no network and ends by itself. `check` is
// one of every appliance's: where it is not in the table, whether the configuration is
// sound is all it tells.
struct app_tool {
	const char *name;        // NULL closes a list
	const char *synopsis[3]; // what stands behind the name, in one form or another
	const char *help;
	const struct manual_item *options; // of its own; NULL: none
	// Prints what it finds; returns the exit status.
	int (*run)(const struct app_call *call);
};

#define APP_EXIT_DONE   0
#define APP_EXIT_FAILED 1
#define APP_EXIT_USAGE  2 // with one sentence on standard error

// An appliance. All functions run in the control thread; those that fail return
// a negative errno with a sentence in why. NULL where nothing is to be done.
struct app {
	const char *name;    // of the executable
	const char *summary; // half a sentence: "an authoritative DNS server"
	const char *text;    // paragraphs for --help and the man page
	const struct manual_item *examples;

	// Its key in the configuration, "dns", and the table of that section.
	const char *key, *key_help;
	const struct conf_section *section;

	// Loads what the workers need, before any port is opened. *state is then
	// given to all the others; conf is the section's struct, which lives
	// until close. -ECANCELED: it left off as env->stopping told, which is no
	// failure.
	int (*open)(void **state, const void *conf, const struct app_env *env, struct why *why);
	void (*close)(void *state);

	// Listens on the worker's stack, before its first packet.
	int (*worker_open)(void *state, const struct app_worker *worker, struct why *why);
	void (*worker_close)(void *state, const struct app_worker *worker);

	// Takes a configuration that was read again, which lives for the call,
	// while workers run; `all`: also what has not changed since it was read.
	// What went well is told in reply, and as "error" there a sentence when
	// some of it did not. When it fails, everything stays as it was.
	int (*reload)(void *state, const void *conf, bool all, json_t *reply, struct why *why);

	// Reads one thing again, whether it changed or not, by a word such as a
	// zone's origin.
	int (*reload_one)(void *state, const char *word, json_t *reply, struct why *why);

	// Somebody waits to write to a file that the appliance has a lease of (SIGURG).
	void (*claimed)(void *state);

	// Adds to the reply to `status` of the control socket.
	void (*status)(void *state, json_t *reply);

	// Fills in its metrics, for `stats` and `metrics`; returns how many sources there
	// are, at most METRIC_SOURCES_MAX. Called for each request: what they borrow has to
	// last until the reply.
	unsigned (*metrics)(void *state, struct metric_source *sources);

	const struct app_command *commands;

	// What it does, for the line that says it is ready: "serving 1 zone".
	void (*describe)(void *state, char *text, size_t size);

	const struct app_tool *tools;
};

// What main() returns: runs the appliance as the arguments say.
int boot_main(const struct app *app, int argc, char **argv);

#endif

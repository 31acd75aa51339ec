// boot_part: the running appliance, as the files of boot share it. The
// interface of boot is boot.h.
#ifndef BOOT_BOOT_PART_H
#define BOOT_BOOT_PART_H

#include "apps/boot/backends.h"
#include "apps/boot/boot_conf.h"
#include "apps/boot/control.h"
#include "apps/boot/syslog.h"
#include "apps/boot/vmdata.h"
#include "apps/boot/worker.h"
#include "core/mono.h"
#include "core/why.h"

#include <signal.h>

// What an appliance is started with; all of it is borrowed.
struct boot_start {
	struct conf_source source;
	// Whether the toolstack may give more (vmdata.h), and where it is kept.
	bool vmdata, vmdata_required;
	const char *run;
	int console_fd; // that takes requests, from then on boot's; -1: none
};

struct boot;

// A backend's descriptor in the control loop.
struct boot_backend {
	struct control_watch watch;
	struct boot *boot;
};

struct boot {
	const struct app *app;
	struct boot_table table;
	struct boot_start start;
	struct vmdata vmdata;
	struct conf_source source; // what was read, from start and vmdata
	struct conf conf;
	const struct boot_conf *values;
	struct app_env env;
	void *state; // the appliance's
	bool app_open;
	struct netif *netifs[PIPELINE_PORTS_MAX];
	bool netifs_open;
	struct worker *workers;
	unsigned workers_len;
	struct control_loop loop;
	struct control control;
	// In the loop during boot_run.
	struct control_watch signals;
	struct boot_backend backends[BACKENDS_MAX];
	unsigned backends_len;
	struct wheel_timer backends_due;
	struct trace_map map;
	struct trace trace; // the control thread's
	struct syslog syslog;
	mono_t started;
};

// Reads and checks the configuration. 0, or negative errno with a sentence in
// why.
int boot_configure(const struct boot *boot, struct conf *conf, struct why *why) MUST_CHECK;

// Opens everything, from the appliance's data to the control socket; signals
// are the caller's to block. Needs boot_close even when it fails.
int boot_open(struct boot *boot, const struct app *app, const struct boot_start *start,
              struct why *why) MUST_CHECK;

// Starts the workers and serves until a signal ends it.
int boot_run(struct boot *boot, struct why *why) MUST_CHECK;
void boot_close(struct boot *boot);

// What to read again.
struct boot_reload {
	const char *word; // one thing of the appliance's data; NULL: the configuration, and
	bool all;         // of its data what has changed, or all
};

// 0, or negative errno with a sentence in why and everything as it was. Part of the
// data may have stayed as it was as well; then "error" in the reply tells.
int boot_reload(struct boot *boot, const struct boot_reload *what, json_t *reply,
                struct why *why) MUST_CHECK;

// The signals that an appliance takes in its control loop: they stay blocked in
// every thread.
void boot_signals(sigset_t *set);

// A session_fn with ctx a struct boot.
json_t *command_run(void *ctx, json_t *request);

#endif

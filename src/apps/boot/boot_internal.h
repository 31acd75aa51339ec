// boot_internal: the running appliance, as the files of boot share it. The
// interface of boot is boot.h.
#ifndef BOOT_BOOT_INTERNAL_H
#define BOOT_BOOT_INTERNAL_H

#include "apps/boot/backends.h"
#include "apps/boot/boot_check.h"
#include "apps/boot/boot_conf.h"
#include "apps/boot/clock_watch.h"
#include "apps/boot/conns.h"
#include "apps/boot/control.h"
#include "apps/boot/devices.h"
#include "apps/boot/drain.h"
#include "apps/boot/handover.h"
#include "apps/boot/notify.h"
#include "apps/boot/packets.h"
#include "apps/boot/probe.h"
#include "apps/boot/sandbox.h"
#include "apps/boot/stalls.h"
#include "apps/boot/top_talkers.h"
#include "apps/boot/trace_log.h"
#include "apps/boot/vmdata.h"
#include "apps/boot/worker.h"
#include "core/mono.h"
#include "core/why.h"

#include <signal.h>

// What an appliance is started with; all of it is borrowed.
struct boot_start {
	struct conf_source source;
	// Whether the toolstack may give more (vmdata.h), and the folder for it.
	bool vmdata, vmdata_required;
	const char *run;
	bool guest;     // process 1 of a Xen guest
	int ready_fd;   // a pipe, for boot_report_status; 0: none
	bool replace;   // takes over from the process that serves the control socket
	int console_fd; // for requests; closed by boot_close; -1: none
};

struct boot;

// The reloads of the whole configuration since the start.
struct boot_reloaded {
	mono_t at, good; // the last, and the last without errors; 0: there was none
	bool failed;     // the last, or a part of it
	struct why why;  // why it did
};

// A backend's descriptor in the control loop.
struct boot_backend {
	struct control_watch watch;
	struct boot *boot;
};

struct boot {
	struct services services;
	struct boot_table table;
	struct boot_start start;
	struct vmdata vmdata;
	struct conf_source source; // what was read, from start and vmdata
	struct conf conf;
	const struct boot_conf *values;
	struct service_env env;
	struct sandbox sandbox;
	struct netif *netifs[PIPELINE_IFACES_MAX];
	bool netifs_open;
	struct handover_take take;
	// Of each port what was taken over of its device; NULL: it was opened by this process.
	const struct netif_handover *taken[PIPELINE_IFACES_MAX];
	struct handover_give give;
	struct links links;
	struct worker *workers;
	unsigned workers_len;
	struct steer *steer; // NULL: there is one worker
	struct control_loop loop;
	struct control control;
	// In the loop during boot_run.
	struct control_watch signals;
	struct boot_backend backends[BACKENDS_MAX];
	unsigned backends_len;
	struct wheel_timer backends_due;
	struct clock_watch clock_watch;
	struct devices devices;
	struct stalls stalls;
	struct wheel_timer lame_duck; // armed: a signal asked for the end, which has time
	struct drain drain;           // behind it
	struct notify notify;
	struct probe probe;
	struct conns conns;
	struct top_talkers talkers;
	struct packets packets;
	struct boot_reloaded reloaded;
	struct trace_map map;
	struct trace trace; // the control thread's
	struct trace_log trace_log;
	mono_t started;
	int exit_status; // when nothing fails
};

// Finds where the configuration is to be read from, into boot->source; vmdata is what
// that follows from. 0, or negative errno with a sentence in why.
int boot_find_source(struct boot *boot, struct vmdata *vmdata, struct why *why) MUST_CHECK;

// Reads and checks the configuration, while boot runs also against what runs, and closes conf
// in no case. 0, or negative errno with
// a sentence in why: the error, or how many there are.
int boot_configure(const struct boot *boot, struct conf *conf, enum boot_check_devices devices,
                   struct why *why) MUST_CHECK;

// Logs the warnings of a configuration, and its errors when there are several.
void boot_log_reports(const struct conf *conf);

// Opens everything, from the appliance's data to the control socket; signals
// are the caller's to block. Needs boot_close even when it fails.
int boot_open(struct boot *boot, const struct appliance *appliance, const struct boot_start *start,
              struct why *why) MUST_CHECK;

// Starts the workers and serves until a signal ends it.
int boot_run(struct boot *boot, struct why *why) MUST_CHECK;
void boot_close(struct boot *boot);

// Has the process that waits at start.ready_fd, if there is one, end with that status: 0 once the
// appliance serves. Only the first call counts.
void boot_report_status(struct boot *boot, int status);

// What to read again.
struct boot_reload {
	const char *name; // one thing of a service's data; NULL: the configuration, and
	bool all;         // of the data what has changed, or all
};

// 0, or negative errno with a sentence in why; then nothing has changed. When only part
// was reloaded, "error" in the reply says which was not. In either case "configuration" in
// the reply lists warnings, keys that wait for a restart among them, and several errors.
int boot_reload(struct boot *boot, const struct boot_reload *what, json_t *reply,
                struct why *why) MUST_CHECK;

// Records what the control thread does, with an instant for each record.
void boot_trace(struct boot *boot, enum trace_event event, uint16_t a, uint64_t b);

// The signals that an appliance takes in its control loop: they stay blocked in
// every thread.
void boot_signals(sigset_t *set);

// A session_fn with ctx a struct boot.
json_t *command_run(void *ctx, json_t *request);

// A control_fn with ctx a struct boot: logs commands that change something, with the user,
// and runs them.
json_t *command_answer(void *ctx, json_t *request, const struct control_peer *peer);

// A control_conf.gone with ctx a struct boot.
void command_gone(void *ctx, const struct control_peer *peer);

#endif

// boot: everything that appliances share: arguments, configuration, devices, workers
// with their stacks, signals, the control socket. An appliance is a name and a list
// of services; a service is a struct of functions, NULL where it has nothing to do,
// and a main() hands the appliance over.
//
// Threads: the control thread runs every function of a service. What a service
// attaches to a worker's stack, wheel or mailbox runs in that worker's thread.
#ifndef BOOT_BOOT_H
#define BOOT_BOOT_H

#include "core/host/conf.h"
#include "core/host/control_loop.h"
#include "core/host/json.h"
#include "core/host/manual.h"
#include "core/host/pipeline.h"
#include "core/talkers.h"
#include "core/why.h"
#include "proto/tcpip/stack.h"

#define BOOT_WORKERS_MAX  NETIF_QUEUES_MAX
#define BOOT_SERVICES_MAX 16

// What does not change while the appliance lives.
struct service_env {
	const char *program; // the appliance's name
	unsigned workers_len;
	// Cores that the process may use and no worker does, once workers run: those that
	// the control thread keeps to, with the threads that it starts. 0: there are none.
	unsigned spare_cores;
	// Whether a signal that ends the appliance is pending: long work then fails soon.
	// From any thread.
	bool (*stopping)(void);
	// The control thread's loop, for descriptors and timers of the service, and for
	// functions that workers post. It takes its turns while workers run. A service that ends
	// by itself calls control_loop_stop.
	struct control_loop *loop;
	// What main() returns after a signal, or when a service has ended the loop: TOOL_EXIT_DONE
	// unless a service sets it.
	int *exit_status;
	// Replies to a request of the control socket (docs/control.md), an object with a string
	// "command": a new reference, NULL without memory. Control thread, while workers run, and
	// not within a command.
	json_t *(*command)(void *ctx, json_t *request);
	void *command_ctx;
	// The workers' loops, whose quiescent points swap_publish waits for, and whose
	// mailboxes take functions. None runs before open returns or after the last
	// worker_close.
	struct pipeline *pipelines[BOOT_WORKERS_MAX];
};

// A worker as one service sees it; valid from worker_open to worker_close.
struct service_worker {
	unsigned number; // from 0; also its queue on each port
	struct stack *stack;
	struct pipeline *pipeline;
	struct worker_metric *metric;
	void *state;           // the service's own of this worker; set by worker_open
	enum drop drops_begin; // the id of the first row of the service's drops
};

// A port at which each worker listens on every address, by UDP, TCP or both. Datagrams come
// with the worker's struct service_worker as ctx, connections with NULL until tcp_set_ctx.
struct service_port {
	size_t number;     // where the service's conf has it, a uint64_t; 0 there: not served
	udp_burst_fn *udp; // NULL: not by UDP; without both the table ends
	const struct tcp_ops *tcp;
	const char *probe; // a datagram that has to come back as it is (struct service_probe)
	// Where conf has fast_open and keepalive_s of struct tcp_listener_conf, each a uint64_t; 0:
	// it does not.
	size_t fast_open, keepalive;
	// Likewise the seconds for which clients may acknowledge nothing. Unless they are 0,
	// SYNs are answered with them, and clients may ask for longer (RFC 5482).
	size_t user_timeout;
};

// A TCP port that a service listens at otherwise than by a struct service_port.
struct service_listen {
	const char *key; // whose value it is, "web.port"; the service's name: of none
	uint16_t port;
	struct addr addr;     // addr_is_any: every address of the appliance
	const char *addr_key; // whose value addr is, when it is not any
};
#define SERVICE_LISTENS_MAX 8

// A drop reason of a service's own. The i-th row has the id drops_begin + i on every
// worker, which is counted and listed like those of core/drop.h.
struct service_drop {
	const char *name; // "echo.no_room", the service's name in front; NULL closes a table
	const char *help;
};

// A command of the service's own at the control socket.
struct service_command {
	const char *name; // NULL closes a table
	const char *args; // as help prints them, "ORIGIN FILE"; "": none
	unsigned args_min, args_max;
	const char *help;
	// Adds its results to reply. args are borrowed for the call. 0, or negative errno
	// with a sentence in why; reply is then not used. Called while all workers run; other
	// requests, signals and timers of the control thread wait until it returns.
	int (*run)(void *state, const char *const *args, unsigned args_len, json_t *reply,
	           struct why *why);
	// It changes something, when it takes arguments by those: each such call is logged, with
	// the user.
	bool changes;
};

// What a tool is run with; all of it is borrowed.
struct tool_call {
	// The struct of the service's section, the whole configuration being valid; NULL
	// when the tool does not need it and there is no -c FILE.
	const void *conf;
	const void *values;               // the struct of the tool's options; NULL: it has none
	const struct conf_source *source; // -c and the options --set
	int args_len;                     // arguments that are no options
	char *const *args;
};

#define TOOL_EXIT_DONE   0
#define TOOL_EXIT_FAILED 1
#define TOOL_EXIT_USAGE  2 // with one sentence on standard error
#define TOOL_EXIT_DEVICE 3 // a device was lost, and ports[].on_device_loss is "exit"

// A command of the command line that needs no network and ends by itself. Each
// appliance has `check`; without one in a service's table it only checks the
// configuration.
struct service_tool {
	const char *name;        // NULL closes a table
	const char *synopsis[3]; // what follows the name, in up to three forms
	const char *help;
	const struct cmdline_table *options; // of its own, all zeros at first; may be NULL
	// Whether the call works on the configuration, the default one when there is no -c
	// FILE; conf is not set yet. NULL: always.
	bool (*needs_conf)(const struct tool_call *call);
	// Prints its results; returns the exit status, a TOOL_EXIT_*.
	int (*run)(const struct tool_call *call);
};

// A datagram that each worker answers to show that it can: `wadi-ctl health` has it handled by
// the worker's own stack as if each interface had received it, from a source that no client
// has. Counters and logs of the service count it as any other.
#define SERVICE_PROBE_BYTES 512
struct service_probe {
	uint16_t port, len;
	uint8_t bytes[SERVICE_PROBE_BYTES];
	uint64_t own;   // the service's, for probe_judge
	char text[320]; // what is asked, for people: "SOA example.org."
};

// What a service counts for `wadi-ctl top-talkers`, in place of the packets of all services: what
// its clients ask. The key of a client or a prefix is a struct addr, by addr_prefix_of of the
// lengths below for a prefix; that of a name, or of the zone that has it, is the service's.
enum talkers_by { TALKERS_CLIENT, TALKERS_PREFIX, TALKERS_NAME, TALKERS_ZONE };
#define TALKERS_PREFIX_IPV4 24
#define TALKERS_PREFIX_IPV6 56

struct service_talkers {
	const char *of; // "queries"
	bool zones;     // it has name_text, and counts by zones, too
	// In the worker's thread, and not from a listener: counts in the table from now on
	// (core/talkers.h), which is one of as long keys as there can be; NULL: no longer.
	void (*count)(struct service_worker *worker, struct talkers *talkers, enum talkers_by by);
	// Writes a name, or a zone's, as text, with a final zero; NULL: it counts by neither.
	void (*name_text)(const uint8_t *key, uint8_t len, char *text, size_t size);
};

enum health_state { HEALTH_OK, HEALTH_WARNING, HEALTH_FAILED };

struct health;
struct sandbox;

// Functions that return int return 0, or negative errno with a sentence in why.
struct service {
	const char *name;    // its key in the configuration, too: not one of boot's, nor "log"
	const char *version; // NULL: the appliance's

	// The table of its section, and one line about it. section NULL: it has no key.
	const struct conf_section *section;
	const char *help;

	// Loads what the workers need, before any port is opened. *state is passed to all
	// the others; it is NULL unless open sets it, and the conf when there is no open. conf is
	// the section's struct, valid until close. -ECANCELED: gave up because env->stopping() was
	// true, which is not reported as an error. After an error close is not called.
	int (*open)(void **state, const void *conf, const struct service_env *env, struct why *why);
	// No worker exists any more.
	void (*close)(void *state);

	// Names what the service uses of the file system while it runs, by sandbox_read and
	// its neighbours; called once, when all is open, with the conf of open. The rest cannot be
	// opened any more.
	int (*files)(void *state, const void *conf, struct sandbox *sandbox, struct why *why);

	// Attaches the service to a worker that does not run yet: listens on its stack,
	// sets worker->state. After an error worker_close is not called for it.
	int (*worker_open)(void *state, struct service_worker *worker, struct why *why);
	// The worker has stopped for good, its stack and wheel still exist: timers have to be
	// disarmed, since others of the wheel are linked with them. Listeners need not be
	// removed: none is called any more, and their state may be freed.
	void (*worker_close)(void *state, struct service_worker *worker);

	// The appliance is about to end and workers still run: may wait for a moment until
	// they have sent what is to be sent.
	void (*drain)(void *state);
	// It does not end after all, since the process that was to take its place has failed:
	// workers run again.
	void (*resume)(void *state);

	// Takes a configuration that was read again, while workers run; conf is valid for
	// the call. `all`: also what has not changed since it was read. Results are added
	// to reply, with a sentence as "error" when only part of it was taken. When it
	// fails, nothing has changed. 1: it is switched off, and took nothing.
	int (*reload)(void *state, const void *conf, bool all, json_t *reply, struct why *why);

	// Reads one thing again, changed or not, by a name such as a zone's origin.
	// -ENOENT: the service does not have it.
	int (*reload_one)(void *state, const char *name, json_t *reply, struct why *why);

	// Opens again the files that it appends lines to, since they have been renamed: at each
	// reload of the whole configuration, before it is read, and by `log-reopen`.
	void (*reopen)(void *state);

	// Another process is about to write to a file that the service holds a lease of
	// (SIGURG; F_SETLEASE of fcntl(2)).
	void (*lease_break)(void *state);

	// The real time was set, or the machine was suspended: what was derived from
	// CLOCK_REALTIME and a monotonic instant is wrong.
	void (*clock_set)(void *state);

	// Adds to the reply to `status`. Services share the object, so keys are unique in
	// an appliance.
	void (*status)(void *state, json_t *reply);

	// Fills in up to METRIC_SOURCES_MAX sources of its metrics, for `stats` and
	// `metrics`; returns how many. Called for each request; what they borrow stays valid
	// until the control thread's next turn. Tables are unique in an appliance, boot's
	// among them; this is checked once, before workers run.
	unsigned (*metrics)(void *state, struct metric_source *sources);

	// What it does, for the log line of a complete start: "serving 1 zone". NULL: its ports.
	void (*describe)(void *state, char *text, size_t size);

	// Fills in a probe, whose memory is not cleared. False: there is nothing to ask.
	bool (*probe)(void *state, struct service_probe *probe);
	// Whether a reply, cut at SERVICE_PROBE_BYTES, is right; else a sentence about it in
	// why. Runs in a worker's thread, with the probe and the reply alone. Set when probe is.
	bool (*probe_judge)(const struct service_probe *probe, const uint8_t *reply, uint16_t len,
	                    struct why *why);
	// Adds checks of its own to the reply to `health`, by health_add.
	void (*health)(void *state, struct health *health);

	// Checks what no key of its section alone can show, by conf_error and conf_warning:
	// of each configuration that is read, also by `check` and a reload. Values with an
	// error of their own are defaults here, or "" in a list. conf is the section's
	// struct; nothing is open.
	void (*check)(const void *conf, struct conf *to);

	// Fills in up to SERVICE_LISTENS_MAX ports that it listens at with this configuration, and
	// returns how many; called after check. A port that is taken at the address, and an address
	// that the appliance does not have, are errors of the configuration then.
	unsigned (*listens)(const void *conf, struct service_listen *to);

	const struct service_talkers *talkers; // NULL: it counts nothing; one in an appliance does
	const struct service_port *ports;      // that boot opens, before worker_open
	const struct service_drop *drops;
	const struct service_command *commands; // names are unique in an appliance, boot's included
	const struct service_tool *tools;       // likewise
};

struct appliance {
	const char *name;    // of the executable
	const char *version; // NULL: wadi's
	const char *summary; // half a sentence: "an authoritative DNS server"
	const char *text;    // paragraphs for --help and the man page
	const struct manual_item *examples;
	// Opened in this order, closed in the other; NULL closes the list.
	const struct service *const *services;
};

// For struct service's files: the process may read the file or folder while it runs, or
// also create, write and remove files in it. Of a file it is the folder that counts, since
// a new version of a file takes the place of the old one. 0, or negative errno with a
// sentence in why; "" is skipped.
int sandbox_read(struct sandbox *sandbox, const char *path, struct why *why) MUST_CHECK;
int sandbox_write(struct sandbox *sandbox, const char *path, struct why *why) MUST_CHECK;

// The process will connect to Unix sockets.
void sandbox_connect(struct sandbox *sandbox);

// For struct service's health: a check named "dns.zones", the service's name in front, its
// state, and a sentence: what was found; what is wrong, and what to do. HEALTH_FAILED: clients
// do not get answers; HEALTH_WARNING: someone has to look at it.
void health_add(struct health *health, const char *check, enum health_state state, const char *fmt,
                ...) PRINTF(4, 5);

// Adds to a sentence which says that the kernel refused a file (EACCES) what to do about it:
// give the process's user access to it, or name it to the sandbox. NULL for path: the sentence
// names the file, and both may be the reason. Other sentences stay as they are.
void sandbox_remedy(const char *path, struct why *why);

// The exit status of main(): runs the appliance as the arguments say.
int boot_main(const struct appliance *appliance, int argc, char **argv);

// For a tool's run: runs the appliance with this configuration, as `serve` does with its own,
// until a signal or a service ends it. Returns the exit status.
int boot_serve(const struct appliance *appliance, const struct conf_source *source);

#endif

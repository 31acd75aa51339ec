// boot: opens an appliance in the order that changes nothing before everything
// is known to be sound, serves it, and closes it. The command line is args.c.
#include "apps/boot/boot_part.h"

#include "core/host/clock.h"
#include "core/host/feature.h"
#include "core/host/log.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

// How long the end may wait for the last lines to leave for the collector.
#define FLUSH_MS 200

int boot_configure(const struct boot *boot, struct conf *conf, struct why *why)
{
	struct why sentence;
	int err = conf_open(conf, &boot->table.root, &boot->source, why);

	if (err)
		return err;
	err = boot_conf_check(conf->values, &sentence);
	if (err) {
		why_set(why, "%s: %s",
		        boot->source.file ? conf_file_place(&boot->source) : "configuration",
		        sentence.text);
		conf_close(conf);
	}
	return err;
}

// As early as there is a configuration, so that the collector gets what is told
// until the workers run, too.
static int open_log(struct boot *boot, struct why *why)
{
	const struct boot_log_conf *conf = boot->values->log;
	struct addr collector;
	uint16_t port;
	int err = 0;

	log_set_level((enum log_level)conf->level);
	if (*conf->syslog && syslog_parse(conf->syslog, &collector, &port))
		err = syslog_open(&boot->syslog, boot->app->name, conf->hostname, collector, port);
	if (err)
		why_no_memory(why, "log.syslog");
	return err;
}

static int open_loop(struct boot *boot, struct why *why)
{
	int err = control_loop_init(&boot->loop);

	if (err)
		why_set(why, "the control loop cannot be set up: %s", strerror(-err));
	return err;
}

static int open_app(struct boot *boot, struct why *why)
{
	int err = 0;

	boot->workers =
	        aligned_alloc(CACHE_LINE_BYTES, boot->values->workers * sizeof(*boot->workers));
	if (!boot->workers)
		return why_no_memory(why, "%ju workers", (uintmax_t)boot->values->workers);
	memset(boot->workers, 0, boot->values->workers * sizeof(*boot->workers));
	boot->env.workers_len = (unsigned)boot->values->workers;
	for (unsigned i = 0; i < boot->env.workers_len; i++)
		boot->env.pipelines[i] = &boot->workers[i].pipeline;
	if (boot->app->open)
		err = boot->app->open(&boot->state, boot->values->app, &boot->env, why);
	boot->app_open = !err;
	return err;
}

static int open_control(struct boot *boot, struct why *why)
{
	struct control_conf conf = {&boot->loop, boot->values->control->socket, command_run, boot};
	int err = control_open(&boot->control, &conf, why);

	if (!err && boot->start.console_fd >= 0)
		control_add_console(&boot->control, boot->start.console_fd, boot->started);
	return err;
}

static unsigned device_confs(const struct boot *boot, struct backends_conf *devices)
{
	const struct boot_port_conf *ports = boot->values->ports.items;

	for (size_t i = 0; i < boot->values->ports.len; i++)
		devices[i] = (struct backends_conf){ports[i].device, (uint32_t)ports[i].pages,
		                                    (uint16_t)ports[i].mtu};
	return (unsigned)boot->values->ports.len;
}

// The cpu for worker `number` out of those the process may use; -1 when there
// are more workers than cpus.
static int cpu_of(const cpu_set_t *allowed, unsigned number, unsigned workers)
{
	if (workers > (unsigned)CPU_COUNT(allowed))
		return -1;
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
		if (CPU_ISSET((unsigned)cpu, allowed) && number-- == 0)
			return cpu;
	return -1;
}

static int open_workers(struct boot *boot, const cpu_set_t *allowed, struct why *why)
{
	struct worker_conf conf = {.conf = boot->values,
	                           .app = boot->app,
	                           .state = boot->state,
	                           .netifs = boot->netifs,
	                           .map = &boot->map};
	int err = 0;

	for (unsigned i = 0; i < boot->env.workers_len && !err; i++) {
		conf.number = i;
		conf.cpu = cpu_of(allowed, i, boot->env.workers_len);
		boot->workers_len++;
		err = worker_open(&boot->workers[i], &conf, why);
	}
	if (!err)
		syslog_attach(&boot->syslog, boot->workers[0].app_worker.stack,
		              &boot->workers[0].pipeline);
	if (!err)
		worker_groups(&boot->workers[0], boot->netifs, (unsigned)boot->values->ports.len);
	return err;
}

// The control thread's ring comes behind those of the workers.
static int open_trace(struct boot *boot, struct why *why)
{
	int err = trace_map_open(&boot->map, boot->values->trace, boot->app->name,
	                         boot->env.workers_len + 1, why);

	if (err)
		return err;
	trace_map_attach(&boot->map, boot->env.workers_len, "control", &boot->trace, boot->started);
	if (boot->map.crashed)
		log_warning("the run before this one ended without closing; see its last moments "
		            "with wadi-ctl trace %s",
		            boot->map.kept);
	return 0;
}

// What this thread does is rare: each record has its own instant.
static void boot_trace(struct boot *boot, enum trace_event event, uint16_t a, uint64_t b)
{
	trace_turn(&boot->trace, clock_kernel());
	trace_add(&boot->trace, event, a, (uint32_t)u64_min(b, UINT32_MAX));
}

// Where the configuration is to be read from, into boot->source; vmdata is what that
// follows from.
static int find_source(struct boot *boot, struct vmdata *vmdata, struct why *why)
{
	const struct boot_start *start = &boot->start;
	struct vmdata_conf conf = {&start->source, start->run, start->vmdata_required};
	int err = 0;

	*vmdata = (struct vmdata){.source = start->source};
	if (FEATURE_XEN && start->vmdata)
		err = vmdata_open(vmdata, &conf, why);
	if (!err)
		boot->source = vmdata->source;
	return err;
}

// Until `serve` takes them, signals that came are pending, whoever asks.
static bool is_stopping(void)
{
	sigset_t set;

	return sigpending(&set) == 0 &&
	       (sigismember(&set, SIGINT) == 1 || sigismember(&set, SIGTERM) == 1);
}

int boot_open(struct boot *boot, const struct app *app, const struct boot_start *start,
              struct why *why)
{
	struct backends_conf devices[PIPELINE_PORTS_MAX];
	cpu_set_t allowed;
	unsigned len;
	int err;

	*boot = (struct boot){.app = app, .start = *start, .loop.epoll_fd = -1};
	boot->started = clock_kernel();
	boot->env.stopping = is_stopping;
	boot->env.loop = &boot->loop;
	boot_table_init(&boot->table, app);
	CPU_ZERO(&allowed); // asked before EAL pins this thread
	sched_getaffinity(0, sizeof(allowed), &allowed);
	err = open_loop(boot, why);
	if (!err)
		err = find_source(boot, &boot->vmdata, why);
	if (!err)
		err = boot_configure(boot, &boot->conf, why);
	if (err)
		return err;
	boot->values = boot->conf.values;
	err = open_log(boot, why);
	if (!err)
		err = open_app(boot, why);
	if (err)
		return err;
	// Of the things that change the machine the socket is first: it shows
	// whether this appliance runs already.
	err = open_control(boot, why);
	if (err)
		return err;
	err = open_trace(boot, why);
	if (err)
		return err;
	len = device_confs(boot, devices);
	err = backends_open(app->name, devices, len, boot->env.workers_len, boot->netifs, why);
	if (err)
		return err;
	boot->netifs_open = true;
	return open_workers(boot, &allowed, why);
}

void boot_close(struct boot *boot)
{
	for (unsigned i = 0; i < boot->workers_len; i++)
		worker_stop(&boot->workers[i]);
	control_close(&boot->control);
	for (unsigned i = 0; i < boot->workers_len; i++)
		worker_close(&boot->workers[i]);
	if (boot->netifs_open)
		backends_close(boot->netifs, (unsigned)boot->values->ports.len);
	if (boot->app_open && boot->app->close)
		boot->app->close(boot->state);
	free(boot->workers);
	trace_map_close(&boot->map);
	control_loop_fini(&boot->loop);
	syslog_close(&boot->syslog);
	conf_close(&boot->conf);
	if (FEATURE_XEN)
		vmdata_close(&boot->vmdata);
}

static int reload_app(struct boot *boot, bool all, json_t *reply, struct why *why)
{
	const struct boot_conf *values;
	struct conf conf;
	int err = boot_configure(boot, &conf, why);

	if (err)
		return err;
	values = conf.values;
	if (boot->app->reload)
		err = boot->app->reload(boot->state, values->app, all, reply, why);
	conf_close(&conf);
	return err;
}

// What the toolstack gives is read anew as well, and kept when all went well.
static int reload_conf(struct boot *boot, bool all, json_t *reply, struct why *why)
{
	struct conf_source before = boot->source;
	struct vmdata vmdata;
	int err = find_source(boot, &vmdata, why);

	if (err)
		return err;
	err = reload_app(boot, all, reply, why);
	if (err)
		boot->source = before;
	if (FEATURE_XEN)
		vmdata_close(err ? &vmdata : &boot->vmdata);
	if (!err)
		boot->vmdata = vmdata;
	return err;
}

static int reload_one(struct boot *boot, const char *word, json_t *reply, struct why *why)
{
	if (boot->app->reload_one)
		return boot->app->reload_one(boot->state, word, reply, why);
	return why_fail(why, -EINVAL, "reload takes no words here");
}

int boot_reload(struct boot *boot, const struct boot_reload *what, json_t *reply, struct why *why)
{
	mono_t began = clock_kernel();
	const char *partly;
	uint64_t ms;
	int err;

	if (what->word)
		err = reload_one(boot, what->word, reply, why);
	else
		err = reload_conf(boot, what->all, reply, why);
	ms = mono_until(began, clock_kernel()) / MS_US;
	boot_trace(boot, TRACE_RELOAD, err == 0, ms);
	if (err) {
		log_error("not reloaded, all stays as it was: %s", why->text);
		return err;
	}
	json_object_set_new(reply, "ms", json_integer((json_int_t)ms));
	partly = json_string_value(json_object_get(reply, "error"));
	if (partly)
		log_error("reloaded in part: %s", partly);
	else
		log_info("reloaded");
	return 0;
}

// "net0 (tap:wadi0) 10.53.0.2 fd53::2", cut to size.
static void describe_ports(const struct boot *boot, char *text, size_t size)
{
	const struct boot_port_conf *ports = boot->values->ports.items;
	size_t len = 0;

	for (size_t i = 0; i < boot->values->ports.len; i++) {
		const struct conf_list *lists[] = {&ports[i].ipv4, &ports[i].ipv6};

		len += (size_t)snprintf(text + len, size - len, "%s%s (%s)", i ? ", " : "",
		                        ports[i].name, ports[i].device);
		len = size_min(len, size - 1);
		for (size_t k = 0; k < 2; k++) {
			for (size_t a = 0; a < lists[k]->len; a++) {
				const char *prefix = ((const char **)lists[k]->items)[a];

				len += (size_t)snprintf(text + len, size - len, " %.*s",
				                        (int)strcspn(prefix, "/"), prefix);
				len = size_min(len, size - 1);
			}
		}
	}
}

static void log_ready(struct boot *boot)
{
	uint64_t ms = mono_until(boot->started, clock_kernel()) / MS_US;
	char what[128] = "serving", ports[512];

	if (boot->app->describe)
		boot->app->describe(boot->state, what, sizeof(what));
	describe_ports(boot, ports, sizeof(ports));
	log_info("%s on %s, pages in %s, started in %ju ms", what, ports, backends_memory(),
	         (uintmax_t)ms);
	boot_trace(boot, TRACE_READY, (uint16_t)boot->workers_len, ms);
}

void boot_signals(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGHUP);
	sigaddset(set, SIGURG);
	sigaddset(set, SIGINT);
	sigaddset(set, SIGTERM);
}

static void on_signal(struct control_watch *watch, unsigned events, mono_t now)
{
	struct boot *boot = CONTAINER_OF(watch, struct boot, signals);
	struct signalfd_siginfo info;
	struct why why;
	json_t *reply;

	while (read(watch->fd, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
		boot_trace(boot, TRACE_SIGNAL, (uint16_t)info.ssi_signo, 0);
		if (info.ssi_signo == SIGURG) {
			if (boot->app->claimed)
				boot->app->claimed(boot->state);
		} else if (info.ssi_signo == SIGHUP) {
			reply = json_object();
			(void)!boot_reload(boot, &(struct boot_reload){0}, reply, &why); // logs
			json_decref(reply);
		} else {
			control_loop_stop(&boot->loop);
		}
	}
}

// Backends ask for a time by which they want to be served although nothing happened.
static void serve_backends(struct boot *boot, mono_t now)
{
	wheel_add(&boot->loop.wheel, &boot->backends_due, backends_serve(now));
}

static void on_backend(struct control_watch *watch, unsigned events, mono_t now)
{
	serve_backends(CONTAINER_OF(watch, struct boot_backend, watch)->boot, now);
}

static void on_backends_due(struct wheel_timer *timer, mono_t now)
{
	serve_backends(CONTAINER_OF(timer, struct boot, backends_due), now);
}

static void unwatch_all(struct boot *boot)
{
	if (boot->signals.fd >= 0) {
		control_loop_del(&boot->loop, &boot->signals);
		close(boot->signals.fd);
	}
	while (boot->backends_len)
		control_loop_del(&boot->loop, &boot->backends[--boot->backends_len].watch);
	wheel_del(&boot->loop.wheel, &boot->backends_due);
}

static int watch_signals(struct boot *boot)
{
	sigset_t set;
	int fd, err;

	boot->signals.fd = -1;
	boot_signals(&set);
	fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	if (fd < 0)
		return -errno;
	boot->signals = (struct control_watch){fd, on_signal};
	err = control_loop_add(&boot->loop, &boot->signals, POLLIN);
	if (err) {
		close(fd);
		boot->signals.fd = -1;
	}
	return err;
}

static int watch_backends(struct boot *boot)
{
	int fds[BACKENDS_MAX], err = 0;
	unsigned len = backends_fds(fds);

	for (unsigned i = 0; i < len && !err; i++) {
		boot->backends[i] = (struct boot_backend){{fds[i], on_backend}, boot};
		err = control_loop_add(&boot->loop, &boot->backends[i].watch, POLLIN);
		if (!err)
			boot->backends_len++;
	}
	wheel_timer_init(&boot->backends_due, on_backends_due);
	serve_backends(boot, clock_kernel());
	return err;
}

// Puts the signals, those that are pending already among them, and the backends
// into the loop; unwatch_all takes them out, also after an error.
static int watch_all(struct boot *boot, struct why *why)
{
	int err = watch_signals(boot);

	if (err)
		return why_fail(why, err, "signals cannot be received: %s", strerror(-err));
	err = watch_backends(boot);
	if (err)
		why_set(why, "devices cannot be watched: %s", strerror(-err));
	return err;
}

// From here on a second signal ends the process at once, should a worker hang.
static void allow_second_signal(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}

// What this thread has to do, and others for it, is not done on a worker's core.
static void keep_off_workers(struct boot *boot)
{
	cpu_set_t spare;

	if (sched_getaffinity(0, sizeof(spare), &spare) != 0)
		return;
	for (unsigned i = 0; i < boot->workers_len; i++) {
		if (boot->workers[i].cpu < 0)
			return;
		CPU_CLR((unsigned)boot->workers[i].cpu, &spare);
	}
	boot->env.spare_cores = (unsigned)CPU_COUNT(&spare);
	if (boot->env.spare_cores && sched_setaffinity(0, sizeof(spare), &spare) != 0)
		boot->env.spare_cores = 0;
}

int boot_run(struct boot *boot, struct why *why)
{
	int err = watch_all(boot, why);

	for (unsigned i = 0; i < boot->workers_len && !err; i++)
		err = worker_start(&boot->workers[i], why);
	if (!err) {
		keep_off_workers(boot);
		log_ready(boot);
		control_loop_run(&boot->loop);
		log_info("stopping");
		syslog_flush(&boot->syslog, FLUSH_MS);
		allow_second_signal();
	}
	unwatch_all(boot);
	return err;
}

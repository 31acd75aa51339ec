// boot_run: an appliance between boot_open and boot_close: starts the workers and takes
// turns of the control loop until a signal ends it.
#include "apps/boot/boot_internal.h"

#include "core/host/clock.h"
#include "core/host/log.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

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
	char what[256], ports[512];

	services_describe(&boot->services, what, sizeof(what));
	describe_ports(boot, ports, sizeof(ports));
	log_info("%s on %s, pages in %s, started in %ju ms", *what ? what : "serving", ports,
	         backends_memory(), (uintmax_t)ms);
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

static void on_hangup(struct boot *boot, const struct signalfd_siginfo *info)
{
	const struct control_peer peer = {.uid = info->ssi_uid, .pid = (pid_t)info->ssi_pid};
	json_t *reply = json_object();
	struct why why;
	char who[128];

	control_peer_text(&boot->control, &peer, who, sizeof(who));
	log_each(LOG_INFO, "%s: SIGHUP", who);
	(void)!boot_reload(boot, &(struct boot_reload){0}, reply, &why); // logs
	json_decref(reply);
}

static void on_lame_duck(struct wheel_timer *timer, mono_t now)
{
	drain_begin(CONTAINER_OF(timer, struct boot, lame_duck), now);
}

// The first signal begins the time in which clients turn to other servers, then that in which they
// get what is in progress; the next ends either.
static void on_end(struct boot *boot, mono_t now)
{
	uint64_t ms = boot->values->lame_duck_ms;

	if (wheel_timer_armed(&boot->lame_duck) || drain_is_on(&boot->drain)) {
		control_loop_stop(&boot->loop);
		return;
	}
	if (ms == 0) {
		drain_begin(boot, now);
		return;
	}
	log_info("not ready any more; serving for another %ju ms (lame_duck_ms)", (uintmax_t)ms);
	notify_stopping(&boot->notify, (ms + boot->values->drain_ms) * MS_US + DRAIN_END_US);
	wheel_timer_init(&boot->lame_duck, on_lame_duck);
	wheel_add(&boot->loop.wheel, &boot->lame_duck, mono_add(now, ms * MS_US));
}

static void on_signal(struct control_watch *watch, unsigned events, mono_t now)
{
	struct boot *boot = CONTAINER_OF(watch, struct boot, signals);
	struct signalfd_siginfo info;

	while (read(watch->fd, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
		boot_trace(boot, TRACE_SIGNAL, (uint16_t)info.ssi_signo, 0);
		if (info.ssi_signo == SIGURG) {
			services_lease_break(&boot->services);
		} else if (info.ssi_signo == SIGHUP) {
			on_hangup(boot, &info);
		} else {
			on_end(boot, now);
		}
	}
}

// Backends are served when a descriptor of theirs is ready and at the times they ask for.
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
	wheel_del(&boot->loop.wheel, &boot->lame_duck);
	drain_end(boot);
	stalls_unwatch(&boot->stalls);
	clock_watch_end(&boot->clock_watch);
	links_unwatch(&boot->links);
	trace_log_unwatch(&boot->trace_log);
	devices_unwatch(&boot->devices);
}

static void on_clock_set(void *ctx)
{
	services_clock_set(ctx);
}

static int watch_signals(struct boot *boot)
{
	sigset_t set;
	int fd, err;

	boot->signals.fd = -1;
	boot->clock_watch = (struct clock_watch){.set = on_clock_set, .ctx = &boot->services};
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

static uint64_t count_bad_checksums(void *ctx)
{
	const struct boot *boot = ctx;
	uint64_t sum = 0;

	for (unsigned i = 0; i < boot->workers_len; i++)
		sum += counter_get(&boot->workers[i].metric.drop[DROP_UDP_CKSUM]);
	return sum;
}

static void wake_workers(void *ctx)
{
	struct boot *boot = ctx;

	for (unsigned i = 0; i < boot->workers_len; i++)
		pipeline_wake(&boot->workers[i].pipeline);
}

static void watch_devices(struct boot *boot)
{
	const struct boot_port_conf *ports = boot->values->ports.items;

	boot->devices.bad_checksums = count_bad_checksums;
	boot->devices.wake = wake_workers;
	boot->devices.ctx = boot;
	for (size_t i = 0; i < boot->values->ports.len; i++)
		devices_add(&boot->devices, ports[i].name, boot->netifs[i],
		            ports[i].on_device_loss);
	devices_watch(&boot->devices, &boot->loop, clock_kernel());
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
	if (!err)
		watch_devices(boot);
	return err;
}

#define PATIENCE_US (5 * SEC_US)

static mono_t stop_began;

// A terminal's Ctrl-C and the script around an appliance both send a signal, and people
// press twice: those are one stop. The default of a signal that comes later ends the
// process, in case a worker hangs.
static void on_late_signal(int signal_no)
{
	if (mono_until(stop_began, clock_kernel()) < PATIENCE_US)
		return;
	signal(signal_no, SIG_DFL);
	raise(signal_no);
}

static void allow_late_signal(void)
{
	const struct sigaction late = {.sa_handler = on_late_signal, .sa_flags = SA_RESTART};
	sigset_t set;

	stop_began = clock_kernel();
	sigaction(SIGINT, &late, NULL);
	sigaction(SIGTERM, &late, NULL);
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}

// Keeps the control thread, and the threads that it starts, off the workers' cores.
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

// A device that is a Unix socket is connected again, and removed, while the process runs.
static int allow_devices(const struct boot *boot, struct sandbox *sandbox, struct why *why)
{
	const struct boot_port_conf *ports = boot->values->ports.items;
	struct backends_device device;
	int err = 0;

	for (size_t i = 0; i < boot->values->ports.len && !err; i++) {
		err = backends_parse(ports[i].device, &device, why);
		if (err || !device.conf.kind->socket)
			continue;
		sandbox_connect(sandbox);
		err = sandbox_write(sandbox, device.conf.argument, why);
	}
	return err;
}

// The files of the process itself, and those of services, are all that it can use from
// here on.
static int end_sandbox(struct boot *boot, struct why *why)
{
	struct sandbox *sandbox = &boot->sandbox;
	const struct boot_conf *values = boot->values;
	int err = 0;

	for (const struct conf_name *file = boot->conf.names; file && !err; file = file->next)
		err = sandbox_read(sandbox, file->name, why);
	if (!err)
		err = sandbox_write(sandbox, values->control->socket, why);
	if (!err)
		err = sandbox_write(sandbox, values->trace->file, why);
	if (!err)
		err = allow_devices(boot, sandbox, why);
	if (!err)
		err = services_files(&boot->services, values->services, sandbox, why);
	if (!err)
		err = sandbox_end(sandbox, values->sandbox, why);
	if (!err)
		log_each(LOG_DEBUG, "uid %u, gid %u, sandbox %s", (unsigned)geteuid(),
		         (unsigned)getegid(), sandbox->enabled ? "on" : "off");
	return err;
}

static int ready_workers(struct boot *boot, struct why *why)
{
	int err = 0;

	for (unsigned i = 0; i < boot->workers_len && !err; i++) {
		err = worker_ready(&boot->workers[i], why);
		if (!err && boot->workers[i].cpu >= 0)
			log_each(LOG_DEBUG, "worker %u runs on CPU %d", i, boot->workers[i].cpu);
		else if (!err)
			log_each(LOG_DEBUG, "worker %u runs on any CPU", i);
	}
	return err;
}

void boot_report_status(struct boot *boot, int status)
{
	uint8_t byte = (uint8_t)status;

	if (!boot->start.ready_fd)
		return;
	(void)!write(boot->start.ready_fd, &byte, 1);
	close(boot->start.ready_fd);
	boot->start.ready_fd = 0;
}

static void say_ready(struct boot *boot)
{
	log_ready(boot);
	notify_ready(&boot->notify);
	boot_report_status(boot, 0);
}

// The process that served ends. The trace gets its name, or keeps its own.
static int finish_take(struct boot *boot, struct why *why)
{
	struct why trace;
	int err = handover_take_done(&boot->take, why);

	if (err)
		return err;
	control_share(&boot->control, false);
	handover_take_close(&boot->take);
	if (trace_map_settle(&boot->map, boot->values->trace, &trace))
		log_warning("%s", trace.text);
	return 0;
}

// Takes the place of the process that serves, if there is one, as late as it can: what the new
// workers need is open. Until that one has agreed what waits in the devices is its own.
static int begin_serving(struct boot *boot, struct why *why)
{
	int err = handover_take_stop(&boot->take, boot, why);

	if (!err)
		err = ready_workers(boot, why);
	if (!err && boot->take.fd >= 0)
		err = finish_take(boot, why);
	for (unsigned i = 0; i < boot->workers_len && !err; i++)
		worker_go(&boot->workers[i]);
	return err;
}

// Ends what the loop's last turn left: after a handover it is the new process that serves.
static void end_serving(struct boot *boot)
{
	handover_give_end(boot);
	if (boot->give.done)
		return;
	log_info("stopping");
	notify_stopping(&boot->notify, DRAIN_END_US);
	services_drain(&boot->services);
	conns_leave(&boot->conns, boot->workers, boot->workers_len, TCP_REFUSES);
	allow_late_signal();
}

int boot_run(struct boot *boot, struct why *why)
{
	int err = watch_all(boot, why);

	if (!err)
		err = end_sandbox(boot, why);
	if (!err)
		err = begin_serving(boot, why);
	if (!err) {
		keep_off_workers(boot);
		say_ready(boot);
		stalls_watch(&boot->stalls, boot->workers, boot->workers_len, &boot->notify,
		             &boot->loop, clock_kernel());
		links_watch(&boot->links, &boot->loop, clock_kernel());
		trace_log_watch(&boot->trace_log, boot->map.file, boot->workers_len, &boot->loop,
		                clock_kernel());
		clock_watch_begin(&boot->clock_watch, &boot->loop, clock_kernel());
		control_loop_run(&boot->loop);
		end_serving(boot);
	}
	unwatch_all(boot);
	if (!err && *boot->links.fatal.text)
		err = why_fail(why, -EADDRINUSE, "%s", boot->links.fatal.text);
	if (!err && *boot->devices.fatal.text)
		err = why_fail(why, -ENODEV, "%s", boot->devices.fatal.text);
	return err;
}

// boot: opens an appliance, everything that may fail before what changes the machine,
// and closes it. What happens in between is boot_run.c; the command line is args.c.
#include "apps/boot/boot_internal.h"
#include "apps/boot/services_check.h"

#include "core/host/clock.h"
#include "core/host/feature.h"
#include "core/host/log.h"
#include "core/host/seed.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int boot_configure(const struct boot *boot, struct conf *conf, enum boot_check_devices devices,
                   struct why *why)
{
	int err;

	conf_read(conf, &boot->table.root, &boot->source);
	for (const struct conf_name *file = conf->names; file; file = file->next)
		log_each(LOG_DEBUG, "configuration: %s is read", file->name);
	if (conf->values)
		boot_check(conf, &boot->services, devices);
	if (conf->values && boot->values)
		conf_compare(conf, boot->values);
	err = conf_settle(conf, why);
	if (conf->errors > 1)
		why_set(why, "%s: there are %u errors%s",
		        boot->source.file ? conf_file_place(&boot->source) : "configuration",
		        conf->errors, boot->source.file ? "" : "; --set without -c reads no file");
	return err;
}

void boot_log_reports(const struct conf *conf)
{
	for (const struct conf_report *report = conf->reports; report; report = report->next) {
		struct log_site site = {0}; // none is held back

		if (report->warning || conf->errors > 1)
			log_write(&site, report->warning ? LOG_WARNING : LOG_ERROR, clock_kernel(),
			          "%s: %s", report->place, report->text);
	}
}

static int open_loop(struct boot *boot, struct why *why)
{
	int err = control_loop_init(&boot->loop);

	if (err)
		why_set(why, "the control loop cannot be set up: %s", strerror(-err));
	return err;
}

static int open_services(struct boot *boot, struct why *why)
{
	boot->workers =
	        aligned_alloc(CACHE_LINE_BYTES, boot->values->workers * sizeof(*boot->workers));
	if (!boot->workers)
		return why_no_memory(why, "%ju workers", (uintmax_t)boot->values->workers);
	memset(boot->workers, 0, boot->values->workers * sizeof(*boot->workers));
	boot->env.workers_len = (unsigned)boot->values->workers;
	for (unsigned i = 0; i < boot->env.workers_len; i++)
		boot->env.pipelines[i] = &boot->workers[i].pipeline;
	return services_open(&boot->services, boot->values->services, &boot->env, why);
}

static int begin_sandbox(struct boot *boot, struct why *why)
{
	const struct boot_conf *values = boot->values;

	if (boot->start.guest)
		return 0;
	return sandbox_begin(&boot->sandbox, values->sandbox, values->user, values->control->socket,
	                     why);
}

// Only this step is taken with capabilities: the socket is made, and removed, by the user.
static int give_control(struct boot *boot, struct why *why)
{
	const struct boot_control_conf *values = boot->values->control;
	int err;

	if (*values->owner == '\0' && *values->group == '\0')
		return 0;
	err = sandbox_raise(&boot->sandbox, why);
	if (!err)
		err = control_give(&boot->control, values->owner, values->group, why);
	return err ? err : sandbox_lower(&boot->sandbox, why);
}

// Asks the process that serves for what it has. Its queues are one for each worker.
static int take_open(struct boot *boot, struct why *why)
{
	const char *socket = boot->values->control->socket;
	int err = handover_take_open(&boot->take, socket, why);

	if (err)
		return err;
	if (boot->notify.watchdog_us == 0)
		boot->notify.watchdog_us = boot->take.watchdog_us;
	if (boot->take.fd < 0)
		log_info("no process serves %s: there is none to replace", socket);
	else if (boot->take.workers != boot->env.workers_len)
		return why_fail(why, -EINVAL,
		                "workers: the running process has %u, and hands over a queue of "
		                "each; %u take a restart",
		                boot->take.workers, boot->env.workers_len);
	return 0;
}

static int open_control(struct boot *boot, struct why *why)
{
	const struct boot_control_conf *values = boot->values->control;
	struct control_conf conf = {.loop = &boot->loop,
	                            .path = values->socket,
	                            .fn = command_answer,
	                            .ctx = boot,
	                            .mode = (unsigned)strtoul(values->mode, NULL, 8),
	                            .gone = command_gone};
	int err = boot->start.replace ? take_open(boot, why) : 0;

	if (boot->take.fd >= 0)
		conf.listener = boot->take.fds[0];
	if (!err)
		err = control_open(&boot->control, &conf, why);
	if (!err && !conf.listener)
		err = give_control(boot, why);
	if (!err && boot->start.console_fd >= 0)
		control_add_console(&boot->control, boot->start.console_fd, boot->started);
	return err;
}

static int device_confs(struct boot *boot, struct backends_conf *devices, struct why *why)
{
	const struct boot_port_conf *ports = boot->values->ports.items;
	int err = 0;

	for (size_t i = 0; i < boot->values->ports.len && !err; i++) {
		err = handover_take_find(&boot->take, ports[i].device, &boot->taken[i], why);
		devices[i] = (struct backends_conf){ports[i].device, (uint32_t)ports[i].pages,
		                                    (uint16_t)ports[i].mtu, boot->taken[i]};
	}
	return err;
}

// Puts the place before an error of a device, which begins with the device.
static void place_error(const struct boot *boot, const struct backends_conf *devices,
                        struct why *why)
{
	const struct boot_port_conf *ports = boot->values->ports.items;

	for (size_t i = 0; i < boot->values->ports.len; i++) {
		struct backends_device device;
		struct why unused;

		if (backends_parse(devices[i].device, &device, &unused) == 0 &&
		    strncmp(why->text, device.conf.device, strlen(device.conf.device)) == 0) {
			why_set(why, "%s: ports[%zu].device: %s", ports[i].place, i, why->text);
			return;
		}
	}
}

static void log_device(const struct boot_port_conf *port, const struct netif *netif)
{
	const uint8_t *m = netif->mac;

	log_each(LOG_DEBUG,
	         "%s (%s): opened, address %02x:%02x:%02x:%02x:%02x:%02x, MTU %u, queues %u of %u "
	         "pages, offloads: %s%s%s%s",
	         port->name, netif->device, m[0], m[1], m[2], m[3], m[4], m[5], netif->mtu,
	         netif->queues, netif->pool[0]->pages,
	         netif->offloads & NETIF_RX_CKSUM ? "rx_cksum " : "",
	         netif->offloads & NETIF_TX_L4_CKSUM ? "tx_cksum " : "",
	         netif->offloads & NETIF_TX_TSO4 ? "tso4 " : "",
	         netif->offloads & NETIF_TX_TSO6 ? "tso6" : "");
}

// With the capabilities that nothing else is done with.
static int open_devices(struct boot *boot, struct why *why)
{
	struct backends_conf devices[PIPELINE_IFACES_MAX] = {0};
	unsigned len = (unsigned)boot->values->ports.len;
	int err = device_confs(boot, devices, why);

	if (!err)
		err = sandbox_raise(&boot->sandbox, why);
	if (err)
		return err;
	err = backends_open(boot->env.program, devices, len, boot->env.workers_len, boot->netifs,
	                    why);
	if (err) {
		place_error(boot, devices, why);
		return err;
	}
	boot->netifs_open = true;
	for (unsigned i = 0; i < len; i++)
		log_device((const struct boot_port_conf *)boot->values->ports.items + i,
		           boot->netifs[i]);
	return sandbox_lower(&boot->sandbox, why);
}

// The CPU for worker `number` out of those the process may use; -1 when there are
// more workers than CPUs.
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
	                           .services = &boot->services,
	                           .sandbox = &boot->sandbox,
	                           .netifs = boot->netifs,
	                           .links = &boot->links,
	                           .map = &boot->map,
	                           .taken = boot->taken,
	                           .shared_seed = {seed_os(), seed_os()}};
	int err = links_open(&boot->links, boot->values, why);

	if (!err && boot->env.workers_len > 1) {
		boot->steer = conf.steer = steer_open(boot->env.workers_len);
		if (!boot->steer)
			err = why_no_memory(why, "%u workers", boot->env.workers_len);
	}
	for (unsigned i = 0; i < boot->env.workers_len && !err; i++) {
		conf.number = i;
		conf.tcp_ring = boot->env.workers_len + 1 + i;
		conf.cpu = cpu_of(allowed, i, boot->env.workers_len);
		boot->workers_len++;
		err = worker_open(&boot->workers[i], &conf, why);
	}
	if (!err)
		err = sandbox_raise(&boot->sandbox, why);
	if (err)
		return err;
	worker_addrs(&boot->workers[0], boot->netifs, (unsigned)boot->values->ports.len);
	return sandbox_lower(&boot->sandbox, why);
}

// The control thread's ring follows those of the workers, those of connections come last.
static int open_trace(struct boot *boot, struct why *why)
{
	uint32_t rings = 2 * boot->env.workers_len + 1;
	int err = boot->take.fd < 0 ? trace_map_open(&boot->map, boot->values->trace,
	                                             boot->env.program, rings, why)
	                            : trace_map_open_beside(&boot->map, boot->values->trace,
	                                                    boot->env.program, rings, why);

	if (err)
		return err;
	trace_map_attach(&boot->map, boot->env.workers_len, "control", &boot->trace, boot->started);
	if (boot->map.crashed)
		log_warning("the run before this one ended without closing; see its last moments "
		            "with wadi-ctl trace %s",
		            boot->map.kept);
	return 0;
}

// What of the configuration the user cannot read again.
static void warn_of_reload(const struct boot *boot)
{
	for (const struct conf_name *file = boot->conf.names; file; file = file->next) {
		struct why why;

		if (access(file->name, R_OK) == 0)
			continue;
		why_set(&why, "%s: a reload will not be able to read it: %s", file->name,
		        strerror(errno));
		sandbox_remedy(file->name, &why);
		log_each(LOG_WARNING, "%s", why.text);
	}
}

// What is opened as the user, without a capability. Of the things that change the machine
// the socket is first: it shows whether this appliance runs already.
static int open_files(struct boot *boot, struct why *why)
{
	int err = open_services(boot, why);

	if (!err)
		err = open_control(boot, why);
	if (!err)
		err = open_trace(boot, why);
	if (err)
		sandbox_remedy(NULL, why);
	else if (!boot->start.guest)
		warn_of_reload(boot);
	return err;
}

void boot_trace(struct boot *boot, enum trace_event event, uint16_t a, uint64_t b)
{
	trace_turn(&boot->trace, clock_kernel());
	trace_add(&boot->trace, event, a, (uint32_t)u64_min(b, UINT32_MAX));
}

int boot_find_source(struct boot *boot, struct vmdata *vmdata, struct why *why)
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

// Signals stay pending until the control loop takes them; any thread can see them.
static bool is_stopping(void)
{
	sigset_t set;

	return sigpending(&set) == 0 &&
	       (sigismember(&set, SIGINT) == 1 || sigismember(&set, SIGTERM) == 1);
}

int boot_open(struct boot *boot, const struct appliance *appliance, const struct boot_start *start,
              struct why *why)
{
	cpu_set_t allowed;
	int err;

	*boot = (struct boot){.start = *start, .loop.epoll_fd = -1, .take.fd = -1};
	notify_open(&boot->notify);
	wheel_timer_init(&boot->lame_duck, NULL);
	drain_init(&boot->drain);
	boot->started = clock_kernel();
	boot->env.program = appliance->name;
	boot->env.stopping = is_stopping;
	boot->env.command = command_run;
	boot->env.command_ctx = boot;
	boot->env.loop = &boot->loop;
	boot->env.exit_status = &boot->exit_status;
	sandbox_init(&boot->sandbox);
	err = services_check(appliance, why);
	if (err)
		return err;
	services_init(&boot->services, appliance);
	boot_conf_table_init(&boot->table, &boot->services);
	CPU_ZERO(&allowed); // asked before EAL pins this thread
	sched_getaffinity(0, sizeof(allowed), &allowed);
	err = open_loop(boot, why);
	if (!err)
		err = boot_find_source(boot, &boot->vmdata, why);
	if (!err) {
		err = boot_configure(boot, &boot->conf, BOOT_CHECK_NOW, why);
		boot_log_reports(&boot->conf);
	}
	if (err)
		return err;
	boot->values = boot->conf.values;
	err = begin_sandbox(boot, why);
	if (!err)
		err = open_files(boot, why);
	if (err)
		return err;
	err = open_devices(boot, why);
	if (err)
		return err;
	err = open_workers(boot, &allowed, why);
	if (err)
		sandbox_remedy(NULL, why);
	return err ? err : services_check_metrics(&boot->services, why);
}

void boot_close(struct boot *boot)
{
	for (unsigned i = 0; i < boot->workers_len; i++)
		worker_stop(&boot->workers[i]);
	handover_take_close(&boot->take);
	packets_close(&boot->packets);
	control_close(&boot->control);
	probe_close(&boot->probe);
	conns_close(&boot->conns);
	top_talkers_close(&boot->talkers);
	for (unsigned i = 0; i < boot->workers_len; i++)
		worker_close(&boot->workers[i]);
	if (boot->steer)
		steer_close(boot->steer);
	if (boot->netifs_open)
		backends_close(boot->netifs, (unsigned)boot->values->ports.len);
	links_close(&boot->links);
	services_close(&boot->services);
	free(boot->workers);
	trace_map_close(&boot->map);
	control_loop_fini(&boot->loop);
	notify_close(&boot->notify);
	sandbox_close(&boot->sandbox);
	conf_close(&boot->conf);
	if (FEATURE_XEN)
		vmdata_close(&boot->vmdata);
}

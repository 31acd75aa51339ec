// eal: see the header.
#define ALLOW_EXPERIMENTAL_API // rte_intr_instance_alloc and its neighbours

#include "backends/dpdk/eal.h"

#include "core/host/every_thread.h"

#include <errno.h>
#include <inttypes.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_interrupts.h>
#include <rte_log.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define ARGS_MAX (16 + EAL_PCI_MAX)

static char complaint[512];
static FILE *log_file;

static void complaint_keep(const char *text, size_t len)
{
	while (len && (text[len - 1] == '\n' || text[len - 1] == ' '))
		len--;
	if (!complaint[0] && len)
		snprintf(complaint, sizeof(complaint), "%.*s", (int)len, text);
}

static ssize_t log_write(void *ctx, const char *text, size_t len)
{
	if (rte_log_cur_msg_loglevel() <= (int)RTE_LOG_ERR)
		complaint_keep(text, len);
	return (ssize_t)len;
}

const char *eal_complaint(void)
{
	return complaint;
}

void eal_complaint_clear(void)
{
	complaint[0] = 0;
}

static int eal_log_open(void)
{
	log_file = fopencookie(NULL, "w", (cookie_io_functions_t){.write = log_write});
	if (!log_file)
		return -ENOMEM;
	setvbuf(log_file, NULL, _IOLBF, sizeof(complaint));
	rte_openlog_stream(log_file);
	rte_log_set_global_level(RTE_LOG_ERR);
	eal_complaint_clear();
	return 0;
}

static unsigned cpu_first(const cpu_set_t *cpus)
{
	for (unsigned i = 0; i < CPU_SETSIZE; i++)
		if (CPU_ISSET(i, cpus))
			return i;
	return 0;
}

struct args {
	int len;
	char *arg[ARGS_MAX];
	bool failed;
};

static void PRINTF(2, 3) args_add(struct args *args, const char *fmt, ...)
{
	va_list values;

	va_start(values, fmt);
	if (args->len == ARGS_MAX - 1 || vasprintf(&args->arg[args->len], fmt, values) < 0)
		args->failed = true;
	else
		args->len++;
	va_end(values);
}

static void args_fini(struct args *args)
{
	for (int i = 0; i < args->len; i++)
		free(args->arg[i]);
}

static void args_build(struct args *args, const struct eal_conf *conf, unsigned cpu)
{
	args_add(args, "%s", conf->app_name);
	args_add(args, "--lcores=0@%u", cpu);
	args_add(args, "--no-telemetry");
	for (unsigned i = 0; i < conf->pci_len; i++)
		args_add(args, "--allow=%s%s%s", conf->pci[i]->name,
		         *conf->pci[i]->driver_options ? "," : "", conf->pci[i]->driver_options);
	if (!conf->pci_len) {
		args_add(args, "--no-pci");
		args_add(args, "--iova-mode=va");
	}
	if (conf->huge) {
		args_add(args, "--in-memory");
	} else {
		args_add(args, "--no-huge");
		args_add(args, "--no-shconf");
		args_add(args, "-m");
		args_add(args, "%" PRIu64, (conf->bytes >> 20) + 1);
	}
}

// EAL binds the calling thread to a CPU and its own threads inherit the mask.
static int eal_init(struct args *args)
{
	cpu_set_t cpus;
	sigset_t all, before;
	char *arg[ARGS_MAX];
	int err;

	// getopt moves the pointers about.
	memcpy(arg, args->arg, sizeof(arg));
	sched_getaffinity(0, sizeof(cpus), &cpus);
	sigfillset(&all); // but for that by which EAL's threads give up their rights
	sigdelset(&all, EVERY_THREAD_SIGNAL);
	pthread_sigmask(SIG_BLOCK, &all, &before);
	err = rte_eal_init(args->len, arg) < 0 ? -rte_errno : 0;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	sched_setaffinity(0, sizeof(cpus), &cpus);
	return err;
}

int eal_open(const struct eal_conf *conf, struct why *why)
{
	struct args args = {0};
	cpu_set_t cpus;
	int err = eal_log_open();

	if (err)
		return why_no_memory(why, "DPDK's log");
	sched_getaffinity(0, sizeof(cpus), &cpus);
	args_build(&args, conf, cpu_first(&cpus));
	err = args.failed ? -ENOMEM : eal_init(&args);
	args_fini(&args);
	if (err)
		why_fail(why, err, "DPDK does not start: %s",
		         complaint[0] ? complaint : strerror(-err));
	return err;
}

static void interrupts_sleep(void *halted)
{
	sem_post(halted);
	for (;;)
		pause();
}

// DPDK's interrupt thread never ends, yet rte_eal_cleanup takes away the memory in
// which it looks for handles, such as that of a memif's socket. It calls a source while
// it holds no lock, and in this one it stays until the process ends.
static void interrupts_halt(struct rte_intr_handle *handle, int fd)
{
	static sem_t halted;

	sem_init(&halted, 0, 0);
	if (!handle || rte_intr_fd_set(handle, fd) ||
	    rte_intr_type_set(handle, RTE_INTR_HANDLE_EXT) ||
	    rte_intr_callback_register(handle, interrupts_sleep, &halted))
		return;
	while (sem_wait(&halted))
		;
}

void eal_close(void)
{
	struct rte_intr_handle *handle = rte_intr_instance_alloc(RTE_INTR_INSTANCE_F_PRIVATE);
	int fd = eventfd(1, EFD_NONBLOCK | EFD_CLOEXEC);

	interrupts_halt(handle, fd);
	rte_eal_cleanup();
	rte_intr_instance_free(handle);
	if (fd >= 0)
		close(fd);
	rte_openlog_stream(NULL);
	if (log_file)
		fclose(log_file);
	log_file = NULL;
}

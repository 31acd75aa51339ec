// ask_sockets: see the header. It does for ask_socket.h's threads what boot does for workers.
#include "apps/bench/ask_sockets.h"

#include "apps/bench/ask_run.h"
#include "apps/bench/ask_socket.h"
#include "apps/bench/live.h"
#include "apps/bench/report.h"
#include "apps/boot/boot.h"
#include "core/host/clock.h"
#include "core/host/seed.h"
#include "core/line.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

struct ask_sockets {
	struct ask ask;
	struct ask_run run;
	struct ask_socket *socket[ASK_WORKERS_MAX];
};

static void losses(void *ctx, struct ask_losses *to)
{
	const struct ask_sockets *own = ctx;

	*to = (struct ask_losses){0};
	for (unsigned i = 0; i < own->run.workers_len; i++)
		to->received += ask_socket_missed(own->socket[i]);
}

// The i-th CPU of those that the process may use; -1 when there are fewer than threads.
static int cpu_of(unsigned i, unsigned len)
{
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof(set), &set) != 0 || len > (unsigned)CPU_COUNT(&set))
		return -1;
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
		if (CPU_ISSET((unsigned)cpu, &set) && i-- == 0)
			return cpu;
	return -1;
}

static int open_worker(struct ask_sockets *own, unsigned len, struct why *why)
{
	unsigned i = own->run.workers_len;
	struct ask_socket *socket = line_alloc(1, sizeof(*socket));
	int err;

	if (!socket)
		return why_no_memory(why, "worker %u", i);
	err = ask_worker_open(&socket->worker, &own->ask, i, ask_slots(own->ask.conf, len),
	                      seed_os());
	if (err) {
		free(socket);
		return why_no_memory(why, "the queries in flight of worker %u", i);
	}
	own->socket[i] = socket;
	own->run.worker[i] = &socket->worker;
	own->run.workers_len++;
	socket->cpu = cpu_of(i, len);
	err = ask_socket_open(socket, why);
	if (!err) {
		err = ask_socket_start(socket);
		if (err)
			why_set(why, "worker %u cannot start: %s", i, strerror(-err));
	}
	return err;
}

static int open_all(struct ask_sockets *own, const struct ask_conf *conf, unsigned workers_len,
                    struct why *why)
{
	int err = ask_open(&own->ask, conf, workers_len, why);

	own->run.ask = &own->ask;
	own->run.losses = losses;
	own->run.ctx = own;
	while (!err && own->run.workers_len < workers_len)
		err = open_worker(own, workers_len, why);
	return err;
}

static void close_all(struct ask_sockets *own)
{
	for (unsigned i = 0; i < own->run.workers_len; i++) {
		ask_socket_close(own->socket[i]);
		ask_worker_close(&own->socket[i]->worker);
		free(own->socket[i]);
	}
	ask_close(&own->ask);
}

// Until it is over; a signal ends the trial.
static void run_all(struct ask_run *run, const sigset_t *signals)
{
	const struct timespec tick = {.tv_nsec = ASK_TICK_US * 1000};
	struct live live = {.lines = 0};

	while (!ask_run_tick(run, clock_kernel())) {
		live_tick(&live, run, clock_kernel());
		if (sigtimedwait(signals, NULL, &tick) > 0)
			ask_run_stop(run, clock_kernel());
	}
	live_end(&live);
}

int ask_sockets_run(const struct ask_conf *conf, unsigned workers_len)
{
	struct ask_sockets *own = calloc(1, sizeof(*own));
	int status = TOOL_EXIT_FAILED;
	sigset_t signals;
	struct why why;

	if (!own)
		return status;
	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	pthread_sigmask(SIG_BLOCK, &signals, NULL);
	if (open_all(own, conf, workers_len, &why)) {
		fprintf(stderr, "wadi-bench: %s\n", why.text);
	} else {
		run_all(&own->run, &signals);
		status = report_end(&own->run, ASK_SOCKETS_DEVICE);
	}
	close_all(own);
	free(own);
	return status;
}

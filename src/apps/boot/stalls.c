// stalls: see the header. Looks are counted, not time: after a pause of the whole machine each
// worker has as long as ever to take a turn.
#include "apps/boot/stalls.h"

#include "core/host/log.h"

#include <stdio.h>
#include <string.h>

// What the kernel says of the thread: "runs", "is stopped".
static const char *thread_state(pid_t tid)
{
	char path[64], line[512] = "";
	const char *end;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", (int)tid);
	file = fopen(path, "re");
	if (!file || !fgets(line, sizeof(line), file))
		line[0] = '\0';
	if (file)
		fclose(file);
	end = strrchr(line, ')'); // of its name
	switch (end && end[1] ? end[2] : '\0') {
	case 'R':
		return "runs";
	case 'S':
		return "waits";
	case 'D':
		return "waits in the kernel";
	case 'T':
	case 't':
		return "is stopped";
	default:
		return "is in an unknown state";
	}
}

static void report(const struct worker *worker, const struct stall *stall, mono_t now)
{
	uint8_t step = atomic_load_explicit(&worker->pipeline.step, memory_order_relaxed);
	char cpu[16] = "any";

	if (worker->cpu >= 0)
		snprintf(cpu, sizeof(cpu), "%d", worker->cpu);
	log_each(LOG_ERROR,
	         "worker %u (CPU %s, thread %d) has taken no turn for %ju ms, in stage %s; its "
	         "thread %s; wadi-ctl trace shows what it did last",
	         worker->self.number, cpu, (int)worker->tid,
	         (uintmax_t)(mono_until(stall->since, now) / MS_US),
	         pipeline_step_name((enum pipeline_step)step), thread_state(worker->tid));
}

static bool look_at(const struct stalls *stalls, const struct worker *worker, struct stall *stall,
                    mono_t now)
{
	uint64_t turns = atomic_load_explicit(&worker->pipeline.quiescent, memory_order_relaxed);

	if (turns != stall->turns || !worker->running) {
		if (stall->looks >= stalls->looks_max && worker->running)
			log_each(LOG_WARNING, "worker %u takes turns again, after %ju ms",
			         worker->self.number,
			         (uintmax_t)(mono_until(stall->since, now) / MS_US));
		*stall = (struct stall){.turns = turns, .since = now};
		return false;
	}
	if (++stall->looks == stalls->looks_max)
		report(worker, stall, now);
	return stall->looks >= stalls->looks_max;
}

unsigned stalls_look(struct stalls *stalls, mono_t now)
{
	unsigned still = 0;

	for (unsigned i = 0; i < stalls->len; i++)
		still += look_at(stalls, &stalls->workers[i], &stalls->stall[i], now);
	if (!still && stalls->notify->watchdog_us)
		notify_alive(stalls->notify);
	return still;
}

static void on_look(struct wheel_timer *timer, mono_t now)
{
	struct stalls *stalls = CONTAINER_OF(timer, struct stalls, timer);

	stalls_look(stalls, now);
	wheel_add(&stalls->loop->wheel, timer, mono_add(now, stalls->look_us));
}

void stalls_watch(struct stalls *stalls, const struct worker *workers, unsigned len,
                  const struct notify *notify, struct control_loop *loop, mono_t now)
{
	*stalls = (struct stalls){.loop = loop, .workers = workers, .notify = notify, .len = len};
	for (unsigned i = 0; i < len; i++)
		stalls->stall[i].since = now;
	// The manager has to hear of it twice in its time (sd_watchdog_enabled(3)).
	stalls->look_us = STALLS_LOOK_US;
	if (notify->watchdog_us)
		stalls->look_us = u64_min(STALLS_LOOK_US, notify->watchdog_us / 2);
	if (stalls->look_us == 0)
		stalls->look_us = 1;
	stalls->looks_max = STALLS_STILL_US / stalls->look_us;
	wheel_timer_init(&stalls->timer, on_look);
	wheel_add(&loop->wheel, &stalls->timer, now);
}

void stalls_unwatch(struct stalls *stalls)
{
	if (stalls->loop)
		wheel_del(&stalls->loop->wheel, &stalls->timer);
	stalls->loop = NULL;
}

// clock_watch: see the header.
#include "apps/boot/clock_watch.h"

#include "core/host/log.h"

#include <time.h>

#define SECOND_US      ((int64_t)SEC_US)
#define READ_MAX_US    1000 // readings of clocks that are further apart are not of one moment
#define READ_TRIES     100
#define NOT_RUNNING_US (5 * SEC_US)

static int64_t read_us(clockid_t id)
{
	struct timespec now;

	clock_gettime(id, &now);
	return now.tv_sec * SECOND_US + now.tv_nsec / 1000;
}

// A process that is stopped between two of them would see clocks that differ.
struct clock_reading clock_watch_read(void)
{
	struct clock_reading reading;
	unsigned tries = 0;

	do {
		reading.mono_us = read_us(CLOCK_MONOTONIC);
		reading.boot_us = read_us(CLOCK_BOOTTIME);
		reading.real_us = read_us(CLOCK_REALTIME);
	} while (read_us(CLOCK_MONOTONIC) - reading.mono_us > READ_MAX_US && ++tries < READ_TRIES);
	return reading;
}

static int64_t without_jitter(int64_t us)
{
	return us > -SECOND_US && us < SECOND_US ? 0 : us;
}

struct clock_change clock_watch_compare(const struct clock_reading *before,
                                        const struct clock_reading *now)
{
	int64_t mono_us = now->mono_us - before->mono_us;
	int64_t boot_us = now->boot_us - before->boot_us;
	int64_t real_us = now->real_us - before->real_us;

	return (struct clock_change){without_jitter(boot_us - mono_us),
	                             without_jitter(real_us - boot_us)};
}

static void clock_watch_report(struct clock_watch *watch, const struct clock_change *change)
{
	uint64_t late_us = watch->loop->late_us;

	watch->loop->late_us = 0;
	if (late_us >= NOT_RUNNING_US)
		log_each(LOG_WARNING,
		         "the process did not run for %ju s: it was stopped, or the machine is "
		         "overloaded",
		         (uintmax_t)(late_us / SEC_US));
	if (change->suspended_us)
		log_each(LOG_WARNING, "the machine was suspended for %jd s",
		         (intmax_t)(change->suspended_us / SECOND_US));
	if (change->set_us)
		log_each(LOG_WARNING, "the clock was set %s by %jd s",
		         change->set_us < 0 ? "back" : "forward",
		         (intmax_t)((change->set_us < 0 ? -change->set_us : change->set_us) /
		                    SECOND_US));
}

void clock_watch_take(struct clock_watch *watch, const struct clock_reading *now)
{
	struct clock_change change = clock_watch_compare(&watch->last, now);

	watch->last = *now;
	clock_watch_report(watch, &change);
	if (change.set_us || change.suspended_us)
		watch->set(watch->ctx);
}

static void clock_watch_due(struct wheel_timer *timer, mono_t now)
{
	struct clock_watch *watch = CONTAINER_OF(timer, struct clock_watch, due);
	struct clock_reading reading = clock_watch_read();

	clock_watch_take(watch, &reading);
	wheel_add(&watch->loop->wheel, timer, mono_add(now, CLOCK_WATCH_US));
}

void clock_watch_begin(struct clock_watch *watch, struct control_loop *loop, mono_t now)
{
	watch->loop = loop;
	watch->last = clock_watch_read();
	loop->late_us = 0;
	wheel_timer_init(&watch->due, clock_watch_due);
	wheel_add(&loop->wheel, &watch->due, mono_add(now, CLOCK_WATCH_US));
}

void clock_watch_end(struct clock_watch *watch)
{
	if (watch->loop)
		wheel_del(&watch->loop->wheel, &watch->due);
	watch->loop = NULL;
}

// drain: see the header.
#include "apps/boot/boot_internal.h"

#include "core/host/log.h"

void drain_init(struct drain *drain)
{
	wheel_timer_init(&drain->timer, NULL);
}

bool drain_is_on(const struct drain *drain)
{
	return wheel_timer_armed(&drain->timer);
}

// Short answers are no news.
static void say(struct drain *drain, uint32_t in_progress, mono_t now)
{
	if (drain->said)
		return;
	drain->said = true;
	log_info("waiting up to %ju ms (drain_ms) for %u TCP connections on which a request or "
	         "its answer is in progress",
	         (uintmax_t)(mono_until(now, drain->until) / MS_US), in_progress);
}

static void on_look(struct wheel_timer *timer, mono_t now)
{
	struct boot *boot = CONTAINER_OF(timer, struct boot, drain.timer);
	struct drain *drain = &boot->drain;
	struct tcp_left left = conns_look(&boot->conns, boot->workers, boot->workers_len,
	                                  TCP_LEAVE_AGAIN, TCP_REFUSES);

	if (left.in_progress == 0 || mono_due(drain->until, now)) {
		control_loop_stop(&boot->loop);
		return;
	}
	say(drain, left.in_progress, now);
	wheel_add(&boot->loop.wheel, timer, mono_add(now, DRAIN_LOOK_US));
}

void drain_begin(struct boot *boot, mono_t now)
{
	uint64_t drain_us = boot->values->drain_ms * MS_US;
	struct drain *drain = &boot->drain;
	struct tcp_left left = conns_look(&boot->conns, boot->workers, boot->workers_len,
	                                  TCP_LEAVE_BEGIN, TCP_REFUSES);

	if (left.in_progress == 0 || drain_us == 0) {
		control_loop_stop(&boot->loop);
		return;
	}
	notify_stopping(&boot->notify, drain_us + DRAIN_END_US);
	drain->until = mono_add(now, drain_us);
	wheel_timer_init(&drain->timer, on_look);
	wheel_add(&boot->loop.wheel, &drain->timer,
	          mono_add(now, u64_min(drain_us, CONNS_ANSWER_US)));
}

void drain_end(struct boot *boot)
{
	wheel_del(&boot->loop.wheel, &boot->drain.timer);
}

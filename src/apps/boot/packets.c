// packets: see the header. A worker attaches and detaches its watch itself, in a task; one that
// takes no turns keeps it, and the timer asks again until it has let go.
#include "apps/boot/packets.h"

#include "apps/boot/filter_text.h"
#include "core/base64.h"
#include "core/host/clock.h"
#include "core/host/log.h"
#include "core/host/pkt_watch.h"
#include "core/host/task.h"

#include <errno.h>
#include <stdio.h>
#include <time.h>

#define PATIENCE_US (2 * SEC_US)
#define LOOK_US     SEC_US
#define REPLY_BYTES ((size_t)256 << 10) // of frames in a reply, but for the last

struct packets_worker {
	struct pkt_watch watch;
	struct task task;
	struct pipeline *pipeline;
	_Atomic bool wanted;
	bool attached; // the worker's while the task is out
};

// A mailbox_fn of the worker.
static void worker_follow(void *ctx, mono_t now)
{
	struct packets_worker *of = ctx;
	bool wanted = atomic_load_explicit(&of->wanted, memory_order_relaxed);

	if (wanted && !of->attached)
		pkt_watch_attach(&of->watch, of->pipeline);
	else if (!wanted && of->attached)
		pkt_watch_detach(&of->watch);
	of->attached = wanted;
}

static bool worker_follows(struct packets_worker *of, bool wanted)
{
	return !task_is_out(&of->task) && of->attached == wanted;
}

// Has all workers attach or detach theirs, and waits a while. Whether all have.
static bool all_follow(struct packets *packets, bool wanted)
{
	mono_t until = mono_add(clock_kernel(), PATIENCE_US);
	bool all = true;

	for (unsigned i = 0; i < packets->len; i++) {
		struct packets_worker *of = &packets->of[i];

		atomic_store_explicit(&of->wanted, wanted, memory_order_relaxed);
		if (!worker_follows(of, wanted))
			all &= task_send(&of->task, &of->pipeline->mailbox);
	}
	for (unsigned i = 0; i < packets->len; i++)
		all &= task_wait(&packets->of[i].task, until) &&
		       worker_follows(&packets->of[i], wanted);
	return all;
}

static void packets_free(struct packets *packets)
{
	for (unsigned i = 0; i < packets->len; i++) {
		task_fini(&packets->of[i].task);
		pkt_watch_close(&packets->of[i].watch);
	}
	free(packets->of);
	wheel_del(&packets->loop->wheel, &packets->timer);
	*packets = (struct packets){.of = NULL};
}

static uint64_t count_lost(const struct packets *packets)
{
	uint64_t lost = 0;

	for (unsigned i = 0; i < packets->len; i++)
		lost += pkt_ring_lost(&packets->of[i].watch.ring);
	return lost;
}

static const char *owner_text(const struct packets *packets, char text[32])
{
	if (packets->owner.console)
		return "the console";
	snprintf(text, 32, "pid %d", (int)packets->owner.pid);
	return text;
}

// No client has the watch any more; the memory is freed when no worker has it either.
static void packets_leave(struct packets *packets)
{
	char who[32];

	if (packets->owner.session)
		log_info("the capture of %s has ended: %ju packets, %ju without room",
		         owner_text(packets, who), (uintmax_t)packets->taken,
		         (uintmax_t)count_lost(packets));
	packets->owner = (struct control_peer){.session = 0};
	packets->armed = false;
	if (all_follow(packets, false))
		packets_free(packets);
}

static void on_timer(struct wheel_timer *timer, mono_t now)
{
	struct packets *packets = CONTAINER_OF(timer, struct packets, timer);

	wheel_add(&packets->loop->wheel, timer, mono_add(now, LOOK_US));
	if (!packets->owner.session) {
		packets_leave(packets);
	} else if (mono_until(packets->heard, now) > PACKETS_LEASE_US) {
		log_info("a client that captures packets has not asked for any for %u s",
		         (unsigned)(PACKETS_LEASE_US / SEC_US));
		packets_leave(packets);
	}
}

static bool snap_parse(const char *text, uint16_t *snap)
{
	unsigned long value = text ? strtoul(text, NULL, 10) : PACKETS_SNAP;

	*snap = (uint16_t)value;
	return !text || (text[strspn(text, "0123456789")] == '\0' && strlen(text) <= 5 &&
	                 value >= PACKETS_SNAP_MIN && value <= PKT_RECORD_BYTES_MAX);
}

static uint64_t real_offset_us(void)
{
	struct timespec real;

	clock_gettime(CLOCK_REALTIME, &real);
	return (uint64_t)real.tv_sec * SEC_US + (uint64_t)real.tv_nsec / 1000 - clock_kernel().us;
}

static int packets_open(struct packets *packets, const struct packets_start *start,
                        const struct pkt_filter *filter, uint16_t snap, struct why *why)
{
	int err = 0;

	packets->of = line_alloc(start->len, sizeof(*packets->of));
	if (!packets->of)
		return why_no_memory(why, "a capture");
	packets->loop = start->loop;
	packets->real_us = real_offset_us();
	packets->heard = clock_kernel();
	wheel_timer_init(&packets->timer, on_timer);
	wheel_add(&packets->loop->wheel, &packets->timer, mono_add(packets->heard, LOOK_US));
	for (; packets->len < start->len && !err; packets->len++) {
		struct packets_worker *of = &packets->of[packets->len];

		of->pipeline = &start->workers[packets->len].pipeline;
		task_init(&of->task, worker_follow, of);
		err = pkt_watch_open(&of->watch, filter, snap);
	}
	if (!err)
		return 0;
	packets_free(packets);
	return why_no_memory(why, "a capture");
}

int packets_start(struct packets *packets, const struct packets_start *start, struct why *why)
{
	struct pkt_filter filter;
	char who[32];
	uint16_t snap;
	int err = filter_text_compile(&filter, start->filter, start->drops, why);

	if (err)
		return err;
	if (!snap_parse(start->snap, &snap))
		return why_fail(why, -EINVAL, "'%s' is no number of bytes, %d to %d", start->snap,
		                PACKETS_SNAP_MIN, PKT_RECORD_BYTES_MAX);
	if (packets->of && !packets->owner.session)
		return why_fail(why, -EBUSY,
		                "a worker that takes no turns still has the last capture; see "
		                "`health`");
	if (packets->of)
		return why_fail(why, -EBUSY, "another client captures already: %s",
		                owner_text(packets, who));
	err = packets_open(packets, start, &filter, snap, why);
	if (err)
		return err;
	packets->owner = *start->peer;
	packets->armed = all_follow(packets, true);
	if (packets->armed)
		return 0;
	packets_leave(packets);
	return why_fail(why, -ETIMEDOUT, "a worker takes no turns; see `health`");
}

static bool is_owner(const struct packets *packets, const struct control_peer *peer,
                     struct why *why)
{
	if (packets->of && packets->owner.session == peer->session)
		return true;
	why_set(why,
	        "this client captures nothing: capture start begins, and %u s of silence end "
	        "it",
	        (unsigned)(PACKETS_LEASE_US / SEC_US));
	return false;
}

// The worker whose oldest record is the oldest of all; NULL when there is none.
static struct packets_worker *oldest_of(struct packets *packets)
{
	struct packets_worker *oldest = NULL;
	uint64_t at_us = UINT64_MAX;

	for (unsigned i = 0; i < packets->len; i++) {
		const struct pkt_record *record = pkt_ring_first(&packets->of[i].watch.ring);

		if (!record || (oldest && record->at_us >= at_us))
			continue;
		oldest = &packets->of[i];
		at_us = record->at_us;
	}
	return oldest;
}

static json_t *bytes_json(const struct pkt_record *record)
{
	char text[PKT_RECORD_BYTES_MAX / 3 * 4 + 8];
	struct fill to = fill_of(text, sizeof(text));

	base64_encode(span_of(record->bytes, record->bytes_len), &to);
	return json_stringn(text, fill_len(&to));
}

static json_t *stages_json(const struct pkt_record *record)
{
	json_t *stages = json_array();

	for (unsigned i = 0; i < STAGE_COUNT; i++)
		if (record->stages & UINT32_C(1) << i)
			json_array_append_new(stages, json_string(drop_stage_name((enum stage)i)));
	return stages;
}

static const char *const verdicts[PKT_VERDICTS] = {[PKT_TAKEN] = "taken",
                                                   [PKT_ANSWERED] = "answered",
                                                   [PKT_PASSED] = "passed",
                                                   [PKT_SENT] = "sent",
                                                   [PKT_DROPPED] = "dropped"};

// What was dropped before it had an interface has the number of one, or none.
static const char *port_name(const struct packets_names *names, unsigned iface)
{
	return iface < names->ports_len ? names->ports[iface].name : "";
}

static json_t *record_json(const struct packets *packets, unsigned worker,
                           const struct packets_names *names, const struct pkt_record *record)
{
	json_t *row = json_pack("{s:I, s:s, s:i, s:s, s:s, s:o, s:I, s:I, s:b, s:o}", "at_us",
	                        (json_int_t)(record->at_us + packets->real_us), "port",
	                        port_name(names, record->iface), "worker", (int)worker, "direction",
	                        record->out ? "out" : "in", "verdict", verdicts[record->verdict],
	                        "stages", stages_json(record), "cycles", (json_int_t)record->cycles,
	                        "length", (json_int_t)record->frame_len, "checksum_by_device",
	                        record->blank, "bytes", bytes_json(record));

	if (record->drop)
		json_object_set_new(row, "reason",
		                    json_string(names->drops[record->drop - 1].value));
	return row;
}

int packets_next(struct packets *packets, const struct control_peer *peer,
                 const struct packets_names *names, json_t *reply, struct why *why)
{
	size_t most = peer->console ? PACKETS_CONSOLE : PACKETS_AT_ONCE;
	json_t *rows = json_array();
	struct packets_worker *of;
	size_t bytes = 0;

	json_object_set_new(reply, "packets", rows);
	if (!is_owner(packets, peer, why))
		return -ENOENT;
	packets->heard = clock_kernel();
	while (json_array_size(rows) < most && bytes < REPLY_BYTES &&
	       (of = oldest_of(packets)) != NULL) {
		const struct pkt_record *record = pkt_ring_first(&of->watch.ring);

		bytes += record->bytes_len;
		json_array_append_new(
		        rows, record_json(packets, (unsigned)(of - packets->of), names, record));
		pkt_ring_next(&of->watch.ring, record);
		packets->taken++;
	}
	json_object_set_new(reply, "lost", json_integer((json_int_t)count_lost(packets)));
	json_object_set_new(reply, "armed", json_boolean(packets->armed));
	if (!packets->armed && json_array_size(rows) == 0)
		packets_leave(packets);
	return 0;
}

int packets_stop(struct packets *packets, const struct control_peer *peer, struct why *why)
{
	if (!is_owner(packets, peer, why))
		return -ENOENT;
	packets->armed = false;
	if (!all_follow(packets, false))
		log_debug("a worker that takes no turns still has a capture");
	return 0;
}

void packets_gone(struct packets *packets, const struct control_peer *peer)
{
	if (!packets->of || packets->owner.session != peer->session)
		return;
	packets_leave(packets);
}

void packets_close(struct packets *packets)
{
	for (unsigned i = 0; i < packets->len; i++)
		if (packets->of[i].attached)
			pkt_watch_detach(&packets->of[i].watch);
	if (packets->of)
		packets_free(packets);
}

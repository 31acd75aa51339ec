// sdn_events: see the header.
#include "apps/sdn/sdn_events.h"

#include "core/host/log.h"
#include "proto/openflow/of_error.h"
#include "proto/openflow/of_version.h"

#include <stdio.h>
#include <time.h>

#define ID_BITS 20 // of the ids of a start that lasts a second

static const struct {
	const char *name, *text;
	bool warning;
} kinds[SDN_EVENTS] = {
#define X(NAME, name, warning, text) {name, text, warning},
        SDN_EVENT_LIST(X)
#undef X
};

int sdn_events_open(struct sdn_events *events, struct control_loop *loop)
{
	*events = (struct sdn_events){.loop = loop, .base = (uint64_t)time(NULL) << ID_BITS};
	if (ring_init(&events->full, SDN_EVENTS_QUEUE) ||
	    ring_init(&events->spare, SDN_EVENTS_QUEUE))
		return -ENOMEM;
	for (unsigned i = 0; i < SDN_EVENTS_QUEUE; i++) {
		void *event = &events->event[i];

		(void)ring_enqueue(&events->spare, &event, 1);
	}
	return 0;
}

void sdn_events_close(struct sdn_events *events)
{
	ring_fini(&events->full);
	ring_fini(&events->spare);
}

// "switch 0000000000000001 port 2 has a link to switch 0000000000000002 port 3"
static void link_sentence_write(const struct sdn_event *event, char text[SDN_EVENTS_TEXT_BYTES])
{
	char peer[64] = "";

	if (event->peer_datapath_id)
		snprintf(peer, sizeof(peer), " switch %016jx port %u",
		         (uintmax_t)event->peer_datapath_id, event->peer_port_no);
	snprintf(text, SDN_EVENTS_TEXT_BYTES, "switch %016jx port %u %s%s",
	         (uintmax_t)event->datapath_id, event->port, kinds[event->kind].text, peer);
}

// "switch 0000000000000001 at 10.0.0.1:40000 (OpenFlow 1.3) is connected"
void sdn_events_text(const struct sdn_event *event, char text[SDN_EVENTS_TEXT_BYTES])
{
	const char *version = of_version_name(event->version);
	char address[ADDR_TEXT_BYTES], more[160] = "", code[OF_ERROR_NAME_BYTES];
	const char *type;

	if (event->kind >= SDN_EVENT_LINK_UP && event->kind <= SDN_EVENT_PORT_LOOPED) {
		link_sentence_write(event, text);
		return;
	}
	if (event->kind >= SDN_EVENT_MASTER && event->kind <= SDN_EVENT_STORE_FOUND) {
		if (event->text && event->code > 0 && event->code != 200)
			snprintf(more, sizeof(more), " (%s: HTTP status %u)", event->text,
			         event->code);
		else if (event->text)
			snprintf(more, sizeof(more), " (%s)", event->text);
		else if (event->kind == SDN_EVENT_SHARE)
			snprintf(more, sizeof(more), ", %u of them", event->switches);
		snprintf(text, SDN_EVENTS_TEXT_BYTES, "cluster, generation %ju: %s%s",
		         (uintmax_t)event->generation, kinds[event->kind].text, more);
		return;
	}
	if (event->kind == SDN_EVENT_PAGES) {
		snprintf(text, SDN_EVENTS_TEXT_BYTES,
		         "%u switches, and TCP has %u I/O pages: when they are busy, answers take "
		         "long; set ports[].pages to %u or more",
		         event->switches, event->pages, event->pages_wanted);
		return;
	}
	if (event->kind == SDN_EVENT_PORT_DOWN || event->kind == SDN_EVENT_PORT_UP)
		snprintf(more, sizeof(more), " %u", event->port);
	if (event->text)
		snprintf(more, sizeof(more), event->detail ? " %s (%s)" : " %s", event->text,
		         event->detail);
	if (event->kind == SDN_EVENT_ERROR) {
		type = of_error_type_name(event->version, event->type);
		if (type && of_error_code_name(event->version, event->type, event->code, code))
			snprintf(more, sizeof(more), " %s, %s", type, code);
		else
			snprintf(more, sizeof(more), " %u, %u", event->type, event->code);
	}
	snprintf(text, SDN_EVENTS_TEXT_BYTES, "switch %016jx at %s port %u%s%s %s%s",
	         (uintmax_t)event->datapath_id, addr_text(event->peer, address), event->peer_port,
	         version ? ", OpenFlow " : "", version ? version : "", kinds[event->kind].text,
	         more);
}

const char *sdn_events_name(const struct sdn_event *event)
{
	return kinds[event->kind].name;
}

bool sdn_events_is_warning(const struct sdn_event *event)
{
	return kinds[event->kind].warning;
}

void sdn_events_date(const struct sdn_event *event, char date[SDN_EVENTS_DATE_BYTES])
{
	time_t seconds = (time_t)event->unix_s;
	struct tm tm;

	gmtime_r(&seconds, &tm);
	strftime(date, SDN_EVENTS_DATE_BYTES, "%Y-%m-%dT%H:%M:%SZ", &tm);
}

static void event_take(struct sdn_events *events, const struct sdn_event *event)
{
	struct sdn_event *kept = &events->kept[events->kept_len++ % SDN_EVENTS_KEPT];
	char text[SDN_EVENTS_TEXT_BYTES];

	*kept = *event;
	kept->unix_s = (uint64_t)time(NULL);
	kept->id = sdn_events_last(events);
	sdn_events_text(event, text);
	if (sdn_events_is_warning(event))
		log_warning("%s", text);
	else
		log_info("%s", text);
}

// A mailbox_fn of the control thread.
static void events_drain(void *ctx, mono_t now)
{
	struct sdn_events *events = ctx;
	uint64_t before = events->kept_len;
	void *item;

	atomic_store(&events->posted, false); // first: what is added from now on posts again
	while (ring_dequeue(&events->full, &item, 1)) {
		event_take(events, item);
		(void)ring_enqueue(&events->spare, &item, 1);
	}
	if (events->notice && events->kept_len != before)
		events->notice(events->notice_ctx, now);
}

void sdn_events_add(struct sdn_events *events, const struct sdn_event *event)
{
	void *item;

	if (ring_dequeue(&events->spare, &item, 1) == 0) {
		counter_add(&events->metric.lost, 1);
		return;
	}
	*(struct sdn_event *)item = *event;
	counter_add(&events->metric.taken, 1);
	(void)ring_enqueue(&events->full, &item, 1); // has room for all there are
	if (!atomic_exchange(&events->posted, true) &&
	    !mailbox_post(&events->loop->mailbox, events_drain, events))
		atomic_store(&events->posted, false); // the next event tries again
}

void sdn_events_report(struct sdn_events *events, json_t *reply)
{
	json_t *rows = json_array();

	events_drain(events, clock_kernel());
	for (uint64_t i = 0; i < u64_min(events->kept_len, SDN_EVENTS_KEPT); i++) {
		const struct sdn_event *event = sdn_events_at(events, sdn_events_last(events) - i);
		char text[SDN_EVENTS_TEXT_BYTES], date[SDN_EVENTS_DATE_BYTES];

		sdn_events_date(event, date);
		sdn_events_text(event, text);
		json_array_append_new(rows, json_pack("{s:s, s:s, s:s}", "time", date, "event",
		                                      sdn_events_name(event), "text", text));
	}
	json_object_set_new(reply, "events", rows);
}

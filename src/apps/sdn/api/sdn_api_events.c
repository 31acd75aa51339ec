// sdn_api_events: events as pages and as streams. A stream has only its place among the events that
// are kept for all: a client that reads slowly falls behind, and learns how many it has lost.
#include "apps/sdn/api/sdn_api_internal.h"

#include "core/host/clock.h"

#include <stdio.h>

#define PIECE_EVENTS 64 // of a stream at once
#define TICK_US      (250 * MS_US)
#define SILENCE_US   (15 * SEC_US) // then a stream gets a comment, so that both ends see it live

static bool is_of_link(const struct sdn_event *event)
{
	return event->kind >= SDN_EVENT_LINK_UP && event->kind <= SDN_EVENT_PORT_LOOPED;
}

static bool has_port(const struct sdn_event *event)
{
	return is_of_link(event) || event->kind == SDN_EVENT_PORT_UP ||
	       event->kind == SDN_EVENT_PORT_DOWN;
}

static json_t *peer_json(const struct sdn_event *event)
{
	if (!is_of_link(event) || event->peer_datapath_id == 0)
		return json_null();
	return json_pack("{s:o, s:I}", "datapath", sdn_api_datapath_json(event->peer_datapath_id),
	                 "port", (json_int_t)event->peer_port_no);
}

static json_t *event_json(const struct sdn_event *event)
{
	char text[SDN_EVENTS_TEXT_BYTES], date[SDN_EVENTS_DATE_BYTES];

	sdn_events_text(event, text);
	sdn_events_date(event, date);
	return json_pack(
	        "{s:I, s:s, s:s, s:b, s:s, s:o, s:o, s:o}", "id", (json_int_t)event->id, "time",
	        date, "kind", sdn_events_name(event), "warning", (int)sdn_events_is_warning(event),
	        "text", text, "datapath",
	        event->datapath_id ? sdn_api_datapath_json(event->datapath_id) : json_null(),
	        "port", has_port(event) ? json_integer((json_int_t)event->port) : json_null(),
	        "peer", peer_json(event));
}

// The id of the first event behind `after` that is kept; how many were lost in between. What an
// earlier start had is not counted.
static uint64_t first_after(const struct sdn_events *events, uint64_t after, uint64_t *lost)
{
	uint64_t oldest = sdn_events_oldest(events);

	*lost = 0;
	after = u64_min(after, sdn_events_last(events));
	if (after < events->base)
		after = events->base;
	if (after + 1 >= oldest)
		return after + 1;
	*lost = oldest - after - 1;
	return oldest;
}

json_t *sdn_api_events_page(const struct sdn_events *events, const struct sdn_api_query *query)
{
	uint64_t last = sdn_events_last(events), limit = query->limit, lost = 0, id;
	json_t *rows = json_array();

	id = first_after(events, query->has_after ? query->after : last - u64_min(last, limit),
	                 &lost);
	if (!query->has_after)
		lost = 0;
	if (events->kept_len == 0)
		id = last + 1;
	for (; id <= last && limit > 0; id++, limit--)
		json_array_append_new(rows, event_json(sdn_events_at(events, id)));
	return json_pack("{s:o, s:I, s:I}", "events", rows, "lost", (json_int_t)lost, "last",
	                 (json_int_t)(id - 1));
}

static void event_print(const struct sdn_event *event, FILE *out)
{
	json_t *json = event_json(event);
	char *text = json_dumps(json, JSON_COMPACT);

	if (text)
		fprintf(out, "event: event\nid: %ju\ndata: %s\n\n", (uintmax_t)event->id, text);
	free(text);
	json_decref(json);
}

char *sdn_api_stream_text(const struct sdn_events *events, uint64_t *next)
{
	uint64_t last = sdn_events_last(events), lost;
	uint64_t id = first_after(events, *next > 0 ? *next - 1 : 0, &lost);
	char *text = NULL;
	size_t size;
	FILE *out;

	if (events->kept_len == 0 || id > last)
		return NULL;
	out = open_memstream(&text, &size);
	if (!out)
		return NULL;
	if (lost > 0)
		fprintf(out, "event: lost\ndata: {\"lost\": %ju}\n\n", (uintmax_t)lost);
	for (unsigned n = 0; id <= last && n < PIECE_EVENTS; n++)
		event_print(sdn_events_at(events, id++), out);
	fclose(out);
	*next = id;
	return text;
}

// Those that have left, in a list that is walked.
static void remove_gone(struct sdn_api *api)
{
	struct sdn_api_call **at = &api->viewers;

	while (*at) {
		struct sdn_api_call *call = *at;

		if (http_handover_has_left(&call->handover)) {
			*at = call->next;
			http_handover_release(&call->handover);
		} else {
			at = &call->next;
		}
	}
}

// What is new, or a comment after a long silence. One that still reads the piece before waits.
static void stream_feed(struct sdn_api_call *call, mono_t now)
{
	char *text = NULL;

	if (!http_handover_is_here(&call->handover))
		return;
	text = sdn_api_stream_text(call->api->owner.events, &call->next_event);
	if (!text && mono_due(mono_add(call->spoke, SILENCE_US), now))
		text = strdup(":\n\n");
	if (!text)
		return;
	call->spoke = now;
	http_handover_put(&call->handover, 200, "text/event-stream", text);
	http_handover_return(&call->handover, now);
}

static void feed_all(struct sdn_api *api, mono_t now)
{
	remove_gone(api);
	for (struct sdn_api_call *call = api->viewers; call; call = call->next)
		stream_feed(call, now);
}

void sdn_api_stream_tick(struct wheel_timer *timer, mono_t now)
{
	struct sdn_api *api = CONTAINER_OF(timer, struct sdn_api, tick);

	feed_all(api, now);
	if (api->viewers)
		wheel_add(&api->owner.env->loop->wheel, timer, mono_add(now, TICK_US));
}

void sdn_api_stream_notice(void *ctx, mono_t now)
{
	feed_all(ctx, now);
}

// A comment comes first, so that the client sees that it is connected.
void sdn_api_stream_begin(struct sdn_api_call *call, mono_t now)
{
	struct sdn_api *api = call->api;

	call->next_event = sdn_events_last(api->owner.events) + 1;
	if (call->query.has_after)
		call->next_event = u64_min(call->query.after + 1, call->next_event);
	call->spoke = (mono_t){0};
	call->next = api->viewers;
	api->viewers = call;
	if (!wheel_timer_armed(&api->tick))
		wheel_add(&api->owner.env->loop->wheel, &api->tick, mono_add(now, TICK_US));
	stream_feed(call, now);
}

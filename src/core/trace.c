// trace: the list of events as a table, and what is done with it; see the header.
#include "core/trace.h"

#include "core/drop.h"

#include <stdio.h>
#include <string.h>

enum form {
	FORM_NONE,
	FORM_NUMBER,
	FORM_ADDRESS,
	FORM_ADDRESS_END,
	FORM_DROP,
	FORM_NEIGH,
	FORM_CONN,
	FORM_TCP_STATE,
	FORM_TCP_END,
};

struct field {
	const char *name;
	enum form form;
};

static const struct {
	const char *name;
	struct field a, b;
} events[TRACE_EVENTS] = {
#define E(id, name, a, a_form, b, b_form)                                                          \
	[TRACE_##id] = {name, {a, FORM_##a_form}, {b, FORM_##b_form}},
        TRACE_LIST(E)
#undef E
};

void trace_init(struct trace *trace, struct trace_ring *ring, uint32_t records, mono_t now)
{
	assert(records >= TRACE_RECORDS_MIN && (records & (records - 1)) == 0);
	*trace = (struct trace){.ring = ring, .mask = records - 1, .now_us = now.us};
}

void trace_stamp(struct trace *trace)
{
	uint64_t us = trace->now_us;

	trace->stamped_us = us;
	trace_put(trace, trace_record(TRACE_TIME, (uint16_t)(us >> 32), (uint32_t)us));
}

// The slot of the oldest record may hold a newer one already, which its writer has not
// counted yet, or never will after a crash: it is left out. The head is read again after
// the copy, since the writer may have gone round meanwhile.
uint32_t trace_ring_read(const struct trace_ring *ring, uint32_t records, uint64_t *to)
{
	uint64_t end = atomic_load_explicit(&ring->head, memory_order_acquire);
	uint64_t first = end < records ? 0 : end - records + 1, sound, head;

	for (uint64_t i = first; i != end; i++)
		to[i - first] = atomic_load_explicit(&ring->record[i & (records - 1)],
		                                     memory_order_acquire);
	head = atomic_load_explicit(&ring->head, memory_order_acquire);
	sound = head < records ? 0 : head - records + 1;
	if (sound <= first)
		return (uint32_t)(end - first);
	if (sound >= end)
		return 0;
	memmove(to, to + (sound - first), (end - sound) * sizeof(*to));
	return (uint32_t)(end - sound);
}

const char *trace_event_name(uint16_t event)
{
	return event < TRACE_EVENTS ? events[event].name : "?";
}

static const char *neigh_state(uint8_t state)
{
	static const char *const names[TRACE_NEIGH_STATES] = {"none",  "incomplete", "reachable",
	                                                      "stale", "delay",      "probe"};

	return state < TRACE_NEIGH_STATES ? names[state] : "?";
}

// In the order of enum tcp_state and enum tcp_end, which lie above this layer.
static const char *const tcp_states[] = {"closed",      "listen",     "syn-sent",   "syn-received",
                                         "established", "fin-wait-1", "fin-wait-2", "close-wait",
                                         "closing",     "last-ack",   "time-wait"};
static const char *const tcp_ends[] = {"done",        "reset",   "refused",
                                       "unreachable", "timeout", "aborted"};
_Static_assert(TRACE_TCP_STATES == ARRAY_LEN(tcp_states), "a name for each");
_Static_assert(TRACE_TCP_ENDS == ARRAY_LEN(tcp_ends), "a name for each");

bool trace_has_conn(uint16_t event)
{
	return event < TRACE_EVENTS && events[event].a.form == FORM_CONN;
}

static int field_text(const struct field *field, uint32_t value, char *text, size_t size)
{
	switch (field->form) {
	case FORM_NONE:
		break;
	case FORM_NUMBER:
	case FORM_CONN:
		return snprintf(text, size, "%s=%u", field->name, value);
	case FORM_ADDRESS:
		return snprintf(text, size, "%s=%u.%u.%u.%u", field->name, value >> 24,
		                value >> 16 & 0xff, value >> 8 & 0xff, value & 0xff);
	case FORM_ADDRESS_END:
		return snprintf(text, size, "%s=...:%x:%x", field->name, value >> 16,
		                value & 0xffff);
	case FORM_DROP:
		// Reasons of services have no names here.
		if (value >= DROP_COUNT)
			return snprintf(text, size, "%s=#%u", field->name, value);
		return snprintf(text, size, "%s=%s", field->name, drop_name((enum drop)value));
	case FORM_NEIGH:
		return snprintf(text, size, "%s=%s>%s", field->name,
		                neigh_state((uint8_t)(value >> 8)), neigh_state((uint8_t)value));
	case FORM_TCP_STATE:
		return snprintf(text, size, "%s=%s", field->name,
		                value < TRACE_TCP_STATES ? tcp_states[value] : "?");
	case FORM_TCP_END:
		return snprintf(text, size, "%s=%s", field->name,
		                value < TRACE_TCP_ENDS ? tcp_ends[value] : "?");
	}
	return 0;
}

void trace_text(uint64_t record, char text[TRACE_TEXT_BYTES])
{
	uint16_t event = trace_event_of(record);
	uint32_t a = (uint16_t)(record >> 16), b = (uint32_t)(record >> 32);
	size_t len;

	text[0] = '\0';
	if (event >= TRACE_EVENTS) {
		snprintf(text, TRACE_TEXT_BYTES, "event=%u a=%u b=%u", event, a, b);
		return;
	}
	if (events[event].a.form == FORM_CONN) {
		a = trace_conn_of(record);
		b &= TRACE_CONN_MAX;
	}
	len = (size_t)field_text(&events[event].a, a, text, TRACE_TEXT_BYTES);
	assert(len < TRACE_TEXT_BYTES - 1);
	if (len && events[event].b.form != FORM_NONE)
		text[len++] = ' ';
	field_text(&events[event].b, b, text + len, TRACE_TEXT_BYTES - len);
}

// FNV-1a of what is said of each event.
static uint32_t digest_text(uint32_t digest, const char *text)
{
	do
		digest = (digest ^ (uint8_t)*text) * UINT32_C(16777619);
	while (*text++);
	return digest;
}

static uint32_t digest_field(uint32_t digest, const struct field *field)
{
	return (digest_text(digest, field->name) ^ field->form) * UINT32_C(16777619);
}

uint32_t trace_list_digest(void)
{
	uint32_t digest = UINT32_C(2166136261);

	for (size_t i = 0; i < TRACE_EVENTS; i++) {
		digest = digest_text(digest, events[i].name);
		digest = digest_field(digest, &events[i].a);
		digest = digest_field(digest, &events[i].b);
	}
	// Reasons are recorded by number.
	for (unsigned i = 0; i < DROP_COUNT; i++)
		digest = digest_text(digest, drop_name((enum drop)i));
	return digest;
}

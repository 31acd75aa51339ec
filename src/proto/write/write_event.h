// write_event: server-sent events (HTML, section 9.2), which a browser reads with EventSource. The
// stream is well-formed whatever is called: text cannot begin a field or an event of its own.
#ifndef WRITE_EVENT_H
#define WRITE_EVENT_H

#include "proto/write/write_out.h"

#define WRITE_EVENT_TYPE "text/event-stream" // the stream's Content-Type

struct write_event {
	struct write_out *out; // borrowed
	uint8_t state;         // enum event_state of write_event.c
	bool cr;               // the data so far ends with CR
	bool refused;          // at least one call was
};

// A stream of which nothing was written. One writer serves for all of its events.
void write_event_init(struct write_event *event, struct write_out *out);

// What a client sends as Last-Event-ID when it connects again. Each of these three belongs to the
// event that follows, and precedes its data: false, and refused, within the data, and of text
// with a line's end or a NUL.
bool write_event_id(struct write_event *event, struct span id);

// Which listener the event is for; "message" without it.
bool write_event_name(struct write_event *event, const char *name);

// How long a client waits before it connects again.
bool write_event_retry(struct write_event *event, uint32_t ms);

// Adds to the event's data: lines of any number, which end with LF, CR or CR LF; the client gets LF
// for each. A byte that is not UTF-8 becomes U+FFFD; a character is not cut between two calls.
void write_event_data(struct write_event *event, struct span text);

// Begins a line of data, for another writer to `out` that writes no line's end, as write_json.
void write_event_line(struct write_event *event);

// Ends the event: the client acts on it now, if it has data. False, and refused, if none was begun.
bool write_event_end(struct write_event *event);

// A comment, which a client passes over: it shows to both ends, and to proxies between, that the
// connection lives. False, and refused, within an event.
bool write_event_heartbeat(struct write_event *event);

#endif

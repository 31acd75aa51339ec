// write_event: see the header.
#include "proto/write/write_event.h"

#include "proto/write/write_utf8.h"

#include <stdio.h>

enum event_state { BETWEEN, FIELDS, DATA };

void write_event_init(struct write_event *event, struct write_out *out)
{
	*event = (struct write_event){.out = out};
}

static bool refuse(struct write_event *event)
{
	event->refused = true;
	return false;
}

static void put_text(struct write_out *out, struct span text)
{
	while (span_left(&text) > 0) {
		unsigned len = write_utf8_len(text);

		if (len)
			write_out_bytes(out, text.p, len);
		else
			write_out_text(out, WRITE_UTF8_REPLACEMENT);
		(void)span_take(&text, len ? len : 1);
	}
}

static bool is_line(struct span text)
{
	for (; text.p < text.end; text.p++)
		if (*text.p == '\r' || *text.p == '\n' || *text.p == 0)
			return false;
	return true;
}

static bool put_field(struct write_event *event, const char *name, struct span value)
{
	if (event->state == DATA || !is_line(value))
		return refuse(event);
	write_out_text(event->out, name);
	put_text(event->out, value);
	write_out_text(event->out, "\n");
	event->state = FIELDS;
	return true;
}

bool write_event_id(struct write_event *event, struct span id)
{
	return put_field(event, "id: ", id);
}

bool write_event_name(struct write_event *event, const char *name)
{
	return put_field(event, "event: ", span_of(name, strlen(name)));
}

bool write_event_retry(struct write_event *event, uint32_t ms)
{
	char digits[16];
	int len = snprintf(digits, sizeof(digits), "%u", ms);

	return put_field(event, "retry: ", span_of(digits, (size_t)len));
}

void write_event_line(struct write_event *event)
{
	write_out_text(event->out, event->state == DATA ? "\ndata: " : "data: ");
	event->state = DATA;
	event->cr = false;
}

void write_event_data(struct write_event *event, struct span text)
{
	if (event->state != DATA)
		write_event_line(event);
	while (span_left(&text) > 0) {
		struct span line = {text.p, text.p, false};

		while (line.end < text.end && *line.end != '\r' && *line.end != '\n')
			line.end++;
		put_text(event->out, line);
		if (line.end > line.p)
			event->cr = false;
		text.p = line.end;
		if (span_left(&text) == 0)
			return;
		if (*text.p == '\n' && event->cr) { // the second half of CR LF
			event->cr = false;
		} else {
			write_event_line(event);
			event->cr = *text.p == '\r';
		}
		(void)span_take(&text, 1);
	}
}

bool write_event_end(struct write_event *event)
{
	if (event->state == BETWEEN)
		return refuse(event);
	write_out_text(event->out, event->state == DATA ? "\n\n" : "\n");
	event->state = BETWEEN;
	return true;
}

bool write_event_heartbeat(struct write_event *event)
{
	if (event->state != BETWEEN)
		return refuse(event);
	write_out_text(event->out, ":\n\n");
	return true;
}

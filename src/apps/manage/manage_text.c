// manage_text: see the header.
#include "apps/manage/manage_text.h"

#include "proto/write/write_event.h"
#include "proto/write/write_json.h"

#include <stdlib.h>

#define FIRST_BYTES 4096

// The text has twice the room.
static bool text_grow(void *ctx, struct fill *fill)
{
	size_t len = fill_len(fill), size = len ? 2 * len : FIRST_BYTES;
	uint8_t *bytes = realloc(fill->start, size);

	if (!bytes)
		return false;
	*fill = fill_of(bytes, size);
	fill->p += len;
	return true;
}

// A tree is at most as deep as jansson's parser and our commands make it.
static void value_write(struct write_json *json, const json_t *value)
{
	const char *key;
	json_t *member;
	size_t i;

	switch (json_typeof(value)) {
	case JSON_OBJECT:
		write_json_object(json);
		json_object_foreach ((json_t *)(uintptr_t)value, key, member) {
			write_json_key(json, key);
			value_write(json, member);
		}
		write_json_close(json);
		return;
	case JSON_ARRAY:
		write_json_array(json);
		json_array_foreach (value, i, member)
			value_write(json, member);
		write_json_close(json);
		return;
	case JSON_STRING:
		write_json_span(json, span_of(json_string_value(value), json_string_length(value)));
		return;
	case JSON_INTEGER:
		write_json_int(json, json_integer_value(value));
		return;
	case JSON_REAL:
		write_json_real(json, json_real_value(value));
		return;
	case JSON_NULL:
		write_json_null(json);
		return;
	default:
		write_json_bool(json, json_is_true(value));
	}
}

static char *text_of(const json_t *value, bool is_event)
{
	struct write_out out = {.next = text_grow};
	struct write_event event;
	struct write_json json;
	bool good;

	write_event_init(&event, &out);
	if (is_event)
		write_event_line(&event);
	write_json_init(&json, &out);
	value_write(&json, value);
	good = write_json_end(&json) && (!is_event || write_event_end(&event));
	write_out_bytes(&out, "", 1);
	if (good && !out.full)
		return (char *)out.fill.start;
	free(out.fill.start);
	return NULL;
}

char *manage_text_json(const json_t *value)
{
	return text_of(value, false);
}

char *manage_text_event(const json_t *value)
{
	return text_of(value, true);
}

// write_json: see the header.
#include "proto/write/write_json.h"

#include "proto/write/write_utf8.h"

#include <math.h>
#include <stdio.h>

void write_json_init(struct write_json *json, struct write_out *out)
{
	*json = (struct write_json){.out = out, .first = true};
}

static bool in_object(const struct write_json *json)
{
	return json->depth > 0 && (json->objects >> (json->depth - 1) & 1);
}

static bool refuse(struct write_json *json)
{
	json->refused = true;
	return false;
}

static void put_comma(struct write_json *json)
{
	if (!json->first)
		write_out_text(json->out, ",");
	json->first = false;
}

// A value begins here, if one may.
static bool begin_value(struct write_json *json)
{
	if (json->depth == 0 ? json->begun : in_object(json) && !json->keyed)
		return refuse(json);
	if (!json->keyed && json->depth > 0)
		put_comma(json);
	json->begun = true;
	json->keyed = false;
	return true;
}

static bool put_value(struct write_json *json, const char *text)
{
	if (!begin_value(json))
		return false;
	write_out_text(json->out, text);
	return true;
}

static bool open_level(struct write_json *json, bool object)
{
	if (json->depth == WRITE_JSON_DEPTH)
		return refuse(json);
	if (!put_value(json, object ? "{" : "["))
		return false;
	json->objects &= ~(UINT64_C(1) << json->depth);
	json->objects |= (uint64_t)object << json->depth;
	json->depth++;
	json->first = true;
	return true;
}

bool write_json_object(struct write_json *json)
{
	return open_level(json, true);
}

bool write_json_array(struct write_json *json)
{
	return open_level(json, false);
}

static void put_escaped(struct write_out *out, unsigned character)
{
	char text[8];

	snprintf(text, sizeof(text), "\\u%04x", character & 0xffff);
	write_out_text(out, text);
}

// Characters that JSON escapes, those that end a script, and the two that end a line of JavaScript.
static void put_character(struct write_out *out, const uint8_t *p, unsigned len)
{
	if (len == 0)
		write_out_text(out, WRITE_UTF8_REPLACEMENT);
	else if (*p < 0x20 || *p == '"' || *p == '\\' || *p == '<' || *p == '>' || *p == '&')
		put_escaped(out, *p);
	else if (len == 3 && p[0] == 0xe2 && p[1] == 0x80 && (p[2] & 0xfe) == 0xa8)
		put_escaped(out, 0x2000u + (p[2] & 0x3f));
	else
		write_out_bytes(out, p, len);
}

static void put_string(struct write_out *out, struct span text)
{
	write_out_text(out, "\"");
	while (span_left(&text) > 0) {
		unsigned len = write_utf8_len(text);

		put_character(out, text.p, len);
		(void)span_take(&text, len ? len : 1);
	}
	write_out_text(out, "\"");
}

bool write_json_key(struct write_json *json, const char *key)
{
	if (!in_object(json) || json->keyed)
		return refuse(json);
	put_comma(json);
	put_string(json->out, span_of(key, strlen(key)));
	write_out_text(json->out, ":");
	json->keyed = true;
	return true;
}

bool write_json_null(struct write_json *json)
{
	return put_value(json, "null");
}

bool write_json_bool(struct write_json *json, bool value)
{
	return put_value(json, value ? "true" : "false");
}

bool write_json_int(struct write_json *json, int64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "%ld", value);
	return put_value(json, text);
}

bool write_json_uint(struct write_json *json, uint64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "%lu", value);
	return put_value(json, text);
}

bool write_json_real(struct write_json *json, double value)
{
	char text[32];
	bool integer = true;

	if (!isfinite(value))
		return write_json_null(json);
	snprintf(text, sizeof(text), "%.17g", value);
	// The process's language may have another decimal point.
	for (char *p = text; *p; p++) {
		if (!strchr("0123456789+-e.", *p))
			*p = '.';
		integer = integer && *p != 'e' && *p != '.';
	}
	if (!put_value(json, text))
		return false;
	if (integer)
		write_out_text(json->out, ".0");
	return true;
}

bool write_json_span(struct write_json *json, struct span text)
{
	if (!begin_value(json))
		return false;
	put_string(json->out, text);
	return true;
}

bool write_json_text(struct write_json *json, const char *text)
{
	return write_json_span(json, span_of(text, strlen(text)));
}

bool write_json_close(struct write_json *json)
{
	bool object = in_object(json);

	if (json->depth == 0)
		return refuse(json);
	if (json->keyed)
		(void)write_json_null(json);
	json->depth--;
	json->first = false;
	write_out_text(json->out, object ? "}" : "]");
	return true;
}

bool write_json_end(struct write_json *json)
{
	while (json->depth > 0)
		(void)write_json_close(json);
	if (!json->begun)
		(void)write_json_null(json);
	return !json->refused && !json->out->full;
}

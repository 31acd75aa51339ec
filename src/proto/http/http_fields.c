// http_fields: see the header.
#include "proto/http/http_fields.h"

#include "proto/http/http_char.h"

enum http_fault http_fields_parse(struct http_field *field, const uint8_t *head, struct span line)
{
	struct span name, value;

	if (*line.p == ' ' || *line.p == '\t')
		return HTTP_FAULT_FOLD;
	name = http_char_prefix(line, HTTP_CHAR_TOKEN);
	if (span_left(&name) == 0 || name.end == line.end || *name.end != ':')
		return HTTP_FAULT_FIELD_NAME;
	line.p = name.end + 1;
	if (!http_char_value(line))
		return HTTP_FAULT_FIELD_VALUE;
	value = http_char_trim(line);
	*field = (struct http_field){
	        .id = (uint16_t)http_field_find(name),
	        .name_at = (uint16_t)(name.p - head),
	        .name_len = (uint16_t)span_left(&name),
	        .value_at = (uint16_t)(value.p - head),
	        .value_len = (uint16_t)span_left(&value),
	};
	return HTTP_FAULT_NONE;
}

unsigned http_fields_find(struct http_fields fields, enum http_field_id id, unsigned from)
{
	while (from < fields.len && fields.field[from].id != id)
		from++;
	return from;
}

bool http_fields_only(struct http_fields fields, enum http_field_id id, struct span *value)
{
	unsigned at = http_fields_find(fields, id, 0);

	if (at == fields.len || http_fields_find(fields, id, at + 1) < fields.len)
		return false;
	*value = http_fields_value(fields, at);
	return true;
}

bool http_fields_list_has(struct http_fields fields, enum http_field_id id, const char *lower)
{
	struct span list, element;

	for (unsigned at = http_fields_find(fields, id, 0); at < fields.len;
	     at = http_fields_find(fields, id, at + 1)) {
		list = http_fields_value(fields, at);
		while (http_field_element(&list, &element))
			if (http_char_equal(element, lower))
				return true;
	}
	return false;
}

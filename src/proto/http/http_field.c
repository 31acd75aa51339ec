// http_field: see the header.
#include "proto/http/http_field.h"

#include "proto/http/http_char.h"

static const struct {
	const char *name;
	uint8_t len;
} names[HTTP_FIELDS] = {[HTTP_FIELD_OTHER] = {"", 0},
#define FIELD_ROW(id, name) [HTTP_FIELD_##id] = {name, sizeof(name) - 1},
                        HTTP_FIELD_LIST(FIELD_ROW)
#undef FIELD_ROW
};

enum http_field_id http_field_find(struct span name)
{
	size_t len = span_left(&name);

	if (len == 0)
		return HTTP_FIELD_OTHER;
	for (unsigned i = HTTP_FIELD_OTHER + 1; i < HTTP_FIELDS; i++)
		if (names[i].len == len && names[i].name[0] == (*name.p | 0x20) &&
		    http_char_equal(name, names[i].name))
			return (enum http_field_id)i;
	return HTTP_FIELD_OTHER;
}

const char *http_field_name(enum http_field_id id)
{
	return names[id].name;
}

// The comma that ends the first element of the list, or the end.
static const uint8_t *element_end(struct span list)
{
	bool quoted = false;

	for (; list.p < list.end; list.p++) {
		if (quoted && *list.p == '\\' && span_left(&list) > 1)
			list.p++;
		else if (*list.p == '"')
			quoted = !quoted;
		else if (*list.p == ',' && !quoted)
			break;
	}
	return list.p;
}

bool http_field_element(struct span *list, struct span *element)
{
	while (span_left(list) > 0) {
		const uint8_t *end = element_end(*list);

		*element = http_char_trim(span_sub(list, (size_t)(end - list->p)));
		if (span_left(list) > 0)
			(void)span_take(list, 1);
		if (span_left(element) > 0)
			return true;
	}
	return false;
}

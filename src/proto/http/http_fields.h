// http_fields: the fields of a head, of a request or of a response alike: how a line is parsed
// (RFC 9112 section 5), and how fields are found.
#ifndef HTTP_FIELDS_H
#define HTTP_FIELDS_H

#include "proto/http/http_fault.h"
#include "proto/http/http_field.h"

// A view of those that were parsed.
struct http_fields {
	const uint8_t *head; // which they are offsets into
	const struct http_field *field;
	unsigned len;
};

// Parses a line without its CR LF: no white space between the name and the colon, none before the
// name.
enum http_fault http_fields_parse(struct http_field *field, const uint8_t *head,
                                  struct span line) MUST_CHECK;

static inline struct span http_fields_name(struct http_fields fields, unsigned at)
{
	return span_of(fields.head + fields.field[at].name_at, fields.field[at].name_len);
}

static inline struct span http_fields_value(struct http_fields fields, unsigned at)
{
	return span_of(fields.head + fields.field[at].value_at, fields.field[at].value_len);
}

// Iterates over the fields of one name, in their order: the index of the first one from `from`
// on, fields.len if there is none.
unsigned http_fields_find(struct http_fields fields, enum http_field_id id, unsigned from) PURE;

// The value of the only field of that name. False if there is none, or there are several, which
// together are a list.
bool http_fields_only(struct http_fields fields, enum http_field_id id, struct span *value);

// Whether the lists of all fields of that name have the element, without regard to case.
bool http_fields_list_has(struct http_fields fields, enum http_field_id id, const char *lower);

#endif

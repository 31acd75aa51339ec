// http_framing: see the header.
#include "proto/http/http_framing.h"

#include "proto/http/http_char.h"

// RFC 9112 sections 6.1 and 7. Of codings there is chunked alone, which comes last and once.
// Elements of the list that are empty are none by RFC 9110 section 5.6.1.2, but a server in front
// may see no coding then, and another end of the request: they are refused.
static enum http_fault check_codings(struct http_fields fields, unsigned at)
{
	struct span value, list, coding;
	bool chunked = false;

	for (; at < fields.len;
	     at = http_fields_find(fields, HTTP_FIELD_TRANSFER_ENCODING, at + 1)) {
		list = value = http_fields_value(fields, at);
		while (http_field_element(&list, &coding)) {
			if (chunked)
				return HTTP_FAULT_CODING_LAST;
			chunked = http_char_equal(coding, "chunked");
			if (chunked)
				continue;
			return http_char_find(coding, ';') ? HTTP_FAULT_CODING_LAST
			                                   : HTTP_FAULT_CODING;
		}
		if (!http_char_equal(value, "chunked"))
			return HTTP_FAULT_CODING_LAST;
	}
	return chunked ? HTTP_FAULT_NONE : HTTP_FAULT_CODING_LAST;
}

// RFC 9112 section 6.3: one number, neither a list of equal ones nor one with a sign.
static enum http_fault read_length(struct http_fields fields, unsigned at, uint64_t max_bytes,
                                   uint64_t *length)
{
	struct span value = http_fields_value(fields, at);

	if (http_fields_find(fields, HTTP_FIELD_CONTENT_LENGTH, at + 1) < fields.len)
		return HTTP_FAULT_LENGTH_TWICE;
	if (span_left(&value) == 0 || !http_char_all(value, HTTP_CHAR_DIGIT))
		return HTTP_FAULT_LENGTH;
	for (; value.p < value.end; value.p++) {
		unsigned digit = *value.p - '0';

		if (*length > (UINT64_MAX - digit) / 10)
			return HTTP_FAULT_BODY_LONG;
		*length = *length * 10 + digit;
	}
	return *length > max_bytes ? HTTP_FAULT_BODY_LONG : HTTP_FAULT_NONE;
}

enum http_fault http_framing_read(struct http_fields fields, unsigned minor, uint64_t max_bytes,
                                  enum http_framing *framing, uint64_t *length, bool *stated)
{
	unsigned coding = http_fields_find(fields, HTTP_FIELD_TRANSFER_ENCODING, 0);
	unsigned length_at = http_fields_find(fields, HTTP_FIELD_CONTENT_LENGTH, 0);
	enum http_fault fault;

	*framing = HTTP_NO_BODY;
	*length = 0;
	*stated = coding < fields.len || length_at < fields.len;
	if (coding == fields.len) {
		if (!*stated)
			return HTTP_FAULT_NONE;
		fault = read_length(fields, length_at, max_bytes, length);
		*framing = *length ? HTTP_LENGTH : HTTP_NO_BODY;
		return fault;
	}
	if (length_at < fields.len)
		return HTTP_FAULT_LENGTH_CODED;
	if (minor == 0)
		return HTTP_FAULT_CODING_OLD;
	*framing = HTTP_CHUNKED;
	return check_codings(fields, coding);
}

bool http_framing_persists(struct http_fields fields, unsigned minor)
{
	if (http_fields_list_has(fields, HTTP_FIELD_CONNECTION, "close"))
		return false;
	return minor > 0 || http_fields_list_has(fields, HTTP_FIELD_CONNECTION, "keep-alive");
}

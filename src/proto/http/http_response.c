// http_response: see the header.
#include "proto/http/http_response.h"

#include "proto/http/http_char.h"
#include "proto/http/http_line.h"
#include "proto/http/http_status.h"

bool http_response_only(const struct http_response *response, enum http_field_id id,
                        struct span *value)
{
	return http_fields_only(http_response_fields(response), id, value);
}

// Three digits, in the range that RFC 9110 section 15 defines.
static bool parse_status(struct http_response *response, struct span text)
{
	unsigned status = 0;

	if (span_left(&text) != 3 || !http_char_all(text, HTTP_CHAR_DIGIT))
		return false;
	for (; text.p < text.end; text.p++)
		status = status * 10 + (*text.p - '0');
	response->status = (uint16_t)status;
	return status >= 100 && status < 600;
}

// RFC 9112 section 4: the space before the phrase is there even if the phrase is empty.
static enum http_fault parse_status_line(struct http_response *response, struct span line)
{
	struct span version = http_line_word(&line), status = http_line_word(&line);
	unsigned major, minor;

	if (version.bad || !http_line_version(version, &major, &minor))
		return HTTP_FAULT_STATUS_LINE;
	if (major != 1)
		return HTTP_FAULT_VERSION;
	response->minor = minor > 0;
	if (status.bad || !parse_status(response, status) || !http_char_value(line))
		return HTTP_FAULT_STATUS_LINE;
	response->phrase = line;
	return HTTP_FAULT_NONE;
}

// RFC 9112 section 6.3: these end with their head, whatever fields say. A server that says there is
// content may send it all the same, where the next response is due; so the connection ends.
static void end_bare(struct http_response *response, enum http_expected expected, bool content)
{
	bool describes = expected == HTTP_EXPECT_HEAD || response->status == 304;

	if (content && !describes)
		response->keep_alive = false;
	response->framing = HTTP_NO_BODY;
	response->length = 0;
}

static bool leaves_http(const struct http_response *response, enum http_expected expected)
{
	if (expected == HTTP_EXPECT_TUNNEL)
		return response->status >= 200 && response->status < 300;
	return expected == HTTP_EXPECT_UPGRADE && response->status == 101;
}

static enum http_fault read_framing(struct http_response *response, enum http_expected expected,
                                    const struct http_limits *limits)
{
	bool bare = expected == HTTP_EXPECT_HEAD || http_status_is_bare(response->status);
	struct http_fields fields = http_response_fields(response);
	enum http_fault fault;
	bool stated;

	response->switches = leaves_http(response, expected);
	if (response->status == 101 && !response->switches)
		return HTTP_FAULT_SWITCHED;
	// The length of content that does not come is not limited.
	fault = http_framing_read(fields, response->minor, bare ? UINT64_MAX : limits->body_bytes,
	                          &response->framing, &response->length, &stated);
	if (fault != HTTP_FAULT_NONE)
		return fault;
	response->keep_alive = http_framing_persists(fields, response->minor);
	if (bare || response->switches)
		end_bare(response, expected, response->framing != HTTP_NO_BODY);
	else if (!stated)
		response->framing = HTTP_UNTIL_END;
	if (response->framing == HTTP_UNTIL_END)
		response->keep_alive = false;
	return HTTP_FAULT_NONE;
}

enum http_fault http_response_parse(struct http_response *response, const uint8_t *head,
                                    uint32_t len, enum http_expected expected,
                                    const struct http_limits *limits)
{
	struct span rest = span_of(head, len), line;
	enum http_fault fault;

	response->head = head;
	response->head_len = len;
	response->status = 0;
	response->minor = 1;
	response->keep_alive = response->switches = false;
	response->phrase = span_of(head, 0);
	response->framing = HTTP_NO_BODY;
	response->length = 0;
	response->fields_len = 0;
	fault = parse_status_line(response, http_line_take(&rest));
	for (line = http_line_take(&rest); fault == HTTP_FAULT_NONE && span_left(&line) > 0;
	     line = http_line_take(&rest)) {
		fault = http_fields_parse(&response->fields[response->fields_len], head, line);
		response->fields_len += fault == HTTP_FAULT_NONE;
	}
	return fault == HTTP_FAULT_NONE ? read_framing(response, expected, limits) : fault;
}

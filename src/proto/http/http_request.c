// http_request: see the header.
#include "proto/http/http_request.h"

#include "proto/http/http_char.h"
#include "proto/http/http_line.h"

unsigned http_request_find(const struct http_request *request, enum http_field_id id, unsigned from)
{
	return http_fields_find(http_request_fields(request), id, from);
}

bool http_request_only(const struct http_request *request, enum http_field_id id,
                       struct span *value)
{
	return http_fields_only(http_request_fields(request), id, value);
}

// RFC 9112 section 2.3.
static enum http_fault parse_version(struct http_request *request, struct span text)
{
	unsigned major, minor;

	if (!http_line_version(text, &major, &minor))
		return HTTP_FAULT_REQUEST_LINE;
	if (major != 1)
		return HTTP_FAULT_VERSION;
	request->minor = minor > 0;
	return HTTP_FAULT_NONE;
}

// RFC 9112 section 3: exactly one space between the three parts; white space of other kinds and
// numbers, which the RFC lets a server take, is refused.
static enum http_fault parse_request_line(struct http_request *request, struct span line)
{
	struct span method = http_char_prefix(line, HTTP_CHAR_TOKEN), target;
	enum http_fault fault;

	if (span_left(&method) == 0 || method.end == line.end || *method.end != ' ')
		return HTTP_FAULT_REQUEST_LINE;
	line.p = method.end + 1;
	target = http_line_word(&line);
	request->method_text = method;
	if (target.bad || span_left(&target) == 0)
		return HTTP_FAULT_REQUEST_LINE;
	request->target_text = target;
	fault = parse_version(request, line);
	if (fault != HTTP_FAULT_NONE)
		return fault;
	if (span_left(&method) > HTTP_METHOD_MAX_BYTES)
		return HTTP_FAULT_METHOD_LONG;
	request->method = http_method_of(method);
	return http_target_parse(&request->target, target, request->method) ? HTTP_FAULT_NONE
	                                                                    : HTTP_FAULT_TARGET;
}

// RFC 9112 section 3.2: a request of HTTP/1.1 has a Host, none has two, or one that is not valid,
// even where the target's host is the one that counts.
static enum http_fault check_host(struct http_request *request)
{
	unsigned at = http_request_find(request, HTTP_FIELD_HOST, 0);

	request->host = request->target.host;
	if (at == request->fields_len)
		return request->minor ? HTTP_FAULT_HOST_MISSING : HTTP_FAULT_NONE;
	if (http_request_find(request, HTTP_FIELD_HOST, at + 1) < request->fields_len)
		return HTTP_FAULT_HOST_TWICE;
	if (!http_target_is_host(http_request_value(request, at)))
		return HTTP_FAULT_HOST;
	if (span_left(&request->host) == 0)
		request->host = http_request_value(request, at);
	return HTTP_FAULT_NONE;
}

// RFC 9110 section 10.1.1. A client of HTTP/1.0 does not wait.
static enum http_fault check_expect(struct http_request *request)
{
	unsigned at = http_request_find(request, HTTP_FIELD_EXPECT, 0);
	struct span list, item;

	for (; at < request->fields_len;
	     at = http_request_find(request, HTTP_FIELD_EXPECT, at + 1)) {
		list = http_request_value(request, at);
		while (http_field_element(&list, &item)) {
			if (!http_char_equal(item, "100-continue"))
				return HTTP_FAULT_EXPECT;
			request->expects = request->minor > 0 && request->framing != HTTP_NO_BODY;
		}
	}
	return HTTP_FAULT_NONE;
}

void http_request_init(struct http_request *request, const uint8_t *head, uint32_t len)
{
	request->head = head;
	request->head_len = len;
	request->method = HTTP_OTHER;
	request->method_text = request->target_text = request->host = span_of(head, 0);
	request->minor = 1;
	request->keep_alive = request->expects = false;
	request->framing = HTTP_NO_BODY;
	request->length = 0;
	request->fields_len = 0;
}

enum http_fault http_request_parse(struct http_request *request, const uint8_t *head, uint32_t len,
                                   const struct http_limits *limits)
{
	struct span rest = span_of(head, len), line;
	enum http_fault fault;
	bool stated;

	http_request_init(request, head, len);
	fault = parse_request_line(request, http_line_take(&rest));
	for (line = http_line_take(&rest); fault == HTTP_FAULT_NONE && span_left(&line) > 0;
	     line = http_line_take(&rest)) {
		fault = http_fields_parse(&request->fields[request->fields_len], head, line);
		request->fields_len += fault == HTTP_FAULT_NONE;
	}
	if (fault == HTTP_FAULT_NONE)
		fault = check_host(request);
	if (fault == HTTP_FAULT_NONE)
		fault = http_framing_read(http_request_fields(request), request->minor,
		                          limits->body_bytes, &request->framing, &request->length,
		                          &stated);
	if (fault != HTTP_FAULT_NONE)
		return fault;
	request->keep_alive = http_framing_persists(http_request_fields(request), request->minor);
	return check_expect(request);
}

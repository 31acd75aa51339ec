// http_request: see the header.
#include "proto/http/http_request.h"

#include "proto/http/http_char.h"

unsigned http_request_find(const struct http_request *request, enum http_field_id id, unsigned from)
{
	while (from < request->fields_len && request->fields[from].id != id)
		from++;
	return from;
}

bool http_request_only(const struct http_request *request, enum http_field_id id,
                       struct span *value)
{
	unsigned at = http_request_find(request, id, 0);

	if (at == request->fields_len ||
	    http_request_find(request, id, at + 1) < request->fields_len)
		return false;
	*value = http_request_value(request, at);
	return true;
}

// The next line of the head, without its CR LF, which http_head_scan has seen.
static struct span take_line(struct span *head)
{
	const uint8_t *lf = http_char_find(*head, '\n');
	struct span line = span_sub(head, (size_t)(lf - head->p) + 1);

	line.end -= 2;
	return line;
}

// "HTTP/1.1" (RFC 9112 section 2.3); the name's case counts.
static enum http_fault parse_version(struct http_request *request, struct span text)
{
	if (span_left(&text) != 8 || memcmp(text.p, "HTTP/", 5) != 0 || text.p[6] != '.' ||
	    !http_char_is(text.p[5], HTTP_CHAR_DIGIT) || !http_char_is(text.p[7], HTTP_CHAR_DIGIT))
		return HTTP_FAULT_REQUEST_LINE;
	if (text.p[5] != '1')
		return HTTP_FAULT_VERSION;
	request->minor = text.p[7] > '0';
	return HTTP_FAULT_NONE;
}

// The part of the line before the next space, which is passed over; bad if there is none.
static struct span take_word(struct span *line)
{
	const uint8_t *space = http_char_find(*line, ' ');
	struct span word = {.bad = true};

	if (space) {
		word = span_sub(line, (size_t)(space - line->p));
		(void)span_take(line, 1);
	}
	return word;
}

// RFC 9112 section 3: exactly one space between the three parts; white space of other kinds and
// numbers, which the RFC lets a server take, is refused.
static enum http_fault parse_request_line(struct http_request *request, struct span line)
{
	struct span method = take_word(&line), target = take_word(&line);
	enum http_fault fault;

	if (method.bad || span_left(&method) == 0 || !http_char_all(method, HTTP_CHAR_TOKEN))
		return HTTP_FAULT_REQUEST_LINE;
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

// RFC 9112 section 5: no white space between the name and the colon, none before the name.
static enum http_fault parse_field(struct http_request *request, struct span line)
{
	const uint8_t *colon;
	struct span name, value;

	if (*line.p == ' ' || *line.p == '\t')
		return HTTP_FAULT_FOLD;
	colon = http_char_find(line, ':');
	if (!colon)
		return HTTP_FAULT_FIELD_NAME;
	name = span_sub(&line, (size_t)(colon - line.p));
	if (span_left(&name) == 0 || !http_char_all(name, HTTP_CHAR_TOKEN))
		return HTTP_FAULT_FIELD_NAME;
	(void)span_take(&line, 1);
	if (!http_char_all(line, HTTP_CHAR_VALUE))
		return HTTP_FAULT_FIELD_VALUE;
	value = http_char_trim(line);
	request->fields[request->fields_len++] = (struct http_field){
	        .id = (uint16_t)http_field_find(name),
	        .name_at = (uint16_t)(name.p - request->head),
	        .name_len = (uint16_t)span_left(&name),
	        .value_at = (uint16_t)(value.p - request->head),
	        .value_len = (uint16_t)span_left(&value),
	};
	return HTTP_FAULT_NONE;
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

// RFC 9112 sections 6.1 and 7. Of codings there is chunked alone, which comes last and once.
static enum http_fault check_codings(struct http_request *request, unsigned at)
{
	struct span list, coding;
	bool chunked = false;

	for (; at < request->fields_len;
	     at = http_request_find(request, HTTP_FIELD_TRANSFER_ENCODING, at + 1)) {
		list = http_request_value(request, at);
		while (http_field_element(&list, &coding)) {
			if (chunked)
				return HTTP_FAULT_CODING_LAST;
			chunked = http_char_equal(coding, "chunked");
			if (chunked)
				continue;
			return http_char_find(coding, ';') ? HTTP_FAULT_CODING_LAST
			                                   : HTTP_FAULT_CODING;
		}
	}
	request->framing = HTTP_CHUNKED;
	return chunked ? HTTP_FAULT_NONE : HTTP_FAULT_CODING_LAST;
}

// RFC 9112 section 6.3: one number, neither a list of equal ones nor one with a sign.
static enum http_fault check_length(struct http_request *request, unsigned at,
                                    const struct http_limits *limits)
{
	struct span value = http_request_value(request, at);
	uint64_t length = 0;

	if (http_request_find(request, HTTP_FIELD_CONTENT_LENGTH, at + 1) < request->fields_len)
		return HTTP_FAULT_LENGTH_TWICE;
	if (span_left(&value) == 0 || !http_char_all(value, HTTP_CHAR_DIGIT))
		return HTTP_FAULT_LENGTH;
	for (; value.p < value.end; value.p++) {
		unsigned digit = *value.p - '0';

		if (length > (UINT64_MAX - digit) / 10)
			return HTTP_FAULT_BODY_LONG;
		length = length * 10 + digit;
	}
	if (length > limits->body_bytes)
		return HTTP_FAULT_BODY_LONG;
	request->length = length;
	request->framing = length ? HTTP_LENGTH : HTTP_NO_BODY;
	return HTTP_FAULT_NONE;
}

static enum http_fault check_framing(struct http_request *request, const struct http_limits *limits)
{
	unsigned coding = http_request_find(request, HTTP_FIELD_TRANSFER_ENCODING, 0);
	unsigned length = http_request_find(request, HTTP_FIELD_CONTENT_LENGTH, 0);

	request->framing = HTTP_NO_BODY;
	if (coding == request->fields_len)
		return length == request->fields_len ? HTTP_FAULT_NONE
		                                     : check_length(request, length, limits);
	if (length < request->fields_len)
		return HTTP_FAULT_LENGTH_CODED;
	if (request->minor == 0)
		return HTTP_FAULT_CODING_OLD;
	return check_codings(request, coding);
}

// RFC 9112 section 9.3.
static void read_connection(struct http_request *request)
{
	bool close = false, keep = request->minor > 0;
	struct span list, option;

	for (unsigned at = http_request_find(request, HTTP_FIELD_CONNECTION, 0);
	     at < request->fields_len;
	     at = http_request_find(request, HTTP_FIELD_CONNECTION, at + 1)) {
		list = http_request_value(request, at);
		while (http_field_element(&list, &option)) {
			close = close || http_char_equal(option, "close");
			keep = keep || http_char_equal(option, "keep-alive");
		}
	}
	request->keep_alive = keep && !close;
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

	http_request_init(request, head, len);
	fault = parse_request_line(request, take_line(&rest));
	for (line = take_line(&rest); fault == HTTP_FAULT_NONE && span_left(&line) > 0;
	     line = take_line(&rest))
		fault = parse_field(request, line);
	if (fault == HTTP_FAULT_NONE)
		fault = check_host(request);
	if (fault == HTTP_FAULT_NONE)
		fault = check_framing(request, limits);
	if (fault != HTTP_FAULT_NONE)
		return fault;
	read_connection(request);
	return check_expect(request);
}

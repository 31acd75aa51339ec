// http2_request: see the header.
#include "proto/http2/http2_request.h"

#include "proto/http/http_char.h"

// The pseudo-header fields of requests (RFC 9113 section 8.3.1).
struct pseudo {
	struct span method, scheme, authority, path; // p NULL: it did not come
};

static bool parse_pseudo(struct pseudo *pseudo, struct span name, struct span value)
{
	struct span *to = http_char_equal(name, ":method")      ? &pseudo->method
	                  : http_char_equal(name, ":scheme")    ? &pseudo->scheme
	                  : http_char_equal(name, ":authority") ? &pseudo->authority
	                  : http_char_equal(name, ":path")      ? &pseudo->path
	                                                        : NULL;

	if (!to || to->p)
		return false;
	*to = value;
	return true;
}

// RFC 9113 section 8.2.1: as HTTP/1.1, but in lower case, and without white space around values.
static bool is_name(struct span name)
{
	for (const uint8_t *p = name.p; p < name.end; p++)
		if (!http_char_is(*p, HTTP_CHAR_TOKEN) || (*p >= 'A' && *p <= 'Z'))
			return false;
	return span_left(&name) > 0;
}

static bool is_value(struct span value)
{
	struct span trimmed = http_char_trim(value);

	return http_char_value(value) && span_left(&trimmed) == span_left(&value);
}

// RFC 9113 section 8.2.2: what is about a connection of HTTP/1.1 makes a request malformed.
static bool is_of_connection(enum http_field_id id, struct span name, struct span value)
{
	if (http_char_equal(name, "te"))
		return !http_char_equal(value, "trailers");
	return id == HTTP_FIELD_CONNECTION || id == HTTP_FIELD_TRANSFER_ENCODING ||
	       http_char_equal(name, "keep-alive") || http_char_equal(name, "proxy-connection") ||
	       http_char_equal(name, "upgrade");
}

static enum http_fault parse_field(struct http_request *request, struct span name,
                                   struct span value, const struct http_limits *limits)
{
	enum http_field_id id;

	if (!is_name(name))
		return HTTP_FAULT_FIELD_NAME;
	if (!is_value(value))
		return HTTP_FAULT_FIELD_VALUE;
	id = http_field_find(name);
	if (is_of_connection(id, name, value))
		return HTTP_FAULT_FIELD_CONNECTION;
	if (request->fields_len == limits->fields_max)
		return HTTP_FAULT_FIELDS_MANY;
	request->fields[request->fields_len++] = (struct http_field){
	        .id = (uint16_t)id,
	        .name_at = (uint16_t)(name.p - request->head),
	        .name_len = (uint16_t)span_left(&name),
	        .value_at = (uint16_t)(value.p - request->head),
	        .value_len = (uint16_t)span_left(&value),
	};
	return HTTP_FAULT_NONE;
}

// Pseudo-header fields come first (section 8.3).
static enum http_fault parse_fields(struct http_request *request, struct pseudo *pseudo,
                                    const struct http_limits *limits)
{
	struct span rest = span_of(request->head, request->head_len);
	enum http_fault fault = HTTP_FAULT_NONE;
	bool regular = false;

	while (span_left(&rest) > 0 && fault == HTTP_FAULT_NONE) {
		uint16_t name_len = span_u16(&rest), value_len = span_u16(&rest);
		struct span name = span_sub(&rest, name_len), value = span_sub(&rest, value_len);

		assert(!rest.bad);
		if (name_len == 0 || *name.p != ':') {
			regular = true;
			fault = parse_field(request, name, value, limits);
		} else if (regular || !parse_pseudo(pseudo, name, value)) {
			fault = HTTP_FAULT_PSEUDO;
		}
	}
	return fault;
}

static enum http_fault check_target(struct http_request *request, const struct pseudo *pseudo)
{
	bool connect = http_method_of(pseudo->method) == HTTP_CONNECT;

	// Section 8.5: CONNECT has neither scheme nor path.
	if (!pseudo->method.p || !pseudo->scheme.p == !connect || !pseudo->path.p == !connect)
		return HTTP_FAULT_PSEUDO;
	if (span_left(&pseudo->method) == 0 || !http_char_all(pseudo->method, HTTP_CHAR_TOKEN))
		return HTTP_FAULT_REQUEST_LINE;
	request->method_text = pseudo->method;
	request->target_text = connect ? pseudo->authority : pseudo->path;
	if (!request->target_text.p)
		return HTTP_FAULT_PSEUDO;
	if (span_left(&pseudo->method) > HTTP_METHOD_MAX_BYTES)
		return HTTP_FAULT_METHOD_LONG;
	request->method = http_method_of(pseudo->method);
	if (!http_target_parse(&request->target, request->target_text, request->method) ||
	    request->target.form == HTTP_TARGET_ABSOLUTE)
		return HTTP_FAULT_TARGET;
	request->target.https = http_char_equal(pseudo->scheme, "https");
	return request->target.https || connect || http_char_equal(pseudo->scheme, "http")
	               ? HTTP_FAULT_NONE
	               : HTTP_FAULT_PSEUDO;
}

static bool equals(struct span a, struct span b)
{
	return span_left(&a) == span_left(&b) && memcmp(a.p, b.p, span_left(&a)) == 0;
}

// Section 8.3.1: a Host beside :authority has to be the same; one of the two is there.
static enum http_fault check_host(struct http_request *request, const struct pseudo *pseudo)
{
	unsigned at = http_request_find(request, HTTP_FIELD_HOST, 0);
	bool has_host = at < request->fields_len;

	if (has_host && http_request_find(request, HTTP_FIELD_HOST, at + 1) < request->fields_len)
		return HTTP_FAULT_HOST_TWICE;
	if (!pseudo->authority.p && !has_host)
		return HTTP_FAULT_HOST_MISSING;
	request->host = pseudo->authority.p ? pseudo->authority : http_request_value(request, at);
	if (!http_target_is_host(request->host) || span_left(&request->host) == 0)
		return HTTP_FAULT_HOST;
	if (has_host && !equals(http_request_value(request, at), request->host))
		return HTTP_FAULT_HOST;
	return HTTP_FAULT_NONE;
}

static enum http_fault check_length(struct http_request *request, bool ended,
                                    const struct http_limits *limits)
{
	unsigned at = http_request_find(request, HTTP_FIELD_CONTENT_LENGTH, 0);
	struct span value;
	uint64_t length = 0;

	request->framing = ended ? HTTP_NO_BODY : HTTP_CHUNKED;
	if (at == request->fields_len)
		return HTTP_FAULT_NONE;
	if (http_request_find(request, HTTP_FIELD_CONTENT_LENGTH, at + 1) < request->fields_len)
		return HTTP_FAULT_LENGTH_TWICE;
	value = http_request_value(request, at);
	if (span_left(&value) == 0 || !http_char_all(value, HTTP_CHAR_DIGIT))
		return HTTP_FAULT_LENGTH;
	for (; value.p < value.end; value.p++) {
		length = length * 10 + (*value.p - '0');
		if (length > limits->body_bytes)
			return HTTP_FAULT_BODY_LONG;
	}
	// Section 8.1.1: the sum of the DATA is the length.
	if (ended && length > 0)
		return HTTP_FAULT_LENGTH;
	request->length = length;
	if (!ended)
		request->framing = length ? HTTP_LENGTH : HTTP_NO_BODY;
	return HTTP_FAULT_NONE;
}

static enum http_fault check_expect(struct http_request *request)
{
	unsigned at = http_request_find(request, HTTP_FIELD_EXPECT, 0);

	if (at == request->fields_len)
		return HTTP_FAULT_NONE;
	if (!http_char_equal(http_request_value(request, at), "100-continue"))
		return HTTP_FAULT_EXPECT;
	request->expects = request->framing != HTTP_NO_BODY;
	return HTTP_FAULT_NONE;
}

enum http_fault http2_request_parse(struct http_request *request, const struct http2_gather *gather,
                                    bool ended, const struct http_limits *limits)
{
	static const uint8_t nothing;
	struct pseudo pseudo = {0};
	enum http_fault fault;

	http_request_init(request, gather->bytes ? gather->bytes : &nothing, gather->len);
	request->keep_alive = true;
	fault = parse_fields(request, &pseudo, limits);
	if (fault == HTTP_FAULT_NONE)
		fault = gather->fault;
	if (fault == HTTP_FAULT_NONE)
		fault = check_target(request, &pseudo);
	if (fault == HTTP_FAULT_NONE)
		fault = check_host(request, &pseudo);
	if (fault == HTTP_FAULT_NONE)
		fault = check_length(request, ended, limits);
	return fault == HTTP_FAULT_NONE ? check_expect(request) : fault;
}

// http_precondition: see the header.
#include "proto/http/http_precondition.h"

#include "proto/http/http_char.h"
#include "proto/http/http_date.h"

static bool is_weak(struct span etag)
{
	return span_left(&etag) >= 2 && etag.p[0] == 'W' && etag.p[1] == '/';
}

static struct span opaque(struct span etag)
{
	if (is_weak(etag))
		etag.p += 2;
	return etag;
}

// RFC 9110 section 8.8.3.2.
static bool is_same(struct span a, struct span b, bool strong)
{
	struct span x = opaque(a), y = opaque(b);

	if (strong && (is_weak(a) || is_weak(b)))
		return false;
	return span_left(&x) > 0 && span_left(&x) == span_left(&y) &&
	       memcmp(x.p, y.p, span_left(&x)) == 0;
}

// Whether one of the tags in all fields of that name is the representation's. "*" is any.
static bool has_tag(const struct http_request *request, enum http_field_id id,
                    const struct http_validator *validator, bool strong)
{
	for (unsigned at = http_request_find(request, id, 0); at < request->fields_len;
	     at = http_request_find(request, id, at + 1)) {
		struct span list = http_request_value(request, at), tag;

		if (http_char_equal(list, "*"))
			return !validator->missing;
		while (http_field_element(&list, &tag))
			if (is_same(tag, validator->etag, strong))
				return true;
	}
	return false;
}

static bool has_field(const struct http_request *request, enum http_field_id id)
{
	return http_request_find(request, id, 0) < request->fields_len;
}

// The date of a field; false if there is none that counts: then the field is ignored.
static bool date_of(const struct http_request *request, enum http_field_id id,
                    const struct http_validator *validator, uint64_t now_s, uint64_t *date_s)
{
	struct span value;

	return validator->has_modified && http_request_only(request, id, &value) &&
	       http_date_parse(value, now_s, date_s);
}

static bool is_unmodified(const struct http_request *request,
                          const struct http_validator *validator, uint64_t now_s)
{
	uint64_t date_s;

	if (has_field(request, HTTP_FIELD_IF_MATCH))
		return has_tag(request, HTTP_FIELD_IF_MATCH, validator, true);
	return !date_of(request, HTTP_FIELD_IF_UNMODIFIED_SINCE, validator, now_s, &date_s) ||
	       validator->modified_s <= date_s;
}

enum http_precondition http_precondition_check(const struct http_request *request,
                                               const struct http_validator *validator,
                                               uint64_t now_s)
{
	bool reads = request->method == HTTP_GET || request->method == HTTP_HEAD;
	uint64_t date_s;

	if (!is_unmodified(request, validator, now_s))
		return HTTP_FAILED;
	if (has_field(request, HTTP_FIELD_IF_NONE_MATCH)) {
		if (!has_tag(request, HTTP_FIELD_IF_NONE_MATCH, validator, false))
			return HTTP_PROCEED;
		return reads ? HTTP_NOT_MODIFIED : HTTP_FAILED;
	}
	if (reads && date_of(request, HTTP_FIELD_IF_MODIFIED_SINCE, validator, now_s, &date_s) &&
	    validator->modified_s <= date_s)
		return HTTP_NOT_MODIFIED;
	return HTTP_PROCEED;
}

bool http_precondition_range(const struct http_request *request,
                             const struct http_validator *validator, uint64_t now_s)
{
	struct span value;
	uint64_t date_s;

	if (!has_field(request, HTTP_FIELD_IF_RANGE))
		return true;
	if (!http_request_only(request, HTTP_FIELD_IF_RANGE, &value) || span_left(&value) == 0)
		return false;
	if (*value.p == '"' || is_weak(value))
		return is_same(value, validator->etag, true);
	// A date matches exactly, and is strong when the file can have changed only once within its
	// second: a minute later it is (section 8.8.2.2).
	return validator->has_modified && http_date_parse(value, now_s, &date_s) &&
	       validator->modified_s == date_s && now_s >= date_s + 60;
}

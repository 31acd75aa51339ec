// What is read out of a head's fields: each range that counts is within the file and overlaps no
// other, a coding that is chosen is stored, and dates that are read are written as the same.
#include "proto/http/http_coding.h"
#include "proto/http/http_date.h"
#include "proto/http/http_precondition.h"
#include "proto/http/http_range.h"

#include "proto/http/http_head.h"

#include <stdlib.h>

#define NOW_S  UINT64_C(1790000000)
#define LENGTH UINT64_C(100)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_ranges(const struct http_request *request)
{
	struct http_ranges ranges;
	uint64_t sum = 0;

	if (http_range_read(request, LENGTH, &ranges) != HTTP_RANGE_PARTS)
		return;
	if (ranges.len == 0 || ranges.len > HTTP_RANGES_MAX)
		abort();
	for (unsigned i = 0; i < ranges.len; i++) {
		if (ranges.range[i].first > ranges.range[i].last || ranges.range[i].last >= LENGTH)
			abort();
		sum += ranges.range[i].last - ranges.range[i].first + 1;
	}
	if (sum > LENGTH)
		abort();
}

static void check_coding(const struct http_request *request, unsigned stored)
{
	enum http_coding coding = http_coding_choose(request, stored);

	if (coding != HTTP_CODING_IDENTITY && !(stored >> coding & 1))
		abort();
}

static void check_dates(const struct http_request *request)
{
	for (unsigned i = 0; i < request->fields_len; i++) {
		char text[HTTP_DATE_BYTES];
		uint64_t unix_s, again;

		if (!http_date_parse(http_request_value(request, i), NOW_S, &unix_s))
			continue;
		http_date_text(unix_s, text);
		if (!http_date_parse(span_of(text, sizeof(text)), NOW_S, &again) || again != unix_s)
			abort();
	}
}

static void check_preconditions(const struct http_request *request)
{
	const struct http_validator file = {
	        .etag = span_of("\"a\"", 3), .modified_s = 784111777, .has_modified = true};

	if (http_precondition_check(request, &file, NOW_S) == HTTP_NOT_MODIFIED &&
	    request->method != HTTP_GET && request->method != HTTP_HEAD)
		abort();
	(void)!http_precondition_range(request, &file, NOW_S);
}

// A head; what follows it is not looked at.
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct http_head head = {0};
	struct http_request request;
	struct span part = span_of(data, size);
	enum http_fault fault;

	if (http_head_scan(&head, &http_limits_default, &part, &fault) != HTTP_HEAD_END ||
	    head.lines == 0 ||
	    http_request_parse(&request, data, head.len, &http_limits_default) != HTTP_FAULT_NONE)
		return 0;
	check_ranges(&request);
	for (unsigned stored = 0; stored < 1u << HTTP_CODINGS; stored++)
		check_coding(&request, stored);
	check_dates(&request);
	check_preconditions(&request);
	return 0;
}

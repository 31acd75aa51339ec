// http_parsed: a request out of the fields that a test gives.
#ifndef HTTP_PARSED_H
#define HTTP_PARSED_H

#include "harness.h"

#include "proto/http/http_request.h"

#include <stdio.h>

// Of `method` with the fields, each with its CR LF. Valid until the next call.
static inline const struct http_request *parsed(const char *method, const char *fields)
{
	static struct http_request request;
	static char head[4096];
	int len =
	        snprintf(head, sizeof(head), "%s / HTTP/1.1\r\nHost: a\r\n%s\r\n", method, fields);

	assert_int_equal(http_request_parse(&request, (const uint8_t *)head, (uint32_t)len,
	                                    &http_limits_default),
	                 HTTP_FAULT_NONE);
	return &request;
}

#endif

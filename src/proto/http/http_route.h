// http_route: which handler a path and a method belong to: a table of patterns with parameters that
// have types. Paths are decoded before (http_path.h).
#ifndef HTTP_ROUTE_H
#define HTTP_ROUTE_H

#include "proto/http/http_method.h"

#define HTTP_ROUTE_PARAMS_MAX 4

// A pattern is segments behind slashes: text that is equal, or a parameter that fills the segment:
// "{text}", at least one byte; "{uint}", a decimal number of 64 bits without a zero in front;
// "{rest}", at the end alone: all that is left of the path, maybe nothing.
struct http_route {
	const char *pattern; // NULL ends the table
	unsigned methods;    // 1 << HTTP_GET | ...; GET includes HEAD
	unsigned id;         // the caller's
};

struct http_route_param {
	struct span text; // in the path
	uint64_t number;  // of "{uint}"
};

struct http_route_match {
	unsigned id;
	unsigned allowed; // methods of all routes of the path, for Allow
	unsigned params_len;
	struct http_route_param params[HTTP_ROUTE_PARAMS_MAX]; // in the order of the pattern
};

enum http_route_result {
	HTTP_ROUTE_FOUND,
	HTTP_ROUTE_NO_PATH,   // 404
	HTTP_ROUTE_NO_METHOD, // 405, with what is allowed
};

// The first route of the table that takes both. OPTIONS, unless a route has it, is a method that is
// not allowed; the caller answers it from `allowed`.
enum http_route_result http_route_find(const struct http_route *routes, struct span path,
                                       enum http_method method,
                                       struct http_route_match *match) MUST_CHECK;

// Whether all patterns of a table are well-formed; for a test of the table.
bool http_route_is_valid(const struct http_route *routes) PURE;

#endif

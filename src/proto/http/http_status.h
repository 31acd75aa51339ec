// http_status: the status codes that are sent (RFC 9110 section 15, RFC 6585), with their phrases.
#ifndef HTTP_STATUS_H
#define HTTP_STATUS_H

#include "core/base.h"

#define HTTP_STATUS_LIST(S)                                                                        \
	S(100, "Continue")                                                                         \
	S(101, "Switching Protocols")                                                              \
	S(200, "OK")                                                                               \
	S(201, "Created")                                                                          \
	S(202, "Accepted")                                                                         \
	S(204, "No Content")                                                                       \
	S(206, "Partial Content")                                                                  \
	S(301, "Moved Permanently")                                                                \
	S(302, "Found")                                                                            \
	S(303, "See Other")                                                                        \
	S(304, "Not Modified")                                                                     \
	S(307, "Temporary Redirect")                                                               \
	S(308, "Permanent Redirect")                                                               \
	S(400, "Bad Request")                                                                      \
	S(401, "Unauthorized")                                                                     \
	S(403, "Forbidden")                                                                        \
	S(404, "Not Found")                                                                        \
	S(405, "Method Not Allowed")                                                               \
	S(406, "Not Acceptable")                                                                   \
	S(408, "Request Timeout")                                                                  \
	S(409, "Conflict")                                                                         \
	S(412, "Precondition Failed")                                                              \
	S(413, "Content Too Large")                                                                \
	S(414, "URI Too Long")                                                                     \
	S(415, "Unsupported Media Type")                                                           \
	S(416, "Range Not Satisfiable")                                                            \
	S(417, "Expectation Failed")                                                               \
	S(421, "Misdirected Request")                                                              \
	S(422, "Unprocessable Content")                                                            \
	S(426, "Upgrade Required")                                                                 \
	S(429, "Too Many Requests")                                                                \
	S(431, "Request Header Fields Too Large")                                                  \
	S(500, "Internal Server Error")                                                            \
	S(501, "Not Implemented")                                                                  \
	S(503, "Service Unavailable")                                                              \
	S(504, "Gateway Timeout")                                                                  \
	S(505, "HTTP Version Not Supported")

// The phrase of a status; NULL if it is none of the list.
const char *http_status_phrase(unsigned status) PURE;

// Whether answers of the status never have content (RFC 9112 section 6.3).
static inline bool http_status_is_bare(unsigned status)
{
	return status < 200 || status == 204 || status == 304;
}

#endif

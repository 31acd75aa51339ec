// http_guard: which clients are let in: those that bring the token, and whose network has not
// brought too many wrong ones of late. Pure: the caller has read the file, and knows the time.
#ifndef APPS_HTTP_HTTP_GUARD_H
#define APPS_HTTP_HTTP_GUARD_H

#include "core/addr.h"
#include "core/mono.h"
#include "core/span.h"
#include "core/why.h"

#define HTTP_TOKEN_MIN 16
#define HTTP_TOKEN_MAX 128

struct http_token {
	uint8_t len, bytes[HTTP_TOKEN_MAX];
};

// Takes the text of a file: one line of HTTP_TOKEN_MIN to HTTP_TOKEN_MAX visible ASCII
// characters. False with a sentence in why, which names the file.
bool http_guard_parse(const char *file, struct span text, struct http_token *token,
                      struct why *why) MUST_CHECK;

// Whether the value of Authorization brings it: "Bearer TOKEN" (RFC 6750 section 2.1), or "Basic"
// with it as the password of any user (RFC 7617), as browsers ask for it. The time does not depend
// on how much of it is right.
bool http_guard_has_token(const struct http_token *token, struct span authorization) PURE;

// HTTP_GUARD_WRONG wrong tokens at once, and one more each HTTP_GUARD_FORGET_US; beyond that
// nothing that comes from the network, a /64 of IPv6, is looked at.
#define HTTP_GUARD_WRONG     10
#define HTTP_GUARD_FORGET_US (6 * SEC_US)
#define HTTP_GUARD_SOURCES   64

// Of one worker; all zeros at first. The network that was wrong least recently is forgotten first.
struct http_guard {
	struct {
		struct addr source;
		mono_t until; // when its last wrong token is forgotten
	} wrong[HTTP_GUARD_SOURCES];
};

bool http_guard_allows(const struct http_guard *guard, struct addr source, mono_t now) PURE;
void http_guard_add(struct http_guard *guard, struct addr source, mono_t now);

#endif

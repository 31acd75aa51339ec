// manage_guard: which clients are let in: those that bring the token, and whose network has not
// brought too many wrong ones of late. Pure: the caller has read the file, and knows the time.
#ifndef APPS_MANAGE_MANAGE_GUARD_H
#define APPS_MANAGE_MANAGE_GUARD_H

#include "core/addr.h"
#include "core/mono.h"
#include "core/span.h"
#include "core/why.h"

#define MANAGE_TOKEN_MIN 16
#define MANAGE_TOKEN_MAX 128

struct manage_token {
	uint8_t len, bytes[MANAGE_TOKEN_MAX];
};

// Takes the text of a file: one line of MANAGE_TOKEN_MIN to MANAGE_TOKEN_MAX visible ASCII
// characters. False with a sentence in why, which names the file.
bool manage_guard_parse(const char *file, struct span text, struct manage_token *token,
                        struct why *why) MUST_CHECK;

// Whether the value of Authorization brings it: "Bearer TOKEN" (RFC 6750 section 2.1), or "Basic"
// with it as the password of any user (RFC 7617), as browsers ask for it. The time does not depend
// on how much of it is right.
bool manage_guard_has_token(const struct manage_token *token, struct span authorization) PURE;

// MANAGE_GUARD_WRONG wrong tokens at once, and one more each MANAGE_GUARD_FORGET_US; beyond that
// nothing that comes from the network, a /64 of IPv6, is looked at.
#define MANAGE_GUARD_WRONG     10
#define MANAGE_GUARD_FORGET_US (6 * SEC_US)
#define MANAGE_GUARD_SOURCES   64

// Of one worker; all zeros at first. The network that was wrong least recently is forgotten first.
struct manage_guard {
	struct {
		struct addr source;
		mono_t until; // when its last wrong token is forgotten
	} wrong[MANAGE_GUARD_SOURCES];
};

bool manage_guard_allows(const struct manage_guard *guard, struct addr source, mono_t now) PURE;
void manage_guard_add(struct manage_guard *guard, struct addr source, mono_t now);

#endif

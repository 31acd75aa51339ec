// acl: which addresses match a list of prefixes. Compiled once from text, then read by
// all workers; decides which clients may query a zone, and which are exempt from rate
// limiting.
//
// An entry is a prefix ("192.0.2.0/24", "2001:db8::/32"), an address, "any" or
// "none"; "!" before a prefix or an address takes it out again. The longest prefix
// that covers an address decides; an address that none covers does not match. So the
// order of entries does not matter: {"10.0.0.0/8", "!10.1.0.0/16"} is 10.0.0.0/8
// without 10.1.0.0/16 either way round. (In BIND the first match decides; lists that are
// ordered there from special to general mean the same here.) "any" is 0.0.0.0/0 and
// ::/0, "none" their opposite. IPv6 prefixes never cover IPv4 clients.
#ifndef CORE_ACL_H
#define CORE_ACL_H

#include "core/base.h"
#include "core/why.h"

#define ACL_TEXTS_MAX 65536

struct acl;

// Whether the text is an entry; if not, why holds what follows the entry in a message,
// such as "is not an address" (conf_check_fn). Bits beyond a prefix's length are an error.
bool acl_check(const char *text, struct why *why) MUST_CHECK;

// Compiles at most ACL_TEXTS_MAX entries; without any, no address matches. The caller
// frees. NULL with a sentence in why: an entry is malformed, two entries contradict each
// other, there are too many, or there is not enough memory.
struct acl *acl_new(const char *const *texts, size_t len, struct why *why) MUST_CHECK;
void acl_free(struct acl *acl);

// Whether the address matches, IPv4 as ::ffff:a.b.c.d.
bool acl_match(const struct acl *acl, const uint8_t address[16]) PURE;

// Whether every address matches, so that a caller can skip the check of each query.
bool acl_is_any(const struct acl *acl) PURE;

#endif

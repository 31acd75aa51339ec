// acl: which addresses a list of prefixes takes in. Compiled once from text, then
// read by all workers; used for who may query a zone, and for who is exempt from
// rate limiting.
//
// An entry is a prefix ("192.0.2.0/24", "2001:db8::/32"), an address, "any" or
// "none"; "!" before a prefix or an address takes it out again. The longest prefix
// that covers an address decides and nobody else is in the list, so the order of
// entries does not matter: {"10.0.0.0/8", "!10.1.0.0/16"} is 10.0.0.0/8 without
// 10.1.0.0/16 either way round. (In BIND the first match decides; lists that go
// there from the special to the general mean the same here.) "any" is 0.0.0.0/0
// and ::/0, "none" their opposite. IPv6 prefixes never cover IPv4 clients.
#ifndef CORE_ACL_H
#define CORE_ACL_H

#include "core/base.h"
#include "core/why.h"

#define ACL_TEXTS_MAX 65536

struct acl;

// Whether the text is an entry; if not, why gets a sentence without subject, as a
// conf_check_fn gives it. Bits behind a prefix's length are an error.
bool acl_check(const char *text, struct why *why) MUST_CHECK;

// Compiles at most ACL_TEXTS_MAX entries; none of them is a list that takes in
// nobody. NULL with a sentence in why: an entry is malformed, two of them
// contradict each other, there are too many, or memory is short. The caller frees.
struct acl *acl_new(const char *const *texts, size_t len, struct why *why) MUST_CHECK;
void acl_free(struct acl *acl);

// Whether the list takes in the address, IPv4 as ::ffff:a.b.c.d.
bool acl_match(const struct acl *acl, const uint8_t address[16]) PURE;

// Whether it takes in everybody: who asks about each query need not ask this one.
bool acl_is_any(const struct acl *acl) PURE;

#endif

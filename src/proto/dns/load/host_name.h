// host_name: which names hosts may have.
#ifndef DNS_HOST_NAME_H
#define DNS_HOST_NAME_H

#include "core/base.h"

// Whether the name is made of labels that hosts have (RFC 1123 section 2.1), the first of
// which may be a wildcard's.
bool host_name_check(const uint8_t *wire) PURE;

static inline bool host_name_is_wildcard(const uint8_t *wire)
{
	return wire[0] == 1 && wire[1] == '*';
}

#endif

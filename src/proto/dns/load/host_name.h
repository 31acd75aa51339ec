// host_name: whether a domain name is a valid host name.
#ifndef DNS_HOST_NAME_H
#define DNS_HOST_NAME_H

#include "core/base.h"

// Whether all labels consist of letters, digits and hyphens as RFC 1123 section 2.1 requires
// of host names; the first label may be "*".
bool host_name_check(const uint8_t *wire) PURE;

static inline bool host_name_is_wildcard(const uint8_t *wire)
{
	return wire[0] == 1 && wire[1] == '*';
}

#endif

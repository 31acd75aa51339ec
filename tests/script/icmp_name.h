// icmp_name: the names that scripts have for types and codes of ICMP and ICMPv6.
#ifndef SCRIPT_ICMP_NAME_H
#define SCRIPT_ICMP_NAME_H

#include "core/base.h"

// "unreachable" and "port_unreachable", or "type_3" and "code_3"; code NULL: 0. False when one
// of the two is not known.
bool icmp_name_find(bool ipv6, const char *type, const char *code, uint8_t *type_number,
                    uint8_t *code_number) MUST_CHECK;

// The type's name, or NULL.
const char *icmp_name_of(bool ipv6, uint8_t type) PURE;

#endif

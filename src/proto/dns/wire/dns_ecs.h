// dns_ecs: the EDNS option Client Subnet (RFC 7871): the network for whose sake a resolver asks.
// The server answers everyone alike and ignores it; it is read for logs.
#ifndef DNS_ECS_H
#define DNS_ECS_H

#include "core/addr.h"
#include "core/span.h"

enum dns_ecs_state {
	DNS_ECS_NONE,
	DNS_ECS_MALFORMED, // RFC 7871 section 7.1.2: FORMERR from a server that knows the option
	DNS_ECS_SOUND,
};

struct dns_ecs {
	uint16_t family; // 1: IPv4, 2: IPv6; another one without an address
	uint8_t source_len;
	uint8_t address[16];
};

// Reads the option of a message; what of the message is malformed otherwise, or follows that, has
// no option.
enum dns_ecs_state dns_ecs_find(struct dns_ecs *ecs, const uint8_t *msg, size_t len) MUST_CHECK;

#define DNS_ECS_TEXT_BYTES (ADDR_TEXT_BYTES + 4)

// Writes "192.0.2.0/24"; returns text.
char *dns_ecs_text(const struct dns_ecs *ecs, char text[DNS_ECS_TEXT_BYTES]);

#endif

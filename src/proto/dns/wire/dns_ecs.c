// dns_ecs: see the header.
#include "proto/dns/wire/dns_ecs.h"

#include "proto/dns/wire/dns_query.h"

#include <stdio.h>
#include <string.h>

#define FAMILY_IPV4 1 // IANA's address family numbers
#define FAMILY_IPV6 2

// The longest prefix of a family. Of others there is the empty one only.
static unsigned family_bits(uint16_t family)
{
	return family == FAMILY_IPV4 ? 32 : family == FAMILY_IPV6 ? 128 : 0;
}

// RFC 7871 section 6: as few bytes as hold the prefix, and no bit beyond it is set.
static bool ecs_parse(struct dns_ecs *ecs, struct span data)
{
	const uint8_t *address;
	unsigned bytes, spare;

	*ecs = (struct dns_ecs){.family = span_u16(&data), .source_len = span_u8(&data)};
	(void)span_u8(&data); // of the scope, which is an answer's
	bytes = (ecs->source_len + 7u) / 8;
	spare = bytes * 8 - ecs->source_len;
	address = span_take(&data, bytes);
	if (!address || span_left(&data) || ecs->source_len > family_bits(ecs->family) ||
	    (bytes && (address[bytes - 1] & ((1u << spare) - 1))))
		return false;
	memcpy(ecs->address, address, bytes);
	return true;
}

enum dns_ecs_state dns_ecs_find(struct dns_ecs *ecs, const uint8_t *msg, size_t len)
{
	struct span data;

	if (!dns_query_option(msg, len, DNS_OPTION_ECS, &data))
		return DNS_ECS_NONE;
	return ecs_parse(ecs, data) ? DNS_ECS_SOUND : DNS_ECS_MALFORMED;
}

char *dns_ecs_text(const struct dns_ecs *ecs, char text[DNS_ECS_TEXT_BYTES])
{
	struct addr addr = addr_from_bytes(ecs->address);
	char address[ADDR_TEXT_BYTES] = "";
	be32_t ipv4;

	memcpy(&ipv4, ecs->address, sizeof(ipv4));
	if (ecs->family == FAMILY_IPV4)
		addr = addr_from_ipv4(ipv4);
	if (family_bits(ecs->family))
		addr_text(addr, address);
	snprintf(text, DNS_ECS_TEXT_BYTES, "%s/%u", address, ecs->source_len);
	return text;
}

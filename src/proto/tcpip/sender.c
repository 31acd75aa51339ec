// sender: see the header.
#include "proto/tcpip/sender.h"

#include "proto/tcpip/eth_wire.h"
#include "proto/tcpip/ipv4_wire.h"
#include "proto/tcpip/ipv6_wire.h"

bool sender_of(const uint8_t *frame, size_t len, struct addr *sender)
{
	uint16_t hdr_len, type;

	if (eth_check(frame, len, &hdr_len, &type) != DROP_NONE)
		return false;
	frame += hdr_len;
	len -= hdr_len;
	if (type == ETH_TYPE_IPV4 && len >= sizeof(struct ipv4_hdr)) {
		*sender = addr_from_ipv4(((const struct ipv4_hdr *)frame)->src);
		return true;
	}
	if (type != ETH_TYPE_IPV6 || len < sizeof(struct ipv6_hdr))
		return false;
	*sender = addr_from_bytes(((const struct ipv6_hdr *)frame)->src);
	return !addr_is_ipv4(*sender);
}

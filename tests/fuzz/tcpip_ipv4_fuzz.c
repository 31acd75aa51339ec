// tcpip_ipv4: the check of an IPv4 header and the walk over its options.
#include "proto/tcpip/ipv4_wire.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct ipv4_hdr *ip = (const struct ipv4_hdr *)data;

	if (ipv4_check(ip, size, size))
		return 0;
	if (ipv4_hdr_len(ip) > be16_get(ip->total_len) || be16_get(ip->total_len) > size)
		abort();
	return ipv4_check_options(ip) == DROP_COUNT;
}

// tcpip_ndp: the check of a solicitation or advertisement with its options. A
// hardware address that it finds lies within the message.
#include "proto/tcpip/ndp_wire.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	for (uint8_t wanted = 0; wanted < 3; wanted++) {
		const uint8_t *mac;
		enum drop reason =
		        ndp_check((const struct ndp_hdr *)data, size, NDP_HOP_LIMIT, wanted, &mac);

		if (reason == DROP_NONE && mac && (mac < data + 26 || mac + 6 > data + size))
			abort();
	}
	return 0;
}

// tcpip_ndp: the check of a solicitation or advertisement with its options. A
// hardware address or nonce that it finds lies within the message.
#include "proto/tcpip/ndp_wire.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

// Of the six bytes of an option that was found.
static bool is_outside(const uint8_t *option, const uint8_t *data, size_t size)
{
	return option && (option < data + 26 || option + 6 > data + size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	for (uint8_t wanted = 0; wanted < 3; wanted++) {
		struct ndp_options found;
		enum drop reason = ndp_check((const struct ndp_hdr *)data, size, NDP_HOP_LIMIT,
		                             wanted, &found);

		if (reason == DROP_NONE &&
		    (is_outside(found.mac, data, size) || is_outside(found.nonce, data, size)))
			abort();
	}
	return 0;
}

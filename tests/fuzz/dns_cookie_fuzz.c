// Cookie options from hostile bytes: the verdict follows from the length, and one of
// ours is good whatever the client's part and its address are.
#include "proto/dns/wire/cookie.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define NOW_S 1559731985

static const struct cookie_secrets secrets = {
        .secret = {{0xe5, 0xe9, 0x73, 0xe5, 0xa6, 0xb2, 0xa4, 0x3f, 0x48, 0xe7, 0xdc, 0x84, 0x9e,
                    0x37, 0xbf, 0xcf},
                   {1, 2, 3}},
        .len = 2,
};

// The client's address first, then the option's data.
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t address[16] = {0}, ours[COOKIE_BYTES];
	size_t skip = size_min(size, sizeof(address)), len = size - skip;
	enum cookie_verdict verdict;

	memcpy(address, data, skip);
	verdict = cookie_check(&secrets, data + skip, len, address, NOW_S);
	if ((verdict == COOKIE_CLIENT_ONLY) != (len == COOKIE_CLIENT_BYTES))
		abort();
	if ((verdict >= COOKIE_GOOD || verdict == COOKIE_BAD) != (len >= 16 && len <= 40))
		abort();
	if (verdict == COOKIE_MALFORMED || verdict == COOKIE_NONE)
		return 0;
	cookie_build(&secrets, data + skip, address, NOW_S, ours);
	if (memcmp(ours, data + skip, COOKIE_CLIENT_BYTES) != 0 ||
	    cookie_check(&secrets, ours, sizeof(ours), address, NOW_S + 1800) != COOKIE_GOOD)
		abort();
	return 0;
}

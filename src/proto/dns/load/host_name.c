// host_name: see the header.
#include "proto/dns/load/host_name.h"

static bool is_host_char(uint8_t c)
{
	return (uint8_t)((c | 0x20) - 'a') < 26 || (uint8_t)(c - '0') < 10 || c == '-';
}

bool host_name_check(const uint8_t *wire)
{
	if (host_name_is_wildcard(wire))
		wire += 2;
	for (; *wire; wire += 1 + *wire) {
		for (unsigned i = 1; i <= *wire; i++) {
			if (!is_host_char(wire[i]))
				return false;
		}
		if (wire[1] == '-' || wire[*wire] == '-')
			return false;
	}
	return true;
}

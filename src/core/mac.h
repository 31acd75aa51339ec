// mac: a 48-bit hardware address of Ethernet as one small value.
#ifndef CORE_MAC_H
#define CORE_MAC_H

#include "core/base.h"

#include <string.h>

// The six bytes as they lie in memory, in the low 48 bits.
struct mac {
	uint64_t bits;
};

#define MAC_BROADCAST ((struct mac){UINT64_C(0xffffffffffff)})

static inline struct mac mac_load(const uint8_t bytes[6])
{
	uint16_t hi;
	uint32_t lo;

	memcpy(&lo, bytes, sizeof(lo));
	memcpy(&hi, bytes + 4, sizeof(hi));
	return (struct mac){(uint64_t)hi << 32 | lo};
}

static inline void mac_store(uint8_t bytes[6], struct mac mac)
{
	uint32_t lo = (uint32_t)mac.bits;
	uint16_t hi = (uint16_t)(mac.bits >> 32);

	memcpy(bytes, &lo, sizeof(lo));
	memcpy(bytes + 4, &hi, sizeof(hi));
}

static inline bool mac_eq(struct mac a, struct mac b)
{
	return a.bits == b.bits;
}

// Multicast or broadcast.
static inline bool mac_is_group(struct mac mac)
{
	return mac.bits & 1;
}

// Whether one host can have the address: it is neither a group's nor zero.
static inline bool mac_is_host(struct mac mac)
{
	return !mac_is_group(mac) && mac.bits != 0;
}

#endif

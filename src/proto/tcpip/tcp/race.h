// race: which of a host's addresses are connected to, in which order and when (RFC 8305). What
// connects is tcp_race.c.
#ifndef TCPIP_TCP_RACE_H
#define TCPIP_TCP_RACE_H

#include "core/addr.h"
#include "core/mono.h"

#define RACE_ADDRS 8 // most addresses of a host

#define RACE_DELAY_US     (250 * MS_US) // RFC 8305 section 8: before the next attempt begins
#define RACE_DELAY_MIN_US (10 * MS_US)  // and when the last one has failed

struct race_addr {
	struct addr dst;
	struct addr src; // ours towards dst
};

// Sorts up to RACE_ADDRS addresses of one host by RFC 6724 section 6, of equal ones the first one
// first, and then has both families take turns (RFC 8305 section 4). Each can be reached.
void race_order(struct race_addr *addrs, unsigned n);

struct race {
	unsigned len, next; // attempts: all, and those that have begun
	unsigned failed;
	mono_t began, due; // when the last attempt began, and when the next may
};

// For 1 to RACE_ADDRS addresses.
void race_init(struct race *race, unsigned len, mono_t now);

// The number of the address to which an attempt begins now; -1: none yet, or no more.
int race_next(struct race *race, mono_t now) MUST_CHECK;

// An attempt that had begun has failed: the next one need not wait for it.
void race_failed(struct race *race);

// When race_next is to be called again; MONO_NEVER when all attempts have begun.
static inline mono_t race_due(const struct race *race)
{
	return race->next < race->len ? race->due : MONO_NEVER;
}

// Whether all attempts have failed.
static inline bool race_is_lost(const struct race *race)
{
	return race->failed == race->len;
}

#endif

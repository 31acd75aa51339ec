// cookie_wire: the wire form of the data of a cookie option with a server cookie of version 1
// (RFC 9018 section 4). cookie.c builds and checks it.
#ifndef DNS_COOKIE_WIRE_H
#define DNS_COOKIE_WIRE_H

#include "core/be.h"
#include "proto/dns/wire/cookie.h"

struct cookie {
	uint8_t client[COOKIE_CLIENT_BYTES];
	uint8_t version;
	uint8_t reserved[3]; // sent as 0; any value is accepted
	be32_t made_s;       // real time, modulo 2^32
	uint8_t hash[8];     // of all fields before it and the client's address
} OVERLAY;
OVERLAY_SIZE(struct cookie, COOKIE_BYTES, hash, 16);

#define COOKIE_VERSION      1
#define COOKIE_HASHED_BYTES 16

// Length of a server cookie of any version and any server (RFC 7873 section 4).
#define COOKIE_SERVER_MIN_BYTES 8
#define COOKIE_SERVER_MAX_BYTES 32

#endif

// cookie_wire: the data of a cookie option whose server cookie is one of version 1
// (RFC 9018 section 4).
#ifndef DNS_COOKIE_WIRE_H
#define DNS_COOKIE_WIRE_H

#include "core/be.h"
#include "proto/dns/wire/cookie.h"

struct cookie {
	uint8_t client[COOKIE_CLIENT_BYTES];
	uint8_t version;
	uint8_t reserved[3]; // 0 when made, anything when checked
	be32_t made_s;       // real time, modulo 2^32
	uint8_t hash[8];     // of all before it and the client's address
} OVERLAY;
OVERLAY_SIZE(struct cookie, COOKIE_BYTES, hash, 16);

#define COOKIE_VERSION      1
#define COOKIE_HASHED_BYTES 16

// What a server cookie may be long, whoever made it (RFC 7873 section 4).
#define COOKIE_SERVER_MIN_BYTES 8
#define COOKIE_SERVER_MAX_BYTES 32

#endif

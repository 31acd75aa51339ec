// cookie: the server keeps no state of clients: the hash authenticates the time in the cookie
// and the address that the cookie was sent to.
#include "proto/dns/wire/cookie_wire.h"

#include "core/hash.h"

#include <string.h>

// RFC 9018 section 4.3.
#define AGE_MAX_S   3600
#define AGE_RENEW_S 1800
#define AHEAD_MAX_S 300

static uint64_t cookie_hash(const uint8_t secret[COOKIE_SECRET_BYTES], const struct cookie *cookie,
                            const uint8_t address[16])
{
	static const uint8_t ipv4[12] = {[10] = 0xff, [11] = 0xff};
	// An IPv4 address is hashed as its four bytes, without the prefix ::ffff.
	size_t skip = memcmp(address, ipv4, sizeof(ipv4)) == 0 ? sizeof(ipv4) : 0;
	uint8_t input[COOKIE_HASHED_BYTES + 16];

	memcpy(input, cookie, COOKIE_HASHED_BYTES);
	memcpy(input + COOKIE_HASHED_BYTES, address + skip, 16 - skip);
	return hash_sip(secret, input, COOKIE_HASHED_BYTES + 16 - skip);
}

enum cookie_verdict cookie_check(const struct cookie_secrets *secrets, const uint8_t *option,
                                 size_t len, const uint8_t address[16], uint32_t now_s)
{
	const struct cookie *cookie = (const struct cookie *)option;
	uint64_t hash;
	int32_t age_s;

	if (!option || secrets->len == 0)
		return COOKIE_NONE;
	if (len == COOKIE_CLIENT_BYTES)
		return COOKIE_CLIENT_ONLY;
	if (len < COOKIE_CLIENT_BYTES + COOKIE_SERVER_MIN_BYTES ||
	    len > COOKIE_CLIENT_BYTES + COOKIE_SERVER_MAX_BYTES)
		return COOKIE_MALFORMED;
	if (len != COOKIE_BYTES || cookie->version != COOKIE_VERSION)
		return COOKIE_BAD;
	// Serial number arithmetic (RFC 1982): the difference is signed.
	age_s = (int32_t)(now_s - be32_get(cookie->made_s));
	if (age_s > AGE_MAX_S || age_s < -AHEAD_MAX_S)
		return COOKIE_BAD;
	memcpy(&hash, cookie->hash, sizeof(hash));
	for (unsigned i = 0; i < secrets->len; i++) {
		if (cookie_hash(secrets->secret[i], cookie, address) == hash)
			return i == 0 && age_s <= AGE_RENEW_S ? COOKIE_GOOD : COOKIE_GOOD_RENEW;
	}
	return COOKIE_BAD;
}

void cookie_build(const struct cookie_secrets *secrets, const uint8_t client[COOKIE_CLIENT_BYTES],
                  const uint8_t address[16], uint32_t now_s, uint8_t out[COOKIE_BYTES])
{
	struct cookie cookie = {.version = COOKIE_VERSION, .made_s = be32(now_s)};
	uint64_t hash;

	assert(secrets->len > 0);
	memcpy(cookie.client, client, sizeof(cookie.client));
	hash = cookie_hash(secrets->secret[0], &cookie, address);
	memcpy(cookie.hash, &hash, sizeof(cookie.hash));
	memcpy(out, &cookie, sizeof(cookie));
}

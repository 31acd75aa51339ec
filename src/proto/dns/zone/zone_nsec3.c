// zone_nsec3: see the header.
#include "proto/dns/zone/zone_nsec3.h"

#include "core/digest.h"

void zone_nsec3_name(const struct zone_image *image, struct zone_name *hashed, const uint8_t *wire,
                     size_t len)
{
	static const char digits[] = "0123456789abcdefghijklmnopqrstuv";
	uint8_t hash[DIGEST_SHA1_BYTES];
	uint8_t *to = hashed->wire;

	digest_sha1(hash, wire, len, zone_nsec3_salt(image), image->nsec3_salt_len);
	for (unsigned i = 0; i < image->nsec3_iterations; i++)
		digest_sha1(hash, hash, sizeof(hash), zone_nsec3_salt(image),
		            image->nsec3_salt_len);
	// Base 32 with extended hex digits (RFC 4648 section 7): five bytes are
	// eight digits.
	*to++ = ZONE_NSEC3_LABEL_BYTES - 1;
	for (unsigned i = 0; i < sizeof(hash); i += 5) {
		uint64_t word = (uint64_t)hash[i] << 32 | (uint64_t)hash[i + 1] << 24 |
		                (uint64_t)hash[i + 2] << 16 | (uint64_t)hash[i + 3] << 8 |
		                hash[i + 4];

		for (int shift = 35; shift >= 0; shift -= 5)
			*to++ = (uint8_t)digits[word >> shift & 31];
	}
	memcpy(to, image->origin, image->origin_len);
	hashed->len = (uint8_t)(to - hashed->wire + image->origin_len);
	zone_name_split(hashed);
}

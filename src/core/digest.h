// digest: SHA-1 for NSEC3 (RFC 5155 section 5) and WebSocket (RFC 6455 section 1.3), SHA-256 for DS
// (RFC 4509), SHA-384 and SHA-512 for ZONEMD (RFC 8976 section 5.2). The only file that includes
// OpenSSL's headers for them; nothing here allocates.
#ifndef CORE_DIGEST_H
#define CORE_DIGEST_H

#include "core/base.h"

#define DIGEST_SHA1_BYTES   20
#define DIGEST_SHA256_BYTES 32
#define DIGEST_SHA384_BYTES 48
#define DIGEST_SHA512_BYTES 64

enum digest_kind {
	DIGEST_SHA384,
	DIGEST_SHA512,
};

// SHA-1 of first, then second: of an NSEC3 hash a name and a salt.
// `to` may be the memory of either.
void digest_sha1(uint8_t to[DIGEST_SHA1_BYTES], const void *first, size_t first_len,
                 const void *second, size_t second_len);

// As digest_sha1.
void digest_sha256(uint8_t to[DIGEST_SHA256_BYTES], const void *first, size_t first_len,
                   const void *second, size_t second_len);

// A SHA-2 digest that grows.
struct digest {
	enum digest_kind kind;
	_Alignas(8) uint8_t state[216]; // OpenSSL's
};

void digest_init(struct digest *digest, enum digest_kind kind);
void digest_add(struct digest *digest, const void *bytes, size_t len);

// Ends it; returns the bytes written to `to`.
size_t digest_end(struct digest *digest, uint8_t to[DIGEST_SHA512_BYTES]);

#endif

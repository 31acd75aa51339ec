// digest: over OpenSSL's functions of one algorithm each, which OpenSSL 3 calls
// deprecated. Their successors allocate for each digest, and bring all of
// libcrypto into a guest's image; these bring 50 KiB.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "core/digest.h"

#include <openssl/sha.h>

_Static_assert(sizeof(SHA512_CTX) <= sizeof(((struct digest *)0)->state), "OpenSSL's state fits");

void digest_sha1(uint8_t to[DIGEST_SHA1_BYTES], const void *first, size_t first_len,
                 const void *second, size_t second_len)
{
	SHA_CTX sha1;

	SHA1_Init(&sha1);
	SHA1_Update(&sha1, first, first_len);
	SHA1_Update(&sha1, second, second_len);
	SHA1_Final(to, &sha1);
}

void digest_sha256(uint8_t to[DIGEST_SHA256_BYTES], const void *first, size_t first_len,
                   const void *second, size_t second_len)
{
	SHA256_CTX sha256;

	SHA256_Init(&sha256);
	SHA256_Update(&sha256, first, first_len);
	SHA256_Update(&sha256, second, second_len);
	SHA256_Final(to, &sha256);
}

void digest_init(struct digest *digest, enum digest_kind kind)
{
	digest->kind = kind;
	if (kind == DIGEST_SHA384)
		SHA384_Init((SHA512_CTX *)digest->state);
	else
		SHA512_Init((SHA512_CTX *)digest->state);
}

void digest_add(struct digest *digest, const void *bytes, size_t len)
{
	SHA512_Update((SHA512_CTX *)digest->state, bytes, len);
}

size_t digest_end(struct digest *digest, uint8_t to[DIGEST_SHA512_BYTES])
{
	SHA512_Final(to, (SHA512_CTX *)digest->state);
	return digest->kind == DIGEST_SHA384 ? DIGEST_SHA384_BYTES : DIGEST_SHA512_BYTES;
}

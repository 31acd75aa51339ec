// tls_internal: a certificate that was loaded (tls_certificate.c), as contexts (tls_openssl.c) use
// it.
#ifndef TLS_INTERNAL_H
#define TLS_INTERNAL_H

#include "proto/tls/tls.h"

#include <openssl/ssl.h>

// A certificate with its key, and all else that connections for its names share.
struct tls_loaded {
	SSL_CTX *ssl;
	X509 *leaf;      // owned by ssl; NULL: a client without a certificate
	uint8_t *staple; // to be freed; NULL: there is none
	size_t staple_len;
	int64_t staple_until_s;
};

struct tls_slow {
	char text[256]; // see tls_context_slow_key
};

// Reads certificate, chain, key and staple into loaded->ssl, and checks that they belong together
// and are valid. 0; else not 0, with a sentence in why that begins with the name of the file.
int tls_certificate_load(struct tls_loaded *loaded, const struct tls_identity *identity,
                         int64_t now_s, struct tls_slow *slow, struct why *why) MUST_CHECK;

// When the first of the certificates that are sent expires; INT64_MAX: there is none.
int64_t tls_certificate_expires_s(const struct tls_loaded *loaded);

// Reads the certificates that a peer's has to lead to. A server names them to its clients.
int tls_certificate_trust(SSL_CTX *ssl, const struct tls_file *file, bool client,
                          struct why *why) MUST_CHECK;

#endif

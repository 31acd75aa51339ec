// cookie: DNS cookies (RFC 7873) with server cookies of version 1 (RFC 9018),
// which all servers with the same secret accept from each other. A good cookie proves that
// the client receives packets at its source address, that is, has not forged it. The rate
// limit (rrl.h) exempts such clients. The hash is hash_sip of core/hash.h.
#ifndef DNS_COOKIE_H
#define DNS_COOKIE_H

#include "core/base.h"

#define COOKIE_CLIENT_BYTES 8
#define COOKIE_BYTES        24 // the client's 8 bytes and the server's 16
#define COOKIE_SECRET_BYTES 16
#define COOKIE_SECRETS_MAX  2

// The server makes cookies with the first secret and accepts those of every secret. The
// operator replaces a secret without rejecting a cookie in three steps (RFC 9018 section 5):
// {old, new}; {new, old}; and an hour later {new}. Each step is complete on all servers of
// an anycast address before the next begins.
struct cookie_secrets {
	uint8_t secret[COOKIE_SECRETS_MAX][COOKIE_SECRET_BYTES];
	unsigned len; // 0: cookies are switched off
};

enum cookie_verdict {
	COOKIE_NONE,        // the query has no cookie, or cookies are switched off: send none
	COOKIE_MALFORMED,   // send FORMERR (RFC 7873 section 5.2.2) without a cookie
	COOKIE_CLIENT_ONLY, // the client has no server cookie yet (section 5.2.3)
	COOKIE_BAD,         // forged, expired, of another address or secret (section 5.2.4)
	COOKIE_GOOD,        // the client's address is not forged (section 5.2.5)
	COOKIE_GOOD_RENEW,  // as COOKIE_GOOD, but the server should send a new cookie
};

// Checks the data of a cookie option; NULL if the query has none. If a query has several,
// the caller passes the first (RFC 7873 section 5.2). address is the client's, IPv4 as
// ::ffff:a.b.c.d. now_s is the real time in seconds, modulo 2^32. A cookie is accepted for
// an hour, and when it was made up to five minutes in the future; it is renewed after half
// an hour (RFC 9018 section 4.3), or if it was not made with the first secret.
//
// For COOKIE_GOOD the caller sends the option back unchanged, which saves a hash; for
// CLIENT_ONLY, BAD and GOOD_RENEW it sends one from cookie_build. BAD differs from
// CLIENT_ONLY only for a server that answers BADCOOKIE.
enum cookie_verdict cookie_check(const struct cookie_secrets *secrets, const uint8_t *option,
                                 size_t len, const uint8_t address[16], uint32_t now_s) MUST_CHECK;

// Writes the option data of a reply: the client cookie, unchanged, and a new server cookie
// from the first secret. secrets->len is at least 1. client may point to out.
void cookie_build(const struct cookie_secrets *secrets, const uint8_t client[COOKIE_CLIENT_BYTES],
                  const uint8_t address[16], uint32_t now_s, uint8_t out[COOKIE_BYTES]);

#endif

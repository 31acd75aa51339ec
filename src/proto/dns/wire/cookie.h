// cookie: DNS cookies (RFC 7873) with server cookies of version 1 (RFC 9018),
// which all servers that share a secret accept from each other. They show that a
// client receives what is sent to its address. Neighbours: hash_sip of
// core/hash.h; rrl.h, which clients with a good cookie are exempt from.
#ifndef DNS_COOKIE_H
#define DNS_COOKIE_H

#include "core/base.h"

#define COOKIE_CLIENT_BYTES 8
#define COOKIE_BYTES        24 // the client's eight and our sixteen
#define COOKIE_SECRET_BYTES 16
#define COOKIE_SECRETS_MAX  2

// Cookies are made with the first secret and accepted with each. A new secret is
// brought in without one bad cookie in three steps, each on all servers of an
// address before the next (RFC 9018 section 5): {old, new}; {new, old}; and an
// hour later {new}.
struct cookie_secrets {
	uint8_t secret[COOKIE_SECRETS_MAX][COOKIE_SECRET_BYTES];
	unsigned len; // 0: cookies are switched off
};

enum cookie_verdict {
	COOKIE_NONE,        // no option, or cookies are switched off: put none in the reply
	COOKIE_MALFORMED,   // answer FORMERR (RFC 7873 section 5.2.2), without a cookie
	COOKIE_CLIENT_ONLY, // a client that has none of ours yet (section 5.2.3)
	COOKIE_BAD,         // forged, too old, from another address or of a lost secret (5.2.4)
	COOKIE_GOOD,        // the client is at its address (section 5.2.5)
	COOKIE_GOOD_RENEW,  // the same, and it is time for a new one
};

// Judges the data of the option; NULL: the query has none. Of several options
// the first counts (RFC 7873 section 5.2). The address is the client's, IPv4 as
// ::ffff:a.b.c.d. now_s is the real time in seconds, modulo 2^32: a cookie holds
// for an hour, five minutes ahead of our clock, and is renewed after half an hour
// (RFC 9018 section 4.3) or when another secret than the first made it.
//
// The reply to COOKIE_GOOD carries the option as it came, which saves a hash;
// that to CLIENT_ONLY, BAD and GOOD_RENEW carries one from cookie_build. BAD
// differs from CLIENT_ONLY only for a server that answers BADCOOKIE.
enum cookie_verdict cookie_check(const struct cookie_secrets *secrets, const uint8_t *option,
                                 size_t len, const uint8_t address[16], uint32_t now_s) MUST_CHECK;

// Writes the option's data for a reply: the client's cookie as it came, and ours.
// There is at least one secret. client may lie where out does.
void cookie_build(const struct cookie_secrets *secrets, const uint8_t client[COOKIE_CLIENT_BYTES],
                  const uint8_t address[16], uint32_t now_s, uint8_t out[COOKIE_BYTES]);

#endif

// tcp_fast: Fast Open for listeners (RFC 7413): cookies by which a client may send data with its
// SYN, and how many such connections may wait for the rest of their handshake. What the application
// answers leaves behind our SYN, in the same turn. We send no data with SYNs of our own.
#ifndef TCPIP_TCP_TCP_FAST_H
#define TCPIP_TCP_TCP_FAST_H

#include "core/addr.h"
#include "core/hash.h"
#include "core/mono.h"

#define TCP_FAST_COOKIE_BYTES 8
#define TCP_FAST_KEY_US       (24 * 3600 * SEC_US) // each key makes cookies for one, takes them for two
#define TCP_FAST_RESET_US                                                                          \
	(60 * SEC_US) // a connection that was reset counts for one to two of these

struct tcp;
struct tcp_conn;
struct tcp_in;
struct tcp_listener;

// The keys of this time and the time before. Workers with the same seed and clock have the same.
struct tcp_fast_keys {
	uint64_t seed[2];
	uint32_t period; // that key[0] is of; UINT32_MAX: there are none yet
	uint8_t key[2][HASH_SIP_KEY_BYTES];
	bool fixed; // they are not replaced with time
};

void tcp_fast_keys_init(struct tcp_fast_keys *keys, const uint64_t seed[2]);

// The cookie of a client: SipHash-2-4 of its address and ours, as Linux has it, so that servers
// with one key take each other's.
void tcp_fast_cookie(const uint8_t key[HASH_SIP_KEY_BYTES], struct addr client, struct addr local,
                     uint8_t cookie[TCP_FAST_COOKIE_BYTES]);

// What the listener makes of Fast Open in the SYN that has opened conn. With a valid cookie the
// SYN's data is the application's before the handshake is done, and TCP_CONN_FAST is set; with none
// or another, the SYN is like any other, and its answer brings a cookie.
void tcp_fast_syn(struct tcp_conn *conn, struct tcp_listener *listener, const struct tcp_in *in,
                  mono_t now);

// The handshake of a connection with TCP_CONN_FAST was completed, or the connection has ended.
void tcp_fast_done(struct tcp_listener *listener);

// Its peer has reset it before that. Section 5.1: it goes on to count for a while, for a client
// whose address was forged resets what it did not ask for.
void tcp_fast_reset(struct tcp_listener *listener, mono_t now);

// For the answer to the SYN: a cookie of now.
void tcp_fast_offer(struct tcp_conn *conn, uint8_t cookie[TCP_FAST_COOKIE_BYTES], mono_t now);

#endif

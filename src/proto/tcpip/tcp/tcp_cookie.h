// tcp_cookie: SYN cookies (RFC 4987 section 3.6): what a listener whose backlog is full needs
// to know of a SYN, in the sequence number that answers it. Pure functions.
#ifndef TCPIP_TCP_TCP_COOKIE_H
#define TCPIP_TCP_TCP_COOKIE_H

#include "core/hash.h"
#include "proto/tcpip/tcp/tcp.h"
#include "proto/tcpip/tcp/tcp_option.h"

#define TCP_COOKIE_TICK_US (64 * SEC_US) // a cookie is valid for one to two of these

// The initial sequence number that answers the SYN with the number irs. mss: the peer's.
uint32_t tcp_cookie_make(const uint8_t key[HASH_SIP_KEY_BYTES], const struct tcp_peers *peers,
                         uint32_t irs, uint16_t mss, mono_t now) PURE;

// The peer's MSS, rounded down to one of eight; 0: it is no cookie for these ends and irs, or
// too old.
uint16_t tcp_cookie_check(const uint8_t key[HASH_SIP_KEY_BYTES], const struct tcp_peers *peers,
                          uint32_t irs, uint32_t cookie, mono_t now) PURE;

// A timestamp that says what else the peer offered (its window scale, SACK): ts_val or up to
// 63 ms before it. The peer echoes it.
uint32_t tcp_cookie_ts(const struct tcp_options *options, uint32_t ts_val) PURE;

// What it said: WSCALE and SACK_PERMITTED of options->has, and options->wscale.
void tcp_cookie_options(uint32_t ts_ecr, struct tcp_options *options);

#endif

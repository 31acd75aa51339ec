// tcp_option: the options of a TCP header, read by one check and written (RFC 9293 section
// 3.1, RFC 7323, RFC 2018).
#ifndef TCPIP_TCP_TCP_OPTION_H
#define TCPIP_TCP_TCP_OPTION_H

#include "core/pkt.h"

#define TCP_OPTION_BYTES_MAX 40
#define TCP_OPTION_SACKS_MAX 4
#define TCP_OPTION_TS_BYTES  12 // with the padding that aligns it

enum tcp_option {
	TCP_OPTION_MSS = 1 << 0,
	TCP_OPTION_WSCALE = 1 << 1,
	TCP_OPTION_SACK_PERMITTED = 1 << 2,
	TCP_OPTION_TS = 1 << 3,
	TCP_OPTION_FAST = 1 << 4, // Fast Open (RFC 7413)
	TCP_OPTION_UTO = 1 << 5,  // user timeout (RFC 5482)
};

// Bytes that the receiver has behind a gap, from begin up to but not including end.
struct tcp_sack {
	uint32_t begin, end;
};

struct tcp_options {
	uint8_t has;       // enum tcp_option
	uint8_t wscale;    // 14 at most
	uint16_t mss, uto; // uto: as it is on the wire
	uint32_t ts_val, ts_ecr;
	uint8_t sacks;
	uint8_t cookie_len;    // of Fast Open: 0 asks for a cookie
	const uint8_t *cookie; // borrowed; of a SYN that was parsed, from the packet
	struct tcp_sack sack[TCP_OPTION_SACKS_MAX];
};

// Reads the len bytes, 0 to 40, behind the fixed header. Options that are unknown, or have
// another length than theirs, are skipped by their length (RFC 9293 MUST-6); the first of two
// of a kind is valid. DROP_TCP_OPTION when a length is below 2 or beyond the header.
enum drop tcp_option_parse(const uint8_t *bytes, size_t len,
                           struct tcp_options *options) MUST_CHECK;

// Writes them to TCP_OPTION_BYTES_MAX bytes, padded to words, in the order and with the padding
// that Linux has: middleboxes and operating systems know it best. Returns how many bytes.
// Blocks of SACK that do not fit are left out.
uint8_t tcp_option_write(const struct tcp_options *options, uint8_t *to);

#endif

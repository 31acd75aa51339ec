// packet: an IP packet as scripts speak of it, and its bytes. It shares no code with the
// stack under test, so that it can judge what the stack sends.
#ifndef SCRIPT_PACKET_H
#define SCRIPT_PACKET_H

#include "script.h"

#define PACKET_BYTES 65535

struct packet {
	struct addr src, dst; // one family
	uint8_t protocol;     // IPPROTO_TCP, _UDP, _ICMP, _ICMPV6
	uint8_t tos, ttl;     // ttl 0: 64
	uint32_t flow_label;  // of IPv6
	uint16_t src_port, dst_port;
	// TCP
	uint8_t flags, reserved;
	bool any_ts_val; // of what is expected: the value of the timestamp is not known
	bool seq_absolute, ts_ecr_absolute; // of a script: not relative to the conversation's
	uint32_t seq, ack;
	uint16_t window, urgent;
	uint8_t options_len, options[SCRIPT_OPTIONS_BYTES];
	// ICMP
	uint8_t type, code;
	uint32_t mtu;
	uint16_t id;
	// The bytes behind the last header; when payload is NULL, packet_build puts what
	// packet_byte gives from offset on.
	uint32_t len, offset;
	const uint8_t *payload;
};

// What a script's streams hold: the byte at an offset of a stream, also of UDP's
// datagrams, each from 0 on. Neighbours differ, also 256 bytes apart.
static inline uint8_t packet_byte(uint64_t offset)
{
	return (uint8_t)(offset * 7 + (offset >> 8) * 13 + 1);
}

// Writes the packet with its lengths and checksums; returns its length, at most PACKET_BYTES;
// 0 when it is longer.
size_t packet_build(const struct packet *packet, uint8_t bytes[PACKET_BYTES]);

// Takes a packet apart, which borrows the bytes. 0, or -EINVAL with what is wrong with a
// header or checksum.
int packet_parse(struct packet *packet, const uint8_t *bytes, size_t len,
                 struct why *why) MUST_CHECK;

// The next option from *at on: its kind, with its value in *value and *value_len; -1 at the end
// or when the rest is malformed. *at is moved behind it.
int packet_option(const struct packet *packet, unsigned *at, uint8_t **value, unsigned *value_len);

// A line as in a script: "P. 1:11(10) ack 1 win 9 <...>".
#define PACKET_TEXT_BYTES 512
const char *packet_text(const struct packet *packet, char text[PACKET_TEXT_BYTES]);

#endif

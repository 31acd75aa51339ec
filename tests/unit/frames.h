// frames: frames as text, for tests of what reads their headers: hex in which a colon, a space
// and a newline are nothing.
#ifndef UNIT_FRAMES_H
#define UNIT_FRAMES_H

#include "core/span.h"

#define FRAME_BYTES 512

struct frame {
	uint8_t bytes[FRAME_BYTES];
	size_t len;
};

static inline int frame_digit(char c)
{
	return c >= 'a' ? c - 'a' + 10 : c - '0';
}

static inline struct frame frame_of_hex(const char *hex)
{
	struct frame frame = {.len = 0};

	while (*hex) {
		if (*hex == ' ' || *hex == ':' || *hex == '\n') {
			hex++;
			continue;
		}
		frame.bytes[frame.len++] =
		        (uint8_t)(frame_digit(hex[0]) << 4 | frame_digit(hex[1]));
		hex += 2;
	}
	return frame;
}

static inline struct span frame_span(const struct frame *frame)
{
	return span_of(frame->bytes, frame->len);
}

// From 10.53.0.1 port 40000 to 10.53.0.2 port 53, and between fd53::1 and fd53::2.
#define FRAME_MACS    "02:00:00:00:00:02 02:00:00:00:00:01 "
#define FRAME_IPV4(p) "0800 4500 0039 0000 0000 40" p "0000 0a350001 0a350002 "
#define FRAME_IPV6(n)                                                                              \
	"86dd 60000000 0025" n "40 fd530000000000000000000000000001 "                              \
	"fd530000000000000000000000000002 "
#define FRAME_UDP "9c40 0035 0025 0000 "
#define FRAME_TCP "9c40 0035 00000001 00000002 5018 1000 0000 0000 "
// A query with the id 0x1267 for WWW.example.org A.
#define FRAME_QUERY                                                                                \
	"1267 0100 0001 0000 0000 0000 03 575757 07 6578616d706c65 03 6f7267 00 0001 0001 "
#define FRAME_DNS4    FRAME_MACS FRAME_IPV4("11") FRAME_UDP FRAME_QUERY
#define FRAME_DNS6    FRAME_MACS FRAME_IPV6("11") FRAME_UDP FRAME_QUERY
#define FRAME_DNS_TCP FRAME_MACS FRAME_IPV4("06") FRAME_TCP "0021" FRAME_QUERY
#define FRAME_ARP     FRAME_MACS "0806 0001 0800 06 04 0001 020000000001 0a350001 000000000000 0a350002"

#endif

// ws_frame: the header of a frame as bytes, and masking (RFC 6455 sections 5.2 and 5.3).
#ifndef WS_FRAME_H
#define WS_FRAME_H

#include "core/span.h"

enum ws_opcode {
	WS_CONTINUATION = 0,
	WS_TEXT = 1,
	WS_BINARY = 2,
	WS_CLOSE_FRAME = 8,
	WS_PING = 9,
	WS_PONG = 10,
};

#define WS_FIN               0x80 // of the first byte: the last frame of its message
#define WS_RESERVED          0x70
#define WS_MASKED            0x80 // of the second byte
#define WS_MASK_BYTES        4
#define WS_HEADER_MAX_BYTES  14
#define WS_CONTROL_MAX_BYTES 125

static inline bool ws_frame_is_control(unsigned opcode)
{
	return opcode & 8;
}

// Bytes of the header whose second byte is given.
static inline unsigned ws_frame_header_bytes(uint8_t second)
{
	unsigned len = second & 0x7f;

	return 2 +
	       (len == 126   ? 2u
	        : len == 127 ? 8u
	                     : 0u) +
	       (second & WS_MASKED ? WS_MASK_BYTES : 0u);
}

// The length in a whole header; false if it does not have its shortest form.
bool ws_frame_length(const uint8_t *header, uint64_t *length) MUST_CHECK;

// Writes the header of a frame with `length` bytes of payload. mask: NULL, or WS_MASK_BYTES, with
// which the payload has to be masked.
void ws_frame_put(struct fill *out, unsigned opcode, bool fin, uint64_t length,
                  const uint8_t *mask);

// Masks, or unmasks, bytes in place; `at` is the position of the first of them in the payload.
void ws_frame_mask(uint8_t *bytes, size_t len, const uint8_t mask[WS_MASK_BYTES], uint64_t at);

#endif

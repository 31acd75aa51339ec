// capture_internal: what the two formats of capture.h share.
#ifndef CORE_CAPTURE_INTERNAL_H
#define CORE_CAPTURE_INTERNAL_H

#include "core/capture.h"

#define CAPTURE_NG_MAGIC 0x0a0d0d0a // a section header block, the same in both byte orders

// A number in the byte order of the file's writer.
static inline uint32_t capture_u32(const struct capture *capture, struct span *from)
{
	uint32_t value = span_u32(from);

	return capture->swapped ? __builtin_bswap32(value) : value;
}

enum capture_link capture_link_of(uint32_t number) PURE;

// As capture_next, of pcapng.
bool capture_ng_next(struct capture *capture, struct capture_frame *frame) MUST_CHECK;

#endif

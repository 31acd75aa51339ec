// span: cursors over bytes with a sticky error. A read or write that does not fit marks
// the cursor bad and has no other effect; reads then return zeros. A sequence of
// operations needs one test at its end. Everything of variable size on the wire (options,
// TLVs, names) is read and written through these.
#ifndef CORE_SPAN_H
#define CORE_SPAN_H

#include "core/be.h"

#include <string.h>

// Bytes to read from, borrowed.
struct span {
	const uint8_t *p, *end;
	bool bad;
};

// Memory to write to, borrowed, from `start` to `end`; `p` is where the next byte goes.
struct fill {
	uint8_t *start, *p, *end;
	bool bad;
};

static inline struct span span_of(const void *bytes, size_t len)
{
	return (struct span){bytes, (const uint8_t *)bytes + len, false};
}

static inline size_t span_left(const struct span *s)
{
	return (size_t)(s->end - s->p);
}

// Returns the next n bytes and advances past them; NULL, and bad, if fewer are left.
static inline const uint8_t *span_take(struct span *s, size_t n)
{
	const uint8_t *p = s->p;

	if (unlikely(s->bad || n > span_left(s))) {
		s->bad = true;
		return NULL;
	}
	s->p += n;
	return p;
}

static inline uint8_t span_u8(struct span *s)
{
	const uint8_t *p = span_take(s, 1);

	return p ? *p : 0;
}

static inline uint16_t span_u16(struct span *s)
{
	const be16_t *p = (const be16_t *)span_take(s, 2);

	return p ? be16_get(*p) : 0;
}

static inline uint32_t span_u32(struct span *s)
{
	const be32_t *p = (const be32_t *)span_take(s, 4);

	return p ? be32_get(*p) : 0;
}

static inline uint64_t span_u64(struct span *s)
{
	const be64_t *p = (const be64_t *)span_take(s, 8);

	return p ? be64_get(*p) : 0;
}

// Splits off the next n bytes as a span, which is bad if s is.
static inline struct span span_sub(struct span *s, size_t n)
{
	const uint8_t *p = span_take(s, n);

	return p ? span_of(p, n) : (struct span){.bad = true};
}

static inline struct fill fill_of(void *room, size_t size)
{
	return (struct fill){room, room, (uint8_t *)room + size, false};
}

static inline size_t fill_len(const struct fill *f)
{
	return (size_t)(f->p - f->start);
}

static inline size_t fill_left(const struct fill *f)
{
	return (size_t)(f->end - f->p);
}

// Reserves n bytes for the caller to write; NULL, and bad, if they do not fit.
static inline uint8_t *fill_take(struct fill *f, size_t n)
{
	uint8_t *p = f->p;

	if (unlikely(f->bad || n > fill_left(f))) {
		f->bad = true;
		return NULL;
	}
	f->p += n;
	return p;
}

static inline void fill_u8(struct fill *f, uint8_t value)
{
	uint8_t *p = fill_take(f, 1);

	if (p)
		*p = value;
}

static inline void fill_u16(struct fill *f, uint16_t value)
{
	be16_t *p = (be16_t *)fill_take(f, 2);

	if (p)
		*p = be16(value);
}

static inline void fill_u32(struct fill *f, uint32_t value)
{
	be32_t *p = (be32_t *)fill_take(f, 4);

	if (p)
		*p = be32(value);
}

static inline void fill_u64(struct fill *f, uint64_t value)
{
	be64_t *p = (be64_t *)fill_take(f, 8);

	if (p)
		*p = be64(value);
}

static inline void fill_bytes(struct fill *f, const void *bytes, size_t n)
{
	uint8_t *p = fill_take(f, n);

	if (p && n)
		memcpy(p, bytes, n);
}

#endif

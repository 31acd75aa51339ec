// http_cut: what the fuzzers of both sides of HTTP/1.1 share: bytes are given whole and then cut,
// and what came out has to be the same.
#ifndef FUZZ_HTTP_CUT_H
#define FUZZ_HTTP_CUT_H

#include "core/span.h"
#include "proto/http/http_limits.h"

#include <stdlib.h>

#define CUT_LOG_BYTES 131072

struct cut {
	uint8_t log[CUT_LOG_BYTES];
	size_t len;
	bool over; // nothing is read any more
};

static struct http_limits limits;

static inline void cut_note(struct cut *cut, const void *bytes, size_t len)
{
	len = size_min(len, CUT_LOG_BYTES - cut->len);
	if (len)
		memcpy(cut->log + cut->len, bytes, len);
	cut->len += len;
}

static inline void cut_note_char(struct cut *cut, char c)
{
	cut_note(cut, &c, 1);
}

// A part of a head, with a separator behind it.
static inline void cut_note_span(struct cut *cut, const uint8_t *head, uint32_t head_len,
                                 struct span text)
{
	if (span_left(&text) && (text.p < head || text.end > head + head_len))
		abort();
	cut_note(cut, text.p, span_left(&text));
	cut_note_char(cut, '\n');
}

// Gives the bytes in parts of the lengths, in turn, each in a block of its own, so that reading
// beyond it is seen. `give` takes all of a part unless it is over.
static inline void cut_give(struct cut *cut, struct span bytes, const uint8_t *lens,
                            size_t lens_len, void (*give)(struct cut *cut, struct span *part))
{
	for (size_t i = 0; span_left(&bytes) && !cut->over; i++) {
		size_t len = lens_len ? lens[i % lens_len] : span_left(&bytes);
		struct span from = span_sub(&bytes, size_min(len, span_left(&bytes))), part;
		uint8_t *block = malloc(span_left(&from) ? span_left(&from) : 1);

		memcpy(block, from.p, span_left(&from));
		part = span_of(block, span_left(&from));
		give(cut, &part);
		if (part.bad || (!cut->over && span_left(&part)))
			abort();
		free(block);
	}
}

// The first bytes say how long parts are, one after the other; LF ends them, so that a corpus is
// legible. `run` gives the bytes, by cut_give: once whole, when lens_len is 0. `first` is what
// the lengths are made of.
static inline void cut_compare(const uint8_t *data, size_t size,
                               void (*run)(struct cut *cut, struct span first, size_t lens_len,
                                           struct span bytes))
{
	static struct cut whole, parts;
	size_t lens_len = 0;
	struct span first, bytes;

	limits = http_limits_default;
	limits.line_bytes = 256;
	limits.head_bytes = 512;
	limits.fields_max = 8;
	limits.body_bytes = 256;
	limits.extension_bytes = 32;
	while (lens_len < size && data[lens_len] != '\n')
		lens_len++;
	if (lens_len == 0 || lens_len == size || memchr(data, 0, lens_len))
		return;
	first = span_of(data, lens_len);
	bytes = span_of(data + lens_len + 1, size - lens_len - 1);
	whole.len = parts.len = 0;
	whole.over = parts.over = false;
	run(&whole, first, 0, bytes);
	run(&parts, first, lens_len, bytes);
	if (whole.len != parts.len || memcmp(whole.log, parts.log, whole.len) != 0 ||
	    whole.over != parts.over)
		abort();
}

#endif

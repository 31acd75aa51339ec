// write_out: see the header.
#include "proto/write/write_out.h"

static bool next_piece(struct write_out *out)
{
	out->full = !out->next || !out->next(out->ctx, &out->fill);
	return !out->full;
}

void write_out_bytes(struct write_out *out, const void *bytes, size_t len)
{
	const uint8_t *p = bytes;

	while (len > 0 && !out->full) {
		size_t n = size_min(len, fill_left(&out->fill));

		if (n == 0 && !next_piece(out))
			return;
		fill_bytes(&out->fill, p, n);
		p += n;
		len -= n;
	}
}

void write_out_text(struct write_out *out, const char *text)
{
	write_out_bytes(out, text, strlen(text));
}

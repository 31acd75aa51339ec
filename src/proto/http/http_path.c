// http_path: see the header.
#include "proto/http/http_path.h"

#include "proto/http/http_char.h"

// The next octet; false if it is one that may not be encoded.
static bool take_octet(struct span *path, uint8_t *octet)
{
	*octet = span_u8(path);
	if (*octet != '%')
		return true;
	*octet = (uint8_t)(http_char_hex(path->p[0]) << 4 | http_char_hex(path->p[1]));
	path->p += 2;
	return *octet != '/' && *octet != 0;
}

// The segment that ends here began at `from`, behind its slash. Dots are dots whether they were
// encoded or not.
static bool end_segment(struct fill *out, uint8_t *from, bool last)
{
	size_t len = (size_t)(out->p - from);

	if (len == 0 || from[0] != '.' || len > 2 || (len == 2 && from[1] != '.')) {
		if (!last)
			fill_u8(out, '/');
		return true;
	}
	out->p = from;
	if (len == 1)
		return true;
	// One segment up: to behind the slash before it.
	if (from - out->start < 2)
		return false;
	out->p = from - 1;
	while (out->p[-1] != '/')
		out->p--;
	return true;
}

bool http_path_decode(struct span path, struct fill *out)
{
	uint8_t *segment;

	fill_u8(out, '/');
	if (span_left(&path) > 0)
		(void)span_take(&path, 1);
	segment = out->p;
	while (span_left(&path) > 0) {
		bool slash = *path.p == '/';
		uint8_t octet;

		if (!take_octet(&path, &octet))
			return false;
		if (!slash) {
			fill_u8(out, octet);
			continue;
		}
		if (!end_segment(out, segment, false))
			return false;
		segment = out->p;
	}
	return end_segment(out, segment, true) && !out->bad;
}

// ws_utf8: see the header. The limits are those of the table of RFC 3629 section 4: no form that is
// longer than needed, no surrogate, nothing beyond U+10FFFF.
#include "proto/ws/ws_utf8.h"

// What follows the first byte of a character.
static bool begin_character(struct ws_utf8 *utf8, uint8_t c)
{
	if (c < 0xc2 || c > 0xf4)
		return false;
	utf8->need = c < 0xe0 ? 1 : c < 0xf0 ? 2 : 3;
	utf8->min = c == 0xe0 ? 0xa0 : c == 0xf0 ? 0x90 : 0x80;
	utf8->max = c == 0xed ? 0x9f : c == 0xf4 ? 0x8f : 0xbf;
	return true;
}

static void skip_ascii(struct span *piece)
{
	uint64_t word;

	for (; span_left(piece) >= sizeof(word); piece->p += sizeof(word)) {
		memcpy(&word, piece->p, sizeof(word));
		if (word & UINT64_C(0x8080808080808080))
			break;
	}
	while (piece->p < piece->end && *piece->p < 0x80)
		piece->p++;
}

bool ws_utf8_add(struct ws_utf8 *utf8, struct span piece)
{
	for (;;) {
		if (utf8->need == 0)
			skip_ascii(&piece);
		if (piece.p == piece.end)
			return true;
		if (utf8->need == 0) {
			if (!begin_character(utf8, *piece.p++))
				return false;
			continue;
		}
		if (*piece.p < utf8->min || *piece.p > utf8->max)
			return false;
		piece.p++;
		utf8->need--;
		utf8->min = 0x80;
		utf8->max = 0xbf;
	}
}

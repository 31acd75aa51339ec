// write_utf8: see the header. The table is that of RFC 3629 section 4: the first byte says how many
// follow, and within which limits the second one is.
#include "proto/write/write_utf8.h"

static const struct {
	uint8_t first, last, len, second_min, second_max;
} forms[] = {
        {0x00, 0x7f, 1, 0, 0},       {0xc2, 0xdf, 2, 0x80, 0xbf}, {0xe0, 0xe0, 3, 0xa0, 0xbf},
        {0xe1, 0xec, 3, 0x80, 0xbf}, {0xed, 0xed, 3, 0x80, 0x9f}, {0xee, 0xef, 3, 0x80, 0xbf},
        {0xf0, 0xf0, 4, 0x90, 0xbf}, {0xf1, 0xf3, 4, 0x80, 0xbf}, {0xf4, 0xf4, 4, 0x80, 0x8f},
};

static bool follows(struct span text, unsigned form)
{
	if (span_left(&text) < forms[form].len)
		return false;
	if (forms[form].len > 1 &&
	    (text.p[1] < forms[form].second_min || text.p[1] > forms[form].second_max))
		return false;
	for (unsigned i = 2; i < forms[form].len; i++)
		if (text.p[i] < 0x80 || text.p[i] > 0xbf)
			return false;
	return true;
}

unsigned write_utf8_len(struct span text)
{
	if (text.p == text.end)
		return 0;
	for (unsigned i = 0; i < ARRAY_LEN(forms); i++)
		if (*text.p >= forms[i].first && *text.p <= forms[i].last)
			return follows(text, i) ? forms[i].len : 0;
	return 0;
}

// cluster_text: see the header.
#include "proto/cluster/cluster_text.h"

void cluster_text_put(struct fill *out, const char *text)
{
	fill_bytes(out, text, strlen(text));
}

void cluster_text_put_hex(struct fill *out, uint64_t number)
{
	for (unsigned shift = 64; shift > 0; shift -= 4)
		fill_u8(out, (uint8_t) "0123456789abcdef"[number >> (shift - 4) & 15]);
}

bool cluster_text_hex(struct span *text, uint64_t *number)
{
	const uint8_t *digits = span_take(text, CLUSTER_TEXT_HEX_BYTES);

	*number = 0;
	for (unsigned i = 0; digits && i < CLUSTER_TEXT_HEX_BYTES; i++) {
		unsigned c = digits[i];
		unsigned digit = c >= '0' && c <= '9' ? c - '0' : c - 'a' + 10;

		if (digit > 15)
			return false;
		*number = *number << 4 | digit;
	}
	return digits != NULL;
}

bool cluster_text_take(struct span *text, const char *wanted)
{
	size_t len = strlen(wanted);

	if (span_left(text) < len || memcmp(text->p, wanted, len) != 0)
		return false;
	text->p += len;
	return true;
}

bool cluster_text_word(struct span *text, char *word, size_t size)
{
	size_t len = 0;

	for (; text->p<text->end && * text->p> ' '; text->p++) {
		if (*text->p > '~' || len + 1 == size)
			return false;
		word[len++] = (char)*text->p;
	}
	word[len] = '\0';
	return len > 0;
}

// Rdata from hostile text ("TYPE data"): what is read is sound, and its text reads
// back to the same bytes and is the same again.
#include "proto/dns/rdata/rdata_parse.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char text[80 * (UINT16_MAX + 1)], again[sizeof(text)];
static uint8_t room[UINT16_MAX], room_again[UINT16_MAX];

static bool text_read(const char *from, size_t len, uint16_t type, struct fill *to)
{
	static const uint8_t origin[] = "\7example\3org";
	struct token_error error;
	struct lex lex;

	lex_init(&lex, from, len);
	if (rdata_parse(&lex, type, origin, to, &error))
		return true;
	assert(error.line && error.column && error.text[0]);
	return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *from = (const char *)data, *blank = memchr(data, ' ', size);
	struct fill to = fill_of(room, sizeof(room));
	struct fill to_again = fill_of(room_again, sizeof(room_again));
	size_t len, text_len;
	uint16_t type;

	if (!blank || !dns_type_parse(from, (size_t)(blank - from), &type))
		return 0;
	if (!text_read(blank, size - (size_t)(blank - from), type, &to))
		return 0;
	len = fill_len(&to);
	assert(dns_rdata_check(type, room, len));
	text_len = dns_rdata_text(type, room, len, text, sizeof(text));
	assert(text_len < sizeof(text));
	if (!text_read(text, text_len, type, &to_again))
		abort();
	assert(fill_len(&to_again) == len && (len == 0 || memcmp(room, room_again, len) == 0));
	dns_rdata_text(type, room_again, len, again, sizeof(again));
	assert(strcmp(text, again) == 0);
	return 0;
}

// Rdata from hostile bytes (two bytes of type, then data): the text is total,
// is cut where asked, and reads back to the same bytes.
#include "proto/dns/rdata_parse.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

// Each byte takes at most four characters and each string its quotes.
static char text[5 * UINT16_MAX];
static uint8_t room[UINT16_MAX];

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t root[1] = {0};
	struct span s = span_of(data, size);
	uint16_t type = span_u16(&s);
	size_t len = span_left(&s), want;
	struct fill to = fill_of(room, sizeof(room));
	struct token_error error;
	struct lex lex;
	char cut[16];

	if (s.bad || len > UINT16_MAX)
		return 0;
	want = dns_rdata_text(type, s.p, len, text, sizeof(text));
	assert(want < sizeof(text) && strlen(text) == want);
	assert(dns_rdata_text(type, s.p, len, cut, sizeof(cut)) == want);
	assert(strncmp(cut, text, sizeof(cut) - 1) == 0);
	if (!dns_rdata_check(type, s.p, len))
		return 0;
	lex_init(&lex, text, want);
	if (!rdata_parse(&lex, type, root, &to, &error)) {
		fprintf(stderr, "%s: %s\n", text, error.text);
		abort();
	}
	assert(fill_len(&to) == len && memcmp(room, s.p, len) == 0);
	return 0;
}

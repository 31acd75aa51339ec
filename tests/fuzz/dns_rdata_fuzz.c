// Rdata from hostile bytes (two bytes of type, then data): the text is total,
// is cut where asked, and reads back to the same bytes; the canonical form is
// sound, the same again when made twice, and equal in order.
#include "proto/dns/rdata/rdata_parse.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

// No byte takes more than a byte of a bitmap: eight of "TYPE65280 ".
static char text[80 * (UINT16_MAX + 1)];
static uint8_t room[UINT16_MAX];

static void check_canonical(uint16_t type, const uint8_t *rdata, size_t len)
{
	const uint8_t *host = dns_rdata_host(type, rdata, len, NULL);

	assert(dns_rdata_canonical(type, rdata, len, room) == len);
	assert(dns_rdata_check(type, room, len));
	assert(dns_rdata_cmp(type, rdata, len, room, len) == 0);
	dns_rdata_canonical(type, room, len, (uint8_t *)text);
	assert(memcmp(text, room, len) == 0);
	assert(!host || (host >= rdata && host + dns_name_len(host) <= rdata + len));
}

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
	check_canonical(type, s.p, len);
	return 0;
}

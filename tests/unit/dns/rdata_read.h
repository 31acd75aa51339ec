// rdata_read: text to wire form, for tests of rdata.
#ifndef UNIT_DNS_RDATA_READ_H
#define UNIT_DNS_RDATA_READ_H

#include "harness.h"

#include "proto/dns/rdata/rdata_parse.h"

static const uint8_t origin[] = "\7Example\3org";

static inline uint16_t read_type(const char *mnemonic)
{
	uint16_t type = 0;

	if (!dns_type_parse(mnemonic, strlen(mnemonic), &type))
		fail_msg("%s", mnemonic);
	return type;
}

static inline bool read_text(uint16_t type, const char *text, struct fill *to,
                             struct token_error *error)
{
	struct lex lex;

	lex_init(&lex, text, strlen(text));
	return rdata_parse(&lex, type, origin, to, error);
}

// Text to wire form; fails the test when it is refused.
static inline size_t read_wire(uint16_t type, const char *text, uint8_t *room, size_t size)
{
	struct fill to = fill_of(room, size);
	struct token_error error;

	if (!read_text(type, text, &to, &error))
		fail_msg("%s: %s", text, error.text);
	assert_true(dns_rdata_check(type, room, fill_len(&to)));
	return fill_len(&to);
}

#endif

// token: what one token of a zone file stands for (a name, a number, a
// time, a string), and the sentence when it stands for nothing of the kind.
#ifndef DNS_TOKEN_H
#define DNS_TOKEN_H

#include "proto/dns/text/lex.h"
#include "proto/dns/wire/dns_name.h"

struct token_error {
	unsigned line, column;
	uint16_t type; // the record's, named in the text; 0: none yet
	char text[256];
};

// Writes "expected ..., found ..." at the token; `why` (NULL: none) follows. A
// LEX_BAD token brings its own sentence. Returns false.
bool token_refuse(struct token_error *error, const struct lex_token *token, const char *expected,
                  const char *why) COLD;

// Whether the token is the unquoted word, in any case.
bool token_is(const struct lex_token *token, const char *word) PURE;

// A decimal number, at most max.
bool token_number(const struct lex_token *token, uint32_t max, uint32_t *value) MUST_CHECK;

// Seconds, bare or as in "1h30m" (units w d h m s, any case); at most 2^32 - 1.
bool token_time(const struct lex_token *token, uint32_t *seconds) MUST_CHECK;

// A name relative to origin; "@" is the origin itself. Refused in *error.
bool token_name(const struct lex_token *token, const uint8_t *origin, struct dns_name *name,
                struct token_error *error) MUST_CHECK;

// Appends the bytes of a string, quoted or not. False for a malformed escape; a
// string that does not fit marks the fill bad.
bool token_string(const struct lex_token *token, struct fill *to) MUST_CHECK;

#endif

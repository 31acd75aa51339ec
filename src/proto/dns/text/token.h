// token: the value of one token of a zone file as a name, a number, a time or a string, and
// the error message when the token is not of that form. Tokens come from lex.h; the data of
// a record is parsed in rdata/.
#ifndef DNS_TOKEN_H
#define DNS_TOKEN_H

#include "proto/dns/text/lex.h"
#include "proto/dns/wire/dns_name.h"

// The first error in a record, and where in the zone file it is.
struct token_error {
	unsigned line, column;
	uint16_t type; // type of the record, which the message names; 0: not known yet
	char text[256];
};

// Writes the message "expected ..., found ..." with the position of the token; `why`, if not
// NULL, is appended. For a LEX_BAD token the message is its text. Returns false.
bool token_refuse(struct token_error *error, const struct lex_token *token, const char *expected,
                  const char *why) COLD;

// Whether the token is the word, unquoted and in any case.
bool token_is(const struct lex_token *token, const char *word) PURE;

// Parses a decimal number up to max. False when the token is not one.
bool token_number(const struct lex_token *token, uint32_t max, uint32_t *value) MUST_CHECK;

// Parses a time in seconds, plain or with units as in "1h30m" (w d h m s, in any case), up to
// 2^32 - 1. False when the token is not one.
bool token_time(const struct lex_token *token, uint32_t *seconds) MUST_CHECK;

// Parses a name, relative to origin; "@" is the origin itself. False, with a message in *error,
// when the token is not a valid name.
bool token_name(const struct lex_token *token, const uint8_t *origin, struct dns_name *name,
                struct token_error *error) MUST_CHECK;

// Appends the decoded bytes of a string, quoted or not, to `to`. False when an escape is
// malformed; a string that does not fit sets to->bad.
bool token_string(const struct lex_token *token, struct fill *to) MUST_CHECK;

#endif

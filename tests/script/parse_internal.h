// parse_internal: the parser's state, which parse.c (events), parse_packet.c (packets) and
// parse_value.c (arguments) share. An error is kept where it was found first; from there on the
// current token is TOKEN_BAD, which no rule accepts, so rules need no other way out.
#ifndef SCRIPT_PARSE_INTERNAL_H
#define SCRIPT_PARSE_INTERNAL_H

#include "lexer.h"

struct parse {
	struct script *script;
	struct lexer lexer;
	struct token token; // the current one
	struct why *why;
	bool failed;
};

// Keeps the first error, as "FILE:LINE: reason"; returns false.
bool parse_fail(struct parse *parse, int line, const char *fmt, ...) PRINTF(3, 4);

// "expected WHAT, found TOKEN".
bool parse_expected(struct parse *parse, const char *what);

void parse_next(struct parse *parse);

static inline bool parse_is(const struct parse *parse, char ch)
{
	return parse->token.kind == TOKEN_CHAR && parse->token.ch == ch;
}

bool parse_is_word(const struct parse *parse, const char *word) PURE;

// Whether the character comes behind the current token.
bool parse_is_before(const struct parse *parse, char ch);

// Goes over the character or word when it is the current token; returns whether it was.
bool parse_accept(struct parse *parse, char ch);
bool parse_accept_word(struct parse *parse, const char *word);

// Goes over the character, which must be here.
bool parse_expect(struct parse *parse, char ch);

// A number of 0 to max.
bool parse_uint(struct parse *parse, const char *what, uint64_t max, uint64_t *number);

// What follows "<" or ">", the current token.
bool parse_packet(struct parse *parse, struct script_packet *packet);

// "<mss 1460,nop,...>" behind a packet; nothing, or the current token is "<".
bool parse_option_list(struct parse *parse, struct script_packet *packet);

// A value; NULL after an error. Values are nested to PARSE_DEPTH at most.
#define PARSE_DEPTH 16
struct script_value *parse_value(struct parse *parse, unsigned depth);

// Values up to the closing character, which is gone over; NULL when there are none.
struct script_value *parse_value_list(struct parse *parse, char close, unsigned depth);

#endif

// lexer: cuts a script into tokens. It knows nothing of their order, which is
// parse.c's; words that the script defines are replaced here.
#ifndef SCRIPT_LEXER_H
#define SCRIPT_LEXER_H

#include "script.h"

enum token_kind {
	TOKEN_END,
	TOKEN_BAD,     // text says why
	TOKEN_INTEGER, // also 0x10, as hex
	TOKEN_FLOAT,
	TOKEN_WORD,
	TOKEN_STRING,  // text without its quotes
	TOKEN_COMMAND, // without its back quotes
	TOKEN_CODE,    // without its %{ and }%
	TOKEN_OPTION,  // --name: text is the name
	TOKEN_ELLIPSIS,
	TOKEN_CHAR, // any other character
};

struct token {
	enum token_kind kind;
	int line;
	char ch;          // of TOKEN_CHAR, else 0
	bool hex;         // an integer that begins with 0x
	int64_t number;   // of an integer, or the microseconds of a float's seconds
	const char *text; // in the arena
};

struct lexer {
	const char *at, *end;
	int line;
	struct arena *arena;
	const struct script_conf *conf; // its defines are looked up at each word
};

void lexer_init(struct lexer *lexer, struct script *script, const char *text, size_t len);
struct token lexer_next(struct lexer *lexer);

// What follows "=" behind an option: up to white space that is not within quotes.
// NULL when there is no "=".
const char *lexer_option_value(struct lexer *lexer);

#endif

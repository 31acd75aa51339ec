// lex: splits the text of a zone file into tokens (RFC 1035 section 5.1). It handles comments,
// quotes and parentheses; callers see only words, strings and ends of records. It does not
// decode escapes and knows no names or numbers: token.h does.
#ifndef DNS_LEX_H
#define DNS_LEX_H

#include "core/base.h"

enum lex_kind {
	LEX_WORD,
	LEX_QUOTED,   // a string; text excludes the quotes
	LEX_LINE_END, // end of a line outside parentheses: ends a record
	LEX_FILE_END, // end of the file: ends a record, too
	LEX_BAD,      // malformed; text is an error message
};

// A token. The text is borrowed from the zone file, with its escapes as written.
struct lex_token {
	const char *text;
	size_t len;
	unsigned line, column; // of its first byte, from 1; columns count bytes
	enum lex_kind kind;
};

// A position in a text.
struct lex {
	const char *start, *p, *end;
	const char *line_start;
	unsigned line;
	unsigned open;                   // number of parentheses open
	unsigned open_line, open_column; // of the outermost one
	bool ended;                      // the last token ended a record, or none was read
};

// Starts at the beginning of a text, which is borrowed. A byte order mark is skipped.
void lex_init(struct lex *lex, const char *text, size_t len);

// Returns the next token; at the end of the text LEX_FILE_END, however often it is called, but
// LEX_BAD first if a parenthesis is still open.
struct lex_token lex_next(struct lex *lex);

// Whether the token ends a record.
static inline bool lex_token_ends(const struct lex_token *token)
{
	return token->kind == LEX_LINE_END || token->kind == LEX_FILE_END;
}

// Whether the next line begins with a blank, so that its record has no owner of its own.
// Valid where a record begins.
bool lex_at_blank(const struct lex *lex) PURE;

// Skips the rest of the record, even if it is malformed.
void lex_skip_record(struct lex *lex);

#endif

// lex: the words of a zone file (RFC 1035 section 5.1): comments,
// quotes and parentheses end here. Tokens point into the text; their escapes
// are still as written.
#ifndef DNS_LEX_H
#define DNS_LEX_H

#include "core/base.h"

enum lex_kind {
	LEX_WORD,
	LEX_QUOTED,   // text is what is between the quotes
	LEX_LINE_END, // outside parentheses: the end of a record
	LEX_FILE_END, // also ends a record
	LEX_BAD,      // text is a sentence that says why
};

struct lex_token {
	const char *text;
	size_t len;
	unsigned line, column; // from 1, in bytes
	enum lex_kind kind;
};

struct lex {
	const char *start, *p, *end;
	const char *line_start;
	unsigned line;
	unsigned open;                   // parentheses
	unsigned open_line, open_column; // of the outermost
	bool ended;                      // the last token ended a record, or none was read
};

// Borrows the text. A byte order mark at its start is passed over.
void lex_init(struct lex *lex, const char *text, size_t len);

struct lex_token lex_next(struct lex *lex);

static inline bool lex_token_ends(const struct lex_token *token)
{
	return token->kind == LEX_LINE_END || token->kind == LEX_FILE_END;
}

// Whether the next line begins with a blank: a record without an owner. To be
// asked where a record begins.
bool lex_at_blank(const struct lex *lex) PURE;

// Passes the rest of the record, whatever is in it.
void lex_skip_record(struct lex *lex);

#endif

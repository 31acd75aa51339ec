// lex: a loop over a table of byte classes. It copies no text.
#include "proto/dns/text/lex.h"

#include <string.h>

enum byte_class {
	BYTE_WORD,
	BYTE_BLANK,
	BYTE_NEWLINE,
	BYTE_COMMENT,
	BYTE_QUOTE,
	BYTE_OPEN,
	BYTE_CLOSE,
	BYTE_ESCAPE,
	BYTE_CONTROL,
};

// A carriage return counts as a blank, so lines may end in CR LF.
static const uint8_t classes[256] = {
        [0 ... 8] = BYTE_CONTROL,   ['\t'] = BYTE_BLANK,  ['\n'] = BYTE_NEWLINE,
        [11 ... 12] = BYTE_CONTROL, ['\r'] = BYTE_BLANK,  [14 ... 31] = BYTE_CONTROL,
        [' '] = BYTE_BLANK,         ['"'] = BYTE_QUOTE,   ['('] = BYTE_OPEN,
        [')'] = BYTE_CLOSE,         [';'] = BYTE_COMMENT, ['\\'] = BYTE_ESCAPE,
        [127] = BYTE_CONTROL,
};

static inline enum byte_class class_of(char c)
{
	return (enum byte_class)classes[(uint8_t)c];
}

void lex_init(struct lex *lex, const char *text, size_t len)
{
	*lex = (struct lex){.start = text, .p = text, .end = text + len, .line = 1, .ended = true};
	if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
		lex->p += 3;
	lex->line_start = lex->p;
}

static struct lex_token token_here(const struct lex *lex, enum lex_kind kind)
{
	return (struct lex_token){
	        .text = lex->p,
	        .line = lex->line,
	        .column = (unsigned)(lex->p - lex->line_start) + 1,
	        .kind = kind,
	};
}

static void token_bad(struct lex_token *token, const char *why)
{
	token->kind = LEX_BAD;
	token->text = why;
	token->len = strlen(why);
}

static void comment_skip(struct lex *lex)
{
	const char *newline = memchr(lex->p, '\n', (size_t)(lex->end - lex->p));

	lex->p = newline ? newline : lex->end;
}

static void newline_pass(struct lex *lex)
{
	lex->p++;
	lex->line++;
	lex->line_start = lex->p;
}

static struct lex_token word_next(struct lex *lex)
{
	struct lex_token token = token_here(lex, LEX_WORD);

	while (lex->p < lex->end) {
		if (likely(class_of(*lex->p) == BYTE_WORD)) {
			lex->p++;
		} else if (class_of(*lex->p) == BYTE_ESCAPE) {
			if (lex->p + 1 == lex->end || lex->p[1] == '\n' || lex->p[1] == '\r') {
				lex->p++;
				token_bad(&token, "a backslash ends the line");
				return token;
			}
			lex->p += 2;
		} else {
			break;
		}
	}
	token.len = (size_t)(lex->p - token.text);
	return token;
}

// RFC 1035 permits a string to span lines. No zone file is known to use that, and without it
// a missing quote is reported on its own line.
static struct lex_token quoted_next(struct lex *lex)
{
	struct lex_token token = token_here(lex, LEX_QUOTED);

	token.text = ++lex->p;
	for (; lex->p < lex->end && *lex->p != '\n'; lex->p++) {
		if (*lex->p == '"') {
			token.len = (size_t)(lex->p++ - token.text);
			return token;
		}
		if (*lex->p == '\\' && lex->p + 1 < lex->end && lex->p[1] != '\n')
			lex->p++;
	}
	token_bad(&token, "the quoted string is not closed on its line");
	return token;
}

static struct lex_token file_end(struct lex *lex)
{
	struct lex_token token = token_here(lex, LEX_FILE_END);

	if (lex->open) {
		lex->open = 0;
		token.line = lex->open_line;
		token.column = lex->open_column;
		token_bad(&token, "the parenthesis is not closed before the end of the file");
	}
	return token;
}

static struct lex_token byte_refuse(struct lex *lex, const char *why)
{
	struct lex_token token = token_here(lex, LEX_BAD);

	token_bad(&token, why);
	lex->p++;
	return token;
}

static void paren_open(struct lex *lex)
{
	if (lex->open++ == 0) {
		lex->open_line = lex->line;
		lex->open_column = (unsigned)(lex->p - lex->line_start) + 1;
	}
	lex->p++;
}

static struct lex_token any_next(struct lex *lex)
{
	struct lex_token token;

	while (lex->p < lex->end) {
		switch (class_of(*lex->p)) {
		case BYTE_WORD:
		case BYTE_ESCAPE:
			return word_next(lex);
		case BYTE_BLANK:
			lex->p++;
			break;
		case BYTE_NEWLINE:
			token = token_here(lex, LEX_LINE_END);
			newline_pass(lex);
			if (!lex->open)
				return token;
			break;
		case BYTE_COMMENT:
			comment_skip(lex);
			break;
		case BYTE_QUOTE:
			return quoted_next(lex);
		case BYTE_OPEN:
			paren_open(lex);
			break;
		case BYTE_CLOSE:
			if (!lex->open)
				return byte_refuse(lex, "this parenthesis was not opened");
			lex->open--;
			lex->p++;
			break;
		case BYTE_CONTROL:
			return byte_refuse(lex, "a control character: zone files are text, "
			                        "such bytes are written as \\DDD");
		}
	}
	return file_end(lex);
}

struct lex_token lex_next(struct lex *lex)
{
	struct lex_token token = any_next(lex);

	lex->ended = lex_token_ends(&token);
	return token;
}

bool lex_at_blank(const struct lex *lex)
{
	return lex->p < lex->end && class_of(*lex->p) == BYTE_BLANK;
}

void lex_skip_record(struct lex *lex)
{
	while (!lex->ended)
		lex_next(lex);
}

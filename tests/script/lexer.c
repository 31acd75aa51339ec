// lexer: one token at a time, with its line. The longest match counts, as "0.2...0.3" is two
// times around an ellipsis. The order of tokens is the parser's (parse.c).
#include "lexer.h"

#include <string.h>
#include <strings.h>

#define NUMBER_MAX (INT64_MAX / 10 - 9)
#define SEC_US     INT64_C(1000000)

static bool lexer_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool lexer_is_word(char c)
{
	return lexer_is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool lexer_is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static int lexer_hex_digit(char c)
{
	if (lexer_is_digit(c))
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static const char *lexer_copy(struct lexer *lexer, const char *from, size_t len)
{
	char *text = arena_alloc(lexer->arena, len + 1);

	memcpy(text, from, len);
	return text;
}

// The character i places ahead; 0 behind the end.
static char lexer_peek(const struct lexer *lexer, size_t i)
{
	return i < (size_t)(lexer->end - lexer->at) ? lexer->at[i] : '\0';
}

static void lexer_skip(struct lexer *lexer, size_t n)
{
	for (; n > 0 && lexer->at < lexer->end; n--)
		if (*lexer->at++ == '\n')
			lexer->line++;
}

// The first place of the text, from `from` characters ahead; 0 when there is none.
static size_t lexer_find(const struct lexer *lexer, size_t from, const char *text)
{
	size_t len = strlen(text), left = (size_t)(lexer->end - lexer->at);

	for (size_t i = from; i + len <= left; i++)
		if (memcmp(lexer->at + i, text, len) == 0)
			return i;
	return 0;
}

static struct token lexer_bad(struct token token, const char *reason)
{
	token.kind = TOKEN_BAD;
	token.text = reason;
	return token;
}

// A comment up to the end of the line, or what is for another system than Linux: from "#ifdef
// FreeBSD" to "#endif".
static void lexer_skip_line(struct lexer *lexer)
{
	static const char ifdef[] = "#ifdef ", ours[] = "Linux";
	size_t end = 0, left = (size_t)(lexer->end - lexer->at);

	if (left > sizeof(ifdef) + sizeof(ours) &&
	    memcmp(lexer->at, ifdef, sizeof(ifdef) - 1) == 0 &&
	    strncasecmp(lexer->at + sizeof(ifdef) - 1, ours, sizeof(ours) - 1) != 0)
		end = lexer_find(lexer, 0, "#endif");
	if (end)
		lexer_skip(lexer, end);
	end = lexer_find(lexer, 0, "\n");
	lexer_skip(lexer, end ? end : SIZE_MAX);
}

// White space and comments; false in a comment without an end.
static bool lexer_skip_blank(struct lexer *lexer)
{
	for (;;) {
		char c = lexer_peek(lexer, 0), after = lexer_peek(lexer, 1);

		if (lexer->at < lexer->end && lexer_is_space(c)) {
			lexer_skip(lexer, 1);
		} else if (c == '#' || (c == '/' && after == '/')) {
			lexer_skip_line(lexer);
		} else if (c == '/' && after == '*') {
			size_t end = lexer_find(lexer, 2, "*/");

			if (end == 0)
				return false;
			lexer_skip(lexer, end + 2);
		} else {
			return true;
		}
	}
}

// Text up to an unescaped quote, which is the current character.
static struct token lexer_quoted(struct lexer *lexer, struct token token, enum token_kind kind)
{
	char quote = *lexer->at;
	size_t len = 1;

	while (lexer_peek(lexer, len) != quote || lexer->at + len >= lexer->end) {
		if (lexer->at + len >= lexer->end)
			return lexer_bad(token, "the closing quote is missing");
		len += lexer_peek(lexer, len) == '\\' ? 2 : 1;
	}
	token.kind = kind;
	token.text = lexer_copy(lexer, lexer->at + 1, len - 1);
	lexer_skip(lexer, len + 1);
	return token;
}

static struct token lexer_code(struct lexer *lexer, struct token token)
{
	size_t end = lexer_find(lexer, 2, "}%");

	if (end == 0)
		return lexer_bad(token, "the closing }% is missing");
	token.kind = TOKEN_CODE;
	token.text = lexer_copy(lexer, lexer->at + 2, end - 2);
	lexer_skip(lexer, end + 2);
	return token;
}

// Digits from `from` ahead; returns how many, with their value. The value is -1 when it is
// too large.
static size_t lexer_digits(const struct lexer *lexer, size_t from, int64_t *value)
{
	size_t n = 0;

	for (*value = 0; lexer_is_digit(lexer_peek(lexer, from + n)); n++)
		if (*value >= 0)
			*value = *value > NUMBER_MAX
			                 ? -1
			                 : *value * 10 + (lexer_peek(lexer, from + n) - '0');
	return n;
}

// A number of seconds with a fraction, of which microseconds count.
static struct token lexer_float(struct lexer *lexer, struct token token, size_t dot, int64_t whole)
{
	int64_t unit = SEC_US / 10;
	size_t n = dot + 1;

	if (whole < 0 || whole > INT64_MAX / SEC_US - 1)
		return lexer_bad(token, "the number is too large");
	token.kind = TOKEN_FLOAT;
	token.number = whole * SEC_US;
	for (; lexer_is_digit(lexer_peek(lexer, n)); n++, unit /= 10)
		token.number += (lexer_peek(lexer, n) - '0') * unit;
	if (*lexer->at == '-')
		token.number = -token.number;
	token.text = lexer_copy(lexer, lexer->at, n);
	lexer_skip(lexer, n);
	return token;
}

static struct token lexer_hex(struct lexer *lexer, struct token token, size_t len)
{
	uint64_t value = 0;

	if (len > 2 + 16)
		return lexer_bad(token, "the number is too large");
	for (size_t i = 2; i < len; i++)
		value = value << 4 | (uint64_t)lexer_hex_digit(lexer->at[i]);
	token.kind = TOKEN_INTEGER;
	token.hex = true;
	token.number = (int64_t)value;
	lexer_skip(lexer, len);
	return token;
}

// The value that the script gave to the word, as the token that it is written as.
static struct token lexer_defined(struct lexer *lexer, struct token token)
{
	for (const struct script_define *d = lexer->conf->defines; d; d = d->next) {
		size_t len = strlen(d->value);

		if (strcmp(d->name, token.text) != 0)
			continue;
		if (len < 2 || (*d->value != '"' && *d->value != '`')) {
			token.text = d->value;
			return token;
		}
		token.kind = *d->value == '"' ? TOKEN_STRING : TOKEN_COMMAND;
		token.text = lexer_copy(lexer, d->value + 1, len - 2);
		return token;
	}
	return token;
}

// Letters, digits and "_": a number when they are digits only, or hexadecimal.
static struct token lexer_word(struct lexer *lexer, struct token token)
{
	bool hex = lexer_peek(lexer, 0) == '0' && lexer_peek(lexer, 1) == 'x';
	bool digits = true;
	size_t len = 0;

	for (; lexer_is_word(lexer_peek(lexer, len)); len++) {
		digits = digits && lexer_is_digit(lexer_peek(lexer, len));
		hex = hex && (len == 1 || lexer_hex_digit(lexer_peek(lexer, len)) >= 0);
	}
	if (hex && len > 2)
		return lexer_hex(lexer, token, len);
	token.text = lexer_copy(lexer, lexer->at, len);
	token.kind = TOKEN_WORD;
	if (digits) {
		token.kind = TOKEN_INTEGER;
		lexer_digits(lexer, 0, &token.number);
		if (token.number < 0)
			return lexer_bad(token, "the number is too large");
	}
	lexer_skip(lexer, len);
	return digits ? token : lexer_defined(lexer, token);
}

// A number with a sign or a fraction, or a word.
static struct token lexer_number(struct lexer *lexer, struct token token)
{
	size_t sign = lexer_peek(lexer, 0) == '-', n;
	int64_t value;

	n = lexer_digits(lexer, sign, &value);
	if (lexer_peek(lexer, sign + n) == '.' && lexer_is_digit(lexer_peek(lexer, sign + n + 1)))
		return lexer_float(lexer, token, sign + n, value);
	if (!sign)
		return lexer_word(lexer, token);
	if (value < 0)
		return lexer_bad(token, "the number is too large");
	token.kind = TOKEN_INTEGER;
	token.number = -value;
	token.text = lexer_copy(lexer, lexer->at, sign + n);
	lexer_skip(lexer, sign + n);
	return token;
}

static struct token lexer_option(struct lexer *lexer, struct token token)
{
	size_t len = 2;

	while (lexer_is_word(lexer_peek(lexer, len)))
		len++;
	token.kind = TOKEN_OPTION;
	token.text = lexer_copy(lexer, lexer->at + 2, len - 2);
	lexer_skip(lexer, len);
	return token;
}

void lexer_init(struct lexer *lexer, struct script *script, const char *text, size_t len)
{
	*lexer = (struct lexer){.at = text,
	                        .end = text + len,
	                        .line = 1,
	                        .arena = &script->arena,
	                        .conf = &script->conf};
}

struct token lexer_next(struct lexer *lexer)
{
	struct token token = {.text = ""};
	char c, after;

	if (!lexer_skip_blank(lexer)) {
		token.line = lexer->line;
		return lexer_bad(token, "the closing */ is missing");
	}
	token.line = lexer->line;
	if (lexer->at >= lexer->end)
		return token;
	c = *lexer->at;
	after = lexer_peek(lexer, 1);
	if (c == '-' && after == '-')
		return lexer_option(lexer, token);
	if (lexer_is_digit(c) || ((c == '-' || c == '.') && lexer_is_digit(after)) ||
	    (c == '-' && after == '.' && lexer_is_digit(lexer_peek(lexer, 2))))
		return lexer_number(lexer, token);
	if (lexer_is_word(c))
		return lexer_word(lexer, token);
	if (c == '"')
		return lexer_quoted(lexer, token, TOKEN_STRING);
	if (c == '`')
		return lexer_quoted(lexer, token, TOKEN_COMMAND);
	if (c == '%' && after == '{')
		return lexer_code(lexer, token);
	if (c == '.' && after == '.' && lexer_peek(lexer, 2) == '.') {
		token.kind = TOKEN_ELLIPSIS;
		lexer_skip(lexer, 3);
		return token;
	}
	token.kind = TOKEN_CHAR;
	token.ch = c;
	token.text = lexer_copy(lexer, &c, 1);
	lexer_skip(lexer, 1);
	return token;
}

const char *lexer_option_value(struct lexer *lexer)
{
	size_t len = 1;
	char quote = 0;
	const char *text;
	struct lexer start = *lexer;

	if (!lexer_skip_blank(lexer) || lexer_peek(lexer, 0) != '=') {
		*lexer = start;
		return NULL;
	}
	while (lexer_is_space(lexer_peek(lexer, 1)))
		lexer_skip(lexer, 1); // the value is behind the last of them, as behind "="
	for (; lexer->at + len < lexer->end; len++) {
		char c = lexer_peek(lexer, len);

		if (c == quote)
			quote = 0;
		else if (!quote && (c == '"' || c == '`'))
			quote = c;
		else if (!quote && lexer_is_space(c))
			break;
	}
	if (len > 2 && lexer_peek(lexer, 1) == '"' && lexer_peek(lexer, len - 1) == '"')
		text = lexer_copy(lexer, lexer->at + 2, len - 3);
	else
		text = lexer_copy(lexer, lexer->at + 1, len - 1);
	lexer_skip(lexer, len);
	return text;
}

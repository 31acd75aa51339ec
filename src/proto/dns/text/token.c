// token: strict parsers of single tokens: a number has digits only, and each part of a time
// has a unit.
#include "proto/dns/text/token.h"
#include "proto/dns/wire/dns_escape.h"
#include "proto/dns/wire/dns_type.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

// Characters of a token that an error message quotes.
#define QUOTE_MAX   40
#define QUOTE_BYTES (4 * QUOTE_MAX + 1)

// Copies a token for a message. A no-break space, which would show as a blank, is escaped.
static void token_quote(const struct lex_token *token, char to[QUOTE_BYTES])
{
	size_t len = size_min(token->len, QUOTE_MAX), n = 0;

	for (size_t i = 0; i < len; i++) {
		if (i + 1 < len && memcmp(token->text + i, "\xc2\xa0", 2) == 0) {
			memcpy(to + n, "\\194\\160", 8);
			n += 8;
			i++;
		} else {
			to[n++] = token->text[i];
		}
	}
	to[n] = '\0';
}

bool token_refuse(struct token_error *error, const struct lex_token *token, const char *expected,
                  const char *why)
{
	char type[16] = "";
	const char *colon = error->type ? ": " : "";
	char quote[QUOTE_BYTES];

	if (error->type)
		dns_type_text(error->type, type);
	error->line = token->line;
	error->column = token->column;
	if (token->kind == LEX_BAD) {
		snprintf(error->text, sizeof(error->text), "%s", token->text);
		return false;
	}
	if (lex_token_ends(token)) {
		snprintf(error->text, sizeof(error->text),
		         "%s%sexpected %s, found the end of the record", type, colon, expected);
		return false;
	}
	token_quote(token, quote);
	snprintf(error->text, sizeof(error->text), "%s%sexpected %s, found %s\"%s\"%s%s%s", type,
	         colon, expected, token->kind == LEX_QUOTED ? "the string " : "", quote,
	         token->len > QUOTE_MAX ? "..." : "", why ? ": " : "", why ? why : "");
	return false;
}

bool token_is(const struct lex_token *token, const char *word)
{
	return token->kind == LEX_WORD && strlen(word) == token->len &&
	       strncasecmp(token->text, word, token->len) == 0;
}

// Parses digits from *at on; false when there are none or the value exceeds 32 bits.
static bool digits_parse(const struct lex_token *token, size_t *at, uint64_t *value)
{
	size_t start = *at;

	for (*value = 0; *at < token->len; ++*at) {
		unsigned digit = (unsigned)(token->text[*at] - '0');

		if (digit > 9)
			break;
		*value = *value * 10 + digit;
		if (*value > UINT32_MAX)
			return false;
	}
	return *at > start;
}

bool token_number(const struct lex_token *token, uint32_t max, uint32_t *value)
{
	uint64_t number;
	size_t at = 0;

	if (token->kind != LEX_WORD || !digits_parse(token, &at, &number))
		return false;
	*value = (uint32_t)number;
	return at == token->len && number <= max;
}

static unsigned unit_seconds(char unit)
{
	switch (unit | 0x20) {
	case 's':
		return 1;
	case 'm':
		return 60;
	case 'h':
		return 3600;
	case 'd':
		return 86400;
	case 'w':
		return 604800;
	default:
		return 0;
	}
}

bool token_time(const struct lex_token *token, uint32_t *seconds)
{
	uint64_t sum = 0, part;
	size_t at = 0;

	if (token_number(token, UINT32_MAX, seconds))
		return true;
	if (token->kind != LEX_WORD || token->len == 0)
		return false;
	while (at < token->len) {
		if (!digits_parse(token, &at, &part) || at == token->len ||
		    !unit_seconds(token->text[at]))
			return false;
		sum += part * unit_seconds(token->text[at++]);
		if (sum > UINT32_MAX)
			return false;
	}
	*seconds = (uint32_t)sum;
	return true;
}

bool token_name(const struct lex_token *token, const uint8_t *origin, struct dns_name *name,
                struct token_error *error)
{
	const char *why = NULL;

	if (token->kind != LEX_WORD)
		return token_refuse(error, token, "a domain name", NULL);
	if (token->len == 1 && token->text[0] == '@') {
		name->len = (uint8_t)dns_name_len(origin);
		memcpy(name->wire, origin, name->len);
		return true;
	}
	if (!dns_name_parse(name, token->text, token->len, origin, &why))
		return token_refuse(error, token, "a domain name", why);
	return true;
}

bool token_string(const struct lex_token *token, struct fill *to)
{
	const char *p = token->text, *end = p + token->len;

	while (p < end) {
		const char *escape = memchr(p, '\\', (size_t)(end - p));
		const char *stop = escape ? escape : end;
		uint8_t byte;
		size_t read;

		fill_bytes(to, p, (size_t)(stop - p));
		p = stop;
		if (!escape)
			break;
		read = dns_escape_parse(p, (size_t)(end - p), &byte);
		if (!read)
			return false;
		fill_u8(to, byte);
		p += read;
	}
	return true;
}

// query_text: see the header.
#include "proto/bench/query_text.h"

#include <errno.h>

#define WORDS_MAX 3

struct word {
	const char *text;
	size_t len;
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

// The words of a line; one more than WORDS_MAX when there are more.
static unsigned split(const char *text, const char *end, struct word words[WORDS_MAX])
{
	unsigned len = 0;

	for (;;) {
		const char *begin;

		while (text < end && is_blank(*text))
			text++;
		if (text == end || (len == 0 && (*text == ';' || *text == '#')))
			return len;
		begin = text;
		while (text < end && !is_blank(*text))
			text++;
		if (len == WORDS_MAX)
			return len + 1;
		words[len++] = (struct word){begin, (size_t)(text - begin)};
	}
}

static bool rcode_parse(const struct word *word, uint16_t *rcode)
{
	for (uint16_t code = 0; code <= DNS_FLAG_RCODE; code++) {
		char text[DNS_RCODE_TEXT_BYTES];

		if (strlen(dns_rcode_text(code, text)) == word->len &&
		    strncasecmp(text, word->text, word->len) == 0) {
			*rcode = code;
			return true;
		}
	}
	return false;
}

static int add_line(struct query_set *set, struct query_form *form, const struct word *words,
                    unsigned len, unsigned line, struct why *why)
{
	static const uint8_t root[1];
	const char *reason;
	int err;

	if (len == 1 || len > WORDS_MAX)
		return why_fail(why, -EINVAL,
		                "line %u: is not a name, a type and at most a "
		                "response code",
		                line);
	if (!dns_name_parse(&form->name, words[0].text, words[0].len, root, &reason))
		return why_fail(why, -EINVAL, "line %u: %s", line, reason);
	if (!dns_type_parse(words[1].text, words[1].len, &form->type))
		return why_fail(why, -EINVAL, "line %u: there is no type %.*s", line,
		                (int)size_min(words[1].len, 64), words[1].text);
	form->rcode = QUERY_ANY_RCODE;
	if (len == WORDS_MAX && !rcode_parse(&words[2], &form->rcode))
		return why_fail(why, -EINVAL, "line %u: there is no response code %.*s", line,
		                (int)size_min(words[2].len, 64), words[2].text);
	err = query_set_add(set, form);
	if (err == -EINVAL)
		return why_fail(why, err, "line %u: the name is too long for a random label", line);
	if (err == -E2BIG)
		return why_fail(why, err, "line %u: there are too many queries", line);
	return err ? why_no_memory(why, "line %u", line) : 0;
}

int query_text_add(struct query_set *set, const struct query_form *form, const char *text,
                   size_t len, struct why *why)
{
	const char *end = text + len;
	struct query_form own = *form;
	int err = 0;

	for (unsigned line = 1; text < end && !err; line++) {
		const char *next = memchr(text, '\n', (size_t)(end - text));
		struct word words[WORDS_MAX];
		unsigned words_len = split(text, next ? next : end, words);

		if (words_len)
			err = add_line(set, &own, words, words_len, line, why);
		text = next ? next + 1 : end;
	}
	return err;
}

// query_text: see the header.
#include "proto/bench/query_text.h"

#include "core/addr.h"

#include <errno.h>
#include <stdlib.h>

#define WORDS_MAX 5 // NAME TYPE RCODE ANSWERS ADDRESS

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

static bool is_any(const struct word *word)
{
	return word->len == 1 && *word->text == '*';
}

static bool answers_parse(const struct word *word, uint16_t *answers)
{
	char *end;
	unsigned long n;

	if (*word->text < '0' || *word->text > '9')
		return false;
	n = strtoul(word->text, &end, 10);
	*answers = (uint16_t)n;
	return end == word->text + word->len && n < QUERY_ANY_ANSWERS;
}

// An address of the type's family.
static bool rdata_parse(const struct word *word, uint16_t type, struct query_want *want)
{
	char text[ADDR_TEXT_BYTES];
	struct addr addr;
	be32_t ipv4;

	if (word->len >= sizeof(text))
		return false;
	memcpy(text, word->text, word->len);
	text[word->len] = '\0';
	if (!addr_parse(text, &addr) || type != (addr_is_ipv4(addr) ? DNS_TYPE_A : DNS_TYPE_AAAA))
		return false;
	want->rdata_len = addr_is_ipv4(addr) ? 4 : 16;
	ipv4 = addr_ipv4(addr);
	if (addr_is_ipv4(addr))
		memcpy(want->rdata, &ipv4, sizeof(ipv4));
	else
		addr_to_bytes(addr, want->rdata);
	return true;
}

static int want_parse(struct query_form *form, const struct word *words, unsigned len,
                      unsigned line, struct why *why)
{
	struct query_want *want = &form->want;
	const struct word *rcode = &words[2], *answers = &words[3], *rdata = &words[4];

	*want = QUERY_WANT_ANYTHING;
	if (len > 2 && !is_any(rcode) && !rcode_parse(rcode, &want->rcode))
		return why_fail(why, -EINVAL, "line %u: there is no response code %.*s", line,
		                (int)size_min(rcode->len, 64), rcode->text);
	if (len > 3 && !is_any(answers) && !answers_parse(answers, &want->answers))
		return why_fail(why, -EINVAL, "line %u: is no number of records: %.*s", line,
		                (int)size_min(answers->len, 64), answers->text);
	if (len > 4 && !rdata_parse(rdata, form->type, want))
		return why_fail(why, -EINVAL, "line %u: is no address of an A or AAAA record: %.*s",
		                line, (int)size_min(rdata->len, 64), rdata->text);
	return 0;
}

static int add_line(struct query_set *set, struct query_form *form, const struct word *words,
                    unsigned len, unsigned line, struct why *why)
{
	static const uint8_t root[1];
	const char *reason;
	int err;

	if (len == 1 || len > WORDS_MAX)
		return why_fail(why, -EINVAL,
		                "line %u: is not a name, a type, and at most a response "
		                "code, a number of records and an address",
		                line);
	if (!dns_name_parse(&form->name, words[0].text, words[0].len, root, &reason))
		return why_fail(why, -EINVAL, "line %u: %s", line, reason);
	if (!dns_type_parse(words[1].text, words[1].len, &form->type))
		return why_fail(why, -EINVAL, "line %u: there is no type %.*s", line,
		                (int)size_min(words[1].len, 64), words[1].text);
	err = want_parse(form, words, len, line, why);
	if (err)
		return err;
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

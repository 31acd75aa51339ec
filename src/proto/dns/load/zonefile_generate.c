// zonefile_generate: the $GENERATE directive as in BIND 9.18: makes records from a template of the
// owner and one of the data, in which "$" is replaced by each number of a range. Errors are
// reported at the place of the template, with the number. Neighbour: zonefile.c.
#include "proto/dns/load/zonefile_internal.h"
#include "proto/dns/rdata/rdata_parse.h"

#include <inttypes.h>
#include <stdio.h>

// The limits of BIND.
#define NUMBER_MAX INT32_MAX
#define WIDTH_MAX  127

struct range {
	uint32_t start, stop, step;
};

// How a number is printed: "$" or "${offset,width,base}".
struct number_form {
	int64_t offset;
	uint32_t width;
	char base; // of "doxXnN"
};

// Reads a decimal number of at most `max` at *at and advances *at past it.
static bool digits_take(const char **at, const char *end, uint32_t max, uint32_t *value)
{
	const char *start = *at;
	uint64_t sum = 0;

	for (; *at < end && **at >= '0' && **at <= '9'; ++*at) {
		sum = sum * 10 + (uint64_t)(**at - '0');
		if (sum > max)
			return false;
	}
	*value = (uint32_t)sum;
	return *at > start;
}

static bool char_take(const char **at, const char *end, char c)
{
	if (*at == end || **at != c)
		return false;
	++*at;
	return true;
}

// Reads "start-stop" or "start-stop/step".
static bool range_parse(const struct lex_token *token, struct range *range)
{
	const char *at = token->text, *end = at + token->len;

	range->step = 1;
	return token->kind == LEX_WORD && digits_take(&at, end, NUMBER_MAX, &range->start) &&
	       char_take(&at, end, '-') && digits_take(&at, end, NUMBER_MAX, &range->stop) &&
	       (!char_take(&at, end, '/') || digits_take(&at, end, NUMBER_MAX, &range->step)) &&
	       at == end && range->start <= range->stop && range->step;
}

// Reads the rest of a form after "${", with the closing "}".
static bool form_take(const char **at, const char *end, struct number_form *form)
{
	static const char bases[] = {'d', 'o', 'x', 'X', 'n', 'N'};
	bool minus = char_take(at, end, '-');
	uint32_t offset;

	if (!minus)
		(void)char_take(at, end, '+');
	if (!digits_take(at, end, NUMBER_MAX, &offset))
		return false;
	form->offset = minus ? -(int64_t)offset : offset;
	if (char_take(at, end, ',') && !digits_take(at, end, WIDTH_MAX, &form->width))
		return false;
	if (char_take(at, end, ',')) {
		if (*at == end || !memchr(bases, **at, sizeof(bases)))
			return false;
		form->base = *(*at)++;
	}
	return char_take(at, end, '}');
}

// Appends hexadecimal digits, the lowest first, with dots between them, as in names below ip6.arpa.
// Pads with zeros to `width`, which counts digits and dots.
static void nibbles_append(struct fill *to, uint32_t value, uint32_t width, const char *digits)
{
	do {
		fill_u8(to, (uint8_t)digits[value & 15]);
		value >>= 4;
		width -= width > 0;
		if (width || value) {
			fill_u8(to, '.');
			width -= width > 0;
		}
	} while (width || value);
}

static void number_append(struct fill *to, int32_t value, const struct number_form *form)
{
	int width = (int)form->width;
	char text[WIDTH_MAX + 1];

	switch (form->base) {
	case 'n':
		nibbles_append(to, (uint32_t)value, form->width, "0123456789abcdef");
		return;
	case 'N':
		nibbles_append(to, (uint32_t)value, form->width, "0123456789ABCDEF");
		return;
	case 'o':
		snprintf(text, sizeof(text), "%0*" PRIo32, width, (uint32_t)value);
		break;
	case 'x':
		snprintf(text, sizeof(text), "%0*" PRIx32, width, (uint32_t)value);
		break;
	case 'X':
		snprintf(text, sizeof(text), "%0*" PRIX32, width, (uint32_t)value);
		break;
	default:
		snprintf(text, sizeof(text), "%0*" PRId32, width, value);
	}
	fill_bytes(to, text, strlen(text));
}

// Replaces a "$" and the form that may follow it; *at is after the "$" and is advanced. Returns
// NULL, or what is wrong.
static const char *dollar_expand(const char **at, const char *end, uint32_t number, struct fill *to)
{
	struct number_form form = {.base = 'd'};
	int64_t value;

	if (char_take(at, end, '$')) {
		fill_u8(to, '$');
		return NULL;
	}
	if (char_take(at, end, '{') && !form_take(at, end, &form))
		return "$ may be followed by {offset}, {offset,width} or {offset,width,base}, with "
		       "a "
		       "width of at most 127 and one of the bases d o x X n N";
	value = number + form.offset;
	if (value < INT32_MIN || value > INT32_MAX)
		return "the number with its offset exceeds 32 bits";
	number_append(to, (int32_t)value, &form);
	return NULL;
}

// Expands a template for a number. Keeps escapes, as the text is parsed again afterwards; but in a
// quoted template \" becomes a quote of the text. Returns NULL, or what is wrong.
static const char *template_expand(const struct lex_token *token, uint32_t number, struct fill *to)
{
	const char *at = token->text, *end = at + token->len, *why = NULL;

	while (at < end && !why) {
		if (*at == '\\' && end - at > 1) {
			if (token->kind != LEX_QUOTED || at[1] != '"')
				fill_u8(to, '\\');
			fill_u8(to, (uint8_t)at[1]);
			at += 2;
		} else if (*at == '$') {
			at++;
			why = dollar_expand(&at, end, number, to);
		} else {
			fill_u8(to, (uint8_t)*at++);
		}
	}
	return to->bad ? "its text is too long" : why;
}

// Expands a template into a token that has the place of the template.
static bool token_expand(struct zonefile *r, const struct lex_token *token, uint32_t number,
                         struct lex_token *made)
{
	struct fill to = fill_of(r->made, sizeof(r->made));
	const char *why = template_expand(token, number, &to);

	if (why)
		return token_refuse(&r->error, token, "a template", why);
	*made = *token;
	made->text = r->made;
	made->len = fill_len(&to);
	return true;
}

// Moves an error in the expanded text to the place of the template, and adds the number. Returns
// false.
static bool error_move(struct zonefile *r, const struct lex_token *token, uint32_t number)
{
	size_t len = strlen(r->error.text);

	r->error.line = token->line;
	r->error.column = token->column;
	snprintf(r->error.text + len, sizeof(r->error.text) - len, " (where $ is %" PRIu32 ")",
	         number);
	return false;
}

static bool record_generate(struct zonefile *r, const struct generate *g, uint32_t number)
{
	struct fill to = fill_of(r->rdata, sizeof(r->rdata));
	struct record_head head = g->head;
	struct lex_token made = {0};
	struct dns_name owner;
	struct span rdata;
	struct lex lex;

	r->error.type = 0;
	if (!token_expand(r, &g->owner, number, &made))
		return false;
	if (!token_name(&made, r->source->origin.wire, &owner, &r->error))
		return error_move(r, &g->owner, number);
	if (!token_expand(r, &g->data, number, &made))
		return false;
	lex_init(&lex, made.text, made.len);
	if (!rdata_parse(&lex, head.type, r->source->origin.wire, &to, &r->error))
		return error_move(r, &g->data, number);
	rdata = span_of(r->rdata, fill_len(&to));
	return zonefile_pass_record(r, &head, &owner, &rdata);
}

bool zonefile_generate_begin(struct zonefile *r)
{
	struct lex *lex = &r->source->lex;
	struct lex_token token = lex_next(lex);
	struct generate g = {.head = {.line = token.line, .column = token.column}};
	struct range range;

	if (!range_parse(&token, &range))
		return token_refuse(&r->error, &token, "a range such as 1-254 or 0-255/5",
		                    "numbers go up to 2147483647");
	if ((range.stop - range.start) / range.step >= ZONEFILE_GENERATE_MAX)
		return token_refuse(&r->error, &token, "a range of at most 1048576 numbers", NULL);
	if ((range.stop - range.start) / range.step >= r->left.generated)
		return zonefile_limits_exceed(r, token.line, token.column,
		                              "more records of $GENERATE", "generated");
	r->left.generated -= (range.stop - range.start) / range.step + 1;
	g.owner = lex_next(lex);
	if (g.owner.kind != LEX_WORD)
		return token_refuse(&r->error, &g.owner, "a template of an owner such as host-$",
		                    NULL);
	if (!zonefile_read_head(r, &g.head, lex_next(lex)))
		return false;
	g.data = lex_next(lex);
	if (g.data.kind != LEX_WORD && g.data.kind != LEX_QUOTED)
		return token_refuse(&r->error, &g.data, "a template of data such as 192.0.2.$",
		                    NULL);
	if (!zonefile_read_line_end(r))
		return false;
	g.number = range.start;
	g.stop = range.stop;
	g.step = range.step;
	g.on = true;
	r->generate = g;
	return true;
}

bool zonefile_generate_next(struct zonefile *r)
{
	struct generate *g = &r->generate;
	uint32_t number = (uint32_t)g->number;
	bool good = record_generate(r, g, number);

	g->number += g->step;
	g->on = good && g->number <= g->stop;
	return good;
}

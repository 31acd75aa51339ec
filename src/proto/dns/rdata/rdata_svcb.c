// rdata_svcb: the kinds of fields of SVCB and HTTPS records: priority and parameters. Parameters
// are in ascending order of keys on the wire, in any order in text, and may require each other.
#include "proto/dns/rdata/rdata_svcb_key.h"

#define PARAM_HDR_BYTES 4

// Parameters of a record whose keys are lower than one before them in text. Each takes a walk
// along those before it, and the cost of a record is to be linear in its length.
#define PARAMS_MOVED_MAX 256

// Takes the next parameter; false at the end, or with params->bad set when it is truncated.
static bool param_take(struct span *params, uint16_t *key, struct span *value)
{
	if (params->bad || span_left(params) == 0)
		return false;
	*key = span_u16(params);
	*value = span_sub(params, span_u16(params));
	return !params->bad;
}

static bool param_find(struct span params, uint16_t wanted, struct span *value)
{
	uint16_t key;

	while (param_take(&params, &key, value))
		if (key == wanted)
			return true;
	return false;
}

// Whether all keys that "mandatory" lists are present (RFC 9460 section 8). Both lists are in
// ascending order.
static bool mandatory_present(struct span params)
{
	struct span keys, value;
	uint16_t key;

	if (!param_find(params, SVCB_MANDATORY, &keys))
		return true;
	while (span_left(&keys)) {
		uint16_t wanted = span_u16(&keys);

		do {
			if (!param_take(&params, &key, &value))
				return false;
		} while (key < wanted);
		if (key != wanted)
			return false;
	}
	return true;
}

// Returns NULL if the parameters, which are valid by themselves, are consistent, or why they are
// not.
static const char *params_disagree(struct span params)
{
	struct span value;

	if (!mandatory_present(params))
		return "mandatory lists a key that is not present";
	if (param_find(params, SVCB_NO_DEFAULT_ALPN, &value) &&
	    !param_find(params, SVCB_ALPN, &value))
		return "no-default-alpn requires alpn";
	return NULL;
}

// Parameters of a record in ServiceMode agree. Those of one in AliasMode, priority 0, are ignored
// by clients (RFC 9460 section 2.4.2), so they are only well-formed.
static struct span priority_take(struct span *rdata)
{
	struct span field = span_sub(rdata, 2), rest = *rdata, value = field;

	if (!field.bad && span_u16(&value) != 0) {
		dns_rdata_take(DNS_FIELD_NAME_RAW, &rest);
		if (!rest.bad && params_disagree(rest))
			return rdata_kind_refuse(rdata);
	}
	return field;
}

static bool priority_parse(struct rdata_parser *p)
{
	uint32_t priority;

	if (!rdata_parse_number(p, UINT16_MAX, &priority))
		return rdata_parse_refuse(p, NULL, NULL);
	fill_u16(p->to, (uint16_t)priority);
	return rdata_parse_next(p);
}

const struct rdata_kind rdata_kind_priority = {
        .help = "a priority from 0 to 65535",
        .take = priority_take,
        .parse = priority_parse,
        .text = rdata_number_text,
};

static struct span params_take(struct span *rdata)
{
	struct span field = span_sub(rdata, span_left(rdata)), rest = field, value;
	uint16_t key;
	int last = -1;

	while (param_take(&rest, &key, &value)) {
		const struct svcb_value *known = rdata_svcb_key_find(key);

		if (key <= last || (known && !known->check(value)))
			return rdata_kind_refuse(rdata);
		last = key;
	}
	return rest.bad ? rdata_kind_refuse(rdata) : field;
}

static void bytes_reverse(uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < len / 2; i++) {
		uint8_t byte = bytes[i];

		bytes[i] = bytes[len - 1 - i];
		bytes[len - 1 - i] = byte;
	}
}

// Moves the last parameter to its place in ascending order; false when its key is present already.
static bool param_sort(uint8_t *params, size_t last, size_t len)
{
	struct span before = span_of(params, last), value;
	uint16_t key, added = (uint16_t)(params[last] << 8 | params[last + 1]);
	size_t at = 0;

	while (param_take(&before, &key, &value)) {
		if (key == added)
			return false;
		if (key > added)
			break;
		at = (size_t)(before.p - params);
	}
	// Reversing both parts and then the whole swaps them.
	bytes_reverse(params + at, last - at);
	bytes_reverse(params + last, len - last);
	bytes_reverse(params + at, len - at);
	return true;
}

// The value after "=": the rest of the word, or the quoted string that follows it without a
// blank. Empty when there is no "=".
static struct lex_token value_token(struct rdata_parser *p, const char *equals)
{
	struct lex_token word = p->token, value = word;
	struct lex lex = *p->lex;
	const char *end = word.text + word.len;
	struct lex_token next;

	value.text = equals ? equals + 1 : end;
	value.len = (size_t)(end - value.text);
	value.column += (unsigned)(value.text - word.text);
	if (!equals || value.len)
		return value;
	next = lex_next(&lex);
	if (next.kind != LEX_QUOTED || next.text != end + 1)
		return value;
	*p->lex = lex;
	return next;
}

// Appends a value. Decodes the escapes of its text into the buffer, appends the wire form made from
// that text, and then moves the wire form over the text.
static bool value_append(struct rdata_parser *p, const struct lex_token *value,
                         const struct svcb_value *known)
{
	uint8_t *text = p->to->p;
	size_t text_len;

	if (!token_string(value, p->to))
		return token_refuse(p->error, value, "a value",
		                    "a backslash is followed by one character or by three digits "
		                    "up to 255");
	text_len = (size_t)(p->to->p - text);
	if (!known || p->to->bad)
		return true;
	if (!known->parse(span_of(text, text_len), p->to) && !p->to->bad)
		return token_refuse(p->error, value, known->help, NULL);
	memmove(text, text + text_len, (size_t)(p->to->p - text) - text_len);
	p->to->p -= text_len;
	return true;
}

// Parses the value of a parameter and appends the parameter. If a known key is written by its
// number, the text is the wire form of the value (RFC 9460 section 2.1).
static bool param_append(struct rdata_parser *p, uint16_t key, const struct lex_token *value,
                         bool number)
{
	const struct svcb_value *known = rdata_svcb_key_find(key);
	uint8_t *start = p->to->p;
	size_t len;

	fill_u16(p->to, key);
	fill_u16(p->to, 0);
	if (!value_append(p, value, number ? NULL : known))
		return false;
	len = (size_t)(p->to->p - start) - PARAM_HDR_BYTES;
	if (p->to->bad || len > UINT16_MAX)
		return rdata_parse_refuse(p, "at most 65535 bytes of data", NULL);
	if (known && !known->check(span_of(start + PARAM_HDR_BYTES, len)))
		return token_refuse(p->error, value, known->help,
		                    number ? "a key written as a number has its value in wire form"
		                           : NULL);
	start[2] = (uint8_t)(len >> 8);
	start[3] = (uint8_t)len;
	return true;
}

// The parameters of a record that were read.
struct params_read {
	int top; // the highest key; -1: there is none
	unsigned moved;
};

static bool param_parse(struct rdata_parser *p, size_t params, struct params_read *read)
{
	const char *text = p->token.text;
	const char *equals = memchr(text, '=', p->token.len);
	size_t key_len = equals ? (size_t)(equals - text) : p->token.len;
	size_t last = fill_len(p->to) - params;
	struct lex_token value;
	uint16_t key;

	if (p->token.kind != LEX_WORD || !rdata_svcb_key_parse(text, key_len, &key))
		return rdata_parse_refuse(p, NULL, NULL);
	value = value_token(p, equals);
	if (!param_append(p, key, &value, text[0] == 'k'))
		return false;
	if (key > read->top) {
		read->top = key;
		return rdata_parse_next(p);
	}
	if (read->moved++ == PARAMS_MOVED_MAX)
		return rdata_parse_refuse(p, "keys in ascending order", "more than 256 are not");
	if (!param_sort(p->to->start + params, last, fill_len(p->to) - params))
		return rdata_parse_refuse(p, "each key only once", NULL);
	return rdata_parse_next(p);
}

static bool params_parse(struct rdata_parser *p)
{
	const uint8_t *rdata = p->to->start + p->start;
	bool alias = rdata[0] == 0 && rdata[1] == 0; // what it says is ignored
	struct params_read read = {.top = -1};
	size_t params = fill_len(p->to);
	struct lex_token first = p->token;
	const char *why;

	while (!lex_token_ends(&p->token))
		if (!param_parse(p, params, &read))
			return false;
	why = params_disagree(span_of(p->to->start + params, fill_len(p->to) - params));
	return alias || !why || token_refuse(p->error, &first, "consistent parameters", why);
}

static void params_text(struct rdata_text *out, struct span params)
{
	struct span value;
	uint16_t key;

	while (param_take(&params, &key, &value)) {
		const struct svcb_value *known = rdata_svcb_key_find(key);

		rdata_svcb_key_text(out, key);
		if (span_left(&value))
			rdata_text_char(out, '=');
		if (span_left(&value) && known)
			known->text(out, value);
		else if (span_left(&value))
			rdata_text_quoted(out, value.p, span_left(&value));
		if (span_left(&params))
			rdata_text_char(out, ' ');
	}
}

const struct rdata_kind rdata_kind_params = {
        .help = "a key such as alpn or key65280",
        .take = params_take,
        .parse = params_parse,
        .text = params_text,
};

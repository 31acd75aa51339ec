// http_coding: see the header.
#include "proto/http/http_coding.h"

#include "proto/http/http_char.h"

#define UNNAMED  (-1)
#define WEIGHT_1 1000

static const struct {
	const char *name, *suffix;
} codings[HTTP_CODINGS] = {
        [HTTP_CODING_BR] = {"br", ".br"},
        [HTTP_CODING_ZSTD] = {"zstd", ".zst"},
        [HTTP_CODING_GZIP] = {"gzip", ".gz"},
        [HTTP_CODING_IDENTITY] = {"identity", ""},
};

const char *http_coding_name(enum http_coding coding)
{
	return codings[coding].name;
}

const char *http_coding_suffix(enum http_coding coding)
{
	return codings[coding].suffix;
}

// "0.5" in thousandths (RFC 9110 section 12.4.2); UNNAMED if it is no weight.
static int weight_of(struct span text)
{
	int weight, unit = 100;

	if (span_left(&text) == 0 || span_left(&text) > 5 || (*text.p != '0' && *text.p != '1'))
		return UNNAMED;
	weight = (span_u8(&text) - '0') * WEIGHT_1;
	if (span_left(&text) && span_u8(&text) != '.')
		return UNNAMED;
	for (; span_left(&text); unit /= 10) {
		uint8_t c = span_u8(&text);

		if (!http_char_is(c, HTTP_CHAR_DIGIT))
			return UNNAMED;
		weight += (c - '0') * unit;
	}
	return weight <= WEIGHT_1 ? weight : UNNAMED;
}

// Splits `coding ;q=weight`; UNNAMED if the parameter is no weight.
static int split_element(struct span element, struct span *name)
{
	const uint8_t *semicolon = http_char_find(element, ';');
	struct span rest;

	if (!semicolon) {
		*name = element;
		return WEIGHT_1;
	}
	*name = http_char_trim(span_of(element.p, (size_t)(semicolon - element.p)));
	rest = http_char_trim(span_of(semicolon + 1, (size_t)(element.end - semicolon - 1)));
	if (span_left(&rest) < 2 || (rest.p[0] | 0x20) != 'q' || rest.p[1] != '=')
		return UNNAMED;
	rest.p += 2;
	return weight_of(rest);
}

static bool is_name_of(struct span name, enum http_coding coding)
{
	return http_char_equal(name, codings[coding].name) ||
	       (coding == HTTP_CODING_GZIP && http_char_equal(name, "x-gzip"));
}

// The weights that a field's value gives to codings and to "*".
static void read_value(struct span list, int weights[HTTP_CODINGS], int *others)
{
	struct span element, name;

	while (http_field_element(&list, &element)) {
		int weight = split_element(element, &name);

		if (weight == UNNAMED)
			continue;
		if (http_char_equal(name, "*"))
			*others = weight;
		for (unsigned i = 0; i < HTTP_CODINGS; i++)
			if (is_name_of(name, (enum http_coding)i))
				weights[i] = weight;
	}
}

enum http_coding http_coding_choose(const struct http_request *request, unsigned stored)
{
	int weights[HTTP_CODINGS] = {UNNAMED, UNNAMED, UNNAMED, UNNAMED};
	int others = UNNAMED, best_weight = 0;
	enum http_coding best = HTTP_CODING_IDENTITY;
	unsigned at = http_request_find(request, HTTP_FIELD_ACCEPT_ENCODING, 0);

	if (at == request->fields_len)
		return best;
	for (; at < request->fields_len;
	     at = http_request_find(request, HTTP_FIELD_ACCEPT_ENCODING, at + 1))
		read_value(http_request_value(request, at), weights, &others);
	for (unsigned i = 0; i < HTTP_CODINGS; i++) {
		int weight = weights[i] != UNNAMED ? weights[i] : others;

		// Identity that is not named is acceptable, if nothing else is.
		if (weight == UNNAMED || !(stored >> i & 1))
			continue;
		if (weight > best_weight) {
			best_weight = weight;
			best = (enum http_coding)i;
		}
	}
	return best;
}

// cluster_json: see the header.
#include "proto/cluster/cluster_json.h"

static int peek(struct span *text)
{
	while (text->p < text->end &&
	       (*text->p == ' ' || *text->p == '\t' || *text->p == '\n' || *text->p == '\r'))
		text->p++;
	return text->p < text->end ? *text->p : -1;
}

static bool sign_take(struct span *text, char sign)
{
	if (peek(text) != sign)
		return false;
	text->p++;
	return true;
}

// From quote to quote.
static bool string_take(struct span *text, struct span *inner)
{
	const uint8_t *p;

	if (!sign_take(text, '"'))
		return false;
	for (p = text->p; p < text->end && *p != '"'; p++)
		p += *p == '\\';
	if (p >= text->end)
		return false;
	*inner = span_of(text->p, (size_t)(p - text->p));
	text->p = p + 1;
	return true;
}

// A number, true, false, null.
static bool literal_take(struct span *text)
{
	const uint8_t *begin = text->p;

	while (text->p < text->end && !strchr(" \t\r\n,:{}[]\"", *text->p))
		text->p++;
	return text->p > begin;
}

static bool value_take(struct span *text, struct span *value)
{
	const uint8_t *begin;
	struct span inner;
	unsigned depth = 0;
	int sign;

	(void)peek(text); // white space
	begin = text->p;
	do {
		sign = peek(text);
		if (sign == '"') {
			if (!string_take(text, &inner))
				return false;
		} else if (sign == '{' || sign == '[' || sign == '}' || sign == ']') {
			if ((sign == '}' || sign == ']') && depth == 0)
				return false;
			depth += sign == '{' || sign == '[' ? 1u : -1u;
			text->p++;
		} else if (depth > 0 && (sign == ',' || sign == ':')) {
			text->p++;
		} else if (sign < 0 || !literal_take(text)) {
			return false;
		}
	} while (depth > 0);
	*value = span_of(begin, (size_t)(text->p - begin));
	return true;
}

// Goes to the value of the key of an object.
static bool key_find(struct span *text, const char *key)
{
	struct span name, value;

	if (!sign_take(text, '{'))
		return false;
	while (string_take(text, &name) && sign_take(text, ':')) {
		if (span_left(&name) == strlen(key) && memcmp(name.p, key, strlen(key)) == 0)
			return true;
		if (!value_take(text, &value) || !sign_take(text, ','))
			return false;
	}
	return false;
}

bool cluster_json_find(struct span text, const char *const *path, struct span *value)
{
	for (; *path; path++)
		if (strcmp(*path, "[") == 0 ? !sign_take(&text, '[') : !key_find(&text, *path))
			return false;
	return value_take(&text, value);
}

bool cluster_json_next(struct span *array, struct span *item)
{
	return (sign_take(array, '[') || sign_take(array, ',')) && peek(array) != ']' &&
	       value_take(array, item);
}

bool cluster_json_number(struct span value, uint64_t *number)
{
	uint64_t sum = 0;
	struct span inner;

	if (cluster_json_string(value, &inner))
		value = inner;
	if (span_left(&value) == 0)
		return false;
	for (; value.p < value.end; value.p++) {
		unsigned digit = (unsigned)*value.p - '0';

		if (digit > 9 || sum > (UINT64_MAX - digit) / 10)
			return false;
		sum = sum * 10 + digit;
	}
	*number = sum;
	return true;
}

bool cluster_json_string(struct span value, struct span *inner)
{
	return string_take(&value, inner) && span_left(&value) == 0 &&
	       (span_left(inner) == 0 || !memchr(inner->p, '\\', span_left(inner)));
}

// parse_value: arguments and results of system calls. Structures are not told
// apart here: whatever stands in braces becomes members, which calls.c reads by name.
#include "parse_internal.h"

static struct script_value *parse_value_new(struct parse *parse, enum script_value_kind kind)
{
	struct script_value *value = arena_alloc(&parse->script->arena, sizeof(*value));

	value->kind = kind;
	value->line = parse->token.line;
	value->number = parse->token.number;
	value->text = parse->token.text;
	return value;
}

static struct script_value *parse_value_token(struct parse *parse, enum script_value_kind kind)
{
	struct script_value *value = parse_value_new(parse, kind);

	parse_next(parse);
	return value;
}

// Strings that follow one another are one; "..." behind says that more would follow.
static struct script_value *parse_value_string(struct parse *parse)
{
	struct script_value *value = parse_value_token(parse, VALUE_STRING);

	while (parse->token.kind == TOKEN_STRING) {
		size_t len = strlen(value->text), more = strlen(parse->token.text);
		char *text = arena_alloc(&parse->script->arena, len + more + 1);

		memcpy(text, value->text, len);
		memcpy(text + len, parse->token.text, more);
		value->text = text;
		parse_next(parse);
	}
	if (parse->token.kind == TOKEN_ELLIPSIS)
		parse_next(parse);
	return value;
}

static struct script_value *parse_value_group(struct parse *parse, enum script_value_kind kind,
                                              char close, unsigned depth)
{
	struct script_value *value = parse_value_token(parse, kind);

	value->first = parse_value_list(parse, close, depth);
	return value;
}

// A word, a call with that name, or a member "word = value" or "word(value) = value".
static struct script_value *parse_value_word(struct parse *parse, unsigned depth)
{
	struct script_value *value = parse_value_token(parse, VALUE_WORD);
	struct script_value *member;

	if (parse_accept(parse, '(')) {
		value->kind = VALUE_CALL;
		value->first = parse_value_list(parse, ')', depth);
	}
	if (!parse_accept(parse, '='))
		return value;
	member = parse_value(parse, depth);
	if (member)
		member->field = value->text;
	return member;
}

static struct script_value *parse_value_single(struct parse *parse, unsigned depth)
{
	switch (parse->token.kind) {
	case TOKEN_ELLIPSIS:
		return parse_value_token(parse, VALUE_ANY);
	case TOKEN_INTEGER:
		return parse_value_token(parse, VALUE_NUMBER);
	case TOKEN_STRING:
		return parse_value_string(parse);
	case TOKEN_WORD:
		return parse_value_word(parse, depth);
	default:
		break;
	}
	if (parse_is(parse, '['))
		return parse_value_group(parse, VALUE_LIST, ']', depth);
	if (parse_is(parse, '{'))
		return parse_value_group(parse, VALUE_STRUCT, '}', depth);
	parse_expected(parse, "a value");
	return NULL;
}

struct script_value *parse_value(struct parse *parse, unsigned depth)
{
	struct script_value *value, *both;

	if (depth == 0) {
		parse_fail(parse, parse->token.line, "values are nested too deep");
		return NULL;
	}
	value = parse_value_single(parse, depth - 1);
	while (value && parse_is(parse, '|')) {
		both = parse_value_token(parse, VALUE_OR);
		both->first = value;
		both->field = value->field;
		value->field = NULL;
		value->next = parse_value_single(parse, depth - 1);
		value = value->next ? both : NULL;
	}
	return parse->failed ? NULL : value;
}

struct script_value *parse_value_list(struct parse *parse, char close, unsigned depth)
{
	struct script_value *first = NULL, **last = &first;

	if (parse_accept(parse, close))
		return NULL;
	do {
		*last = parse_value(parse, depth);
		if (!*last)
			return NULL;
		last = &(*last)->next;
	} while (parse_accept(parse, ','));
	parse_expect(parse, close);
	return first;
}

// parse: options, times and events of a script. See parse_internal.h.
#include "parse_internal.h"

#include "options.h"

#include <stdarg.h>
#include <stdio.h>

#define PARSE_SEC_US     INT64_C(1000000)
#define PARSE_TIME_MAX_S INT64_C(10000000) // 115 days: sums do not overflow, and runs end

bool parse_fail(struct parse *parse, int line, const char *fmt, ...)
{
	char reason[512];
	va_list args;

	if (parse->failed)
		return false;
	va_start(args, fmt);
	vsnprintf(reason, sizeof(reason), fmt, args);
	va_end(args);
	why_set(parse->why, "%s:%d: %s", parse->script->file, line, reason);
	parse->failed = true;
	parse->token = (struct token){.kind = TOKEN_BAD, .line = line, .text = ""};
	return false;
}

bool parse_expected(struct parse *parse, const char *what)
{
	const struct token *token = &parse->token;

	switch (token->kind) {
	case TOKEN_BAD:
		return parse_fail(parse, token->line, "%s", token->text);
	case TOKEN_END:
		return parse_fail(parse, token->line, "expected %s, found the end", what);
	case TOKEN_ELLIPSIS:
		return parse_fail(parse, token->line, "expected %s, found ...", what);
	case TOKEN_COMMAND:
		return parse_fail(parse, token->line, "expected %s, found a command", what);
	case TOKEN_CODE:
		return parse_fail(parse, token->line, "expected %s, found code", what);
	default:
		return parse_fail(parse, token->line, "expected %s, found %s%.60s", what,
		                  token->hex ? "a hexadecimal number" : "", token->text);
	}
}

void parse_next(struct parse *parse)
{
	if (!parse->failed)
		parse->token = lexer_next(&parse->lexer);
}

bool parse_is_word(const struct parse *parse, const char *word)
{
	return parse->token.kind == TOKEN_WORD && strcmp(parse->token.text, word) == 0;
}

bool parse_is_before(const struct parse *parse, char ch)
{
	struct lexer ahead = parse->lexer;
	struct token token = lexer_next(&ahead);

	return token.kind == TOKEN_CHAR && token.ch == ch;
}

bool parse_accept(struct parse *parse, char ch)
{
	if (!parse_is(parse, ch))
		return false;
	parse_next(parse);
	return true;
}

bool parse_accept_word(struct parse *parse, const char *word)
{
	if (!parse_is_word(parse, word))
		return false;
	parse_next(parse);
	return true;
}

bool parse_expect(struct parse *parse, char ch)
{
	char what[] = {ch, '\0'};

	return parse_accept(parse, ch) || parse_expected(parse, what);
}

bool parse_uint(struct parse *parse, const char *what, uint64_t max, uint64_t *number)
{
	if (parse->token.kind != TOKEN_INTEGER)
		return parse_expected(parse, what);
	if (parse->token.number < 0 || (uint64_t)parse->token.number > max)
		return parse_fail(parse, parse->token.line, "%s must be 0 to %llu", what,
		                  (unsigned long long)max);
	*number = (uint64_t)parse->token.number;
	parse_next(parse);
	return true;
}

// Seconds, as microseconds.
static bool parse_seconds(struct parse *parse, int64_t *us)
{
	struct token token = parse->token;

	if (token.kind != TOKEN_FLOAT && (token.kind != TOKEN_INTEGER || token.hex))
		return parse_expected(parse, "a time");
	if (token.number < 0)
		return parse_fail(parse, token.line, "a time must not be negative");
	if (token.number >
	    (token.kind == TOKEN_FLOAT ? PARSE_TIME_MAX_S * PARSE_SEC_US : PARSE_TIME_MAX_S))
		return parse_fail(parse, token.line, "a time must be at most %d s",
		                  (int)PARSE_TIME_MAX_S);
	*us = token.kind == TOKEN_FLOAT ? token.number : token.number * PARSE_SEC_US;
	parse_next(parse);
	return true;
}

// What an event begins with: 0.1, +0.1, 0.1~0.2, +0.1~+0.2, or *
static bool parse_time(struct parse *parse, struct script_time *time)
{
	if (parse_accept(parse, '*')) {
		time->kind = TIME_STAR;
		return true;
	}
	time->kind = parse_accept(parse, '+') ? TIME_RELATIVE : TIME_ABSOLUTE;
	if (!parse_seconds(parse, &time->us) || !parse_accept(parse, '~'))
		return !parse->failed;
	time->range = true;
	if (time->kind == TIME_RELATIVE && !parse_expect(parse, '+'))
		return false;
	if (!parse_seconds(parse, &time->end_us))
		return false;
	if (time->end_us < time->us)
		return parse_fail(parse, parse->token.line, "the range of times is backwards");
	return true;
}

// A note in parentheses, such as what strerror says.
static bool parse_note(struct parse *parse)
{
	if (!parse_accept(parse, '('))
		return true;
	while (!parse_is(parse, ')') && parse->token.kind != TOKEN_END &&
	       parse->token.kind != TOKEN_BAD)
		parse_next(parse);
	return parse_expect(parse, ')');
}

// "...0.3" when the call blocks, the call, "=", its result, an error with a note.
static bool parse_call(struct parse *parse, struct script_event *event)
{
	struct script_call *call = &event->call;

	event->kind = EVENT_CALL;
	if (parse->token.kind == TOKEN_ELLIPSIS) {
		call->blocks = true;
		parse_next(parse);
		if (!parse_seconds(parse, &event->time.end_us))
			return false;
		if (event->time.end_us < event->time.us)
			return parse_fail(parse, event->line, "the call ends before it begins");
	}
	if (parse->token.kind != TOKEN_WORD)
		return parse_expected(parse, "a packet, a call, a command or code");
	call->name = parse->token.text;
	parse_next(parse);
	if (!parse_expect(parse, '('))
		return false;
	call->args = parse_value_list(parse, ')', PARSE_DEPTH);
	if (!parse_expect(parse, '='))
		return false;
	call->result = parse_value(parse, PARSE_DEPTH);
	if (parse->token.kind == TOKEN_WORD) {
		call->error = parse->token.text;
		parse_next(parse);
		if (!parse_is(parse, '('))
			return parse_expected(parse, "what the error means, in parentheses,");
	}
	return parse_note(parse) && call->result;
}

static bool parse_text(struct parse *parse, struct script_event *event, enum script_event_kind kind)
{
	event->kind = kind;
	event->text = parse->token.text;
	parse_next(parse);
	return true;
}

static bool parse_action(struct parse *parse, struct script_event *event)
{
	if (parse->token.kind == TOKEN_COMMAND)
		return parse_text(parse, event, EVENT_COMMAND);
	if (parse->token.kind == TOKEN_CODE)
		return parse_text(parse, event, EVENT_CODE);
	if (!parse_is(parse, '<') && !parse_is(parse, '>'))
		return parse_call(parse, event);
	event->kind = EVENT_PACKET;
	return parse_packet(parse, &event->packet);
}

static struct script_event *parse_event(struct parse *parse)
{
	struct script_event *event = arena_alloc(&parse->script->arena, sizeof(*event));
	bool out;

	event->line = parse->token.line;
	if (!parse_time(parse, &event->time) || !parse_action(parse, event))
		return NULL;
	out = event->kind == EVENT_PACKET && event->packet.out;
	if (!out && (event->time.kind == TIME_STAR || event->time.range)) {
		parse_fail(parse, event->line, "%s is for packets that are expected only",
		           event->time.range ? "a range of times" : "the time *");
		return NULL;
	}
	return event;
}

// A command without a time, before or after all events: it is run at once.
static struct script_event *parse_bare_command(struct parse *parse)
{
	struct script_event *event = arena_alloc(&parse->script->arena, sizeof(*event));

	event->line = parse->token.line;
	event->time.kind = TIME_RELATIVE;
	parse_text(parse, event, EVENT_COMMAND);
	return event;
}

static bool parse_events(struct parse *parse)
{
	struct script_event **last = &parse->script->events;
	bool any = false;

	while (parse->token.kind != TOKEN_END) {
		bool bare = parse->token.kind == TOKEN_COMMAND;

		*last = bare ? parse_bare_command(parse) : parse_event(parse);
		if (!*last)
			return false;
		any = any || !bare;
		if (bare && any && parse->token.kind != TOKEN_END)
			return parse_fail(parse, (*last)->line, "a command needs a time here");
		last = &(*last)->next;
	}
	return any || parse_expected(parse, "an event");
}

static bool parse_set(struct parse *parse, int line, const char *name, const char *value)
{
	struct why why;

	if (options_set(parse->script, name, value, &why) != 0)
		return parse_fail(parse, line, "%s", why.text);
	return true;
}

static bool parse_options(struct parse *parse, const struct script_option *more, unsigned more_len)
{
	struct script_conf *conf = &parse->script->conf;
	int line = parse->token.line;

	while (parse->token.kind == TOKEN_OPTION) {
		const char *name = parse->token.text;

		line = parse->token.line;
		if (!parse_set(parse, line, name, lexer_option_value(&parse->lexer)))
			return false;
		parse_next(parse);
	}
	for (unsigned i = 0; i < more_len; i++)
		if (!parse_set(parse, line, more[i].name, more[i].value))
			return false;
	options_finish(conf);
	if (addr_is_ipv4(conf->local) == (conf->ip == SCRIPT_IPV6) ||
	    addr_is_ipv4(conf->remote) == (conf->ip == SCRIPT_IPV6))
		return parse_fail(parse, line, "the addresses are not of --ip_version");
	return true;
}

int script_parse(struct script *script, const char *file, const char *text, size_t len,
                 const struct script_option *more, unsigned more_len, struct why *why)
{
	struct parse parse = {.script = script, .why = why};

	*script = (struct script){.file = file};
	options_init(&script->conf);
	lexer_init(&parse.lexer, script, text, len);
	parse_next(&parse);
	if (!parse_options(&parse, more, more_len) || !parse_events(&parse))
		return -EINVAL;
	return 0;
}

void script_parse_fini(struct script *script)
{
	arena_fini(&script->arena);
}

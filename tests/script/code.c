// code: a recursive descent over the text itself, as each statement is run once. A number
// is a long double, which holds every 64-bit integer.
#include "code.h"

#include <ctype.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CODE_DEPTH 64

struct code {
	const char *at;
	int line;
	int parens; // open: a line's end is white space within them
	unsigned depth;
	bool refused;
	struct code_vars *vars;
	code_lookup_fn *lookup;
	void *ctx;
	struct why *why;
	size_t seen_len; // of the names in the current statement and their values
	char seen[512];
};

static long double code_or(struct code *code);
static int64_t code_bits(struct code *code, long double value);

static long double code_refuse(struct code *code, const char *fmt, ...) PRINTF(2, 3);

static long double code_refuse(struct code *code, const char *fmt, ...)
{
	char text[256];
	va_list args;

	if (!code->refused) {
		va_start(args, fmt);
		vsnprintf(text, sizeof(text), fmt, args);
		va_end(args);
		why_set(code->why, "%s", text);
	}
	code->refused = true;
	code->at = "";
	return 0;
}

// White space, comments, and a line's end where the statement goes on behind it.
static void code_blank(struct code *code)
{
	for (;; code->at++) {
		bool goes_on = *code->at == '\\' && code->at[1] == '\n';

		if (*code->at == '#')
			code->at += strcspn(code->at, "\n");
		code->at += goes_on;
		if (*code->at == '\n' && (code->parens > 0 || goes_on))
			code->line++;
		else if (*code->at != ' ' && *code->at != '\t' && *code->at != '\r')
			return;
	}
}

static bool code_is_name(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

// Goes over an operator or keyword.
static bool code_accept(struct code *code, const char *text)
{
	size_t len = strlen(text);

	code_blank(code);
	if (strncmp(code->at, text, len) != 0 ||
	    (code_is_name(text[0]) && code_is_name(code->at[len])))
		return false;
	code->at += len;
	return true;
}

// As code_accept, for an operator that longer ones begin with.
static bool code_accept_only(struct code *code, char op, const char *not_before)
{
	code_blank(code);
	if (*code->at != op || (code->at[1] != '\0' && strchr(not_before, code->at[1])))
		return false;
	code->at++;
	return true;
}

static void code_name(struct code *code, char name[CODE_NAME_SIZE])
{
	size_t len = 0;

	for (; code_is_name(code->at[len]) || code->at[len] == '.'; len++)
		;
	snprintf(name, CODE_NAME_SIZE, "%.*s", (int)size_min(len, CODE_NAME_SIZE - 1), code->at);
	code->at += len;
}

static struct code_var *code_var(struct code_vars *vars, const char *name)
{
	for (unsigned i = 0; i < vars->len; i++)
		if (strcmp(vars->var[i].name, name) == 0)
			return &vars->var[i];
	return NULL;
}

// Keeps a name's value for the message of an assertion that fails.
static void code_see(struct code *code, const char *name, long double value)
{
	int n = snprintf(code->seen + code->seen_len, sizeof(code->seen) - code->seen_len,
	                 "%s%s = %.15Lg", code->seen_len ? ", " : "", name, value);

	if (n > 0)
		code->seen_len = size_min(code->seen_len + (size_t)n, sizeof(code->seen) - 1);
}

static long double code_open(struct code *code)
{
	long double value;

	code->parens++;
	value = code_or(code);
	code_blank(code);
	code->parens--;
	if (*code->at != ')')
		return code_refuse(code, "expected ) at: %.40s", code->at);
	code->at++;
	return value;
}

// Arguments behind "(".
static long double code_function(struct code *code, const char *name)
{
	bool min = strcmp(name, "min") == 0, max = strcmp(name, "max") == 0;
	long double value, more;

	code->parens++;
	value = code_or(code);
	while (code_accept(code, ",")) {
		more = code_or(code);
		if (!min && !max)
			return code_refuse(code, "%s has one argument", name);
		value = min ? fminl(value, more) : fmaxl(value, more);
	}
	code_blank(code);
	code->parens--;
	if (*code->at != ')')
		return code_refuse(code, "expected ) at: %.40s", code->at);
	code->at++;
	if (strcmp(name, "abs") == 0)
		return fabsl(value);
	if (strcmp(name, "int") == 0)
		return truncl(value);
	return min || max ? value : code_refuse(code, "the function %s is not known", name);
}

static long double code_named(struct code *code)
{
	char name[CODE_NAME_SIZE];
	const struct code_var *var;
	long double value;

	code_name(code, name);
	if (strcmp(name, "True") == 0 || strcmp(name, "False") == 0)
		return name[0] == 'T';
	code_blank(code);
	if (*code->at == '(') {
		code->at++;
		return code_function(code, name);
	}
	var = code_var(code->vars, name);
	if (var)
		value = var->value;
	else if (!code->lookup(code->ctx, name, &value))
		return code_refuse(code, "the value of %s is not known", name);
	code_see(code, name, value);
	return value;
}

static long double code_number(struct code *code)
{
	char *end;
	long double value;

	if (code->at[0] == '0' && (code->at[1] == 'x' || code->at[1] == 'X'))
		value = (long double)strtoull(code->at, &end, 16);
	else
		value = strtold(code->at, &end);
	if (end == code->at || code_is_name(*end))
		return code_refuse(code, "no number: %.40s", code->at);
	code->at = end;
	return value;
}

static long double code_unary(struct code *code)
{
	long double value = 0;

	if (++code->depth > CODE_DEPTH)
		return code_refuse(code, "the expression is nested too deep");
	code_blank(code);
	if (code_accept(code, "-"))
		value = -code_unary(code);
	else if (code_accept(code, "+"))
		value = code_unary(code);
	else if (code_accept(code, "~"))
		value = (long double)~code_bits(code, code_unary(code));
	else if (code_accept(code, "("))
		value = code_open(code);
	else if (isdigit((unsigned char)*code->at) || *code->at == '.')
		value = code_number(code);
	else if (code_is_name(*code->at))
		value = code_named(code);
	else
		value = code_refuse(code, "expected a value at: %.40s", code->at);
	code->depth--;
	return value;
}

static long double code_quotient(struct code *code, char op, long double a, long double b)
{
	if (b == 0)
		return code_refuse(code, "division by zero");
	if (op == '/')
		return a / b;
	return op == '%' ? a - b * floorl(a / b) : floorl(a / b);
}

static long double code_product(struct code *code)
{
	long double value = code_unary(code);

	for (;;) {
		if (code_accept(code, "//"))
			value = code_quotient(code, 'f', value, code_unary(code));
		else if (code_accept(code, "/"))
			value = code_quotient(code, '/', value, code_unary(code));
		else if (code_accept(code, "%"))
			value = code_quotient(code, '%', value, code_unary(code));
		else if (code_accept_only(code, '*', "*"))
			value *= code_unary(code);
		else
			return value;
	}
}

static long double code_sum(struct code *code)
{
	long double value = code_product(code);

	for (;;) {
		if (code_accept(code, "+"))
			value += code_product(code);
		else if (code_accept(code, "-"))
			value -= code_product(code);
		else
			return value;
	}
}

// An integer of 64 bits, for operators on bits.
static int64_t code_bits(struct code *code, long double value)
{
	if (!(value > -0x1p63L && value < 0x1p64L)) {
		code_refuse(code, "a number is too large for operators on bits");
		return 0;
	}
	return value < 0 ? (int64_t)value : (int64_t)(uint64_t)value;
}

static long double code_shift(struct code *code)
{
	long double value = code_sum(code);

	for (;;) {
		bool left = code_accept(code, "<<");
		long double count;

		if (!left && !code_accept(code, ">>"))
			return value;
		count = code_sum(code);
		if (!(count >= 0 && count < 64))
			return code_refuse(code, "a shift must be 0 to 63");
		value = left ? value * exp2l(count) : floorl(value / exp2l(count));
	}
}

static long double code_and_bits(struct code *code)
{
	long double value = code_shift(code);

	while (code_accept(code, "&"))
		value = (long double)(code_bits(code, value) & code_bits(code, code_shift(code)));
	return value;
}

static long double code_or_bits(struct code *code)
{
	long double value = code_and_bits(code);

	for (;;) {
		if (code_accept(code, "|"))
			value = (long double)(code_bits(code, value) |
			                      code_bits(code, code_and_bits(code)));
		else if (code_accept(code, "^"))
			value = (long double)(code_bits(code, value) ^
			                      code_bits(code, code_and_bits(code)));
		else
			return value;
	}
}

// a < b <= c, as Python chains them.
static long double code_comparison(struct code *code)
{
	long double left = code_or_bits(code), right;
	bool holds = true, any = false;

	for (;; left = right, any = true) {
		static const char *const ops[] = {"==", "!=", "<=", ">=", "<", ">"};
		unsigned op = 0;

		while (op < ARRAY_LEN(ops) && !code_accept(code, ops[op]))
			op++;
		if (op == ARRAY_LEN(ops))
			return any ? holds : left;
		right = code_or_bits(code);
		holds = holds && (const bool[]){left == right, left != right, left <= right,
		                                left >= right, left<right, left> right}[op];
	}
}

static long double code_not(struct code *code)
{
	if (!code_accept(code, "not"))
		return code_comparison(code);
	if (++code->depth > CODE_DEPTH)
		return code_refuse(code, "the expression is nested too deep");
	return code_not(code) == 0;
}

// Both sides are evaluated, which makes no difference: no expression has an effect.
static long double code_and(struct code *code)
{
	long double value = code_not(code), more;

	while (code_accept(code, "and")) {
		more = code_not(code);
		value = value != 0 ? more : value;
	}
	return value;
}

static long double code_or(struct code *code)
{
	long double value = code_and(code), more;

	while (code_accept(code, "or")) {
		more = code_and(code);
		value = value != 0 ? value : more;
	}
	return value;
}

// The message of an assertion and the arguments of print: up to the end of the statement,
// which is the line's, but within parentheses and strings.
static void code_skip_statement(struct code *code)
{
	int open = 0;
	char quote = 0;

	for (; *code->at; code->at++) {
		char c = *code->at;

		if (quote) {
			quote = c == quote ? 0 : quote;
		} else if (c == '"' || c == '\'') {
			quote = c;
		} else if (c == '(') {
			open++;
		} else if (c == ')') {
			open--;
		} else if ((c == '\n' || c == ';') && open <= 0) {
			return;
		}
		code->line += c == '\n';
	}
}

static enum code_result code_assert(struct code *code)
{
	const char *text = code->at;
	long double value = code_or(code);
	size_t len;

	if (code->refused)
		return CODE_REFUSED;
	if (value == 0) {
		len = (size_t)(code->at - text);
		why_set(code->why, "the assertion is false:%.*s (%s)", (int)size_min(len, 200),
		        text, code->seen);
		return CODE_FAILED;
	}
	if (code_accept(code, ","))
		code_skip_statement(code);
	return CODE_PASSED;
}

static enum code_result code_assign(struct code *code)
{
	char name[CODE_NAME_SIZE];
	const char *text = code->at;
	struct code_var *var;
	long double value;

	code_name(code, name);
	if (name[0] == '\0' || isdigit((unsigned char)name[0]) || !code_accept(code, "=") ||
	    *code->at == '=') {
		code_refuse(code, "only assert, print and assignments are known: %.40s", text);
		return CODE_REFUSED;
	}
	value = code_or(code);
	if (code->refused)
		return CODE_REFUSED;
	var = code_var(code->vars, name);
	if (!var && code->vars->len == CODE_VARS) {
		code_refuse(code, "more than %u variables", CODE_VARS);
		return CODE_REFUSED;
	}
	if (!var)
		var = &code->vars->var[code->vars->len++];
	*var = (struct code_var){.value = value};
	snprintf(var->name, sizeof(var->name), "%s", name);
	return CODE_PASSED;
}

static enum code_result code_statement(struct code *code)
{
	enum code_result result = CODE_PASSED;

	code->seen_len = 0;
	code->seen[0] = '\0';
	code->depth = 0;
	if (code_accept(code, "assert"))
		result = code_assert(code);
	else if (code_accept(code, "print"))
		code_skip_statement(code);
	else
		result = code_assign(code);
	code_blank(code);
	if (result == CODE_PASSED && *code->at && *code->at != '\n' && *code->at != ';') {
		code_refuse(code, "not understood: %.40s", code->at);
		return CODE_REFUSED;
	}
	return result;
}

enum code_result code_run(const char *text, int *line, struct code_vars *vars,
                          code_lookup_fn *lookup, void *ctx, struct why *why)
{
	struct code code = {
	        .at = text, .line = *line, .vars = vars, .lookup = lookup, .ctx = ctx, .why = why};

	for (;;) {
		enum code_result result;

		code_blank(&code);
		*line = code.line;
		if (*code.at == '\0')
			return CODE_PASSED;
		if (*code.at == '\n' || *code.at == ';') {
			code.line += *code.at == '\n';
			code.at++;
			continue;
		}
		result = code_statement(&code);
		if (result != CODE_PASSED)
			return result;
	}
}

// calls_text: a value of a call as scripts write it, for messages: "MSG_MORE | MSG_EOR".
#include "calls_internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void calls_text_add(char text[CALLS_TEXT_BYTES], const char *fmt, ...) PRINTF(2, 3);

static void calls_text_add(char text[CALLS_TEXT_BYTES], const char *fmt, ...)
{
	size_t len = strlen(text);
	va_list args;

	va_start(args, fmt);
	vsnprintf(text + len, CALLS_TEXT_BYTES - len, fmt, args);
	va_end(args);
}

// Values are nested to the depth that the parser allows.
static void calls_text_value(char text[CALLS_TEXT_BYTES], const struct script_value *value)
{
	static const char *const open[] = {[VALUE_LIST] = "[", [VALUE_STRUCT] = "{"};
	static const char *const close[] = {[VALUE_LIST] = "]", [VALUE_STRUCT] = "}"};

	if (value->field)
		calls_text_add(text, "%s=", value->field);
	if (value->kind == VALUE_ANY)
		calls_text_add(text, "...");
	else if (value->kind == VALUE_NUMBER)
		calls_text_add(text, "%lld", (long long)value->number);
	else if (value->kind == VALUE_STRING)
		calls_text_add(text, "\"%s\"", value->text);
	else if (value->kind == VALUE_WORD)
		calls_text_add(text, "%s", value->text);
	else if (value->kind == VALUE_CALL)
		calls_text_add(text, "%s(", value->text);
	else if (value->kind != VALUE_OR)
		calls_text_add(text, "%s", open[value->kind]);
	for (const struct script_value *member = value->first; member; member = member->next) {
		calls_text_value(text, member);
		if (member->next)
			calls_text_add(text, value->kind == VALUE_OR ? "|" : ", ");
	}
	if (value->kind == VALUE_CALL)
		calls_text_add(text, ")");
	else if (value->kind == VALUE_LIST || value->kind == VALUE_STRUCT)
		calls_text_add(text, "%s", close[value->kind]);
}

const char *calls_text(const struct script_value *value, char text[CALLS_TEXT_BYTES])
{
	text[0] = '\0';
	calls_text_value(text, value);
	return text;
}

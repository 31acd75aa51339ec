// why: see the header.
#include "core/why.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

// By way of a copy, since an argument may be the sentence so far.
static PRINTF(3, 0) void write_sentence(struct why *why, const char *before, const char *fmt,
                                        va_list args)
{
	char text[WHY_BYTES];
	int len = snprintf(text, sizeof(text), "%s", before);

	vsnprintf(text + len, sizeof(text) - (size_t)len, fmt, args);
	memcpy(why->text, text, strlen(text) + 1);
}

void why_set(struct why *why, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	write_sentence(why, "", fmt, args);
	va_end(args);
}

int why_fail(struct why *why, int err, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	write_sentence(why, "", fmt, args);
	va_end(args);
	return err;
}

int why_no_memory(struct why *why, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	write_sentence(why, "not enough memory for ", fmt, args);
	va_end(args);
	return -ENOMEM;
}

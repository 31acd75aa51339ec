// why: see the header.
#include "backends/dpdk/why.h"

#include <stdarg.h>
#include <stdio.h>

int why_fail(struct why why, int err, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(why.text, why.size, fmt, args);
	va_end(args);
	return err;
}

// log_lost: see the header.
#include "apps/log/log_lost.h"

#include <stdio.h>

void log_lost_put(log_put_fn *put, void *sink, uint64_t *lost, const char *what,
                  enum log_level level, const char *line, size_t len)
{
	char text[64];
	int n;

	if (*lost) {
		n = snprintf(text, sizeof(text), "%ju %.32s", (uintmax_t)*lost, what);
		if (put(sink, LOG_WARNING, text, (size_t)n))
			*lost = 0;
	}
	if (*lost || !put(sink, level, line, len))
		++*lost;
}

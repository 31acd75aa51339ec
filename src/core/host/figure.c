// figure: see the header.
#include "core/host/figure.h"

#include <stdio.h>

char *figure_rate(uint64_t rate, char text[FIGURE_RATE_BYTES])
{
	if (rate < 10000)
		snprintf(text, FIGURE_RATE_BYTES, "%ju", (uintmax_t)rate);
	else if (rate < 1000000)
		snprintf(text, FIGURE_RATE_BYTES, "%ju.%ju k", (uintmax_t)(rate / 1000),
		         (uintmax_t)(rate % 1000 / 100));
	else if (rate < 1000000000)
		snprintf(text, FIGURE_RATE_BYTES, "%ju.%02ju M", (uintmax_t)(rate / 1000000),
		         (uintmax_t)(rate % 1000000 / 10000));
	else
		snprintf(text, FIGURE_RATE_BYTES, "%ju.%02ju G", (uintmax_t)(rate / 1000000000),
		         (uintmax_t)(rate % 1000000000 / 10000000));
	return text;
}

unsigned figure_height(uint32_t value, uint32_t most)
{
	if (value >= most)
		return most ? FIGURE_HEIGHTS - 1 : 0;
	return (unsigned)(value * UINT64_C(7) / most);
}

// U+2581 to U+2588, in UTF-8.
char *figure_bars(const uint32_t *values, size_t len, char *text)
{
	uint32_t most = 0;
	size_t at = 0;

	for (size_t i = 0; i < len; i++)
		if (values[i] > most)
			most = values[i];
	for (size_t i = 0; i < len; i++) {
		text[at++] = '\xe2';
		text[at++] = '\x96';
		text[at++] = (char)(0x81 + figure_height(values[i], most));
	}
	text[at] = '\0';
	return text;
}

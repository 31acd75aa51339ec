// colour: see the header.
#include "apps/ctl/colour.h"

#include <stdlib.h>
#include <string.h>

bool colour_parse(const char *text, enum colour_when *when)
{
	static const char *const names[] = {"auto", "always", "never"};

	*when = COLOUR_AUTO;
	for (unsigned i = 0; text && i < ARRAY_LEN(names); i++)
		if (strcmp(text, names[i]) == 0) {
			*when = (enum colour_when)i;
			return true;
		}
	return text == NULL;
}

bool colour_term_is_dumb(void)
{
	const char *term = getenv("TERM");

	return !term || *term == '\0' || strcmp(term, "dumb") == 0;
}

bool colour_is_used(enum colour_when when, bool is_terminal)
{
	const char *no_color = getenv("NO_COLOR");

	if (when != COLOUR_AUTO)
		return when == COLOUR_ALWAYS;
	return is_terminal && !colour_term_is_dumb() && (!no_color || *no_color == '\0');
}

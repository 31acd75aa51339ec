// Text, a line an entry: what is accepted alone is compiled, alone, against everybody
// and with all others, and only a contradiction stops it.
#include "core/acl.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define LINES_MAX 256

static const uint8_t probe[2][16] = {{0x20, 0x01, 0x0d, 0xb8}, {[10] = 0xff, 0xff, 192, 0, 2, 1}};

static bool sound(const char *line)
{
	struct why why = {""};

	if (acl_check(line, &why))
		return true;
	if (!*why.text)
		abort();
	return false;
}

// Alone, an entry and its opposite never take in the same address.
static void check_opposites(const char *line)
{
	bool out = *line == '!';
	char *opposite = malloc(strlen(line) + 2);
	struct why why;
	const char *with[2] = {"any", opposite};
	struct acl *list, *others;

	strcpy(opposite, out ? "" : "!");
	strcat(opposite, line + out);
	list = acl_new(out ? (const char *const *)&opposite : &line, 1, &why);
	with[1] = out ? line : opposite;
	others = acl_new(with, 2, &why);
	for (int i = 0; i < 2; i++)
		if (list && others && acl_match(list, probe[i]) == acl_match(others, probe[i]))
			abort();
	acl_free(list);
	acl_free(others);
	free(opposite);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1), *rest = text, *line;
	struct why why = {""};
	const char *lines[LINES_MAX];
	size_t len = 0;
	struct acl *acl;

	memcpy(text, data, size);
	text[size] = '\0';
	while (len < LINES_MAX && (line = strsep(&rest, "\n")) != NULL) {
		if (!sound(line))
			continue;
		lines[len++] = line;
		check_opposites(line);
	}
	acl = acl_new(lines, len, &why);
	if (!acl && !strstr(why.text, "contradict"))
		abort();
	if (acl && acl_is_any(acl) && !(acl_match(acl, probe[0]) && acl_match(acl, probe[1])))
		abort();
	acl_free(acl);
	free(text);
	return 0;
}

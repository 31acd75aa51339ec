// nearest: see the header. The measure is the edit distance: how many letters have to be
// inserted, deleted or replaced.
#include "core/host/nearest.h"

#include <string.h>

#define WORD_BYTES 64

static unsigned nearest_edits(const char *a, const char *b)
{
	unsigned row[WORD_BYTES], before, diagonal;
	size_t len = strnlen(b, ARRAY_LEN(row) - 1);

	for (size_t k = 0; k <= len; k++)
		row[k] = (unsigned)k;
	for (size_t i = 0; a[i]; i++) {
		diagonal = row[0]++;
		for (size_t k = 1; k <= len; k++) {
			before = row[k];
			row[k] = diagonal + (a[i] != b[k - 1]);
			row[k] = row[k] < before + 1 ? row[k] : before + 1;
			row[k] = row[k] < row[k - 1] + 1 ? row[k] : row[k - 1] + 1;
			diagonal = before;
		}
	}
	return row[len];
}

struct nearest nearest_to(const char *word)
{
	size_t len = strnlen(word, WORD_BYTES);
	// Two other letters of three make another word.
	unsigned edits = len < 4 ? 2 : (unsigned)len / 3 + 2;

	return (struct nearest){word, NULL, len < WORD_BYTES ? edits : 0};
}

void nearest_try(struct nearest *nearest, const char *name)
{
	unsigned edits = nearest->edits ? nearest_edits(nearest->word, name) : 0;

	if (edits >= nearest->edits)
		return;
	nearest->edits = edits;
	nearest->name = name;
}

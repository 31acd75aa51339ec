// json: the one place where Jansson comes in. The configuration's reader
// (conf*.c), the control socket and wadi-ctl build and walk its trees; engines
// and the data path never see one.
#ifndef CORE_HOST_JSON_H
#define CORE_HOST_JSON_H

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

// A string of any bytes, such as a file's path: when they are no UTF-8, those that
// are not ASCII become question marks.
static inline json_t *json_text(const char *text)
{
	json_t *value = json_string(text);
	char *copy = value ? NULL : strdup(text);

	for (char *c = copy; c && *c; c++)
		if ((unsigned char)*c >= 0x80)
			*c = '?';
	if (copy)
		value = json_string(copy);
	free(copy);
	return value;
}

#endif

// query_file: see the header. What is in it is read by proto/bench/query_text.h
// and query_pcap.h.
#include "apps/bench/query_file.h"

#include "proto/bench/query_pcap.h"
#include "proto/bench/query_text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

// The whole file, to be freed; NULL with errno set.
static char *read_all(FILE *file, size_t *len)
{
	size_t size = 1 << 16, got;
	char *text = malloc(size);

	*len = 0;
	while (text && (got = fread(text + *len, 1, size - *len, file)) > 0) {
		char *larger;

		*len += got;
		if (*len < size)
			continue;
		larger = realloc(text, size *= 2);
		if (!larger)
			free(text);
		text = larger;
	}
	if (text && ferror(file)) {
		free(text);
		return NULL;
	}
	return text;
}

int query_file_read(struct query_set *set, const struct query_form *form, const char *path,
                    struct why *why)
{
	bool standard = strcmp(path, "-") == 0;
	FILE *file = standard ? stdin : fopen(path, "re");
	struct query_pcap_counts counts;
	struct why reason;
	char *text;
	size_t len;
	int err;

	if (!file)
		return why_fail(why, -errno, "%s cannot be read: %s", path, strerror(errno));
	text = read_all(file, &len);
	err = text ? 0 : -errno;
	if (!standard)
		fclose(file);
	if (err)
		return why_fail(why, err, "%s cannot be read: %s", path, strerror(-err));
	if (capture_is(text, len))
		err = query_pcap_add(set, text, len, &counts, &reason);
	else
		err = query_text_add(set, form, text, len, &reason);
	free(text);
	return err ? why_fail(why, err, "%s: %s", path, reason.text) : 0;
}

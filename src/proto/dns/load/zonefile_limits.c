// zonefile_limits: what a zone file may take of the server (struct zone_limits). The reader counts
// down what is left; these are the rare ends.
#include "proto/dns/load/zonefile_internal.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool zonefile_limits_exceed(struct zonefile *r, unsigned line, unsigned column, const char *what,
                            const char *key)
{
	r->error.line = line;
	r->error.column = column;
	r->error.type = 0;
	r->check = ZONE_CHECK_TOO_LARGE;
	snprintf(r->error.text, sizeof(r->error.text),
	         "%s than dns.zone_limits.%s allows; the rest of the zone was not read", what, key);
	return false;
}

bool zonefile_limits_inside(const struct zonefile *r, const char *path)
{
	char folder[PATH_MAX], file[PATH_MAX];
	const struct source *source = r->source;
	char *slash;
	size_t len;

	while (source->includer)
		source = source->includer;
	if (!realpath(path, file) || !realpath(source->name, folder))
		return true;
	slash = strrchr(folder, '/');
	len = (size_t)(slash - folder) + 1;
	return strncmp(file, folder, len) == 0;
}

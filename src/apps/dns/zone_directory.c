// zone_directory: see the header.
#include "apps/dns/zone_directory.h"

#include "core/host/folder.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int zone_directory_add(struct zone_directory **directories, const struct dns_zone_conf *conf,
                       uint32_t entry, struct dns_allow *allow)
{
	size_t path_size = strlen(conf->directory) + 1, pattern_size = strlen(conf->pattern) + 1;
	struct zone_directory *directory = malloc(sizeof(*directory) + path_size + pattern_size);

	if (!directory)
		return -ENOMEM;
	*directory = (struct zone_directory){NULL, entry, allow, directory->path + path_size};
	memcpy(directory->path, conf->directory, path_size);
	memcpy(directory->path + path_size, conf->pattern, pattern_size);
	if (allow)
		allow->refs++;
	while (*directories)
		directories = &(*directories)->next;
	*directories = directory;
	return 0;
}

void zone_directory_free(struct zone_directory *directories)
{
	while (directories) {
		struct zone_directory *next = directories->next;

		zone_table_allow_put(directories->allow);
		free(directories);
		directories = next;
	}
}

const char *zone_directory_match(const char *pattern, const char *name, size_t *len)
{
	size_t before = strcspn(pattern, "*"), behind = strlen(pattern) - before - 1;
	size_t name_len = strlen(name);

	if (name_len <= before + behind || (name[0] == '.' && pattern[0] != '.') ||
	    memcmp(name, pattern, before) != 0 ||
	    memcmp(name + name_len - behind, pattern + before + 1, behind) != 0)
		return NULL;
	*len = name_len - before - behind;
	return name + before;
}

bool zone_directory_matches(const void *pattern, const char *name)
{
	size_t len;

	return zone_directory_match(pattern, name, &len) != NULL;
}

bool zone_directory_origin(const char *pattern, const char *name, struct dns_name *origin,
                           const char **sentence)
{
	static const uint8_t root[] = {0};
	size_t len;
	const char *text = zone_directory_match(pattern, name, &len);

	assert(text);
	if (len == 1 && *text == '@')
		text = ".";
	return dns_name_parse(origin, text, len, root, sentence);
}

// The file of one directory that holds the origin, or NULL: the last in order, which is in
// lower case.
static const char *directory_find(const struct zone_directory *directory, const uint8_t *origin,
                                  const struct folder_list *files)
{
	const char *found = NULL;

	for (size_t i = 0; i < files->len; i++) {
		const char *name = files->items[i]->name, *sentence;
		struct dns_name of;

		if (files->items[i]->type != DT_DIR &&
		    zone_directory_origin(directory->pattern, name, &of, &sentence) &&
		    dns_name_eq(of.wire, origin))
			found = name;
	}
	return found;
}

int zone_directory_find(const struct zone_directory *directories, const uint8_t *origin,
                        struct zone_table *zones, struct why *why)
{
	size_t len = zones->len;
	int err = 0;

	for (; directories && !err && zones->len == len; directories = directories->next) {
		struct folder_list files = {0};
		char path[PATH_MAX + NAME_MAX + 2];
		const char *name;

		err = folder_read(directories->path, zone_directory_matches, directories->pattern,
		                  &files);
		if (err)
			return why_fail(why, err, "dns.zones[%u].directory: %s cannot be read: %s",
			                directories->entry, directories->path, strerror(-err));
		name = directory_find(directories, origin, &files);
		if (name) {
			snprintf(path, sizeof(path), "%s/%s", directories->path, name);
			err = zone_table_add(zones, origin,
			                     &(struct dns_zone_source){path, .in_directory = true,
			                                               .entry = directories->entry},
			                     directories->allow);
		}
		folder_free(&files);
	}
	return err ? why_no_memory(why, "another zone") : 0;
}

// zone_list: see the header.
#include "apps/dns/zone_list.h"

#include "apps/dns/zone_directory.h"

#include "core/host/folder.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const uint8_t root[] = {0};

// A list that is being made, at one entry of dns.zones.
struct listing {
	struct zone_list *list;
	struct zone_table *zones;
	const struct dns_zone_conf *conf;
	uint32_t entry; // index in dns.zones
	struct dns_allow *allow;
	struct why *why;
};

static int zone_list_append(struct listing *listing, const struct dns_name *origin,
                            struct dns_zone_source source)
{
	int err;

	source.entry = listing->entry;
	err = zone_table_add(listing->zones, origin->wire, &source, listing->allow);
	if (err == -E2BIG)
		why_set(listing->why, "dns.zones: there are more than %d zones, the maximum",
		        DNS_ZONES_MAX);
	return err;
}

static int zone_list_one(struct listing *listing)
{
	const struct dns_zone_conf *conf = listing->conf;
	bool image = conf->image && *conf->image;
	const char *file = image ? conf->image : conf->file;
	struct dns_name name;
	const char *sentence;

	if (!dns_name_parse(&name, conf->origin, strlen(conf->origin), root, &sentence))
		return why_fail(listing->why, -EINVAL,
		                "dns.zones[%u].origin: \"%s\" is not an origin: %s", listing->entry,
		                conf->origin, sentence);
	return zone_list_append(listing, &name, (struct dns_zone_source){file, .image = image});
}

// Adds the zone of a file in the directory. A name that is not an origin is reported and left
// out.
static int zone_list_file(struct listing *listing, const char *name)
{
	const struct dns_zone_conf *conf = listing->conf;
	char path[PATH_MAX + NAME_MAX + 2];
	struct dns_name origin;
	const char *text, *sentence;
	size_t len;

	snprintf(path, sizeof(path), "%s/%s", conf->directory, name);
	if (zone_directory_origin(conf->pattern, name, &origin, &sentence))
		return zone_list_append(listing, &origin,
		                        (struct dns_zone_source){path, .in_directory = true});
	text = zone_directory_match(conf->pattern, name, &len);
	zone_reporter_add(&listing->list->reporter, &(struct zone_place){.file = path},
	                  ZONE_CHECK_FILE_NAME,
	                  "\"%.*s\" in the file name is not an origin: %s; the file is not served",
	                  (int)len, text, sentence);
	return 0;
}

// The name of a zone's file in the directory; NULL when it lies elsewhere or does not match.
static const char *zone_list_name_in(const struct dns_zone_conf *conf, const struct dns_zone *zone)
{
	size_t len = strlen(conf->directory);
	const char *name = zone->file + len + 1;

	if (!zone->in_directory || strncmp(zone->file, conf->directory, len) != 0 ||
	    zone->file[len] != '/' || strchr(name, '/') ||
	    !zone_directory_matches(conf->pattern, name))
		return NULL;
	return name;
}

static int zone_list_compare_name(const void *name, const void *entry)
{
	return strcmp(name, (*(struct folder_entry *const *)entry)->name);
}

static bool zone_list_is_listed(const struct folder_list *files, const char *name)
{
	return files->len && bsearch(name, files->items, files->len, sizeof(files->items[0]),
	                             zone_list_compare_name);
}

// Only the answer to a question for the file itself shows that it is gone.
static bool zone_list_is_gone(const char *file)
{
	struct stat status;

	return stat(file, &status) < 0 && (errno == ENOENT || errno == ENOTDIR);
}

// Adds the served zones of the directory that the listing lacks and whose files exist.
static int zone_list_missing(struct listing *listing, const struct folder_list *files)
{
	const struct zone_table *before = listing->list->before;
	int err = 0;

	for (size_t i = 0; before && i < before->len && !err; i++) {
		const struct dns_zone *zone = before->items[i];
		const char *name = zone_list_name_in(listing->conf, zone);

		if (name && !zone_list_is_listed(files, name) && !zone_list_is_gone(zone->file))
			err = zone_list_file(listing, name);
	}
	return err;
}

static int zone_list_directory(struct listing *listing)
{
	const struct dns_zone_conf *conf = listing->conf;
	struct folder_list files = {0};
	size_t len = listing->zones->len;
	int err = zone_directory_add(&listing->list->directories, conf, listing->entry,
	                             listing->allow);

	if (err)
		return err;
	err = folder_read(conf->directory, zone_directory_matches, conf->pattern, &files);

	if (err)
		return why_fail(listing->why, err, "dns.zones[%u].directory: %s cannot be read: %s",
		                listing->entry, conf->directory, strerror(-err));
	for (size_t i = 0; i < files.len && !err; i++)
		if (files.items[i]->type != DT_DIR)
			err = zone_list_file(listing, files.items[i]->name);
	if (!err)
		err = zone_list_missing(listing, &files);
	if (!err && listing->zones->len == len && !conf->allow_empty)
		zone_reporter_add(&listing->list->reporter,
		                  &(struct zone_place){.file = conf->directory},
		                  ZONE_CHECK_NO_FILES,
		                  "no file in this directory of dns.zones[%u] is a zone, by the "
		                  "pattern %s",
		                  listing->entry, conf->pattern);
	folder_free(&files);
	return err;
}

static bool is_given(const char *text)
{
	return text && *text;
}

// Sets listing->allow from the entry; NULL when it lists no clients or allows any client.
static int zone_list_allow(struct listing *listing)
{
	char key[64];
	struct acl *acl;

	listing->allow = NULL;
	if (listing->conf->allow.len == 0)
		return 0;
	snprintf(key, sizeof(key), "dns.zones[%u].allow", listing->entry);
	acl = client_limits_acl(&listing->conf->allow, key, listing->why);
	if (!acl)
		return -EINVAL;
	if (acl_is_any(acl)) {
		acl_free(acl);
		return 0;
	}
	listing->allow = malloc(sizeof(*listing->allow));
	if (!listing->allow) {
		acl_free(acl);
		return -ENOMEM;
	}
	*listing->allow = (struct dns_allow){1, acl};
	return 0;
}

static int zone_list_item(struct listing *listing)
{
	const struct dns_zone_conf *conf = listing->conf;
	bool directory = is_given(conf->directory), origin = is_given(conf->origin);
	bool file = is_given(conf->file), image = is_given(conf->image);

	if (directory && !origin && !file && !image)
		return zone_list_directory(listing);
	if (!directory && origin && file != image)
		return zone_list_one(listing);
	return why_fail(
	        listing->why, -EINVAL,
	        "dns.zones[%u]: give either origin and file, origin and image, or directory",
	        listing->entry);
}

// Whether zone a is served rather than b, which has the same origin: one that the configuration
// names, then the one that is served already, then that of the first entry of dns.zones, and in
// one directory the name in lower case.
static bool zone_list_prefers(const struct dns_zone *a, const struct dns_zone *b,
                              const struct dns_zone *before)
{
	if (a->in_directory != b->in_directory)
		return b->in_directory;
	if (before && strcmp(a->file, before->file) == 0)
		return true;
	if (before && strcmp(b->file, before->file) == 0)
		return false;
	return a->entry != b->entry ? a->entry < b->entry : strcmp(a->file, b->file) > 0;
}

// Leaves one of the `len` zones of one origin at `at` of the sorted table: at its first place.
static int zone_list_choose(struct zone_list *list, struct dns_zone **twins, size_t len,
                            struct why *why)
{
	const struct dns_zone *before =
	        list->before ? zone_table_find(list->before, twins[0]->origin) : NULL;
	char text[DNS_NAME_TEXT_BYTES];

	dns_name_text(twins[0]->origin, text);
	for (size_t i = 1; i < len; i++) {
		struct dns_zone *zone = twins[i];

		if (!zone->in_directory && !twins[0]->in_directory)
			return why_fail(
			        why, -EINVAL,
			        "dns.zones: two zones have the origin %s: dns.zones[%u] and "
			        "dns.zones[%u]; the file of one is %s",
			        text, twins[0]->entry, zone->entry, zone->file);
		if (zone_list_prefers(twins[0], zone, before))
			continue;
		twins[i] = twins[0];
		twins[0] = zone;
	}
	for (size_t i = 1; i < len; i++)
		zone_reporter_add(&list->reporter, &(struct zone_place){.file = twins[i]->file},
		                  ZONE_CHECK_FILE_TWIN,
		                  "the zone %s is served from %s; this file of the same origin is "
		                  "not served",
		                  text, twins[0]->file);
	return 0;
}

// Sorts the table, and leaves one zone of each origin.
static int zone_list_settle(struct zone_list *list, struct zone_table *zones, struct why *why)
{
	int err = 0;

	zone_table_sort(zones);
	for (size_t at = 0, end; at < zones->len && !err; at = end) {
		for (end = at + 1; end < zones->len; end++)
			if (!dns_name_eq(zones->items[at]->origin, zones->items[end]->origin))
				break;
		if (end - at > 1)
			err = zone_list_choose(list, zones->items + at, end - at, why);
	}
	zone_table_unique(zones);
	return err;
}

// An error when none of the zones that were served from the directory is served any more.
static int zone_list_check_gone(const struct zone_list *list, const struct zone_table *zones,
                                size_t entry, struct why *why)
{
	const struct dns_zone_conf *conf =
	        (const struct dns_zone_conf *)list->conf->zones.items + entry;
	const struct dns_zone *first = NULL;
	char text[DNS_NAME_TEXT_BYTES];
	size_t gone = 0;

	if (!is_given(conf->directory) || conf->allow_empty || !list->before)
		return 0;
	for (size_t i = 0; i < list->before->len; i++) {
		const struct dns_zone *zone = list->before->items[i];

		if (!zone->zone || !zone_list_name_in(conf, zone))
			continue;
		if (zone_table_find(zones, zone->origin))
			return 0;
		first = first ? first : zone;
		gone++;
	}
	if (!gone)
		return 0;
	return why_fail(
	        why, -ENOTEMPTY,
	        "dns.zones[%zu].directory: %s has no file any more of the %zu zone%s served "
	        "from it (%s%s); is it mounted? To stop serving all of them, set "
	        "dns.zones[%zu].allow_empty to true and reload",
	        entry, conf->directory, gone, gone == 1 ? "" : "s",
	        dns_name_text(first->origin, text), gone == 1 ? "" : ", ...", entry);
}

int zone_list_add(struct zone_list *list, struct zone_table *zones, struct why *why)
{
	const struct dns_zone_conf *items = list->conf->zones.items;
	struct listing listing = {.list = list, .zones = zones, .why = why};
	int err = 0;

	why_no_memory(why, "the list of zones");
	for (size_t i = 0; i < list->conf->zones.len && !err; i++) {
		listing.conf = &items[i];
		listing.entry = (uint32_t)i;
		err = zone_list_allow(&listing);
		if (!err)
			err = zone_list_item(&listing);
		zone_table_allow_put(listing.allow);
	}
	if (!err)
		err = zone_list_settle(list, zones, why);
	for (size_t i = 0; i < list->conf->zones.len && !err; i++)
		err = zone_list_check_gone(list, zones, i, why);
	return err;
}

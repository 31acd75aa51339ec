// zone_list: see the header.
#include "apps/dns/zone_list.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const uint8_t root[] = {0};

struct listing {
	struct zone_table *zones;
	struct dns_allow *allow; // of the current entry of dns.zones
	struct why *why;
};

static int zone_list_one(struct listing *listing, const char *origin, size_t origin_len,
                         const char *file, bool image)
{
	struct dns_name name;
	const char *sentence;
	int err;

	if (!dns_name_parse(&name, origin, origin_len, root, &sentence))
		return why_fail(listing->why, -EINVAL,
		                "%s: \"%.*s\" in the file name is not an origin: %s", file,
		                (int)origin_len, origin, sentence);
	err = zone_table_add(listing->zones, name.wire,
	                     &(struct dns_zone_source){file, image, false}, listing->allow);
	if (err == -E2BIG)
		why_set(listing->why, "dns.zones: there are more than %d zones, the maximum",
		        DNS_ZONES_MAX);
	return err;
}

// The part of the name that matches the star, or NULL when the name does not match.
static const char *zone_list_match(const char *pattern, const char *name, size_t *len)
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

static int zone_list_file(struct listing *listing, const struct dns_zone_conf *conf,
                          const struct dirent *entry)
{
	char path[PATH_MAX + NAME_MAX + 2];
	const char *origin;
	size_t len;

	origin = zone_list_match(conf->pattern, entry->d_name, &len);
	if (!origin || entry->d_type == DT_DIR)
		return 0;
	snprintf(path, sizeof(path), "%s/%s", conf->directory, entry->d_name);
	if (len == 1 && *origin == '@')
		origin = ".";
	return zone_list_one(listing, origin, len, path, false);
}

static int zone_list_directory(struct listing *listing, const struct dns_zone_conf *conf,
                               size_t item)
{
	DIR *dir = opendir(conf->directory);
	const struct dirent *entry;
	int err = 0;

	if (!dir) {
		err = -errno;
		why_set(listing->why, "dns.zones[%zu].directory: %s cannot be read: %s", item,
		        conf->directory, strerror(-err));
		return err;
	}
	while (!err && (entry = readdir(dir)) != NULL)
		err = zone_list_file(listing, conf, entry);
	closedir(dir);
	return err;
}

static bool is_given(const char *text)
{
	return text && *text;
}

// Sets listing->allow from the entry; NULL when it lists no clients or allows any client.
static int zone_list_allow(struct listing *listing, const struct dns_zone_conf *conf, size_t item)
{
	char key[64];
	struct acl *acl;

	listing->allow = NULL;
	if (conf->allow.len == 0)
		return 0;
	snprintf(key, sizeof(key), "dns.zones[%zu].allow", item);
	acl = client_limits_acl(&conf->allow, key, listing->why);
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

static int zone_list_item(struct listing *listing, const struct dns_zone_conf *conf, size_t item)
{
	bool directory = is_given(conf->directory), origin = is_given(conf->origin);
	bool file = is_given(conf->file), image = is_given(conf->image);

	if (directory && !origin && !file && !image)
		return zone_list_directory(listing, conf, item);
	if (!directory && origin && file != image)
		return zone_list_one(listing, conf->origin, strlen(conf->origin),
		                     image ? conf->image : conf->file, image);
	return why_fail(
	        listing->why, -EINVAL,
	        "dns.zones[%zu]: give either origin and file, origin and image, or directory",
	        item);
}

int zone_list_add(struct zone_table *zones, const struct dns_conf *conf, struct why *why)
{
	const struct dns_zone_conf *items = conf->zones.items;
	struct listing listing = {.zones = zones, .why = why};
	char text[DNS_NAME_TEXT_BYTES];
	const struct dns_zone *duplicate;
	int err = 0;

	why_no_memory(why, "the list of zones");
	for (size_t i = 0; i < conf->zones.len && !err; i++) {
		err = zone_list_allow(&listing, &items[i], i);
		if (!err)
			err = zone_list_item(&listing, &items[i], i);
		zone_table_allow_put(listing.allow);
	}
	if (err)
		return err;
	duplicate = zone_table_sort(zones);
	if (!duplicate)
		return 0;
	return why_fail(why, -EINVAL,
	                "dns.zones: two zones have the origin %s; the file of one is %s",
	                dns_name_text(duplicate->origin, text), duplicate->file);
}

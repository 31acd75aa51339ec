// zone_list: which zones the configuration names: one by one, or as the files of a
// folder, whose names hold the origins.
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
	struct dns_allow *allow; // of the item at work
	struct why *why;
};

static int list_one(struct listing *listing, const char *origin, size_t origin_len,
                    const char *file, bool image)
{
	struct dns_name name;
	const char *sentence;
	int err;

	if (!dns_name_parse(&name, origin, origin_len, root, &sentence))
		return why_fail(listing->why, -EINVAL, "%s: \"%.*s\" in its name is no origin: %s",
		                file, (int)origin_len, origin, sentence);
	err = zone_table_add(listing->zones, name.wire,
	                     &(struct dns_zone_source){file, image, false}, listing->allow);
	if (err == -E2BIG)
		why_set(listing->why,
		        "dns.zones: there are more than %d zones, the most that are served",
		        DNS_ZONES_MAX);
	return err;
}

// What stands for the star, or NULL when the name does not match.
static const char *match(const char *pattern, const char *name, size_t *len)
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

static int list_file(struct listing *listing, const struct dns_zone_conf *conf,
                     const struct dirent *entry)
{
	char path[PATH_MAX + NAME_MAX + 2];
	const char *origin;
	size_t len;

	origin = match(conf->pattern, entry->d_name, &len);
	if (!origin || entry->d_type == DT_DIR)
		return 0;
	snprintf(path, sizeof(path), "%s/%s", conf->directory, entry->d_name);
	if (len == 1 && *origin == '@')
		origin = ".";
	return list_one(listing, origin, len, path, false);
}

static int list_directory(struct listing *listing, const struct dns_zone_conf *conf, size_t item)
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
		err = list_file(listing, conf, entry);
	closedir(dir);
	return err;
}

static bool given(const char *text)
{
	return text && *text;
}

// Nobody is kept from a zone that everybody may ask, nor from one that says nothing.
static int list_allow(struct listing *listing, const struct dns_zone_conf *conf, size_t item)
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

static int list_item(struct listing *listing, const struct dns_zone_conf *conf, size_t item)
{
	bool directory = given(conf->directory), origin = given(conf->origin);
	bool file = given(conf->file), image = given(conf->image);

	if (directory && !origin && !file && !image)
		return list_directory(listing, conf, item);
	if (!directory && origin && file != image)
		return list_one(listing, conf->origin, strlen(conf->origin),
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
	const struct dns_zone *twice;
	int err = 0;

	why_no_memory(why, "the list of zones");
	for (size_t i = 0; i < conf->zones.len && !err; i++) {
		err = list_allow(&listing, &items[i], i);
		if (!err)
			err = list_item(&listing, &items[i], i);
		zone_table_allow_put(listing.allow);
	}
	if (err)
		return err;
	twice = zone_table_sort(zones);
	if (!twice)
		return 0;
	return why_fail(why, -EINVAL, "dns.zones: two zones have the origin %s; one is %s",
	                dns_name_text(twice->origin, text), twice->file);
}

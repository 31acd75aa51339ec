// zone_list: which zones the configuration names: one by one, or as the files of a
// folder, whose names hold the origins.
#include "apps/dns/dns.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

static const uint8_t root[] = {0};

static bool check_origin(const char *text, char *why, size_t why_size)
{
	struct dns_name name;
	const char *sentence;

	if (dns_name_parse(&name, text, strlen(text), root, &sentence))
		return true;
	snprintf(why, why_size, "is not a domain name: %s", sentence);
	return false;
}

static bool check_pattern(const char *text, char *why, size_t why_size)
{
	const char *star = strchr(text, '*');

	snprintf(why, why_size,
	         "is no pattern of file names with one * for the origin, such as *.zone");
	return star && !strchr(star + 1, '*') && !strchr(text, '/');
}

#define ZONE(member) offsetof(struct dns_zone_conf, member)

static const struct conf_key zone_keys[] = {
        {"origin", CONF_STRING, ZONE(origin), "", .max = 1004, .check = check_origin,
         .help = "The name at the top of the zone, such as example.org. It stands with file, in "
                 "place of directory."},
        {"file", CONF_PATH, ZONE(file), "", .max = PATH_MAX - 1,
         .help = "The zone file (RFC 1035 section 5)."},
        {"directory", CONF_PATH, ZONE(directory), "", .max = PATH_MAX - 1,
         .help = "A folder whose files are zones: at start and at each reload every file that "
                 "matches the pattern is one."},
        {"pattern", CONF_STRING, ZONE(pattern), "*.zone", .min = 1, .max = NAME_MAX,
         .check = check_pattern,
         .help = "The names of the files in the directory. What stands in place of the * is the "
                 "origin: example.org.zone holds example.org, and @.zone the root. In an origin "
                 "\\047 stands for a slash. Names that begin with a dot are passed over."},
        {"allow", CONF_STRINGS, ZONE(allow), "any", 1, ACL_TEXTS_MAX, .check = acl_check,
         .help = "Who is answered; others get REFUSED. Prefixes such as 192.0.2.0/24, addresses, "
                 "any or none; ! before one takes it out. The longest prefix that covers a client "
                 "decides, in whatever order they stand."},
        {0},
};
static const struct conf_section zone_section = {sizeof(struct dns_zone_conf), zone_keys};

static const struct conf_key dns_keys[] = {
        {"zones", CONF_SECTIONS, offsetof(struct dns_conf, zones), .min = 1, .max = DNS_ZONES_MAX,
         .section = &zone_section, .help = "The zones to answer for."},
        {"rate_limit", CONF_SECTION, offsetof(struct dns_conf, rate_limit),
         .section = &dns_rate_limit_section,
         .help = "How often a network gets the same reply over UDP."},
        {"cookies", CONF_SECTION, offsetof(struct dns_conf, cookies),
         .section = &dns_cookies_section,
         .help = "How clients show that their address is not forged."},
        {0},
};
const struct conf_section dns_section = {sizeof(struct dns_conf), dns_keys};

struct listing {
	struct dns_zones *zones;
	char *why;
	size_t why_size;
};

static int list_one(struct listing *listing, const char *origin, size_t origin_len,
                    const char *file)
{
	struct dns_name name;
	const char *sentence;
	int err;

	if (!dns_name_parse(&name, origin, origin_len, root, &sentence)) {
		snprintf(listing->why, listing->why_size,
		         "%s: \"%.*s\" in its name is no origin: %s", file, (int)origin_len, origin,
		         sentence);
		return -EINVAL;
	}
	err = dns_zones_add(listing->zones, name.wire, file, false);
	if (err == -E2BIG)
		snprintf(listing->why, listing->why_size,
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
	return list_one(listing, origin, len, path);
}

static int list_directory(struct listing *listing, const struct dns_zone_conf *conf, size_t item)
{
	DIR *dir = opendir(conf->directory);
	const struct dirent *entry;
	int err = 0;

	if (!dir) {
		err = -errno;
		snprintf(listing->why, listing->why_size,
		         "dns.zones[%zu].directory: %s cannot be read: %s", item, conf->directory,
		         strerror(-err));
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

static int list_item(struct listing *listing, const struct dns_zone_conf *conf, size_t item)
{
	bool directory = given(conf->directory), origin = given(conf->origin);
	bool file = given(conf->file);

	if (directory && !origin && !file)
		return list_directory(listing, conf, item);
	if (!directory && origin && file)
		return list_one(listing, conf->origin, strlen(conf->origin), conf->file);
	snprintf(listing->why, listing->why_size,
	         "dns.zones[%zu]: give either origin and file, or directory", item);
	return -EINVAL;
}

int dns_zones_list(struct dns_zones *zones, const struct dns_conf *conf, char *why, size_t why_size)
{
	const struct dns_zone_conf *items = conf->zones.items;
	struct listing listing = {zones, why, why_size};
	char text[DNS_NAME_TEXT_BYTES];
	const struct dns_zone *twice;
	int err = 0;

	snprintf(why, why_size, "memory is too short for the list of zones");
	for (size_t i = 0; i < conf->zones.len && !err; i++)
		err = list_item(&listing, &items[i], i);
	if (err)
		return err;
	twice = dns_zones_sort(zones);
	if (!twice)
		return 0;
	snprintf(why, why_size, "dns.zones: two zones have the origin %s; one is %s",
	         dns_name_text(twice->origin, text), twice->file);
	return -EINVAL;
}

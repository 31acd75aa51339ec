// zone_list: which zones the configuration names: one by one, or as the files of a
// folder, whose names hold the origins.
#include "apps/dns/dns.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const uint8_t root[] = {0};

static bool check_origin(const char *text, struct why *why)
{
	struct dns_name name;
	const char *sentence;

	if (dns_name_parse(&name, text, strlen(text), root, &sentence))
		return true;
	why_set(why, "is not a domain name: %s", sentence);
	return false;
}

static bool check_pattern(const char *text, struct why *why)
{
	const char *star = strchr(text, '*');

	why_set(why, "is no pattern of file names with one * for the origin, such as *.zone");
	return star && !strchr(star + 1, '*') && !strchr(text, '/');
}

#define ZONE(member) offsetof(struct dns_zone_conf, member)

static const struct conf_key zone_keys[] = {
        {"origin", CONF_STRING, ZONE(origin), "", .max = 1004, .check = check_origin,
         .help = "The name at the top of the zone, such as example.org. It stands with file or "
                 "image, in place of directory."},
        {"file", CONF_PATH, ZONE(file), "", .max = PATH_MAX - 1,
         .help = "The zone file (RFC 1035 section 5)."},
        {"image", CONF_PATH, ZONE(image), "", .max = PATH_MAX - 1,
         .help = "In place of file: the zone as \"wadi-dns compile\" wrote it. It is mapped, not "
                 "read, so that a big zone is served at once and several servers share its "
                 "memory. One that is damaged, made for another machine, or older than the zone "
                 "files that it was made from is not served. Nobody but its owner, the server's "
                 "user or root, may have the right to write to it. A new one is written beside it "
                 "and renamed, as compile does: who writes to this one waits until the server has "
                 "a copy."},
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

static const char *const any_choices[] = {
        [DNS_ANY_ONE] = "one", [DNS_ANY_ALL] = "all", [DNS_ANY_REFUSE] = "refuse", NULL};

static const struct conf_key dns_keys[] = {
        {"zones", CONF_SECTIONS, offsetof(struct dns_conf, zones), .min = 1, .max = DNS_ZONES_MAX,
         .section = &zone_section, .help = "The zones to answer for."},
        {"checks", CONF_SECTIONS, offsetof(struct dns_conf, checks), "", .max = ZONE_CHECKS_LEN,
         .section = &dns_check_section,
         .help = "What counts as an error or a warning in a zone, where that is to be other than "
                 "usual. Zones that are served already stay so until their files change."},
        {"udp_size", CONF_UNSIGNED, offsetof(struct dns_conf, udp_size), "1232", DNS_UDP_SIZE_MIN,
         DNS_UDP_SIZE_MAX,
         .help = "Most bytes of a reply over UDP, also to who would take more: 1232 fits any "
                 "network without fragments (RFC 9715)."},
        {"any", CONF_ENUM, offsetof(struct dns_conf, any), "one", .choices = any_choices,
         .help = "What is answered to type ANY, and of signatures to RRSIG (RFC 8482): \"one\" set "
                 "of records, \"all\" that "
                 "there are, or \"refuse\": over UDP nothing but the way to TCP."},
        {"version", CONF_STRING, offsetof(struct dns_conf, version), "wadi-dns " WADI_VERSION,
         .max = DNS_CHAOS_MAX,
         .help = "The answer to version.bind and version.server in class CH. Empty: REFUSED."},
        {"identity", CONF_STRING, offsetof(struct dns_conf, identity), DNS_IDENTITY_HOST,
         .max = DNS_CHAOS_MAX,
         .help = "The answer to hostname.bind and id.server in class CH; \"hostname\" is the "
                 "host's own name. Empty: REFUSED."},
        {"nsid", CONF_STRING, offsetof(struct dns_conf, nsid), "", .max = DNS_NSID_MAX,
         .help = "What is told to who asks for the server's identifier (RFC 5001). Empty: "
                 "nothing."},
        {"rate_limit", CONF_SECTION, offsetof(struct dns_conf, rate_limit),
         .section = &client_limits_rate_section,
         .help = "How often a network gets the same reply over UDP."},
        {"cookies", CONF_SECTION, offsetof(struct dns_conf, cookies),
         .section = &client_limits_cookies_section,
         .help = "How clients show that their address is not forged."},
        {"query_log", CONF_SECTION, offsetof(struct dns_conf, query_log),
         .section = &query_log_writer_section,
         .help = "Queries and replies for others to look at; none without file or socket. What is "
                 "changed here counts from the next start on."},
        {0},
};
const struct conf_section dns_section = {sizeof(struct dns_conf), dns_keys};

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

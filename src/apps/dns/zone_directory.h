// zone_directory: the directories that a configuration names, kept by a running server so that one
// new file can be taken without a reload of all. What a reload finds in them is zone_list.h.
#ifndef APPS_DNS_ZONE_DIRECTORY_H
#define APPS_DNS_ZONE_DIRECTORY_H

#include "apps/dns/dns_conf.h"
#include "apps/dns/zone_table.h"

struct zone_directory {
	struct zone_directory *next;
	uint32_t entry; // of dns.zones
	struct dns_allow *allow;
	const char *pattern; // behind path
	char path[];
};

// Appends a copy of an entry of dns.zones that is a directory, with a reference of allow. 0 or
// -ENOMEM.
int zone_directory_add(struct zone_directory **directories, const struct dns_zone_conf *conf,
                       uint32_t entry, struct dns_allow *allow) MUST_CHECK;
void zone_directory_free(struct zone_directory *directories); // the whole list

// Adds to the table, unsorted, the zone of the file that holds an origin: of several the one
// that a start would serve. 0, also when there is none, or negative errno with a sentence in why.
int zone_directory_find(const struct zone_directory *directories, const uint8_t *origin,
                        struct zone_table *zones, struct why *why) MUST_CHECK;

// The part of a file's name that matches the star of the pattern, or NULL when the name does not
// match; and whether it does, for folder_read.
const char *zone_directory_match(const char *pattern, const char *name, size_t *len);
bool zone_directory_matches(const void *pattern, const char *name);

// The origin that the name of a file stands for; false, with a sentence, when it is none.
bool zone_directory_origin(const char *pattern, const char *name, struct dns_name *origin,
                           const char **sentence) MUST_CHECK;

#endif

// zone_list: the zones that the configuration names: one by one, or as the files of a
// directory whose names contain the origins.
#ifndef APPS_DNS_ZONE_LIST_H
#define APPS_DNS_ZONE_LIST_H

#include "apps/dns/dns_conf.h"
#include "apps/dns/zone_table.h"
#include "proto/dns/load/zone_reporter.h"

// The zones of a configuration, and reports of files that are not served: of names that are
// not an origin, and of the second file of one origin. These do not keep other zones from being
// listed.
struct zone_list {
	const struct dns_conf *conf;
	// The zones served until now; NULL: none. One that lies in a directory is given up only
	// when its file does not exist by name, whatever the listing says.
	const struct zone_table *before;
	struct zone_reporter reporter;
	// The directories of the configuration, added by zone_list_add; freed by the caller with
	// zone_directory_free, after an error, too.
	struct zone_directory *directories;
};

// Adds the zones, unread, and sorts the table. 0, or negative errno with a sentence in why:
// -ENOTEMPTY when all zones served from a directory are gone at once and the entry's
// allow_empty is false. The caller frees the table, after an error, too.
int zone_list_add(struct zone_list *list, struct zone_table *zones, struct why *why) MUST_CHECK;

#endif

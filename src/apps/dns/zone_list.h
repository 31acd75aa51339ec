// zone_list: the zones that the configuration names: one by one, or as the files of a
// directory whose names contain the origins.
#ifndef APPS_DNS_ZONE_LIST_H
#define APPS_DNS_ZONE_LIST_H

#include "apps/dns/dns_conf.h"
#include "apps/dns/zone_table.h"

// Adds the zones that the configuration names, unread, and sorts the table. 0, or negative
// errno with a sentence in why. The caller frees the table, after an error, too.
int zone_list_add(struct zone_table *zones, const struct dns_conf *conf,
                  struct why *why) MUST_CHECK;

#endif

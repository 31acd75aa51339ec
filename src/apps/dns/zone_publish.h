// zone_publish: reads the zones of the next table and takes it into use while workers run.
// The zones are those of the configuration (zone_list.h) or changed by a command
// (zone_command.h).
#ifndef APPS_DNS_ZONE_PUBLISH_H
#define APPS_DNS_ZONE_PUBLISH_H

#include "apps/dns/dns.h"

enum zone_publish_mode {
	ZONE_PUBLISH_CHANGED, // zones whose files have not changed are kept
	ZONE_PUBLISH_ALL,     // unread zones are read whether or not their files have changed
	ZONE_PUBLISH_SOUND,   // as ALL, and nothing is published when a new zone has an error
};

// Reads the unread zones of `next` and publishes it, with the settings, in place of the table
// in use; workers run meanwhile. NULL settings: those in use stay. The reply gets the result
// of each zone, and "error" when a zone could not be read. Consumes next and settings. 0, or
// negative errno with a sentence in why; then the table in use stays.
int zone_publish(struct dns *dns, struct zone_table *next, struct dns_settings *settings,
                 enum zone_publish_mode mode, json_t *reply, struct why *why) MUST_CHECK;

// Publishes the first table, before workers run, with the settings of dns. Queries for a zone
// with errors get SERVFAIL, also when there is no other zone. Consumes zones.
int zone_publish_first(struct dns *dns, struct zone_table *zones, struct why *why) MUST_CHECK;

// Logs a report; ctx is not used.
void zone_publish_log(void *ctx, const struct zone_report *report);

// Called when another process opens a mapped image for writing: gives each zone of such a
// file a copy in memory. The state is a struct dns.
void zone_publish_claimed(void *state);

#endif

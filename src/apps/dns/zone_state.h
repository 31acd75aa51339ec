// zone_state: the zones that zone-add added and that zone-remove removed, in a file of the state
// directory, so that both outlast the server. The zones themselves are in zone_table.h; their
// contents stay in their own files.
#ifndef APPS_DNS_ZONE_STATE_H
#define APPS_DNS_ZONE_STATE_H

#include "apps/dns/zone_table.h"
#include "core/why.h"

#define ZONE_STATE_FILE "zones" // in the directory

struct zone_state {
	const char *directory;     // borrowed; NULL: nothing outlasts the server
	struct zone_table removed; // sorted; only their origins count
};

// Reads the file, if there is one: adds the zones of zone-add to `added`, unsorted, and sets
// state->removed. A malformed line is logged and skipped. 0, or negative errno with a sentence
// in why. The caller frees both tables, after an error, too.
int zone_state_read(struct zone_state *state, struct zone_table *added, struct why *why) MUST_CHECK;

// A change in two steps: prepare writes all that the file is to hold to a new file and to the
// disk, so that a full disk is found before anything changes; commit renames it, and abandon
// deletes it. A crash leaves the old file or the new one. `zones` are those that will be served:
// those of zone-add that are not temporary are written. 0, or negative errno with a sentence in
// why.
int zone_state_prepare(const struct zone_state *state, const struct zone_table *zones,
                       const struct zone_table *removed, struct why *why) MUST_CHECK;
int zone_state_commit(const struct zone_state *state, struct why *why) MUST_CHECK;
void zone_state_abandon(const struct zone_state *state);

// Removes from a sorted table the zones that zone-remove removed, and logs each.
void zone_state_apply(const struct zone_state *state, struct zone_table *zones);

#endif

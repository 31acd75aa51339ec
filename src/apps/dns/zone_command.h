// zone_command: the requests of wadi-ctl about zones: zones, zone-status, zone-stats,
// zone-add, zone-remove, and the reload of one zone.
#ifndef APPS_DNS_ZONE_COMMAND_H
#define APPS_DNS_ZONE_COMMAND_H

#include "apps/boot/boot.h"

// All but the reload, up to an entry of zeros. Their state is a struct dns.
extern const struct service_command zone_commands[];

// Reads one zone again, whether or not its file has changed; see reload_one of struct service.
int zone_command_reload(void *state, const char *origin, json_t *reply, struct why *why);

#endif

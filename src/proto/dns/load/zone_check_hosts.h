// zone_check_hosts: whether the targets of NS, MX and SRV records have addresses. Targets
// outside the zone cannot be checked.
#ifndef DNS_ZONE_CHECK_HOSTS_H
#define DNS_ZONE_CHECK_HOSTS_H

#include "proto/dns/load/zone_records.h"

// Checks the records of the names in [from, to).
void zone_check_hosts(const struct zone_records *records, struct zone_reporter *reporter,
                      uint32_t from, uint32_t to);

#endif

// zone_check_hosts: whether the hosts that NS, MX and SRV records name have addresses. Only
// hosts in the zone can be judged.
#ifndef DNS_ZONE_CHECK_HOSTS_H
#define DNS_ZONE_CHECK_HOSTS_H

#include "proto/dns/load/zone_records.h"

// The records of the names from one up to another.
void zone_check_hosts(const struct zone_records *records, struct zone_reporter *reporter,
                      uint32_t from, uint32_t to);

#endif

// dns_files: the files and folders that the DNS server reads and writes while it runs, for
// the sandbox of boot.
#ifndef APPS_DNS_DNS_FILES_H
#define APPS_DNS_DNS_FILES_H

#include "apps/boot/boot.h"
#include "apps/dns/dns_conf.h"
#include "apps/dns/zone_table.h"

// Names the folders of the configuration, the files of all zones with those that they
// include, and the query log. 0, or negative errno with a sentence in why.
int dns_files(const struct dns_conf *conf, const struct zone_table *zones, struct sandbox *sandbox,
              struct why *why) MUST_CHECK;

#endif

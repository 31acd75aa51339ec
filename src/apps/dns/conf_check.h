// conf_check: what no key of the section "dns" alone can show: entries of zones that are
// incomplete, an origin or a check that stands there twice. No file is opened; what lies in
// a directory of zones is zone_list.c's.
#ifndef APPS_DNS_CONF_CHECK_H
#define APPS_DNS_CONF_CHECK_H

#include "core/host/conf.h"

// Reports to `to`; conf is a struct dns_conf. The check of a service (boot.h).
void conf_check(const void *conf, struct conf *to);

// The TCP ports, likewise: a service's listens.
struct service_listen;
unsigned conf_check_listens(const void *conf, struct service_listen *to);

#endif

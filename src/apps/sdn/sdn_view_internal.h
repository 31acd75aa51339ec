// sdn_view_internal: what the files of sdn_view share.
#ifndef APPS_SDN_SDN_VIEW_INTERNAL_H
#define APPS_SDN_SDN_VIEW_INTERNAL_H

#include "apps/sdn/sdn_view.h"
#include "proto/sdn/sdn_host.h"

// Worker: fills in view->path, and view->len with its hops.
void sdn_view_find_path(struct sdn_view *view);

// The number of the host in the VLAN; SDN_LIST_NONE.
uint32_t sdn_view_find_host(const struct sdn_hosts *hosts, const struct sdn_view_place *place,
                            uint16_t vid);

#endif

// sdn_view_internal: what the files of sdn_view share.
#ifndef APPS_SDN_SDN_VIEW_INTERNAL_H
#define APPS_SDN_SDN_VIEW_INTERNAL_H

#include "apps/sdn/sdn_view.h"

// Worker: fills in view->path, and view->len with its hops.
void sdn_view_find_path(struct sdn_view *view);

#endif

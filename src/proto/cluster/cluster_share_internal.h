// cluster_share_internal: what cluster_rows.c asks of cluster_share.c.
#ifndef CLUSTER_CLUSTER_SHARE_INTERNAL_H
#define CLUSTER_CLUSTER_SHARE_INTERNAL_H

#include "proto/cluster/cluster_share.h"

// The switch, which is added if it is not there; NULL: there is no room.
struct cluster_switch *cluster_share_switch(struct cluster_share *share, uint64_t datapath_id);

// Counts the switches of each member again.
void cluster_share_count(struct cluster_share *share);

#endif

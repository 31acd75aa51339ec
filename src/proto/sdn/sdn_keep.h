// sdn_keep: priorities of rules that stay as they are when others come and go. Only the order of a
// list's priorities means something, so intended flows take those that the same flows have on the
// switch, and new ones find a place between.
#ifndef SDN_SDN_KEEP_H
#define SDN_SDN_KEEP_H

#include "proto/sdn/sdn_flow.h"

// Changes priorities of intended flows, within each access list, or in all of a single table;
// their order is as before. Where there is no room, the list has its own priorities. Both are
// sorted by sdn_flow_sort, before and after.
void sdn_keep(struct sdn_tables *intended, struct sdn_tables *installed);

#endif

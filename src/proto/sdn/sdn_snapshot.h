// sdn_snapshot: what is known of one switch, as bytes for another controller: which of its ports
// are edges, with the hosts there, and which are links, and to where. A controller that stands by
// enters it, and when it becomes master need not find it out again.
//
// Where controllers share the network (sdn_topology_conf.shared) a switch's master does not know
// the other ends of its links: the snapshot says of each port that is up whose probes it hears, and
// with both ends' snapshots each controller knows the link. A host that moves between switches of
// two masters has a count of its moves, as RFC 7432 section 7.7 numbers them: the higher one is
// right, and of equal ones that of the higher place, until the host is seen again.
#ifndef SDN_SDN_SNAPSHOT_H
#define SDN_SDN_SNAPSHOT_H

#include "proto/sdn/sdn_forward.h"

// The longest one: hosts beyond it are not in it.
#define SDN_SNAPSHOT_BYTES 16384

// Appends the snapshot of the switch with that datapath id. One that is not known, or not any more,
// has no ports.
void sdn_snapshot_put(const struct sdn_forward *forward, uint64_t datapath_id, struct fill *out);

// Of which switch a snapshot is; 0: it is none.
uint64_t sdn_snapshot_datapath(struct span bytes) PURE;

// Enters a snapshot in place of what is known of its switch, which is held then. The numbers of
// ports and hosts that are gone are used again. False, and nothing is changed: it is malformed, or
// the switch is there and not held, so that this controller knows better.
bool sdn_snapshot_take(struct sdn_forward *forward, struct span bytes, mono_t now) MUST_CHECK;

#endif

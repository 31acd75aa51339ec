// sdn_link_internal: what sdn_topology.c asks of sdn_link.c.
#ifndef SDN_SDN_LINK_INTERNAL_H
#define SDN_SDN_LINK_INTERNAL_H

#include "proto/sdn/sdn_topology.h"

// The port is up or down, and an edge by declaration or not. Settles its state and that of the port
// that it had a link with.
void sdn_link_declare(struct sdn_topology *topology, uint32_t port, bool up, bool edge, mono_t now);

// The port is probed again after a while in which it was not: at once, and if it is not known where
// it leads its wait begins again.
void sdn_link_resume(struct sdn_topology *topology, uint32_t port, mono_t now);
#endif

// sdn_change: what changed in the picture of the network, in order, for the log and the page:
// links, ports, hosts. A ring of fixed size; what is not read in time is counted and lost. Engines
// do not depend on their changes being read.
#ifndef SDN_SDN_CHANGE_H
#define SDN_SDN_CHANGE_H

#include "core/addr.h"
#include "core/mac.h"
#include "core/mono.h"

// Name in code, name, help.
#define SDN_CHANGE_LIST(X)                                                                         \
	X(SWITCH_UP, "switch_up", "a switch was added")                                            \
	X(SWITCH_DOWN, "switch_down", "a switch was removed")                                      \
	X(PORT_UP, "port_up", "a port came up, or was added; it is not known where it leads")      \
	X(PORT_DOWN, "port_down", "a port went down, or was removed")                              \
	X(PORT_EDGE, "port_edge", "a port leads to no switch")                                     \
	X(PORT_LOOPED, "port_looped", "a probe came back by the port that sent it")                \
	X(LINK_ONE_WAY, "link_one_way", "probes arrive, or leave, in one direction only")          \
	X(LINK_UP, "link_up", "probes arrive in both directions")                                  \
	X(LINK_DOWN, "link_down", "a link was lost: a port went down, or no probe arrived")        \
	X(HOST_NEW, "host_new", "a host was seen for the first time")                              \
	X(HOST_MOVED, "host_moved", "a host was seen at another port")                             \
	X(HOST_GONE, "host_gone", "a host was not seen for long, or its port is gone")             \
	X(ADDRESS_NEW, "address_new", "a host was seen to have an address")                        \
	X(ADDRESS_MOVED, "address_moved", "an address was claimed by another host")

enum sdn_change_kind {
#define X(NAME, name, help) SDN_CHANGE_##NAME,
	SDN_CHANGE_LIST(X)
#undef X
	        SDN_CHANGE_KINDS,
};

// One end: a port by the names that operators have for it. datapath_id 0 and port 0: none.
struct sdn_change_end {
	uint64_t datapath_id;
	uint32_t port;
};

struct sdn_change {
	enum sdn_change_kind kind;
	uint16_t vid; // of a host
	mono_t at;
	struct sdn_change_end end;  // the switch or port; of a host: where it is
	struct sdn_change_end peer; // of a link: the other end; of HOST_MOVED: where it was
	struct mac mac;             // of a host
	struct addr addr;           // of ADDRESS_NEW and ADDRESS_MOVED
};

#define SDN_CHANGES_KEPT 256

struct sdn_changes {
	uint64_t put, taken; // numbers of changes since the beginning
	uint64_t lost;
	struct sdn_change ring[SDN_CHANGES_KEPT];
};

// Adds a change; the oldest is lost when the ring is full. changes may be NULL.
void sdn_change_put(struct sdn_changes *changes, const struct sdn_change *change);

// Takes the oldest; false when there is none.
bool sdn_change_take(struct sdn_changes *changes, struct sdn_change *change);

// "link_up".
const char *sdn_change_name(enum sdn_change_kind kind) PURE;
const char *sdn_change_help(enum sdn_change_kind kind) PURE;

#endif

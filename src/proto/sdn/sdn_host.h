// sdn_host: the hosts of the network: by hardware address and VLAN, with the port where each is and
// the addresses it was seen to have (ARP, neighbour discovery, DHCP). A host is learned at an edge
// only, never at a port that leads to a switch, or of which that is not known yet, and is forgotten
// when its port ceases to be an edge. Tables are of fixed size, with a bound for each port, so that
// a port that invents addresses takes no room from others. Every call costs constant time, but for
// those that name what they walk.
#ifndef SDN_SDN_HOST_H
#define SDN_SDN_HOST_H

#include "proto/sdn/sdn_frame.h"
#include "proto/sdn/sdn_topology.h"

// Name in code, name, help.
#define SDN_HOST_FAULTS(X)                                                                         \
	X(NOT_EDGE, "host.not_edge", "seen at a port that is no edge, or not yet")                 \
	X(RATE, "host.rate",                                                                       \
	  "more new hosts and addresses at the port than are learned per second")                  \
	X(PORT_FULL, "host.port_full", "the port has as many hosts as it may")                     \
	X(FULL, "host.full", "the table of hosts is full")                                         \
	X(FLAPPING, "host.flapping", "moved again sooner than a host may")                         \
	X(ADDRESS_FULL, "host.address_full", "the table of addresses is full")                     \
	X(GRANT, "host.grant", "DHCP answer at a port that is not declared a server's")

enum sdn_host_fault {
	SDN_HOST_LEARNED,
#define X(NAME, name, help) SDN_HOST_##NAME,
	SDN_HOST_FAULTS(X)
#undef X
	        SDN_HOST_FAULTS_END,
};

struct sdn_host_entry {
	struct mac mac;
	uint16_t vid;
	uint32_t port;
	mono_t since, seen, moved;
	struct sdn_list addresses; // the one that was seen last at the tail
	uint32_t addresses_len;
	uint32_t moves; // since it was new, of a network that several controllers share
};

struct sdn_host_address {
	struct addr addr;
	uint32_t host;
	mono_t seen;
	bool advertised, router; // by neighbour advertisement, and its R flag
};

struct sdn_host_port {
	struct sdn_list hosts;
	uint32_t hosts_len;
	uint32_t left; // of the topology's port, when its hosts were learned
	bool server;
	struct rate fresh;
};

struct sdn_host_conf {
	uint32_t hosts_max, addresses_max;
	uint32_t port_hosts_max;      // at one port
	uint32_t host_addresses_max;  // of one host: a further one takes the place of the oldest
	uint32_t fresh_per_s;         // new hosts, moves and addresses at one port
	uint64_t host_us, address_us; // until one that is not seen is forgotten
	uint64_t move_us;             // between two moves of a host
	uint64_t seed;                // of hash tables: a secret
	struct sdn_changes *changes;  // NULL: none
};

// Bounds for 100,000 hosts; seed and changes are to be set.
extern const struct sdn_host_conf sdn_host_defaults;

// Members are for reading.
struct sdn_hosts {
	struct sdn_host_conf conf;
	const struct sdn_topology *topology;
	struct sdn_host_entry *host;
	struct sdn_host_address *address;
	struct sdn_host_port *port;
	struct hash host_hash, address_hash;
	struct sdn_list hosts_free, addresses_free;
	struct sdn_list ageing, addresses_ageing; // by `seen`
	struct sdn_list_link *host_link, *host_port_link, *address_link, *address_host_link;
	uint32_t len, addresses_len;
	uint32_t hosts_used, addresses_used;   // numbers used so far
	uint64_t refused[SDN_HOST_FAULTS_END]; // by fault
};

// The topology stays open longer. 0, -EINVAL or -ENOMEM; all zeros can be closed.
int sdn_host_open(struct sdn_hosts *hosts, const struct sdn_host_conf *conf,
                  const struct sdn_topology *topology) MUST_CHECK;
void sdn_host_close(struct sdn_hosts *hosts);

// Whether answers of DHCP servers are believed that come in by the port.
void sdn_host_set_server(struct sdn_hosts *hosts, uint32_t port, bool server);

// Learns from a frame that was decoded without a fault, came in by the port and belongs to the
// VLAN. Returns the first fault; each is counted in `refused`.
enum sdn_host_fault sdn_host_input(struct sdn_hosts *hosts, const struct sdn_frame *frame,
                                   uint16_t vid, uint32_t port, mono_t now);

// What another controller knew of an edge whose switch is held: a host, its number or
// SDN_LIST_NONE when there is no room, an address of it, and that these were all hosts of the port:
// others, which were restored before `now`, are forgotten. Where controllers share the network a
// host that has moved as often or more and is at another port stays there; of equal ones at the
// higher place.
uint32_t sdn_host_restore(struct sdn_hosts *hosts, struct mac mac, uint16_t vid, uint32_t port,
                          uint32_t moves, mono_t now);
void sdn_host_restore_address(struct sdn_hosts *hosts, uint32_t host, struct addr addr, mono_t now);
void sdn_host_restore_end(struct sdn_hosts *hosts, uint32_t port, mono_t now);

// The number of a host that is where it was learned; SDN_LIST_NONE.
uint32_t sdn_host_find(const struct sdn_hosts *hosts, struct mac mac, uint16_t vid);
// The number of an address of such a host.
uint32_t sdn_host_find_address(const struct sdn_hosts *hosts, struct addr addr, uint16_t vid);

// Whether the port of the host is still the edge at which it was learned.
bool sdn_host_is_there(const struct sdn_hosts *hosts, uint32_t host);

// Forgets the hosts of a port that ceased to be an edge; costs these. Not necessary, since no call
// finds them any more: it makes room and reports them sooner.
void sdn_host_purge(struct sdn_hosts *hosts, uint32_t port, mono_t now);

// Forgets hosts and addresses that are due, at most `max` of them; not those of a switch that is
// held, of which nothing is seen.
void sdn_host_tick(struct sdn_hosts *hosts, uint32_t max, mono_t now);
mono_t sdn_host_next(const struct sdn_hosts *hosts);

// "host.flapping"; "none" for SDN_HOST_LEARNED.
const char *sdn_host_fault_name(enum sdn_host_fault fault) PURE;
const char *sdn_host_fault_help(enum sdn_host_fault fault) PURE;

#endif

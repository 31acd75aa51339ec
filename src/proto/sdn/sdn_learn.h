// sdn_learn: which host is at which port of which switch, and so where a frame goes: a learning
// switch (IEEE 802.1Q clauses 8.6 to 8.8) for each VLAN of each switch, as a table. Frame and
// instant in, decision out; the messages that carry it out are of sdn_learn_flow.h.
//
// Bounds: hosts and ports in all, hosts of a port, so that a port that invents addresses cannot
// push out those of others; floods of a port a second; moves of a host a second. A table that is
// full forgets the host that was silent for longest. Each call costs the same, whatever is in
// the table, but sdn_learn_port_forget and sdn_learn_leave: what they forget.
#ifndef SDN_SDN_LEARN_H
#define SDN_SDN_LEARN_H

#include "core/hash.h"
#include "core/metric.h"
#include "core/rate.h"
#include "core/span.h"

// As a VLAN of a frame: none, or its number with the bit of OXM_VLAN_PRESENT (OpenFlow 1.5.1
// section 7.2.3.8). A frame with a priority tag only is of the VLAN of those without a tag.
#define SDN_LEARN_UNTAGGED 0

// The VLAN of a match's vlan_vid.
static inline uint16_t sdn_learn_vlan(uint16_t vlan_match)
{
	return vlan_match & 0x0fff ? vlan_match : SDN_LEARN_UNTAGGED;
}

struct sdn_learn_conf {
	uint32_t switches;         // their numbers are less
	uint32_t hosts, ports;     // in all
	uint32_t hosts_per_port;   // at least 1
	uint32_t ports_per_switch; // at least 1
	uint32_t floods_per_s;     // of a port; 0: floods nothing
	uint32_t moves_per_s;      // of a host; at least 1
	uint64_t ageing_us;        // a host that sends nothing is forgotten
	uint64_t seed;             // a secret
};

// Why a frame is dropped: name in code, name, help.
#define SDN_LEARN_DROP_LIST(X)                                                                     \
	X(SHORT, "short", "frame is shorter than its header")                                      \
	X(SOURCE, "source", "source address is a group or zero")                                   \
	X(RESERVED, "reserved", "destination is a group that bridges do not forward")              \
	X(SAME_PORT, "same_port", "destination is at the port that the frame came from")           \
	X(STORM, "storm", "more frames of the port would be flooded than floods_per_s")            \
	X(FLAPPING, "flapping", "the host moved more often than moves_per_s")                      \
	X(PORT_FULL, "port_full", "there are too many ports, or hosts at the port")

// What is decided about a frame.
enum sdn_learn_verdict {
	SDN_LEARN_FORWARD,
	SDN_LEARN_FLOOD, // the destination is a group, or not known
#define X(NAME, name, help) SDN_LEARN_##NAME,
	SDN_LEARN_DROP_LIST(X)
#undef X
	        SDN_LEARN_VERDICTS,
};

struct sdn_learn_metric {
	counter_t learned, moved, aged;
	counter_t evicted; // the table was full
	counter_t refused; // not learned: too many ports, or hosts at the port
};

struct sdn_learn_host {
	uint8_t mac[6];
	uint16_t vlan;
	uint32_t switch_number; // UINT32_MAX: not in use
	uint32_t port;          // the number of a struct sdn_learn_port
	uint32_t older, newer;  // in the order of `seen`
	uint32_t prev, next;    // of the same port
	mono_t seen;            // to a second
	uint32_t moves_s;       // the second that `moves` counts
	uint32_t moves;
};

struct sdn_learn_port {
	uint32_t switch_number, port;
	uint32_t first, hosts;
	uint32_t prev, next; // of the same switch
	struct rate floods;
};

struct sdn_learn_switch {
	uint32_t first, ports;
};

struct sdn_learn {
	struct sdn_learn_conf conf;
	struct sdn_learn_metric metric;
	struct sdn_learn_host *host;
	struct sdn_learn_port *port;
	struct sdn_learn_switch *of_switch;
	struct hash hosts, ports;
	uint32_t hosts_used, ports_used; // those that were never used are not touched
	uint32_t free_host, free_port;
	uint32_t oldest, newest;
};

// 0, or -ENOMEM; -EINVAL for a table of 0 or more than 2^30. Memory that is not used is not
// touched.
int sdn_learn_open(struct sdn_learn *learn, const struct sdn_learn_conf *conf) MUST_CHECK;
// All zeros may be closed.
void sdn_learn_close(struct sdn_learn *learn);

// The header of a frame. vlan is as above; vlan_match what a match needs to hold it: of a frame
// with a priority tag OXM_VLAN_PRESENT.
struct sdn_learn_frame {
	uint8_t src[6], dst[6];
	uint16_t vlan, vlan_match;
	uint16_t ethertype; // of what the tag, if any, carries
};

// Reads the header; false: it is not whole.
bool sdn_learn_frame_parse(struct sdn_learn_frame *frame, struct span bytes) MUST_CHECK;

struct sdn_learn_outcome {
	enum sdn_learn_verdict verdict;
	uint32_t port; // of SDN_LEARN_FORWARD
	bool known;    // the source is in the table: without, no flow may be made for it
	bool moved;    // the source is at another port now than before: flows to it are wrong
};

// Learns the frame's source and decides where it goes. in_port is a port of the switch.
struct sdn_learn_outcome sdn_learn_input(struct sdn_learn *learn, uint32_t switch_number,
                                         uint32_t in_port, const struct sdn_learn_frame *frame,
                                         mono_t now);

// Learns from a flow of the switch that the host is at the port, unless it is known to be at
// another one, or cannot be learned. Whether it is at the port then.
bool sdn_learn_add(struct sdn_learn *learn, uint32_t switch_number, uint32_t port, uint16_t vlan,
                   const uint8_t mac[6], mono_t now);

// The port of a host; false: not known.
bool sdn_learn_find(const struct sdn_learn *learn, uint32_t switch_number, uint16_t vlan,
                    const uint8_t mac[6], uint32_t *port);

// Forgets the hosts of a port, whose link went down; of a switch, which is gone.
void sdn_learn_port_forget(struct sdn_learn *learn, uint32_t switch_number, uint32_t port);
void sdn_learn_leave(struct sdn_learn *learn, uint32_t switch_number);

// Forgets hosts that were silent for too long, up to `most`; returns when to call it again,
// MONO_NEVER while no host is known.
mono_t sdn_learn_tick(struct sdn_learn *learn, unsigned most, mono_t now);

struct sdn_learn_row {
	uint8_t mac[6];
	uint16_t vlan;
	uint32_t switch_number, port;
	mono_t seen;
};

// Lists hosts: *from is 0 at first; fills in up to n, looking at no more than `looks` places, and
// sets *from to where to go on, UINT32_MAX at the end.
unsigned sdn_learn_hosts(const struct sdn_learn *learn, uint32_t *from, uint32_t looks,
                         struct sdn_learn_row *rows, unsigned n);

#endif

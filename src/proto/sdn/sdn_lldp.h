// sdn_lldp: the probes by which the controller finds links: LLDP frames (IEEE 802.1AB-2016) that
// one switch sends from a port and another hands up with the port that they came in by. Each is
// signed with a key of the controller's and says when it was made, so that a host can neither make
// one nor keep one for later. Which link a probe shows, and that it shows one only once, is
// sdn_topology's.
#ifndef SDN_SDN_LLDP_H
#define SDN_SDN_LLDP_H

#include "core/hash.h"
#include "core/mac.h"
#include "core/mono.h"
#include "core/span.h"

// The longest probe, its Ethernet header included.
#define SDN_LLDP_PROBE_BYTES 100

// Time to live in the frame, for those that look at it without knowing the signature.
#define SDN_LLDP_TTL_S 120

// The nearest bridge (section 7.1): bridges between do not forward it.
#define SDN_LLDP_GROUP ((struct mac){UINT64_C(0x0e0000c28001)})

// Name in code, name, help. sdn_lldp_decode returns those up to EXPIRED, sdn_topology_input all.
#define SDN_LLDP_FAULTS(X)                                                                         \
	X(MALFORMED, "lldp.malformed", "a TLV is out of its place, or longer than the frame")      \
	X(FOREIGN, "lldp.foreign", "LLDP of a host or switch that is no probe of a controller")    \
	X(OTHER, "lldp.other", "probe of another controller")                                      \
	X(FORGED, "lldp.forged", "signature is wrong")                                             \
	X(EXPIRED, "lldp.expired", "probe is older than it may be, or from the future")            \
	X(RATE, "lldp.rate", "more LLDP by the port than is checked per second")                   \
	X(EDGE, "lldp.edge", "probe by a port that is declared to lead to hosts only, or is down") \
	X(UNKNOWN, "lldp.unknown", "probe of a port that no longer exists, or is down")            \
	X(REPLAYED, "lldp.replayed", "probe that was never sent, or was seen before")              \
	X(CONFLICT, "lldp.conflict", "one of the two ports has a link to a third")

enum sdn_lldp_fault {
	SDN_LLDP_SOUND,
#define X(NAME, name, help) SDN_LLDP_##NAME,
	SDN_LLDP_FAULTS(X)
#undef X
	        SDN_LLDP_FAULTS_END,
};

// What signs. Another controller has another instance and key.
struct sdn_lldp_key {
	uint8_t secret[HASH_SIP_KEY_BYTES]; // such as from seed_os
	uint32_t instance;
};

struct sdn_lldp_probe {
	uint64_t datapath_id; // of the switch that sends it
	uint32_t port;        // its number there
	uint32_t sequence;
	uint32_t instance; // read: of the controller that says it made it; encoded: the key's
	mono_t made;
};

// What another controller signs with: the secret in use, the one before, and the next one.
#define SDN_LLDP_SECRETS 3

struct sdn_lldp_peer {
	uint8_t secret[SDN_LLDP_SECRETS][HASH_SIP_KEY_BYTES];
	uint32_t instance;
};

// Appends the whole frame, with src as its source: the address of the port.
void sdn_lldp_encode(struct fill *out, const struct sdn_lldp_key *key,
                     const struct sdn_lldp_probe *probe, struct mac src);

// Checks what follows the type of an LLDP frame and reads the probe. One older than valid_us is
// SDN_LLDP_EXPIRED, with probe set, and so is that of another instance, SDN_LLDP_OTHER.
MUST_CHECK enum sdn_lldp_fault sdn_lldp_decode(struct sdn_lldp_probe *probe,
                                               const struct sdn_lldp_key *key, struct span pdu,
                                               mono_t now, uint64_t valid_us);

// Likewise of a probe of the peer's: its age is not looked at, since its clock is another one. It
// is bounded by how long the peer's secrets are believed.
MUST_CHECK enum sdn_lldp_fault sdn_lldp_decode_peer(struct sdn_lldp_probe *probe,
                                                    const struct sdn_lldp_peer *peer,
                                                    struct span pdu);

// "lldp.forged"; "none" for SDN_LLDP_SOUND.
const char *sdn_lldp_fault_name(enum sdn_lldp_fault fault) PURE;
const char *sdn_lldp_fault_help(enum sdn_lldp_fault fault) PURE;

#endif

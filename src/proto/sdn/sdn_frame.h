// sdn_frame: what a frame that a switch sent up says of hosts: which host claims which
// address, and looks for which. Reads Ethernet with one tag, ARP (RFC 826), neighbour solicitations
// and advertisements (RFC 4861) and DHCP (RFC 2131); anything else is a frame with addresses. Where
// the host is, is sdn_host's; what it is answered, sdn_proxy's.
#ifndef SDN_SDN_FRAME_H
#define SDN_SDN_FRAME_H

#include "core/addr.h"
#include "core/mac.h"
#include "core/span.h"

#define SDN_FRAME_TYPE_IPV4 0x0800
#define SDN_FRAME_TYPE_ARP  0x0806
#define SDN_FRAME_TYPE_VLAN 0x8100
#define SDN_FRAME_TYPE_IPV6 0x86dd
#define SDN_FRAME_TYPE_LLDP 0x88cc

// Name in code, name, help. A frame with a fault is not to be learned from, answered or flooded.
#define SDN_FRAME_FAULTS(X)                                                                        \
	X(SHORT, "frame.short", "frame ends before its headers do")                                \
	X(SOURCE, "frame.source", "source is a group's address, or zero")                          \
	X(ARP_FORMAT, "frame.arp_format", "ARP other than a request or reply of IPv4")             \
	X(ARP_MAC, "frame.arp_mac", "ARP's sender is not the source of the frame")                 \
	X(ARP_ADDRESS, "frame.arp_address", "ARP for an address that no host can have")            \
	X(IP_LENGTH, "frame.ip_length", "a length of IP or UDP contradicts the frame")             \
	X(NDP_HOP_LIMIT, "frame.ndp_hop_limit", "neighbour discovery from beyond the link")        \
	X(NDP_CODE, "frame.ndp_code", "neighbour discovery with a code that is not 0")             \
	X(NDP_CKSUM, "frame.ndp_cksum", "checksum of ICMPv6 is wrong")                             \
	X(NDP_SOURCE, "frame.ndp_source",                                                          \
	  "source address is a group's, or does not fit the message")                              \
	X(NDP_TARGET, "frame.ndp_target", "target is not a unicast address")                       \
	X(NDP_OPTION, "frame.ndp_option", "an option of neighbour discovery is malformed")         \
	X(NDP_MAC, "frame.ndp_mac", "link-layer address in an option is not the frame's source")   \
	X(DHCP_FORMAT, "frame.dhcp_format", "DHCP message is malformed")                           \
	X(DHCP_MAC, "frame.dhcp_mac", "DHCP client's address is not the frame's source")

enum sdn_frame_fault {
	SDN_FRAME_SOUND,
#define X(NAME, name, help) SDN_FRAME_##NAME,
	SDN_FRAME_FAULTS(X)
#undef X
	        SDN_FRAME_FAULTS_END,
};

enum sdn_frame_kind {
	SDN_FRAME_OTHER,
	SDN_FRAME_LLDP,
	SDN_FRAME_ARP_REQUEST,
	SDN_FRAME_ARP_REPLY,
	SDN_FRAME_SOLICITATION,  // RFC 4861 section 4.3
	SDN_FRAME_ADVERTISEMENT, // section 4.4
	SDN_FRAME_DHCP_CLIENT,   // from a client itself, not through a relay
	SDN_FRAME_DHCP_ACK,      // what a server grants
};

// A frame that was checked. Refers to the bytes that it was made of.
struct sdn_frame {
	enum sdn_frame_kind kind;
	struct mac dst, src;
	bool tagged;
	uint16_t tci;     // the tag
	uint16_t vid;     // of the tag; 0: there is none, or it gives a priority only
	uint16_t type;    // behind the tag
	struct span body; // behind the type; a short frame's padding is in it

	// The address that the frame says `owner` has; any of addr_is_any: none.
	struct addr claim;
	struct mac owner;

	// Of requests and solicitations: what is looked for, and the address to answer to, which
	// addr_is_any when the sender has none yet (RFC 5227, RFC 4862).
	struct addr target, asker;

	bool router; // of an advertisement: the R flag
};

// Checks and decodes a frame of len bytes, as far as a switch sent it. On a fault only what
// precedes it is set.
MUST_CHECK enum sdn_frame_fault sdn_frame_decode(struct sdn_frame *frame, const void *bytes,
                                                 size_t len);

// The one's complement sum of the ICMPv6 message and its pseudo-header (RFC 8200 section 8.1), to
// be stored in network order in the message, whose checksum is zero; 0 of a message that has its
// checksum and is intact.
uint16_t sdn_frame_cksum(struct addr src, struct addr dst, const void *icmp6, size_t len) PURE;

// "frame.short"; "none" for SDN_FRAME_SOUND.
const char *sdn_frame_fault_name(enum sdn_frame_fault fault) PURE;
const char *sdn_frame_fault_help(enum sdn_frame_fault fault) PURE;

#endif

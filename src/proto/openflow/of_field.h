// of_field: the match fields of class OpenFlow basic (OpenFlow 1.5.1 section 7.2.3.8): numbers,
// lengths, names, and how a value is printed. Fields of other classes (Nicira's registers, packet
// registers, an experimenter's) are carried as they are.
#ifndef OPENFLOW_OF_FIELD_H
#define OPENFLOW_OF_FIELD_H

#include "core/base.h"

// Name in code, number, text, bytes of a value, form.
#define OF_FIELD_LIST(X)                                                                           \
	X(IN_PORT, 0, "in_port", 4, PORT)                                                          \
	X(IN_PHY_PORT, 1, "in_phy_port", 4, PORT)                                                  \
	X(METADATA, 2, "metadata", 8, HEX)                                                         \
	X(ETH_DST, 3, "eth_dst", 6, MAC)                                                           \
	X(ETH_SRC, 4, "eth_src", 6, MAC)                                                           \
	X(ETH_TYPE, 5, "eth_type", 2, HEX)                                                         \
	X(VLAN_VID, 6, "vlan_vid", 2, HEX)                                                         \
	X(VLAN_PCP, 7, "vlan_pcp", 1, DECIMAL)                                                     \
	X(IP_DSCP, 8, "ip_dscp", 1, DECIMAL)                                                       \
	X(IP_ECN, 9, "ip_ecn", 1, DECIMAL)                                                         \
	X(IP_PROTO, 10, "ip_proto", 1, DECIMAL)                                                    \
	X(IPV4_SRC, 11, "ipv4_src", 4, IPV4)                                                       \
	X(IPV4_DST, 12, "ipv4_dst", 4, IPV4)                                                       \
	X(TCP_SRC, 13, "tcp_src", 2, DECIMAL)                                                      \
	X(TCP_DST, 14, "tcp_dst", 2, DECIMAL)                                                      \
	X(UDP_SRC, 15, "udp_src", 2, DECIMAL)                                                      \
	X(UDP_DST, 16, "udp_dst", 2, DECIMAL)                                                      \
	X(SCTP_SRC, 17, "sctp_src", 2, DECIMAL)                                                    \
	X(SCTP_DST, 18, "sctp_dst", 2, DECIMAL)                                                    \
	X(ICMPV4_TYPE, 19, "icmpv4_type", 1, DECIMAL)                                              \
	X(ICMPV4_CODE, 20, "icmpv4_code", 1, DECIMAL)                                              \
	X(ARP_OP, 21, "arp_op", 2, DECIMAL)                                                        \
	X(ARP_SPA, 22, "arp_spa", 4, IPV4)                                                         \
	X(ARP_TPA, 23, "arp_tpa", 4, IPV4)                                                         \
	X(ARP_SHA, 24, "arp_sha", 6, MAC)                                                          \
	X(ARP_THA, 25, "arp_tha", 6, MAC)                                                          \
	X(IPV6_SRC, 26, "ipv6_src", 16, IPV6)                                                      \
	X(IPV6_DST, 27, "ipv6_dst", 16, IPV6)                                                      \
	X(IPV6_FLABEL, 28, "ipv6_flabel", 4, HEX)                                                  \
	X(ICMPV6_TYPE, 29, "icmpv6_type", 1, DECIMAL)                                              \
	X(ICMPV6_CODE, 30, "icmpv6_code", 1, DECIMAL)                                              \
	X(IPV6_ND_TARGET, 31, "ipv6_nd_target", 16, IPV6)                                          \
	X(IPV6_ND_SLL, 32, "ipv6_nd_sll", 6, MAC)                                                  \
	X(IPV6_ND_TLL, 33, "ipv6_nd_tll", 6, MAC)                                                  \
	X(MPLS_LABEL, 34, "mpls_label", 4, DECIMAL)                                                \
	X(MPLS_TC, 35, "mpls_tc", 1, DECIMAL)                                                      \
	X(MPLS_BOS, 36, "mpls_bos", 1, DECIMAL)                                                    \
	X(PBB_ISID, 37, "pbb_isid", 3, HEX)                                                        \
	X(TUNNEL_ID, 38, "tunnel_id", 8, HEX)                                                      \
	X(IPV6_EXTHDR, 39, "ipv6_exthdr", 2, HEX)                                                  \
	X(PBB_UCA, 41, "pbb_uca", 1, DECIMAL)                                                      \
	X(TCP_FLAGS, 42, "tcp_flags", 2, HEX)                                                      \
	X(ACTSET_OUTPUT, 43, "actset_output", 4, PORT)                                             \
	X(PACKET_TYPE, 44, "packet_type", 4, HEX)

enum of_field {
#define X(NAME, number, text, bytes, form) OF_FIELD_##NAME = number,
	OF_FIELD_LIST(X)
#undef X
	        OF_FIELDS,
};

enum of_field_form {
	OF_FIELD_FORM_DECIMAL,
	OF_FIELD_FORM_HEX,
	OF_FIELD_FORM_PORT,
	OF_FIELD_FORM_MAC,
	OF_FIELD_FORM_IPV4,
	OF_FIELD_FORM_IPV6,
};

struct of_field_row {
	const char *name; // NULL: no such field
	uint8_t bytes, form;
};

extern const struct of_field_row of_field_rows[OF_FIELDS];

#endif

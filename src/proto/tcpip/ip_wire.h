// ip_wire: what the headers of IPv4 and IPv6 share: the numbers of the protocols
// above (RFC 790, IANA "Protocol Numbers"). The headers are in ipv4_wire.h and
// ipv6_wire.h.
#ifndef TCPIP_IP_WIRE_H
#define TCPIP_IP_WIRE_H

// IPv4's protocol field and IPv6's next header. Extension headers are in ipv6_wire.h.
#define IP_PROTOCOL_ICMP  1
#define IP_PROTOCOL_TCP   6
#define IP_PROTOCOL_UDP   17
#define IP_PROTOCOL_ICMP6 58

// The ECN field (RFC 3168 section 5), of IPv4's TOS and IPv6's traffic class.
#define IP_ECN_MASK 3
#define IP_ECN_ECT0 2 // the transport reacts to marks
#define IP_ECN_CE   3 // the mark

#define IP_TTL 64 // the default (RFC 1700); IPv6's hop limit

#endif

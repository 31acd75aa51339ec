// sdn_proxy: who is to get a frame of a host: the controller answers ARP requests and neighbour
// solicitations for hosts that it knows, so that few are flooded. It answers only for what it is
// sure of, as the host itself would: not for addresses that a host is about to take (RFC 5227, RFC
// 4862), and in IPv6 only for those that were advertised, since an answer says whether the host is
// a router.
#ifndef SDN_SDN_PROXY_H
#define SDN_SDN_PROXY_H

#include "proto/sdn/sdn_host.h"

// Whether bridges do not forward to the destination (IEEE 802.1Q-2018 table 8-1):
// 01-80-C2-00-00-00 to -0F.
bool sdn_proxy_is_reserved(struct mac mac) PURE;

enum sdn_proxy_verdict {
	SDN_PROXY_ANSWER,  // the reply is to be sent by the port that the frame came in by
	SDN_PROXY_FORWARD, // to the port of its destination
	SDN_PROXY_FLOOD,   // to all of its VLAN
	SDN_PROXY_DROP,
};

// The longest reply.
#define SDN_PROXY_REPLY_BYTES 96

// Appends the reply to an ARP request or neighbour solicitation: its target has the MAC address.
// router: the R flag of an advertisement.
void sdn_proxy_reply(struct fill *reply, const struct sdn_frame *frame, struct mac mac,
                     bool router);

// A frame that was decoded without a fault, came in by the port and belongs to the VLAN. A reply,
// with the tag of the frame, is appended to `reply`, which has room for SDN_PROXY_REPLY_BYTES.
enum sdn_proxy_verdict sdn_proxy_input(const struct sdn_hosts *hosts, const struct sdn_frame *frame,
                                       uint16_t vid, uint32_t port, struct fill *reply);

#endif

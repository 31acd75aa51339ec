// sdn_gateway: what a router that is no machine says, by the controller: that its addresses are its
// (ARP, neighbour discovery), that it is there (echo), and which host has an address. What a
// learned host is answered for is sdn_proxy.h's.
#ifndef SDN_SDN_GATEWAY_H
#define SDN_SDN_GATEWAY_H

#include "proto/sdn/sdn_frame.h"

// The longest question or ARP reply.
#define SDN_GATEWAY_BYTES 96

// Appends the reply to an ARP request or neighbour solicitation for an address that the router with
// this MAC address has, with the tag of the frame if it has one. Nothing for a solicitation of a
// host that is about to take the address (RFC 4862 section 5.4.3): the answer would have to go to a
// group.
void sdn_gateway_answer(struct fill *out, const struct sdn_frame *frame, struct mac router);

// Appends the reply to an echo request (RFC 792, RFC 4443 section 4.1), as long as it. False: the
// frame is none, was cut, is a fragment or has options.
bool sdn_gateway_echo(struct fill *out, const struct sdn_frame *frame) MUST_CHECK;

// Where an IP packet is from and to; false: it is none, or is cut.
bool sdn_gateway_addresses(const struct sdn_frame *frame, struct addr *src, struct addr *dst);

// Appends a broadcast ARP request, or a solicitation, for the target, from the router's address of
// the same family. vid: of a tag; 0: none.
void sdn_gateway_ask(struct fill *out, struct mac router, struct addr from, struct addr target,
                     uint16_t vid);

#endif

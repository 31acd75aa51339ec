// sender: the address that a frame has for its source, before anything of it is checked: for what
// looks at packets beside the stack, such as a count of the busiest clients. The address may be
// forged.
#ifndef TCPIP_SENDER_H
#define TCPIP_SENDER_H

#include "core/addr.h"

// False when the frame is not IP, with or without one VLAN tag, or is too short for a whole IP
// header, or its source is IPv6's form of an IPv4 address, which no host sends.
bool sender_of(const uint8_t *frame, size_t len, struct addr *sender) MUST_CHECK;

#endif

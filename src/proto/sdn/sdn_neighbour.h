// sdn_neighbour: writes ARP (RFC 826) and neighbour discovery (RFC 4861), as the controller sends
// them for hosts (sdn_proxy) and for routers (sdn_gateway). Each is a whole frame, padded, as a
// switch may send it as it is; the first MAC address of the content is the frame's source.
#ifndef SDN_SDN_NEIGHBOUR_H
#define SDN_SDN_NEIGHBOUR_H

#include "core/addr.h"
#include "core/mac.h"
#include "core/span.h"

// The shortest frame of a cable, without the check sequence.
#define SDN_NEIGHBOUR_FRAME_BYTES 60

struct sdn_neighbour_eth {
	struct mac dst, src;
	bool tagged;
	uint16_t tci; // the tag
};

enum sdn_neighbour_arp {
	SDN_NEIGHBOUR_ARP_REQUEST = 1,
	SDN_NEIGHBOUR_ARP_REPLY = 2,
};

// Of ICMPv6: a solicitation with the option of the source, or an advertisement with that of the
// target.
struct sdn_neighbour_ndp {
	bool advertises;
	uint32_t flags; // of an advertisement
	struct addr src, dst, target;
};

// The header alone, without padding.
void sdn_neighbour_put_eth(struct fill *out, const struct sdn_neighbour_eth *eth, uint16_t type);

// spa and tpa are IPv4 addresses; tha: of a request, all zeros.
void sdn_neighbour_put_arp(struct fill *out, const struct sdn_neighbour_eth *eth,
                           enum sdn_neighbour_arp op, struct addr spa, struct mac tha,
                           struct addr tpa);
void sdn_neighbour_put_ndp(struct fill *out, const struct sdn_neighbour_eth *eth,
                           const struct sdn_neighbour_ndp *ndp);

#endif

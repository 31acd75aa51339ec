// mld_wire: queries for listeners and their reports (RFC 3810 section 5). They
// are handled in mld.c.
#ifndef TCPIP_MLD_WIRE_H
#define TCPIP_MLD_WIRE_H

#include "proto/tcpip/icmp_wire.h"
#include "proto/tcpip/ipv6_wire.h"

#define MLD_HOP_LIMIT 1

#define MLD_IS_EXCLUDE 2 // mode: all senders of the group
#define MLD_TO_EXCLUDE 4 // change to that mode

// The fields that versions 1 and 2 share.
struct OVERLAY mld_query {
	uint8_t type, code;
	be16_t cksum, max_response, reserved;
	uint8_t group[16];
};
OVERLAY_SIZE(struct mld_query, 24, group, 8);

// The query at pkt->l4.
static inline struct mld_query *mld_query_of(const struct pkt *pkt)
{
	return (struct mld_query *)(pkt->page + pkt->l4);
}

struct OVERLAY mld_report {
	uint8_t type, code;
	be16_t cksum, reserved, records_len;
};
OVERLAY_SIZE(struct mld_report, 8, records_len, 6);

struct OVERLAY mld_record {
	uint8_t type, aux_len;
	be16_t sources_len;
	uint8_t group[16];
};
OVERLAY_SIZE(struct mld_record, 20, group, 4);

// A hop-by-hop header with the router alert option (RFC 2711).
struct OVERLAY mld_router_alert {
	uint8_t next, len;
	uint8_t alert, alert_len;
	be16_t value;
	uint8_t padn, padn_len;
};
OVERLAY_SIZE(struct mld_router_alert, 8, padn_len, 7);

// RFC 3810 sections 5.1.14 and 6.2, of len bytes from query.
static inline enum drop mld_check(const struct mld_query *query, size_t len, struct addr src,
                                  uint8_t hop_limit, bool router_alert)
{
	if (len < sizeof(*query))
		return DROP_ICMP6_SHORT;
	if (!addr_is_link_local(src) || hop_limit != MLD_HOP_LIMIT || !router_alert)
		return DROP_ICMP6_MLD;
	return DROP_NONE;
}

// RFC 3810 section 5.1.3: in milliseconds, from 32768 on in floating point.
static inline uint32_t mld_max_response_ms(const struct mld_query *query)
{
	uint32_t code = be16_get(query->max_response);

	if (code < 0x8000)
		return code;
	return (0x1000 | (code & 0x0fff)) << ((code >> 12 & 7) + 3);
}

#endif

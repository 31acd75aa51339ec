// mld: reports the solicited-node groups, at start and when queried; see the header.
#include "proto/tcpip/mld.h"

#include "proto/tcpip/cksum.h"
#include "proto/tcpip/ip.h"
#include "proto/tcpip/mld_wire.h"

#define RESPONSE_MAX_MS 10000

// Fills in one record for each group; returns how many.
static uint16_t write_records(const struct iface *iface, struct mld_record *record, uint8_t type)
{
	for (unsigned i = 0; i < iface->groups_len; i++) {
		record[i] = (struct mld_record){.type = type};
		addr_to_bytes(iface->groups[i], record[i].group);
	}
	return iface->groups_len;
}

// RFC 3810 section 5.2.13: unspecified while the link-local address is not used.
static struct addr source_of(const struct iface *iface)
{
	if (iface->ipv6_len && addr_is_link_local(iface->ipv6[0].addr))
		return iface->ipv6[0].addr;
	return (struct addr){0};
}

// RFC 3810 section 5.2, to all routers that know this version.
static void send_report(struct iface *iface, uint8_t type)
{
	struct addr routers = addr_from_bytes((const uint8_t[16]){0xff, 0x02, [15] = 0x16});
	struct ip_flow flow = {
	        iface, source_of(iface), routers, IPV6_NEXT_HOP_BY_HOP, MLD_HOP_LIMIT, 0};
	uint16_t size = (uint16_t)(sizeof(struct mld_router_alert) + sizeof(struct mld_report) +
	                           iface->groups_len * sizeof(struct mld_record));
	struct pkt *pkt = ip_alloc(&flow, size);
	struct mld_router_alert *alert;
	struct mld_report *report;
	uint16_t n, len;
	cksum_t sum;

	if (!pkt)
		return;
	alert = (struct mld_router_alert *)(pkt->page + pkt->l4);
	*alert = (struct mld_router_alert){
	        .next = IP_PROTOCOL_ICMP6,
	        .alert = IPV6_OPTION_ROUTER_ALERT,
	        .alert_len = sizeof(alert->value),
	        .padn = IPV6_OPTION_PADN,
	};
	report = (struct mld_report *)(alert + 1);
	n = write_records(iface, (struct mld_record *)(report + 1), type);
	len = (uint16_t)(sizeof(*report) + n * sizeof(struct mld_record));
	*report = (struct mld_report){.type = ICMP6_MLD2_REPORT, .records_len = be16(n)};
	sum = cksum_pseudo(flow.src, flow.dst, IP_PROTOCOL_ICMP6, len);
	report->cksum = cksum_finish(cksum_add(sum, report, len));
	ip_build(&flow, pkt, (uint16_t)(sizeof(*alert) + len));
	iface_send_to(iface, pkt, mac_of_ipv6_group(routers));
}

void mld_announce(struct iface *iface)
{
	send_report(iface, MLD_TO_EXCLUDE);
}

void mld_report(struct wheel_timer *timer, mono_t now)
{
	send_report(CONTAINER_OF(timer, struct iface, mld), MLD_IS_EXCLUDE);
}

static bool is_about_us(const struct iface *iface, struct addr group)
{
	return addr_is_any(group) || iface_in_group(iface, group);
}

// RFC 3810 section 6.2. One report lists all groups, so one timer is enough; the soonest of the
// times that were drawn counts.
enum drop mld_input(struct iface *iface, struct pkt *pkt, const struct ipv6_walk *walk, mono_t now)
{
	const struct ipv6_hdr *ip = ipv6_hdr_of(pkt);
	const struct mld_query *query = mld_query_of(pkt);
	enum drop reason = mld_check(query, (size_t)(pkt->off + pkt->len - pkt->l4),
	                             addr_from_bytes(ip->src), ip->hop_limit, walk->router_alert);
	uint64_t delay_us;
	mono_t due;

	if (reason)
		return reason;
	if (!is_about_us(iface, addr_from_bytes(query->group)))
		return DROP_ICMP6_MLD;
	delay_us = u64_min(mld_max_response_ms(query), RESPONSE_MAX_MS) * MS_US;
	due = mono_add(now, rand_below(&iface->rand, delay_us + 1));
	if (!wheel_timer_armed(&iface->mld) || due.us < iface->mld.when.us)
		wheel_add(iface->wheel, &iface->mld, due);
	pkt_put(pkt);
	return DROP_NONE;
}

// narrow: a path around a port whose MTU changes while packets are in flight. What is longer is
// dropped in both directions; a router reports it (RFC 1191, RFC 8201) or not.
#ifndef SIM_NARROW_H
#define SIM_NARROW_H

#include "tcpip/frames.h"

#include "core/netif.h"

#include <stdlib.h>

#define NARROW_REPORTS 8 // that wait to be received

struct narrow {
	struct netif netif;
	struct netif *inner;
	uint16_t mtu;
	bool reports;
	unsigned dropped, waiting;
	struct pkt *report[NARROW_REPORTS];
};

// The report about a frame; its addresses are those of the frame, the other way round.
static inline struct pkt *narrow_report(const struct narrow *narrow, const struct pkt *pkt)
{
	const uint8_t *eth = pkt_data(pkt), *ip_hdr = eth + 14;
	bool v4 = get16(eth + 12) == 0x0800;
	size_t quoted = v4 ? 28 : 48;
	uint8_t l4[8 + 48] = {v4 ? 3 : 2, v4 ? 4 : 0};
	struct addr from, to;
	struct frame f;
	struct pkt *report = pkt_alloc(narrow->netif.pool[0]);

	if (!report)
		return NULL;
	put16(l4 + 6, narrow->mtu);
	memcpy(l4 + 8, ip_hdr, quoted);
	if (v4) {
		from = addr_from_ipv4(*(const be32_t *)(ip_hdr + 16));
		to = addr_from_ipv4(*(const be32_t *)(ip_hdr + 12));
	} else {
		from = addr_from_bytes(ip_hdr + 24);
		to = addr_from_bytes(ip_hdr + 8);
	}
	f = frame_ip(from, to, v4 ? 1 : 58, l4, 8 + quoted);
	memcpy(f.b, eth + 6, 6);
	memcpy(f.b + 6, eth, 6);
	pkt_set_len(report, (uint16_t)f.len);
	memcpy(pkt_data(report), f.b, f.len);
	report->iface = narrow->netif.iface;
	return report;
}

static inline bool narrow_fits(const struct narrow *narrow, const struct pkt *pkt)
{
	return pkt->next || pkt->len <= 14 + narrow->mtu;
}

static inline unsigned narrow_rx(struct netif *netif, unsigned queue, struct pkt **pkts, unsigned n)
{
	struct narrow *narrow = CONTAINER_OF(netif, struct narrow, netif);
	unsigned kept = 0, got;

	narrow->inner->metric[queue] = netif->metric[queue];
	narrow->inner->iface = netif->iface;
	while (narrow->waiting && kept < n)
		pkts[kept++] = narrow->report[--narrow->waiting];
	got = narrow->inner->ops->rx_burst(narrow->inner, queue, pkts + kept, n - kept);
	for (unsigned i = 0, from = kept; i < got; i++) {
		struct pkt *pkt = pkts[from + i], *report;

		if (narrow_fits(narrow, pkt)) {
			pkts[kept++] = pkt;
			continue;
		}
		narrow->dropped++;
		report = narrow->reports ? narrow_report(narrow, pkt) : NULL;
		if (report && narrow->inner->ops->tx_burst(narrow->inner, queue, &report, 1) == 0)
			pkt_put(report);
		pkt_put(pkt);
	}
	return kept;
}

static inline unsigned narrow_tx(struct netif *netif, unsigned queue, struct pkt **pkts, unsigned n)
{
	struct narrow *narrow = CONTAINER_OF(netif, struct narrow, netif);

	for (unsigned i = 0; i < n; i++) {
		if (narrow_fits(narrow, pkts[i])) {
			if (narrow->inner->ops->tx_burst(narrow->inner, queue, &pkts[i], 1) == 0)
				return i;
			continue;
		}
		narrow->dropped++;
		if (narrow->reports && narrow->waiting < NARROW_REPORTS) {
			struct pkt *report = narrow_report(narrow, pkts[i]);

			if (report)
				narrow->report[narrow->waiting++] = report;
		}
		pkt_put(pkts[i]);
	}
	return n;
}

static inline mono_t narrow_deadline(struct netif *netif, unsigned queue)
{
	struct narrow *narrow = CONTAINER_OF(netif, struct narrow, netif);

	return narrow->inner->ops->deadline(narrow->inner, queue);
}

static inline void narrow_close(struct netif *netif)
{
	struct narrow *narrow = CONTAINER_OF(netif, struct narrow, netif);

	while (narrow->waiting)
		pkt_put(narrow->report[--narrow->waiting]);
	narrow->inner->ops->close(narrow->inner);
	free(narrow);
}

// Owns inner, which has a deadline, from now on.
static inline struct narrow *narrow_open(struct netif *inner)
{
	static const struct netif_ops ops = {.rx_burst = narrow_rx,
	                                     .tx_burst = narrow_tx,
	                                     .deadline = narrow_deadline,
	                                     .close = narrow_close};
	struct narrow *narrow = calloc(1, sizeof(*narrow));

	assert_non_null(narrow);
	narrow->netif = *inner;
	narrow->netif.ops = &ops;
	narrow->netif.offloads = 0;
	narrow->inner = inner;
	narrow->mtu = UINT16_MAX - 14;
	return narrow;
}

#endif

// tcp_packet: see the header. A page of the queue is sent as it is, with the headers written before
// its bytes, when no device holds it from before; else it is copied.
#include "proto/tcpip/tcp/tcp_packet.h"

#include "proto/tcpip/cksum.h"

void tcp_packet_send(const struct ip_flow *flow, struct pkt *pkt, const struct tcp_packet *out,
                     uint32_t ack, mono_t now)
{
	struct tcp_hdr *hdr = tcp_hdr_of(pkt);
	uint16_t hdr_len = (uint16_t)(sizeof(*hdr) + out->options_len);
	uint16_t l4_len = (uint16_t)(hdr_len + out->len);
	cksum_t pseudo = cksum_pseudo(flow->src, flow->dst, IP_PROTOCOL_TCP, l4_len);

	*hdr = (struct tcp_hdr){.src_port = be16(out->local_port),
	                        .dst_port = be16(out->remote_port),
	                        .seq = be32(out->seq),
	                        .ack = be32(ack),
	                        .offset = (uint8_t)(hdr_len / 4 << 4),
	                        .flags = out->flags,
	                        .window = be16(out->window)};
	memcpy(hdr + 1, out->options, out->options_len);
	pkt->gso_size = out->cut;
	ip_build(flow, pkt, l4_len);
	if (out->cut || (flow->iface->offloads & NETIF_TX_L4_CKSUM)) {
		pkt->tx_flags |= PKT_TX_TCP_CKSUM;
		hdr->cksum = cksum_fold(pseudo);
	} else {
		hdr->cksum = cksum_finish(cksum_add_pkt(pseudo, pkt, pkt->l4, l4_len));
	}
	ip_send(flow, pkt, now);
}

uint16_t tcp_packet_window(struct tcp_conn *conn, uint8_t shift)
{
	uint32_t window = tcp_window(conn), offered = conn->rcv_edge - conn->rcv_nxt;
	uint32_t units = window >> shift;

	if (units << shift < offered)
		units = (offered + (UINT32_C(1) << shift) - 1) >> shift;
	units = (uint32_t)size_min(units, UINT16_MAX);
	conn->rcv_edge = tcp_seq_max(conn->rcv_edge, conn->rcv_nxt + (units << shift));
	return (uint16_t)units;
}

static void add_options(struct tcp_conn *conn, struct tcp_packet *out, mono_t now)
{
	bool ts = conn->flags & TCP_CONN_TS;
	bool sacks = out->len == 0 && (conn->reasm.head != TCP_NONE || conn->dsack_len) &&
	             (conn->flags & TCP_CONN_SACK);
	bool uto = unlikely(conn->flags & TCP_CONN_UTO_NOW) && out->len == 0;
	struct tcp_options options;

	out->options_len = 0;
	if (!ts && likely(!sacks) && !uto)
		return;
	options = (struct tcp_options){
	        .has = (uint8_t)((ts ? TCP_OPTION_TS : 0) | (uto ? TCP_OPTION_UTO : 0)),
	        .uto = conn->uto,
	        .ts_val = tcp_ms(now) + conn->ts_offset,
	        .ts_ecr = conn->ts_recent,
	};
	if (unlikely(sacks)) {
		options.sacks = tcp_recv_sacks(conn, options.sack);
		conn->dsack_len = 0; // reported once
	}
	if (unlikely(uto))
		conn->flags &= ~(uint32_t)TCP_CONN_UTO_NOW;
	out->options_len = tcp_option_write(&options, out->options);
}

bool tcp_packet_retry(struct tcp_conn *conn, mono_t now)
{
	conn->ack_due = mono_add(now, TCP_RETRY_US);
	tcp_timer_set(conn);
	return false;
}

bool tcp_packet_empty(struct tcp_conn *conn, struct tcp_packet *out, mono_t now)
{
	struct ip_flow flow = tcp_packet_flow(conn);
	struct pkt *pkt;

	out->local_port = conn->local_port;
	out->remote_port = conn->remote_port;
	if (!(out->flags & TCP_SYN)) {
		if (unlikely(conn->ecn & TCP_ECN_ECHO))
			out->flags |= TCP_ECE;
		out->window = tcp_packet_window(conn, conn->rcv_shift);
		add_options(conn, out, now);
	}
	pkt = ip_alloc(&flow, (uint16_t)(sizeof(struct tcp_hdr) + out->options_len));
	if (!pkt)
		return tcp_packet_retry(conn, now);
	tcp_packet_send(&flow, pkt, out, out->flags & TCP_ACK ? conn->rcv_nxt : 0, now);
	return true;
}

// A driver may still read a page that it took before, although it gave its reference back.
static inline bool is_ours(const struct iface *iface, const struct tcp_seg *seg, bool split)
{
	return !(seg->flags & TCP_SEG_SENT) && seg->pkt->refs <= 1 + split &&
	       (!iface->pool->kind || seg->pkt->pool->kind == iface->pool->kind);
}

bool tcp_packet_is_ours(const struct iface *iface, const struct tcp_seg *seg, bool split)
{
	return is_ours(iface, seg, split);
}

bool tcp_packet_cuts(const struct tcp_conn *conn)
{
	const struct iface *iface = conn->iface;
	uint32_t tso = addr_is_ipv4(conn->remote) ? NETIF_TX_TSO4 : NETIF_TX_TSO6;

	return iface->tso_pages > 1 && (iface->offloads & tso);
}

// The segment's page, as it is, behind another.
static void append_page(const struct tcp_seg *seg, struct pkt **last)
{
	struct pkt *pkt = pkt_get(seg->pkt);

	pkt->off = seg->off;
	pkt->len = seg->len;
	(*last)->next = pkt;
	*last = pkt;
}

// Makes the page of a part of the queue the packet that is sent; false: others hold it, or
// there is no room for headers before the part, or bytes that are still needed.
static bool take_page(const struct ip_flow *flow, const struct tcp_seg *seg, bool split,
                      uint16_t hdr_len)
{
	struct pkt *pkt = seg->pkt;
	uint16_t off = seg->off, len = seg->len;
	uint16_t before = (uint16_t)(flow->iface->hdr_len + ip_hdr_len(flow) + hdr_len);

	if (!is_ours(flow->iface, seg, split) || off < before)
		return false;
	// Short frames are padded, which must not overwrite what follows the part.
	if (split && len < TCP_MSS_MIN)
		return false;
	pkt->off = pkt->l4 = (uint16_t)(off - hdr_len);
	pkt->len = (uint16_t)(hdr_len + len);
	pkt->l3 = (uint16_t)(pkt->l4 - ip_hdr_len(flow));
	pkt->rx_flags = 0;
	iface_frame(flow->iface, pkt, addr_is_ipv4(flow->dst) ? ETH_TYPE_IPV4 : ETH_TYPE_IPV6);
	pkt_get(pkt);
	return true;
}

// RFC 3168 sections 6.1.2 and 6.1.5: only what is sent for the first time may be marked by
// routers, and reports that the window was lowered. Returns the packet's ECN field.
static uint8_t mark(struct tcp_conn *conn, const struct tcp_seg *seg, struct tcp_packet *out)
{
	if (conn->ecn & TCP_ECN_ECHO)
		out->flags |= TCP_ECE;
	if (seg->seq != conn->snd_nxt)
		return 0;
	if (conn->ecn & TCP_ECN_CWR)
		out->flags |= TCP_CWR;
	conn->ecn &= (uint8_t)~TCP_ECN_CWR;
	return IP_ECN_ECT0;
}

// The headers in a page of their own, before a page without room for them.
static COLD struct pkt *begin_before(struct tcp_conn *conn, const struct ip_flow *flow,
                                     const struct tcp_seg *seg, uint16_t hdr_len, mono_t now)
{
	struct pkt *pkt = ip_alloc(flow, hdr_len), *last = pkt;

	if (!pkt) {
		(void)tcp_packet_retry(conn, now);
		return NULL;
	}
	append_page(seg, &last);
	pkt->more = seg->len;
	return pkt;
}

static inline struct pkt *begin(struct tcp_conn *conn, const struct tcp_seg *seg,
                                struct ip_flow *flow, struct tcp_packet *out, mono_t now)
{
	struct pkt *pkt = seg->pkt;
	uint16_t hdr_len;

	*flow = tcp_packet_flow(conn);
	if (unlikely(conn->ecn & TCP_ECN_ON))
		flow->tos = mark(conn, seg, out);
	out->local_port = conn->local_port;
	out->remote_port = conn->remote_port;
	out->seq = seg->seq;
	out->len = seg->len;
	out->window = tcp_packet_window(conn, conn->rcv_shift);
	add_options(conn, out, now);
	hdr_len = (uint16_t)(sizeof(struct tcp_hdr) + out->options_len);
	if (likely(take_page(flow, seg, out->split, hdr_len)))
		return pkt;
	if (tcp_packet_cuts(conn) && is_ours(flow->iface, seg, out->split))
		return begin_before(conn, flow, seg, hdr_len, now);
	pkt = ip_alloc(flow, (uint16_t)(hdr_len + out->len));
	if (!pkt) {
		(void)tcp_packet_retry(conn, now);
		return NULL;
	}
	memcpy(pkt->page + pkt->l4 + hdr_len, seg->pkt->page + seg->off, out->len);
	counter_add(&conn->tcp->metric->tcp.copied_bytes, out->len);
	return pkt;
}

struct pkt *tcp_packet_begin(struct tcp_conn *conn, const struct tcp_seg *seg, struct ip_flow *flow,
                             struct tcp_packet *out, mono_t now)
{
	return begin(conn, seg, flow, out, now);
}

bool tcp_packet_seg(struct tcp_conn *conn, const struct tcp_seg *seg, struct tcp_packet *out,
                    mono_t now)
{
	struct ip_flow flow;
	struct pkt *pkt = begin(conn, seg, &flow, out, now);

	if (!pkt)
		return false;
	tcp_packet_send(&flow, pkt, out, conn->rcv_nxt, now);
	return true;
}

// Parts of the queue that hold the first len bytes from there on.
static unsigned parts_of(const struct tcp_conn *conn, uint32_t index, uint16_t len)
{
	const struct tcp_seg *seg = conn->tcp->seg;
	unsigned n = 0;

	for (uint32_t have = 0; have < len; index = seg[index].next, n++)
		have += seg[index].len;
	return n;
}

// Bytes of several parts of the queue, copied to one packet.
static bool send_gathered(struct tcp_conn *conn, uint32_t index, uint16_t len,
                          struct tcp_packet *out, mono_t now)
{
	struct ip_flow flow = tcp_packet_flow(conn);
	const struct tcp_seg *seg = conn->tcp->seg;
	struct pkt *pkt;
	uint8_t *to;

	if (unlikely(conn->ecn & TCP_ECN_ON))
		flow.tos = mark(conn, &seg[index], out);
	out->local_port = conn->local_port;
	out->remote_port = conn->remote_port;
	out->seq = seg[index].seq;
	out->len = len;
	out->window = tcp_packet_window(conn, conn->rcv_shift);
	add_options(conn, out, now);
	pkt = ip_alloc(&flow, (uint16_t)(sizeof(struct tcp_hdr) + out->options_len + len));
	if (!pkt)
		return tcp_packet_retry(conn, now);
	to = pkt->page + pkt->l4 + sizeof(struct tcp_hdr) + out->options_len;
	for (const uint8_t *end = to + len; to < end; index = seg[index].next) {
		memcpy(to, seg[index].pkt->page + seg[index].off, seg[index].len);
		to += seg[index].len;
	}
	counter_add(&conn->tcp->metric->tcp.copied_bytes, len);
	tcp_packet_send(&flow, pkt, out, conn->rcv_nxt, now);
	return true;
}

bool tcp_packet_long(struct tcp_conn *conn, uint32_t index, uint16_t len, struct tcp_packet *out,
                     mono_t now)
{
	const struct tcp_seg *seg = conn->tcp->seg;
	struct ip_flow flow;
	struct pkt *pkt, *last;

	if (seg[index].len == len) {
		out->split = seg[index].next != TCP_NONE;
		return tcp_packet_seg(conn, &seg[index], out, now);
	}
	// Headers may need a page of their own.
	if (parts_of(conn, index, len) >= conn->iface->tx_pages)
		return send_gathered(conn, index, len, out, now);
	pkt = tcp_packet_begin(conn, &seg[index], &flow, out, now);
	if (!pkt)
		return false;
	for (last = pkt->next ? pkt->next : pkt; out->len < len;) {
		index = seg[index].next;
		if (!tcp_packet_append(&flow, &seg[index], true, &last)) {
			pkt_put(pkt);
			return tcp_packet_retry(conn, now);
		}
		pkt->more += seg[index].len;
		out->len = (uint16_t)(out->len + seg[index].len);
	}
	tcp_packet_send(&flow, pkt, out, conn->rcv_nxt, now);
	return true;
}

// What reports that the window was lowered goes alone, for not all devices take the report out of
// the segments behind the first (RFC 3168 section 6.1.2).
uint32_t tcp_packet_max(const struct tcp_conn *conn, const struct ip_flow *flow,
                        const struct tcp_packet *out)
{
	if (!tcp_packet_cuts(conn) || (out->flags & TCP_CWR))
		return 0;
	return tcp_min((uint32_t)(UINT16_MAX - sizeof(struct tcp_hdr) - out->options_len -
	                          ip_hdr_len(flow) - flow->iface->hdr_len),
	               OFFLOAD_SEGMENTS_MAX * (uint32_t)tcp_payload(conn));
}

static struct pkt *copy_of(const struct ip_flow *flow, const struct tcp_seg *seg)
{
	struct pkt *pkt = pkt_alloc(flow->iface->pool);

	if (!pkt)
		return NULL;
	if (pkt_tailroom(pkt) < seg->len) {
		pkt_put(pkt);
		return NULL;
	}
	pkt_set_len(pkt, seg->len);
	memcpy(pkt_data(pkt), seg->pkt->page + seg->off, seg->len);
	counter_add(&flow->iface->metric->tcp.copied_bytes, seg->len);
	return pkt;
}

bool tcp_packet_append(const struct ip_flow *flow, const struct tcp_seg *seg, bool split,
                       struct pkt **last)
{
	struct pkt *copy;

	if (likely(is_ours(flow->iface, seg, split))) {
		append_page(seg, last);
		return true;
	}
	copy = copy_of(flow, seg);
	if (!copy)
		return false;
	(*last)->next = copy;
	*last = copy;
	return true;
}

// tcp_reply: answers to segments that belong to no connection: SYN cookies and resets.
#include "proto/tcpip/tcp/tcp_cookie.h"
#include "proto/tcpip/tcp/tcp_packet.h"

// Towards where a segment came from.
static struct ip_flow flow_back(const struct ip_flow *flow)
{
	return (struct ip_flow){.iface = flow->iface,
	                        .src = flow->dst,
	                        .dst = flow->src,
	                        .protocol = IP_PROTOCOL_TCP,
	                        .ttl = IP_TTL};
}

// Timestamps say what does not fit into the cookie, so without them there is no more than an
// MSS (section 3.6 of RFC 4987 has the limitation).
bool tcp_reply_cookie(struct tcp *tcp, const struct ip_flow *flow, const struct tcp_peers *peers,
                      const struct tcp_in *in, const struct tcp_cookie_answer *answer, mono_t now)
{
	struct ip_flow back = flow_back(flow);
	struct tcp_options options = {.mss = answer->mss};
	struct tcp_packet out = {.local_port = peers->local_port,
	                         .remote_port = peers->remote_port,
	                         .seq = answer->iss,
	                         .flags = TCP_SYN | TCP_ACK,
	                         .window = TCP_COOKIE_WINDOW};
	struct pkt *pkt;

	if (in->options.has & tcp->options & TCP_OPTION_TS) {
		options.has = in->options.has & tcp->options;
		options.wscale = tcp->wscale;
		options.ts_val = tcp_cookie_ts(&in->options, tcp_ms(now)) + answer->ts_offset;
		options.ts_ecr = in->options.ts_val;
	}
	options.has |= TCP_OPTION_MSS;
	out.options_len = tcp_option_write(&options, out.options);
	if (batch_room(flow->iface->exit.out) == 0)
		return false;
	pkt = ip_alloc(&back, (uint16_t)(sizeof(struct tcp_hdr) + out.options_len));
	if (!pkt)
		return false;
	tcp_packet_send(&back, pkt, &out, in->seq + 1, now);
	return true;
}

void tcp_reply_reset(struct tcp *tcp, const struct ip_flow *flow, const struct tcp_peers *peers,
                     const struct tcp_in *in, mono_t now)
{
	struct ip_flow back = flow_back(flow);
	struct tcp_packet out = {.local_port = peers->local_port,
	                         .remote_port = peers->remote_port,
	                         .flags = TCP_RST};
	uint32_t ack = 0;
	struct pkt *pkt;

	if (in->flags & TCP_RST)
		return;
	if (batch_room(flow->iface->exit.out) == 0 || !rate_take(&tcp->rsts, now)) {
		counter_add(&tcp->metric->drop[DROP_TCP_RATE], 1);
		return;
	}
	if (in->flags & TCP_ACK) {
		out.seq = in->ack;
	} else {
		out.flags |= TCP_ACK;
		ack = in->seq + in->len + !!(in->flags & TCP_SYN) + !!(in->flags & TCP_FIN);
	}
	pkt = ip_alloc(&back, sizeof(struct tcp_hdr));
	if (pkt)
		tcp_packet_send(&back, pkt, &out, ack, now);
}

// sdn_proxy: see the header.
#include "proto/sdn/sdn_proxy.h"

#include "proto/sdn/sdn_neighbour.h"

#define NDP_ROUTER    UINT32_C(0x80000000)
#define NDP_SOLICITED UINT32_C(0x40000000)

bool sdn_proxy_is_reserved(struct mac mac)
{
	return (mac.bits & UINT64_C(0xf0ffffffffff)) == UINT64_C(0x0000c28001);
}

void sdn_proxy_reply(struct fill *reply, const struct sdn_frame *frame, struct mac mac, bool router)
{
	struct sdn_neighbour_eth eth = {
	        .dst = frame->src, .src = mac, .tagged = frame->tagged, .tci = frame->tci};
	// RFC 4861 section 7.2.4; the override flag is for the host itself (section 7.2.8).
	struct sdn_neighbour_ndp ndp = {.advertises = true,
	                                .flags = NDP_SOLICITED | (router ? NDP_ROUTER : 0),
	                                .src = frame->target,
	                                .dst = frame->asker,
	                                .target = frame->target};

	if (frame->kind == SDN_FRAME_ARP_REQUEST)
		sdn_neighbour_put_arp(reply, &eth, SDN_NEIGHBOUR_ARP_REPLY, frame->target,
		                      frame->src, frame->asker);
	else
		sdn_neighbour_put_ndp(reply, &eth, &ndp);
}

static enum sdn_proxy_verdict request_input(const struct sdn_hosts *hosts,
                                            const struct sdn_frame *frame, uint16_t vid,
                                            uint32_t port, struct fill *reply)
{
	const struct sdn_host_address *address;
	const struct sdn_host_entry *host;
	uint32_t found;

	if (addr_is_any(frame->asker) || addr_eq(frame->asker, frame->target))
		return SDN_PROXY_FLOOD;
	found = sdn_host_find_address(hosts, frame->target, vid);
	if (found == SDN_LIST_NONE)
		return SDN_PROXY_FLOOD;
	address = &hosts->address[found];
	host = &hosts->host[address->host];
	// It has heard the request itself.
	if (host->port == port)
		return SDN_PROXY_DROP;
	if (frame->kind == SDN_FRAME_SOLICITATION && !address->advertised)
		return SDN_PROXY_FLOOD;
	sdn_proxy_reply(reply, frame, host->mac, address->router);
	return SDN_PROXY_ANSWER;
}

enum sdn_proxy_verdict sdn_proxy_input(const struct sdn_hosts *hosts, const struct sdn_frame *frame,
                                       uint16_t vid, uint32_t port, struct fill *reply)
{
	if (frame->kind == SDN_FRAME_LLDP || sdn_proxy_is_reserved(frame->dst))
		return SDN_PROXY_DROP;
	// A unicast request asks whether the host is still there (RFC 1122 section 2.3.2.1, RFC
	// 4861 section 7.3.3), which it has to say itself.
	if (!mac_is_group(frame->dst))
		return SDN_PROXY_FORWARD;
	if (frame->kind == SDN_FRAME_ARP_REQUEST || frame->kind == SDN_FRAME_SOLICITATION)
		return request_input(hosts, frame, vid, port, reply);
	return SDN_PROXY_FLOOD;
}

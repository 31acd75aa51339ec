// sdn_proxy: see the header.
#include "proto/sdn/sdn_proxy.h"

#define ARP_REPLY      2
#define NDP_ADVERTISE  UINT32_C(136)
#define NDP_ROUTER     UINT32_C(0x80000000)
#define NDP_SOLICITED  UINT32_C(0x40000000)
#define NDP_TARGET_MAC 2
#define NDP_BYTES      32 // an advertisement with one option
#define IP_ICMP6       58

bool sdn_proxy_is_reserved(struct mac mac)
{
	return (mac.bits & UINT64_C(0xf0ffffffffff)) == UINT64_C(0x0000c28001);
}

static void mac_put(struct fill *out, struct mac mac)
{
	uint8_t bytes[6];

	mac_store(bytes, mac);
	fill_bytes(out, bytes, sizeof(bytes));
}

static void ipv6_put(struct fill *out, struct addr addr)
{
	uint8_t bytes[16];

	addr_to_bytes(addr, bytes);
	fill_bytes(out, bytes, sizeof(bytes));
}

// Back to the sender, with its tag.
static void eth_put(struct fill *out, const struct sdn_frame *frame, struct mac src)
{
	mac_put(out, frame->src);
	mac_put(out, src);
	if (frame->tagged) {
		fill_u16(out, SDN_FRAME_TYPE_VLAN);
		fill_u16(out, frame->tci);
	}
	fill_u16(out, frame->type);
}

static void arp_put(struct fill *out, const struct sdn_frame *frame, struct mac mac)
{
	eth_put(out, frame, mac);
	fill_u32(out, 0x00010800);
	fill_u32(out, 0x06040000 | ARP_REPLY);
	mac_put(out, mac);
	fill_u32(out, be32_get(addr_ipv4(frame->target)));
	mac_put(out, frame->src);
	fill_u32(out, be32_get(addr_ipv4(frame->asker)));
}

// RFC 4861 section 7.2.4; the override flag is for the host itself (section 7.2.8).
static void ndp_put(struct fill *out, const struct sdn_frame *frame, struct mac mac, bool router)
{
	uint8_t room[NDP_BYTES];
	struct fill message = fill_of(room, sizeof(room));
	be16_t *cksum = (be16_t *)(room + 2);

	fill_u32(&message, NDP_ADVERTISE << 24);
	fill_u32(&message, NDP_SOLICITED | (router ? NDP_ROUTER : 0));
	ipv6_put(&message, frame->target);
	fill_u8(&message, NDP_TARGET_MAC);
	fill_u8(&message, 1);
	mac_put(&message, mac);
	*cksum = be16(sdn_frame_cksum(frame->target, frame->asker, room, sizeof(room)));

	eth_put(out, frame, mac);
	fill_u32(out, UINT32_C(6) << 28);
	fill_u32(out, NDP_BYTES << 16 | IP_ICMP6 << 8 | 255);
	ipv6_put(out, frame->target);
	ipv6_put(out, frame->asker);
	fill_bytes(out, room, sizeof(room));
}

// Padded, as the switch may send it as it is.
void sdn_proxy_reply(struct fill *reply, const struct sdn_frame *frame, struct mac mac, bool router)
{
	size_t begin = fill_len(reply);

	if (frame->kind == SDN_FRAME_ARP_REQUEST)
		arp_put(reply, frame, mac);
	else
		ndp_put(reply, frame, mac, router);
	while (fill_len(reply) - begin < SDN_PROXY_FRAME_BYTES && !reply->bad)
		fill_u8(reply, 0);
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

// sdn_gateway: see the header.
#include "proto/sdn/sdn_gateway.h"

#include "proto/sdn/sdn_neighbour.h"
#include "proto/sdn/sdn_proxy.h"

#define IP_ICMP       1
#define IP_ICMP6      58
#define IP4_BYTES     20
#define IP6_BYTES     40
#define ECHO_REQUEST  8
#define ECHO6_REQUEST 128
#define HOP_LIMIT     64

void sdn_gateway_answer(struct fill *out, const struct sdn_frame *frame, struct mac router)
{
	if (frame->kind == SDN_FRAME_SOLICITATION && addr_is_any(frame->asker))
		return;
	sdn_proxy_reply(out, frame, router, true);
}

bool sdn_gateway_addresses(const struct sdn_frame *frame, struct addr *src, struct addr *dst)
{
	bool ipv4 = frame->type == SDN_FRAME_TYPE_IPV4;
	struct span s = frame->body;
	const uint8_t *head = span_take(&s, ipv4 ? IP4_BYTES : IP6_BYTES);

	if (s.bad || (!ipv4 && frame->type != SDN_FRAME_TYPE_IPV6) ||
	    head[0] >> 4 != (ipv4 ? 4 : 6))
		return false;
	if (ipv4) {
		be32_t from, to;

		memcpy(&from, head + 12, sizeof(from));
		memcpy(&to, head + 16, sizeof(to));
		*src = addr_from_ipv4(from);
		*dst = addr_from_ipv4(to);
	} else {
		*src = addr_from_bytes(head + 8);
		*dst = addr_from_bytes(head + 24);
	}
	return true;
}

// The checksum of a message of which one word has become another (RFC 1624).
static uint16_t cksum_update(uint16_t cksum, uint16_t was, uint16_t is)
{
	uint32_t sum = (uint32_t)(uint16_t)~cksum + (uint16_t)~was + is;

	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

static uint16_t load16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static void store16(uint8_t *p, uint16_t value)
{
	p[0] = (uint8_t)(value >> 8);
	p[1] = (uint8_t)value;
}

// The length of the whole IP packet; 0: it is no echo request, or none that is answered.
static size_t echo_len(const struct sdn_frame *frame)
{
	const uint8_t *head = frame->body.p;
	size_t left = span_left(&frame->body), len;

	if (frame->type == SDN_FRAME_TYPE_IPV4) {
		if (left < IP4_BYTES + 8 || head[0] != 0x45 || head[9] != IP_ICMP ||
		    load16(head + 6) & 0x3fff || head[IP4_BYTES] != ECHO_REQUEST)
			return 0;
		len = load16(head + 2);
		return len >= IP4_BYTES + 8 && len <= left ? len : 0;
	}
	if (frame->type != SDN_FRAME_TYPE_IPV6 || left < IP6_BYTES + 8 || head[0] >> 4 != 6 ||
	    head[6] != IP_ICMP6 || head[IP6_BYTES] != ECHO6_REQUEST)
		return 0;
	len = IP6_BYTES + (size_t)load16(head + 4);
	return len >= IP6_BYTES + 8 && len <= left ? len : 0;
}

// Turns the request into the reply. The swap of addresses leaves checksums as they are.
static void echo_turn(uint8_t *packet, bool ipv4)
{
	unsigned at = ipv4 ? 12 : 8, len = ipv4 ? 4 : 16;
	uint8_t *icmp = packet + (ipv4 ? IP4_BYTES : IP6_BYTES), src[16];
	uint16_t was = load16(icmp);

	memcpy(src, packet + at, len);
	memcpy(packet + at, packet + at + len, len);
	memcpy(packet + at + len, src, len);
	icmp[0] = ipv4 ? 0 : ECHO6_REQUEST + 1;
	store16(icmp + 2, cksum_update(load16(icmp + 2), was, load16(icmp)));
	if (ipv4) {
		was = load16(packet + 8);
		packet[8] = HOP_LIMIT;
		store16(packet + 10, cksum_update(load16(packet + 10), was, load16(packet + 8)));
	} else {
		packet[7] = HOP_LIMIT;
	}
}

bool sdn_gateway_echo(struct fill *out, const struct sdn_frame *frame)
{
	struct sdn_neighbour_eth eth = {
	        .dst = frame->src, .src = frame->dst, .tagged = frame->tagged, .tci = frame->tci};
	size_t len = echo_len(frame);
	uint8_t *packet;

	if (len == 0)
		return false;
	sdn_neighbour_put_eth(out, &eth, frame->type);
	packet = fill_take(out, len);
	if (!packet || out->bad)
		return false;
	memcpy(packet, frame->body.p, len);
	echo_turn(packet, frame->type == SDN_FRAME_TYPE_IPV4);
	return true;
}

// To the group of the solicited node (RFC 4291 section 2.7.1, RFC 2464 section 7).
static void ndp_ask(struct fill *out, struct sdn_neighbour_eth eth, struct addr from,
                    struct addr target)
{
	uint8_t bytes[16], group[16] = {0xff, 0x02, [11] = 1, [12] = 0xff};
	uint8_t group_mac[6] = {0x33, 0x33, 0xff};

	addr_to_bytes(target, bytes);
	memcpy(group + 13, bytes + 13, 3);
	memcpy(group_mac + 3, bytes + 13, 3);
	eth.dst = mac_load(group_mac);
	sdn_neighbour_put_ndp(out, &eth,
	                      &(struct sdn_neighbour_ndp){.src = from,
	                                                  .dst = addr_from_bytes(group),
	                                                  .target = target});
}

void sdn_gateway_ask(struct fill *out, struct mac router, struct addr from, struct addr target,
                     uint16_t vid)
{
	struct sdn_neighbour_eth eth = {
	        .dst = MAC_BROADCAST, .src = router, .tagged = vid != 0, .tci = vid};

	if (addr_is_ipv4(target))
		sdn_neighbour_put_arp(out, &eth, SDN_NEIGHBOUR_ARP_REQUEST, from, (struct mac){0},
		                      target);
	else
		ndp_ask(out, eth, from, target);
}

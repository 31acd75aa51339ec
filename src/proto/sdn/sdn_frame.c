// sdn_frame: see the header. Everything is read through spans: a frame comes from a host, by way of
// a switch that may have cut it.
#include "proto/sdn/sdn_frame.h"

#define ARP_BYTES      28
#define IP_UDP         17
#define IP_ICMP6       58
#define IPV6_BYTES     40
#define NDP_HOP_LIMIT  255
#define NDP_SOLICIT    135
#define NDP_ADVERTISE  136
#define NDP_SOURCE_MAC 1
#define NDP_TARGET_MAC 2
#define NDP_ROUTER     UINT32_C(0x80000000)
#define DHCP_SERVER    67
#define DHCP_CLIENT    68
#define DHCP_MAGIC     UINT32_C(0x63825363)
#define DHCP_TYPE      53
#define DHCP_ACK       5

static struct mac mac_take(struct span *s)
{
	const uint8_t *p = span_take(s, 6);

	return p ? mac_load(p) : (struct mac){0};
}

static struct addr ipv4_take(struct span *s)
{
	const be32_t *p = (const be32_t *)span_take(s, 4);

	return addr_from_ipv4(p ? *p : (be32_t){0});
}

static struct addr ipv6_take(struct span *s)
{
	const uint8_t *p = span_take(s, 16);

	return p ? addr_from_bytes(p) : (struct addr){0};
}

// Whether a host may have the IPv4 address: none of "this network", loopback, multicast and
// reserved ones (RFC 6890), of which the limited broadcast is one.
static bool ipv4_is_host(struct addr addr)
{
	uint8_t first = (uint8_t)(be32_get(addr_ipv4(addr)) >> 24);

	return first != 0 && first != 127 && first < 224;
}

static bool ipv6_is_host(struct addr addr)
{
	static const struct addr loopback = {0, UINT64_C(1) << 56};

	return !addr_is_any(addr) && !addr_is_multicast(addr) && !addr_is_ipv4(addr) &&
	       !addr_eq(addr, loopback);
}

static enum sdn_frame_fault arp_decode(struct sdn_frame *frame)
{
	struct span s = frame->body;
	uint32_t hardware_protocol = span_u32(&s), lengths_oper = span_u32(&s);
	struct mac sender = mac_take(&s);
	struct addr spa = ipv4_take(&s), tpa;
	uint16_t oper = (uint16_t)lengths_oper;

	mac_take(&s);
	tpa = ipv4_take(&s);
	if (s.bad)
		return SDN_FRAME_SHORT;
	if (hardware_protocol != 0x00010800 || lengths_oper >> 16 != 0x0604 || oper < 1 || oper > 2)
		return SDN_FRAME_ARP_FORMAT;
	if (!mac_eq(sender, frame->src))
		return SDN_FRAME_ARP_MAC;
	if (!ipv4_is_host(tpa) && !(oper == 2 && addr_is_any(tpa)))
		return SDN_FRAME_ARP_ADDRESS;
	if (!ipv4_is_host(spa) && !(oper == 1 && addr_is_any(spa)))
		return SDN_FRAME_ARP_ADDRESS;
	frame->kind = oper == 1 ? SDN_FRAME_ARP_REQUEST : SDN_FRAME_ARP_REPLY;
	frame->claim = frame->asker = spa;
	frame->target = tpa;
	return SDN_FRAME_SOUND;
}

static uint64_t sum_add(uint64_t sum, const uint8_t *p, size_t len)
{
	for (; len > 1; len -= 2, p += 2)
		sum += (uint64_t)p[0] << 8 | p[1];
	return len ? sum + ((uint64_t)p[0] << 8) : sum;
}

uint16_t sdn_frame_cksum(struct addr src, struct addr dst, const void *icmp6, size_t len)
{
	uint8_t addrs[32];
	uint64_t sum;

	addr_to_bytes(src, addrs);
	addr_to_bytes(dst, addrs + 16);
	sum = sum_add(len + IP_ICMP6, addrs, sizeof(addrs));
	sum = sum_add(sum, icmp6, len);
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

// Finds the link-layer address in the option of that type; zero when there is none.
static enum sdn_frame_fault ndp_options(struct span s, uint8_t wanted, struct mac *mac)
{
	*mac = (struct mac){0};
	while (span_left(&s)) {
		uint8_t type = span_u8(&s);
		size_t len = span_u8(&s) * 8u;
		struct span value = span_sub(&s, len ? len - 2 : SIZE_MAX);

		if (value.bad || (type == wanted && len != 8))
			return SDN_FRAME_NDP_OPTION;
		if (type == wanted)
			*mac = mac_take(&value);
	}
	return SDN_FRAME_SOUND;
}

// The message, whose checksum is right (sections 7.1.1 and 7.1.2).
static enum sdn_frame_fault ndp_decode(struct sdn_frame *frame, struct span s, struct addr src,
                                       bool solicit)
{
	uint32_t head = span_u32(&s), flags = span_u32(&s);
	struct addr target = ipv6_take(&s);
	enum sdn_frame_fault fault;
	struct mac mac;

	if (s.bad)
		return SDN_FRAME_SHORT;
	if (head >> 16 & 0xff)
		return SDN_FRAME_NDP_CODE;
	if (!ipv6_is_host(target))
		return SDN_FRAME_NDP_TARGET;
	if (!ipv6_is_host(src) && !(solicit && addr_is_any(src)))
		return SDN_FRAME_NDP_SOURCE;
	fault = ndp_options(s, solicit ? NDP_SOURCE_MAC : NDP_TARGET_MAC, &mac);
	if (fault)
		return fault;
	if (mac.bits && solicit && addr_is_any(src))
		return SDN_FRAME_NDP_SOURCE;
	if (mac.bits && !mac_eq(mac, frame->src))
		return SDN_FRAME_NDP_MAC;
	frame->target = target;
	if (solicit) {
		frame->kind = SDN_FRAME_SOLICITATION;
		frame->asker = src;
		frame->claim = mac.bits ? src : (struct addr){0};
		return SDN_FRAME_SOUND;
	}
	frame->kind = SDN_FRAME_ADVERTISEMENT;
	frame->claim = target;
	frame->router = flags & NDP_ROUTER;
	return SDN_FRAME_SOUND;
}

static enum sdn_frame_fault ipv6_decode(struct sdn_frame *frame)
{
	struct span s = frame->body, message;
	uint32_t version = span_u32(&s) >> 28, length_next_hops = span_u32(&s);
	struct addr src = ipv6_take(&s), dst = ipv6_take(&s);
	uint8_t type;

	if (s.bad)
		return SDN_FRAME_SHORT;
	// With extension headers it is no neighbour discovery that hosts accept (RFC 6980).
	if (version != 6 || (length_next_hops >> 8 & 0xff) != IP_ICMP6 || !span_left(&s))
		return SDN_FRAME_SOUND;
	type = *s.p;
	if (type != NDP_SOLICIT && type != NDP_ADVERTISE)
		return SDN_FRAME_SOUND;
	message = span_sub(&s, length_next_hops >> 16);
	if (message.bad)
		return SDN_FRAME_IP_LENGTH;
	if ((length_next_hops & 0xff) != NDP_HOP_LIMIT)
		return SDN_FRAME_NDP_HOP_LIMIT;
	if (sdn_frame_cksum(src, dst, message.p, span_left(&message)))
		return SDN_FRAME_NDP_CKSUM;
	return ndp_decode(frame, message, src, type == NDP_SOLICIT);
}

// The type of the message (RFC 2132 section 9.6); 0 when there is none before the end of what the
// switch sent.
static uint8_t dhcp_type(struct span s)
{
	while (span_left(&s) && !s.bad) { // bad: an option that is longer than the message
		uint8_t code = span_u8(&s);
		struct span value;

		if (code == 0)
			continue;
		if (code == 255)
			break;
		value = span_sub(&s, span_u8(&s));
		if (code == DHCP_TYPE)
			return span_u8(&value);
	}
	return 0;
}

// A message that the switch has cut before its end is not looked at.
static enum sdn_frame_fault dhcp_decode(struct sdn_frame *frame, struct span s, bool client,
                                        bool is_cut)
{
	uint32_t op_htype_hlen = span_u32(&s) >> 8;
	struct addr ciaddr, yiaddr, giaddr;
	struct mac chaddr;
	uint32_t magic;

	span_take(&s, 8); // xid, secs, flags
	ciaddr = ipv4_take(&s);
	yiaddr = ipv4_take(&s);
	span_take(&s, 4); // siaddr
	giaddr = ipv4_take(&s);
	chaddr = mac_take(&s);
	span_take(&s, 10 + 64 + 128); // the rest of chaddr, sname, file
	magic = span_u32(&s);
	if (s.bad && is_cut)
		return SDN_FRAME_SOUND;
	if (s.bad || magic != DHCP_MAGIC || op_htype_hlen != (client ? 0x010106 : 0x020106) ||
	    !mac_is_host(chaddr))
		return SDN_FRAME_DHCP_FORMAT;
	if (!addr_is_any(giaddr))
		return SDN_FRAME_SOUND;
	frame->owner = chaddr;
	if (client) {
		if (!mac_eq(chaddr, frame->src))
			return SDN_FRAME_DHCP_MAC;
		frame->kind = SDN_FRAME_DHCP_CLIENT;
		frame->claim = ipv4_is_host(ciaddr) ? ciaddr : (struct addr){0};
	} else if (dhcp_type(s) == DHCP_ACK && ipv4_is_host(yiaddr)) {
		frame->kind = SDN_FRAME_DHCP_ACK;
		frame->claim = yiaddr;
	}
	return SDN_FRAME_SOUND;
}

// Only DHCP is looked at: any other packet of IPv4 is the hosts' own affair.
static enum sdn_frame_fault ipv4_decode(struct sdn_frame *frame)
{
	struct span s = frame->body, packet;
	uint32_t version_length = span_u32(&s), fragment = span_u32(&s), protocol = span_u32(&s);
	size_t head = (version_length >> 24 & 15) * 4, total = version_length & 0xffff;
	uint16_t from, to, length;

	if (s.bad)
		return SDN_FRAME_SHORT;
	if (version_length >> 28 != 4 || (protocol >> 16 & 0xff) != IP_UDP || fragment & 0x3fff)
		return SDN_FRAME_SOUND;
	if (head < 20 || total < head)
		return SDN_FRAME_IP_LENGTH;
	s = frame->body;
	packet = span_sub(&s, size_min(total, span_left(&s)));
	span_take(&packet, head);
	from = span_u16(&packet);
	to = span_u16(&packet);
	length = span_u16(&packet);
	span_take(&packet, 2);
	if (packet.bad)
		return SDN_FRAME_SHORT;
	if (!(from == DHCP_CLIENT && to == DHCP_SERVER) &&
	    !(from == DHCP_SERVER && to == DHCP_CLIENT))
		return SDN_FRAME_SOUND;
	if (length < 8 || head + length > total)
		return SDN_FRAME_IP_LENGTH;
	return dhcp_decode(frame, packet, from == DHCP_CLIENT, total > span_left(&frame->body));
}

enum sdn_frame_fault sdn_frame_decode(struct sdn_frame *frame, const void *bytes, size_t len)
{
	struct span s = span_of(bytes, len);

	*frame = (struct sdn_frame){0};
	frame->dst = mac_take(&s);
	frame->src = frame->owner = mac_take(&s);
	frame->type = span_u16(&s);
	if (frame->type == SDN_FRAME_TYPE_VLAN) {
		frame->tagged = true;
		frame->tci = span_u16(&s);
		frame->vid = frame->tci & 0x0fff;
		frame->type = span_u16(&s);
	}
	if (s.bad)
		return SDN_FRAME_SHORT;
	if (!mac_is_host(frame->src))
		return SDN_FRAME_SOURCE;
	frame->body = s;
	switch (frame->type) {
	case SDN_FRAME_TYPE_LLDP:
		frame->kind = SDN_FRAME_LLDP;
		return SDN_FRAME_SOUND;
	case SDN_FRAME_TYPE_ARP:
		return arp_decode(frame);
	case SDN_FRAME_TYPE_IPV4:
		return ipv4_decode(frame);
	case SDN_FRAME_TYPE_IPV6:
		return ipv6_decode(frame);
	default:
		return SDN_FRAME_SOUND;
	}
}

static const struct {
	const char *name, *help;
} faults[] = {[SDN_FRAME_SOUND] = {"none", "nothing is wrong"},
#define X(NAME, name, help) [SDN_FRAME_##NAME] = {name, help},
              SDN_FRAME_FAULTS(X)
#undef X
};

const char *sdn_frame_fault_name(enum sdn_frame_fault fault)
{
	return faults[fault].name;
}

const char *sdn_frame_fault_help(enum sdn_frame_fault fault)
{
	return faults[fault].help;
}

// packet: built and judged byte by byte, with slow checksums. What a script expects of a
// packet is compared in match.c.
#include "packet.h"

#include "proto/tcpip/tcp_wire.h"

#include <netinet/in.h>
#include <string.h>

#define PACKET_IPV4 20
#define PACKET_IPV6 40
#define PACKET_TCP  20
#define PACKET_UDP  8
#define PACKET_ICMP 8

static void packet_put16(uint8_t *at, uint32_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static void packet_put32(uint8_t *at, uint32_t value)
{
	packet_put16(at, value >> 16);
	packet_put16(at + 2, value);
}

static uint16_t packet_get16(const uint8_t *at)
{
	return (uint16_t)(at[0] << 8 | at[1]);
}

static uint32_t packet_get32(const uint8_t *at)
{
	return (uint32_t)packet_get16(at) << 16 | packet_get16(at + 2);
}

// RFC 1071, continued from sum.
static uint32_t packet_sum(uint32_t sum, const uint8_t *at, size_t len)
{
	for (size_t i = 0; i < len; i++)
		sum += i % 2 ? at[i] : (uint32_t)at[i] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

// Of the upper layer with its pseudo header: 0xffff when the checksum in it is right.
static uint32_t packet_l4_sum(const uint8_t *ip, uint8_t protocol, const uint8_t *l4, size_t len)
{
	bool v4 = ip[0] >> 4 == 4;
	uint32_t sum = 0;

	if (protocol != IPPROTO_ICMP)
		sum = packet_sum((uint32_t)len + protocol, ip + (v4 ? 12 : 8), v4 ? 8 : 32);
	return packet_sum(sum, l4, len);
}

static size_t packet_sum_offset(uint8_t protocol)
{
	return protocol == IPPROTO_TCP ? 16 : protocol == IPPROTO_UDP ? 6 : 2;
}

static size_t packet_build_ip(const struct packet *packet, uint8_t *bytes, size_t len)
{
	uint8_t src[16], dst[16];
	uint8_t ttl = packet->ttl ? packet->ttl : 64;

	addr_to_bytes(packet->src, src);
	addr_to_bytes(packet->dst, dst);
	if (addr_is_ipv4(packet->src)) {
		memcpy(bytes, (const uint8_t[]){0x45, packet->tos}, 2);
		packet_put16(bytes + 2, (uint32_t)(PACKET_IPV4 + len));
		memcpy(bytes + 8, (const uint8_t[]){ttl, packet->protocol}, 2);
		memcpy(bytes + 12, src + 12, 4);
		memcpy(bytes + 16, dst + 12, 4);
		packet_put16(bytes + 10, ~packet_sum(0, bytes, PACKET_IPV4));
		return PACKET_IPV4;
	}
	packet_put32(bytes, 6u << 28 | (uint32_t)packet->tos << 20 | packet->flow_label);
	packet_put16(bytes + 4, (uint32_t)len);
	memcpy(bytes + 6, (const uint8_t[]){packet->protocol, ttl}, 2);
	memcpy(bytes + 8, src, 16);
	memcpy(bytes + 24, dst, 16);
	return PACKET_IPV6;
}

static size_t packet_build_tcp(const struct packet *packet, uint8_t *at)
{
	size_t len = PACKET_TCP + packet->options_len;

	packet_put16(at, packet->src_port);
	packet_put16(at + 2, packet->dst_port);
	packet_put32(at + 4, packet->seq);
	packet_put32(at + 8, packet->ack);
	at[12] = (uint8_t)(len / 4 << 4 | packet->reserved);
	at[13] = packet->flags;
	packet_put16(at + 14, packet->window);
	packet_put16(at + 18, packet->urgent);
	memcpy(at + PACKET_TCP, packet->options, packet->options_len);
	return len;
}

static size_t packet_build_l4(const struct packet *packet, uint8_t *at)
{
	if (packet->protocol == IPPROTO_TCP)
		return packet_build_tcp(packet, at);
	if (packet->protocol == IPPROTO_UDP) {
		packet_put16(at, packet->src_port);
		packet_put16(at + 2, packet->dst_port);
		packet_put16(at + 4, PACKET_UDP + packet->len);
		return PACKET_UDP;
	}
	memcpy(at, (const uint8_t[]){packet->type, packet->code}, 2);
	packet_put32(at + 4, packet->mtu);
	if (packet->id)
		packet_put16(at + 4, packet->id);
	return PACKET_ICMP;
}

size_t packet_build(const struct packet *packet, uint8_t bytes[PACKET_BYTES])
{
	size_t ip = addr_is_ipv4(packet->src) ? PACKET_IPV4 : PACKET_IPV6;
	uint8_t *l4 = bytes + ip;
	uint32_t sum;
	size_t len;

	if (packet->len > PACKET_BYTES - ip - PACKET_TCP - SCRIPT_OPTIONS_BYTES)
		return 0;
	memset(bytes, 0, ip + PACKET_TCP + SCRIPT_OPTIONS_BYTES);
	len = packet_build_l4(packet, l4);
	for (uint32_t i = 0; i < packet->len; i++)
		l4[len + i] = packet->payload ? packet->payload[i]
		                              : packet_byte(packet->offset + (uint64_t)i);
	len += packet->len;
	packet_build_ip(packet, bytes, len);
	sum = ~packet_l4_sum(bytes, packet->protocol, l4, len) & 0xffff;
	packet_put16(l4 + packet_sum_offset(packet->protocol),
	             sum == 0 && packet->protocol == IPPROTO_UDP ? 0xffff : sum);
	return ip + len;
}

// Fills in what the IP header has; returns where the upper layer is, or 0. *len becomes its
// length: what is behind the packet is padding.
static size_t packet_parse_ip(struct packet *packet, const uint8_t *bytes, size_t *len)
{
	size_t total;

	if (*len >= PACKET_IPV4 && bytes[0] == 0x45) {
		total = packet_get16(bytes + 2);
		if (total < PACKET_IPV4 || total > *len ||
		    packet_sum(0, bytes, PACKET_IPV4) != 0xffff)
			return 0;
		packet->src = addr_from_ipv4(be32(packet_get32(bytes + 12)));
		packet->dst = addr_from_ipv4(be32(packet_get32(bytes + 16)));
		packet->tos = bytes[1];
		packet->ttl = bytes[8];
		packet->protocol = bytes[9];
		*len = total - PACKET_IPV4;
		return PACKET_IPV4;
	}
	if (*len < PACKET_IPV6 || bytes[0] >> 4 != 6)
		return 0;
	total = packet_get16(bytes + 4);
	if (total > *len - PACKET_IPV6)
		return 0;
	packet->src = addr_from_bytes(bytes + 8);
	packet->dst = addr_from_bytes(bytes + 24);
	packet->tos = (uint8_t)(packet_get16(bytes) >> 4);
	packet->flow_label = packet_get32(bytes) & 0xfffff;
	packet->ttl = bytes[7];
	packet->protocol = bytes[6];
	*len = total;
	return PACKET_IPV6;
}

static size_t packet_parse_tcp(struct packet *packet, const uint8_t *l4, size_t len)
{
	size_t header = len < PACKET_TCP ? 0 : (size_t)(l4[12] >> 4) * 4;

	if (header < PACKET_TCP || header > len)
		return 0;
	packet->src_port = packet_get16(l4);
	packet->dst_port = packet_get16(l4 + 2);
	packet->seq = packet_get32(l4 + 4);
	packet->ack = packet_get32(l4 + 8);
	packet->reserved = l4[12] & 15;
	packet->flags = l4[13];
	packet->window = packet_get16(l4 + 14);
	packet->urgent = packet_get16(l4 + 18);
	packet->options_len = (uint8_t)(header - PACKET_TCP);
	memcpy(packet->options, l4 + PACKET_TCP, packet->options_len);
	return header;
}

static size_t packet_parse_l4(struct packet *packet, const uint8_t *l4, size_t len)
{
	if (packet->protocol == IPPROTO_TCP)
		return packet_parse_tcp(packet, l4, len);
	if (len < PACKET_UDP)
		return 0;
	if (packet->protocol == IPPROTO_UDP) {
		packet->src_port = packet_get16(l4);
		packet->dst_port = packet_get16(l4 + 2);
		return packet_get16(l4 + 4) == len ? PACKET_UDP : 0;
	}
	if (packet->protocol != IPPROTO_ICMP && packet->protocol != IPPROTO_ICMPV6)
		return 0;
	packet->type = l4[0];
	packet->code = l4[1];
	packet->mtu = packet_get32(l4 + 4);
	packet->id = packet_get16(l4 + 4);
	return PACKET_ICMP;
}

int packet_parse(struct packet *packet, const uint8_t *bytes, size_t len, struct why *why)
{
	size_t l4_len = len, header, ip;

	*packet = (struct packet){0};
	ip = packet_parse_ip(packet, bytes, &l4_len);
	if (ip == 0)
		return why_fail(why, -EINVAL, "a packet of %zu bytes with a broken IP header", len);
	header = packet_parse_l4(packet, bytes + ip, l4_len);
	if (header == 0)
		return why_fail(why, -EINVAL, "a packet with a broken header of protocol %u",
		                packet->protocol);
	if (packet_l4_sum(bytes, packet->protocol, bytes + ip, l4_len) != 0xffff)
		return why_fail(why, -EINVAL, "a packet with a wrong checksum of protocol %u",
		                packet->protocol);
	packet->payload = bytes + ip + header;
	packet->len = (uint32_t)(l4_len - header);
	return 0;
}

int packet_option(const struct packet *packet, unsigned *at, uint8_t **value, unsigned *value_len)
{
	uint8_t *options = (uint8_t *)(uintptr_t)packet->options;
	unsigned left = packet->options_len - *at, len;

	*value = NULL;
	*value_len = 0;
	if (left == 0)
		return -1;
	if (options[*at] <= 1)
		return options[(*at)++];
	len = left < 2 ? 0 : options[*at + 1];
	if (len < 2 || len > left)
		return -1;
	*value = options + *at + 2;
	*value_len = len - 2;
	*at += len;
	return (*value)[-2];
}

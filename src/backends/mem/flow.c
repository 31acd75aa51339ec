// flow: see the header.
#include "backends/mem/flow.h"

#include "core/hash.h"
#include "core/span.h"

// Steering is to be the same in each run.
#define SEED UINT64_C(0x77616469)

#define TYPE_VLAN 0x8100
#define TYPE_IPV4 0x0800
#define TYPE_IPV6 0x86dd

#define PROTO_TCP 6
#define PROTO_UDP 17

static uint32_t hash_of(const uint8_t *addrs, size_t addrs_len, const uint8_t *ports)
{
	uint64_t hash = hash_key(SEED, addrs, addrs_len);
	uint32_t folded;

	if (ports)
		hash = hash_key(hash, ports, 4);
	folded = (uint32_t)(hash ^ hash >> 32);
	return folded ? folded : 1;
}

static const uint8_t *ports_of(struct span *s, uint8_t proto)
{
	return proto == PROTO_TCP || proto == PROTO_UDP ? span_take(s, 4) : NULL;
}

// RFC 791 section 3.1.
static uint32_t ipv4_hash(struct span s)
{
	size_t header_len = (span_u8(&s) & 0xf) * 4u;
	uint16_t fragment;
	const uint8_t *addrs;
	uint8_t proto;

	span_take(&s, 5);
	fragment = span_u16(&s) & 0x3fff; // MF and the offset
	span_take(&s, 1);
	proto = span_u8(&s);
	span_take(&s, 2);
	addrs = span_take(&s, 8);
	if (!addrs || header_len < 20)
		return 0;
	span_take(&s, header_len - 20);
	return hash_of(addrs, 8, fragment ? NULL : ports_of(&s, proto));
}

// RFC 8200 section 3.
static uint32_t ipv6_hash(struct span s)
{
	const uint8_t *addrs;
	uint8_t proto;

	span_take(&s, 6);
	proto = span_u8(&s);
	span_take(&s, 1);
	addrs = span_take(&s, 32);
	return addrs ? hash_of(addrs, 32, ports_of(&s, proto)) : 0;
}

uint32_t flow_hash_of(const struct netif_flow *flow)
{
	const uint16_t ports[2] = {be16(flow->src_port).be, be16(flow->dst_port).be};
	uint8_t addrs[32];

	if (addr_is_ipv4(flow->src)) {
		const be32_t ipv4[2] = {addr_ipv4(flow->src), addr_ipv4(flow->dst)};

		return hash_of((const uint8_t *)ipv4, sizeof(ipv4), (const uint8_t *)ports);
	}
	addr_to_bytes(flow->src, addrs);
	addr_to_bytes(flow->dst, addrs + 16);
	return hash_of(addrs, sizeof(addrs), (const uint8_t *)ports);
}

uint32_t flow_hash(const uint8_t *frame, size_t len)
{
	struct span s = span_of(frame, len);
	uint16_t type;

	span_take(&s, 12);
	type = span_u16(&s);
	if (type == TYPE_VLAN) {
		span_take(&s, 2);
		type = span_u16(&s);
	}
	if (type == TYPE_IPV4)
		return ipv4_hash(s);
	return type == TYPE_IPV6 ? ipv6_hash(s) : 0;
}

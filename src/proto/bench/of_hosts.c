// of_hosts: see the header.
#include "proto/bench/of_hosts.h"

#include "core/hash.h"
#include "proto/tcpip/arp_wire.h"
#include "proto/tcpip/cksum.h"
#include "proto/tcpip/eth_wire.h"
#include "proto/tcpip/ip_wire.h"
#include "proto/tcpip/ipv4_wire.h"
#include "proto/tcpip/tcp_wire.h"
#include "proto/tcpip/udp_wire.h"

#define FIRST_IPV4 0x0a000001u // 10.0.0.1
#define GOLDEN     UINT64_C(0x9e3779b97f4a7c15)

// Where the number of a packet is in its frame.
#define AT_L3         14
#define AT_L4         34
#define AT_ARP_NUMBER 56 // the last bytes of the padding
#define AT_UDP_NUMBER 42 // the payload
#define AT_TCP_NUMBER 38 // the sequence number
#define PLAIN_BYTES   60
#define TCP_BYTES     74

// Makers of network interfaces; the other half of an address is the host's number, scrambled. The
// multipliers are inverse to each other modulo 2^24.
static const uint8_t makers[4][3] = {
        {0x00, 0x1b, 0x21}, {0x3c, 0xfd, 0xfe}, {0x00, 0x16, 0x3e}, {0x52, 0x54, 0x00}};
#define SCRAMBLE   0x9e3779u
#define UNSCRAMBLE 0xb382c9u
#define LOW_MASK   0xffffffu
_Static_assert(((uint64_t)SCRAMBLE * UNSCRAMBLE & LOW_MASK) == 1, "inverse");

void of_hosts_mac(const struct of_hosts *hosts, uint32_t s, uint32_t h, uint8_t mac[6])
{
	uint32_t global = s * hosts->per_switch + h;
	be32_t low = be32(((global >> 2) * SCRAMBLE & LOW_MASK) << 8);

	memcpy(mac, makers[global & 3], 3);
	memcpy(mac + 3, &low, 3);
}

bool of_hosts_find(const struct of_hosts *hosts, uint32_t s, const uint8_t mac[6], uint32_t *h)
{
	uint32_t low = (uint32_t)mac[3] << 16 | (uint32_t)mac[4] << 8 | mac[5];

	for (uint32_t i = 0; i < ARRAY_LEN(makers); i++) {
		uint32_t global = (low * UNSCRAMBLE & LOW_MASK) << 2 | i;

		if (memcmp(mac, makers[i], 3) != 0)
			continue;
		*h = global - s * hosts->per_switch;
		return *h < hosts->per_switch;
	}
	return false;
}

uint32_t of_hosts_ipv4(const struct of_hosts *hosts, uint32_t s, uint32_t h)
{
	return FIRST_IPV4 + s * hosts->per_switch + h;
}

// One of n, by 32 bits.
static uint32_t choose(uint32_t bits, uint32_t n)
{
	return (uint32_t)((uint64_t)bits * n >> 32);
}

// A host at another port.
static uint32_t peer_of(const struct of_hosts *hosts, uint32_t from, uint64_t bits)
{
	uint32_t ports = hosts->ports;
	uint32_t port = (from % ports + 1 + choose((uint32_t)bits, ports - 1)) % ports;
	uint32_t there = (hosts->per_switch - port + ports - 1) / ports;

	return port + ports * choose((uint32_t)(bits >> 32), there);
}

struct of_hosts_packet of_hosts_packet(const struct of_hosts *hosts, uint32_t s, uint32_t n)
{
	static const uint8_t kinds[8] = {OF_HOSTS_ARP, OF_HOSTS_UDP, OF_HOSTS_UDP, OF_HOSTS_UDP,
	                                 OF_HOSTS_TCP, OF_HOSTS_TCP, OF_HOSTS_TCP, OF_HOSTS_TCP};
	uint64_t bits = hash_u128(hosts->seed ^ GOLDEN, s, n); // no switch's number
	struct of_hosts_packet packet = {.number = n, .from = n, .to = n, .len = PLAIN_BYTES};

	if (n < hosts->per_switch)
		return packet;
	packet.from = choose((uint32_t)(bits >> 32), hosts->per_switch);
	packet.to = peer_of(hosts, packet.from, hash_mix(bits, GOLDEN));
	packet.kind = kinds[bits & 7];
	if (packet.kind == OF_HOSTS_TCP)
		packet.len = TCP_BYTES;
	return packet;
}

static void put_number(uint8_t *at, uint32_t n)
{
	*(be32_t *)at = be32(n);
}

static void write_arp(const struct of_hosts *hosts, uint32_t s,
                      const struct of_hosts_packet *packet, uint8_t *frame)
{
	struct eth_hdr *eth = (struct eth_hdr *)frame;
	struct arp_hdr *arp = (struct arp_hdr *)(frame + AT_L3);

	eth->type = be16(ETH_TYPE_ARP);
	memset(arp, 0, PLAIN_BYTES - AT_L3);
	arp->htype = be16(1);
	arp->ptype = be16(ETH_TYPE_IPV4);
	arp->hlen = 6;
	arp->plen = 4;
	arp->oper = be16(1);
	memcpy(arp->sha, eth->src, sizeof(arp->sha));
	arp->spa = be32(of_hosts_ipv4(hosts, s, packet->from));
	arp->tpa = be32(of_hosts_ipv4(hosts, s, packet->to));
	put_number(frame + AT_ARP_NUMBER, packet->number);
}

// The header, and the sum of the pseudo header for what follows it.
static cksum_t write_ipv4(const struct of_hosts *hosts, uint32_t s,
                          const struct of_hosts_packet *packet, uint8_t protocol, uint8_t *frame)
{
	struct ipv4_hdr *ip = (struct ipv4_hdr *)(frame + AT_L3);
	uint16_t len = (uint16_t)(packet->len - AT_L3);
	cksum_t sum;

	((struct eth_hdr *)frame)->type = be16(ETH_TYPE_IPV4);
	*ip = (struct ipv4_hdr){.version_ihl = 0x45,
	                        .total_len = be16(len),
	                        .id = be16((uint16_t)packet->number),
	                        .ttl = 64,
	                        .protocol = protocol,
	                        .src = be32(of_hosts_ipv4(hosts, s, packet->from)),
	                        .dst = be32(of_hosts_ipv4(hosts, s, packet->to))};
	ip->cksum = cksum_finish(cksum_add((cksum_t){0}, ip, sizeof(*ip)));
	sum = cksum_add32((cksum_t){be16(protocol).be}, ip->src.be);
	sum = cksum_add32(sum, ip->dst.be);
	return cksum_add32(sum, be16((uint16_t)(len - sizeof(*ip))).be);
}

// A port of those that clients take.
static be16_t client_port(uint32_t n)
{
	return be16((uint16_t)(32768 + n % 28232));
}

static void write_udp(const struct of_hosts *hosts, uint32_t s,
                      const struct of_hosts_packet *packet, uint8_t *frame)
{
	struct udp_hdr *udp = (struct udp_hdr *)(frame + AT_L4);
	uint16_t len = PLAIN_BYTES - AT_L4;
	cksum_t sum = write_ipv4(hosts, s, packet, IP_PROTOCOL_UDP, frame);

	memset(udp, 0, len);
	udp->src_port = client_port(packet->number);
	udp->dst_port = be16(packet->number & 1 ? 53 : 443);
	udp->len = be16(len);
	put_number(frame + AT_UDP_NUMBER, packet->number);
	udp->cksum = cksum_finish_udp(cksum_add(sum, udp, len));
}

static void write_tcp(const struct of_hosts *hosts, uint32_t s,
                      const struct of_hosts_packet *packet, uint8_t *frame)
{
	// MSS 1460, SACK permitted, timestamps, no operation, window scale 7.
	static const uint8_t options[] = {2, 4, 0x05, 0xb4, 4, 2, 8, 10, 0, 0,
	                                  0, 1, 0,    0,    0, 0, 1, 3,  3, 7};
	struct tcp_hdr *tcp = (struct tcp_hdr *)(frame + AT_L4);
	uint16_t len = TCP_BYTES - AT_L4;
	cksum_t sum = write_ipv4(hosts, s, packet, IP_PROTOCOL_TCP, frame);

	*tcp = (struct tcp_hdr){.src_port = client_port(packet->number),
	                        .dst_port = be16(packet->number & 1 ? 80 : 443),
	                        .offset = (uint8_t)(len / 4 << 4),
	                        .flags = TCP_SYN,
	                        .window = be16(64240)};
	put_number(frame + AT_TCP_NUMBER, packet->number);
	memcpy(tcp + 1, options, sizeof(options));
	tcp->cksum = cksum_finish(cksum_add(sum, tcp, len));
}

void of_hosts_write(const struct of_hosts *hosts, uint32_t s, const struct of_hosts_packet *packet,
                    uint8_t frame[OF_HOSTS_FRAME_BYTES])
{
	struct eth_hdr *eth = (struct eth_hdr *)frame;

	if (packet->kind == OF_HOSTS_ANNOUNCE)
		memset(eth->dst, 0xff, sizeof(eth->dst));
	else
		of_hosts_mac(hosts, s, packet->to, eth->dst);
	of_hosts_mac(hosts, s, packet->from, eth->src);
	if (packet->kind == OF_HOSTS_UDP)
		write_udp(hosts, s, packet, frame);
	else if (packet->kind == OF_HOSTS_TCP)
		write_tcp(hosts, s, packet, frame);
	else
		write_arp(hosts, s, packet, frame);
}

bool of_hosts_number(const uint8_t *frame, size_t len, uint32_t *n)
{
	const struct eth_hdr *eth = (const struct eth_hdr *)frame;
	const struct ipv4_hdr *ip = (const struct ipv4_hdr *)(frame + AT_L3);
	size_t at;

	if (len != PLAIN_BYTES && len != TCP_BYTES)
		return false;
	if (be16_get(eth->type) == ETH_TYPE_ARP)
		at = AT_ARP_NUMBER;
	else if (be16_get(eth->type) != ETH_TYPE_IPV4)
		return false;
	else
		at = ip->protocol == IP_PROTOCOL_UDP ? AT_UDP_NUMBER : AT_TCP_NUMBER;
	*n = be32_get(*(const be32_t *)(frame + at));
	return true;
}

#define KIND_ARP  (1u << OF_HOSTS_ARP | 1u << OF_HOSTS_ANNOUNCE)
#define KIND_UDP  (1u << OF_HOSTS_UDP)
#define KIND_TCP  (1u << OF_HOSTS_TCP)
#define KIND_IPV4 (KIND_UDP | KIND_TCP)
#define KIND_ALL  (KIND_ARP | KIND_IPV4)

// Where a field is in frames of these kinds.
static const struct {
	uint8_t at, kinds;
} places[OF_FIELDS] = {
        [OF_FIELD_ETH_DST] = {0, KIND_ALL},    [OF_FIELD_ETH_SRC] = {6, KIND_ALL},
        [OF_FIELD_ETH_TYPE] = {12, KIND_ALL},  [OF_FIELD_IP_PROTO] = {23, KIND_IPV4},
        [OF_FIELD_IPV4_SRC] = {26, KIND_IPV4}, [OF_FIELD_IPV4_DST] = {30, KIND_IPV4},
        [OF_FIELD_UDP_SRC] = {34, KIND_UDP},   [OF_FIELD_UDP_DST] = {36, KIND_UDP},
        [OF_FIELD_TCP_SRC] = {34, KIND_TCP},   [OF_FIELD_TCP_DST] = {36, KIND_TCP},
        [OF_FIELD_ARP_OP] = {20, KIND_ARP},    [OF_FIELD_ARP_SHA] = {22, KIND_ARP},
        [OF_FIELD_ARP_SPA] = {28, KIND_ARP},   [OF_FIELD_ARP_THA] = {32, KIND_ARP},
        [OF_FIELD_ARP_TPA] = {38, KIND_ARP},
};

static bool oxm_matches(const struct of_oxm *oxm, const uint8_t *value)
{
	for (unsigned i = 0; i < oxm->len; i++)
		if ((oxm->value[i] ^ value[i]) & (oxm->mask ? oxm->mask[i] : 0xff))
			return false;
	return true;
}

bool of_hosts_match(const struct of_hosts *hosts, const struct of_hosts_packet *packet,
                    const uint8_t *frame, const struct of_match *match)
{
	static const uint8_t zeros[OF_MATCH_STORE_BYTES];
	struct of_match_walk walk = of_match_walk_of(match);
	const be32_t port = be32(of_hosts_port(hosts, packet->from));
	uint8_t in_port[OF_MATCH_STORE_BYTES] = {0};
	struct of_oxm oxm;

	memcpy(in_port, &port, sizeof(port));
	while (of_match_walk_next(&walk, &oxm)) {
		const uint8_t *value = zeros;

		if (oxm.class != OXM_CLASS_BASIC || oxm.field >= OF_FIELDS)
			continue;
		if (oxm.field == OF_FIELD_IN_PORT || oxm.field == OF_FIELD_IN_PHY_PORT)
			value = in_port;
		else if (places[oxm.field].kinds & 1u << packet->kind)
			value = frame + places[oxm.field].at;
		else if (places[oxm.field].kinds)
			return false;
		if (!oxm_matches(&oxm, value))
			return false;
	}
	return true;
}

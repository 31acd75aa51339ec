// prog: what the kernel runs for each frame of an interface before its own network stack.
// `wadi_xdp` hands a frame to wadi's socket of the queue that it arrived on, or leaves it
// to the kernel; `wadi_copies` picks the frames left to the kernel that a packet socket of
// wadi's receives as well. program.c loads and attaches them.
//
// A frame can go to one of the two only, so what is addressed to a group is decided by what
// it asks for. ARP and neighbour discovery name their target: wadi's own address, or not.
// What concerns every host on the link (announcements of others' addresses, multicast
// listener queries, router advertisements) is the kernel's, and wadi gets a copy.
#include "backends/xdp/own.h"

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>

#define VLAN_ID_MASK 0xfff

#define ND_ROUTER_SOLICIT  133 // RFC 4861 section 4: the first of five types,
#define ND_NEIGHBOUR_ASKS  135
#define ND_NEIGHBOUR_TELLS 136
#define ND_REDIRECT        137 // and the last

struct vlan_tag {
	__be16 tci, type;
};

// ARP for IPv4 over Ethernet (RFC 826).
struct arp {
	__be16 hardware, protocol;
	__u8 hardware_len, protocol_len;
	__be16 operation;
	__u8 sender_mac[6], sender[4], target_mac[6];
	__u16 target[2]; // at an offset that is no multiple of 4
};

// The part of neighbour discovery that solicitations and advertisements share.
struct nd {
	__u8 type, code;
	__be16 cksum;
	__be32 flags;
	__u32 target[4];
};

const volatile _Bool take_all; // every frame is wadi's

struct xdp_own own;

struct {
	__uint(type, BPF_MAP_TYPE_XSKMAP);
	__type(key, __u32);
	__type(value, __u32);
	__uint(max_entries, 1024); // program.c sets the number of the interface's queues
} sockets SEC(".maps");

static __always_inline _Bool own_ipv4(__u32 addr)
{
	for (__u32 i = 0; i < XDP_ADDRS_MAX && i < own.ipv4_len; i++)
		if (own.ipv4[i] == addr)
			return 1;
	return 0;
}

static __always_inline _Bool own_ipv6(const __u32 addr[4])
{
	for (__u32 i = 0; i < XDP_ADDRS_MAX && i < own.ipv6_len; i++)
		if (own.ipv6[i][3] == addr[3] && own.ipv6[i][2] == addr[2] &&
		    own.ipv6[i][1] == addr[1] && own.ipv6[i][0] == addr[0])
			return 1;
	return 0;
}

// Fragments, too: the header of each has the destination.
static __always_inline _Bool takes_ipv4(const void *at, const void *end)
{
	const struct iphdr *ip = at;

	return (const void *)(ip + 1) <= end && own_ipv4(ip->daddr);
}

static __always_inline _Bool takes_arp(const void *at, const void *end)
{
	const struct arp *arp = at;

	if ((const void *)(arp + 1) > end)
		return 0;
	return own_ipv4(arp->target[0] | (__u32)arp->target[1] << 16);
}

static __always_inline _Bool takes_ipv6(const void *at, const void *end)
{
	const struct ipv6hdr *ip = at;
	const struct nd *nd = (const void *)(ip + 1);

	if ((const void *)nd > end)
		return 0;
	if (ip->daddr.in6_u.u6_addr8[0] != 0xff)
		return own_ipv6(ip->daddr.in6_u.u6_addr32);
	// RFC 4861 sections 7.1.1 and 7.1.2: no extension header precedes these.
	if (ip->nexthdr != IPPROTO_ICMPV6 || (const void *)(nd + 1) > end)
		return 0;
	return (nd->type == ND_NEIGHBOUR_ASKS || nd->type == ND_NEIGHBOUR_TELLS) &&
	       own_ipv6(nd->target);
}

static __always_inline _Bool takes(const void *at, const void *end)
{
	const struct ethhdr *eth = at;
	const struct vlan_tag *tag = (const void *)(eth + 1);
	const void *next = tag;
	__be16 type;
	__u16 vlan = 0;

	if (next > end)
		return 0;
	type = eth->h_proto;
	if (type == bpf_htons(ETH_P_8021Q)) {
		next = tag + 1;
		if (next > end)
			return 0;
		vlan = bpf_ntohs(tag->tci) & VLAN_ID_MASK;
		type = tag->type;
	}
	if (vlan != own.vlan)
		return 0;
	if (type == bpf_htons(ETH_P_IP))
		return takes_ipv4(next, end);
	if (type == bpf_htons(ETH_P_IPV6))
		return takes_ipv6(next, end);
	return type == bpf_htons(ETH_P_ARP) && takes_arp(next, end);
}

SEC("xdp")
int wadi_xdp(struct xdp_md *frame)
{
	const void *at = (const void *)(long)frame->data;
	const void *end = (const void *)(long)frame->data_end;

	// A queue without a socket of wadi's is the kernel's.
	if (take_all || takes(at, end))
		return (int)bpf_redirect_map(&sockets, frame->rx_queue_index, XDP_PASS);
	return XDP_PASS;
}

// Groups, and neighbour discovery by link-local addresses, which may be the kernel's and
// wadi's at once: both make them from the interface's hardware address.
static __always_inline _Bool copies_ipv6(struct __sk_buff *frame)
{
	struct ipv6hdr ip;
	__u8 type;

	if (bpf_skb_load_bytes_relative(frame, 0, &ip, sizeof(ip), BPF_HDR_START_NET))
		return 0;
	if (ip.daddr.in6_u.u6_addr8[0] == 0xff)
		return 1;
	if (ip.daddr.in6_u.u6_addr32[0] != bpf_htonl(0xfe800000) || ip.nexthdr != IPPROTO_ICMPV6 ||
	    bpf_skb_load_bytes_relative(frame, sizeof(ip), &type, sizeof(type), BPF_HDR_START_NET))
		return 0;
	return type >= ND_ROUTER_SOLICIT && type <= ND_REDIRECT;
}

// How many bytes of the frame the packet socket receives. The kernel has taken the tag out.
SEC("socket")
int wadi_copies(struct __sk_buff *frame)
{
	__u32 vlan = frame->vlan_present ? frame->vlan_tci & VLAN_ID_MASK : 0;
	_Bool copied = frame->protocol == bpf_htons(ETH_P_ARP) ||
	               (frame->protocol == bpf_htons(ETH_P_IPV6) && copies_ipv6(frame));

	return vlan == own.vlan && copied ? 0x40000 : 0;
}

char LICENSE[] SEC("license") = "ISC";

// segments: sends one TCP packet of 30,000 bytes that stands for many segments, its
// checksum left to the device, as a kernel's TCP does; by a packet socket, for no
// connection has to be there.
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/virtio_net.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#define DATA_BYTES    30000
#define SEGMENT_BYTES 1448

struct __attribute__((packed)) frame {
	struct virtio_net_hdr device; // what the kernel is to know of the frame
	struct ethhdr eth;
	struct iphdr ip;
	struct tcphdr tcp;
	char data[DATA_BYTES];
};

// The sum of sixteen-bit words, folded but not complemented.
static uint16_t sum(const void *bytes, size_t len, uint32_t start)
{
	const uint8_t *p = bytes;

	for (size_t i = 0; i + 1 < len; i += 2)
		start += (uint32_t)(p[i] << 8 | p[i + 1]);
	while (start >> 16)
		start = (start & 0xffff) + (start >> 16);
	return (uint16_t)start;
}

static void fill(struct frame *f, const char *src, const char *dst, const unsigned mac[6])
{
	const uint16_t l4_len = sizeof(f->tcp) + DATA_BYTES;

	f->device =
	        (struct virtio_net_hdr){.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
	                                .gso_type = VIRTIO_NET_HDR_GSO_TCPV4,
	                                .hdr_len = sizeof(f->eth) + sizeof(f->ip) + sizeof(f->tcp),
	                                .gso_size = SEGMENT_BYTES,
	                                .csum_start = sizeof(f->eth) + sizeof(f->ip),
	                                .csum_offset = offsetof(struct tcphdr, check)};
	for (unsigned i = 0; i < 6; i++)
		f->eth.h_dest[i] = (unsigned char)mac[i];
	f->eth.h_proto = htons(ETH_P_IP);
	f->ip = (struct iphdr){.version = 4,
	                       .ihl = 5,
	                       .tot_len = htons(sizeof(f->ip) + l4_len),
	                       .ttl = 64,
	                       .protocol = IPPROTO_TCP,
	                       .saddr = inet_addr(src),
	                       .daddr = inet_addr(dst)};
	f->ip.check = htons((uint16_t)~sum(&f->ip, sizeof(f->ip), 0));
	f->tcp = (struct tcphdr){
	        .source = htons(4000), .dest = htons(9), .doff = 5, .ack = 1, .window = 0xffff};
	f->tcp.check = htons(sum(&f->ip.saddr, 8, IPPROTO_TCP + (uint32_t)l4_len));
}

int main(int argc, char **argv)
{
	static struct frame frame;
	int fd = socket(AF_PACKET, SOCK_RAW, 0), on = 1;
	struct sockaddr_ll to = {.sll_family = AF_PACKET, .sll_halen = ETH_ALEN};
	unsigned mac[6];
	struct ifreq request = {0};

	if (argc != 5 || sscanf(argv[4], "%x:%x:%x:%x:%x:%x", &mac[0], &mac[1], &mac[2], &mac[3],
	                        &mac[4], &mac[5]) != 6) {
		fprintf(stderr, "usage: segments INTERFACE SOURCE DESTINATION MAC\n");
		return 2;
	}
	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", argv[1]);
	to.sll_ifindex = (int)if_nametoindex(argv[1]);
	fill(&frame, argv[2], argv[3], mac);
	if (fd < 0 || setsockopt(fd, SOL_PACKET, PACKET_VNET_HDR, &on, sizeof(on)) < 0 ||
	    ioctl(fd, SIOCGIFHWADDR, &request) < 0) {
		fprintf(stderr, "segments: %s: %s\n", argv[1], strerror(errno));
		return 1;
	}
	memcpy(frame.eth.h_source, request.ifr_hwaddr.sa_data, ETH_ALEN);
	if (sendto(fd, &frame, sizeof(frame), 0, (struct sockaddr *)&to, sizeof(to)) !=
	    (ssize_t)sizeof(frame)) {
		fprintf(stderr, "segments: %s: %s\n", argv[1], strerror(errno));
		return 1;
	}
	return 0;
}

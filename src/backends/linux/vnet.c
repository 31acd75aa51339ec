// vnet: see the header. A program with a packet socket has the kernel hand over what it likes, so
// the header is as hostile as the frame.
#include "backends/linux/vnet.h"

#define UDP_CKSUM_OFFSET  6
#define TCP_CKSUM_OFFSET  16
#define TCP_OFFSET_OFFSET 12

static bool is_tcp(uint8_t gso_type)
{
	uint8_t type = gso_type & (uint8_t)~VIRTIO_NET_HDR_GSO_ECN;

	return type == VIRTIO_NET_HDR_GSO_TCPV4 || type == VIRTIO_NET_HDR_GSO_TCPV6;
}

enum drop vnet_read(const struct virtio_net_hdr *hdr, uint32_t max, struct pkt *pkt)
{
	uint32_t len = pkt_total_len(pkt);

	if (hdr->gso_type != VIRTIO_NET_HDR_GSO_NONE) {
		if (!is_tcp(hdr->gso_type) || hdr->gso_size == 0)
			return DROP_RX_BAD;
		pkt->gso_size = hdr->gso_size;
	} else if (len > max) {
		return DROP_RX_TOO_LONG;
	}
	if (hdr->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM) {
		if ((uint32_t)hdr->csum_start + hdr->csum_offset + 2 > len)
			return DROP_RX_BAD;
		pkt->rx_flags = PKT_RX_L4_CKSUM_OK | PKT_RX_L4_CKSUM_BLANK;
	} else if (hdr->flags & VIRTIO_NET_HDR_F_DATA_VALID) {
		pkt->rx_flags = PKT_RX_L4_CKSUM_OK;
	}
	return DROP_NONE;
}

struct virtio_net_hdr vnet_write(const struct pkt *pkt)
{
	struct virtio_net_hdr hdr = {0};

	if (pkt->tx_flags & (PKT_TX_UDP_CKSUM | PKT_TX_TCP_CKSUM)) {
		hdr.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
		hdr.csum_start = (uint16_t)(pkt->l4 - pkt->off);
		hdr.csum_offset =
		        pkt->tx_flags & PKT_TX_TCP_CKSUM ? TCP_CKSUM_OFFSET : UDP_CKSUM_OFFSET;
	}
	if (unlikely(pkt->gso_size)) {
		uint8_t words = pkt->page[pkt->l4 + TCP_OFFSET_OFFSET] >> 4;

		hdr.gso_type = pkt->tx_flags & PKT_TX_IPV6 ? VIRTIO_NET_HDR_GSO_TCPV6
		                                           : VIRTIO_NET_HDR_GSO_TCPV4;
		hdr.gso_size = pkt->gso_size;
		hdr.hdr_len = (uint16_t)(pkt->l4 - pkt->off + words * 4);
	}
	return hdr;
}

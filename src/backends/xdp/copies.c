// copies: see the header. TPACKET_V2 (Documentation/networking/packet_mmap.rst): a slot is
// ours while its status says so, which costs no system call to see.
#include "backends/xdp/copies.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#define SLOT_BYTES 2048
#define SLOTS      256
#define VLAN_BYTES 4
#define MACS_BYTES 12

static int copies_map(struct xdp_copies *copies)
{
	void *map =
	        mmap(NULL, SLOT_BYTES * SLOTS, PROT_READ | PROT_WRITE, MAP_SHARED, copies->fd, 0);

	if (map == MAP_FAILED)
		return -errno;
	copies->map = map;
	return 0;
}

int xdp_copies_open(struct xdp_copies *copies)
{
	struct tpacket_req ring = {.tp_block_size = SLOT_BYTES * 2,
	                           .tp_block_nr = SLOTS / 2,
	                           .tp_frame_size = SLOT_BYTES,
	                           .tp_frame_nr = SLOTS};
	int version = TPACKET_V2, on = 1, err = 0;

	// Protocol 0: nothing comes in yet.
	*copies = (struct xdp_copies){.fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0)};
	if (copies->fd < 0)
		return -errno;
	if (setsockopt(copies->fd, SOL_PACKET, PACKET_VERSION, &version, sizeof(version)) ||
	    setsockopt(copies->fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof(on)) ||
	    setsockopt(copies->fd, SOL_PACKET, PACKET_RX_RING, &ring, sizeof(ring)))
		err = -errno;
	if (!err)
		err = copies_map(copies);
	if (err)
		xdp_copies_close(copies);
	return err;
}

int xdp_copies_take(struct xdp_copies *copies, int fd)
{
	int err;

	*copies = (struct xdp_copies){.fd = fcntl(fd, F_DUPFD_CLOEXEC, 0)};
	if (copies->fd < 0)
		return -errno;
	err = copies_map(copies);
	if (err)
		xdp_copies_close(copies);
	return err;
}

int xdp_copies_resume(struct xdp_copies *copies, uint64_t next)
{
	if (next >= SLOTS)
		return -EINVAL;
	copies->next = (uint32_t)next;
	return 0;
}

void xdp_copies_close(struct xdp_copies *copies)
{
	if (copies->map)
		munmap(copies->map, SLOT_BYTES * SLOTS);
	if (copies->fd >= 0)
		close(copies->fd);
	*copies = (struct xdp_copies){.fd = -1};
}

int xdp_copies_start(struct xdp_copies *copies, int index)
{
	struct sockaddr_ll addr = {
	        .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL), .sll_ifindex = index};

	return bind(copies->fd, (struct sockaddr *)&addr, sizeof(addr)) ? -errno : 0;
}

// The frame of a slot, with the tag that the kernel took out of it. What is longer than a
// slot or a page is none that wadi needs.
static bool frame_copy(const struct tpacket2_hdr *slot, struct pkt *pkt)
{
	const uint8_t *frame = (const uint8_t *)slot + slot->tp_mac;
	uint16_t tag = slot->tp_status & TP_STATUS_VLAN_VALID ? VLAN_BYTES : 0;
	uint32_t len = slot->tp_snaplen;
	uint16_t tag_words[2] = {htons(ETH_P_8021Q), htons(slot->tp_vlan_tci)};
	uint8_t *to;

	if (len < MACS_BYTES || slot->tp_len != len || len + tag > (uint32_t)pkt->room - pkt->off)
		return false;
	pkt_set_len(pkt, (uint16_t)(len + tag));
	to = pkt_data(pkt);
	memcpy(to, frame, MACS_BYTES);
	memcpy(to + MACS_BYTES, tag_words, tag);
	memcpy(to + MACS_BYTES + tag, frame + MACS_BYTES, len - MACS_BYTES);
	return true;
}

unsigned xdp_copies_receive(struct xdp_copies *copies, const struct netif *netif, unsigned queue,
                            struct pkt **pkts, unsigned n)
{
	unsigned got = 0;

	while (got < n) {
		struct tpacket2_hdr *slot =
		        (struct tpacket2_hdr *)(void *)(copies->map + copies->next * SLOT_BYTES);
		uint32_t status = __atomic_load_n(&slot->tp_status, __ATOMIC_ACQUIRE);
		struct pkt *pkt;

		if (!(status & TP_STATUS_USER))
			break;
		pkt = pkt_alloc(netif->pool[queue]);
		if (!pkt) // the frame stays in the ring
			break;
		pkt->iface = (uint8_t)netif->iface;
		if (frame_copy(slot, pkt))
			pkts[got++] = pkt;
		else
			pkt_drop(netif->metric[queue], pkt, DROP_RX_TOO_LONG);
		__atomic_store_n(&slot->tp_status, TP_STATUS_KERNEL, __ATOMIC_RELEASE);
		copies->next = (copies->next + 1) % SLOTS;
	}
	return got;
}

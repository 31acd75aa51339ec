// packet_socket: see the header.
#include "backends/linux/packet_socket.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>

// Of linux/if_packet.h since Linux 4.20; older kernels refuse it.
#ifndef PACKET_IGNORE_OUTGOING
#define PACKET_IGNORE_OUTGOING 23
#endif

// What the kernel allocates at once.
#define BLOCK_BYTES 65536u

#define SEND_BUFFER_BYTES (1 << 20)

static int option_set(int sock, int name, int value)
{
	return setsockopt(sock, SOL_PACKET, name, &value, sizeof(value)) ? -errno : 0;
}

int packet_socket_open(void)
{
	// Protocol 0: the socket receives nothing before it is bound.
	int sock = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);

	return sock < 0 ? -errno : sock;
}

int packet_socket_ring(int sock, uint32_t frames, uint16_t mtu, bool bypass, struct rx_ring *ring)
{
	uint32_t slot_bytes = rx_ring_slot_bytes(mtu);
	struct tpacket_req request = {.tp_block_size = BLOCK_BYTES, .tp_frame_size = slot_bytes};
	int err, room = SEND_BUFFER_BYTES;

	request.tp_block_nr = (frames * slot_bytes + BLOCK_BYTES - 1) / BLOCK_BYTES;
	request.tp_frame_nr = request.tp_block_nr * (BLOCK_BYTES / slot_bytes);
	err = option_set(sock, PACKET_VERSION, TPACKET_V2);
	if (!err)
		err = option_set(sock, PACKET_QDISC_BYPASS, bypass);
	if (err)
		return err;
	// Both only make it faster: what the host sends is filtered below, too.
	(void)option_set(sock, PACKET_IGNORE_OUTGOING, 1);
	(void)setsockopt(sock, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof(room));
	if (setsockopt(sock, SOL_PACKET, PACKET_RX_RING, &request, sizeof(request)))
		return -errno;
	*ring = (struct rx_ring){NULL, request.tp_frame_nr, slot_bytes, 0};
	return packet_socket_map(sock, ring);
}

int packet_socket_map(int sock, struct rx_ring *ring)
{
	void *map = mmap(NULL, (size_t)ring->slots * ring->slot_bytes, PROT_READ | PROT_WRITE,
	                 MAP_SHARED | MAP_POPULATE, sock, 0);

	if (map == MAP_FAILED)
		return -errno;
	ring->map = map;
	return 0;
}

int packet_socket_gso(int sock)
{
	int room = SEND_BUFFER_BYTES;

	(void)setsockopt(sock, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof(room));
	return option_set(sock, PACKET_VNET_HDR, 1);
}

int packet_socket_send_by(int sock, int index)
{
	// Protocol 0, as it was made with: it receives nothing.
	struct sockaddr_ll addr = {.sll_family = AF_PACKET, .sll_ifindex = index};

	return bind(sock, (struct sockaddr *)&addr, sizeof(addr)) ? -errno : 0;
}

void packet_socket_unmap(struct rx_ring *ring)
{
	if (ring->map)
		munmap(ring->map, (size_t)ring->slots * ring->slot_bytes);
	ring->map = NULL;
}

static int filter_set(int sock, struct sock_filter *code, unsigned short len)
{
	struct sock_fprog program = {len, code};

	return setsockopt(sock, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) ? -errno
	                                                                                 : 0;
}

// Until a group is complete, each of its sockets would see frames that are others'.
static int filter_none(int sock)
{
	struct sock_filter code[] = {BPF_STMT(BPF_RET | BPF_K, 0)};

	return filter_set(sock, code, ARRAY_LEN(code));
}

int packet_socket_receive(int sock)
{
	// A fanout group of an older kernel sees what this host sends.
	struct sock_filter code[] = {
	        BPF_STMT(BPF_LD | BPF_B | BPF_ABS, (uint32_t)(SKF_AD_OFF + SKF_AD_PKTTYPE)),
	        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PACKET_OUTGOING, 0, 1),
	        BPF_STMT(BPF_RET | BPF_K, 0),
	        BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
	};

	return filter_set(sock, code, ARRAY_LEN(code));
}

int packet_socket_bind(int sock, int index)
{
	struct sockaddr_ll addr = {.sll_family = AF_PACKET,
	                           .sll_protocol = __builtin_bswap16(ETH_P_ALL),
	                           .sll_ifindex = index};
	struct packet_mreq all = {.mr_ifindex = index, .mr_type = PACKET_MR_ALLMULTI};
	int err = filter_none(sock);

	if (!err && bind(sock, (struct sockaddr *)&addr, sizeof(addr)))
		err = -errno;
	if (!err && setsockopt(sock, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &all, sizeof(all)))
		err = -errno;
	return err;
}

int packet_socket_index(int sock)
{
	struct sockaddr_ll addr = {0};
	socklen_t len = sizeof(addr);

	return getsockname(sock, (struct sockaddr *)&addr, &len) ? -1 : addr.sll_ifindex;
}

int packet_socket_join(int sock, int group)
{
	bool first = group == PACKET_SOCKET_ALONE;
	int value = PACKET_FANOUT_HASH << 16 | (first ? 0 : group), err;
	socklen_t len = sizeof(value);

	if (first)
		value |= PACKET_FANOUT_FLAG_UNIQUEID << 16;
	err = option_set(sock, PACKET_FANOUT, value);
	if (!err && getsockopt(sock, SOL_PACKET, PACKET_FANOUT, &value, &len))
		err = -errno;
	return err ? err : value & 0xffff;
}

uint32_t packet_socket_lost(int sock)
{
	struct tpacket_stats stats = {0};
	socklen_t len = sizeof(stats);

	// The kernel starts over with each call.
	return getsockopt(sock, SOL_PACKET, PACKET_STATISTICS, &stats, &len) ? 0 : stats.tp_drops;
}

void packet_socket_clear(int sock)
{
	socklen_t len = sizeof(int);
	int err;

	(void)getsockopt(sock, SOL_SOCKET, SO_ERROR, &err, &len);
}

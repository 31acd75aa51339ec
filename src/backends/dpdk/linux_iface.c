// linux_iface: see the header. ioctl and libbpf; nothing of DPDK.
#include "backends/dpdk/linux_iface.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/ethtool.h>
#include <linux/if_packet.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

// Network cards count combined queues, veth counts receive queues.
static unsigned queues_of(int sock, struct ifreq *request)
{
	struct ethtool_channels channels = {.cmd = ETHTOOL_GCHANNELS};
	unsigned n;

	request->ifr_data = (void *)&channels;
	if (ioctl(sock, SIOCETHTOOL, request))
		return 1;
	n = channels.combined_count + channels.rx_count;
	return n ? n : 1;
}

int linux_iface_query(const char *name, struct linux_iface *iface)
{
	int sock = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq request = {0};
	int err = 0;

	*iface = (struct linux_iface){0};
	if (sock < 0)
		return -errno;
	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
	if (ioctl(sock, SIOCGIFINDEX, &request)) {
		err = -errno;
		goto out;
	}
	iface->index = request.ifr_ifindex;
	if (ioctl(sock, SIOCGIFFLAGS, &request) == 0) {
		iface->up = request.ifr_flags & IFF_UP;
		iface->running = request.ifr_flags & IFF_RUNNING;
	}
	if (ioctl(sock, SIOCGIFMTU, &request) == 0)
		iface->mtu = (unsigned)request.ifr_mtu;
	iface->queues = queues_of(sock, &request);
	if (bpf_xdp_query_id(iface->index, 0, &iface->xdp_prog))
		iface->xdp_prog = 0;
out:
	close(sock);
	return err;
}

int linux_iface_groups_open(int index)
{
	struct packet_mreq all = {.mr_ifindex = index, .mr_type = PACKET_MR_ALLMULTI};
	// Protocol 0: the socket itself receives nothing.
	int sock = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);

	if (sock < 0)
		return -errno;
	if (setsockopt(sock, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &all, sizeof(all))) {
		int err = -errno;

		close(sock);
		return err;
	}
	return sock;
}

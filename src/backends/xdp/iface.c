// iface: see the header. ioctl, rtnetlink by libbpf and libc, and the links of sysfs.
#include "backends/xdp/iface.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <glob.h>
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
static unsigned queues_of(int sock, const char *name)
{
	struct ethtool_channels channels = {.cmd = ETHTOOL_GCHANNELS};
	struct ifreq request = {.ifr_data = (void *)&channels};
	unsigned n;

	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
	if (ioctl(sock, SIOCETHTOOL, &request))
		return 1;
	n = channels.combined_count + channels.rx_count;
	return n ? n : 1;
}

int xdp_iface_query(const char *name, struct xdp_iface *iface)
{
	int sock = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int err;

	*iface = (struct xdp_iface){0};
	if (sock < 0)
		return -errno;
	err = ifinfo_by_name(sock, name, &iface->info);
	if (!err)
		iface->queues = queues_of(sock, name);
	close(sock);
	if (!err && bpf_xdp_query_id(iface->info.index, 0, &iface->xdp_prog))
		iface->xdp_prog = 0;
	return err;
}

bool xdp_iface_used(const char *name, char *text, size_t size)
{
	char pattern[64 + IF_NAMESIZE], found_text[ADDR_TEXT_BYTES];
	struct addr found;
	glob_t uppers;
	bool used;

	if (ifinfo_find_addr(name, NULL, &found)) {
		addr_text(found, found_text);
		snprintf(text, size, "%s is its address", found_text);
		return true;
	}
	// VLANs, bridges, bonds and macvlans have the addresses, and need the frames.
	snprintf(pattern, sizeof(pattern), "/sys/class/net/%s/upper_*", name);
	used = glob(pattern, GLOB_NOSORT, NULL, &uppers) == 0;
	if (used) {
		snprintf(text, size, "%s lies above it",
		         strrchr(uppers.gl_pathv[0], '/') + strlen("/upper_"));
		globfree(&uppers);
	}
	return used;
}

int xdp_iface_groups_open(int index)
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

// ifinfo: see the header. Requests are ioctls, addresses libc's matter, events are RTM_NEWLINK and
// RTM_DELLINK.
#include "core/host/ifinfo.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

int ifinfo_by_name(int sock, const char *name, struct ifinfo *info)
{
	struct ifreq request = {0};

	*info = (struct ifinfo){0};
	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
	if (ioctl(sock, SIOCGIFINDEX, &request))
		return -errno;
	info->index = request.ifr_ifindex;
	if (ioctl(sock, SIOCGIFFLAGS, &request))
		return -errno;
	info->up = request.ifr_flags & IFF_UP;
	info->running = info->up && (request.ifr_flags & IFF_RUNNING);
	if (ioctl(sock, SIOCGIFMTU, &request))
		return -errno;
	info->mtu = (unsigned)request.ifr_mtu;
	if (ioctl(sock, SIOCGIFHWADDR, &request))
		return -errno;
	info->ethernet = request.ifr_hwaddr.sa_family == ARPHRD_ETHER ||
	                 request.ifr_hwaddr.sa_family == ARPHRD_LOOPBACK;
	memcpy(info->mac, request.ifr_hwaddr.sa_data, sizeof(info->mac));
	return 0;
}

int ifinfo_by_index(int sock, int index, struct ifinfo *info)
{
	struct ifreq request = {.ifr_ifindex = index};
	int err;

	*info = (struct ifinfo){0};
	if (ioctl(sock, SIOCGIFNAME, &request))
		return -errno;
	err = ifinfo_by_name(sock, request.ifr_name, info);
	// Another interface may have taken the name in between.
	return !err && info->index != index ? -ENODEV : err;
}

static bool addr_of(const struct sockaddr *from, struct addr *addr)
{
	if (from && from->sa_family == AF_INET) {
		const struct sockaddr_in *ipv4 = (const void *)from;

		*addr = addr_from_ipv4((be32_t){ipv4->sin_addr.s_addr});
		return true;
	}
	if (from && from->sa_family == AF_INET6) {
		const struct sockaddr_in6 *ipv6 = (const void *)from;

		*addr = addr_from_bytes(ipv6->sin6_addr.s6_addr);
		return true;
	}
	return false;
}

bool ifinfo_find_addr(const char *name, const struct addr *wanted, struct addr *found)
{
	struct ifaddrs *list, *at;
	bool has = false;

	if (getifaddrs(&list))
		return false;
	for (at = list; at && !has; at = at->ifa_next)
		has = strcmp(at->ifa_name, name) == 0 && addr_of(at->ifa_addr, found) &&
		      (wanted ? addr_eq(*wanted, *found) : !addr_is_link_local(*found));
	freeifaddrs(list);
	return has;
}

int ifinfo_events_open(void)
{
	struct sockaddr_nl addr = {.nl_family = AF_NETLINK, .nl_groups = RTMGRP_LINK};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
	int err;

	if (fd < 0)
		return -errno;
	if (bind(fd, (struct sockaddr *)&addr, sizeof(addr)) == 0)
		return fd;
	err = -errno;
	close(fd);
	return err;
}

void ifinfo_events_drain(int fd)
{
	char bytes[4096];

	// ENOBUFS reports events that found no room: nothing but a reason to look again.
	while (recv(fd, bytes, sizeof(bytes), MSG_TRUNC) >= 0 || errno == ENOBUFS)
		;
}

// wake: see the header.
#include "backends/dpdk/wake.h"

#include <linux/if_packet.h>
#include <sys/socket.h>

// Descriptors are given lowest first, and those of a start lie low.
#define FDS_MAX 4096

static bool claimed[FDS_MAX];

// A packet socket without a protocol receives nothing; it holds a membership.
static bool wake_receives(int fd, int family)
{
	struct sockaddr_ll addr = {0};
	socklen_t len = sizeof(addr);

	if (family != AF_PACKET)
		return true;
	return getsockname(fd, (struct sockaddr *)&addr, &len) == 0 && addr.sll_protocol != 0;
}

int wake_claim(int family)
{
	for (int fd = 0; fd < FDS_MAX; fd++) {
		socklen_t len = sizeof(int);
		int domain;

		if (claimed[fd] || getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &len) ||
		    domain != family || !wake_receives(fd, family))
			continue;
		claimed[fd] = true;
		return fd;
	}
	return -1;
}

void wake_release(int fd)
{
	if (fd >= 0 && fd < FDS_MAX)
		claimed[fd] = false;
}

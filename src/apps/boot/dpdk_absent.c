// dpdk_absent: stands for backends/dpdk in builds without it (-Ddpdk=false), so
// that appliances still serve in-process devices and say why others are not
// there.
#include "backends/dpdk/dpdk.h"

#include <errno.h>
#include <stdio.h>

int dpdk_open(const char *app_name, const struct dpdk_port_conf *ports, unsigned ports_len,
              struct netif **netifs, struct why *why)
{
	return why_fail(
	        why, -ENOTSUP,
	        "%s needs DPDK, which this build of %s does not have: build with -Ddpdk=true",
	        ports[0].device, app_name);
}

int dpdk_worker_enter(unsigned worker)
{
	return 0;
}

void dpdk_worker_leave(void)
{
}

const char *dpdk_memory_kind(void)
{
	return "plain memory";
}

void dpdk_close(void)
{
}

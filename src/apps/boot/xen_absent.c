// xen_absent: stands for backends/xen in builds without it (-Dxen=false), so that
// appliances say why such a device is not there.
#include "apps/boot/vmdata.h"
#include "backends/xen/netfront.h"

#include <errno.h>
#include <stdio.h>

int netfront_open(const struct netfront_conf *confs, unsigned len, struct netif **netifs,
                  struct why *why)
{
	return why_fail(
	        why, -ENOTSUP,
	        "%s needs the Xen backend, which this build does not have: build with -Dxen=true",
	        confs[0].device);
}

int netfront_fd(void)
{
	return -1;
}

mono_t netfront_serve(mono_t now)
{
	return MONO_NEVER;
}

void netfront_close(void)
{
}

int vmdata_open(struct vmdata *data, const struct vmdata_conf *conf, struct why *why)
{
	*data = (struct vmdata){.source = *conf->image};
	if (!conf->required)
		return 0;
	return why_fail(
	        why, -ENOTSUP,
	        "--xenstore needs the Xen backend, which this build does not have: build with "
	        "-Dxen=true");
}

void vmdata_close(struct vmdata *data)
{
}

void vmdata_name(char *name, size_t size)
{
	*name = '\0';
}

// guest_absent: stands for guest.c in builds without Xen (-Dxen=false).
#include "apps/ctl/guest.h"

#include <errno.h>
#include <stdio.h>

int guest_console(const char *guest, char tty[GUEST_TTY_BYTES], struct why *why)
{
	return why_fail(why, -ENOTSUP,
	                "xen:%s needs the Xen backend, which this build does not have: build with "
	                "-Dxen=true",
	                guest);
}

// reach: see the header.
#include "apps/ctl/reach.h"

#include "apps/ctl/guest.h"
#include "core/host/feature.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static int find_guest(struct reach *reach, struct why *why)
{
	char tty[GUEST_TTY_BYTES];
	int err;

	if (!FEATURE_XEN)
		return why_fail(why, -ENOTSUP,
		                "%s needs the Xen backend, which this build does not have: build "
		                "with -Dxen=true",
		                reach->name);
	err = guest_console(reach->name + strlen("xen:"), tty, why);
	if (!err)
		snprintf(reach->path, sizeof(reach->path), "%s", tty);
	return err;
}

int reach_find(struct reach *reach, const char *where, const char *command, struct why *why)
{
	int err = 0;

	if (!where)
		err = place_find(reach->name, command, why);
	else if (snprintf(reach->name, sizeof(reach->name), "%s", where) >=
	         (int)sizeof(reach->name))
		err = why_fail(why, -ENAMETOOLONG, "%s: %s", where, strerror(ENAMETOOLONG));
	if (err)
		return err;
	if (strncmp(reach->name, "xen:", 4) == 0)
		return find_guest(reach, why);
	memcpy(reach->path, reach->name, sizeof(reach->path));
	return 0;
}

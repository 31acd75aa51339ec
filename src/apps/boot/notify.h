// notify: what the service manager is informed of by the protocol of sd_notify(3), which is a
// datagram of lines: that the appliance serves, reads its configuration again, ends, and that
// it is alive (WatchdogSec=). Without NOTIFY_SOCKET in the environment nothing is sent.
#ifndef BOOT_NOTIFY_H
#define BOOT_NOTIFY_H

#include "core/base.h"

#include <sys/socket.h>
#include <sys/un.h>

struct notify {
	int fd;
	struct sockaddr_un addr;
	socklen_t addr_len;   // 0: there is no service manager that has to know
	uint64_t watchdog_us; // how often it has to hear that all is well; 0: never
};

// All zeros: nothing is sent. Before the process loses the right to make sockets of its own choice.
// An address that cannot be used is as none, with a warning.
void notify_open(struct notify *notify);
void notify_close(struct notify *notify);

// The process serves, as the one that the manager has to watch.
void notify_ready(const struct notify *notify);
void notify_reloading(const struct notify *notify);
void notify_reloaded(const struct notify *notify);

// The process ends, within so long, whatever time the manager gives it elsewhere (TimeoutStopSec=).
void notify_stopping(const struct notify *notify, uint64_t within_us);

void notify_alive(const struct notify *notify);

#endif

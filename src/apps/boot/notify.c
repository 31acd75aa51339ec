// notify: see the header.
#include "apps/boot/notify.h"

#include "core/host/clock.h"
#include "core/host/log.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define RELOAD_MAX_US (3600 * SEC_US)

// The address in the environment: a path, or with '@' one of the abstract name space.
static int address_read(struct notify *notify, const char *text)
{
	size_t len = strlen(text);

	if ((*text != '/' && *text != '@') || len < 2)
		return -EINVAL;
	if (len >= sizeof(notify->addr.sun_path))
		return -ENAMETOOLONG;
	notify->addr.sun_family = AF_UNIX;
	memcpy(notify->addr.sun_path, text, len + 1);
	notify->addr_len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
	if (*text == '@')
		notify->addr.sun_path[0] = '\0';
	return 0;
}

// Of another process, such as a parent that started this one: not for us.
static uint64_t watchdog_read(void)
{
	const char *pid = getenv("WATCHDOG_PID"), *us = getenv("WATCHDOG_USEC");

	if (!us || (pid && strtol(pid, NULL, 10) != getpid()))
		return 0;
	return strtoull(us, NULL, 10);
}

void notify_open(struct notify *notify)
{
	const char *text = getenv("NOTIFY_SOCKET");
	int err;

	*notify = (struct notify){.fd = -1};
	if (!text || !*text)
		return;
	err = address_read(notify, text);
	if (!err) {
		notify->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
		err = notify->fd < 0 ? -errno : 0;
	}
	if (err)
		notify->addr_len = 0;
	if (err)
		log_warning("NOTIFY_SOCKET %s cannot be used: %s", text, strerror(-err));
	else
		notify->watchdog_us = watchdog_read();
}

void notify_close(struct notify *notify)
{
	if (notify->addr_len)
		close(notify->fd);
	notify->addr_len = 0;
}

// A manager that does not take it is none of ours to mend: it acts by its own time limits.
static void notify_send(const struct notify *notify, const char *text)
{
	if (notify->addr_len)
		(void)!sendto(notify->fd, text, strlen(text), MSG_NOSIGNAL,
		              (const struct sockaddr *)&notify->addr, notify->addr_len);
}

// A reload keeps the control thread, which sends signs of life, for as long as its data take.
static void send_watchdog(const struct notify *notify, uint64_t us)
{
	char text[64];

	if (!notify->watchdog_us)
		return;
	snprintf(text, sizeof(text), "WATCHDOG_USEC=%ju", (uintmax_t)us);
	notify_send(notify, text);
}

void notify_ready(const struct notify *notify)
{
	char text[64];

	snprintf(text, sizeof(text), "MAINPID=%d\nREADY=1", (int)getpid());
	notify_send(notify, text);
}

void notify_reloading(const struct notify *notify)
{
	char text[64];

	snprintf(text, sizeof(text), "RELOADING=1\nMONOTONIC_USEC=%ju",
	         (uintmax_t)clock_kernel().us);
	notify_send(notify, text);
	send_watchdog(notify, RELOAD_MAX_US);
}

void notify_reloaded(const struct notify *notify)
{
	notify_send(notify, "READY=1");
	send_watchdog(notify, notify->watchdog_us);
}

void notify_stopping(const struct notify *notify, uint64_t within_us)
{
	char text[64];

	snprintf(text, sizeof(text), "STOPPING=1\nEXTEND_TIMEOUT_USEC=%ju", (uintmax_t)within_us);
	notify_send(notify, text);
}

void notify_alive(const struct notify *notify)
{
	notify_send(notify, "WATCHDOG=1");
}

// guest: see the header.
#include "apps/ctl/guest.h"

#include "backends/xen/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define DOMAINS "/local/domain"
#define DIAL_S  10 // of silence

// Where dom0's xenstored listens, and the kernel's way to it when it runs elsewhere.
static const char *const sockets[] = {"/run/xenstored/socket", "/var/run/xenstored/socket"};
static const char device[] = "/dev/xen/xenbus";

struct search {
	struct store *store;
	const char *name;
	char domain[STORE_PATH_BYTES]; // "" until one is found
	unsigned found;
};

static bool is_number(const char *text)
{
	return *text && text[strspn(text, "0123456789")] == '\0';
}

static bool look_at(void *ctx, const char *number)
{
	struct search *search = ctx;
	char path[STORE_PATH_BYTES], name[256];

	if (!is_number(number) || strlen(number) > 5)
		return true;
	snprintf(path, sizeof(path), DOMAINS "/%s/name", number);
	if (store_read(search->store, 0, path, name, sizeof(name)) ||
	    strcmp(name, search->name) != 0)
		return true;
	snprintf(search->domain, sizeof(search->domain), "%s", number);
	search->found++;
	return true;
}

static int find_domain(struct search *search, struct why *why)
{
	int err;

	if (is_number(search->name) && strlen(search->name) <= 5) {
		snprintf(search->domain, sizeof(search->domain), "%s", search->name);
		return 0;
	}
	err = store_list(search->store, 0, DOMAINS, look_at, search);
	if (err) {
		why_set(why, "xenstore %s cannot be read: %s; are we in dom0?", DOMAINS,
		        strerror(-err));
		return err;
	}
	if (search->found == 1)
		return 0;
	return why_fail(why, -ENOENT,
	                search->found ? "more than one guest is called %s: give its number"
	                              : "there is no guest called %s; xl list shows those that run",
	                search->name);
}

// Opens only terminals that xenconsoled creates, whatever the store says.
static bool is_tty(const char *path)
{
	return strncmp(path, "/dev/pts/", 9) == 0 && is_number(path + 9);
}

int guest_find(struct store *store, const char *guest, char tty[GUEST_TTY_BYTES], struct why *why)
{
	struct search search = {.store = store, .name = guest};
	char path[STORE_PATH_BYTES + 32];
	int err = find_domain(&search, why);

	if (err)
		return err;
	snprintf(path, sizeof(path), DOMAINS "/%s/console/tty", search.domain);
	err = store_read(store, 0, path, tty, GUEST_TTY_BYTES);
	if (!err && is_tty(tty))
		return 0;
	why_set(why, "xenstore %s %s%s", path, err ? "cannot be read: " : "is no terminal",
	        err == -ENOENT ? "does the guest run, and xenconsoled?"
	        : err          ? strerror(-err)
	                       : "");
	return err ? err : -EINVAL;
}

// A xenstored that is stopped is not waited for longer than that.
static int dial(const char *path)
{
	const struct timeval wait = {DIAL_S, 0};
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", path);
	if (fd >= 0) {
		setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait));
		setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
	}
	if (fd >= 0 && connect(fd, (struct sockaddr *)&addr, sizeof(addr)) == 0)
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

int guest_console(const char *guest, char tty[GUEST_TTY_BYTES], struct why *why)
{
	struct store *store;
	int fd = -1, err;

	for (size_t i = 0; fd < 0 && i < ARRAY_LEN(sockets); i++)
		fd = dial(sockets[i]);
	if (fd < 0)
		fd = open(device, O_RDWR | O_CLOEXEC);
	if (fd < 0) {
		err = -errno;
		why_set(why, "xenstore cannot be reached at %s or %s: %s; are we in dom0, as root?",
		        sockets[0], device, strerror(-err));
		return err;
	}
	store = store_open(fd);
	err = store ? guest_find(store, guest, tty, why) : -ENOMEM;
	if (!store)
		why_no_memory(why, "a request to xenstore");
	store_close(store);
	return err;
}

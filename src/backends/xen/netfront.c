// netfront: see the header. vif.c implements one vif, rx.c and tx.c its data path.
#include "backends/xen/netfront.h"

#include "backends/xen/vif.h"
#include "backends/xen/xen.h"
#include "core/host/clock.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

// Maximum time that a backend may take to connect at start.
#define CONNECT_US (30 * SEC_US)

// Pages granted in addition to pools: for each queue, and for each vif.
#define QUEUE_EXTRA 3
#define VIF_EXTRA   2

static struct {
	struct store *store;
	int epoll_fd; // waits for the store and fault_fd
	int fault_fd; // eventfd that a worker signals when it has found a fault
	struct vif *vif[BACKEND_DEVICES_MAX];
	unsigned len;
} world = {.epoll_fd = -1, .fault_fd = -1};

struct netfront_options {
	bool copy;
	unsigned hash; // enum netfront_hash
	bool gso;
};

enum netfront_hash { NETFRONT_HASH_BACKEND, NETFRONT_HASH_TOEPLITZ };

static const char *const hashes[] = {
        [NETFRONT_HASH_BACKEND] = "backend", [NETFRONT_HASH_TOEPLITZ] = "toeplitz", NULL};

static const struct option_key netfront_keys[] = {
        {"copy", OPTION_FLAG, offsetof(struct netfront_options, copy),
         .help = "Whether each packet is copied from granted memory before it is parsed, and to "
                 "granted memory when it is complete, so that the backend's domain cannot change "
                 "it in between (0)."},
        {"hash", OPTION_CHOICE, offsetof(struct netfront_options, hash), .choices = hashes,
         .help = "How the backend distributes frames over several queues: by a hash of its own, "
                 "which covers UDP ports, or by a Toeplitz hash that wadi sets, which does not "
                 "(backend)."},
        {"gso", OPTION_FLAG, offsetof(struct netfront_options, gso), 1,
         .help = "Whether TCP's bytes pass between the backend and us in packets of several "
                 "segments "
                 "(1)."},
        {0},
};
static const struct option_table netfront_options = {sizeof(struct netfront_options),
                                                     netfront_keys};

// The number N of vif/N; -1 when the text is not of that form.
static int vif_number(const char *text)
{
	char number[8];
	int n = 0;

	if (sscanf(text, "vif/%3[0-9]%n", number, &n) != 1 || text[n])
		return -1;
	return atoi(number);
}

static int netfront_check(const struct backend_conf *conf, struct why *why)
{
	if (vif_number(conf->argument) >= 0)
		return 0;
	return why_fail(why, -EINVAL, "names \"%s\", which is not vif/N, such as vif/0",
	                conf->argument);
}

static int fail_no_guest(const char *device, int err, struct why *why)
{
	return why_fail(why, err, "%s: it needs a Xen guest: /dev/xen/xenbus cannot be opened: %s",
	                device, strerror(-err));
}

static int netfront_check_machine(const struct backend_conf *conf, struct why *why)
{
	int fd = xen_store_fd();

	if (fd < 0)
		return fail_no_guest(conf->device, fd, why);
	close(fd);
	return 0;
}

static int netfront_world_open(const char *device, struct why *why)
{
	int fd = xen_store_fd();
	struct epoll_event event = {.events = EPOLLIN};

	if (fd < 0)
		return fail_no_guest(device, fd, why);
	world.store = store_open(fd);
	world.epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	world.fault_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (!world.store || world.epoll_fd < 0 || world.fault_fd < 0 ||
	    epoll_ctl(world.epoll_fd, EPOLL_CTL_ADD, store_fd(world.store), &event) ||
	    epoll_ctl(world.epoll_fd, EPOLL_CTL_ADD, world.fault_fd, &event))
		return why_fail(why, -ENOMEM,
		                "not enough memory or file descriptors for a xen device");
	return 0;
}

// Returns the maximum number of pages for each queue, by the limit on grants of the guest; 0 if
// they are too few.
static uint32_t netfront_pages_share(const struct backend_conf *confs, unsigned len)
{
	uint64_t requested = 0, queues = 0, extra = 0;
	int64_t limit;

	for (unsigned i = 0; i < len; i++) {
		requested += confs[i].queues *
		             (UINT64_C(1) * (confs[i].pages ? confs[i].pages : NETFRONT_PAGES));
		queues += confs[i].queues;
		extra += confs[i].queues * UINT64_C(1) * QUEUE_EXTRA + VIF_EXTRA;
	}
	limit = xen_grant_limit(requested + extra);
	if (limit < 0 || (uint64_t)limit >= requested + extra)
		return NETFRONT_PAGES;
	if ((uint64_t)limit < extra + queues * NETFRONT_PAGES_MIN)
		return 0;
	return (uint32_t)(((uint64_t)limit - extra) / queues);
}

static bool netfront_all_up(void)
{
	for (unsigned i = 0; i < world.len; i++)
		if (!world.vif[i]->up)
			return false;
	return true;
}

static mono_t netfront_serve_all(bool serving, mono_t now)
{
	char path[STORE_PATH_BYTES], token[STORE_PATH_BYTES];
	mono_t due = MONO_NEVER;
	uint64_t count;

	(void)!read(world.fault_fd, &count, sizeof(count));
	// The events are discarded: each vif reads its nodes whenever any node has changed.
	while (store_event(world.store, path, token))
		;
	for (unsigned i = 0; i < world.len; i++)
		due = mono_earlier(due, vif_serve(world.vif[i], serving, now));
	// An event that arrived meanwhile may concern a vif that was already served.
	return store_has_event(world.store) ? now : due;
}

// Serves all vifs, without workers, until they are connected.
static int netfront_connect_all(struct why *why)
{
	mono_t now = clock_kernel(), limit = mono_add(now, CONNECT_US);
	struct pollfd fd = {.fd = world.epoll_fd, .events = POLLIN};

	for (;;) {
		mono_t due = mono_earlier(netfront_serve_all(false, now), limit);

		if (netfront_all_up())
			return 0;
		if (mono_due(limit, now))
			break;
		poll(&fd, 1, (int)(mono_until(now, due) / MS_US) + 1);
		now = clock_kernel();
	}
	for (unsigned i = 0; i < world.len; i++) {
		struct vif *vif = world.vif[i];

		if (!vif->up)
			why_set(why,
			        "%s: its backend in domain %u did not connect in %ju s; is the vif "
			        "in the guest's configuration, and does dom0 serve it?",
			        vif->netif.device, vif->bus.back_domain,
			        (uintmax_t)(CONNECT_US / SEC_US));
	}
	return -ETIMEDOUT;
}

static int netfront_open_vif(const struct backend_conf *from, uint32_t share, struct netif **netif,
                             struct why *why)
{
	const struct netfront_options *options = (const void *)from->options;
	uint32_t pages = (uint32_t)size_min(from->pages ? from->pages : NETFRONT_PAGES, share);
	struct vif_conf conf = {.device = from->device,
	                        .number = (unsigned)vif_number(from->argument),
	                        .queues = from->queues,
	                        .pages = pages,
	                        .mtu = from->mtu,
	                        .copy = options->copy,
	                        .hash = options->hash == NETFRONT_HASH_TOEPLITZ,
	                        .gso = options->gso,
	                        .fault_fd = world.fault_fd};
	struct vif *vif;
	int err;

	if (pages < NETFRONT_PAGES_MIN)
		return why_fail(why, -EINVAL, "%s: pages: at least %d are needed for each worker",
		                from->device, NETFRONT_PAGES_MIN);
	if (vif_queues_offered(world.store, conf.number) == 0)
		return why_fail(
		        why, -ENODEV,
		        "%s: this guest has no vif/%u; add one to its configuration (vif = [ "
		        "... ]) or with xl network-attach",
		        from->device, conf.number);
	vif = aligned_alloc(CACHE_LINE_BYTES, ROUND_UP(sizeof(*vif), CACHE_LINE_BYTES));
	if (!vif)
		return why_no_memory(why, "%s", from->device);
	err = vif_open(vif, world.store, &conf, why);
	if (err) {
		free(vif);
		return err;
	}
	world.vif[world.len++] = vif;
	*netif = &vif->netif;
	return 0;
}

static void netfront_close(void)
{
	for (unsigned i = 0; i < world.len; i++)
		free(world.vif[i]);
	store_close(world.store);
	if (world.fault_fd >= 0)
		close(world.fault_fd);
	if (world.epoll_fd >= 0)
		close(world.epoll_fd);
	memset(&world, 0, sizeof(world));
	world.epoll_fd = world.fault_fd = -1;
}

static int netfront_open(const char *app_name, const struct backend_conf *confs, unsigned len,
                         struct netif **netifs, struct why *why)
{
	uint32_t share;
	int err = 0;

	assert(len <= BACKEND_DEVICES_MAX && world.len == 0);
	err = netfront_world_open(confs[0].device, why);
	if (err) {
		netfront_close();
		return err;
	}
	share = netfront_pages_share(confs, len);
	if (share == 0) {
		why_set(why,
		        "this guest cannot grant enough pages for %u vifs; raise gntalloc's limit "
		        "(/sys/module/xen_gntalloc/parameters/limit)",
		        len);
		err = -ENOSPC;
	}
	for (unsigned i = 0; !err && i < len; i++)
		err = netfront_open_vif(&confs[i], share, &netifs[i], why);
	if (!err)
		err = netfront_connect_all(why);
	if (err) {
		for (unsigned i = 0; i < world.len; i++)
			vif_close(world.vif[i]);
		netfront_close();
	}
	return err;
}

static int netfront_fd(void)
{
	return world.epoll_fd;
}

static mono_t netfront_serve(mono_t now)
{
	return netfront_serve_all(true, now);
}

static const char *netfront_memory(void)
{
	return "granted memory";
}

static const struct backend_kind netfront_kinds[] = {
        {"xen", "vif/N", "a virtual interface of a Xen guest, by grant rings", &netfront_options,
         .check = netfront_check},
        {0},
};

const struct backend netfront_backend = {
        .kinds = netfront_kinds,
        .check = netfront_check_machine,
        .open = netfront_open,
        .close = netfront_close,
        .fd = netfront_fd,
        .serve = netfront_serve,
        .memory = netfront_memory,
};

// xdp: see the header. Opening, what is configured, and what the control thread asks for;
// the data path is in queue.c.
#include "backends/xdp/xdp.h"

#include "backends/xdp/check.h"
#include "backends/xdp/program.h"
#include "backends/xdp/queue.h"
#include "core/host/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define TX_SLOTS   2048
#define DONE_SLOTS 2048

// Frames that wait for each worker: as many pages are in the fill and receive rings.
#define FRAMES     8192
#define FRAMES_MIN 64
#define FRAMES_MAX 65536

// Pages for bursts in flight and packets of our own, some of which the fill ring leaves. TCP,
// which holds what is not acknowledged, takes half of all pages at most, so that frames go on
// arriving.
#define PAGES_SPARE 512
#define PAGES_MAX   (1u << 24)
#define PAGES_KEPT  256

// What a page has beside the MTU: the kernel's own room in front of the frame, the
// Ethernet header with a tag.
#define FRONT_BYTES 256
#define ETH_BYTES   18
#define CHUNK_MIN   2048
#define COLOURS_MIN 8
#define MTU_MAX     (PAGE_BYTES - (COLOURS_MIN - 1) * PAGE_COLOUR_BYTES - FRONT_BYTES - ETH_BYTES)

enum share { SHARE_NO, SHARE_YES, SHARE_AUTO };

static const char *const shares[] = {
        [SHARE_NO] = "0", [SHARE_YES] = "1", [SHARE_AUTO] = "auto", NULL};

struct device_options {
	uint64_t start, busy, frames;
	bool copy;
	unsigned share; // enum share
};

#define OPTION(member) offsetof(struct device_options, member)

static const struct option_key keys[] = {
        {"start", OPTION_NUMBER, OPTION(start), .max = 1023,
         .help = "The first of the interface's queues that is ours (0)."},
        {"frames", OPTION_NUMBER, OPTION(frames), FRAMES, FRAMES_MIN, FRAMES_MAX,
         .help = "Frames that wait for each worker at most, a power of two or rounded up to one; "
                 "what exceeds them is counted as rx_missed. Each takes 4 KiB of locked memory "
                 "(8192: 34 MiB a worker, with what it sends)."},
        {"busy", OPTION_NUMBER, OPTION(busy), .max = 1024,
         .help = "Packets that one busy poll may take; 0: no busy polling (0)."},
        {"copy", OPTION_FLAG, OPTION(copy), .help = "Whether zero copy is refused (0)."},
        {"share", OPTION_CHOICE, OPTION(share), SHARE_AUTO, .choices = shares,
         .help = "Whether the kernel keeps what is not for addresses of the port; auto: when it "
                 "has addresses on the interface, or interfaces above it (auto)."},
        {0},
};
static const struct option_table options_table = {sizeof(struct device_options), keys};

static const struct backend_kind kinds[] = {
        {"af_xdp", "IFACE", "a Linux interface, by XDP sockets", &options_table,
         .check = backend_check_iface},
        {0},
};

// Sums over the sockets; the control thread's, as of the last xdp_status.
struct counts {
	uint64_t dropped, ring_full, fill_empty;
};

struct xdp {
	struct netif netif;
	char name[BACKEND_ARGUMENT_BYTES];
	struct device_options options;
	bool shared;
	bool lost; // for good: only a new process takes it up
	int index, groups_fd;
	struct xdp_program program;
	struct xdp_copies copies;
	struct counts counts;
	struct xdp_queue queue[];
};

static struct xdp *xdp_of(struct netif *netif)
{
	return CONTAINER_OF(netif, struct xdp, netif);
}

static unsigned xdp_rx_burst(struct netif *netif, unsigned queue, struct pkt **pkts, unsigned n)
{
	return xdp_queue_receive(&xdp_of(netif)->queue[queue], netif, queue, pkts, n);
}

static unsigned xdp_tx_burst(struct netif *netif, unsigned queue, struct pkt **pkts, unsigned n)
{
	return xdp_queue_send(&xdp_of(netif)->queue[queue], netif->metric[queue], pkts, n);
}

static int xdp_rx_fd(struct netif *netif, unsigned queue)
{
	return xdp_of(netif)->queue[queue].sock.fd;
}

// Not by one epoll for both: the kernel would call it for each frame sent and received.
static int xdp_rx_fd_more(struct netif *netif, unsigned queue)
{
	const struct xdp_copies *copies = xdp_of(netif)->queue[queue].copies;

	return copies ? copies->fd : -1;
}

static void xdp_rx_arm(struct netif *netif, unsigned queue, bool on)
{
	const struct xdp_queue *q = &xdp_of(netif)->queue[queue];
	socklen_t len = sizeof(int);
	int err;

	// An error that stands, such as a link that was down, would end every wait at
	// once; reading it clears it.
	if (on && q->copies)
		(void)getsockopt(q->copies->fd, SOL_SOCKET, SO_ERROR, &err, &len);
}

// What the kernel would not take is tried again at once.
static mono_t xdp_deadline(struct netif *netif, unsigned queue)
{
	return xdp_of(netif)->queue[queue].unsent ? (mono_t){0} : MONO_NEVER;
}

// An address that the kernel has, too, is left to it: a link-local one, which both make
// from the interface's hardware address. Others must not be on both.
static bool addr_is_ours(const struct xdp *xdp, struct addr addr)
{
	char text[ADDR_TEXT_BYTES];
	struct addr found;

	if (!ifinfo_find_addr(xdp->name, &addr, &found))
		return true;
	if (addr_is_link_local(addr))
		return false;
	log_warning("%s: %s is the kernel's address on %s as well: packets for it go to wadi; "
	            "give the port another one",
	            xdp->netif.device, addr_text(addr, text), xdp->name);
	return true;
}

static void xdp_own(struct netif *netif, uint16_t vlan, const struct addr *addrs, unsigned len)
{
	struct addr ours[2 * XDP_ADDRS_MAX];
	struct xdp *xdp = xdp_of(netif);
	unsigned n = 0;
	int err;

	for (unsigned i = 0; i < len && n < ARRAY_LEN(ours); i++)
		if (addr_is_ours(xdp, addrs[i]))
			ours[n++] = addrs[i];
	err = xdp_program_own(&xdp->program, vlan, ours, n);
	if (err)
		log_error("%s: its addresses cannot be handed to the XDP program: %s",
		          netif->device, strerror(-err));
}

static const struct metric_row queue_rows[] = {
        {"counters", "name", "tx_copied", "value", "frames of several pages sent as a copy in one",
         METRIC_COUNTER, offsetof(struct xdp_queue, tx_copied)},
        {0},
};

// As the kernel names them (XDP_STATISTICS).
static const struct metric_row counts_rows[] = {
        {"counters", "name", "rx_dropped", "value",
         "frames that the kernel had no page for, since the worker was behind, or that fit none",
         METRIC_COUNTER, offsetof(struct counts, dropped)},
        {"counters", "name", "rx_ring_full", "value",
         "frames that the receive ring had no slot for, since the worker was behind",
         METRIC_COUNTER, offsetof(struct counts, ring_full)},
        {"counters", "name", "rx_fill_empty", "value",
         "how often the kernel or the driver found no page to fill", METRIC_COUNTER,
         offsetof(struct counts, fill_empty)},
        {0},
};

static void xdp_status(struct netif *netif, struct netif_status *status)
{
	struct xdp *xdp = xdp_of(netif);
	struct xdp_statistics stats;
	struct ifinfo info;

	*status = (struct netif_status){.own_len = 2};
	if (ifinfo_by_index(xdp->groups_fd, xdp->index, &info) ||
	    xdp_socket_lost(&xdp->queue[0].sock))
		xdp->lost = true;
	status->lost = xdp->lost;
	status->link_up = info.running;
	if (!xdp->lost)
		netif_take_mac(netif, info.mac);
	xdp->counts = (struct counts){0};
	status->own[0] = (struct metric_source){.rows = queue_rows, .len = netif->queues};
	status->own[1] =
	        (struct metric_source){.rows = counts_rows, .len = 1, .of = {&xdp->counts}};
	for (unsigned i = 0; i < netif->queues; i++) {
		status->own[0].of[i] = &xdp->queue[i];
		if (xdp_memory_has_returned(&xdp->queue[i].memory, &xdp->queue[i].pages))
			atomic_store_explicit(&xdp->queue[i].returned, true, memory_order_release);
		if (xdp_socket_statistics(&xdp->queue[i].sock, &stats))
			continue;
		xdp->counts.dropped += stats.rx_dropped;
		xdp->counts.ring_full += stats.rx_ring_full;
		xdp->counts.fill_empty += stats.rx_fill_ring_empty_descs;
		status->tx_errors += stats.tx_invalid_descs;
	}
	status->rx_missed = xdp->counts.dropped + xdp->counts.ring_full;
}

// A program cannot be moved to another interface, and to attach one again takes rights
// that are gone after the start.
static int xdp_reopen(struct netif *netif, struct why *why)
{
	struct xdp *xdp = xdp_of(netif);
	struct ifinfo info;

	return ifinfo_by_name(xdp->groups_fd, xdp->name, &info) || !info.up ? -ENODEV : -ERESTART;
}

static void xdp_close(struct netif *netif)
{
	struct xdp *xdp = xdp_of(netif);

	xdp_program_close(&xdp->program);
	for (unsigned i = 0; i < netif->queues; i++) {
		struct xdp_queue *q = &xdp->queue[i];

		if (q->memory.ledger)
			xdp_memory_return(&q->memory, &q->pages);
		xdp_socket_close(&q->sock);
		xdp_queue_drain(q);
		xdp_memory_close(&q->memory, &q->pages);
	}
	xdp_copies_close(&xdp->copies);
	if (xdp->groups_fd >= 0)
		close(xdp->groups_fd);
	free(xdp);
}

// What xdp_give writes: the shape of memory and rings, then each queue's pages that its fill
// ring lacks. Descriptors: of the device, with those of the copies if it is shared, then each
// queue's socket and memory.
enum { GIVEN_START, GIVEN_MTU, GIVEN_PAGES, GIVEN_FRAMES, GIVEN_SHARED, GIVEN_COPIES, GIVEN_OWED };
enum { GIVEN_LINK, GIVEN_OWN_MAP, GIVEN_GROUPS, GIVEN_COPIES_FD, GIVEN_FDS };

static void xdp_give(struct netif *netif, struct netif_handover *to)
{
	struct xdp *xdp = xdp_of(netif);

	*to = (struct netif_handover){.fds_len = GIVEN_FDS,
	                              .numbers_len = GIVEN_OWED + netif->queues};
	to->number[GIVEN_START] = xdp->options.start;
	to->number[GIVEN_MTU] = netif->mtu;
	to->number[GIVEN_PAGES] = xdp->queue[0].pages.pool.pages;
	to->number[GIVEN_FRAMES] = xdp->options.frames;
	to->number[GIVEN_SHARED] = xdp->shared;
	to->number[GIVEN_COPIES] = xdp->copies.next;
	to->fd[GIVEN_LINK] = xdp->program.link;
	to->fd[GIVEN_OWN_MAP] = xdp->program.own_map;
	to->fd[GIVEN_GROUPS] = xdp->groups_fd;
	// A place for it in any case.
	to->fd[GIVEN_COPIES_FD] = xdp->shared ? xdp->copies.fd : xdp->groups_fd;
	for (unsigned i = 0; i < netif->queues; i++) {
		struct xdp_queue *q = &xdp->queue[i];

		to->number[GIVEN_OWED + i] = q->owed;
		to->fd[to->fds_len++] = q->sock.fd;
		to->fd[to->fds_len++] = q->memory.fd;
		xdp_memory_give(&q->memory, &q->pages);
	}
}

static bool is_given_sound(const struct netif_handover *from, unsigned queues)
{
	const uint64_t *number = from->number;

	if (from->numbers_len != GIVEN_OWED + queues || from->fds_len != GIVEN_FDS + 2 * queues ||
	    number[GIVEN_MTU] > MTU_MAX || number[GIVEN_FRAMES] > FRAMES_MAX ||
	    number[GIVEN_PAGES] > PAGES_MAX || number[GIVEN_PAGES] < number[GIVEN_FRAMES])
		return false;
	for (unsigned i = 0; i < queues; i++)
		if (number[GIVEN_OWED + i] > number[GIVEN_PAGES])
			return false;
	return true;
}

static int xdp_take(struct netif *netif, const struct netif_handover *from)
{
	struct xdp *xdp = xdp_of(netif);
	int err = is_given_sound(from, netif->queues) ? 0 : -EINVAL;

	if (!err && xdp->shared)
		err = xdp_copies_resume(&xdp->copies, from->number[GIVEN_COPIES]);
	for (unsigned i = 0; i < netif->queues && !err; i++) {
		struct xdp_queue *q = &xdp->queue[i];

		q->owed = (uint32_t)from->number[GIVEN_OWED + i];
		q->unsent = true; // the kernel may not have been called for all
		xdp_memory_take(&q->memory, &q->pages);
		xdp_socket_resume(&q->sock);
	}
	return err;
}

static const struct netif_ops ops = {
        .rx_burst = xdp_rx_burst,
        .tx_burst = xdp_tx_burst,
        .rx_fd = xdp_rx_fd,
        .rx_fd_more = xdp_rx_fd_more,
        .rx_arm = xdp_rx_arm,
        .deadline = xdp_deadline,
        .own = xdp_own,
        .status = xdp_status,
        .reopen = xdp_reopen,
        .give = xdp_give,
        .take = xdp_take,
        .close = xdp_close,
};

static uint32_t frames_of(const struct device_options *options)
{
	uint32_t slots = FRAMES_MIN;

	while (slots < options->frames)
		slots *= 2;
	return slots;
}

static uint32_t pages_of(const struct backend_conf *conf)
{
	uint32_t need = frames_of((const void *)conf->options) + PAGES_SPARE;

	return conf->pages > need ? conf->pages : need;
}

static uint32_t chunk_bytes(uint16_t mtu)
{
	uint32_t need = ROUND_UP(FRONT_BYTES + ETH_BYTES + (uint32_t)mtu, PAGE_COLOUR_BYTES);

	return need < CHUNK_MIN ? CHUNK_MIN : need;
}

static struct xdp_socket_conf socket_conf(const struct xdp *xdp, unsigned queue)
{
	uint32_t frames = frames_of(&xdp->options);

	return (struct xdp_socket_conf){.index = xdp->index,
	                                .queue = (unsigned)xdp->options.start + queue,
	                                .chunk = chunk_bytes(xdp->netif.mtu),
	                                .rx = frames,
	                                .tx = TX_SLOTS,
	                                // A driver with zero copy gives back more than it took.
	                                .fill = 2 * frames,
	                                .done = DONE_SLOTS,
	                                .copy = xdp->options.copy,
	                                .busy = (uint32_t)xdp->options.busy};
}

static void queue_set(struct xdp *xdp, unsigned i, uint32_t chunk)
{
	struct xdp_queue *q = &xdp->queue[i];

	xdp->netif.pool[i] = &q->pages.pool;
	q->colours = (PAGE_BYTES - chunk) / PAGE_COLOUR_BYTES + 1;
	q->colours = q->colours > PAGE_COLOURS ? PAGE_COLOURS : q->colours;
	q->polls = xdp->options.busy;
	q->kept = PAGES_KEPT;
}

static int queue_open(struct xdp *xdp, unsigned i, uint32_t pages, struct why *why)
{
	struct xdp_queue *q = &xdp->queue[i];
	struct xdp_socket_conf conf = socket_conf(xdp, i);
	const char *step;
	int err = xdp_memory_open(&q->memory, &q->pages, pages);

	if (err)
		return why_fail(why, -ENOMEM,
		                "%s: there is not enough memory for %u pages of each worker; ask "
		                "for fewer workers, set the port's pages, or the device's option "
		                "frames",
		                xdp->netif.device, pages);
	queue_set(xdp, i, conf.chunk);
	conf.pages = q->pages.owned;
	conf.bytes = q->pages.owned_bytes;
	err = xdp_socket_open(&q->sock, &conf, &step);
	if (err)
		return why_fail(why, err, "%s: queue %u: %s: %s", xdp->netif.device, conf.queue,
		                step, strerror(-err));
	xdp_queue_fill(q, frames_of(&xdp->options));
	err = xdp_program_socket(&xdp->program, conf.queue, q->sock.fd);
	if (err)
		return why_fail(why, err, "%s: queue %u cannot be given to the XDP program: %s",
		                xdp->netif.device, conf.queue, strerror(-err));
	return 0;
}

// The first worker receives copies beside the frames of its socket.
static int copies_open(struct xdp *xdp)
{
	int err = xdp_copies_open(&xdp->copies);

	if (!err)
		err = xdp_program_copies(&xdp->program, xdp->copies.fd);
	if (!err)
		err = xdp_copies_start(&xdp->copies, xdp->index);
	if (err)
		return err;
	xdp->queue[0].copies = &xdp->copies;
	return 0;
}

static int program_attach(struct xdp *xdp, struct why *why)
{
	bool generic;
	int err = xdp_program_attach(&xdp->program, xdp->index, &generic);

	if (err)
		return why_fail(why, err, "%s: the XDP program cannot be put on the interface: %s",
		                xdp->netif.device, strerror(-err));
	if (generic)
		log_info("%s: the driver takes no XDP program for this MTU and these queues: the "
		         "kernel runs it, at more cost for each packet",
		         xdp->netif.device);
	return 0;
}

static int groups_open(struct xdp *xdp, struct why *why)
{
	int err;

	xdp->groups_fd = xdp_iface_groups_open(xdp->index);
	if (xdp->groups_fd < 0)
		return why_fail(why, xdp->groups_fd, "%s: groups cannot be received: %s",
		                xdp->netif.device, strerror(-xdp->groups_fd));
	err = xdp->shared ? copies_open(xdp) : 0;
	if (err)
		return why_fail(why, err, "%s: copies of frames cannot be received: %s",
		                xdp->netif.device, strerror(-err));
	return 0;
}

// Decides what of the interface stays the kernel's, and says so once.
static void share_choose(struct xdp *xdp)
{
	char used[96] = "";
	bool is_used = xdp_iface_used(xdp->name, used, sizeof(used));

	xdp->shared = xdp->options.share == SHARE_AUTO ? is_used : xdp->options.share == SHARE_YES;
	if (xdp->shared)
		log_info("%s: shared with the kernel%s%s%s: it keeps what is not for the port's "
		         "addresses",
		         xdp->netif.device, is_used ? " (" : "", used, is_used ? ")" : "");
	else if (is_used)
		log_warning("%s: all packets go to wadi, none to the kernel, though %s",
		            xdp->netif.device, used);
}

static int parts_open(struct xdp *xdp, const struct backend_conf *conf,
                      const struct xdp_iface *iface, struct why *why)
{
	struct why part;
	int err = xdp_program_open(&xdp->program, iface->queues, xdp->shared, &part);

	if (err)
		return why_fail(why, err, "%s: %s", conf->device, part.text);
	for (unsigned i = 0; i < conf->queues && !err; i++)
		err = queue_open(xdp, i, pages_of(conf), why);
	if (!err)
		err = groups_open(xdp, why);
	if (!err)
		err = program_attach(xdp, why);
	return err;
}

static int queue_take(struct xdp *xdp, unsigned i, const struct netif_handover *from)
{
	const struct xdp_socket_conf conf = socket_conf(xdp, i);
	struct xdp_queue *q = &xdp->queue[i];
	const int *fds = from->fd + GIVEN_FDS + 2 * i;
	int err =
	        xdp_memory_map(&q->memory, &q->pages, (uint32_t)from->number[GIVEN_PAGES], fds[1]);

	if (err)
		return err;
	queue_set(xdp, i, conf.chunk);
	return xdp_socket_take(&q->sock, &conf, fds[0]);
}

// Goes on with the device of another process: what shapes its memory and its rings is as there.
static int parts_take(struct xdp *xdp, const struct netif_handover *from)
{
	const int *fds = from->fd;
	int err;

	xdp->netif.mtu = (uint16_t)from->number[GIVEN_MTU];
	xdp->options.start = from->number[GIVEN_START];
	xdp->options.frames = from->number[GIVEN_FRAMES];
	xdp->shared = from->number[GIVEN_SHARED];
	err = xdp_program_take(&xdp->program, fds[GIVEN_LINK], fds[GIVEN_OWN_MAP]);
	for (unsigned i = 0; i < xdp->netif.queues && !err; i++)
		err = queue_take(xdp, i, from);
	if (err)
		return err;
	xdp->groups_fd = fcntl(fds[GIVEN_GROUPS], F_DUPFD_CLOEXEC, 0);
	if (xdp->groups_fd < 0)
		return -errno;
	if (xdp->shared)
		err = xdp_copies_take(&xdp->copies, fds[GIVEN_COPIES_FD]);
	if (!err && xdp->shared)
		xdp->queue[0].copies = &xdp->copies;
	return err;
}

static int device_check(const struct backend_conf *conf, struct xdp_iface *iface, struct why *why)
{
	const struct device_options *options = (const void *)conf->options;

	return xdp_check_device(conf, (unsigned)options->start, MTU_MAX,
	                        (uint64_t)pages_of(conf) * conf->queues * PAGE_BYTES, iface, why);
}

static int xdp_check(const struct backend_conf *conf, struct why *why)
{
	struct xdp_iface iface;

	return device_check(conf, &iface, why);
}

// The interface of a device that another process has open: only that it is there, and that the
// handover is one of this many queues.
static int device_find(const struct backend_conf *conf, struct xdp_iface *iface, struct why *why)
{
	int err = xdp_iface_query(conf->argument, iface);

	if (!err && !is_given_sound(conf->from, conf->queues))
		err = -EINVAL;
	return err ? why_fail(why, err, "%s: the device cannot be taken over: %s", conf->device,
	                      strerror(-err))
	           : 0;
}

static int device_open(const struct backend_conf *conf, struct netif **netif, struct why *why)
{
	const struct device_options *options = (const void *)conf->options;
	size_t bytes = sizeof(struct xdp) + conf->queues * sizeof(struct xdp_queue);
	const struct netif_handover *from = conf->from;
	struct xdp_iface iface;
	struct xdp *xdp;
	int err = from ? device_find(conf, &iface, why) : device_check(conf, &iface, why);

	if (err)
		return err;
	xdp = aligned_alloc(CACHE_LINE_BYTES, ROUND_UP(bytes, CACHE_LINE_BYTES));
	if (!xdp)
		return why_no_memory(why, "%s", conf->device);
	memset(xdp, 0, bytes);
	xdp->netif = (struct netif){.ops = &ops, .queues = (uint16_t)conf->queues};
	xdp->netif.mtu = conf->mtu ? conf->mtu : (uint16_t)size_min(iface.info.mtu, MTU_MAX);
	memcpy(xdp->netif.mac, iface.info.mac, sizeof(iface.info.mac));
	snprintf(xdp->netif.device, sizeof(xdp->netif.device), "%s", conf->device);
	memcpy(xdp->name, conf->argument, sizeof(xdp->name));
	xdp->options = *options;
	xdp->index = iface.info.index;
	xdp->groups_fd = xdp->copies.fd = -1;
	for (unsigned i = 0; i < conf->queues; i++)
		xdp->queue[i].sock.fd = xdp->queue[i].memory.fd = -1;
	if (from) {
		err = parts_take(xdp, from);
		if (err)
			why_set(why, "%s: the device cannot be taken over: %s", conf->device,
			        strerror(-err));
	} else {
		share_choose(xdp);
		err = parts_open(xdp, conf, &iface, why);
	}
	if (err)
		xdp_close(&xdp->netif);
	else
		*netif = &xdp->netif;
	return err;
}

static int xdp_open(const char *app_name, const struct backend_conf *confs, unsigned len,
                    struct netif **netifs, struct why *why)
{
	return backend_open_each(device_open, confs, len, netifs, why);
}

static const char *xdp_memory(void)
{
	return "plain memory";
}

const struct backend xdp_backend = {
        .kinds = kinds,
        .check = xdp_check,
        .open = xdp_open,
        .memory = xdp_memory,
};

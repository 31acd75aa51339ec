// vif: see the header.
#include "backends/xen/vif.h"

#include "backends/xen/vif_keys.h"
#include "backends/xen/xen.h"
#include "core/host/clock.h"
#include "core/host/log.h"
#include "core/host/seed.h"
#include "core/rand.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#define MTU_DEFAULT 1500
#define MTU_MIN     1280 // RFC 8200 section 5
#define PROBE_MS    2000
#define CLOSE_MS    1000

// Pages of a queue that is not used because the backend supports fewer queues. Its worker receives
// no frames.
#define IDLE_PAGES 64

// Interval at which it is checked that the backend returns pages, and the time for which it may
// hold all of them.
#define CHECK_US (5 * SEC_US)
#define STUCK_US (30 * SEC_US)

static unsigned vif_rx_burst(struct netif *netif, unsigned number, struct pkt **pkts, unsigned n)
{
	return queue_rx_burst(&vif_of(netif)->queue[number], pkts, n);
}

static unsigned vif_tx_burst(struct netif *netif, unsigned number, struct pkt **pkts, unsigned n)
{
	return queue_tx_burst(&vif_of(netif)->queue[number], pkts, n);
}

static int vif_rx_fd(struct netif *netif, unsigned number)
{
	return vif_of(netif)->queue[number].epoll_fd;
}

// Clears the descriptors that woke the worker, so that its next wait blocks.
static void wakes_take(struct queue *queue)
{
	struct epoll_event events[2];
	int n = epoll_wait(queue->epoll_fd, events, 2, 0);
	uint64_t count;

	for (int i = 0; i < n; i++) {
		if (events[i].data.fd == queue->wake_fd)
			(void)!read(queue->wake_fd, &count, sizeof(count));
		else if (queue_enter(queue))
			xen_events_take(queue->events);
	}
}

static void vif_rx_arm(struct netif *netif, unsigned number, bool on)
{
	struct queue *queue = &vif_of(netif)->queue[number];

	if (queue_enter(queue))
		xen_ring_arm(&queue->rx, on);
	if (!on)
		wakes_take(queue);
}

static void vif_groups(struct netif *netif, const uint8_t (*macs)[6], unsigned len)
{
	struct vif *vif = vif_of(netif);

	if (len > VIF_GROUPS_MAX)
		return; // no filter: all multicast is received
	memcpy(vif->group, macs, len * sizeof(vif->group[0]));
	vif->groups_len = len;
	if (!vif->up || !vif->offer.dynamic_multicast || len == 0)
		return;
	for (unsigned i = 0; i < len; i++)
		if (queue_probe(&vif->queue[0], vif->group[i], PROBE_MS))
			return;
	vif->filtering = xenbus_write(&vif->bus, 0, "", "request-multicast-control", 1) == 0;
}

// clang-format off
#define OWN(type, member, kind, help) \
	{"counters", "name", #member, "value", help, kind, offsetof(struct type, member)},

static const struct metric_row vif_rows[] = {
	OWN(vif_metric, connects, METRIC_COUNTER, "connections to the backend")
	OWN(vif_metric, queues, METRIC_GAUGE, "queues in use")
	{0},
};
// The sums over all queues.
static const struct metric_row queue_rows[] = {
	OWN(queue_metric, rx_slots, METRIC_COUNTER, "pages filled by the backend")
	OWN(queue_metric, rx_chains, METRIC_COUNTER, "frames of more than one page")
	OWN(queue_metric, rx_gso, METRIC_COUNTER, "frames of several TCP segments (GSO)")
	OWN(queue_metric, rx_blank, METRIC_COUNTER, "frames without a computed checksum")
	OWN(queue_metric, tx_slots, METRIC_COUNTER, "transmit requests")
	OWN(queue_metric, tx_gso, METRIC_COUNTER, "frames for the backend to segment")
	OWN(queue_metric, tx_held, METRIC_GAUGE, "pages that the backend holds")
	OWN(queue_metric, tx_held_max, METRIC_GAUGE, "maximum of tx_held")
	OWN(queue_metric, tx_full, METRIC_COUNTER, "frames deferred because the ring was full")
	OWN(queue_metric, copies, METRIC_COUNTER, "pages that were copied")
	OWN(queue_metric, notifies, METRIC_COUNTER, "events sent to the backend")
	{0},
};
// clang-format on

#define SUM(member) queues_sum(vif, offsetof(struct queue_metric, member))

static uint64_t queues_sum(const struct vif *vif, size_t member)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < vif->netif.queues; i++)
		sum += counter_get(
		        (const counter_t *)((const char *)&vif->queue[i].metric + member));
	return sum;
}

static void vif_status(struct netif *netif, struct netif_status *status)
{
	struct vif *vif = vif_of(netif);
	struct metric_source queues = {.rows = queue_rows, .len = netif->queues};

	vif->metric = (struct vif_metric){
	        .connects = atomic_load_explicit(&netif->generation, memory_order_relaxed),
	        .queues = vif->used};
	for (unsigned i = 0; i < netif->queues; i++)
		queues.of[i] = &vif->queue[i].metric;
	*status = (struct netif_status){
	        .link_up = vif->up, .tx_errors = SUM(tx_errors), .own_len = 2};
	status->own[0] = (struct metric_source){.rows = vif_rows, .len = 1, .of = {&vif->metric}};
	status->own[1] = queues;
}

static void vif_netif_close(struct netif *netif)
{
	vif_close(vif_of(netif));
}

static const struct netif_ops ops = {
        .rx_burst = vif_rx_burst,
        .tx_burst = vif_tx_burst,
        .rx_fd = vif_rx_fd,
        .rx_arm = vif_rx_arm,
        .groups = vif_groups,
        .status = vif_status,
        .close = vif_netif_close,
};

// A new address has a new solicited-node group. The stack sets its filter later; until then all
// groups are received.
static void vif_set_mac(struct vif *vif, const uint8_t mac[6])
{
	if (memcmp(vif->netif.mac, mac, 6) != 0)
		vif->groups_len = 0;
	memcpy(vif->netif.mac, mac, 6);
}

static int vif_read_mac(struct vif *vif, struct xenbus *bus)
{
	char path[STORE_PATH_BYTES], text[32];
	unsigned m[6];
	uint8_t mac[6];
	int n = 0, err;

	snprintf(path, sizeof(path), "%s/mac", bus->front);
	err = store_read(bus->store, 0, path, text, sizeof(text));
	if (err)
		return err;
	if (sscanf(text, "%2x:%2x:%2x:%2x:%2x:%2x%n", &m[0], &m[1], &m[2], &m[3], &m[4], &m[5],
	           &n) != 6 ||
	    text[n] || m[0] & 1)
		return -EINVAL;
	for (unsigned i = 0; i < 6; i++)
		mac[i] = (uint8_t)m[i];
	vif_set_mac(vif, mac);
	return 0;
}

// A worker may hold pages of another one's queue, so all of them pause while pages move.
static void vif_pause(struct vif *vif)
{
	for (unsigned i = 0; i < vif->netif.queues; i++)
		queue_pause(&vif->queue[i], vif->serving);
}

static void vif_resume(struct vif *vif)
{
	for (unsigned i = 0; i < vif->netif.queues; i++)
		queue_resume(&vif->queue[i]);
}

// Prepares rings, pages and event channels for the next connection.
static int vif_prepare(struct vif *vif, struct xenbus *bus)
{
	int err = vif_read_mac(vif, bus);

	vif->offer = vif_keys_read(bus);
	vif->used = (unsigned)size_min(vif->queues_max, vif->offer.queues ? vif->offer.queues : 1);
	if (!err && !vif->offer.rx_copy)
		err = -ENOTSUP;
	if (err)
		return err;
	vif_pause(vif);
	for (unsigned i = 0; !err && i < vif->used; i++) {
		vif->queue[i].sg = vif->offer.sg;
		err = queue_prepare(&vif->queue[i], bus->back_domain, bus->renew);
	}
	vif_resume(vif);
	for (unsigned i = 0; !err && i < vif->used; i++)
		err = queue_bind(&vif->queue[i], vif->offer.split);
	if (!err && vif->hash && vif->offer.ctrl && vif->used > 1)
		err = ctrl_open(&vif->ctrl, bus->back_domain);
	vif->filtering = vif->offer.multicast && vif->groups_len > 0;
	vif->prepared = !err;
	return err;
}

static int vif_publish(void *device, struct xenbus *bus, uint32_t tx)
{
	struct vif *vif = device;
	int err = vif->prepared ? 0 : vif_prepare(vif, bus);

	if (!err)
		err = vif_keys_write(vif, bus, tx);
	if (err && err != -EAGAIN)
		log_warning("%s: cannot be offered to the backend in domain %u: %s; trying again",
		            vif->name, bus->back_domain, strerror(-err));
	return err;
}

static void offloads_set(struct vif *vif)
{
	const struct vif_offer *offer = &vif->offer;

	vif->netif.offloads = NETIF_RX_CKSUM;
	if (offer->cksum6)
		vif->netif.offloads |= NETIF_TX_L4_CKSUM;
	if (vif->gso && offer->sg && offer->cksum6 && offer->gso4)
		vif->netif.offloads |= NETIF_TX_TSO4;
	if (vif->gso && offer->sg && offer->cksum6 && offer->gso6)
		vif->netif.offloads |= NETIF_TX_TSO6;
	vif->netif.tso_pages = XEN_NETIF_NR_SLOTS_MIN - 1; // one slot says how to segment
	vif->netif.tx_pages = offer->sg ? XEN_NETIF_NR_SLOTS_MIN : 1;
}

static void hash_set(struct vif *vif)
{
	uint8_t key[CTRL_KEY_BYTES];
	struct rand rand;
	int err;

	if (!vif->ctrl.shared)
		return;
	rand_init(&rand, seed_os());
	for (size_t i = 0; i < sizeof(key); i++)
		key[i] = (uint8_t)rand_u64(&rand);
	err = ctrl_hash(&vif->ctrl, key, vif->used);
	if (err)
		log_warning("%s: the backend does not accept the Toeplitz hash: %s", vif->name,
		            strerror(-err));
}

// Netback enters the state Connected even if it could not map the rings. So each queue is tested
// before it is given to its worker.
static int vif_probe(struct vif *vif)
{
	int err = 0;

	for (unsigned i = 0; !err && i < vif->used; i++) {
		queue_notify(&vif->queue[i], vif->queue[i].port_rx);
		err = queue_probe(&vif->queue[i], NULL, PROBE_MS);
	}
	for (unsigned i = 0; !err && vif->filtering && i < vif->groups_len; i++)
		err = queue_probe(&vif->queue[0], vif->group[i], PROBE_MS);
	return err;
}

static int vif_start(void *device)
{
	struct vif *vif = device;
	int err = vif_probe(vif);

	if (err) {
		log_warning("%s: the backend connected but does not serve the rings: %s; trying "
		            "again",
		            vif->name, strerror(-err));
		return err;
	}
	hash_set(vif);
	offloads_set(vif);
	vif->up = true;
	vif->since = vif->check = clock_kernel();
	atomic_fetch_add_explicit(&vif->netif.generation, 1, memory_order_release);
	for (unsigned i = 0; i < vif->used; i++)
		queue_release(&vif->queue[i]);
	log_info("%s: connected to domain %u, %u queue%s", vif->name, vif->bus.back_domain,
	         vif->used, vif->used == 1 ? "" : "s");
	return 0;
}

static void vif_stop(void *device, bool resumed)
{
	struct vif *vif = device;

	for (unsigned i = 0; i < vif->used; i++) {
		queue_hold(&vif->queue[i], vif->serving);
		queue_unbind(&vif->queue[i], resumed);
	}
	ctrl_close(&vif->ctrl, resumed);
	if (vif->up)
		log_warning("%s: %s", vif->name,
		            resumed ? "the guest was resumed or migrated; reconnecting"
		                    : "the backend disconnected; waiting for a new one");
	vif->up = vif->prepared = false;
}

static const struct xenbus_ops bus_ops = {vif_publish, vif_start, vif_stop};

// Returns the protocol violation that a worker found, or FAULT_NONE.
static enum fault vif_fault(const struct vif *vif)
{
	for (unsigned i = 0; i < vif->used; i++) {
		enum fault fault = atomic_load_explicit(&vif->queue[i].fault, memory_order_relaxed);

		if (fault)
			return fault;
	}
	return FAULT_NONE;
}

// Whether the backend has held the maximum number of pages for STUCK_US without returning one, so
// that no frame can be sent.
static bool vif_is_stuck(struct vif *vif, mono_t now)
{
	uint64_t done = SUM(tx_done), held = SUM(tx_held);

	if (done != vif->done || held < vif->queue[0].tx_limit) {
		vif->done = done;
		vif->since = now;
	}
	vif->check = mono_add(now, CHECK_US);
	return mono_until(vif->since, now) >= STUCK_US;
}

mono_t vif_serve(struct vif *vif, bool serving, mono_t now)
{
	enum fault fault = vif->up ? vif_fault(vif) : FAULT_NONE;
	mono_t due;

	vif->serving = serving;
	if (fault) {
		log_error("%s: the backend in domain %u violates the protocol: %s; resetting",
		          vif->name, vif->bus.back_domain, queue_fault_text(fault));
		xenbus_reset(&vif->bus, now);
	} else if (vif->up && mono_due(vif->check, now) && vif_is_stuck(vif, now)) {
		log_error("%s: the backend has returned no page for %ju s; resetting", vif->name,
		          (uintmax_t)(STUCK_US / SEC_US));
		xenbus_reset(&vif->bus, now);
	}
	due = xenbus_serve(&vif->bus, now);
	return vif->up ? mono_earlier(due, vif->check) : due;
}

unsigned vif_queues_offered(struct store *store, unsigned number)
{
	struct xenbus bus = {.store = store};
	char path[STORE_PATH_BYTES];

	snprintf(path, sizeof(path), "device/vif/%u/backend", number);
	if (store_read(store, 0, path, bus.back, sizeof(bus.back)))
		return 0;
	return xenbus_back_number(&bus, "multi-queue-max-queues", UINT16_MAX, 1);
}

static int vif_open_queues(struct vif *vif, const struct vif_conf *conf, uint16_t domain)
{
	int err = 0;

	vif->queue = aligned_alloc(CACHE_LINE_BYTES, conf->queues * sizeof(*vif->queue));
	if (!vif->queue)
		return -ENOMEM;
	for (unsigned i = 0; !err && i < conf->queues; i++) {
		struct queue_conf queue = {.netif = &vif->netif,
		                           .number = (uint16_t)i,
		                           .domain = domain,
		                           .pages = i < vif->queues_max ? conf->pages : IDLE_PAGES,
		                           .copy = conf->copy,
		                           .fault_fd = conf->fault_fd};

		err = queue_open(&vif->queue[i], &queue);
		if (!err)
			vif->netif.pool[vif->netif.queues++] = queue_pool(&vif->queue[i]);
	}
	return err;
}

int vif_open(struct vif *vif, struct store *store, const struct vif_conf *conf, struct why *why)
{
	char front[XENBUS_PATH_BYTES];
	uint32_t mtu;
	int err;

	*vif = (struct vif){.hash = conf->hash, .gso = conf->gso, .netif.ops = &ops};
	vif->queues_max = (unsigned)size_min(conf->queues, vif_queues_offered(store, conf->number));
	snprintf(vif->name, sizeof(vif->name), "vif/%u", conf->number);
	snprintf(front, sizeof(front), "device/%s", vif->name);
	snprintf(vif->netif.device, sizeof(vif->netif.device), "%s", conf->device);
	err = xenbus_open(&vif->bus, store, front, &bus_ops, vif);
	if (!err)
		err = vif_read_mac(vif, &vif->bus);
	if (err) {
		why_set(why, "%s: its nodes in xenstore cannot be used: %s", conf->device,
		        strerror(-err));
		return err;
	}
	mtu = xenbus_front_number(&vif->bus, "mtu", VIF_MTU_MAX, MTU_DEFAULT);
	vif->netif.mtu = conf->mtu ? conf->mtu : mtu < MTU_MIN ? MTU_DEFAULT : (uint16_t)mtu;
	err = vif_open_queues(
	        vif, conf, (uint16_t)xenbus_front_number(&vif->bus, "backend-id", UINT16_MAX, 0));
	if (err) {
		why_set(why,
		        "%s: %u pages cannot be granted for each of %u queues: %s; set the "
		        "port's pages lower or gntalloc's limit higher",
		        conf->device, conf->pages, conf->queues, strerror(-err));
		vif_close(vif);
	}
	return err;
}

void vif_close(struct vif *vif)
{
	vif->serving = false;
	if (vif->bus.store)
		xenbus_close(&vif->bus, CLOSE_MS);
	for (unsigned i = 0; i < vif->netif.queues; i++)
		queue_close(&vif->queue[i]);
	ctrl_close(&vif->ctrl, false);
	free(vif->queue);
	vif->queue = NULL;
	vif->netif.queues = 0;
}

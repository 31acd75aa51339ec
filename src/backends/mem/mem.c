// mem: see the header. Between each queue of one end and each queue of the other
// lies a wire: a ring of frames on their way and a ring of frames to be used
// again, so that every ring has one producer and one consumer.
#include "backends/mem/mem.h"

#include "backends/mem/flow.h"
#include "core/hash.h"
#include "core/host/backend.h"
#include "core/ring.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define ETH_BYTES   18 // header and one VLAN tag
#define BURST       32
#define NAME_BYTES  (NETIF_NAME_BYTES - sizeof("mem:") + 1)
#define FRAME_BYTES (MEM_MTU_MAX + ETH_BYTES)

struct frame {
	uint32_t hash;
	uint16_t len;
	uint8_t bytes[FRAME_BYTES];
};

struct wire {
	struct ring sent;  // from sender to receiver
	struct ring spare; // and back
	struct frame *frames;
};

struct queue {
	struct page_array pages;
	int fd;
	_Atomic bool armed;
	unsigned turn; // the sender whose wire is polled first
};

struct pair;

struct end {
	struct netif netif;
	struct pair *pair;
	struct end *peer; // NULL: not open
	unsigned queues;
	// To this end, by the peer's queue and ours.
	struct wire wire[MEM_QUEUES_MAX][MEM_QUEUES_MAX];
	struct queue queue[MEM_QUEUES_MAX];
};

struct pair {
	struct pair *next;
	char name[NAME_BYTES];
	struct end *end[2];
};

// The names in use, control thread only.
static struct pair *pairs;

static struct end *end_of(struct netif *netif)
{
	return CONTAINER_OF(netif, struct end, netif);
}

static void wire_fini(struct wire *wire)
{
	ring_fini(&wire->sent);
	ring_fini(&wire->spare);
	free(wire->frames);
	wire->frames = NULL;
}

static int wire_init(struct wire *wire)
{
	int err = ring_init(&wire->sent, MEM_RING_LEN);

	if (!err)
		err = ring_init(&wire->spare, MEM_RING_LEN);
	wire->frames = err ? NULL : line_alloc(MEM_RING_LEN, sizeof(struct frame));
	if (!wire->frames)
		return -ENOMEM;
	for (unsigned i = 0; i < MEM_RING_LEN; i++) {
		void *frame = &wire->frames[i];

		(void)ring_enqueue(&wire->spare, &frame, 1);
	}
	return 0;
}

// Copies a frame into a page, consuming nothing of the wire; NULL when it was
// too long.
static struct pkt *frame_to_pkt(struct end *end, unsigned queue, const struct frame *frame)
{
	struct pkt *pkt = pkt_alloc(end->netif.pool[queue]);

	pkt_set_len(pkt, frame->len);
	memcpy(pkt_data(pkt), frame->bytes, frame->len);
	pkt->hash = frame->hash;
	pkt->iface = (uint8_t)end->netif.iface;
	if (frame->len <= end->netif.mtu + ETH_BYTES)
		return pkt;
	pkt_drop(end->netif.metric[queue], pkt, DROP_RX_TOO_LONG);
	return NULL;
}

static unsigned wire_rx(struct end *end, unsigned queue, struct wire *wire, struct pkt **pkts,
                        unsigned n)
{
	struct page_pool *pool = end->netif.pool[queue];
	void *frames[BURST];
	unsigned got = 0;

	// Without a free page frames stay on the wire.
	n = (unsigned)size_min(size_min(n, BURST), pool->avail(pool));
	n = ring_dequeue(&wire->sent, frames, n);
	for (unsigned i = 0; i < n; i++) {
		struct pkt *pkt = frame_to_pkt(end, queue, frames[i]);

		if (pkt)
			pkts[got++] = pkt;
	}
	if (n)
		(void)ring_enqueue(&wire->spare, frames, n);
	return got;
}

static unsigned mem_rx_burst(struct netif *netif, unsigned queue, struct pkt **pkts, unsigned n)
{
	struct end *end = end_of(netif);
	struct queue *q = &end->queue[queue];
	unsigned got = 0;

	if (!end->peer)
		return 0;
	for (unsigned i = 0; i < end->peer->queues && got < n; i++) {
		unsigned from = (q->turn + i) % end->peer->queues;

		got += wire_rx(end, queue, &end->wire[from][queue], pkts + got, n - got);
	}
	q->turn++;
	return got;
}

// Puts one packet on the wire; false when that is full.
static bool pkt_to_wire(struct end *end, unsigned queue, struct pkt *pkt, unsigned *to)
{
	struct end *peer = end->peer;
	uint32_t hash = flow_hash(pkt_data(pkt), pkt->len);
	struct frame *frame;
	struct wire *wire;
	void *item;

	*to = hash % peer->queues;
	wire = &peer->wire[queue][*to];
	if (ring_dequeue(&wire->spare, &item, 1) == 0)
		return false;
	frame = item;
	frame->hash = hash;
	frame->len = (uint16_t)pkt_total_len(pkt);
	if (likely(!pkt->next))
		memcpy(frame->bytes, pkt_data(pkt), pkt->len);
	else
		pkt_read(pkt, 0, frame->bytes, frame->len);
	(void)ring_enqueue(&wire->sent, &item, 1);
	return true;
}

// Rings for each queue in the set that sleeps. Of the exchanges here and in
// rx_arm one comes first: either this one sees that the queue is armed, or the
// receiver sees what has been put on the wire.
static void ring_queues(struct end *end, uint32_t set)
{
	uint64_t one = 1;

	for (; set; set &= set - 1) {
		struct queue *q = &end->queue[__builtin_ctz(set)];

		if (atomic_exchange_explicit(&q->armed, false, memory_order_acq_rel))
			(void)!write(q->fd, &one, sizeof(one));
	}
}

static unsigned mem_tx_burst(struct netif *netif, unsigned queue, struct pkt **pkts, unsigned n)
{
	struct end *end = end_of(netif);
	uint32_t rung = 0;
	unsigned sent;

	if (!end->peer)
		return 0;
	for (sent = 0; sent < n; sent++) {
		unsigned to;

		if (pkt_total_len(pkts[sent]) > netif->mtu + (uint32_t)ETH_BYTES) {
			pkt_drop(netif->metric[queue], pkts[sent], DROP_TX_TOO_LONG);
			continue;
		}
		if (!pkt_to_wire(end, queue, pkts[sent], &to))
			break;
		pkt_put(pkts[sent]);
		rung |= UINT32_C(1) << to;
	}
	if (rung)
		ring_queues(end->peer, rung);
	return sent;
}

static int mem_rx_fd(struct netif *netif, unsigned queue)
{
	return end_of(netif)->queue[queue].fd;
}

static void mem_rx_arm(struct netif *netif, unsigned queue, bool on)
{
	struct queue *q = &end_of(netif)->queue[queue];
	uint64_t events;

	atomic_exchange_explicit(&q->armed, on, memory_order_acq_rel);
	if (!on)
		(void)!read(q->fd, &events, sizeof(events));
}

static int mem_rx_queue(const struct netif *netif, const struct netif_flow *flow)
{
	return (int)(flow_hash_of(flow) % netif->queues);
}

static void mem_status(struct netif *netif, struct netif_status *status)
{
	*status = (struct netif_status){.link_up = end_of(netif)->peer != NULL};
}

static void end_free(struct end *end)
{
	for (unsigned from = 0; from < MEM_QUEUES_MAX; from++)
		for (unsigned to = 0; to < MEM_QUEUES_MAX; to++)
			wire_fini(&end->wire[from][to]);
	for (unsigned i = 0; i < end->queues; i++) {
		page_array_close(&end->queue[i].pages);
		if (end->queue[i].fd >= 0)
			close(end->queue[i].fd);
	}
	free(end);
}

// Takes the end out of its pair, and the pair out of the list when it was the
// last.
static void end_unlink(struct end *end)
{
	struct pair *pair = end->pair;
	struct pair **link = &pairs;

	pair->end[pair->end[1] == end] = NULL;
	if (pair->end[0] || pair->end[1])
		return;
	while (*link != pair)
		link = &(*link)->next;
	*link = pair->next;
	free(pair);
}

static void mem_close(struct netif *netif)
{
	struct end *end = end_of(netif);
	struct end *peer = end->peer;

	if (peer) {
		peer->peer = NULL;
		// What is on its way to the peer is lost with the wire.
		for (unsigned from = 0; from < end->queues; from++)
			for (unsigned to = 0; to < peer->queues; to++)
				wire_fini(&peer->wire[from][to]);
	}
	end_unlink(end);
	end_free(end);
}

static const struct netif_ops mem_ops = {
        .rx_burst = mem_rx_burst,
        .tx_burst = mem_tx_burst,
        .rx_queue = mem_rx_queue,
        .rx_fd = mem_rx_fd,
        .rx_arm = mem_rx_arm,
        .status = mem_status,
        .close = mem_close,
};

// A locally administered address that follows from the name and the end.
static void mem_mac(uint8_t mac[6], const char *name, unsigned which)
{
	uint64_t hash = hash_key(0, name, strlen(name));

	mac[0] = 0x02;
	memcpy(mac + 1, &hash, 4);
	mac[5] = (uint8_t)(0x0a + which);
}

static int end_init(struct end *end, const char *name, unsigned which, unsigned queues,
                    uint32_t pages)
{
	*end = (struct end){.netif = {.ops = &mem_ops, .mtu = MEM_MTU, .queues = (uint16_t)queues}};
	snprintf(end->netif.device, sizeof(end->netif.device), "mem:%s", name);
	mem_mac(end->netif.mac, name, which);
	for (; end->queues < queues; end->queues++) {
		struct queue *q = &end->queue[end->queues];
		int err = page_array_open(&q->pages, pages);

		if (err)
			return err;
		q->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
		if (q->fd < 0) {
			page_array_close(&q->pages);
			return -errno;
		}
		end->netif.pool[end->queues] = &q->pages.pool;
	}
	return 0;
}

static int wires_init(struct end *to, const struct end *from)
{
	for (unsigned i = 0; i < from->queues; i++)
		for (unsigned k = 0; k < to->queues; k++)
			if (wire_init(&to->wire[i][k]))
				return -ENOMEM;
	return 0;
}

static int ends_join(struct end *a, struct end *b)
{
	int err = wires_init(a, b);

	if (!err)
		err = wires_init(b, a);
	if (err) {
		for (unsigned i = 0; i < MEM_QUEUES_MAX; i++)
			for (unsigned k = 0; k < MEM_QUEUES_MAX; k++)
				wire_fini(&a->wire[i][k]);
		return err;
	}
	a->peer = b;
	b->peer = a;
	return 0;
}

static struct pair *pair_find(const char *name)
{
	struct pair *pair = pairs;

	while (pair && strcmp(pair->name, name) != 0)
		pair = pair->next;
	return pair;
}

// The pair of that name, made when there is none.
static struct pair *pair_get(const char *name)
{
	struct pair *pair = pair_find(name);

	if (pair)
		return pair;
	pair = calloc(1, sizeof(*pair));
	if (!pair)
		return NULL;
	snprintf(pair->name, sizeof(pair->name), "%s", name);
	pair->next = pairs;
	pairs = pair;
	return pair;
}

int mem_open(const char *name, unsigned queues, uint32_t pages, struct netif **netif)
{
	struct pair *pair;
	struct end *end;
	unsigned which;
	int err;

	if (!*name || strlen(name) >= NAME_BYTES || queues == 0 || queues > MEM_QUEUES_MAX ||
	    pages == 0)
		return -EINVAL;
	end = aligned_alloc(CACHE_LINE_BYTES, sizeof(*end));
	pair = end ? pair_get(name) : NULL;
	which = pair && pair->end[0];
	if (!pair || pair->end[which]) {
		free(end);
		return pair ? -EBUSY : -ENOMEM;
	}
	err = end_init(end, name, which, queues, pages);
	end->pair = pair;
	pair->end[which] = end;
	if (!err && pair->end[!which])
		err = ends_join(pair->end[!which], end);
	if (err) {
		end_unlink(end);
		end_free(end);
		return err;
	}
	*netif = &end->netif;
	return 0;
}

static int mem_check(const struct backend_conf *conf, struct why *why)
{
	if (conf->queues <= MEM_QUEUES_MAX && conf->mtu <= MEM_MTU_MAX)
		return 0;
	return why_fail(why, -EINVAL, "%s has at most %d queues and an MTU of at most %d",
	                conf->device, MEM_QUEUES_MAX, MEM_MTU_MAX);
}

static int mem_open_conf(const struct backend_conf *conf, struct netif **netif, struct why *why)
{
	int err = mem_check(conf, why);

	if (err)
		return err;
	err = mem_open(conf->argument, conf->queues, conf->pages ? conf->pages : MEM_PAGES, netif);
	if (err)
		return why_fail(why, err, "%s cannot be opened: %s", conf->device, strerror(-err));
	if (conf->mtu)
		(*netif)->mtu = conf->mtu;
	return 0;
}

static int mem_open_all(const char *app_name, const struct backend_conf *confs, unsigned len,
                        struct netif **netifs, struct why *why)
{
	unsigned opened = 0;
	int err = 0;

	while (!err && opened < len) {
		err = mem_open_conf(&confs[opened], &netifs[opened], why);
		if (!err)
			opened++;
	}
	while (err && opened)
		mem_close(netifs[--opened]);
	return err;
}

static const char *mem_memory(void)
{
	return "plain memory";
}

static int mem_check_name(const struct backend_conf *conf, struct why *why)
{
	if (strlen(conf->argument) < NAME_BYTES)
		return 0;
	return why_fail(why, -EINVAL, "has a name longer than %zu bytes", NAME_BYTES - 1);
}

static const struct backend_kind mem_kinds[] = {
        {"mem", "NAME", "one end of a pair inside the process", .check = mem_check_name},
        {0},
};

const struct backend mem_backend = {
        .kinds = mem_kinds,
        .check = mem_check,
        .open = mem_open_all,
        .memory = mem_memory,
};

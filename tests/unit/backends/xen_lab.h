// xen_lab: a guest with vifs for tests: the fake Xen, a thread with a fake netback for each vif,
// worker threads that echo or count frames, and the test itself as control thread. It asserts that
// all pages, grants and event channels are released at the end.
#ifndef UNIT_XEN_LAB_H
#define UNIT_XEN_LAB_H

#include "harness.h"

#include "backends/xen/netfront.h"
#include "core/host/clock.h"
#include "core/host/metric_report.h"
#include "core/why.h"
#include "netback_fake.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define LAB_VIFS    2
#define LAB_QUEUES  NETBACK_QUEUES_MAX
#define LAB_LIMIT   4096 // pages that the guest may grant
#define LAB_PAGES   160
#define LAB_WAIT_MS 20000

struct lab_worker {
	unsigned queue;
	pthread_t thread;
	struct worker_metric metric;
	_Atomic uint64_t frames, bytes, chains, gso, blank;
};

static struct lab {
	struct store_fake *store;
	struct netback netback[LAB_VIFS];
	struct netif *netif[LAB_VIFS];
	unsigned vifs, queues;
	_Atomic bool quit, echo;
	uint64_t now_offset_us; // of the control thread's time
	struct lab_worker worker[LAB_QUEUES];
} lab;

static inline void lab_sleep_us(long us)
{
	nanosleep(&(struct timespec){.tv_nsec = us * 1000}, NULL);
}

// Echoes frames by swapping their addresses, through the vif they came by.
static inline void lab_echo(struct pkt *pkt)
{
	uint8_t *frame = pkt_data(pkt), mac[6];

	if (pkt->len < 12)
		return;
	memcpy(mac, frame, 6);
	memmove(frame, frame + 6, 6);
	memcpy(frame + 6, mac, 6);
	if (pkt->rx_flags & PKT_RX_L4_CKSUM_BLANK)
		pkt->tx_flags = PKT_TX_TCP_CKSUM;
}

static inline unsigned lab_turn(struct lab_worker *worker, struct netif *netif)
{
	struct pkt *pkts[32];
	unsigned n = netif->ops->rx_burst(netif, worker->queue, pkts, 32), sent = 0;

	for (unsigned i = 0; i < n; i++) {
		worker->frames++;
		worker->bytes += pkt_total_len(pkts[i]);
		worker->chains += pkts[i]->next != NULL;
		worker->gso += pkts[i]->gso_size != 0;
		worker->blank += (pkts[i]->rx_flags & PKT_RX_L4_CKSUM_BLANK) != 0;
		if (lab.echo)
			lab_echo(pkts[i]);
	}
	for (unsigned tries = 0; lab.echo && sent < n && tries < 200; tries++) {
		sent += netif->ops->tx_burst(netif, worker->queue, pkts + sent, n - sent);
		if (sent < n)
			lab_sleep_us(100);
	}
	for (; sent < n; sent++)
		pkt_put(pkts[sent]);
	return n;
}

static inline void *lab_run(void *arg)
{
	struct lab_worker *worker = arg;

	while (!lab.quit) {
		unsigned n = 0;

		for (unsigned i = 0; i < lab.vifs; i++)
			n += lab_turn(worker, lab.netif[i]);
		if (n == 0)
			lab_sleep_us(50);
	}
	return NULL;
}

// Starts the fake Xen with its backends; the guest has opened no device yet.
static inline void lab_world(const struct netback_conf *conf, unsigned vifs, uint32_t limit)
{
	memset(&lab, 0, sizeof(lab));
	lab.store = store_fake_open();
	xen_fake_open(lab.store, limit);
	lab.vifs = vifs;
	for (unsigned i = 0; i < vifs; i++) {
		struct netback_conf each = *conf;

		each.vif = i;
		netback_open(&lab.netback[i], lab.store, &each, true);
	}
}

// Opens the vifs for a number of workers, with options of the device such as ",copy=1".
static inline int lab_connect(unsigned queues, const char *options, uint16_t mtu, struct why *why)
{
	static char device[LAB_VIFS][NETIF_NAME_BYTES];
	struct backend_conf confs[LAB_VIFS];

	lab.queues = queues;
	for (unsigned i = 0; i < lab.vifs; i++) {
		snprintf(device[i], sizeof(device[i]), "xen:vif/%u%s", i, options);
		if (backend_conf_parse(&confs[i], &netfront_backend, device[i], why))
			return -EINVAL;
		confs[i].queues = queues;
		confs[i].pages = LAB_PAGES;
		confs[i].mtu = mtu;
	}
	return netfront_backend.open("lab", confs, lab.vifs, lab.netif, why);
}

// Starts the workers; before that the test may call the queues itself.
static inline void lab_start(bool echo)
{
	lab.echo = echo;
	for (unsigned i = 0; i < lab.queues; i++) {
		lab.worker[i].queue = i;
		assert_int_equal(
		        pthread_create(&lab.worker[i].thread, NULL, lab_run, &lab.worker[i]), 0);
	}
}

static inline void lab_metrics(void)
{
	for (unsigned v = 0; v < lab.vifs; v++)
		for (unsigned i = 0; i < lab.queues; i++)
			lab.netif[v]->metric[i] = &lab.worker[i].metric;
}

// Opens and connects the vifs, and starts the workers.
static inline void lab_open(const struct netback_conf *conf, unsigned vifs, unsigned queues,
                            const char *options, uint16_t mtu, bool echo)
{
	struct why why = {""};
	int err;

	lab_world(conf, vifs, LAB_LIMIT);
	err = lab_connect(queues, options, mtu, &why);
	if (err)
		fail_msg("%s", why.text);
	lab_metrics();
	lab_start(echo);
}

static inline void lab_stop_workers(void)
{
	lab.quit = true;
	for (unsigned i = 0; i < lab.queues; i++) {
		if (lab.worker[i].thread)
			pthread_join(lab.worker[i].thread, NULL);
		lab.worker[i].thread = 0;
	}
}

static inline void lab_close_world(void)
{
	for (unsigned i = 0; i < lab.vifs; i++)
		netback_close(&lab.netback[i]);
	xen_fake_close();
	store_fake_close(lab.store);
}

static inline void lab_close(void)
{
	lab_stop_workers();
	for (unsigned i = 0; i < lab.vifs; i++)
		lab.netif[i]->ops->close(lab.netif[i]);
	netfront_backend.close();
	assert_false(xen_fake_broke());
	lab_close_world();
}

// Serves as the control thread until the condition holds; false when it never does.
typedef bool lab_until_fn(void *ctx);

static inline bool lab_serve(lab_until_fn *until, void *ctx)
{
	for (unsigned ms = 0; ms < LAB_WAIT_MS; ms++) {
		struct pollfd fd = {.fd = netfront_backend.fd(), .events = POLLIN};

		netfront_backend.serve(mono_add(clock_kernel(), lab.now_offset_us));
		if (until(ctx))
			return true;
		poll(&fd, 1, 1);
	}
	return false;
}

static inline uint64_t lab_counter(unsigned vif, const char *name)
{
	struct netif_status status;

	lab.netif[vif]->ops->status(lab.netif[vif], &status);
	for (unsigned i = 0; i < status.own_len; i++)
		for (const struct metric_row *row = status.own[i].rows; row->table; row++)
			if (strcmp(row->value, name) == 0)
				return metric_report_sum(&status.own[i], row);
	fail_msg("no counter %s", name);
	return 0;
}

static inline bool lab_link(unsigned vif)
{
	struct netif_status status;

	lab.netif[vif]->ops->status(lab.netif[vif], &status);
	return status.link_up;
}

static inline uint64_t lab_drops(enum drop reason)
{
	uint64_t drops = 0;

	for (unsigned i = 0; i < lab.queues; i++)
		drops += counter_get(&lab.worker[i].metric.drop[reason]);
	return drops;
}

// A frame of len bytes for the vif's address, whose content is derived from the seed.
static inline void lab_fill(uint8_t *bytes, uint32_t len, uint32_t seed)
{
	for (uint32_t i = 0; i < len; i++)
		bytes[i] = (uint8_t)(seed * 31 + i * 7 + (i >> 8));
	if (len >= 14) {
		memcpy(bytes, "\x00\x16\x3e\x00\x00\x01\x02\x00\x00\x00\x00\x01", 12);
		bytes[12] = 0x88;
		bytes[13] = 0xb6;
	}
}

// Whether a received frame is the one that was sent, with its addresses swapped.
static inline bool lab_is_echo(const struct netback_frame *frame, const uint8_t *sent, uint32_t len)
{
	return frame->len == len && memcmp(frame->bytes, sent + 6, 6) == 0 &&
	       memcmp(frame->bytes + 6, sent, 6) == 0 &&
	       memcmp(frame->bytes + 12, sent + 12, len - 12) == 0;
}

// The next frame from the guest other than netfront's probes (0x88b5).
static inline bool lab_receive(unsigned vif, struct netback_frame *frame)
{
	while (netback_receive(&lab.netback[vif], frame)) {
		if (frame->len < 14 || frame->bytes[12] != 0x88 || frame->bytes[13] != 0xb5)
			return true;
		free(frame->bytes);
	}
	return false;
}

// Sends one frame, and serves until its echo arrives; false when none does.
static inline bool lab_ping(unsigned vif, const struct netback_frame *frame)
{
	struct netback_frame echo;
	bool same;

	if (!netback_send(&lab.netback[vif], frame))
		return false;
	for (unsigned ms = 0; ms < LAB_WAIT_MS; ms++) {
		netfront_backend.serve(clock_kernel());
		if (lab_receive(vif, &echo)) {
			same = lab_is_echo(&echo, frame->bytes, frame->len);
			free(echo.bytes);
			return same;
		}
		lab_sleep_us(200);
	}
	return false;
}

#endif

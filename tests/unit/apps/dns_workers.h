// dns_workers: wadi-dns with two workers on a device that the test provides: their pages, loops
// and stacks are the real ones. The device has the addresses 10.0.0.2 and fd00::2.
#ifndef UNIT_APPS_DNS_WORKERS_H
#define UNIT_APPS_DNS_WORKERS_H

#include "apps/dns/dns.h"
#include "dns_conf.h"
#include "tcpip/frames.h"

#include "apps/boot/worker.h"

#include <stdlib.h>

#define WORKERS 2

// A server and its environment.
static struct {
	struct netif netif;
	struct page_array pages[WORKERS];
	struct worker *worker; // WORKERS of them, side by side as in boot.c
	struct service_env env;
	struct services services;
	struct dns *dns;
	struct why why;
} run;

static inline void run_open_device(const struct netif_ops *ops)
{
	struct netif *netif = &run.netif;

	*netif = (struct netif){.ops = ops, .mtu = 1500, .queues = WORKERS};
	put_mac(netif->mac, US);
	for (unsigned i = 0; i < WORKERS; i++)
		netif->pool[i] = &run.pages[i].pool;
}

static inline void run_open(const struct netif_ops *ops, const struct dns_conf *conf)
{
	static const char *const ipv4[] = {"10.0.0.2/24"}, *const ipv6[] = {"fd00::2/64"};
	static struct boot_port_conf port = {
	        .ipv4 = {(void *)(uintptr_t)ipv4, 1},
	        .ipv6 = {(void *)(uintptr_t)ipv6, 1},
	        .gateway4 = "",
	        .gateway6 = "",
	};
	const struct boot_conf boot = {
	        .workers = WORKERS,
	        .ports = {&port, 1},
	        .neighbours = 16,
	        .tcp_connections = 64,
	        .icmp_errors_per_s = 10,
	};
	struct netif *netifs[] = {&run.netif};
	void *state;

	memset(&run, 0, sizeof(run));
	run.worker = aligned_alloc(CACHE_LINE_BYTES, WORKERS * sizeof(*run.worker));
	assert_non_null(run.worker);
	memset(run.worker, 0, WORKERS * sizeof(*run.worker));
	run.env.workers_len = WORKERS;
	for (unsigned i = 0; i < WORKERS; i++) {
		assert_int_equal(page_array_open(&run.pages[i], HARNESS_PAGES), 0);
		run.env.pipelines[i] = &run.worker[i].pipeline;
	}
	run_open_device(ops);
	if (dns_service.open(&state, conf, &run.env, &run.why) != 0)
		fail_msg("%s", run.why.text);
	run.dns = state;
	run.services = (struct services){.service = {&dns_service}, .len = 1, .state = {state}};
	for (unsigned i = 0; i < WORKERS; i++) {
		const struct worker_conf worker = {
		        .conf = &boot,
		        .services = &run.services,
		        .netifs = netifs,
		        .number = i,
		        .cpu = -1,
		};

		assert_int_equal(worker_open(&run.worker[i], &worker, &run.why), 0);
	}
}

// The workers have ended, and no page is out.
static inline void run_close(void)
{
	for (unsigned i = 0; i < WORKERS; i++) {
		worker_close(&run.worker[i]);
		assert_int_equal(run.pages[i].pool.avail(&run.pages[i].pool), HARNESS_PAGES);
		page_array_close(&run.pages[i]);
	}
	dns_service.close(run.dns);
	free(run.worker);
}

#endif

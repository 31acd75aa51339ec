// metric: the metrics that each worker, and each interface, has; see the headers.
#include "core/metric.h"

#include "core/netif.h"

#define WORKER_AS(name, member, help)                                                              \
	{                                                                                          \
		"workers", NULL, NULL, name, help, METRIC_COUNTER,                                 \
		        offsetof(struct worker_metric, member)                                     \
	}
#define WORKER(member, help) WORKER_AS(#member, member, help)

const struct metric_row metric_worker_rows[] = {
        WORKER(loops, "turns of the loop"),
        WORKER(busy_loops, "turns that had packets, timers or calls"),
        WORKER(sleeps, "waits without work"),
        WORKER_AS("rx_pkts", stage[STAGE_RX].pkts, "packets received"),
        WORKER(rx_bytes, "bytes of them"),
        WORKER_AS("tx_pkts", stage[STAGE_TX].pkts, "packets sent"),
        WORKER(tx_bytes, "bytes of them"),
        WORKER(steered, "packets passed on to the worker that began their conversation"),
        {0},
};

#define TCP(member, help)                                                                          \
	{                                                                                          \
		"tcp", NULL, NULL, #member, help, METRIC_COUNTER,                                  \
		        offsetof(struct worker_metric, tcp.member)                                 \
	}

const struct metric_row metric_tcp_rows[] = {
        TCP(opened, "connections that were established"),
        TCP(closed, "connections that ended"),
        {"tcp", NULL, NULL, "open", "connections now", METRIC_DIFFERENCE,
         offsetof(struct worker_metric, tcp.opened), offsetof(struct worker_metric, tcp.closed)},
        TCP(cookies_sent, "SYNs answered by a cookie, the backlog being full"),
        TCP(cookies_taken, "connections made from a cookie that came back"),
        TCP(fast_open_cookies, "answers to SYNs that brought a cookie for Fast Open"),
        TCP(fast_open_taken, "connections whose SYN had a valid cookie for Fast Open"),
        TCP(fast_open_refused, "SYNs whose cookie for Fast Open was wrong or too old"),
        TCP(fast_open_full, "SYNs that asked for Fast Open while too many connections waited"),
        TCP(resent, "segments sent again"),
        TCP(path_probes, "segments longer than others, to find out whether they get through"),
        TCP(path_probes_lost, "of these those that did not"),
        TCP(large_sent, "packets of several segments, which the device cuts (TSO)"),
        TCP(large_received, "packets of several segments, as the device joined them (GSO)"),
        TCP(copied_bytes, "bytes sent from a copy of the page that they were in"),
        TCP(pages_given_up, "pages of data out of order that were given up because pages ran low"),
        TCP(crowded_out, "connections that were reset because their peers took next to nothing "
                         "for some seconds while pages ran low"),
        TCP(channels_full, "connections that were reset because a service had no channel left"),
        {0},
};

// clang-format off
#define LATENCY(log2, text) \
	{"latency", "within", text, "count", "packets sent", METRIC_TIME, \
	 offsetof(struct worker_metric, latency[log2]), \
	 offsetof(struct worker_metric, latency_us), UINT64_C(1) << (log2)},

const struct metric_row metric_latency_rows[] = {
	LATENCY(0, "1 us")
	LATENCY(1, "2 us")
	LATENCY(2, "4 us")
	LATENCY(3, "8 us")
	LATENCY(4, "16 us")
	LATENCY(5, "32 us")
	LATENCY(6, "64 us")
	LATENCY(7, "128 us")
	LATENCY(8, "256 us")
	LATENCY(9, "512 us")
	LATENCY(10, "1 ms")
	LATENCY(11, "2 ms")
	LATENCY(12, "4 ms")
	LATENCY(13, "8 ms")
	LATENCY(14, "16 ms")
	LATENCY(15, "33 ms")
	LATENCY(16, "66 ms")
	LATENCY(17, "131 ms")
	LATENCY(18, "262 ms")
	LATENCY(19, "524 ms")
	LATENCY(20, "1 s")
	{"latency", "within", "longer", "count", "packets sent", METRIC_TIME,
	 offsetof(struct worker_metric, latency[METRIC_LATENCIES - 1]),
	 offsetof(struct worker_metric, latency_us), METRIC_NO_BOUND},
	{0},
};

#define STAGE(id, text, help) \
	{"stages", "stage", text, "pkts", help, METRIC_COUNTER, \
	 offsetof(struct worker_metric, stage[STAGE_##id].pkts)}, \
	{"stages", "stage", text, "cycles_per_pkt", help, METRIC_RATIO, \
	 offsetof(struct worker_metric, stage[STAGE_##id].sampled_cycles), \
	 offsetof(struct worker_metric, stage[STAGE_##id].sampled_pkts)},
#define DROP(stage, reason, text, help) \
	{"drops", "name", text, "count", help, METRIC_COUNTER, \
	 offsetof(struct worker_metric, drop[DROP_##stage##_##reason])},
#define NONE(...)

const struct metric_row metric_stage_rows[] = {
	DROP_LIST(STAGE, NONE)
	{0},
};
const struct metric_row metric_drop_rows[] = {
	DROP_LIST(NONE, DROP)
	{0},
};
// clang-format on

#define STATUS(member, kind, help)                                                                 \
	{                                                                                          \
		"ifaces", NULL, NULL, #member, help, kind, offsetof(struct netif_status, member)   \
	}

const struct metric_row netif_status_rows[] = {
        STATUS(link_up, METRIC_GAUGE, "1 if the link is up"),
        STATUS(lost, METRIC_GAUGE, "1 if the device is gone"),
        STATUS(speed_mbps, METRIC_GAUGE, "Mbit/s; 0 if not known"),
        STATUS(rx_missed, METRIC_COUNTER, "packets for which the device or the kernel had no room"),
        STATUS(rx_errors, METRIC_COUNTER, "packets received with errors"),
        STATUS(tx_errors, METRIC_COUNTER, "packets not sent because of errors"),
        STATUS(pages, METRIC_GAUGE, "pages of the workers"),
        STATUS(pages_free, METRIC_GAUGE,
               "pages of the workers that no packet and no device has; exact while they are idle"),
        {0},
};

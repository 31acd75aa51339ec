// metric: the metrics that each worker has; see the header.
#include "core/metric.h"

#define WORKER(member, help)                                                                       \
	{                                                                                          \
		"workers", NULL, NULL, #member, help, METRIC_COUNTER,                              \
		        offsetof(struct worker_metric, member)                                     \
	}

const struct metric_row metric_worker_rows[] = {
        WORKER(loops, "turns of the loop"),
        WORKER(busy_loops, "turns that had packets, timers or calls"),
        WORKER(sleeps, "waits without work"),
        WORKER(rx_pkts, "packets received"),
        WORKER(rx_bytes, "bytes of them"),
        WORKER(tx_pkts, "packets sent"),
        WORKER(tx_bytes, "bytes of them"),
        {0},
};

// clang-format off
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

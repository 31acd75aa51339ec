// sdn_load: what a port carries: the counters that its switch reports from time to time, and rates
// between two of them. A counter that went backwards began again from 0, as when the switch was
// restarted: then there are no rates until the next reading.
#ifndef SDN_SDN_LOAD_H
#define SDN_SDN_LOAD_H

#include "core/mono.h"
#include "proto/openflow/of_item.h"

// Readings that follow one another sooner are left out: rates of them say little.
#define SDN_LOAD_LEAST_US (100 * MS_US)

#define SDN_LOAD_UNKNOWN UINT64_MAX // of a counter that the switch does not have

struct sdn_load_counters {
	uint64_t rx_packets, tx_packets, rx_bytes, tx_bytes;
	uint64_t rx_dropped, tx_dropped, rx_errors, tx_errors;
};

// A second, over the time between the last two readings.
struct sdn_load_rates {
	uint64_t rx_bps, tx_bps; // bits
	uint64_t rx_pps, tx_pps, dropped_pps;
};

// All zeros: nothing was read.
struct sdn_load {
	struct sdn_load_counters counters;
	struct sdn_load_rates rates;
	mono_t at;  // of the last reading
	bool known; // counters are
	bool rated; // rates are, too
};

// A reading.
void sdn_load_add(struct sdn_load *load, const struct of_port_stats *stats, mono_t now);

// Events a second of a counter that went from `before` to `after`; 0 if it went backwards or is
// not known. us is not 0.
uint64_t sdn_load_rate(uint64_t before, uint64_t after, uint64_t us) PURE;

#endif

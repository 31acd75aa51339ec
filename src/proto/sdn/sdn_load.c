// sdn_load: see the header.
#include "proto/sdn/sdn_load.h"

// A switch may report any number: what is more than fits is cut.
static uint64_t per_second(uint64_t n, uint64_t scale, uint64_t us)
{
	unsigned __int128 rate = (unsigned __int128)n * scale * SEC_US / us;

	return rate > INT64_MAX ? INT64_MAX : (uint64_t)rate;
}

static uint64_t difference(uint64_t before, uint64_t after)
{
	if (before == SDN_LOAD_UNKNOWN || after == SDN_LOAD_UNKNOWN)
		return 0;
	return after > before ? after - before : 0;
}

uint64_t sdn_load_rate(uint64_t before, uint64_t after, uint64_t us)
{
	return per_second(difference(before, after), 1, us);
}

static bool fell(uint64_t before, uint64_t after)
{
	return before != SDN_LOAD_UNKNOWN && after < before;
}

static bool began_again(const struct sdn_load_counters *before,
                        const struct sdn_load_counters *after)
{
	return fell(before->rx_packets, after->rx_packets) ||
	       fell(before->tx_packets, after->tx_packets) ||
	       fell(before->rx_bytes, after->rx_bytes) || fell(before->tx_bytes, after->tx_bytes);
}

static struct sdn_load_rates rates_of(const struct sdn_load_counters *before,
                                      const struct sdn_load_counters *after, uint64_t us)
{
	uint64_t rx_dropped = difference(before->rx_dropped, after->rx_dropped);
	uint64_t tx_dropped = difference(before->tx_dropped, after->tx_dropped);

	return (struct sdn_load_rates){
	        .rx_bps = per_second(difference(before->rx_bytes, after->rx_bytes), 8, us),
	        .tx_bps = per_second(difference(before->tx_bytes, after->tx_bytes), 8, us),
	        .rx_pps = sdn_load_rate(before->rx_packets, after->rx_packets, us),
	        .tx_pps = sdn_load_rate(before->tx_packets, after->tx_packets, us),
	        .dropped_pps = u64_min(per_second(rx_dropped, 1, us), INT64_MAX / 2) +
	                       u64_min(per_second(tx_dropped, 1, us), INT64_MAX / 2),
	};
}

void sdn_load_add(struct sdn_load *load, const struct of_port_stats *stats, mono_t now)
{
	struct sdn_load_counters counters = {.rx_packets = stats->rx_packets,
	                                     .tx_packets = stats->tx_packets,
	                                     .rx_bytes = stats->rx_bytes,
	                                     .tx_bytes = stats->tx_bytes,
	                                     .rx_dropped = stats->rx_dropped,
	                                     .tx_dropped = stats->tx_dropped,
	                                     .rx_errors = stats->rx_errors,
	                                     .tx_errors = stats->tx_errors};
	uint64_t us = mono_until(load->at, now);

	if (load->known && us < SDN_LOAD_LEAST_US)
		return;
	load->rated = load->known && !began_again(&load->counters, &counters);
	if (load->rated)
		load->rates = rates_of(&load->counters, &counters, us);
	load->counters = counters;
	load->known = true;
	load->at = now;
}

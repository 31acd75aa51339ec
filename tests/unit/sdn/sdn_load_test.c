// sdn_load: rates of readings, counters that a switch lacks, that begin anew, and numbers that a
// hostile switch makes up.
#include "harness.h"

#include "proto/sdn/sdn_load.h"

#define NONE UINT64_MAX

static struct of_port_stats stats_of(uint64_t rx_bytes, uint64_t tx_bytes, uint64_t packets,
                                     uint64_t dropped)
{
	return (struct of_port_stats){.rx_bytes = rx_bytes,
	                              .tx_bytes = tx_bytes,
	                              .rx_packets = packets,
	                              .tx_packets = packets,
	                              .rx_dropped = dropped,
	                              .tx_dropped = dropped,
	                              .rx_errors = NONE,
	                              .tx_errors = NONE};
}

static void test_rates(void **state)
{
	static const struct {
		uint64_t after_us, rx_bytes, tx_bytes, packets, dropped;
		bool rated;
		uint64_t rx_bps, tx_bps, pps, dropped_pps;
	} cases[] = {
	        {2 * SEC_US, 1000, 500, 20, 2, true, 4000, 2000, 10, 2},
	        {500 * MS_US, 125, 0, 1, 0, true, 2000, 0, 2, 0},
	        {3 * SEC_US, 0, 0, 0, 0, true, 0, 0, 0, 0},
	        // More than an instant can carry: cut, and no overflow.
	        {SEC_US, NONE - 1 - 7000, NONE - 1 - 7000, NONE - 1 - 7000, NONE - 1 - 7000, true,
	         INT64_MAX, INT64_MAX, INT64_MAX, INT64_MAX - 1},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct of_port_stats first = stats_of(7000, 7000, 7000, 7000);
		struct of_port_stats next =
		        stats_of(7000 + cases[i].rx_bytes, 7000 + cases[i].tx_bytes,
		                 7000 + cases[i].packets, 7000 + cases[i].dropped);
		struct sdn_load load = {0};

		sdn_load_add(&load, &first, (mono_t){50});
		assert_true(load.known && !load.rated);
		sdn_load_add(&load, &next, (mono_t){50 + cases[i].after_us});
		assert_int_equal(load.rated, cases[i].rated);
		assert_int_equal(load.rates.rx_bps, cases[i].rx_bps);
		assert_int_equal(load.rates.tx_bps, cases[i].tx_bps);
		assert_int_equal(load.rates.rx_pps, cases[i].pps);
		assert_int_equal(load.rates.tx_pps, cases[i].pps);
		assert_int_equal(load.rates.dropped_pps, cases[i].dropped_pps);
		assert_int_equal(load.counters.rx_errors, SDN_LOAD_UNKNOWN);
	}
}

static void test_restart(void **state)
{
	struct of_port_stats high = stats_of(1000, 1000, 10, 0), low = stats_of(10, 10, 1, 0);
	struct sdn_load load = {0};

	sdn_load_add(&load, &high, (mono_t){0});
	sdn_load_add(&load, &low, (mono_t){SEC_US});
	assert_true(load.known && !load.rated);
	assert_int_equal(load.counters.rx_bytes, 10);
	sdn_load_add(&load, &high, (mono_t){2 * SEC_US});
	assert_true(load.rated);
	assert_int_equal(load.rates.rx_bps, 8 * 990);
}

static void test_too_soon(void **state)
{
	struct of_port_stats first = stats_of(0, 0, 0, 0), next = stats_of(800, 800, 8, 0);
	struct sdn_load load = {0};

	sdn_load_add(&load, &first, (mono_t){0});
	sdn_load_add(&load, &next, (mono_t){SDN_LOAD_LEAST_US - 1});
	assert_int_equal(load.counters.rx_bytes, 0);
	sdn_load_add(&load, &next, (mono_t){SDN_LOAD_LEAST_US});
	assert_int_equal(load.rates.rx_bps, 64000);
}

static void test_not_counted(void **state)
{
	struct of_port_stats first = stats_of(NONE, 5, NONE, NONE);
	struct of_port_stats next = stats_of(NONE, 6, NONE, NONE);
	struct sdn_load load = {0};

	sdn_load_add(&load, &first, (mono_t){0});
	sdn_load_add(&load, &next, (mono_t){SEC_US});
	assert_true(load.rated);
	assert_int_equal(load.rates.rx_bps, 0);
	assert_int_equal(load.rates.tx_bps, 8);
	assert_int_equal(load.rates.dropped_pps, 0);
	assert_int_equal(sdn_load_rate(NONE, 5, SEC_US), 0);
	assert_int_equal(sdn_load_rate(5, 15, 2 * SEC_US), 5);
	assert_int_equal(sdn_load_rate(15, 5, SEC_US), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_rates),
	        cmocka_unit_test(test_restart),
	        cmocka_unit_test(test_too_soon),
	        cmocka_unit_test(test_not_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// sdn_view: what is copied out of the worker's tables: hosts page by page, while some come and go;
// switches; paths without topology.
#include "harness.h"

#include "apps/sdn/sdn_view.h"

#include <stdlib.h>

#define HOSTS 1000

static struct {
	struct sdn_switches all;
	struct sdn_switch sw[3];
	struct sdn_view view;
	mono_t now;
} lab;

static void mac_of(uint32_t host, uint8_t mac[6])
{
	memcpy(mac, (const uint8_t[]){2, 0, 0, 0, (uint8_t)(host >> 8), (uint8_t)host}, 6);
}

static void learn(uint32_t on, uint32_t port, uint32_t host)
{
	uint8_t mac[6];

	mac_of(host, mac);
	assert_true(sdn_learn_add(&lab.all.learn, on, port, SDN_LEARN_UNTAGGED, mac, lab.now));
}

static int lab_open(void **state)
{
	const struct sdn_learn_conf conf = {.switches = 3,
	                                    .hosts = 4 * HOSTS,
	                                    .ports = 64,
	                                    .hosts_per_port = 4 * HOSTS,
	                                    .ports_per_switch = 16,
	                                    .ageing_us = 300 * SEC_US,
	                                    .moves_per_s = 5,
	                                    .seed = 1};

	memset(&lab, 0, sizeof(lab));
	lab.now = (mono_t){1000 * SEC_US};
	lab.all.sw = lab.sw;
	lab.all.used = 3;
	for (unsigned i = 0; i < 3; i++)
		lab.sw[i] = (struct sdn_switch){
		        .all = &lab.all, .state = SDN_SWITCH_SERVING, .datapath_id = 0x10 + i};
	return sdn_learn_open(&lab.all.learn, &conf);
}

static int lab_close(void **state)
{
	sdn_learn_close(&lab.all.learn);
	return 0;
}

static void test_hosts_in_pages(void **state)
{
	static uint8_t seen[HOSTS];
	unsigned pages = 0;

	memset(seen, 0, sizeof(seen));
	for (uint32_t i = 0; i < HOSTS; i++)
		learn(i % 2, 1 + i % 4, i);
	lab.now = mono_add(lab.now, 7 * SEC_US);
	sdn_view_init(&lab.view, &lab.all, SDN_VIEW_HOSTS, 256);
	while (lab.view.from != SDN_VIEW_END) {
		sdn_view_copy(&lab.view, lab.now);
		assert_in_range(lab.view.len, 0, 256);
		assert_int_equal(lab.view.known, HOSTS);
		for (unsigned i = 0; i < lab.view.len; i++) {
			const struct sdn_view_host *host = &lab.view.hosts[i];
			uint32_t number = host->mac[4] << 8 | host->mac[5];

			seen[number]++;
			assert_int_equal(host->datapath_id, 0x10 + number % 2);
			assert_int_equal(host->port, 1 + number % 4);
			assert_int_equal(host->silent_s, 7);
		}
		assert_true(++pages < 10);
	}
	for (unsigned i = 0; i < HOSTS; i++)
		assert_int_equal(seen[i], 1);
	assert_int_equal(pages, 4);
}

// A table that is empty, and one that changes between two pages.
static void test_hosts_that_go(void **state)
{
	sdn_view_init(&lab.view, &lab.all, SDN_VIEW_HOSTS, 256);
	sdn_view_copy(&lab.view, lab.now);
	assert_int_equal(lab.view.len, 0);
	assert_int_equal(lab.view.from, SDN_VIEW_END);
	for (uint32_t i = 0; i < 300; i++)
		learn(0, 1, i);
	sdn_view_init(&lab.view, &lab.all, SDN_VIEW_HOSTS, 256);
	sdn_view_copy(&lab.view, lab.now);
	assert_int_equal(lab.view.len, 256);
	sdn_learn_leave(&lab.all.learn, 0);
	sdn_view_copy(&lab.view, lab.now);
	assert_int_equal(lab.view.len, 0);
	assert_int_equal(lab.view.known, 0);
	assert_int_equal(lab.view.from, SDN_VIEW_END);
}

static struct sdn_view_path *path(uint32_t from, uint32_t to)
{
	struct sdn_view_path *p = &lab.view.path;

	sdn_view_init(&lab.view, &lab.all, SDN_VIEW_PATH, 1);
	p->vlan = SDN_LEARN_UNTAGGED;
	p->from.by_address = p->to.by_address = false;
	mac_of(from, p->from.mac);
	mac_of(to, p->to.mac);
	sdn_view_copy(&lab.view, lab.now);
	return p;
}

static void test_paths_without_topology(void **state)
{
	struct sdn_view_path *p;

	learn(0, 1, 1);
	learn(0, 2, 2);
	learn(1, 3, 2);
	learn(1, 3, 3);
	p = path(1, 2);
	assert_true(p->found && !p->reason);
	assert_int_equal(lab.view.len, 1);
	assert_int_equal(p->hop[0].datapath_id, 0x10);
	assert_int_equal(p->hop[0].in_port, 1);
	assert_int_equal(p->hop[0].out_port, 2);
	// At one port no switch forwards between them; and one that nobody has seen.
	assert_string_equal(path(2, 3)->reason, "no switch sees both hosts at different ports");
	assert_string_equal(path(1, 9)->reason, "no switch sees both hosts at different ports");
	assert_int_equal(lab.view.len, 0);
	learn(1, 4, 1);
	p = path(1, 2);
	assert_int_equal(lab.view.len, 0);
	assert_memory_equal(p->reason, "several switches see both hosts", 31);
	p->from.by_address = true;
	sdn_view_copy(&lab.view, lab.now);
	assert_memory_equal(p->reason, "addresses of hosts are known with sdn.topology only", 51);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, lab_open, lab_close)
	const struct CMUnitTest tests[] = {
	        TEST(test_hosts_in_pages),
	        TEST(test_hosts_that_go),
	        TEST(test_paths_without_topology),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// netfront: a vif against a netback that keeps to the protocol: connecting with all combinations of
// features, frames of all sizes in both directions, backends that restart, a guest that is
// migrated. netfront_hostile_test.c has backends that violate the protocol.
#include "xen_lab.h"

#include "backends/xen/queue.h"
#include "core/host/clock.h"

#include <errno.h>

static uint8_t bytes[NETBACK_FRAME_MAX];

static void echoes(unsigned vif, uint32_t len, uint32_t seed)
{
	struct netback_frame frame = {.len = len, .bytes = bytes, .queue = seed % lab.queues};

	lab_fill(bytes, len, seed);
	if (!lab_ping(vif, &frame))
		fail_msg("a frame of %u bytes did not come back", len);
}

static void connects_with_any_features(void **state)
{
	// Features that a backend may lack, each by itself and all together.
	static const struct netback_conf confs[] = {
	        {.queues = 1},
	        {.no_split = true},
	        {.no_sg = true, .no_gso = true},
	        {.no_cksum6 = true},
	        {.queues = 4, .ctrl = true, .multicast = true, .dynamic_multicast = true},
	        {.no_split = true, .no_sg = true, .no_gso = true, .no_cksum6 = true},
	        {.polls = true},
	};

	for (size_t i = 0; i < ARRAY_LEN(confs); i++) {
		uint32_t offloads;

		lab_open(&confs[i], 1, 1, "", 0, true);
		offloads = lab.netif[0]->offloads;
		assert_true(lab_link(0));
		assert_int_equal(lab.netif[0]->mtu, 1500);
		assert_int_equal(!!(offloads & NETIF_TX_L4_CKSUM), !confs[i].no_cksum6);
		assert_int_equal(!!(offloads & NETIF_TX_TSO4),
		                 !confs[i].no_gso && !confs[i].no_cksum6);
		for (uint32_t len = 14; len <= 1514; len += 300)
			echoes(0, len, len);
		lab_close();
	}
}

// Both ends are told: the backend by the frontend's keys, the stack by the device's abilities.
static void packets_of_several_segments_are_an_option(void **state)
{
	static const struct netback_conf conf = {.queues = 1};
	static const struct {
		const char *options, *value;
		bool tso;
	} cases[] = {{"", "1", true}, {",gso=1", "1", true}, {",gso=0", "0", false}};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char value[8];

		lab_open(&conf, 1, 1, cases[i].options, 0, true);
		assert_true(lab_link(0));
		assert_true(store_fake_get(lab.store,
		                           "/local/domain/7/device/vif/0/feature-gso-tcpv4", value,
		                           sizeof(value)));
		assert_string_equal(value, cases[i].value);
		assert_int_equal(!!(lab.netif[0]->offloads & NETIF_TX_TSO4), cases[i].tso);
		assert_int_equal(!!(lab.netif[0]->offloads & NETIF_TX_TSO6), cases[i].tso);
		echoes(0, 60, 1);
		lab_close();
	}
}

// A busy dom0 takes long to connect; a frontend that restarted meanwhile would add to its load.
static void waits_for_a_late_backend(void **state)
{
	struct netback_conf conf = {.queues = 1, .late_s = 6};

	lab_open(&conf, 1, 1, "", 0, true);
	assert_true(lab_link(0));
	echoes(0, 60, 1);
	assert_int_equal(lab.netback[0].connects, 1);
	lab_close();
}

static void refuses_what_it_cannot_use(void **state)
{
	static const struct {
		const char *options;
		uint32_t limit;
		const char *why;
	} cases[] = {
	        {",copy=2", LAB_LIMIT, "gives option copy the value \"2\""},
	        {",hash=crc", LAB_LIMIT,
	         "gives option hash the value \"crc\", which is not backend|toeplitz"},
	        {",", LAB_LIMIT, "ends in a comma"},
	        {"x", LAB_LIMIT, "names \"vif/0x\", which is not vif/N"},
	        {"", 50, "this guest cannot grant enough pages"},
	};
	struct netback_conf conf = {.queues = 1};
	struct why why;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		lab_world(&conf, 1, cases[i].limit);
		assert_true(lab_connect(1, cases[i].options, 0, &why) < 0);
		if (strncmp(why.text, cases[i].why, strlen(cases[i].why)) != 0)
			fail_msg("%s", why.text);
		lab_close_world();
	}
	lab_world(&conf, 1, LAB_LIMIT);
	store_fake_remove(lab.store, "/local/domain/7/device/vif/0");
	assert_int_equal(lab_connect(1, "", 0, &why), -ENODEV);
	assert_non_null(strstr(why.text, "this guest has no vif/0"));
	lab_close_world();
}

static void two_vifs_fit_a_small_limit(void **state)
{
	struct netback_conf conf = {.queues = 1};
	struct why why = {""};

	// 2 x (160 + 3) + 2 x 2 pages are requested; the available ones are shared.
	lab_world(&conf, 2, 250);
	if (lab_connect(1, "", 0, &why))
		fail_msg("%s", why.text);
	assert_in_range(lab.netif[0]->pool[0]->pages, NETFRONT_PAGES_MIN, 125);
	lab_metrics();
	lab_start(true);
	for (uint32_t i = 0; i < 50; i++)
		echoes(i % 2, 60 + i, i);
	lab_close();
}

static void takes_the_mtu_of_the_toolstack(void **state)
{
	struct netback_conf conf = {.queues = 1};
	struct why why = {""};

	lab_world(&conf, 1, LAB_LIMIT);
	store_fake_set(lab.store, "/local/domain/7/device/vif/0/mtu", "9000");
	assert_int_equal(lab_connect(1, "", 0, &why), 0);
	assert_int_equal(lab.netif[0]->mtu, 9000);
	lab_metrics();
	lab_start(true);
	echoes(0, 9014, 1);
	lab_close();
	// A value below the minimum of IPv6 is ignored.
	lab_world(&conf, 1, LAB_LIMIT);
	store_fake_set(lab.store, "/local/domain/7/device/vif/0/mtu", "68");
	assert_int_equal(lab_connect(1, "", 0, &why), 0);
	assert_int_equal(lab.netif[0]->mtu, 1500);
	lab_close();
}

// Frames of several pages are sent as chains, however the backend divided them into pages.
static void echoes_frames_of_any_size(void **state)
{
	static const unsigned firsts[] = {0, 1, 14, 60, 4095};

	for (size_t i = 0; i < ARRAY_LEN(firsts); i++) {
		struct netback_conf conf = {.queues = 1, .first_slot = firsts[i]};

		lab_open(&conf, 1, 1, "", 9000, false);
		// The echo needs both addresses in the first page.
		if (firsts[i] == 0 || firsts[i] > 12) {
			lab.echo = true;
			for (uint32_t len = 14; len <= 9018; len += 97)
				echoes(0, len, len);
			assert_true(lab.worker[0].chains > 0);
		}
		lab_close();
	}
}

static void copies_when_asked_to(void **state)
{
	struct netback_conf conf = {.queues = 1};

	lab_open(&conf, 1, 1, ",copy=1", 9000, true);
	for (uint32_t len = 14; len <= 9018; len += 501)
		echoes(0, len, len);
	assert_true(lab_counter(0, "copies") >= 2 * (9018 / 501));
	lab_close();
}

static bool has_frames(void *ctx)
{
	return lab.worker[0].frames >= *(uint64_t *)ctx;
}

static void drops_what_is_too_long(void **state)
{
	struct netback_conf conf = {.queues = 1};
	struct netback_frame frame = {.len = 1519, .bytes = bytes};
	uint64_t wanted = 1;

	lab_open(&conf, 1, 1, "", 0, false);
	lab_fill(bytes, sizeof(bytes), 3);
	assert_true(netback_send(&lab.netback[0], &frame));
	frame.len = 1518;
	assert_true(netback_send(&lab.netback[0], &frame));
	assert_true(lab_serve(has_frames, &wanted));
	assert_int_equal(lab_drops(DROP_RX_TOO_LONG), 1);
	lab_close();
}

static void takes_gso_and_blank_checksums_and_sends_them(void **state)
{
	struct netback_conf conf = {.queues = 1};
	struct netback_frame frame = {.len = 64000,
	                              .bytes = bytes,
	                              .gso_size = 1448,
	                              .gso_type = XEN_NETIF_GSO_TYPE_TCPV4,
	                              .blank = true};
	struct netback_frame echo;
	unsigned got = 0;

	lab_open(&conf, 1, 1, "", 0, true);
	lab_fill(bytes, frame.len, 9);
	for (unsigned i = 0; i < 20; i++)
		assert_true(netback_send(&lab.netback[0], &frame));
	for (unsigned ms = 0; got < 20 && ms < LAB_WAIT_MS; ms++) {
		netfront_backend.serve(clock_kernel());
		for (; lab_receive(0, &echo); got++) {
			assert_true(lab_is_echo(&echo, bytes, frame.len));
			assert_int_equal(echo.gso_size, 1448);
			assert_int_equal(echo.gso_type, XEN_NETIF_GSO_TYPE_TCPV4);
			assert_true(echo.blank && echo.validated);
			free(echo.bytes);
		}
		lab_sleep_us(1000);
	}
	assert_int_equal(got, 20);
	assert_int_equal(lab.worker[0].gso, 20);
	assert_int_equal(lab.worker[0].blank, 20);
	assert_int_equal(lab_counter(0, "tx_gso"), 20);
	assert_int_equal(lab.netback[0].tx_bad, 0);
	lab_close();
}

static void uses_a_queue_for_each_worker(void **state)
{
	struct netback_conf conf = {.queues = 3, .ctrl = true};

	lab_open(&conf, 1, 4, ",hash=toeplitz", 0, true);
	assert_int_equal(lab_counter(0, "queues"), 3);
	for (uint32_t i = 0; i < 90; i++) {
		struct netback_frame frame = {.len = 100, .bytes = bytes, .queue = i % 3};

		lab_fill(bytes, frame.len, i);
		assert_true(lab_ping(0, &frame));
	}
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(lab.worker[i].frames, 30);
	assert_int_equal(lab.worker[3].frames, 0);
	assert_int_equal(lab.netback[0].hash_alg, XEN_NETIF_CTRL_HASH_ALGORITHM_TOEPLITZ);
	assert_int_equal(lab.netback[0].hash_mapping_len, 64);
	for (unsigned i = 0; i < 64; i++)
		assert_int_equal(lab.netback[0].hash_mapping[i], i % 3);
	lab_close();
}

static void hears_only_groups_it_asked_for(void **state)
{
	static const uint8_t groups[2][6] = {{0x33, 0x33, 0, 0, 0, 1}, {0x33, 0x33, 0xff, 0, 0, 2}};
	struct netback_conf conf = {.queues = 1, .multicast = true, .dynamic_multicast = true};
	char wish[8];
	struct why why;

	lab_world(&conf, 1, LAB_LIMIT);
	assert_int_equal(lab_connect(1, "", 0, &why), 0);
	lab_metrics();
	lab.netif[0]->ops->groups(lab.netif[0], groups, 2);
	assert_int_equal(lab.netback[0].groups_len, 2);
	assert_memory_equal(lab.netback[0].group, groups, sizeof(groups));
	assert_true(store_fake_get(lab.store,
	                           "/local/domain/7/device/vif/0/request-multicast-control", wish,
	                           sizeof(wish)));
	assert_string_equal(wish, "1");
	lab_start(true);
	echoes(0, 60, 1);
	lab_close();
}

// The purpose of the design: an answer is sent in the page of its query, without copy, grant
// operation or hypercall.
static void copies_grants_and_calls_nothing(void **state)
{
	struct netback_conf conf = {.queues = 1, .polls = true};
	uint64_t notifies;

	lab_open(&conf, 1, 1, "", 0, true);
	echoes(0, 60, 0);
	notifies = lab_counter(0, "notifies");
	(void)xen_fake_calls();
	for (uint32_t i = 0; i < 10000; i++)
		echoes(0, 60 + i % 1400, i);
	assert_int_equal(xen_fake_calls(), 0);
	assert_int_equal(lab_counter(0, "copies"), 0);
	assert_int_equal(lab_counter(0, "notifies"), notifies);
	assert_int_equal(lab.worker[0].frames, 10001);
	lab_close();
}

static bool link_down(void *ctx)
{
	return !lab_link(*(unsigned *)ctx);
}

static bool back_again(void *ctx)
{
	return lab_link(0) && atomic_load(&lab.netif[0]->generation) > *(const uint32_t *)ctx;
}

static void survives_a_backend_that_closes(void **state)
{
	struct netback_conf conf = {.queues = 2};
	unsigned vif = 0;

	lab_open(&conf, 1, 2, "", 0, true);
	for (uint32_t round = 1; round <= 5; round++) {
		uint32_t generation = lab.netif[0]->generation;

		for (uint32_t i = 0; i < 20; i++)
			echoes(0, 60 + i, i);
		netback_offline(&lab.netback[0]);
		assert_true(lab_serve(link_down, &vif));
		netback_online(&lab.netback[0]);
		assert_true(lab_serve(back_again, &generation));
		assert_int_equal(lab.netif[0]->generation, round + 1);
	}
	echoes(0, 60, 1);
	lab_close();
}

// If xenstored is too busy to reply, nothing is known about the backend.
static void goes_on_while_the_store_is_silent(void **state)
{
	struct netback_conf conf = {.queues = 1};
	uint32_t generation;

	lab_open(&conf, 1, 1, "", 0, true);
	generation = lab.netif[0]->generation;
	echoes(0, 60, 1);
	store_fake_lie(lab.store, STORE_FAKE_SILENT);
	netfront_backend.serve(clock_kernel());
	assert_true(lab_link(0));
	store_fake_lie(lab.store, STORE_FAKE_HONEST);
	echoes(0, 60, 2);
	assert_int_equal(lab.netif[0]->generation, generation);
	assert_int_equal(lab_drops(DROP_TX_LINK_DOWN), 0);
	lab_close();
}

static void survives_detach_and_attach(void **state)
{
	struct netback_conf conf = {.queues = 1};
	static const uint8_t mac[6] = {0, 0x16, 0x3e, 0, 0, 9};
	uint32_t generation;
	unsigned vif = 0;

	lab_open(&conf, 1, 1, "", 0, true);
	generation = lab.netif[0]->generation;
	echoes(0, 60, 1);
	netback_detach(&lab.netback[0]);
	assert_true(lab_serve(link_down, &vif));
	netback_attach(&lab.netback[0], "00:16:3e:00:00:09");
	assert_true(lab_serve(back_again, &generation));
	assert_memory_equal(lab.netif[0]->mac, mac, 6);
	echoes(0, 60, 2);
	lab_close();
}

// The toolstack recreates all nodes; grants and event channels are invalid.
static void survives_waking_up_elsewhere(void **state)
{
	struct netback_conf conf = {.queues = 2};
	struct netback_frame frame = {.len = 200, .bytes = bytes};
	uint64_t wanted = 10;

	lab_open(&conf, 1, 2, "", 0, true);
	for (uint32_t round = 0; round < 3; round++) {
		uint32_t generation = lab.netif[0]->generation;

		netback_behave(&lab.netback[0], 0, true, false);
		wanted = lab.worker[0].frames + 10;
		for (uint32_t i = 0; i < 10; i++)
			assert_true(netback_send(&lab.netback[0], &frame));
		assert_true(lab_serve(has_frames, &wanted));
		netback_behave(&lab.netback[0], 0, false, false);
		netback_detach(&lab.netback[0]);
		xen_fake_resume();
		netback_attach(&lab.netback[0], "00:16:3e:00:00:01");
		assert_true(lab_serve(back_again, &generation));
		while (lab_receive(0, &frame))
			free(frame.bytes);
		frame = (struct netback_frame){.len = 200, .bytes = bytes};
		echoes(0, 333, round);
	}
	assert_true(lab_drops(DROP_TX_RESET) > 0);
	assert_false(xen_fake_broke());
	lab_close();
}

// A process that died leaves the state Connected and its keys; a kernel driver leaves keys that
// netback would prefer.
static void takes_over_from_a_dead_owner(void **state)
{
	static const char *const stale[] = {
	        "event-channel",       "event-channel-tx",    "event-channel-rx",
	        "queue-0/tx-ring-ref", "queue-1/rx-ring-ref", "multi-queue-num-queues",
	        "ctrl-ring-ref",       "xdp-headroom",        "feature-no-csum-offload"};
	struct netback_conf conf = {.queues = 2};
	char path[160];
	struct why why = {""};

	lab_world(&conf, 1, LAB_LIMIT);
	for (size_t i = 0; i < ARRAY_LEN(stale); i++) {
		snprintf(path, sizeof(path), "/local/domain/7/device/vif/0/%s", stale[i]);
		store_fake_set(lab.store, path, "2");
	}
	store_fake_set(lab.store, "/local/domain/7/device/vif/0/state", "4");
	if (lab_connect(1, "", 0, &why))
		fail_msg("%s", why.text);
	for (size_t i = 3; i < ARRAY_LEN(stale); i++) {
		snprintf(path, sizeof(path), "/local/domain/7/device/vif/0/%s", stale[i]);
		if (store_fake_get(lab.store, path, why.text, sizeof(why.text)))
			fail_msg("%s is still there", stale[i]);
	}
	lab_metrics();
	lab_start(true);
	echoes(0, 60, 1);
	lab_close();
}

static void *hear_later(void *arg)
{
	struct netback *netback = arg;

	while (netback->connects == 0)
		lab_sleep_us(1000);
	netback_behave(netback, 0, false, false);
	return NULL;
}

// A backend in state Connected that does not serve the rings is closed and retried.
static void does_not_take_connected_as_proof(void **state)
{
	struct netback_conf conf = {.queues = 1, .deaf = true};
	struct why why = {""};
	pthread_t thread;

	lab_world(&conf, 1, LAB_LIMIT);
	assert_int_equal(pthread_create(&thread, NULL, hear_later, &lab.netback[0]), 0);
	if (lab_connect(1, "", 0, &why))
		fail_msg("%s", why.text);
	pthread_join(thread, NULL);
	lab_metrics();
	lab_start(true);
	echoes(0, 60, 1);
	lab_close();
}

// Packets of other pools are copied, to as many pages as they need.
static void copies_pages_that_were_not_granted(void **state)
{
	struct netback_conf conf = {.queues = 1};
	uint8_t *large = calloc(1, 2 * PAGE_BYTES);
	struct page_array foreign;
	struct netback_frame frame;
	struct pkt *pkts[3];

	lab_open(&conf, 1, 1, "", 9000, false);
	lab_stop_workers();
	assert_int_equal(page_array_open(&foreign, 4), 0);
	for (unsigned i = 0; i < 3; i++)
		pkts[i] = pkt_alloc(&foreign.pool);
	lab_fill(pkt_data(pkts[0]), 100, 1);
	lab_fill(large, PAGE_BYTES + 1, 3);
	pkt_set_len(pkts[0], 100);
	lab_fill(pkt_data(pkts[1]), 50, 2);
	pkt_set_len(pkts[1], 50);
	pkts[0]->next = pkts[1];
	pkts[0]->more = 50;
	// A page larger than those of this backend.
	pkts[2]->page = large;
	pkts[2]->room = 2 * PAGE_BYTES;
	pkts[2]->off = 0;
	pkt_set_len(pkts[2], PAGE_BYTES + 1);
	pkts[1] = pkts[2];
	assert_int_equal(lab.netif[0]->ops->tx_burst(lab.netif[0], 0, pkts, 2), 2);
	for (unsigned i = 0; i < 2; i++) {
		for (unsigned ms = 0; !lab_receive(0, &frame) && ms < LAB_WAIT_MS; ms++)
			lab_sleep_us(1000);
		assert_int_equal(frame.len, i ? PAGE_BYTES + 1 : 150);
		assert_int_equal(frame.slots, i ? 2 : 1);
		free(frame.bytes);
	}
	assert_int_equal(lab_counter(0, "copies"), 3);
	assert_int_equal(foreign.pool.avail(&foreign.pool), 4);
	foreign.meta[pkts[2]->index].page = foreign.owned; // page_array_close checks it
	page_array_close(&foreign);
	free(large);
	lab_close();
}

// A backend without scatter-gather gets frames of one page.
static void copies_chains_for_a_backend_without_scatter_gather(void **state)
{
	static const uint16_t lens[] = {30, 40, 80};
	struct netback_conf conf = {.queues = 1, .no_sg = true, .no_gso = true};
	struct pkt *first = NULL, **link = &first;
	struct netback_frame frame;
	struct page_pool *pool;
	uint8_t whole[150];

	lab_open(&conf, 1, 1, "", 0, false);
	lab_stop_workers();
	lab_fill(whole, sizeof(whole), 7);
	pool = lab.netif[0]->pool[0];
	for (unsigned i = 0, at = 0; i < ARRAY_LEN(lens); at += lens[i++]) {
		*link = pkt_alloc(pool);
		pkt_set_len(*link, lens[i]);
		memcpy(pkt_data(*link), whole + at, lens[i]);
		link = &(*link)->next;
	}
	first->more = sizeof(whole) - first->len;
	assert_int_equal(lab.netif[0]->ops->tx_burst(lab.netif[0], 0, &first, 1), 1);
	for (unsigned ms = 0; !lab_receive(0, &frame) && ms < LAB_WAIT_MS; ms++)
		lab_sleep_us(1000);
	assert_int_equal(frame.len, sizeof(whole));
	assert_int_equal(frame.slots, 1);
	assert_memory_equal(frame.bytes, whole, sizeof(whole));
	free(frame.bytes);
	assert_int_equal(lab_counter(0, "copies"), 1);
	lab_close();
}

static bool holds_all(void *ctx)
{
	return lab_counter(0, "tx_full") > 0;
}

static bool holds_none(void *ctx)
{
	return lab_counter(0, "tx_held") == 0;
}

// Pages that the backend holds are counted, and receiving continues without them.
static void bounds_what_the_backend_keeps(void **state)
{
	struct netback_conf conf = {.queues = 1};
	struct netback_frame frame = {.len = 100, .bytes = bytes};
	struct netback_frame echo;
	uint64_t most, wanted = 350;

	lab_open(&conf, 1, 1, "", 0, true);
	netback_behave(&lab.netback[0], 0, true, false);
	lab_fill(bytes, frame.len, 1);
	for (unsigned i = 0; i < 150; i++)
		assert_true(netback_send(&lab.netback[0], &frame));
	assert_true(lab_serve(holds_all, NULL));
	most = lab_counter(0, "tx_held_max");
	assert_in_range(most, 32, LAB_PAGES / 2);
	lab.echo = false;
	for (unsigned i = 0; i < 200; i++)
		assert_true(netback_send(&lab.netback[0], &frame));
	assert_true(lab_serve(has_frames, &wanted));
	assert_int_equal(lab_counter(0, "tx_held"), most);
	netback_let_go(&lab.netback[0]);
	assert_true(lab_serve(holds_none, NULL));
	while (lab_receive(0, &echo))
		free(echo.bytes);
	lab.echo = true;
	echoes(0, 77, 5);
	lab_close();
}

// A backend that holds all pages for half a minute is reset.
static void resets_a_backend_that_gives_nothing_back(void **state)
{
	struct netback_conf conf = {.queues = 1};
	struct netback_frame frame = {.len = 100, .bytes = bytes};
	uint32_t generation;
	mono_t now;

	lab_open(&conf, 1, 1, "", 0, true);
	generation = lab.netif[0]->generation;
	netback_behave(&lab.netback[0], 0, true, false);
	lab_fill(bytes, frame.len, 1);
	for (unsigned i = 0; i < 150; i++)
		assert_true(netback_send(&lab.netback[0], &frame));
	assert_true(lab_serve(holds_all, NULL));
	now = mono_add(clock_kernel(), 6 * SEC_US);
	netfront_backend.serve(now);
	netfront_backend.serve(mono_add(now, 20 * SEC_US));
	assert_true(lab_link(0));
	netback_behave(&lab.netback[0], 0, false, false);
	netfront_backend.serve(mono_add(now, 31 * SEC_US));
	assert_false(lab_link(0));
	lab.now_offset_us = 40 * SEC_US;
	assert_true(lab_serve(back_again, &generation));
	assert_in_range(lab_drops(DROP_TX_RESET), 32, LAB_PAGES / 2);
	lab_close();
}

static void drops_while_the_link_is_down(void **state)
{
	struct netback_conf conf = {.queues = 1};
	struct pkt *pkt;
	unsigned vif = 0;

	lab_open(&conf, 1, 1, "", 0, true);
	netback_detach(&lab.netback[0]);
	assert_true(lab_serve(link_down, &vif));
	lab_stop_workers();
	pkt = pkt_alloc(lab.netif[0]->pool[0]);
	assert_non_null(pkt);
	pkt_set_len(pkt, 60);
	assert_int_equal(lab.netif[0]->ops->tx_burst(lab.netif[0], 0, &pkt, 1), 1);
	assert_int_equal(lab_drops(DROP_TX_LINK_DOWN), 1);
	lab_close();
}

// A sleeping worker is woken by a received frame; a polling one gets no events.
static void sleeps_until_something_comes(void **state)
{
	struct netback_conf conf = {.queues = 1};
	struct netback_frame frame = {.len = 60, .bytes = bytes};
	struct netif *netif;
	struct pkt *pkts[8];
	struct pollfd fd = {.events = POLLIN};
	struct why why = {""};
	unsigned n = 0;

	lab_world(&conf, 1, LAB_LIMIT);
	assert_int_equal(lab_connect(1, "", 0, &why), 0);
	lab_metrics();
	netif = lab.netif[0];
	fd.fd = netif->ops->rx_fd(netif, 0);
	netif->ops->rx_arm(netif, 0, false);
	lab_fill(bytes, frame.len, 1);
	assert_true(netback_send(&lab.netback[0], &frame));
	for (unsigned ms = 0; n == 0 && ms < LAB_WAIT_MS; ms++) {
		n = netif->ops->rx_burst(netif, 0, pkts, 8);
		lab_sleep_us(1000);
	}
	assert_int_equal(n, 1);
	pkt_put(pkts[0]);
	assert_int_equal(poll(&fd, 1, 0), 0);
	for (unsigned round = 0; round < 5; round++) {
		netif->ops->rx_arm(netif, 0, true);
		assert_int_equal(netif->ops->rx_burst(netif, 0, pkts, 8), 0);
		assert_int_equal(poll(&fd, 1, 0), 0);
		assert_true(netback_send(&lab.netback[0], &frame));
		assert_int_equal(poll(&fd, 1, LAB_WAIT_MS), 1);
		netif->ops->rx_arm(netif, 0, false);
		assert_int_equal(netif->ops->rx_burst(netif, 0, pkts, 8), 1);
		pkt_put(pkts[0]);
		assert_int_equal(poll(&fd, 1, 0), 0);
	}
	lab_close();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(connects_with_any_features),
	        cmocka_unit_test(waits_for_a_late_backend),
	        cmocka_unit_test(refuses_what_it_cannot_use),
	        cmocka_unit_test(two_vifs_fit_a_small_limit),
	        cmocka_unit_test(takes_the_mtu_of_the_toolstack),
	        cmocka_unit_test(echoes_frames_of_any_size),
	        cmocka_unit_test(copies_when_asked_to),
	        cmocka_unit_test(drops_what_is_too_long),
	        cmocka_unit_test(packets_of_several_segments_are_an_option),
	        cmocka_unit_test(takes_gso_and_blank_checksums_and_sends_them),
	        cmocka_unit_test(uses_a_queue_for_each_worker),
	        cmocka_unit_test(hears_only_groups_it_asked_for),
	        cmocka_unit_test(copies_grants_and_calls_nothing),
	        cmocka_unit_test(survives_a_backend_that_closes),
	        cmocka_unit_test(goes_on_while_the_store_is_silent),
	        cmocka_unit_test(survives_detach_and_attach),
	        cmocka_unit_test(survives_waking_up_elsewhere),
	        cmocka_unit_test(takes_over_from_a_dead_owner),
	        cmocka_unit_test(does_not_take_connected_as_proof),
	        cmocka_unit_test(copies_pages_that_were_not_granted),
	        cmocka_unit_test(copies_chains_for_a_backend_without_scatter_gather),
	        cmocka_unit_test(bounds_what_the_backend_keeps),
	        cmocka_unit_test(resets_a_backend_that_gives_nothing_back),
	        cmocka_unit_test(drops_while_the_link_is_down),
	        cmocka_unit_test(sleeps_until_something_comes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// health: the rows of an appliance with two workers on two ports of the test's own, whose
// loops and stacks are the real ones; each case breaks one thing.
#include "tcpip/frames.h"

#include "apps/boot/boot_internal.h"
#include "apps/boot/health.h"
#include "core/host/clock.h"

#include <stdlib.h>

#define WORKERS 2
#define PORTS   2
#define PATIENT (60 * SEC_US)

enum toy_answer { TOY_ECHO, TOY_OTHER, TOY_DROP, TOY_SILENT };

static struct {
	struct boot boot;
	struct boot_conf values;
	struct boot_port_conf port[PORTS];
	struct netif netif[PORTS];
	struct netif_status status[PORTS];
	struct page_array pages[PORTS][WORKERS];
	enum toy_answer answer;
	bool no_probe;
	enum drop drop;
	json_t *reply;
} run;

static void toy_serve(void *ctx, struct udp_dgram *dgrams, unsigned n, mono_t now)
{
	for (unsigned i = 0; i < n; i++) {
		dgrams[i].drop = run.answer == TOY_DROP ? run.drop : DROP_NONE;
		if (run.answer == TOY_OTHER)
			dgrams[i].payload[0] = 'x';
		if (run.answer <= TOY_OTHER)
			dgrams[i].reply_len = dgrams[i].len;
	}
}

static int toy_worker_open(void *state, struct service_worker *worker, struct why *why)
{
	const struct udp_listener_conf listener = {.port = 7, .fn = toy_serve};

	run.drop = worker->drops_begin;
	return udp_listen(stack_udp(worker->stack), &listener, NULL);
}

static bool toy_probe(void *state, struct service_probe *probe)
{
	probe->port = 7;
	probe->len = 3;
	memcpy(probe->bytes, "abc", 3);
	snprintf(probe->text, sizeof(probe->text), "abc");
	return !run.no_probe;
}

static bool toy_judge(const struct service_probe *probe, const uint8_t *reply, uint16_t len,
                      struct why *why)
{
	if (len == probe->len && memcmp(reply, probe->bytes, len) == 0)
		return true;
	why_set(why, "that is not abc");
	return false;
}

static void toy_health(void *state, struct health *health)
{
	health_add(health, "toy.wheels", HEALTH_OK, "%d of %d", 4, 4);
}

static const struct service_drop toy_drops[] = {{"toy.odd", "it is odd"}, {0}};
static const struct service toy = {.name = "toy",
                                   .worker_open = toy_worker_open,
                                   .probe = toy_probe,
                                   .probe_judge = toy_judge,
                                   .health = toy_health,
                                   .drops = toy_drops};
static const struct service plain = {.name = "plain"};
static const struct appliance appliance = {.name = "wadi-toy",
                                           .services = (const struct service *const[]){&toy, NULL}};

static unsigned quiet_rx(struct netif *netif, unsigned queue, struct pkt **pkts, unsigned n)
{
	return 0;
}

static unsigned quiet_tx(struct netif *netif, unsigned queue, struct pkt **pkts, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		pkt_put(pkts[i]);
	return n;
}

static void quiet_status(struct netif *netif, struct netif_status *status)
{
	*status = run.status[netif->iface];
}

static const struct netif_ops quiet_ops = {
        .rx_burst = quiet_rx, .tx_burst = quiet_tx, .status = quiet_status};

static void open_port(unsigned i)
{
	static const char *const ipv4[] = {"10.0.0.2/24", "10.0.1.2/24"};
	static const char *const ipv6[] = {"fd00::2/64", "fd01::2/64"};
	static const char *const gateway[] = {"10.0.0.1", "10.0.1.1"};
	static const char *const names[] = {"net0", "net1"};
	struct netif *netif = &run.netif[i];

	*netif = (struct netif){
	        .ops = &quiet_ops, .mtu = 1500, .queues = WORKERS, .iface = (uint16_t)i};
	snprintf(netif->device, sizeof(netif->device), "fake:%u", i);
	put_mac(netif->mac, US);
	for (unsigned w = 0; w < WORKERS; w++) {
		assert_int_equal(page_array_open(&run.pages[i][w], HARNESS_PAGES), 0);
		netif->pool[w] = &run.pages[i][w].pool;
	}
	run.status[i] = (struct netif_status){.link_up = 1};
	run.port[i] = (struct boot_port_conf){.name = names[i],
	                                      .ipv4 = {(void *)(uintptr_t)&ipv4[i], 1},
	                                      .ipv6 = {(void *)(uintptr_t)&ipv6[i], 1},
	                                      .gateway4 = gateway[i],
	                                      .gateway6 = ""};
	run.boot.netifs[i] = netif;
}

static int run_setup(void **state)
{
	struct boot *boot = &run.boot;
	struct why why;

	memset(&run, 0, sizeof(run));
	for (unsigned i = 0; i < PORTS; i++)
		open_port(i);
	run.values = (struct boot_conf){.workers = WORKERS,
	                                .ports = {run.port, PORTS},
	                                .neighbours = 16,
	                                .icmp_errors_per_s = 10};
	boot->values = &run.values;
	services_init(&boot->services, &appliance);
	boot->services.service[0] = &plain; // in place of the log, which is not open
	boot->workers = aligned_alloc(CACHE_LINE_BYTES, WORKERS * sizeof(*boot->workers));
	assert_non_null(boot->workers);
	memset(boot->workers, 0, WORKERS * sizeof(*boot->workers));
	boot->workers_len = WORKERS;
	assert_int_equal(links_open(&boot->links, &run.values, &why), 0);
	for (unsigned i = 0; i < WORKERS; i++) {
		const struct worker_conf conf = {.conf = &run.values,
		                                 .services = &boot->services,
		                                 .netifs = boot->netifs,
		                                 .links = &boot->links,
		                                 .number = i,
		                                 .cpu = -1};

		boot->services.open_len = boot->services.len;
		assert_int_equal(worker_open(&boot->workers[i], &conf, &why), 0);
	}
	return 0;
}

static int run_teardown(void **state)
{
	struct boot *boot = &run.boot;

	json_decref(run.reply);
	for (unsigned i = 0; i < WORKERS; i++)
		worker_stop(&boot->workers[i]);
	probe_close(&boot->probe);
	for (unsigned i = 0; i < WORKERS; i++) {
		worker_close(&boot->workers[i]);
		for (unsigned k = 0; k < PORTS; k++) {
			struct page_pool *pool = &run.pages[k][i].pool;

			assert_int_equal(pool->avail(pool), HARNESS_PAGES);
			page_array_close(&run.pages[k][i]);
		}
	}
	links_close(&boot->links);
	free(boot->workers);
	return 0;
}

static void start_workers(unsigned len)
{
	struct why why;

	for (unsigned i = 0; i < len; i++)
		assert_int_equal(worker_start(&run.boot.workers[i], &why), 0);
}

static void ask(uint64_t patience_us)
{
	json_decref(run.reply);
	run.reply = health_run(&run.boot, patience_us);
	assert_non_null(run.reply);
}

static const char *text_of(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

static const json_t *row_of(const char *check)
{
	const json_t *rows = json_object_get(run.reply, "checks"), *row;
	size_t i;

	json_array_foreach (rows, i, row)
		if (strcmp(text_of(row, "check"), check) == 0)
			return row;
	fail_msg("no row %s", check);
	return NULL;
}

static void assert_row(const char *check, const char *state, const char *detail)
{
	const json_t *row = row_of(check);

	assert_string_equal(text_of(row, "state"), state);
	if (!strstr(text_of(row, "detail"), detail))
		fail_msg("%s: '%s' is not in '%s'", check, detail, text_of(row, "detail"));
}

static void test_all_is_well(void **state)
{
	start_workers(WORKERS);
	ask(PATIENT);
	assert_string_equal(text_of(run.reply, "state"), "ok");
	assert_int_equal(json_array_size(json_object_get(run.reply, "checks")), 7);
	assert_row("workers", "ok", "2 of 2");
	// Two workers, two ports, two families.
	assert_row("toy.answers", "ok", "abc: 8 replies of 2 workers");
	assert_row("toy.wheels", "ok", "4 of 4");
	assert_row("ports.net0", "ok", "up");
	assert_row("ports.net1", "ok", "up");
	assert_row("pages", "ok", "");
	assert_row("reload", "ok", "the last start");
}

static void do_nothing(struct wheel_timer *timer, mono_t now)
{
}

// Ready no more, alive still.
static void test_an_appliance_that_has_been_asked_to_end(void **state)
{
	struct wheel wheel;

	start_workers(WORKERS);
	wheel_init(&wheel, clock_kernel());
	wheel_timer_init(&run.boot.lame_duck, do_nothing);
	wheel_add(&wheel, &run.boot.lame_duck, mono_add(clock_kernel(), SEC_US));
	ask(PATIENT);
	assert_string_equal(text_of(run.reply, "state"), "failed");
	assert_row("stopping", "failed", "lame_duck_ms");
	assert_row("workers", "ok", "2 of 2");
	wheel_del(&wheel, &run.boot.lame_duck);
}

static void test_replies_of_services(void **state)
{
	static const struct {
		enum toy_answer answer;
		const char *detail;
	} cases[] = {
	        {TOY_OTHER, "8 of 8 replies are wrong: worker 0 at 10.0.0.2: that is not abc"},
	        {TOY_DROP, "worker 0 at 10.0.0.2: no reply, dropped as toy.odd"},
	        {TOY_SILENT, "worker 0 at 10.0.0.2: no reply"},
	};

	start_workers(WORKERS);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		run.answer = cases[i].answer;
		ask(PATIENT);
		assert_string_equal(text_of(run.reply, "state"), "failed");
		assert_row("toy.answers", "failed", cases[i].detail);
		assert_row("workers", "ok", "");
	}
}

static void test_a_service_may_have_nothing_to_ask(void **state)
{
	run.no_probe = true;
	start_workers(WORKERS);
	ask(PATIENT);
	assert_string_equal(text_of(run.reply, "state"), "ok");
	assert_int_equal(json_array_size(json_object_get(run.reply, "checks")), 6);
}

// Worker 1 takes no turn until it is started; what it was asked is then done at once.
static void test_a_worker_that_hangs_is_named_until_it_goes_on(void **state)
{
	start_workers(1);
	for (unsigned i = 0; i < 2; i++) {
		// On a busy machine the one that runs may not get its turn in time either.
		do
			ask(20 * MS_US);
		while (strstr(text_of(row_of("workers"), "detail"), "2 of 2"));
		assert_string_equal(text_of(run.reply, "state"), "failed");
		assert_row("workers", "failed", "1 of 2 take no turn");
		assert_row("workers", "failed", ": 1 (");
		assert_row("toy.answers", "ok", "abc: 4 replies of 1 workers");
	}
	assert_int_equal(worker_start(&run.boot.workers[1], &(struct why){""}), 0);
	ask(PATIENT);
	assert_row("workers", "ok", "2 of 2");
	ask(PATIENT);
	assert_row("toy.answers", "ok", "abc: 8 replies of 2 workers");
}

// The states of both ports, and what is made of them.
static void test_ports(void **state)
{
	static const struct netif_status up = {.link_up = 1}, down = {.link_up = 0},
	                                 lost = {.link_up = 1, .lost = 1};
	static const struct {
		const struct netif_status *status[PORTS];
		const char *state, *row[PORTS], *detail; // of port 0
	} cases[] = {
	        {{&up, &up}, "ok", {"ok", "ok"}, "up"},
	        {{&down, &up}, "warning", {"warning", "ok"}, "the link of fake:0 is down"},
	        {{&lost, &up}, "warning", {"warning", "ok"}, "the device fake:0 is lost"},
	        {{&down, &lost}, "failed", {"failed", "failed"}, "the link of fake:0 is down"},
	};

	start_workers(WORKERS);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		for (unsigned k = 0; k < PORTS; k++)
			run.status[k] = *cases[i].status[k];
		ask(PATIENT);
		assert_string_equal(text_of(run.reply, "state"), cases[i].state);
		assert_row("ports.net0", cases[i].row[0], cases[i].detail);
		assert_row("ports.net1", cases[i].row[1], "");
	}
}

static void test_addresses_and_gateways(void **state)
{
	static const struct {
		uint8_t addr[3], gateway; // 10.0.0.2, the link-local one, fd00::2; 10.0.0.1
		unsigned held;
		const char *row, *detail;
	} cases[] = {
	        {{0}, IFACE_GATEWAY_ANSWERS, 0, "ok", "up"},
	        {{IFACE_ADDR_HELD},
	         IFACE_GATEWAY_ANSWERS,
	         1,
	         "warning",
	         "1 of its addresses are not used: the host 02:00:00:00:00:04 has 10.0.0.2"},
	        {{IFACE_ADDR_HELD, 0, IFACE_ADDR_HELD},
	         IFACE_GATEWAY_ANSWERS,
	         2,
	         "failed",
	         "2 of its addresses"},
	        {{0}, IFACE_GATEWAY_SILENT, 0, "failed", "the gateway 10.0.0.1 does not answer"},
	        {{IFACE_ADDR_PROBED}, IFACE_GATEWAY_UNKNOWN, 0, "ok", "up"},
	};
	struct iface_board *board = &run.boot.links.board[0];

	// No worker: they would set what the test sets. The other port is down.
	run.status[1].link_up = 0;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		json_t *held;

		for (unsigned k = 0; k < 3; k++) {
			board->addr[k].state = cases[i].addr[k];
			board->addr[k].mac = UINT64_C(0x040000000002);
		}
		board->gateway[0] = cases[i].gateway;
		ask(1);
		assert_row("ports.net0", cases[i].row, cases[i].detail);
		held = links_held(&run.boot.links, 0);
		assert_int_equal(json_array_size(held), cases[i].held);
		json_decref(held);
	}
}

static void test_a_pool_that_is_nearly_empty(void **state)
{
	struct page_pool *pool = &run.pages[1][1].pool;
	struct pkt *taken[HARNESS_PAGES];
	unsigned len = 0;

	pipeline_turn(&run.boot.workers[1].pipeline); // its announcements leave
	while (pool->avail(pool) > 1)
		taken[len++] = pkt_alloc(pool);
	start_workers(WORKERS);
	ask(PATIENT);
	assert_row("pages", "warning", "1 of 4 pools are nearly empty: 1 of 64 pages of worker 1");
	for (unsigned i = 0; i < WORKERS; i++)
		worker_stop(&run.boot.workers[i]);
	while (len)
		pkt_put(taken[--len]);
}

static void test_reloads(void **state)
{
	struct boot_reloaded *last = &run.boot.reloaded;

	start_workers(WORKERS);
	last->at = (mono_t){1};
	last->failed = true;
	why_set(&last->why, "dns.json:3: it is wrong");
	ask(PATIENT);
	assert_row("reload", "warning", "failed: dns.json:3: it is wrong; the last without errors");
	last->failed = false;
	last->good = last->at;
	ask(PATIENT);
	assert_row("reload", "ok", "the last reload was");
}

#define RUN_TEST(fn) cmocka_unit_test_setup_teardown(fn, run_setup, run_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        RUN_TEST(test_all_is_well),
	        RUN_TEST(test_an_appliance_that_has_been_asked_to_end),
	        RUN_TEST(test_replies_of_services),
	        RUN_TEST(test_a_service_may_have_nothing_to_ask),
	        RUN_TEST(test_a_worker_that_hangs_is_named_until_it_goes_on),
	        RUN_TEST(test_ports),
	        RUN_TEST(test_addresses_and_gateways),
	        RUN_TEST(test_a_pool_that_is_nearly_empty),
	        RUN_TEST(test_reloads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

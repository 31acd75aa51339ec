// dpdk: what start-up refuses and in which words, and the data path over
// captured files, which needs neither privileges nor a device. EAL starts once
// in a process, so the tests of the data path share one port.
#include "harness.h"

#include "backends/dpdk/dpdk.h"
#include "backends/dpdk/memif.h"
#include "backends/dpdk/port.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define FRAMES     40
#define LONG_FRAME 5 // this one is longer than a page
#define LONG_BYTES 9000

#define CHAINS      4 // sent in all tests
#define CHAIN_BYTES 120

static char dir[] = "/tmp/wadi-XXXXXX";
static char device[128];
static struct why why;
static struct netif *netif;

static int open_one(const char *string, unsigned queues, uint16_t mtu)
{
	struct backend_conf conf;

	why.text[0] = 0;
	if (backend_conf_parse(&conf, &dpdk_backend, string, &why))
		return -EINVAL;
	conf.queues = queues;
	conf.mtu = mtu;
	return dpdk_backend.open("dpdk_test", &conf, 1, &netif, &why);
}

static void test_refusals_say_what_to_do(void **state)
{
	static const struct {
		const char *string;
		unsigned queues;
		uint16_t mtu;
		int err;
		const char *says;
	} cases[] = {
	        {"memif:/nosuch/a.sock", 1, 0, -ENOENT, "directory /nosuch"},
	        {"memif:a.sock", 1, 0, -EINVAL, "./a.sock"},
	        {"memif:/etc/passwd", 1, 0, -EADDRINUSE, "no socket"},
	        {"memif:/tmp/wadi-nosuch.sock,role=client", 1, 0, -ENOENT,
	         "no server listens there; start it first"},
	        {"memif:/etc/passwd,role=client", 1, 0, -ECONNREFUSED, "no server listens there"},
	        {"pcap:/nosuch,/tmp/out", 1, 0, -ENOENT, "input cannot be read"},
	        {"pcap:/etc/passwd,/nosuch/out", 1, 0, -EACCES, "/nosuch/out"},
	        {"pcap:/etc/passwd,/tmp/out", 2, 0, -EINVAL, "one worker"},
	        {"pci:ffff:ff:1f.7", 1, 0, -ENODEV, "lspci"},
	        {"memif:/tmp/a.sock", 65, 0, -E2BIG, "one for each worker: set workers"},
	        {"memif:/tmp/a.sock", 0, 0, -E2BIG, "0 queues"},
	        {"memif:/tmp/a.sock", 1, 65535, -EMSGSIZE, "9000 at most: set the port's mtu"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		int err = open_one(cases[i].string, cases[i].queues, cases[i].mtu);

		// Unprivileged test runs may be refused sooner, which is a refusal, too.
		if (geteuid() == 0)
			assert_int_equal(err, cases[i].err);
		assert_true(err < 0);
		if (geteuid() == 0 && !strstr(why.text, cases[i].says))
			fail_msg("%s: \"%s\" lacks \"%s\"", cases[i].string, why.text,
			         cases[i].says);
	}
}

// What a driver is asked for fits the device, or a sentence names the key to change.
static void test_the_limits_of_a_driver(void **state)
{
	static const struct {
		unsigned queues, queues_max, mtu_max;
		int err;
		const char *says;
	} cases[] = {
	        {1, 1, 1500, 0, ""},
	        {4, 4, 0, 0, ""},
	        {5, 4, 0, -E2BIG, "the device has 4: set workers to 4 at most"},
	        {17, 16, 9000, -E2BIG, "set workers to 16 at most"},
	        {1, 1, 1499, -EMSGSIZE, "serves 1499 at most: set the port's mtu"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct port_conf conf = {
		        .text = "pci:0000:01:00.0", .queues = cases[i].queues, .mtu = 1500};

		why.text[0] = 0;
		assert_int_equal(
		        port_check_driver(&conf, cases[i].queues_max, cases[i].mtu_max, &why),
		        cases[i].err);
		assert_non_null(strstr(why.text, cases[i].says));
	}
}

// Whether somebody listens at a memif's socket is asked without his noticing: DPDK's server
// does not survive a client that has gone before it was accepted.
static void test_a_probe_that_the_listener_does_not_notice(void **state)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	int sock = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0);

	snprintf(addr.sun_path, sizeof(addr.sun_path), "/tmp/wadi-probe-%d", getpid());
	assert_int_equal(memif_probe(addr.sun_path), -ENOENT);
	assert_int_equal(bind(sock, (struct sockaddr *)&addr, sizeof(addr)), 0);
	assert_int_equal(listen(sock, 1), 0);
	for (int i = 0; i < 5; i++)
		assert_int_equal(memif_probe(addr.sun_path), 0);
	assert_int_equal(accept(sock, NULL, NULL), -1);
	assert_int_equal(errno, EAGAIN);
	close(sock);
	assert_int_equal(memif_probe(addr.sun_path), -ECONNREFUSED);
	unlink(addr.sun_path);
}

static void test_memory_that_nobody_has(void **state)
{
	struct backend_conf conf;

	assert_int_equal(backend_conf_parse(&conf, &dpdk_backend, "memif:/tmp/a.sock", &why), 0);
	conf.queues = 64;
	conf.pages = UINT32_MAX;
	assert_int_equal(dpdk_backend.open("dpdk_test", &conf, 1, &netif, &why), -ENOMEM);
	assert_non_null(strstr(why.text, "fewer pages"));
}

// The n-th frame: its length depends on n, and each byte is n.
static uint32_t frame_bytes(int n)
{
	return n == LONG_FRAME ? LONG_BYTES : 60 + 3 * (uint32_t)n;
}

static int capture_write(const char *path)
{
	static const uint32_t header[] = {0xa1b2c3d4, 2 | 4 << 16, 0, 0, 65535, 1};
	static uint8_t bytes[LONG_BYTES];
	FILE *file = fopen(path, "w");

	if (!file)
		return -1;
	fwrite(header, sizeof(header), 1, file);
	for (int n = 0; n < FRAMES; n++) {
		uint32_t record[] = {0, 0, frame_bytes(n), frame_bytes(n)};

		memset(bytes, n, sizeof(bytes));
		fwrite(record, sizeof(record), 1, file);
		fwrite(bytes, frame_bytes(n), 1, file);
	}
	return fclose(file);
}

static int port_setup(void **state)
{
	char path[64];

	if (!mkdtemp(dir))
		return -1;
	snprintf(path, sizeof(path), "%s/in.pcap", dir);
	snprintf(device, sizeof(device), "pcap:%s,%s/out.pcap", path, dir);
	if (capture_write(path))
		return -1;
	return open_one(device, 1, 0);
}

static int files_remove(void)
{
	char path[64];

	snprintf(path, sizeof(path), "%s/in.pcap", dir);
	unlink(path);
	snprintf(path, sizeof(path), "%s/out.pcap", dir);
	unlink(path);
	return rmdir(dir);
}

static uint32_t avail(void)
{
	return netif->pool[0]->avail(netif->pool[0]);
}

static int balance_check(void **state)
{
	return avail() == netif->pool[0]->pages ? 0 : -1;
}

static void test_a_port_is_described(void **state)
{
	struct netif_status status;

	assert_string_equal(netif->device, device);
	assert_int_equal(netif->mtu, 1500);
	assert_int_equal(netif->queues, 1);
	assert_int_equal(netif->offloads, 0);
	assert_int_equal(netif->mac[0] & 1, 0);
	assert_true(strlen(dpdk_backend.memory()) > 0);
	netif->ops->status(netif, &status);
	assert_true(status.link_up);
	assert_int_equal(status.speed_mbps, 0);
}

static void test_a_page_is_empty_and_has_headroom(void **state)
{
	struct pkt *pkt = pkt_alloc(netif->pool[0]);

	assert_non_null(pkt);
	assert_int_equal(pkt->len, 0);
	assert_int_equal(pkt->refs, 1);
	assert_int_equal(pkt->off, PAGE_HEADROOM_BYTES);
	assert_true(pkt_tailroom(pkt) >= 1518);
	memset(pkt->page, 0x55, pkt->room);
	pkt_put(pkt);
	assert_ptr_equal(pkt_alloc(netif->pool[0]), pkt); // the page still cached
	pkt_put(pkt);
}

static void test_neighbouring_pages_lie_an_odd_number_of_lines_apart(void **state)
{
	struct pkt *a = pkt_alloc(netif->pool[0]), *b = pkt_alloc(netif->pool[0]);
	size_t apart = (size_t)(a->page > b->page ? a->page - b->page : b->page - a->page);

	assert_int_equal(apart % CACHE_LINE_BYTES, 0);
	assert_int_equal(apart / CACHE_LINE_BYTES % 2, 1);
	pkt_put(a);
	pkt_put(b);
}

static void test_a_pool_runs_dry_and_recovers(void **state)
{
	uint32_t pages = avail();
	struct pkt **all = calloc(pages, sizeof(*all));

	for (uint32_t i = 0; i < pages; i++) {
		all[i] = pkt_alloc(netif->pool[0]);
		assert_non_null(all[i]);
	}
	assert_null(pkt_alloc(netif->pool[0]));
	for (uint32_t i = 0; i < pages; i++)
		pkt_put(all[i]);
	free(all);
}

// Receives every frame, of which the long one must be a DROP_RX_TOO_LONG, and
// sends each back.
static void test_frames_come_in_order_and_go(void **state)
{
	struct pkt *pkts[16];
	int n = 0;

	netif->iface = 3;
	netif->metric[0] = &harness_metric;
	while (n < FRAMES) {
		unsigned got = netif->ops->rx_burst(netif, 0, pkts, ARRAY_LEN(pkts));

		assert_true(got > 0);
		for (unsigned i = 0; i < got; i++, n++) {
			if (n == LONG_FRAME)
				n++;
			assert_int_equal(pkts[i]->len, frame_bytes(n));
			assert_int_equal(pkt_data(pkts[i])[0], n);
			assert_int_equal(pkt_data(pkts[i])[pkts[i]->len - 1], n);
			assert_int_equal(pkts[i]->refs, 1);
			assert_int_equal(pkts[i]->iface, 3);
			assert_int_equal(pkts[i]->rx_flags, 0);
		}
		assert_int_equal(netif->ops->tx_burst(netif, 0, pkts, got), got);
	}
	assert_int_equal(harness_drops(DROP_RX_TOO_LONG), 1);
}

static void test_a_shared_page_is_sent_and_stays(void **state)
{
	struct pkt *pkt = pkt_alloc(netif->pool[0]);
	uint32_t before = avail();

	pkt_set_len(pkt, 60);
	memset(pkt_data(pkt), 0xaa, 60);
	assert_int_equal(netif->ops->tx_burst(netif, 0, &(struct pkt *){pkt_get(pkt)}, 1), 1);
	assert_int_equal(pkt->refs, 1);
	assert_int_equal(pkt_data(pkt)[59], 0xaa);
	assert_int_equal(avail(), before);
	pkt_put(pkt);
}

// Three pages of 30, 40 and 50 bytes, each byte its place in the frame.
static struct pkt *chain_new(void)
{
	static const uint16_t lens[] = {30, 40, 50};
	struct pkt *first = NULL, **link = &first;
	uint8_t at = 0;

	for (size_t i = 0; i < ARRAY_LEN(lens); i++) {
		struct pkt *pkt = pkt_alloc(netif->pool[0]);

		assert_non_null(pkt);
		pkt_set_len(pkt, lens[i]);
		for (unsigned k = 0; k < lens[i]; k++)
			pkt_data(pkt)[k] = at++;
		*link = pkt;
		link = &pkt->next;
	}
	first->more = CHAIN_BYTES - first->len;
	return first;
}

static struct pkt *plain_new(void)
{
	struct pkt *pkt = pkt_alloc(netif->pool[0]);

	assert_non_null(pkt);
	pkt_set_len(pkt, 60);
	memset(pkt_data(pkt), 0xbb, 60);
	return pkt;
}

static void test_a_frame_of_three_pages_is_sent(void **state)
{
	struct pkt *pkts[] = {plain_new(), chain_new(), plain_new()};

	assert_int_equal(netif->ops->tx_burst(netif, 0, pkts, 3), 3);
}

// As a transport does that may have to send it again: twice, and then it is put.
static void test_a_shared_frame_of_three_pages_is_sent_twice(void **state)
{
	uint32_t before = avail();
	struct pkt *pkt = chain_new();

	for (int i = 0; i < 2; i++) {
		assert_int_equal(netif->ops->tx_burst(netif, 0, &(struct pkt *){pkt_get(pkt)}, 1),
		                 1);
		assert_int_equal(pkt->refs, 1);
		assert_int_equal(avail(), before - 3);
	}
	pkt_put(pkt);
}

// Of a device with one queue.
static uint64_t tx_copied(const struct netif_status *status)
{
	const struct metric_source *own = &status->own[0];

	assert_string_equal(own->rows[0].value, "tx_copied");
	return counter_get((const counter_t *)((const char *)own->of[0] + own->rows[0].offset));
}

// Pages that are no mbufs: the driver gets a copy of them in one.
static void test_a_frame_of_foreign_pages_is_copied(void **state)
{
	struct netif_status before, after;
	uint64_t copied;
	struct page_array foreign;
	struct pkt *pkt = chain_new(), *last;

	assert_int_equal(page_array_open(&foreign, 1), 0);
	last = pkt_alloc(&foreign.pool);
	pkt_set_len(last, 50);
	memcpy(pkt_data(last), pkt_data(pkt->next->next), 50);
	pkt_put(pkt->next->next);
	pkt->next->next = last;
	netif->ops->status(netif, &before);
	copied = tx_copied(&before);
	assert_int_equal(netif->ops->tx_burst(netif, 0, &pkt, 1), 1);
	netif->ops->status(netif, &after);
	assert_int_equal(tx_copied(&after), copied + 1);
	assert_int_equal(foreign.pool.avail(&foreign.pool), 1);
	page_array_close(&foreign);
}

// Foreign pages of more bytes than a page has room for, between frames that leave.
static void test_a_copy_that_does_not_fit_a_page_is_dropped(void **state)
{
	struct pkt *pkts[] = {plain_new(), NULL, plain_new()};
	uint64_t drops = harness_drops(DROP_TX_TOO_LONG);
	struct page_array foreign;

	assert_int_equal(page_array_open(&foreign, 2), 0);
	pkts[1] = pkt_alloc(&foreign.pool);
	pkt_set_len(pkts[1], 2000);
	pkts[1]->next = pkt_alloc(&foreign.pool);
	pkt_set_len(pkts[1]->next, 2000);
	pkts[1]->more = 2000;
	assert_int_equal(netif->ops->tx_burst(netif, 0, pkts, 3), 3);
	assert_int_equal(harness_drops(DROP_TX_TOO_LONG), drops + 1);
	assert_int_equal(foreign.pool.avail(&foreign.pool), 2);
	page_array_close(&foreign);
}

static void *worker(void *result)
{
	struct pkt *pkt;

	*(int *)result = dpdk_backend.worker_enter(0);
	pkt = pkt_alloc(netif->pool[0]);
	pkt_put(pkt);
	dpdk_backend.worker_leave();
	return NULL;
}

static void test_a_thread_of_ours_can_be_a_worker(void **state)
{
	int result = -1;
	pthread_t thread;

	assert_int_equal(pthread_create(&thread, NULL, worker, &result), 0);
	pthread_join(thread, NULL);
	assert_int_equal(result, 0);
}

static void test_signals_are_as_before(void **state)
{
	struct sigaction action;
	sigset_t mask;

	pthread_sigmask(SIG_BLOCK, NULL, &mask);
	assert_false(sigismember(&mask, SIGTERM));
	sigaction(SIGRTMIN + 1, NULL, &action);
	assert_ptr_equal(action.sa_handler, SIG_DFL);
}

// Chains come out as the 120 bytes that they hold.
static void chains_check(FILE *file)
{
	uint8_t frame[LONG_BYTES];
	uint32_t record[4];
	unsigned chains = 0;

	fseek(file, 24, SEEK_SET);
	while (fread(record, sizeof(record), 1, file) == 1) {
		assert_int_equal(record[2], record[3]);
		assert_int_equal(fread(frame, record[2], 1, file), 1);
		if (record[2] != CHAIN_BYTES || frame[1] != 1)
			continue;
		for (unsigned i = 0; i < CHAIN_BYTES; i++)
			assert_int_equal(frame[i], i);
		chains++;
	}
	assert_int_equal(chains, CHAINS);
}

// Last, because it closes the port.
static void test_what_was_sent_is_in_the_output(void **state)
{
	char path[64];
	long expected = 24;
	FILE *file;

	for (int n = 0; n < FRAMES; n++)
		expected += n == LONG_FRAME ? 0 : 16 + (long)frame_bytes(n);
	expected += 5 * (16 + 60); // the shared page, and those beside chains
	expected += CHAINS * (16 + CHAIN_BYTES);

	netif->ops->close(netif);
	dpdk_backend.close();
	snprintf(path, sizeof(path), "%s/out.pcap", dir);
	file = fopen(path, "r");
	assert_non_null(file);
	fseek(file, 0, SEEK_END);
	assert_int_equal(ftell(file), expected);
	chains_check(file);
	fclose(file);
	assert_int_equal(files_remove(), 0);
}

#define PORT_TEST(fn) cmocka_unit_test_teardown(fn, balance_check)

int main(void)
{
	const struct CMUnitTest refusals[] = {
	        cmocka_unit_test(test_refusals_say_what_to_do),
	        cmocka_unit_test(test_the_limits_of_a_driver),
	        cmocka_unit_test(test_a_probe_that_the_listener_does_not_notice),
	        cmocka_unit_test(test_memory_that_nobody_has),
	};
	const struct CMUnitTest port[] = {
	        PORT_TEST(test_a_port_is_described),
	        PORT_TEST(test_a_page_is_empty_and_has_headroom),
	        PORT_TEST(test_neighbouring_pages_lie_an_odd_number_of_lines_apart),
	        PORT_TEST(test_a_pool_runs_dry_and_recovers),
	        PORT_TEST(test_frames_come_in_order_and_go),
	        PORT_TEST(test_a_shared_page_is_sent_and_stays),
	        PORT_TEST(test_a_frame_of_three_pages_is_sent),
	        PORT_TEST(test_a_shared_frame_of_three_pages_is_sent_twice),
	        PORT_TEST(test_a_frame_of_foreign_pages_is_copied),
	        PORT_TEST(test_a_copy_that_does_not_fit_a_page_is_dropped),
	        PORT_TEST(test_a_thread_of_ours_can_be_a_worker),
	        PORT_TEST(test_signals_are_as_before),
	        cmocka_unit_test(test_what_was_sent_is_in_the_output),
	};
	int failed = cmocka_run_group_tests(refusals, NULL, NULL);

	return failed + cmocka_run_group_tests(port, port_setup, NULL);
}

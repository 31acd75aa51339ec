// linux: what start-up refuses and in which words; and packet sockets on a veth pair in a
// network namespace of the test's own, with loss of the interface and its return. Where
// no namespace can be made, only the words are tested.
#include "harness.h"

#include "backends/linux/linux.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define QUEUES_MAX  2 // of a lab with several
#define FRAME_BYTES 100
#define WAIT_MS     2000
#define LONG_BYTES  1200

static struct why why;
static struct netif *ends[2]; // near and far
static struct worker_metric metrics[2][NETIF_QUEUES_MAX];
static bool lab; // in a namespace of our own

static void run(const char *words)
{
	if (system(words) != 0)
		fail_msg("%s failed", words);
}

static int open_one(const char *device, unsigned queues, uint16_t mtu, struct netif **netif)
{
	struct backend_conf conf;

	why.text[0] = 0;
	if (backend_conf_parse(&conf, &linux_backend, device, &why))
		return -EINVAL;
	conf.queues = queues;
	conf.mtu = mtu;
	return linux_backend.open("linux_test", &conf, 1, netif, &why);
}

static void test_each_mistake_is_named(void **state)
{
	static const struct {
		const char *device, *says;
	} cases[] = {
	        {"af_packet:", "lacks its argument: af_packet:IFACE"},
	        {"af_packet:a/b", "a/b"},
	        {"af_packet:..", "cannot be an interface"},
	        {"af_packet:sixteen-letters-", "sixteen-letters-"},
	        {"af_packet:eth0,frames=1", "from 64 to 65536"},
	        {"af_packet:eth0,bypass=2", "is not 0 or 1"},
	        {"af_packet:eth0,busy=1", "its options are: frames, bypass"},
	        {"tap:", "lacks its argument: tap:NAME"},
	        {"tap:,mac=02:00:00:00:00:01", "tap:NAME"},
	        {"tap:a/b", "a/b"},
	        {"tap:..", "cannot be an interface"},
	        {"tap:sixteen-letters-", "sixteen-letters-"},
	        {"tap:wadi0,busy=1", "has no option \"busy\"; its options are: mac, gso"},
	        {"tap:wadi0,mac", "no value: mac=MAC"},
	        {"tap:wadi0,mac=", "unicast"},
	};
	struct netif *netif;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		assert_int_equal(open_one(cases[i].device, 1, 0, &netif), -EINVAL);
		if (!strstr(why.text, cases[i].says))
			fail_msg("%s: \"%s\" lacks \"%s\"", cases[i].device, why.text,
			         cases[i].says);
	}
}

// Each sentence names what to change.
static void test_refusals_say_what_to_do(void **state)
{
	static const struct {
		const char *device;
		unsigned queues;
		uint16_t mtu;
		int err;
		const char *says;
	} cases[] = {
	        {"af_packet:nosuch0", 1, 0, -ENODEV, "there is no such interface; see: ip link"},
	        {"af_packet:down0", 1, 0, -ENETDOWN, "ip link set down0 up"},
	        {"af_packet:near", 0, 0, -E2BIG, "set workers"},
	        {"af_packet:near", 65, 0, -E2BIG, "1 to 64 are possible"},
	        {"af_packet:near", 1, 1501, -EMSGSIZE, "ip link set near mtu 1501"},
	        {"af_packet:near", 1, 2901, -EMSGSIZE, "set the port's mtu"},
	        {"af_packet:raw0", 1, 0, -EINVAL, "no Ethernet interface"},
	        {"tap:near", 1, 0, -EEXIST, "ip link del near"},
	        {"tap:wadi0", 65, 0, -E2BIG, "1 to 64 are possible"},
	        {"tap:wadi0", 1, 2901, -EMSGSIZE, "serves 2900 at most: set the port's mtu"},
	};
	struct netif *netif;

	if (!lab)
		skip();
	run("ip link add down0 type veth peer name down1");
	run("ip tuntap add raw0 mode tun && ip link set raw0 up");
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		assert_int_equal(open_one(cases[i].device, cases[i].queues, cases[i].mtu, &netif),
		                 cases[i].err);
		if (!strstr(why.text, cases[i].says))
			fail_msg("%s: \"%s\" lacks \"%s\"", cases[i].device, why.text,
			         cases[i].says);
	}
	run("ip link del down0");
	run("ip link del raw0");
}

static void link_make(void)
{
	run("ip link add near type veth peer name far && ip link set near up && ip link set far "
	    "up");
}

static void end_open(unsigned end, const char *device, unsigned queues)
{
	if (open_one(device, queues, 0, &ends[end]))
		fail_msg("%s", why.text);
	for (unsigned i = 0; i < queues; i++)
		ends[end]->metric[i] = &metrics[end][i];
}

static int lab_setup(void **state)
{
	memset(metrics, 0, sizeof(metrics));
	if (lab)
		link_make();
	return 0;
}

// Both ends closed, every page back.
static int lab_teardown(void **state)
{
	for (unsigned i = 0; i < ARRAY_LEN(ends); i++) {
		struct netif *netif = ends[i];

		for (unsigned q = 0; netif && q < netif->queues; q++)
			assert_int_equal(netif->pool[q]->avail(netif->pool[q]),
			                 netif->pool[q]->pages);
		if (netif)
			netif->ops->close(netif);
		ends[i] = NULL;
	}
	if (lab)
		run("ip link del near");
	return 0;
}

// To everybody, of the type for local experiments; then n, and 0, 1, 2...
static void frame_write(uint8_t *frame, size_t len, uint8_t n)
{
	memset(frame, 0xff, 6);
	memcpy(frame + 6, "\2\0\0\0\0\7\x88\xb5", 8);
	frame[14] = n;
	for (size_t i = 15; i < len; i++)
		frame[i] = (uint8_t)i;
}

static struct pkt *frame_new(struct page_pool *pool, uint8_t n)
{
	struct pkt *pkt = pkt_alloc(pool);

	assert_non_null(pkt);
	pkt_set_len(pkt, FRAME_BYTES);
	frame_write(pkt_data(pkt), FRAME_BYTES, n);
	return pkt;
}

static unsigned send_frames(struct netif *netif, unsigned first, unsigned n)
{
	unsigned sent = 0;

	for (unsigned i = 0; i < n; i++) {
		struct pkt *pkt = frame_new(netif->pool[0], (uint8_t)(first + i));

		if (netif->ops->tx_burst(netif, 0, &pkt, 1) == 1)
			sent++;
		else
			pkt_put(pkt);
	}
	return sent;
}

// Whether the frame is one of frame_write's, of that length.
static bool is_ours(const struct pkt *pkt, size_t len)
{
	uint8_t wanted[LONG_BYTES];

	frame_write(wanted, len, pkt_data(pkt)[14]);
	return pkt->len == len && memcmp(pkt_data(pkt), wanted, len) == 0;
}

// Receives n of our frames by all queues, each of `len` bytes; a kernel may send others.
// How many came before it was silent for wait_ms.
static unsigned receive_for(struct netif *netif, unsigned n, size_t len, unsigned wait_ms)
{
	unsigned came = 0, idle = 0;

	while (came < n && idle < wait_ms) {
		unsigned got = 0;

		for (unsigned q = 0; q < netif->queues; q++) {
			struct pkt *pkts[8];

			got = netif->ops->rx_burst(netif, q, pkts, ARRAY_LEN(pkts));
			for (unsigned i = 0; i < got; i++) {
				came += is_ours(pkts[i], len);
				pkt_put(pkts[i]);
			}
		}
		if (got == 0)
			idle += poll(NULL, 0, 1) == 0;
	}
	return came;
}

static unsigned receive(struct netif *netif, unsigned n, size_t len)
{
	return receive_for(netif, n, len, WAIT_MS);
}

// Takes what is there; how many of our frames there were.
static unsigned drain(struct netif *netif)
{
	return receive_for(netif, UINT32_MAX, FRAME_BYTES, 20);
}

static struct netif_status status_of(struct netif *netif)
{
	struct netif_status status;

	netif->ops->status(netif, &status);
	return status;
}

static void test_a_device_is_described(void **state)
{
	if (!lab)
		skip();
	end_open(0, "af_packet:near,frames=64", 2);
	assert_string_equal(ends[0]->device, "af_packet:near,frames=64");
	assert_int_equal(ends[0]->mtu, 1500);
	assert_int_equal(ends[0]->queues, 2);
	assert_int_equal(ends[0]->mac[0] & 1, 0);
	assert_true(ends[0]->ops->rx_fd(ends[0], 0) != ends[0]->ops->rx_fd(ends[0], 1));
	assert_int_equal(status_of(ends[0]).link_up, 1);
	assert_int_equal(status_of(ends[0]).lost, 0);
	assert_int_equal(status_of(ends[0]).rx_missed, 0);
}

static void test_frames_arrive_once_whatever_the_number_of_queues(void **state)
{
	if (!lab)
		skip();
	for (unsigned queues = 1; queues <= QUEUES_MAX; queues++) {
		end_open(0, "af_packet:near,frames=256", 1);
		end_open(1, "af_packet:far,frames=256", queues);
		assert_int_equal(send_frames(ends[0], 0, 100), 100);
		assert_int_equal(receive(ends[1], 100, FRAME_BYTES), 100);
		assert_int_equal(drain(ends[1]), 0);
		// What an interface sends does not come back to it.
		assert_int_equal(drain(ends[0]), 0);
		if (queues == QUEUES_MAX)
			return;
		ends[0]->ops->close(ends[0]);
		ends[1]->ops->close(ends[1]);
	}
}

static void test_a_frame_of_three_pages_leaves_as_one(void **state)
{
	static const uint16_t lens[] = {54, 500, LONG_BYTES - 554};
	struct pkt *first = NULL, **link = &first;
	uint8_t frame[LONG_BYTES], *at = frame;

	if (!lab)
		skip();
	end_open(0, "af_packet:near", 1);
	end_open(1, "af_packet:far", 1);
	frame_write(frame, LONG_BYTES, 1);
	for (unsigned i = 0; i < ARRAY_LEN(lens); i++) {
		struct pkt *pkt = pkt_alloc(ends[0]->pool[0]);

		pkt_set_len(pkt, lens[i]);
		memcpy(pkt_data(pkt), at, lens[i]);
		at += lens[i];
		*link = pkt;
		link = &pkt->next;
	}
	first->more = (uint32_t)(LONG_BYTES - first->len);
	assert_int_equal(ends[0]->ops->tx_burst(ends[0], 0, &first, 1), 1);
	assert_int_equal(receive(ends[1], 1, LONG_BYTES), 1);
}

static void test_a_shared_page_is_sent_and_stays(void **state)
{
	struct pkt *pkt;

	if (!lab)
		skip();
	end_open(0, "af_packet:near", 1);
	pkt = frame_new(ends[0]->pool[0], 1);
	assert_int_equal(ends[0]->ops->tx_burst(ends[0], 0, &(struct pkt *){pkt_get(pkt)}, 1), 1);
	assert_int_equal(pkt->refs, 1);
	pkt_put(pkt);
}

// Nobody receives: what exceeds the ring is counted, once, and the rest is there.
static void test_frames_without_room_are_counted(void **state)
{
	struct netif_status status;

	if (!lab)
		skip();
	end_open(0, "af_packet:near", 1);
	end_open(1, "af_packet:far,frames=64", 1);
	assert_int_equal(send_frames(ends[0], 0, 200), 200);
	for (int i = 0; i < 100 && status_of(ends[1]).rx_missed < 136; i++)
		poll(NULL, 0, 10);
	status = status_of(ends[1]);
	assert_in_range(status.rx_missed, 136, 140); // a kernel may send frames of its own
	assert_int_equal(receive(ends[1], 64, FRAME_BYTES), 64 - (status.rx_missed - 136));
	assert_int_equal(status_of(ends[1]).rx_missed, status.rx_missed);
}

static void test_a_frame_that_is_too_long_is_dropped(void **state)
{
	struct pkt *pkt;

	if (!lab)
		skip();
	end_open(0, "af_packet:near", 1);
	pkt = frame_new(ends[0]->pool[0], 1);
	pkt_set_len(pkt, 1519);
	assert_int_equal(ends[0]->ops->tx_burst(ends[0], 0, &pkt, 1), 1);
	assert_int_equal(counter_get(&metrics[0][0].drop[DROP_TX_TOO_LONG]), 1);
}

// Whether the worker of a queue would wait.
static bool would_wait(struct netif *netif, unsigned queue)
{
	struct pollfd fd = {.fd = netif->ops->rx_fd(netif, queue), .events = POLLIN};
	bool waits;

	netif->ops->rx_arm(netif, queue, true);
	waits = poll(&fd, 1, 0) == 0;
	netif->ops->rx_arm(netif, queue, false);
	return waits;
}

static void test_a_link_that_is_down_is_waited_for(void **state)
{
	if (!lab)
		skip();
	end_open(0, "af_packet:near", 1);
	run("ip link set near down");
	drain(ends[0]);
	assert_int_equal(status_of(ends[0]).link_up, 0);
	assert_int_equal(status_of(ends[0]).lost, 0);
	assert_true(would_wait(ends[0], 0));
	assert_int_equal(send_frames(ends[0], 0, 1), 1);
	assert_int_equal(counter_get(&metrics[0][0].drop[DROP_TX_LINK_DOWN]), 1);
	run("ip link set near up");
	end_open(1, "af_packet:far", 1);
	assert_int_equal(send_frames(ends[1], 0, 10), 10);
	assert_int_equal(receive(ends[0], 10, FRAME_BYTES), 10);
}

// As often as it happens.
static void test_an_interface_that_returns_is_taken_up_again(void **state)
{
	if (!lab)
		skip();
	for (unsigned queues = 1; queues <= QUEUES_MAX; queues++) {
		end_open(0, "af_packet:near", queues);
		for (unsigned times = 1; times <= 3; times++) {
			uint8_t mac[6];

			memcpy(mac, ends[0]->mac, sizeof(mac));
			run("ip link del near");
			drain(ends[0]);
			assert_int_equal(status_of(ends[0]).lost, 1);
			assert_int_equal(status_of(ends[0]).link_up, 0);
			assert_int_equal(ends[0]->ops->reopen(ends[0], &why), -ENODEV);
			for (unsigned q = 0; q < queues; q++)
				assert_true(would_wait(ends[0], q));
			link_make();
			assert_int_equal(ends[0]->ops->reopen(ends[0], &why), 0);
			assert_int_equal(ends[0]->generation, times);
			assert_memory_not_equal(mac, ends[0]->mac, 6);
			assert_int_equal(status_of(ends[0]).lost, 0);
			end_open(1, "af_packet:far", 1);
			assert_int_equal(send_frames(ends[1], 0, 50), 50);
			assert_int_equal(receive(ends[0], 50, FRAME_BYTES), 50);
			assert_int_equal(send_frames(ends[0], 0, 50), 50);
			assert_int_equal(receive(ends[1], 50, FRAME_BYTES), 50);
			ends[1]->ops->close(ends[1]);
			ends[1] = NULL;
		}
		ends[0]->ops->close(ends[0]);
		ends[0] = NULL;
	}
}

// A packet socket beside the TAP is its other end.
static void test_a_tap_of_many_queues(void **state)
{
	struct pkt *pkt;

	if (!lab)
		skip();
	end_open(0, "tap:wadi0", 1);
	ends[0]->ops->close(ends[0]);
	end_open(0, "tap:wadi0,mac=02:00:00:00:00:09", NETIF_QUEUES_MAX);
	end_open(1, "af_packet:wadi0", 1);
	assert_int_equal(ends[0]->mac[5], 9);
	assert_int_equal(status_of(ends[0]).link_up, 1);
	assert_int_equal(send_frames(ends[0], 0, 50), 50);
	assert_int_equal(receive(ends[1], 50, FRAME_BYTES), 50);
	assert_int_equal(send_frames(ends[1], 0, 50), 50);
	assert_int_equal(receive(ends[0], 50, FRAME_BYTES), 50);
	for (unsigned q = 0; q < NETIF_QUEUES_MAX; q++)
		assert_true(would_wait(ends[0], q));
	pkt = frame_new(ends[0]->pool[0], 1);
	pkt_set_len(pkt, 1519);
	assert_int_equal(ends[0]->ops->tx_burst(ends[0], 0, &pkt, 1), 1);
	assert_int_equal(counter_get(&metrics[0][0].drop[DROP_TX_TOO_LONG]), 1);
}

// Opens the device of the second process, which goes on with that of the first.
static int open_from(const char *device, unsigned queues, const struct netif_handover *from,
                     struct netif **netif)
{
	struct backend_conf conf;

	assert_int_equal(backend_conf_parse(&conf, &linux_backend, device, &why), 0);
	conf.queues = queues;
	conf.from = from;
	return linux_backend.open("linux_test", &conf, 1, netif, &why);
}

static void ends_close(void)
{
	for (unsigned i = 0; i < ARRAY_LEN(ends); i++) {
		ends[i]->ops->close(ends[i]);
		ends[i] = NULL;
	}
}

// The second process opens the device while the first serves, and takes it over with frames
// that wait in it.
static void device_hand_over(const char *device, unsigned queues)
{
	struct netif_handover given;
	struct netif *next;

	ends[0]->ops->give(ends[0], &given);
	if (open_from(device, queues, &given, &next))
		fail_msg("%s: %s", device, why.text);
	assert_memory_equal(next->mac, ends[0]->mac, 6);
	for (unsigned q = 0; q < queues; q++)
		next->metric[q] = &metrics[0][q];
	assert_int_equal(send_frames(ends[1], 20, 30), 30);
	assert_int_equal(receive(ends[0], 30, FRAME_BYTES), 30);
	assert_int_equal(send_frames(ends[1], 50, 40), 40);
	ends[0]->ops->give(ends[0], &given);
	assert_int_equal(next->ops->take(next, &given), 0);
	ends[0]->ops->close(ends[0]);
	ends[0] = next;
}

// Each frame is one process's or the other's, and once.
static void test_a_device_goes_from_process_to_process(void **state)
{
	static const struct {
		const char *device, *far;
		unsigned queues;
	} cases[] = {{"tap:wadi0", "af_packet:wadi0,frames=1024,bypass=0", 1},
	             {"tap:wadi0", "af_packet:wadi0,frames=1024,bypass=0", 2},
	             {"af_packet:near,frames=64", "af_packet:far,frames=1024", 1},
	             {"af_packet:near,frames=64,gso=0", "af_packet:far,frames=1024", 2}};

	if (!lab)
		skip();
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		end_open(0, cases[i].device, cases[i].queues);
		end_open(1, cases[i].far, 1);
		drain(ends[0]);
		assert_int_equal(send_frames(ends[1], 0, 20), 20);
		assert_int_equal(receive(ends[0], 20, FRAME_BYTES), 20);
		device_hand_over(cases[i].device, cases[i].queues);
		assert_int_equal(receive(ends[0], 40, FRAME_BYTES), 40);
		assert_int_equal(drain(ends[0]), 0);
		assert_int_equal(status_of(ends[0]).lost, 0);
		assert_int_equal(send_frames(ends[0], 0, 10), 10);
		assert_int_equal(receive(ends[1], 10, FRAME_BYTES), 10);
		ends_close();
	}
}

static void test_what_no_device_goes_on_with_is_refused(void **state)
{
	struct netif_handover given, bad;
	struct netif *next;

	if (!lab)
		skip();
	end_open(0, "af_packet:near,frames=64", 1);
	ends[0]->ops->give(ends[0], &given);
	for (unsigned i = 0; i < given.numbers_len; i++) {
		bad = given;
		bad.number[i] = i == 2 ? !given.number[i] : UINT64_C(1) << 40;
		if (open_from("af_packet:near", 1, &bad, &next) == 0)
			fail_msg("number %u is not checked", i);
	}
	bad = given;
	bad.fds_len--;
	assert_int_equal(open_from("af_packet:near", 1, &bad, &next), -EINVAL);
	assert_int_equal(open_from("af_packet:near", 2, &given, &next), -EINVAL);
	assert_int_equal(open_from("tap:wadi1", 1, &given, &next), -EINVAL);
	bad = given;
	bad.numbers_len--;
	assert_int_equal(ends[0]->ops->take(ends[0], &bad), -EINVAL);
	bad = given;
	bad.number[0]--;
	assert_int_equal(ends[0]->ops->take(ends[0], &bad), -EINVAL);
}

static void test_frames_that_a_tap_has_no_room_for_are_counted(void **state)
{
	unsigned came;

	if (!lab)
		skip();
	end_open(0, "tap:wadi0", 1);
	end_open(1, "af_packet:wadi0,bypass=0", 1);
	assert_int_equal(send_frames(ends[1], 0, 10000), 10000);
	came = receive(ends[0], 10000, FRAME_BYTES);
	assert_in_range(came, 8000, 8192);
	assert_in_range(status_of(ends[0]).rx_missed, 10000 - came, 10010 - came);
}

static void test_a_tap_that_is_deleted_is_made_again(void **state)
{
	if (!lab)
		skip();
	end_open(0, "tap:wadi0", 2);
	for (unsigned times = 1; times <= 3; times++) {
		run("ip link del wadi0");
		assert_int_equal(status_of(ends[0]).lost, 1);
		assert_int_equal(ends[0]->ops->reopen(ends[0], &why), 0);
		assert_int_equal(ends[0]->generation, times);
		assert_int_equal(status_of(ends[0]).link_up, 1);
		end_open(1, "af_packet:wadi0", 1);
		assert_int_equal(send_frames(ends[1], 0, 50), 50);
		assert_int_equal(receive(ends[0], 50, FRAME_BYTES), 50);
		ends[1]->ops->close(ends[1]);
		ends[1] = NULL;
	}
	// Where it cannot be made, as here because the name is taken, no worker spins.
	run("ip link del wadi0 && ip link add wadi0 type veth peer name wadi1");
	assert_true(ends[0]->ops->reopen(ends[0], &why) < 0);
	assert_non_null(strstr(why.text, "ip tuntap add wadi0 mode tap multi_queue"));
	assert_true(would_wait(ends[0], 0) && would_wait(ends[0], 1));
	assert_int_equal(send_frames(ends[0], 0, 1), 1);
	assert_true(would_wait(ends[0], 0));
	run("ip link del wadi0");
}

#define LAB_TEST(fn) cmocka_unit_test_setup_teardown(fn, lab_setup, lab_teardown)

// As ip tuntap does, which may have its queue open yet when ours are attached: what ours ask for is
// ignored then.
static void test_a_tap_of_others_without_a_header_is_taken_as_it_is(void **state)
{
	struct ifreq request = {.ifr_name = "wadi0",
	                        .ifr_flags = IFF_TAP | IFF_NO_PI | IFF_MULTI_QUEUE};
	int fd;

	if (!lab)
		skip();
	end_open(0, "tap:wadi0", 2);
	assert_true(ends[0]->offloads & NETIF_TX_TSO4);
	run("ip link del wadi0");
	assert_int_equal(status_of(ends[0]).lost, 1);
	fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(ioctl(fd, TUNSETIFF, &request), 0);
	assert_int_equal(ioctl(fd, TUNSETPERSIST, 1), 0);
	assert_int_equal(ends[0]->ops->reopen(ends[0], &why), 0);
	close(fd);
	assert_int_equal(ends[0]->offloads, 0);
	end_open(1, "af_packet:wadi0", 1);
	assert_int_equal(send_frames(ends[1], 0, 50), 50);
	assert_int_equal(receive(ends[0], 50, FRAME_BYTES), 50);
	assert_int_equal(send_frames(ends[0], 0, 50), 50);
	assert_int_equal(receive(ends[1], 50, FRAME_BYTES), 50);
	ends[1]->ops->close(ends[1]);
	ends[1] = NULL;
	run("ip link del wadi0");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_each_mistake_is_named),
	        LAB_TEST(test_refusals_say_what_to_do),
	        LAB_TEST(test_a_device_is_described),
	        LAB_TEST(test_frames_arrive_once_whatever_the_number_of_queues),
	        LAB_TEST(test_a_frame_of_three_pages_leaves_as_one),
	        LAB_TEST(test_a_shared_page_is_sent_and_stays),
	        LAB_TEST(test_frames_without_room_are_counted),
	        LAB_TEST(test_a_frame_that_is_too_long_is_dropped),
	        LAB_TEST(test_a_link_that_is_down_is_waited_for),
	        LAB_TEST(test_an_interface_that_returns_is_taken_up_again),
	        LAB_TEST(test_a_tap_of_many_queues),
	        LAB_TEST(test_a_device_goes_from_process_to_process),
	        LAB_TEST(test_what_no_device_goes_on_with_is_refused),
	        LAB_TEST(test_frames_that_a_tap_has_no_room_for_are_counted),
	        LAB_TEST(test_a_tap_that_is_deleted_is_made_again),
	        LAB_TEST(test_a_tap_of_others_without_a_header_is_taken_as_it_is),
	};

	lab = unshare(CLONE_NEWNET) == 0;
	if (lab)
		run("sysctl -qw net.ipv6.conf.default.disable_ipv6=1");
	return cmocka_run_group_tests(tests, NULL, NULL);
}

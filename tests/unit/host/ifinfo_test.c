// ifinfo: the loopback as Linux describes it, and events of interfaces that come and go in
// a network namespace of the test's own.
#include "harness.h"

#include "core/host/ifinfo.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static int sock;

static int setup(void **state)
{
	sock = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	return sock < 0;
}

static int teardown(void **state)
{
	return close(sock);
}

static void test_the_loopback(void **state)
{
	static const uint8_t none[6];
	struct ifinfo by_name, by_index;

	assert_int_equal(ifinfo_by_name(sock, "lo", &by_name), 0);
	assert_int_equal(by_name.index, 1);
	assert_true(by_name.ethernet);
	assert_true(by_name.mtu >= 1500);
	assert_memory_equal(by_name.mac, none, 6);
	assert_int_equal(ifinfo_by_index(sock, 1, &by_index), 0);
	assert_int_equal(by_index.mtu, by_name.mtu);
}

static void test_what_is_not_there(void **state)
{
	struct ifinfo info;

	assert_int_equal(ifinfo_by_name(sock, "nosuch0", &info), -ENODEV);
	assert_int_equal(ifinfo_by_name(sock, "a-name-of-more-than-15-letters", &info), -ENODEV);
	assert_int_equal(ifinfo_by_index(sock, 999999, &info), -ENODEV);
	assert_int_equal(info.index, 0);
}

static void test_addresses_of_the_kernel(void **state)
{
	const struct addr local = addr_from_ipv4(be32(0x7f000001)),
	                  other = addr_from_ipv4(be32(0x7f0000fe));
	struct addr found;

	assert_false(ifinfo_find_addr("lo", &other, &found));
	assert_false(ifinfo_find_addr("nosuch0", &local, &found));
	assert_false(ifinfo_find_addr("nosuch0", NULL, &found));
	if (!ifinfo_find_addr("lo", &local, &found)) // the loopback is down here
		return;
	assert_true(addr_eq(found, local));
	assert_true(ifinfo_find_addr("lo", NULL, &found));
}

static bool readable(int fd)
{
	return poll(&(struct pollfd){.fd = fd, .events = POLLIN}, 1, 1000) == 1;
}

static void test_changes_are_events(void **state)
{
	static const char *const changes[] = {
	        "ip link add near type veth peer name far",
	        "ip link set near up",
	        "ip link del near",
	};
	int fd;

	if (unshare(CLONE_NEWNET))
		skip();
	fd = ifinfo_events_open();
	assert_true(fd >= 0);
	for (size_t i = 0; i < ARRAY_LEN(changes); i++) {
		assert_int_equal(system(changes[i]), 0);
		assert_true(readable(fd));
		ifinfo_events_drain(fd);
		assert_int_equal(poll(&(struct pollfd){.fd = fd, .events = POLLIN}, 1, 0), 0);
	}
	close(fd);
}

// More events than the socket holds: one remains to be seen, and they end.
static void test_events_that_overflow(void **state)
{
	int fd, small = 1;

	if (unshare(CLONE_NEWNET))
		skip();
	fd = ifinfo_events_open();
	assert_true(fd >= 0);
	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small)), 0);
	assert_int_equal(system("for i in 1 2 3 4 5 6 7 8; do ip link set lo up; ip link set lo "
	                        "down; done"),
	                 0);
	assert_true(readable(fd));
	ifinfo_events_drain(fd);
	assert_int_equal(poll(&(struct pollfd){.fd = fd, .events = POLLIN}, 1, 0), 0);
	close(fd);
}

#define INFO_TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        INFO_TEST(test_the_loopback),
	        INFO_TEST(test_what_is_not_there),
	        INFO_TEST(test_addresses_of_the_kernel),
	        INFO_TEST(test_changes_are_events),
	        INFO_TEST(test_events_that_overflow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

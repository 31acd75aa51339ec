// devices: a device whose status the test sets goes down, up, away and comes back; each
// change is one line of the log, and ends the appliance only where the port says so.
#include "harness.h"

#include "apps/boot/devices.h"
#include "core/host/log.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#define LINES_MAX 8

static struct netif_status fake;
static int reopen_result; // what fake_reopen returns; 0: and the device is back
static unsigned reopens, wakes;
static uint64_t bad_checksums;

static char line[LINES_MAX][256];
static unsigned lines;

static struct control_loop loop;
static struct devices devices;
static struct netif netif;

static void fake_status(struct netif *device, struct netif_status *status)
{
	*status = fake;
}

static int fake_reopen(struct netif *device, struct why *why)
{
	reopens++;
	if (reopen_result == 0)
		fake.lost = 0;
	else if (reopen_result != -ENODEV)
		return why_fail(why, reopen_result, "the interface is back and cannot be taken up");
	return reopen_result;
}

static uint64_t fake_checksums(void *ctx)
{
	return bad_checksums;
}

static void fake_wake(void *ctx)
{
	wakes++;
}

static const struct netif_ops ops = {.status = fake_status, .reopen = fake_reopen};
static const struct netif_ops ops_without_reopen = {.status = fake_status};

static void sink(void *ctx, enum log_level level, const char *text, size_t len)
{
	if (lines < LINES_MAX)
		snprintf(line[lines++], sizeof(line[0]), "%s: %.*s", log_level_name(level),
		         (int)len, text);
}

static int setup(void **state)
{
	fake = (struct netif_status){.link_up = 1};
	reopen_result = -ENODEV;
	reopens = wakes = 0;
	bad_checksums = 0;
	lines = 0;
	devices = (struct devices){.bad_checksums = fake_checksums, .wake = fake_wake};
	netif = (struct netif){.ops = &ops, .device = "af_packet:w0"};
	log_init("devices_test", STDERR_FILENO);
	log_set_sink(sink, NULL);
	return control_loop_init(&loop);
}

static int teardown(void **state)
{
	devices_unwatch(&devices);
	assert_null(devices.loop);
	log_set_sink(NULL, NULL);
	control_loop_fini(&loop);
	return 0;
}

// The tick, as the wheel would call it.
static void look(void)
{
	devices.timer.fn(&devices.timer, clock_kernel());
}

static void watch(unsigned on_loss)
{
	devices_add(&devices, "net0", &netif, on_loss);
	devices_watch(&devices, &loop, clock_kernel());
	assert_true(wheel_timer_armed(&devices.timer));
	look();
}

static void expect_lines(unsigned n, const char *last)
{
	assert_int_equal(lines, n);
	if (n)
		assert_string_equal(line[n - 1], last);
}

static void test_the_name_of_a_state(void **state)
{
	assert_string_equal(devices_state_name(&(struct netif_status){.link_up = 1}), "up");
	assert_string_equal(devices_state_name(&(struct netif_status){0}), "down");
	assert_string_equal(devices_state_name(&(struct netif_status){.lost = 1}), "lost");
	assert_string_equal(devices_state_name(&(struct netif_status){.link_up = 1, .lost = 1}),
	                    "lost");
}

static void test_a_link_that_goes_down_and_up(void **state)
{
	watch(DEVICE_LOSS_WAIT);
	expect_lines(0, NULL);
	look();
	expect_lines(0, NULL);
	fake.link_up = 0;
	look();
	look();
	expect_lines(1, "warning: net0 (af_packet:w0): the link is down");
	fake.link_up = 1;
	look();
	look();
	expect_lines(2, "info: net0 (af_packet:w0): the link is up");
}

static void test_an_address_that_changes(void **state)
{
	watch(DEVICE_LOSS_WAIT);
	expect_lines(0, NULL);
	netif_take_mac(&netif, (const uint8_t[]){2, 0, 0, 0, 0, 0x99});
	look();
	look();
	expect_lines(1, "info: net0 (af_packet:w0): its Ethernet address is 02:00:00:00:00:99 now");
	assert_int_equal(wakes, 1);
	assert_int_equal(netif.generation, 1);
	netif_take_mac(&netif, (const uint8_t[]){2, 0, 0, 0, 0, 0x99});
	assert_int_equal(netif.generation, 1);
}

static void test_a_link_that_is_down_at_start(void **state)
{
	fake.link_up = 0;
	watch(DEVICE_LOSS_WAIT);
	expect_lines(1, "warning: net0 (af_packet:w0): the link is down");
}

static void test_a_device_that_is_lost_and_returns(void **state)
{
	watch(DEVICE_LOSS_WAIT);
	fake = (struct netif_status){.lost = 1};
	look();
	expect_lines(1, "error: net0 (af_packet:w0): the device is lost; it is taken up again "
	                "when it is back");
	look();
	assert_int_equal(reopens, 2);
	assert_int_equal(wakes, 0);
	expect_lines(1, line[0]);
	reopen_result = 0;
	fake.link_up = 1;
	look();
	expect_lines(2, "info: net0 (af_packet:w0): the device is back");
	assert_int_equal(wakes, 1);
	look();
	expect_lines(2, line[1]);
	assert_false(loop.stopping);
}

// An interface that was re-created at once, perhaps with its link down.
static void test_a_device_that_returned_before_the_look(void **state)
{
	watch(DEVICE_LOSS_WAIT);
	fake = (struct netif_status){.lost = 1};
	reopen_result = 0;
	look();
	assert_int_equal(lines, 3);
	assert_string_equal(line[1], "info: net0 (af_packet:w0): the device is back");
	expect_lines(3, "warning: net0 (af_packet:w0): the link is down");
}

static void test_what_keeps_a_device_away_is_said_once(void **state)
{
	watch(DEVICE_LOSS_WAIT);
	fake = (struct netif_status){.lost = 1};
	look();
	reopen_result = -EPERM;
	look();
	look();
	expect_lines(2, "error: net0 (af_packet:w0): the interface is back and cannot be taken up");
	reopen_result = 0;
	fake.link_up = 1;
	look();
	expect_lines(3, "info: net0 (af_packet:w0): the device is back");
}

static void test_a_device_that_cannot_be_taken_up_again(void **state)
{
	netif.ops = &ops_without_reopen;
	watch(DEVICE_LOSS_WAIT);
	fake.lost = 1;
	look();
	look();
	expect_lines(1, "error: net0 (af_packet:w0): the device is lost, and only a restart can "
	                "take it up again");
}

static void test_a_return_that_takes_a_new_process(void **state)
{
	watch(DEVICE_LOSS_WAIT);
	fake.lost = 1;
	reopen_result = -ENODEV;
	look();
	assert_false(loop.stopping);
	reopen_result = -ERESTART;
	look();
	assert_true(loop.stopping);
	assert_non_null(strstr(devices.fatal.text, "net0 (af_packet:w0): the device is back, and "
	                                           "only a new process can take it up"));
}

static void test_a_loss_that_ends_the_appliance(void **state)
{
	watch(DEVICE_LOSS_EXIT);
	fake.lost = 1;
	look();
	assert_true(loop.stopping);
	assert_string_equal(devices.fatal.text, "net0 (af_packet:w0): the device is lost; the "
	                                        "appliance ends, as ports[].on_device_loss says");
	look();
	assert_int_equal(reopens, 0);
	expect_lines(0, NULL); // the sentence is the caller's to log
}

static void test_the_first_wrong_checksum_is_a_line(void **state)
{
	watch(DEVICE_LOSS_WAIT);
	look();
	expect_lines(0, NULL);
	bad_checksums = 1;
	look();
	bad_checksums = 2;
	look();
	assert_int_equal(lines, 1);
	assert_non_null(strstr(line[0], "ethtool -K IFACE tx off"));
}

#define DEVICES_TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        DEVICES_TEST(test_the_name_of_a_state),
	        DEVICES_TEST(test_a_link_that_goes_down_and_up),
	        DEVICES_TEST(test_an_address_that_changes),
	        DEVICES_TEST(test_a_link_that_is_down_at_start),
	        DEVICES_TEST(test_a_device_that_is_lost_and_returns),
	        DEVICES_TEST(test_a_device_that_returned_before_the_look),
	        DEVICES_TEST(test_what_keeps_a_device_away_is_said_once),
	        DEVICES_TEST(test_a_device_that_cannot_be_taken_up_again),
	        DEVICES_TEST(test_a_return_that_takes_a_new_process),
	        DEVICES_TEST(test_a_loss_that_ends_the_appliance),
	        DEVICES_TEST(test_the_first_wrong_checksum_is_a_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

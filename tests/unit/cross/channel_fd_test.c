// channel_fd: a library with a descriptor on one node, a handler with a channel on the other, on
// virtual time: bytes and ends in both directions, what happens when one side does not read, and
// that nothing spins while it waits. Descriptors are real, and so is the control loop.
#include "sim.h"

#include "apps/cross/channel_fd.h"
#include "apps/cross/crossing.h"
#include "core/rand.h"

#include <dirent.h>
#include <errno.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define PORT  9000
#define BYTES 400000

static struct sim sim;
static struct control_loop loop;
static struct crossing *crossing;
static struct channels *channels;
static struct rand dice;
static unsigned descriptors; // before the test

// The handler at the other end.
static struct {
	struct channel *channel;
	bool closed;
	enum tcp_end end;
	uint32_t sent, got;
} far;

// The library.
static struct {
	int fd;
	bool closed, blocking;
	enum tcp_end end;
	uint32_t sent, got;
} lib;

static uint8_t byte_at(uint32_t key, uint32_t at)
{
	return (uint8_t)((at ^ key) * UINT32_C(2654435761) >> 24);
}

static void on_closed(void *ctx, struct channel *channel, enum tcp_end end, mono_t now)
{
	assert_false(far.closed);
	far.closed = true;
	far.end = end;
	far.channel = NULL;
}

static const struct channel_ops far_ops = {.closed = on_closed};

static void lib_closed(void *ctx, enum tcp_end end, mono_t now)
{
	assert_ptr_equal(ctx, &lib);
	assert_false(lib.closed);
	lib.closed = true;
	lib.end = end;
}

static void near_opened(void *ctx, struct channel *channel, mono_t now)
{
	struct channel_fd_conf conf = {
	        .loop = &loop, .nonblocking = !lib.blocking, .closed = lib_closed, .ctx = &lib};

	lib.fd = channel_fd_open(channel, &conf);
}

static void near_closed(void *ctx, struct channel *channel, enum tcp_end end, mono_t now)
{
	lib_closed(&lib, end, now);
}

static const struct channel_ops near_ops = {.opened = near_opened, .closed = near_closed};

static unsigned open_descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	unsigned n = 0;

	assert_non_null(dir);
	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

static void step(void)
{
	sim_run_until(&sim, mono_add(sim.now, 2 * MS_US));
	control_loop_turn(&loop, 0);
	control_loop_turn(&loop, 0);
}

static void steps(unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		step();
}

// The loop has nothing to do, and would wait.
static void assert_idle(void)
{
	steps(20);
	for (unsigned i = 0; i < 5; i++)
		assert_int_equal(control_loop_turn(&loop, 0), 0);
}

static int setup(void **state)
{
	struct crossing_conf conf = {
	        .loop = &loop, .channels = 4, .buffer_bytes = 16, .out_bytes = 4096};
	struct channels_listener_conf listener = {.port = PORT, .backlog = 4, .ops = &near_ops};
	struct channels_conf of = {.channels = 4, .buffer_bytes = 16};
	struct channels_connect_conf to = {.remote_port = PORT, .ops = &far_ops};

	descriptors = open_descriptors();
	memset(&far, 0, sizeof(far));
	memset(&lib, 0, sizeof(lib));
	rand_init(&dice, 1);
	sim_open(&sim, (struct impair_conf){.delay_us = MS_US});
	assert_int_equal(control_loop_init(&loop), 0);
	crossing = crossing_open(&conf);
	assert_non_null(crossing);
	assert_int_equal(crossing_worker_open(crossing, 0, &sim.server.pipeline,
	                                      stack_tcp(sim.server.stack)),
	                 0);
	assert_int_equal(crossing_listen(crossing, 0, &listener), 0);
	of.tcp = stack_tcp(sim.client.stack);
	of.wheel = &sim.client.pipeline.wheel;
	of.metric = &sim.client.metric;
	channels = channels_open(&of);
	assert_non_null(channels);
	to.remote = ip("10.0.0.2");
	assert_int_equal(channels_connect(channels, &to, &far.channel, sim.now), 0);
	return 0;
}

// The library has closed its descriptor, or does now.
static int teardown(void **state)
{
	if (lib.fd > 0)
		close(lib.fd);
	crossing_worker_close(crossing, 0, sim.now);
	assert_true(lib.closed);
	crossing_close(crossing);
	channels_close(channels, sim.now);
	sim_close(&sim);
	control_loop_fini(&loop);
	assert_int_equal(open_descriptors(), descriptors);
	return 0;
}

#define FD_TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

static void lib_close(void)
{
	close(lib.fd);
	lib.fd = -1;
}

// Writes up to max bytes of its stream; returns how many were taken.
static uint32_t lib_write(uint32_t max)
{
	uint8_t bytes[8000];
	uint32_t n = (uint32_t)size_min(max, sizeof(bytes));
	ssize_t taken;

	for (uint32_t i = 0; i < n; i++)
		bytes[i] = byte_at(1, lib.sent + i);
	taken = send(lib.fd, bytes, n, MSG_NOSIGNAL);
	if (taken < 0)
		return 0;
	lib.sent += (uint32_t)taken;
	return (uint32_t)taken;
}

// Reads what is there, up to max; -errno, or how many.
static int lib_read(uint32_t max)
{
	uint8_t bytes[8000];
	ssize_t n = read(lib.fd, bytes, size_min(max, sizeof(bytes)));

	if (n < 0)
		return -errno;
	for (ssize_t i = 0; i < n; i++)
		assert_int_equal(bytes[i], byte_at(2, lib.got + (uint32_t)i));
	lib.got += (uint32_t)n;
	return (int)n;
}

static uint32_t far_write(uint32_t max)
{
	uint8_t bytes[8000];
	uint32_t n = (uint32_t)size_min(max, sizeof(bytes));

	for (uint32_t i = 0; i < n; i++)
		bytes[i] = byte_at(2, far.sent + i);
	n = channel_write(far.channel, bytes, n);
	far.sent += n;
	return n;
}

static uint32_t far_read(uint32_t max)
{
	uint8_t bytes[8000];
	uint32_t n = channel_read(far.channel, bytes, (uint32_t)size_min(max, sizeof(bytes)));

	for (uint32_t i = 0; i < n; i++)
		assert_int_equal(bytes[i], byte_at(1, far.got + i));
	far.got += n;
	return n;
}

static void test_bytes_go_both_ways(void **state)
{
	steps(5);
	assert_true(lib.fd > 0);
	while (lib.got < BYTES || far.got < BYTES) {
		step();
		lib_write((uint32_t)rand_below(&dice, 1 + size_min(8000, BYTES - lib.sent)));
		far_write((uint32_t)rand_below(&dice, 1 + size_min(8000, BYTES - far.sent)));
		lib_read((uint32_t)rand_below(&dice, 8000) + 1);
		far_read((uint32_t)rand_below(&dice, 8000));
	}
	assert_idle();
	assert_int_equal(lib_read(1), -EAGAIN);
}

static void test_each_direction_has_an_end(void **state)
{
	steps(5);
	far_write(100);
	channel_shutdown(far.channel);
	steps(20);
	assert_int_equal(lib_read(8000), 100);
	assert_int_equal(lib_read(8000), 0);
	assert_idle();
	assert_int_equal(lib_write(200), 200);
	steps(20);
	assert_int_equal(far_read(8000), 200);
	assert_false(channel_ended(far.channel));
	assert_int_equal(shutdown(lib.fd, SHUT_WR), 0);
	steps(20);
	assert_true(far.closed && lib.closed);
	assert_int_equal(far.end, TCP_END_DONE);
	assert_int_equal(lib.end, TCP_END_DONE);
	assert_idle();
}

static void test_the_library_ends_first(void **state)
{
	steps(5);
	assert_int_equal(lib_write(200), 200);
	assert_int_equal(shutdown(lib.fd, SHUT_WR), 0);
	assert_idle();
	assert_int_equal(far_read(8000), 200);
	assert_true(channel_ended(far.channel));
	far_write(300);
	assert_idle();
	assert_int_equal(lib_read(8000), 300);
	channel_close(far.channel);
	steps(20);
	assert_true(far.closed && lib.closed);
	assert_int_equal(lib_read(8000), 0);
}

// What it wrote before is sent, what comes is thrown away.
static void test_the_library_closes(void **state)
{
	steps(5);
	far_write(100);
	steps(5);
	assert_int_equal(lib_write(5000), 5000);
	lib_close();
	far_write(5000);
	assert_idle();
	while (far_read(8000))
		step();
	assert_int_equal(far.got, 5000);
	assert_true(channel_ended(far.channel));
	far_write(5000);
	channel_close(far.channel);
	steps(50);
	assert_true(far.closed && lib.closed);
	assert_int_equal(far.end, TCP_END_DONE);
}

// A peer that does not end when the library has closed is not waited for.
static void test_the_library_closes_and_the_peer_does_not(void **state)
{
	steps(5);
	lib_close();
	assert_idle();
	assert_true(channel_ended(far.channel));
	assert_false(lib.closed);
	for (unsigned s = 0; s < 3; s++) {
		sim_run_until(&sim, mono_add(sim.now, CHANNELS_LINGER_US));
		steps(5);
	}
	assert_true(lib.closed);
	assert_int_equal(lib.end, TCP_END_ABORTED);
	assert_int_equal(far.end, TCP_END_RESET);
}

static void test_the_peer_resets(void **state)
{
	steps(5);
	far_write(100);
	steps(5);
	channel_abort(far.channel);
	steps(10);
	assert_true(lib.closed);
	assert_int_equal(lib.end, TCP_END_RESET);
	assert_int_equal(lib_read(8000), 100);
	assert_int_equal(lib_read(8000), 0);
	assert_int_equal(lib_write(1), 0);
}

// TCP's window closes; what waits is what sockets and pages may hold, not what the peer has.
static void test_a_library_that_does_not_read(void **state)
{
	unsigned idle_steps = 0;
	int pages;

	steps(5);
	while (idle_steps < 500) {
		uint32_t before = far.sent;

		far_write(8000);
		step();
		idle_steps = far.sent == before ? idle_steps + 1 : 0;
	}
	assert_int_equal(far_write(1), 0);
	pages = (int)sim.server.netif->pool[0]->avail(sim.server.netif->pool[0]);
	assert_true(pages > SIM_PAGES / 4);
	while (lib.got < far.sent) {
		assert_true(lib_read(8000) != 0);
		step();
	}
	assert_int_equal(far_write(100), 100);
	steps(20);
	assert_int_equal(lib_read(8000), 100);
}

static void test_a_peer_that_does_not_read(void **state)
{
	unsigned idle_steps = 0;
	uint32_t all;

	steps(5);
	while (idle_steps < 500) {
		idle_steps = lib_write(8000) ? 0 : idle_steps + 1;
		step();
	}
	all = lib.sent;
	assert_true(all < (4u << 20));
	assert_idle();
	// And goes away meanwhile: it is no reason to spin, and nothing is lost.
	lib_close();
	assert_idle();
	while (far.got < all) {
		far_read(8000);
		step();
	}
	steps(10);
	assert_true(channel_ended(far.channel));
}

// With nothing to be sent to a peer that is stuck, either.
static void test_an_end_while_the_peer_does_not_read(void **state)
{
	unsigned idle_steps = 0;

	steps(5);
	while (idle_steps < 500) {
		idle_steps = lib_write(8000) + far_write(8000) ? 0 : idle_steps + 1;
		step();
	}
	assert_int_equal(shutdown(lib.fd, SHUT_WR), 0);
	assert_idle();
	channel_abort(far.channel);
	steps(20);
	assert_true(lib.closed);
	assert_idle();
}

static void test_a_blocking_descriptor(void **state)
{
	uint8_t byte;

	lib.blocking = true;
	steps(5);
	far_write(1);
	steps(5);
	assert_int_equal(recv(lib.fd, &byte, 1, 0), 1);
	assert_int_equal(recv(lib.fd, &byte, 1, MSG_DONTWAIT), -1);
	assert_int_equal(errno, EAGAIN);
}

static void test_without_descriptors_the_channel_stays(void **state)
{
	struct rlimit limit, none;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	none = (struct rlimit){0, limit.rlim_max};
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	steps(5);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	assert_int_equal(lib.fd, -EMFILE);
	channel_abort(far.channel);
	steps(5);
	assert_true(lib.closed); // by near_closed, its handler still
}

static void test_the_end_of_the_worker(void **state)
{
	steps(5);
	far_write(100);
	steps(5);
	crossing_worker_close(crossing, 0, sim.now);
	assert_true(lib.closed);
	assert_int_equal(lib.end, TCP_END_ABORTED);
	assert_int_equal(lib_read(8000), 100);
	assert_int_equal(lib_read(8000), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        FD_TEST(test_bytes_go_both_ways),
	        FD_TEST(test_each_direction_has_an_end),
	        FD_TEST(test_the_library_ends_first),
	        FD_TEST(test_the_library_closes),
	        FD_TEST(test_the_library_closes_and_the_peer_does_not),
	        FD_TEST(test_the_peer_resets),
	        FD_TEST(test_a_library_that_does_not_read),
	        FD_TEST(test_a_peer_that_does_not_read),
	        FD_TEST(test_an_end_while_the_peer_does_not_read),
	        FD_TEST(test_a_blocking_descriptor),
	        FD_TEST(test_without_descriptors_the_channel_stays),
	        FD_TEST(test_the_end_of_the_worker),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

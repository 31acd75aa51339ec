// eal: once it is closed, nothing of DPDK's runs on.
#include "harness.h"

#include "backends/dpdk/eal.h"

#include <rte_interrupts.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define WAIT_US 100000

static _Atomic unsigned called;

static void on_event(void *fd)
{
	eventfd_t count;

	called++;
	eventfd_read(*(int *)fd, &count);
}

static void await_call(void)
{
	for (unsigned i = 0; i < 1000 && !called; i++)
		usleep(1000);
}

// A memif's socket is such a source: its handle lies in memory that closing takes
// away, and its driver leaves it registered.
static void test_a_source_that_was_left_behind_is_not_looked_at(void **state)
{
	const struct eal_conf conf = {.app_name = "eal_test", .bytes = 1 << 20};
	struct rte_intr_handle *handle;
	int fd = eventfd(0, EFD_NONBLOCK);
	struct why why;

	assert_int_equal(eal_open(&conf, &why), 0);
	handle = rte_intr_instance_alloc(RTE_INTR_INSTANCE_F_SHARED);
	assert_non_null(handle);
	assert_int_equal(rte_intr_fd_set(handle, fd), 0);
	assert_int_equal(rte_intr_type_set(handle, RTE_INTR_HANDLE_EXT), 0);
	assert_int_equal(rte_intr_callback_register(handle, on_event, &fd), 0);
	assert_int_equal(eventfd_write(fd, 1), 0);
	await_call();
	assert_int_equal(called, 1);
	eal_close();
	assert_int_equal(eventfd_write(fd, 1), 0);
	usleep(WAIT_US);
	assert_int_equal(called, 1);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_a_source_that_was_left_behind_is_not_looked_at),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

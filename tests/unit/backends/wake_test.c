// wake: sockets are found in the order they were made, each once.
#include "harness.h"

#include "backends/dpdk/wake.h"

#include <sys/socket.h>
#include <unistd.h>

static void test_sockets_of_a_family_are_claimed_in_order(void **state)
{
	int first = socket(AF_UNIX, SOCK_DGRAM, 0);
	int other = socket(AF_INET, SOCK_DGRAM, 0);
	int second = socket(AF_UNIX, SOCK_DGRAM, 0);

	assert_int_equal(wake_claim(AF_UNIX), first);
	assert_int_equal(wake_claim(AF_UNIX), second);
	assert_int_equal(wake_claim(AF_UNIX), -1);
	wake_release(first);
	assert_int_equal(wake_claim(AF_UNIX), first);
	wake_release(first);
	wake_release(second);
	wake_release(-1);
	close(first);
	close(other);
	close(second);
}

static void test_a_closed_socket_is_not_found(void **state)
{
	close(socket(AF_UNIX, SOCK_DGRAM, 0));
	assert_int_equal(wake_claim(AF_UNIX), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_sockets_of_a_family_are_claimed_in_order),
	        cmocka_unit_test(test_a_closed_socket_is_not_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

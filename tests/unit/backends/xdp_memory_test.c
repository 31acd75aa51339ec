// memory: two pools over one file of memory, as two processes have it, and whose each page is.
#include "harness.h"

#include "backends/xdp/memory.h"

#include <errno.h>
#include <unistd.h>

#define PAGES 64

static struct xdp_memory first, second, third;
static struct page_array first_pages, second_pages, third_pages;

static int setup(void **state)
{
	return xdp_memory_open(&first, &first_pages, PAGES);
}

static int teardown(void **state)
{
	xdp_memory_close(&third, &third_pages);
	xdp_memory_close(&second, &second_pages);
	xdp_memory_close(&first, &first_pages);
	return 0;
}

static uint32_t free_of(struct page_array *pages)
{
	return pages->pool.avail(&pages->pool);
}

static void test_pages_go_with_their_bytes_and_their_owners(void **state)
{
	struct pkt *held = pkt_alloc(&first_pages.pool), *mine = pkt_alloc(&first_pages.pool);
	struct pkt *same;

	held->page[100] = 42;
	xdp_memory_give(&first, &first_pages);
	assert_int_equal(xdp_memory_map(&second, &second_pages, PAGES, first.fd), 0);
	assert_int_equal(free_of(&second_pages), 0);
	xdp_memory_take(&second, &second_pages);
	assert_int_equal(free_of(&second_pages), PAGES - 2);
	same = &second_pages.meta[held->index];
	assert_int_equal(same->refs, 1);
	assert_int_equal(same->page[100], 42);
	assert_ptr_not_equal(same->page, held->page);
	// The first ends: what connections held comes back, what the kernel has does not.
	pkt_put(mine);
	assert_false(xdp_memory_has_returned(&second, &second_pages));
	xdp_memory_return(&first, &first_pages);
	assert_true(xdp_memory_has_returned(&second, &second_pages));
	xdp_memory_reclaim(&second, &second_pages);
	assert_false(xdp_memory_has_returned(&second, &second_pages));
	assert_int_equal(free_of(&second_pages), PAGES - 1);
	pkt_put(same);
	pkt_put(held);
}

// A third process takes over before the first has ended: the first returns only what it gave.
static void test_three_processes(void **state)
{
	struct pkt *conn = pkt_alloc(&first_pages.pool), *sent;

	xdp_memory_give(&first, &first_pages);
	assert_int_equal(xdp_memory_map(&second, &second_pages, PAGES, first.fd), 0);
	xdp_memory_take(&second, &second_pages);
	sent = pkt_alloc(&second_pages.pool);
	xdp_memory_give(&second, &second_pages);
	assert_int_equal(xdp_memory_map(&third, &third_pages, PAGES, second.fd), 0);
	xdp_memory_take(&third, &third_pages);
	assert_int_equal(free_of(&third_pages), PAGES - 2);
	pkt_put(conn);
	xdp_memory_return(&first, &first_pages);
	xdp_memory_reclaim(&third, &third_pages);
	assert_int_equal(free_of(&third_pages), PAGES - 1);
	assert_int_equal(third_pages.meta[sent->index].refs, 1);
	pkt_put(&third_pages.meta[sent->index]);
	pkt_put(sent);
	pkt_put(&second_pages.meta[conn->index]);
}

static void test_a_file_of_another_length_is_refused(void **state)
{
	int fds[2];

	assert_int_equal(xdp_memory_map(&second, &second_pages, 1000000, first.fd), -EINVAL);
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(xdp_memory_map(&second, &second_pages, PAGES, fds[0]), -EINVAL);
	close(fds[0]);
	close(fds[1]);
	assert_int_equal(xdp_memory_map(&second, &second_pages, PAGES, -1), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(test_pages_go_with_their_bytes_and_their_owners,
	                                        setup, teardown),
	        cmocka_unit_test_setup_teardown(test_three_processes, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_a_file_of_another_length_is_refused, setup,
	                                        teardown),
	};

	first.fd = second.fd = third.fd = -1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}

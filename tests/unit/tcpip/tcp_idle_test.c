// tcp_idle: what connections cost that do nothing: their memory, and no page and no timer. A
// million of them are bench/micro/tcp_idle.
#include "tcp_lab.h"

#include "core/host/feature.h"

#include <malloc.h>

#define MANY      20000
#define BYTES_MAX 400 // of each

static void open_many(uint32_t conns)
{
	lab_close();
	lab.conf.tcp_conns = conns;
	lab_open();
	peer_reset_state();
	listens(4, false);
	for (unsigned i = 0; i < conns; i++) {
		peer.port = 1024 + i;
		peer.opened = 0;
		establish();
		lab_clear();
	}
}

// Of the heap, what was mapped for large blocks included.
static size_t allocated(void)
{
	struct mallinfo2 info = mallinfo2();

	return info.uordblks + info.hblkhd;
}

// Tables included, which double when they are full: beside few connections and beside many.
static void test_bytes_of_each(void **state)
{
	static const uint32_t counts[] = {6144, 6145, 12288, MANY};
	size_t before;

	if (FEATURE_SANITIZERS)
		skip(); // their malloc does not say
	open_many(1);
	before = allocated();
	for (unsigned i = 0; i < ARRAY_LEN(counts); i++) {
		size_t bytes;

		open_many(counts[i]);
		bytes = allocated() - before;
		if (bytes > (size_t)counts[i] * BYTES_MAX)
			fail_msg("%u connections take %zu bytes, %zu each", counts[i], bytes,
			         bytes / counts[i]);
		assert_true(bytes > (size_t)counts[i] * 300); // or this measures nothing
	}
}

// Many connections: each is found again, none holds a page or a timer while it is idle.
static void test_idle_connections_cost_only_their_struct(void **state)
{
	unsigned fired = 0;

	open_many(MANY);
	assert_int_equal(harness_pages.pool.avail(&harness_pages.pool), HARNESS_PAGES);
	lab_advance(10 * SEC_US);
	for (unsigned i = 0; i < 100; i++) {
		lab.now = mono_add(lab.now, SEC_US);
		fired += wheel_tick(&lab.wheel, lab.now);
	}
	assert_int_equal(fired, 0);
	for (unsigned i = 0; i < MANY; i += 97) {
		peer.port = 1024 + i;
		peer.got_len = 0;
		sends(RST, 1, 0, "");
		turn();
	}
	assert_int_equal(peer.closed, (MANY + 96) / 97);
	expects_nothing();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        TCP_TEST(test_bytes_of_each),
	        TCP_TEST(test_idle_connections_cost_only_their_struct),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

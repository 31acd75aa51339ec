// conflict: two whole nodes with the same addresses on one wire: which of them keeps them,
// and what happens when that one goes away. What a single node does is in acd_test.c.
#include "sim.h"

#include "proto/tcpip/iface_board.h"

static struct iface_board boards[2];

// Opens the node's stack again with addresses that it searches the link for.
static void reopen(struct node *node, struct iface_board *board, mono_t now, uint64_t seed,
                   enum stack_check check)
{
	struct stack_conf conf = {
	        .ifaces_len = 1,
	        .neighbours = 16,
	        .icmp_errors_per_s = 100,
	        .seed = seed,
	        .metric = &node->metric,
	        .wheel = &node->pipeline.wheel,
	        .announce = true,
	        .iface[0] = {.netif = node->netif,
	                     .out = &node->pipeline.iface[0].out,
	                     .pool = node->netif->pool[0],
	                     .ipv4_len = 1,
	                     .ipv6_len = 1,
	                     .check = check,
	                     .hold = true,
	                     .board = board},
	};

	stack_close(node->stack);
	assert_true(addr_prefix_parse("10.0.0.2/24", &conf.iface[0].ipv4[0]));
	assert_true(addr_prefix_parse("fd00::2/64", &conf.iface[0].ipv6[0]));
	iface_board_init(board, seed, &conf.iface[0]);
	node->stack = stack_open(&conf, now);
	assert_non_null(node->stack);
	pipeline_attach(&node->pipeline, stack_input, stack_link, stack_flush, node->stack);
}

static unsigned state_of(const struct iface_board *board, unsigned index)
{
	return atomic_load(&board->addr[index].state);
}

static bool uses(const struct iface_board *board)
{
	return state_of(board, 0) == IFACE_ADDR_USED && state_of(board, 2) == IFACE_ADDR_USED;
}

static bool holds(const struct iface_board *board)
{
	return state_of(board, 0) == IFACE_ADDR_HELD && state_of(board, 2) == IFACE_ADDR_HELD;
}

static void settle(struct sim *sim, uint64_t us)
{
	sim_run_until(sim, mono_add(sim->now, us));
}

static void test_the_second_of_two_servers_holds_its_addresses(void **state)
{
	for (unsigned check = STACK_CHECK_PARALLEL; check <= STACK_CHECK_FIRST; check++) {
		struct sim sim;

		sim_open(&sim, (struct impair_conf){0});
		reopen(&sim.server, &boards[0], sim.now, 1, STACK_CHECK_PARALLEL);
		settle(&sim, 10 * SEC_US);
		assert_true(uses(&boards[0]));
		reopen(&sim.client, &boards[1], sim.now, 2, (enum stack_check)check);
		settle(&sim, 4 * SEC_US);
		assert_true(uses(&boards[0]));
		assert_true(holds(&boards[1]));
		assert_int_equal(state_of(&boards[1], 1), IFACE_ADDR_USED); // its own link-local
		settle(&sim, 60 * SEC_US); // it searches again, in vain
		assert_true(uses(&boards[0]));
		assert_false(uses(&boards[1]));
		sim_close(&sim);
	}
}

// Both give the addresses up to each other; the first to search again has them.
static void test_of_two_that_start_at_once_one_serves(void **state)
{
	for (uint64_t seed = 1; seed < 40; seed += 2) {
		struct sim sim;

		sim_open(&sim, (struct impair_conf){.seed = seed});
		reopen(&sim.server, &boards[0], sim.now, seed, STACK_CHECK_PARALLEL);
		reopen(&sim.client, &boards[1], sim.now, seed + 1, STACK_CHECK_PARALLEL);
		settle(&sim, 45 * SEC_US);
		for (unsigned index = 0; index <= 2; index += 2)
			assert_int_equal((state_of(&boards[0], index) == IFACE_ADDR_USED) +
			                         (state_of(&boards[1], index) == IFACE_ADDR_USED),
			                 1);
		sim_close(&sim);
	}
}

static void test_an_address_that_becomes_free_is_taken(void **state)
{
	struct sim sim;

	sim_open(&sim, (struct impair_conf){0});
	reopen(&sim.server, &boards[0], sim.now, 1, STACK_CHECK_PARALLEL);
	settle(&sim, 5 * SEC_US);
	reopen(&sim.client, &boards[1], sim.now, 2, STACK_CHECK_PARALLEL);
	settle(&sim, 5 * SEC_US);
	assert_true(holds(&boards[1]));
	node_close(&sim.server); // the first server ends
	node_open(&sim.server, sim.now, "10.0.0.7/24", "fd00::7/64");
	settle(&sim, 25 * SEC_US);
	assert_true(uses(&boards[1]));
	sim_close(&sim);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_the_second_of_two_servers_holds_its_addresses),
	        cmocka_unit_test(test_of_two_that_start_at_once_one_serves),
	        cmocka_unit_test(test_an_address_that_becomes_free_is_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// sdn_tree and sdn_path in random networks whose links fail and return: the tree spans each
// component without a loop, distances are those of Floyd and Warshall, next hops are all that are
// on a shortest path, and what a pass reports is exactly what differs.
#include "harness.h"

#include "core/rand.h"
#include "proto/sdn/sdn_path.h"
#include "proto/sdn/sdn_tree.h"

#define SWITCHES 24
#define LINKS    60
#define PORTS    (2 * LINKS)
#define FAR      1000

// Link i has the ports 2i and 2i+1, of which the one is peer of the other; a port's number on its
// switch is its own.
struct random_link {
	uint16_t a, b;
	bool up;
};

static struct {
	struct rand rand;
	uint32_t switches, links;
	uint64_t datapath_id[SWITCHES]; // 0: not there
	struct random_link link[LINKS];
	struct sdn_graph graph;
	struct sdn_tree tree;
	struct sdn_path path;
	uint32_t oracle[SWITCHES][SWITCHES];
	uint32_t hops[SWITCHES][SWITCHES][PORTS], hops_len[SWITCHES][SWITCHES]; // former ones
	bool reported[SWITCHES][SWITCHES];
} net;

static bool is_up(uint32_t link)
{
	const struct random_link *l = &net.link[link];

	return l->up && net.datapath_id[l->a] && net.datapath_id[l->b] && l->a != l->b;
}

static void graph_fill(void)
{
	sdn_graph_clear(&net.graph);
	for (uint16_t at = 0; at < net.switches; at++) {
		sdn_graph_add_switch(&net.graph, net.datapath_id[at]);
		for (uint32_t i = 0; i < net.links; i++) {
			const struct random_link *l = &net.link[i];

			if (is_up(i) && l->a == at)
				sdn_graph_add_arc(&net.graph,
				                  &(struct sdn_arc){2 * i, 2 * i + 1, 2 * i, l->b});
			if (is_up(i) && l->b == at)
				sdn_graph_add_arc(&net.graph, &(struct sdn_arc){2 * i + 1, 2 * i,
				                                                2 * i + 1, l->a});
		}
	}
}

static void oracle_compute(void)
{
	for (uint32_t a = 0; a < net.switches; a++)
		for (uint32_t b = 0; b < net.switches; b++)
			net.oracle[a][b] = a == b && net.datapath_id[a] ? 0 : FAR;
	for (uint32_t i = 0; i < net.links; i++)
		if (is_up(i))
			net.oracle[net.link[i].a][net.link[i].b] =
			        net.oracle[net.link[i].b][net.link[i].a] = 1;
	for (uint32_t k = 0; k < net.switches; k++)
		for (uint32_t a = 0; a < net.switches; a++)
			for (uint32_t b = 0; b < net.switches; b++)
				if (net.oracle[a][k] + net.oracle[k][b] < net.oracle[a][b])
					net.oracle[a][b] = net.oracle[a][k] + net.oracle[k][b];
}

static void changed(void *ctx, uint32_t from, uint32_t to)
{
	uint32_t port[PORTS];

	assert_false(net.reported[from][to]);
	net.reported[from][to] = true;
	// It sees the new ones.
	assert_int_equal(sdn_path_next(&net.path, from, to, port, PORTS) > 0,
	                 net.oracle[from][to] != FAR && from != to);
}

static void hops_of(uint32_t from, uint32_t to, uint32_t *port, uint32_t *len)
{
	*len = 0;
	for (uint32_t p = 0; p < 2 * net.links; p++) {
		const struct random_link *l = &net.link[p / 2];
		uint16_t at = p % 2 ? l->b : l->a, next = p % 2 ? l->a : l->b;

		if (is_up(p / 2) && at == from && net.oracle[from][to] != FAR &&
		    net.oracle[next][to] + 1 == net.oracle[from][to])
			port[(*len)++] = p;
	}
}

static void assert_hops(uint32_t from, uint32_t to)
{
	uint32_t wanted[PORTS], wanted_len, got[PORTS], got_len;
	bool differs;

	hops_of(from, to, wanted, &wanted_len);
	got_len = sdn_path_next(&net.path, from, to, got, PORTS);
	assert_int_equal(got_len, wanted_len);
	assert_memory_equal(got, wanted, wanted_len * sizeof(*got));
	differs = wanted_len != net.hops_len[from][to] ||
	          memcmp(wanted, net.hops[from][to], wanted_len * sizeof(*wanted)) != 0;
	assert_int_equal(net.reported[from][to], differs);
	net.hops_len[from][to] = wanted_len;
	memcpy(net.hops[from][to], wanted, sizeof(wanted));
}

static void path_check(void)
{
	memset(net.reported, 0, sizeof(net.reported));
	sdn_path_begin(&net.path, &net.graph);
	while (sdn_path_step(&net.path, 1 + (uint32_t)rand_below(&net.rand, 4), changed, NULL))
		;
	for (uint32_t a = 0; a < net.switches; a++) {
		for (uint32_t b = 0; b < net.switches; b++) {
			uint16_t distance = sdn_path_distance(&net.path, a, b);

			assert_int_equal(distance == SDN_PATH_FAR ? FAR : distance,
			                 net.oracle[a][b]);
			assert_hops(a, b);
		}
	}
}

// Joins two sets of switches; false when they were one.
static bool sets_join(uint32_t *set, uint32_t a, uint32_t b)
{
	while (set[a] != a)
		a = set[a];
	while (set[b] != b)
		b = set[b];
	set[a] = b;
	return a != b;
}

static void tree_check(void)
{
	uint32_t set[SWITCHES];

	sdn_tree_build(&net.tree, &net.graph);
	for (uint32_t i = 0; i < net.switches; i++)
		set[i] = i;
	for (uint32_t i = 0; i < net.links; i++) {
		bool in = sdn_tree_has(&net.tree, 2 * i);

		assert_int_equal(sdn_tree_has(&net.tree, 2 * i + 1), in);
		if (in) {
			assert_true(is_up(i));
			assert_true(sets_join(set, net.link[i].a, net.link[i].b));
		}
	}
	for (uint32_t a = 0; a < net.switches; a++) {
		for (uint32_t b = 0; b < net.switches; b++) {
			bool apart = net.oracle[a][b] == FAR;

			if (a < b)
				assert_int_equal(
				        sets_join(memcpy((uint32_t[SWITCHES]){0}, set, sizeof(set)),
				                  a, b),
				        apart);
			if (!apart)
				assert_int_equal(net.tree.root[a], net.tree.root[b]);
		}
	}
}

// What left the tree and what joined it, against the tree before.
static void tree_diff_check(const uint64_t *had)
{
	uint32_t removed = sdn_tree_removed(&net.tree, 0), added = sdn_tree_added(&net.tree, 0);

	for (uint32_t p = 0; p < PORTS; p++) {
		bool was = had[p / 64] >> p % 64 & 1, is = sdn_tree_has(&net.tree, p);

		assert_int_equal(removed == p, was && !is);
		assert_int_equal(added == p, is && !was);
		if (removed == p)
			removed = sdn_tree_removed(&net.tree, p + 1);
		if (added == p)
			added = sdn_tree_added(&net.tree, p + 1);
	}
	assert_int_equal(removed, SDN_LIST_NONE);
	assert_int_equal(added, SDN_LIST_NONE);
}

static void check(void)
{
	uint64_t had[PORTS / 64 + 1];

	graph_fill();
	oracle_compute();
	memcpy(had, net.tree.has, sizeof(had));
	tree_check();
	tree_diff_check(had);
	path_check();
}

static void net_open(uint64_t seed)
{
	memset(&net, 0, sizeof(net));
	rand_init(&net.rand, seed);
	net.switches = 1 + (uint32_t)rand_below(&net.rand, SWITCHES);
	net.links = (uint32_t)rand_below(&net.rand, LINKS + 1);
	for (uint32_t i = 0; i < net.switches; i++)
		net.datapath_id[i] = 1 + rand_u64(&net.rand) % UINT32_MAX;
	for (uint32_t i = 0; i < net.links; i++)
		net.link[i] = (struct random_link){(uint16_t)rand_below(&net.rand, net.switches),
		                                   (uint16_t)rand_below(&net.rand, net.switches),
		                                   rand_below(&net.rand, 3) > 0};
	assert_int_equal(sdn_graph_open(&net.graph, SWITCHES, PORTS), 0);
	assert_int_equal(sdn_tree_open(&net.tree, SWITCHES, PORTS), 0);
	assert_int_equal(sdn_path_open(&net.path, SWITCHES, PORTS), 0);
}

static void net_close(void)
{
	sdn_graph_close(&net.graph);
	sdn_tree_close(&net.tree);
	sdn_path_close(&net.path);
}

// A link fails or returns; now and then several do, or a switch goes, or another comes in its
// place.
static void net_change(void)
{
	uint32_t kind = (uint32_t)rand_below(&net.rand, 10);
	uint32_t at = (uint32_t)rand_below(&net.rand, net.switches);

	if (kind == 0)
		net.datapath_id[at] = net.datapath_id[at] ? 0 : 1 + rand_u64(&net.rand) % 1000;
	else if (kind == 1)
		net.datapath_id[at] = 1 + rand_u64(&net.rand) % UINT32_MAX;
	for (uint32_t i = kind == 2 ? 5 : 1; i > 0 && net.links > 0; i--)
		net.link[rand_below(&net.rand, net.links)].up ^= true;
}

static void test_random_networks(void **state)
{
	for (uint64_t seed = 1; seed <= 40; seed++) {
		net_open(seed);
		check();
		for (unsigned i = 0; i < 30; i++) {
			net_change();
			check();
		}
		net_close();
	}
}

// A pass in progress: destinations that are done have their new paths, others their former ones.
static void test_pass_in_pieces(void **state)
{
	uint32_t port[4];

	net_open(1);
	net.switches = 3;
	net.links = 3;
	for (uint32_t i = 0; i < 3; i++) {
		net.datapath_id[i] = i + 1;
		net.link[i] = (struct random_link){(uint16_t)i, (uint16_t)((i + 1) % 3), true};
	}
	check();
	net.link[0].up = false; // between 0 and 1
	graph_fill();
	oracle_compute();
	memset(net.reported, 0, sizeof(net.reported));
	sdn_path_begin(&net.path, &net.graph);
	assert_true(sdn_path_step(&net.path, 1, changed, NULL));
	assert_int_equal(sdn_path_distance(&net.path, 1, 0), 2);
	assert_int_equal(sdn_path_next(&net.path, 1, 0, port, 4), 1);
	assert_int_equal(port[0], 2); // by way of 2
	assert_int_equal(sdn_path_distance(&net.path, 0, 1), 1);
	assert_int_equal(sdn_path_next(&net.path, 0, 1, port, 4), 1);
	assert_int_equal(port[0], 0); // as before
	while (sdn_path_step(&net.path, 1, changed, NULL))
		;
	assert_int_equal(sdn_path_distance(&net.path, 0, 1), 2);
	assert_int_equal(port[0], 0);
	net_close();
}

// In a ring of four, the link opposite of a destination's nearest ones concerns it; one between
// two switches that are equally far does not.
static void test_only_what_is_concerned_is_computed(void **state)
{
	uint64_t rows;

	net_open(2);
	net.switches = 3;
	net.links = 3;
	for (uint32_t i = 0; i < 3; i++) {
		net.datapath_id[i] = i + 1;
		net.link[i] = (struct random_link){(uint16_t)i, (uint16_t)((i + 1) % 3), true};
	}
	check();
	rows = net.path.rows;
	net.link[1].up = false; // between 1 and 2, which are both next to 0
	check();
	assert_int_equal(net.path.rows - rows, 2);
	net_close();
}

// The same network in another order of its switches has the same tree.
static void test_tree_depends_on_ids_alone(void **state)
{
	bool in[4];

	net_open(3);
	net.switches = 4;
	net.links = 4;
	for (uint32_t order = 0; order < 4; order++) {
		for (uint32_t i = 0; i < 4; i++) {
			net.datapath_id[(i + order) % 4] = i + 1;
			net.link[i] = (struct random_link){(uint16_t)((i + order) % 4),
			                                   (uint16_t)((i + 1 + order) % 4), true};
		}
		graph_fill();
		sdn_tree_build(&net.tree, &net.graph);
		for (uint32_t i = 0; i < 4; i++) {
			if (order == 0)
				in[i] = sdn_tree_has(&net.tree, 2 * i);
			assert_int_equal(sdn_tree_has(&net.tree, 2 * i), in[i]);
		}
	}
	// 1-2, 2-3, 3-4, 4-1: 3 is as near by 2 as by 4 and takes 2.
	assert_true(in[0] && in[1] && !in[2] && in[3]);
	net_close();
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_random_networks),
	        cmocka_unit_test(test_pass_in_pieces),
	        cmocka_unit_test(test_only_what_is_concerned_is_computed),
	        cmocka_unit_test(test_tree_depends_on_ids_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

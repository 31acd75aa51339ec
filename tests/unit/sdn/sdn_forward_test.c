// sdn_forward: frames in random networks with loops, whose links fail and return: what is flooded
// reaches each host of the component once, what is for a known host reaches it alone, by a shortest
// path, and no frame is carried for ever. The network is simulated: a frame that leaves by a port
// arrives where its cable ends.
#include "frames.h"
#include "network.h"

#include "core/rand.h"
#include "proto/sdn/sdn_forward.h"

#define SWITCHES   12
#define LINKS      24
#define HOSTS      16
#define HOPS_MAX   2000 // of one frame and its copies
#define FIRST_EDGE 1000 // port numbers of hosts: this, and that of the host

static struct network network;
static struct sdn_forward forward;
static struct rand rand_state;

// Where a host is; cables of links are the network's.
static struct {
	uint32_t at;   // its switch
	uint32_t port; // the number in the table
	unsigned got;  // frames
} host[HOSTS];
static struct {
	uint32_t a, b; // ports
	bool up;
} link_of[LINKS];
static uint32_t switches, links, hops;

static void no_report(void *ctx, uint32_t from, uint32_t to)
{
}

static void update(void)
{
	while (sdn_forward_update(&forward, 3, no_report, NULL))
		;
}

static uint64_t datapath_id(uint32_t at)
{
	return at + 1;
}

static uint32_t random_below(uint32_t n)
{
	return (uint32_t)rand_below(&rand_state, n);
}

// Switches have the numbers 0 to n - 1 of the table.
static void switches_add(uint32_t n)
{
	switches = n;
	for (uint32_t at = 0; at < n; at++)
		assert_int_equal(
		        sdn_topology_add_switch(&forward.topology, datapath_id(at), network.now),
		        at);
}

static void open_all(uint64_t seed)
{
	struct sdn_forward_conf conf = {
	        .hosts = sdn_host_defaults, .proxy = true, .floods_per_s = 50};

	rand_init(&rand_state, seed);
	network_init(&network);
	conf.topology = network.conf;
	conf.hosts.hosts_max = conf.hosts.addresses_max = 64;
	assert_int_equal(sdn_forward_open(&forward, &conf), 0);
	network.topology = &forward.topology;
}

static void close_all(void)
{
	sdn_forward_close(&forward);
}

static void link_set(uint32_t i, bool up)
{
	const struct sdn_topology_port *a = &forward.topology.port[link_of[i].a],
	                               *b = &forward.topology.port[link_of[i].b];

	link_of[i].up = up;
	network_port_set(&network, datapath_id(a->at), a->number, up, false);
	network_port_set(&network, datapath_id(b->at), b->number, up, false);
	if (up)
		network_join(&network, link_of[i].a, link_of[i].b);
	else
		network.cable[link_of[i].a] = network.cable[link_of[i].b] = SDN_LIST_NONE;
}

static void host_place(uint8_t n, uint32_t at)
{
	host[n].at = at;
	host[n].port = network_port(&network, datapath_id(at), FIRST_EDGE + n);
}

static void build(void)
{
	switches_add(1 + random_below(SWITCHES));
	links = random_below(LINKS + 1);
	for (uint32_t i = 0; i < links; i++) {
		uint32_t a = random_below(switches), b = random_below(switches);

		link_of[i].a = network_port(&network, datapath_id(a), 2 * i);
		link_of[i].b = network_port(&network, datapath_id(b), 2 * i + 1);
		link_set(i, random_below(4) > 0);
	}
	for (uint8_t n = 0; n < HOSTS; n++)
		host_place(n, random_below(switches));
	network_run(&network, 2 * SEC_US);
	update();
}

static void carry(uint32_t port, const struct frames_bytes *bytes);

// The frame leaves by the port of a switch.
static void leave(uint32_t port, const struct frames_bytes *bytes)
{
	assert_true(forward.topology.port[port].up);
	for (uint8_t n = 0; n < HOSTS; n++)
		host[n].got += host[n].port == port;
	if (network.cable[port] != SDN_LIST_NONE)
		carry(network.cable[port], bytes);
}

// The frame arrives at the port.
static void carry(uint32_t port, const struct frames_bytes *bytes)
{
	const struct sdn_topology_port *p = &forward.topology.port[port];
	uint8_t room[SDN_PROXY_REPLY_BYTES];
	struct sdn_forward_outcome outcome;
	uint32_t flooded = SDN_LIST_NONE, number;

	assert_true(++hops < HOPS_MAX);
	sdn_forward_input(&forward, p->at, p->number, span_of(bytes->bytes, bytes->len),
	                  fill_of(room, sizeof(room)), network.now, &outcome);
	if (outcome.verdict == SDN_FORWARD_TO)
		leave(sdn_topology_find_port(&forward.topology, p->at, outcome.out_port), bytes);
	if (outcome.verdict != SDN_FORWARD_FLOOD)
		return;
	while (sdn_forward_flood(&forward, p->at, p->number, &flooded, &number))
		leave(flooded, bytes);
}

static void sent_by(uint8_t n, const struct frames_bytes *bytes)
{
	hops = 0;
	for (uint8_t k = 0; k < HOSTS; k++)
		host[k].got = 0;
	carry(host[n].port, bytes);
}

static void frame_make(struct frames_bytes *bytes, struct mac dst, uint8_t n)
{
	struct fill out = frames_eth(bytes, dst, frames_mac(n + 1), 0, 0x88b5);

	frames_end(bytes, &out);
}

static uint32_t distance(uint8_t a, uint8_t b)
{
	return sdn_path_distance(&forward.path, host[a].at, host[b].at);
}

// Each host announces itself to all.
static void broadcasts_check(void)
{
	struct frames_bytes bytes;

	for (uint8_t n = 0; n < HOSTS; n++) {
		frame_make(&bytes, MAC_BROADCAST, n);
		sent_by(n, &bytes);
		for (uint8_t k = 0; k < HOSTS; k++)
			assert_int_equal(host[k].got, k != n && distance(n, k) != SDN_PATH_FAR);
	}
}

// Each host sends to each, all of which were seen.
static void unicasts_check(void)
{
	struct frames_bytes bytes;

	for (uint8_t n = 0; n < HOSTS; n++) {
		for (uint8_t k = 0; k < HOSTS; k++) {
			bool reached = k != n && distance(n, k) != SDN_PATH_FAR;

			frame_make(&bytes, frames_mac(k + 1), n);
			sent_by(n, &bytes);
			for (uint8_t i = 0; i < HOSTS; i++)
				assert_int_equal(host[i].got, i == k && reached);
			if (reached)
				assert_int_equal(hops, distance(n, k) + 1);
		}
	}
}

static void change(void)
{
	if (links)
		link_set(random_below(links), random_below(2));
	network_run(&network, 2 * SEC_US);
	update();
}

static void test_random_networks(void **state)
{
	for (uint64_t seed = 1; seed <= 25; seed++) {
		open_all(seed);
		build();
		for (unsigned i = 0; i < 6; i++) {
			broadcasts_check();
			unicasts_check();
			change();
		}
		close_all();
	}
}

// A ring of three switches with a host each: 0-1, 1-2, 2-0.
static void ring(void)
{
	open_all(1);
	switches_add(3);
	links = 3;
	for (uint32_t i = 0; i < 3; i++) {
		link_of[i].a = network_port(&network, datapath_id(i), 2 * i);
		link_of[i].b = network_port(&network, datapath_id((i + 1) % 3), 2 * i + 1);
		link_set(i, true);
	}
	for (uint8_t n = 0; n < HOSTS; n++)
		host_place(n, n % 3);
	network_run(&network, 2 * SEC_US);
	update();
}

static enum sdn_forward_verdict verdict_of(uint32_t at, uint32_t number,
                                           const struct frames_bytes *bytes,
                                           struct sdn_forward_outcome *outcome)
{
	static uint8_t room[SDN_PROXY_REPLY_BYTES];

	sdn_forward_input(&forward, at, number, span_of(bytes->bytes, bytes->len),
	                  fill_of(room, sizeof(room)), network.now, outcome);
	return outcome->verdict;
}

static void test_moved_host_is_reached_where_it_is(void **state)
{
	struct sdn_forward_outcome outcome;
	struct frames_bytes bytes;

	ring();
	broadcasts_check();
	network_port_set(&network, datapath_id(host[0].at), FIRST_EDGE, false, false);
	host_place(0, 1);
	network_run(&network, 2 * SEC_US);
	frame_make(&bytes, MAC_BROADCAST, 0);
	sent_by(0, &bytes);
	frame_make(&bytes, frames_mac(1), 2);
	sent_by(2, &bytes);
	assert_int_equal(host[0].got, 1);
	// While the former port is up, that it moved is said, for flows have to go.
	host_place(0, 2);
	network_run(&network, 2 * SEC_US);
	frame_make(&bytes, MAC_BROADCAST, 0);
	assert_int_equal(verdict_of(2, FIRST_EDGE, &bytes, &outcome), SDN_FORWARD_FLOOD);
	assert_true(outcome.moved);
	assert_int_equal(verdict_of(1, FIRST_EDGE, &bytes, &outcome), SDN_FORWARD_FLAPPING);
	close_all();
}

static void test_request_is_answered(void **state)
{
	struct frames_arp arp = frames_arp_of(1, "10.0.0.1", "10.0.0.2");
	struct sdn_forward_outcome outcome;
	struct frames_bytes bytes;
	struct sdn_frame reply;

	ring();
	frames_arp(&bytes, &arp);
	assert_int_equal(verdict_of(0, FIRST_EDGE, &bytes, &outcome), SDN_FORWARD_FLOOD);
	arp = frames_arp_of(2, "10.0.0.2", "10.0.0.1");
	frames_arp(&bytes, &arp);
	assert_int_equal(verdict_of(1, FIRST_EDGE + 1, &bytes, &outcome), SDN_FORWARD_ANSWER);
	assert_int_equal(sdn_frame_decode(&reply, outcome.reply.start, fill_len(&outcome.reply)),
	                 SDN_FRAME_SOUND);
	assert_true(addr_eq(reply.claim, frames_addr("10.0.0.1")));
	close_all();
}

static void test_drops(void **state)
{
	struct sdn_forward_outcome outcome;
	struct frames_bytes bytes, junk = {.len = 60};

	ring();
	broadcasts_check();
	frame_make(&bytes, MAC_BROADCAST, 0);
	assert_int_equal(verdict_of(0, 77, &bytes, &outcome), SDN_FORWARD_PORT);
	assert_int_equal(verdict_of(0, FIRST_EDGE, &junk, &outcome), SDN_FORWARD_BAD_FRAME);
	assert_int_equal(outcome.frame_fault, SDN_FRAME_SOURCE);
	// The link 1-2 is not in the tree of 0.
	assert_int_equal(verdict_of(1, 2, &bytes, &outcome), SDN_FORWARD_NOT_IN_TREE);
	assert_int_equal(verdict_of(0, 0, &bytes, &outcome), SDN_FORWARD_FLOOD);
	frame_make(&bytes, frames_mac(1), 0);
	assert_int_equal(verdict_of(0, FIRST_EDGE, &bytes, &outcome), SDN_FORWARD_SAME_PORT);
	frame_make(&bytes, mac_load((uint8_t[]){1, 0x80, 0xc2, 0, 0, 0}), 0);
	assert_int_equal(verdict_of(0, FIRST_EDGE, &bytes, &outcome), SDN_FORWARD_RESERVED);
	frame_make(&bytes, SDN_LLDP_GROUP, 0);
	bytes.bytes[13] = 0xcc;
	bytes.bytes[12] = 0x88;
	assert_int_equal(verdict_of(0, FIRST_EDGE, &bytes, &outcome), SDN_FORWARD_BAD_LLDP);
	assert_int_equal(outcome.lldp_fault, SDN_LLDP_MALFORMED);
	// A port that has just come up.
	network_port(&network, datapath_id(0), 500);
	frame_make(&bytes, MAC_BROADCAST, 0);
	assert_int_equal(verdict_of(0, 500, &bytes, &outcome), SDN_FORWARD_UNSETTLED);
	// More than may be flooded.
	for (unsigned i = 0; i < 60; i++)
		verdict_of(0, FIRST_EDGE, &bytes, &outcome);
	assert_int_equal(outcome.verdict, SDN_FORWARD_STORM);
	// Two parts.
	link_set(0, false);
	link_set(2, false);
	update();
	frame_make(&bytes, frames_mac(2), 0);
	assert_int_equal(verdict_of(0, FIRST_EDGE, &bytes, &outcome), SDN_FORWARD_NO_PATH);
	close_all();
}

// Before the network is updated and after: no flood passes a link that is down, nor twice.
static void test_link_down_before_the_update(void **state)
{
	struct frames_bytes bytes;

	ring();
	broadcasts_check();
	link_set(0, false);
	frame_make(&bytes, MAC_BROADCAST, 0);
	sent_by(0, &bytes);
	for (uint8_t k = 0; k < HOSTS; k++)
		assert_true(host[k].got <= 1);
	update();
	broadcasts_check();
	unicasts_check();
	close_all();
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_random_networks),
	        cmocka_unit_test(test_moved_host_is_reached_where_it_is),
	        cmocka_unit_test(test_request_is_answered),
	        cmocka_unit_test(test_drops),
	        cmocka_unit_test(test_link_down_before_the_update),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

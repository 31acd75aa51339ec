// A network that two controllers share, as their engines see it: left has switch 1, right switch 2,
// and between them is a cable. Probes of the other one are believed by its keys, and only once;
// snapshots make both ends of a link known; a host is where it moved to last; and floods take a
// link only when both have agreed.
#include "harness.h"

#include "proto/sdn/sdn_snapshot.h"

enum { LEFT, RIGHT };

#define TRUNK 2 // the port of the cable, at both switches

static struct {
	struct sdn_forward forward[2];
	mono_t now;
	uint8_t frame[SDN_LLDP_PROBE_BYTES]; // the last probe
	size_t len;
} lab;

static const uint32_t instances[] = {0x1001, 0x2001};

static void secret_set(uint8_t secret[HASH_SIP_KEY_BYTES], unsigned who, unsigned number)
{
	memset(secret, 0, HASH_SIP_KEY_BYTES);
	secret[0] = (uint8_t)(1 + who);
	secret[1] = (uint8_t)number;
}

// What the other one publishes: the keys around that number.
static void keys_publish(unsigned who, unsigned number)
{
	struct sdn_topology *topology = &lab.forward[!who].topology;

	topology->peers_len = 1;
	topology->peer[0].instance = instances[who];
	for (unsigned i = 0; i < SDN_LLDP_SECRETS; i++)
		secret_set(topology->peer[0].secret[i], who, number + i - 1);
}

static struct sdn_topology *topology_of(unsigned who)
{
	return &lab.forward[who].topology;
}

static uint32_t at_of(unsigned who, unsigned on)
{
	return sdn_topology_find_switch(topology_of(who), on + 1);
}

static uint32_t port_of(unsigned who, unsigned on, uint32_t number)
{
	return sdn_topology_find_port(topology_of(who), at_of(who, on), number);
}

static const char *state_of(unsigned who, unsigned on, uint32_t number)
{
	uint32_t port = port_of(who, on, number);

	return port == SDN_LIST_NONE ? "none"
	                             : sdn_topology_state_name(topology_of(who)->port[port].state);
}

static void forward_open(unsigned who)
{
	struct sdn_forward_conf conf = {.topology = sdn_topology_defaults,
	                                .hosts = sdn_host_defaults};

	conf.topology.shared = true;
	conf.topology.switches_max = 4;
	conf.topology.ports_max = 16;
	conf.topology.key.instance = instances[who];
	secret_set(conf.topology.key.secret, who, 5);
	conf.hosts.hosts_max = conf.hosts.addresses_max = 8;
	assert_int_equal(sdn_forward_open(&lab.forward[who], &conf), 0);
}

static int lab_open(void **state)
{
	memset(&lab, 0, sizeof(lab));
	lab.now = (mono_t){1000 * SEC_US};
	for (unsigned who = LEFT; who <= RIGHT; who++)
		forward_open(who);
	for (unsigned who = LEFT; who <= RIGHT; who++) {
		struct sdn_topology *topology = topology_of(who);

		keys_publish(who, 5);
		for (unsigned on = 0; on < 2; on++) {
			uint32_t at = sdn_topology_add_switch(topology, on + 1, lab.now);

			sdn_topology_hold_switch(topology, at, on != who, lab.now);
			sdn_topology_set_prober(topology, at, on == who ? 0 : instances[on],
			                        lab.now);
			sdn_topology_attend(topology, at, true);
			for (uint32_t number = 1; number <= TRUNK && on == who; number++)
				(void)sdn_topology_set_port(
				        topology, at,
				        &(struct sdn_port_desc){.number = number, .up = true},
				        lab.now);
		}
	}
	return 0;
}

static int lab_close(void **state)
{
	sdn_forward_close(&lab.forward[LEFT]);
	sdn_forward_close(&lab.forward[RIGHT]);
	return 0;
}

// Makes the probe of the trunk, and those that are due before it.
static void probe_make(unsigned who)
{
	uint32_t port;

	lab.now = mono_add(lab.now, 250 * MS_US);
	do {
		struct fill out = fill_of(lab.frame, sizeof(lab.frame));

		port = sdn_topology_probe(topology_of(who), &out, lab.now);
		lab.len = fill_len(&out);
		assert_int_not_equal(port, SDN_LIST_NONE);
	} while (topology_of(who)->port[port].number != TRUNK);
}

static const char *probe_input(unsigned who, uint32_t number)
{
	return sdn_lldp_fault_name(sdn_topology_input(topology_of(who), port_of(who, who, number),
	                                              span_of(lab.frame + 14, lab.len - 14),
	                                              lab.now));
}

static void ticks(uint64_t us)
{
	for (mono_t end = mono_add(lab.now, us); lab.now.us < end.us;
	     lab.now = mono_add(lab.now, 50 * MS_US)) {
		sdn_topology_tick(topology_of(LEFT), 100, lab.now);
		sdn_topology_tick(topology_of(RIGHT), 100, lab.now);
	}
}

// From the one's table by its snapshot into the other's.
static bool snapshot_pass(unsigned who)
{
	uint8_t bytes[SDN_SNAPSHOT_BYTES];
	struct fill out = fill_of(bytes, sizeof(bytes));

	sdn_snapshot_put(&lab.forward[who], who + 1, &out);
	return sdn_snapshot_take(&lab.forward[!who], span_of(bytes, fill_len(&out)), lab.now);
}

// Both hear each other, and both say so.
static void link_make(void)
{
	for (unsigned who = LEFT; who <= RIGHT; who++) {
		probe_make(who);
		assert_string_equal(probe_input(!who, TRUNK), "none");
	}
	assert_true(snapshot_pass(LEFT) && snapshot_pass(RIGHT));
}

static void test_a_link_of_two_controllers(void **state)
{
	probe_make(LEFT);
	assert_string_equal(probe_input(RIGHT, TRUNK), "none");
	assert_string_equal(state_of(RIGHT, RIGHT, TRUNK), "one_way");
	assert_string_equal(state_of(LEFT, LEFT, TRUNK), "probing");
	assert_true(snapshot_pass(RIGHT));
	assert_string_equal(state_of(LEFT, LEFT, TRUNK), "one_way");
	probe_make(RIGHT);
	assert_string_equal(probe_input(LEFT, TRUNK), "none");
	assert_string_equal(state_of(LEFT, LEFT, TRUNK), "link");
	assert_string_equal(state_of(RIGHT, RIGHT, TRUNK), "one_way");
	assert_true(snapshot_pass(LEFT));
	for (unsigned who = LEFT; who <= RIGHT; who++) {
		assert_string_equal(state_of(who, LEFT, TRUNK), "link");
		assert_string_equal(state_of(who, RIGHT, TRUNK), "link");
		assert_int_equal(topology_of(who)->links, 1);
	}
	// The port goes down at one of them, and the other learns it.
	(void)sdn_topology_set_port(topology_of(LEFT), at_of(LEFT, LEFT),
	                            &(struct sdn_port_desc){.number = TRUNK}, lab.now);
	assert_true(snapshot_pass(LEFT));
	assert_string_equal(state_of(RIGHT, RIGHT, TRUNK), "probing");
	assert_int_equal(topology_of(RIGHT)->links, 0);
}

static void test_a_probe_is_believed_once(void **state)
{
	uint8_t kept[SDN_LLDP_PROBE_BYTES];

	probe_make(LEFT);
	memcpy(kept, lab.frame, sizeof(kept));
	assert_string_equal(probe_input(RIGHT, TRUNK), "none");
	assert_string_equal(probe_input(RIGHT, TRUNK), "lldp.replayed");
	probe_make(LEFT);
	assert_string_equal(probe_input(RIGHT, TRUNK), "none");
	memcpy(lab.frame, kept, sizeof(kept));
	assert_string_equal(probe_input(RIGHT, TRUNK), "lldp.replayed");
}

static void test_keys(void **state)
{
	uint8_t secret[HASH_SIP_KEY_BYTES];

	// The next one is known before it is used, and the one of before for a while after.
	for (unsigned number = 4; number <= 6; number++) {
		secret_set(secret, LEFT, number);
		sdn_topology_set_secret(topology_of(LEFT), secret);
		probe_make(LEFT);
		assert_string_equal(probe_input(RIGHT, TRUNK), "none");
	}
	secret_set(secret, LEFT, 7);
	sdn_topology_set_secret(topology_of(LEFT), secret);
	probe_make(LEFT);
	assert_string_equal(probe_input(RIGHT, TRUNK), "lldp.forged");
	keys_publish(LEFT, 7);
	assert_string_equal(probe_input(RIGHT, TRUNK), "none");
	// A probe that was kept until its key is not believed any more.
	probe_make(LEFT);
	keys_publish(LEFT, 9);
	assert_string_equal(probe_input(RIGHT, TRUNK), "lldp.forged");
}

// Its own comes back by a port of its own just when it has another key.
static void test_own_key_of_before(void **state)
{
	uint8_t secret[HASH_SIP_KEY_BYTES];

	probe_make(LEFT);
	secret_set(secret, LEFT, 6);
	sdn_topology_set_secret(topology_of(LEFT), secret);
	assert_string_equal(probe_input(LEFT, 1), "none");
	probe_make(LEFT);
	sdn_topology_set_secret(topology_of(LEFT), secret);
	sdn_topology_set_secret(topology_of(LEFT), secret);
	assert_string_equal(probe_input(LEFT, 1), "none");
}

// Who is not the switch's master may not say where its cables lead.
static void test_a_probe_of_another_master(void **state)
{
	probe_make(LEFT);
	sdn_topology_set_prober(topology_of(RIGHT), at_of(RIGHT, LEFT), 0x3001, lab.now);
	assert_string_equal(probe_input(RIGHT, TRUNK), "lldp.other");
	lab.frame[14 + 19 + 10] ^= 1;
	assert_string_equal(probe_input(RIGHT, TRUNK), "lldp.forged");
	topology_of(RIGHT)->peers_len = 0;
	assert_string_equal(probe_input(RIGHT, TRUNK), "lldp.other");
	assert_string_equal(state_of(RIGHT, RIGHT, TRUNK), "probing");
}

// One that may be forged keeps a port from being an edge only while the store was not asked.
static void test_a_probe_in_doubt(void **state)
{
	struct sdn_topology *topology = topology_of(RIGHT);

	lab.now = mono_add(lab.now, topology->conf.edge_us);
	sdn_topology_tick(topology, 100, lab.now);
	assert_string_equal(state_of(RIGHT, RIGHT, TRUNK), "edge");
	topology->peers_len = 0;
	for (unsigned i = 0; i < 4; i++) {
		topology->looked = lab.now;
		probe_make(LEFT);
		assert_string_equal(probe_input(RIGHT, TRUNK), "lldp.other");
		topology->looked = lab.now;
		assert_string_equal(state_of(RIGHT, RIGHT, TRUNK), "edge");
	}
	for (unsigned i = 0; i < 2; i++) {
		probe_make(LEFT);
		assert_string_equal(probe_input(RIGHT, TRUNK), "lldp.other");
	}
	assert_string_equal(state_of(RIGHT, RIGHT, TRUNK), "probing");
	assert_string_equal(state_of(RIGHT, RIGHT, 1), "edge");
}

// The other one probes, and its probes do not come any more; or it is gone, and cannot.
static void test_a_link_that_is_not_heard(void **state)
{
	link_make();
	sdn_topology_set_prober(topology_of(RIGHT), at_of(RIGHT, LEFT), 0, lab.now);
	ticks(40 * SEC_US);
	assert_string_equal(state_of(RIGHT, RIGHT, TRUNK), "link");
	sdn_topology_set_prober(topology_of(RIGHT), at_of(RIGHT, LEFT), instances[LEFT], lab.now);
	ticks(15 * SEC_US);
	assert_string_equal(state_of(RIGHT, RIGHT, TRUNK), "link");
	ticks(4 * SEC_US);
	assert_string_not_equal(state_of(RIGHT, RIGHT, TRUNK), "link");
}

static void test_snapshots_of_another_kind(void **state)
{
	uint8_t bytes[SDN_SNAPSHOT_BYTES];
	struct fill out = fill_of(bytes, sizeof(bytes));

	link_make();
	sdn_snapshot_put(&lab.forward[LEFT], 1, &out);
	topology_of(RIGHT)->conf.shared = false;
	assert_false(
	        sdn_snapshot_take(&lab.forward[RIGHT], span_of(bytes, fill_len(&out)), lab.now));
	topology_of(RIGHT)->conf.shared = true;
	// A master of a switch does not take what another one says of it.
	bytes[11] = 2;
	assert_int_equal(sdn_snapshot_datapath(span_of(bytes, fill_len(&out))), 2);
	assert_false(
	        sdn_snapshot_take(&lab.forward[RIGHT], span_of(bytes, fill_len(&out)), lab.now));
}

static void host_send(unsigned who)
{
	uint8_t frame[60] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0, 9, 0x88, 0xb5};
	uint8_t room[SDN_PROXY_REPLY_BYTES];
	struct sdn_forward_outcome outcome;

	lab.now = mono_add(lab.now, 2 * SEC_US);
	sdn_forward_input(&lab.forward[who], at_of(who, who), 1, span_of(frame, sizeof(frame)),
	                  fill_of(room, sizeof(room)), lab.now, &outcome);
}

// On which switch the one believes the host.
static uint64_t host_at(unsigned who)
{
	const struct sdn_hosts *hosts = &lab.forward[who].hosts;
	uint32_t host = sdn_host_find(hosts, mac_load((uint8_t[]){2, 0, 0, 0, 0, 9}), 0);

	assert_int_not_equal(host, SDN_LIST_NONE);
	return sdn_topology_end(hosts->topology, hosts->host[host].port).datapath_id;
}

static void test_a_host_moves_between_controllers(void **state)
{
	link_make();
	ticks(1100 * MS_US);
	assert_string_equal(state_of(RIGHT, RIGHT, 1), "edge");
	host_send(LEFT);
	assert_true(snapshot_pass(LEFT));
	assert_int_equal(host_at(RIGHT), 1);
	host_send(RIGHT);
	assert_int_equal(host_at(RIGHT), 2);
	// What the other one knew before it moved does not bring it back.
	assert_true(snapshot_pass(LEFT));
	assert_int_equal(host_at(RIGHT), 2);
	assert_true(snapshot_pass(RIGHT));
	assert_int_equal(host_at(LEFT), 2);
	assert_true(snapshot_pass(LEFT));
	assert_int_equal(host_at(RIGHT), 2);
	host_send(LEFT);
	assert_true(snapshot_pass(LEFT));
	assert_int_equal(host_at(LEFT), 1);
	assert_int_equal(host_at(RIGHT), 1);
}

static void path_ignore(void *ctx, uint32_t from, uint32_t to)
{
}

static bool is_open(unsigned who)
{
	while (sdn_forward_update(&lab.forward[who], 4, path_ignore, NULL))
		;
	return sdn_forward_is_open(&lab.forward[who], port_of(who, who, TRUNK));
}

static void test_floods_take_a_link_when_all_agree(void **state)
{
	struct sdn_flooding *flooding = &lab.forward[LEFT].flooding;
	uint64_t digest;

	link_make();
	assert_false(is_open(LEFT));
	digest = flooding->digest;
	assert_int_not_equal(digest, 0);
	assert_false(is_open(RIGHT));
	assert_int_equal(lab.forward[RIGHT].flooding.digest, digest);
	sdn_forward_agree(&lab.forward[LEFT], digest + 1);
	assert_false(is_open(LEFT));
	sdn_forward_agree(&lab.forward[LEFT], digest);
	assert_true(is_open(LEFT));
	// At a switch without a master floods end at once, and begin only when all agree again.
	sdn_topology_attend(topology_of(LEFT), at_of(LEFT, RIGHT), false);
	assert_false(is_open(LEFT));
	assert_int_not_equal(flooding->digest, digest);
	sdn_topology_attend(topology_of(LEFT), at_of(LEFT, RIGHT), true);
	assert_false(is_open(LEFT));
	assert_int_equal(flooding->digest, digest);
	sdn_forward_agree(&lab.forward[LEFT], digest);
	assert_true(is_open(LEFT));
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, lab_open, lab_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        TEST(test_a_link_of_two_controllers),
	        TEST(test_a_probe_is_believed_once),
	        TEST(test_keys),
	        TEST(test_own_key_of_before),
	        TEST(test_a_probe_of_another_master),
	        TEST(test_a_probe_in_doubt),
	        TEST(test_a_link_that_is_not_heard),
	        TEST(test_snapshots_of_another_kind),
	        TEST(test_a_host_moves_between_controllers),
	        TEST(test_floods_take_a_link_when_all_agree),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// intent_net: what the changes of ports and hosts of one switch cost the others.
#include "harness.h"
#include "intents_conf.h"

#include "apps/sdn/sdn_fabric.h"
#include "apps/sdn/sdn_switches.h"

#include <stdlib.h>

#define HOSTS 8192

#define INTENTS                                                                                    \
	"{ \"networks\": [ { \"name\": \"office\", \"vlan\": 10 } ], \"switches\": [\n"            \
	"  { \"name\": \"s1\", \"datapath\": \"0x1\", \"ports\": [\n"                              \
	"    { \"number\": 1, \"untagged\": \"office\", \"edge\": true },\n"                       \
	"    { \"number\": 2, \"untagged\": \"office\", \"edge\": true } ] },\n"                   \
	"  { \"name\": \"s2\", \"datapath\": \"0x2\", \"ports\": [\n"                              \
	"    { \"number\": 1, \"untagged\": \"office\", \"edge\": true } ] } ] }"

static struct {
	struct sdn_conf conf;
	struct sdn_switches all;
	struct sdn_switch sw[2];
	struct swap intents;
	struct intent_set *set;
	struct wheel wheel;
	mono_t now;
} lab;

static void on_timer(struct wheel_timer *timer, mono_t now)
{
}

static int lab_open(void **state)
{
	const struct intent_conf *intents;
	struct conf conf;
	struct why why;

	memset(&lab, 0, sizeof(lab));
	lab.now = (mono_t){1000 * SEC_US};
	lab.conf = (struct sdn_conf){.max_switches = 2,
	                             .max_hosts = HOSTS,
	                             .max_ports = 64,
	                             .hosts_per_port = HOSTS,
	                             .floods_per_s = 100,
	                             .ageing_s = 300};
	intents = intents_read(&conf, INTENTS);
	lab.set = intent_apply_set(intents, 1);
	conf_close(&conf);
	assert_non_null(lab.set);
	swap_init(&lab.intents, lab.set);
	wheel_init(&lab.wheel, lab.now);
	lab.all = (struct sdn_switches){.conf = &lab.conf,
	                                .intents = &lab.intents,
	                                .wheel = &lab.wheel,
	                                .sw = lab.sw,
	                                .used = 2};
	assert_int_equal(hash_init(&lab.all.datapaths, 2), 0);
	lab.all.fabric = sdn_fabric_open(&lab.all, &why);
	assert_non_null(lab.all.fabric);
	// Nothing is known of what their tables are: whatever changes, they are to be read again.
	for (unsigned i = 0; i < 2; i++) {
		lab.sw[i] = (struct sdn_switch){
		        .all = &lab.all,
		        .conn = {.version = OF13, .limits = &of_conn_limits_default},
		        .state = SDN_SWITCH_SERVING,
		        .datapath_id = 1 + i,
		        .apply = {.is_settled = true}};
		wheel_timer_init(&lab.sw[i].timer, on_timer);
		sdn_switches_enter(&lab.sw[i]);
		sdn_fabric_enter(lab.all.fabric, &lab.sw[i], lab.now);
	}
	return 0;
}

static int lab_close(void **state)
{
	sdn_fabric_close(lab.all.fabric);
	hash_fini(&lab.all.datapaths);
	intent_apply_set_free(lab.set);
	return 0;
}

static void pass_us(uint64_t us)
{
	mono_t until = mono_add(lab.now, us);

	for (mono_t next; (next = wheel_next(&lab.wheel)).us <= until.us;) {
		lab.now = next.us > lab.now.us ? next : lab.now;
		wheel_tick(&lab.wheel, lab.now);
	}
	lab.now = until;
	wheel_tick(&lab.wheel, lab.now);
}

static void port_say(uint32_t number, bool up)
{
	const struct of_port port = {.port_no = number, .state = up ? 0 : OF_PORT_STATE_LINK_DOWN};

	sdn_fabric_set_port(lab.all.fabric, &lab.sw[0], &port, lab.now);
}

// The other switch was looked at; it forgets that.
static bool other_was_seen(void)
{
	bool seen = lab.sw[1].recheck;

	lab.sw[1].recheck = false;
	return seen;
}

static void test_a_port_that_changes(void **state)
{
	pass_us(SEC_US);
	(void)other_was_seen();
	port_say(1, true);
	assert_true(other_was_seen()); // at once
	pass_us(SEC_US);
	assert_false(other_was_seen());
	port_say(1, false);
	assert_true(other_was_seen());
}

// One that flaps has the others looked at now and then, and never less than after its last change.
static void test_a_port_that_flaps(void **state)
{
	unsigned looks = 0;

	pass_us(SEC_US);
	(void)other_was_seen();
	for (unsigned i = 0; i < 1000; i++) {
		port_say(1, i % 2 == 0);
		pass_us(100);
		looks += other_was_seen();
	}
	assert_in_range(looks, 1, 10);
	port_say(1, true);
	pass_us(SEC_US);
	assert_true(other_was_seen());
	pass_us(SEC_US);
	assert_false(other_was_seen());
}

// A host of the first switch is heard of at a port.
static void host_hear(uint32_t number, uint32_t port)
{
	struct sdn_fabric *fabric = lab.all.fabric;
	struct sdn_frame frame = {.kind = SDN_FRAME_OTHER, .vid = 10};
	const uint8_t mac[6] = {2, 0, 0, 0, (uint8_t)(number >> 8), (uint8_t)number};
	uint32_t at = sdn_topology_find_switch(&fabric->forward.topology, 1);

	frame.src = frame.owner = mac_load(mac);
	(void)sdn_host_input(&fabric->forward.hosts, &frame, frame.vid,
	                     sdn_topology_find_port(&fabric->forward.topology, at, port), lab.now);
	sdn_fabric_wake(fabric, lab.now);
}

// All tables are known to be as they were sent.
static void tables_keep(void)
{
	for (unsigned i = 0; i < ARRAY_LEN(lab.sw); i++) {
		lab.sw[i].apply.is_sent = lab.sw[i].apply.is_dirty = true;
		lab.sw[i].apply.set_number = lab.set->number;
	}
	lab.all.fabric->net.due = lab.now;
	sdn_fabric_wake(lab.all.fabric, lab.now);
	pass_us(10 * SEC_US);
	for (unsigned i = 0; i < ARRAY_LEN(lab.sw); i++)
		assert_false(lab.sw[i].apply.is_dirty);
}

// Hosts that move, none of them more often than may be, have all tables made again now and then.
static void test_hosts_that_move(void **state)
{
	unsigned made = 0;

	port_say(1, true);
	port_say(2, true);
	for (uint32_t i = 0; i < HOSTS; i++) {
		host_hear(i, 1);
		pass_us(10 * MS_US);
	}
	tables_keep();
	assert_true(lab.sw[0].flows > HOSTS);
	for (uint32_t i = 0; i < 100; i++) {
		bool was_dirty = lab.sw[1].apply.is_dirty;

		host_hear(i, 2);
		pass_us(10 * MS_US);
		made += was_dirty && !lab.sw[1].apply.is_dirty;
		if (i == 5)
			assert_in_range(made, 1, 3); // the first one soon
	}
	assert_in_range(made, 2, 20);
	pass_us(SEC_US);
	assert_false(lab.sw[1].apply.is_dirty);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(test_a_port_that_changes, lab_open, lab_close),
	        cmocka_unit_test_setup_teardown(test_a_port_that_flaps, lab_open, lab_close),
	        cmocka_unit_test_setup_teardown(test_hosts_that_move, lab_open, lab_close),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

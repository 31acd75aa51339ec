// intent_net: what the changes of ports of one switch cost the others.
#include "harness.h"
#include "intents_conf.h"

#include "apps/sdn/sdn_fabric.h"
#include "apps/sdn/sdn_switches.h"

#include <stdlib.h>

#define INTENTS                                                                                    \
	"{ \"networks\": [ { \"name\": \"office\", \"vlan\": 10 } ], \"switches\": [\n"            \
	"  { \"name\": \"s1\", \"datapath\": \"0x1\", \"ports\": [\n"                              \
	"    { \"number\": 1, \"untagged\": \"office\", \"edge\": true } ] },\n"                   \
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

static int lab_open(void **state)
{
	const struct intent_conf *intents;
	struct conf conf;
	struct why why;

	memset(&lab, 0, sizeof(lab));
	lab.now = (mono_t){1000 * SEC_US};
	lab.conf = (struct sdn_conf){.max_switches = 2,
	                             .max_hosts = 64,
	                             .max_ports = 64,
	                             .hosts_per_port = 32,
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
		lab.sw[i] = (struct sdn_switch){.all = &lab.all,
		                                .state = SDN_SWITCH_SERVING,
		                                .datapath_id = 1 + i,
		                                .apply = {.is_settled = true}};
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

static void port_say(bool up)
{
	const struct of_port port = {.port_no = 1, .state = up ? 0 : OF_PORT_STATE_LINK_DOWN};

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
	port_say(true);
	assert_true(other_was_seen()); // at once
	pass_us(SEC_US);
	assert_false(other_was_seen());
	port_say(false);
	assert_true(other_was_seen());
}

// One that flaps has the others looked at now and then, and never less than after its last change.
static void test_a_port_that_flaps(void **state)
{
	unsigned looks = 0;

	pass_us(SEC_US);
	(void)other_was_seen();
	for (unsigned i = 0; i < 1000; i++) {
		port_say(i % 2 == 0);
		pass_us(100);
		looks += other_was_seen();
	}
	assert_in_range(looks, 1, 10);
	port_say(true);
	pass_us(SEC_US);
	assert_true(other_was_seen());
	pass_us(SEC_US);
	assert_false(other_was_seen());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(test_a_port_that_changes, lab_open, lab_close),
	        cmocka_unit_test_setup_teardown(test_a_port_that_flaps, lab_open, lab_close),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

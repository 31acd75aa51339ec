// command: replies that need no running appliance: a port of the test's own.
#include "harness.h"

#include "apps/boot/boot_part.h"

static bool counts;

static void fake_status(struct netif *netif, struct netif_status *status)
{
	*status = (struct netif_status){.link_up = true, .rx_missed = 3};
	if (!counts)
		return;
	status->counter[0] = (struct netif_counter){"rx_chains", "frames of several pages", 7};
	status->counter[1] = (struct netif_counter){"copies", "pages copied", UINT64_C(1) << 40};
	status->counters_len = 2;
}

static const struct netif_ops fake_ops = {.status = fake_status};

// The one port's row in the reply to `ports`, borrowed from it.
static json_t *ask_ports(json_t **reply)
{
	static struct netif netif = {.ops = &fake_ops, .device = "fake:0", .mtu = 9000};
	struct boot_port_conf port = {
	        .name = "net0", .device = "fake:0", .gateway4 = "", .gateway6 = ""};
	struct boot_conf values = {.ports = {.items = &port, .len = 1}};
	struct boot *boot = calloc(1, sizeof(*boot));
	json_t *request = json_pack("{s:s}", "command", "ports");

	assert_non_null(boot);
	boot->values = &values;
	boot->netifs[0] = &netif;
	*reply = command_run(boot, request);
	json_decref(request);
	free(boot);
	return json_array_get(json_object_get(*reply, "ports"), 0);
}

static void test_a_device_without_counters_of_its_own(void **state)
{
	json_t *reply, *row;

	counts = false;
	row = ask_ports(&reply);
	assert_int_equal(json_integer_value(json_object_get(row, "mtu")), 9000);
	assert_int_equal(json_integer_value(json_object_get(row, "rx_missed")), 3);
	assert_null(json_object_get(row, "counters"));
	json_decref(reply);
}

static void test_counters_of_the_device_are_shown(void **state)
{
	json_t *reply, *counters, *want;

	counts = true;
	counters = json_object_get(ask_ports(&reply), "counters");
	want = json_pack("[{s:s, s:I, s:s}, {s:s, s:I, s:s}]", "name", "rx_chains", "value",
	                 (json_int_t)7, "help", "frames of several pages", "name", "copies",
	                 "value", (json_int_t)1 << 40, "help", "pages copied");
	assert_true(json_equal(counters, want));
	json_decref(want);
	json_decref(reply);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_a_device_without_counters_of_its_own),
	        cmocka_unit_test(test_counters_of_the_device_are_shown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// command: replies that need no running appliance: a port of the test's own.
#include "harness.h"

#include "apps/boot/boot_internal.h"

#include <stdio.h>
#include <stdlib.h>

static bool counts;

static int run_own(void *state, const char *const *words, unsigned words_len, json_t *reply,
                   struct why *why)
{
	if (strcmp(words[0], "bad") == 0)
		return why_fail(why, -1, "that is bad");
	json_object_set_new(reply, "first", json_string(words[0]));
	json_object_set_new(reply, "words", json_integer(words_len));
	return 0;
}

static int run_other(void *state, const char *const *args, unsigned args_len, json_t *reply,
                     struct why *why)
{
	json_object_set_new(reply, "state", json_string(state));
	return 0;
}

static const struct service_command own_commands[] = {
        {"own", "A [B]", 1, 2, "Does it.", run_own},
        {"idle", "", 0, 0, "Does nothing.", run_own},
        {0},
};

static const uint64_t copies = UINT64_C(1) << 40;

static unsigned toy_metrics(void *state, struct metric_source *sources)
{
	static const struct metric_row rows[] = {
	        {"toys", "name", "copies", "count", "copied", METRIC_COUNTER, 0}, {0}};

	sources[0] = (struct metric_source){.rows = rows, .len = 1, .of = {&copies}};
	return 1;
}

static const struct service_drop own_drops[] = {{"own.odd", "it is odd"}, {0}};
static const struct service own_service = {.name = "own",
                                           .version = "7.1",
                                           .commands = own_commands,
                                           .metrics = toy_metrics,
                                           .drops = own_drops};
static const struct service plain = {.name = "plain"};
static const struct service_drop other_drops[] = {
        {"other.first", "the first"}, {"other.second", "the second"}, {0}};
static const struct service_command other_commands[] = {
        {"other", "", 0, 0, "Does the other.", run_other}, {0}};
static const struct service other = {
        .name = "other", .commands = other_commands, .drops = other_drops};
static const struct appliance appliance = {
        .name = "wadi-toy",
        .version = "3.0",
        .services = (const struct service *const[]){&own_service, &plain, &other, NULL}};

// A boot that has come as far as a test needs.
static struct boot *boot_new(void)
{
	struct boot *boot = calloc(1, sizeof(*boot));

	assert_non_null(boot);
	services_init(&boot->services, &appliance);
	return boot;
}

static const uint64_t own[] = {7, UINT64_C(1) << 40};
static const struct metric_row own_rows[] = {
        {"counters", "name", "rx_chains", "value", "frames of several pages", METRIC_COUNTER, 0},
        {"counters", "name", "copies", "value", "pages copied", METRIC_GAUGE, 8},
        {0},
};

static void fake_status(struct netif *netif, struct netif_status *status)
{
	*status = (struct netif_status){.link_up = true, .rx_missed = 3};
	if (!counts)
		return;
	status->own[0] = (struct metric_source){.rows = own_rows, .len = 1, .of = {own}};
	status->own_len = 1;
}

// Of two workers.
static uint32_t fake_avail(const struct page_pool *pool)
{
	return pool->pages - 3;
}

static struct page_pool fake_pools[] = {{.avail = fake_avail, .pages = 10},
                                        {.avail = fake_avail, .pages = 20}};
static const struct netif_ops fake_ops = {.status = fake_status};

// JSON with single quotes.
static json_t *json_quoted(const char *text)
{
	char *copy = strdup(text);
	json_t *value;

	for (char *c = copy; *c; c++)
		*c = *c == '\'' ? '"' : *c;
	value = json_loads(copy, 0, NULL);
	free(copy);
	assert_non_null(value);
	return value;
}

// The reply of an appliance with one port and no workers.
static json_t *ask(const char *command)
{
	static struct netif netif = {.ops = &fake_ops,
	                             .device = "fake:0",
	                             .mtu = 9000,
	                             .queues = 2,
	                             .pool = {&fake_pools[0], &fake_pools[1]}};
	struct boot_port_conf port = {
	        .name = "net0", .device = "fake:0", .gateway4 = "", .gateway6 = ""};
	struct boot_conf values = {.ports = {.items = &port, .len = 1}};
	struct boot *boot = boot_new();
	json_t *request = json_pack("{s:s}", "command", command), *reply;

	boot->values = &values;
	boot->netifs[0] = &netif;
	reply = command_run(boot, request);
	json_decref(request);
	free(boot);
	return reply;
}

// Likewise.
static json_t *ask_ports(json_t **reply)
{
	*reply = ask("ports");
	return json_array_get(json_object_get(*reply, "ports"), 0);
}

static void test_a_device_without_counters_of_its_own(void **state)
{
	json_t *reply, *row;

	counts = false;
	row = ask_ports(&reply);
	assert_int_equal(json_integer_value(json_object_get(row, "mtu")), 9000);
	assert_int_equal(json_integer_value(json_object_get(row, "rx_missed")), 3);
	assert_int_equal(json_integer_value(json_object_get(row, "pages_free")), 24);
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

// Of the worker's metrics, the interface's and the appliance's.
static void test_metrics_are_prometheus_text(void **state)
{
	static const char *const lines[] = {
	        "\n# TYPE wadi_drops_total counter\n",
	        "\nwadi_drops_total{name=\"ipv4.cksum\"} 0\n",
	        "\nwadi_stages_pkts_total{stage=\"udp\"} 0\n",
	        "\nwadi_ifaces_link_up{iface=\"net0\"} 1\n",
	        "\nwadi_ifaces_rx_missed_total{iface=\"net0\"} 3\n",
	        "\nwadi_drops_total{name=\"other.second\"} 0\n",
	        "\nwadi_toys_total{name=\"copies\"} 1099511627776\n",
	};
	json_t *reply = ask("metrics");
	const char *text = json_string_value(json_object_get(reply, "text"));

	assert_non_null(text);
	for (size_t i = 0; i < ARRAY_LEN(lines); i++)
		assert_non_null(strstr(text, lines[i]));
	json_decref(reply);
}

static void test_stats_hold_the_appliances_own(void **state)
{
	json_t *reply = ask("stats"), *want;

	want = json_pack("[{s:s, s:I, s:s}]", "name", "copies", "count", (json_int_t)1 << 40,
	                 "help", "copied");
	assert_true(json_equal(json_object_get(reply, "toys"), want));
	assert_int_equal(json_array_size(json_object_get(reply, "stages")), STAGE_COUNT);
	json_decref(want);
	json_decref(reply);
}

static void test_commands_of_the_appliance(void **state)
{
	static const struct {
		const char *request, *reply;
	} cases[] = {
	        {"{'command':'own','words':['x']}", "{'first':'x','words':1}"},
	        {"{'command':'own','words':['x','y'],'all':true}", "{'first':'x','words':2}"},
	        {"{'command':'own','words':['bad']}", "{'error':'that is bad'}"},
	        {"{'command':'own','words':['x','y','z']}", "{'error':'own takes A [B]'}"},
	        {"{'command':'own'}", "{'error':'own takes A [B]'}"},
	        {"{'command':'other'}", "{'state':'theirs'}"},
	        {"{'command':'idle','words':['x']}", "{'error':'idle takes no arguments'}"},
	        {"{'command':'own','words':'x'}",
	         "{'error':'the arguments of a command are a list of up to 4 strings'}"},
	        {"{'command':'own','words':[1]}",
	         "{'error':'the arguments of a command are a list of up to 4 strings'}"},
	        {"{'command':'own','words':['1','2','3','4','5']}",
	         "{'error':'the arguments of a command are a list of up to 4 strings'}"},
	        {"{'command':'drops','words':['x']}",
	         "{'error':'too many arguments; help lists the commands with theirs'}"},
	        {"{'command':'reload','words':['x']}",
	         "{'error':'no service of this appliance reloads one thing by name'}"},
	};
	struct boot *boot = boot_new();

	boot->services.state[3] = (void *)(uintptr_t) "theirs";
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		json_t *request = json_quoted(cases[i].request);
		json_t *want = json_quoted(cases[i].reply), *reply = command_run(boot, request);

		assert_true(json_equal(reply, want));
		json_decref(request);
		json_decref(want);
		json_decref(reply);
	}
	free(boot);
}

static void test_help_tells_the_appliances_own(void **state)
{
	struct boot *boot = boot_new();
	json_t *request = json_pack("{s:s}", "command", "help");
	json_t *reply = command_run(boot, request);
	json_t *rows = json_object_get(reply, "commands");
	json_t *row = json_array_get(rows, json_array_size(rows) - 3);

	assert_string_equal(json_string_value(json_object_get(row, "command")), "own A [B]");
	assert_string_equal(json_string_value(json_object_get(row, "help")), "Does it.");
	row = json_array_get(rows, json_array_size(rows) - 2);
	assert_string_equal(json_string_value(json_object_get(row, "command")), "idle");
	row = json_array_get(rows, json_array_size(rows) - 1);
	assert_string_equal(json_string_value(json_object_get(row, "command")), "other");
	json_decref(request);
	json_decref(reply);
	free(boot);
}

// Own reasons follow the common ones in the order of the services, summed over workers.
static void test_drops_of_services_are_listed(void **state)
{
	static struct worker workers[2];
	struct boot *boot = boot_new();
	json_t *request = json_pack("{s:s}", "command", "drops"), *reply, *rows;
	static const struct {
		const char *name;
		unsigned count;
	} own_rows_of[] = {{"own.odd", 3}, {"other.first", 0}, {"other.second", 5}};

	boot->workers = workers;
	boot->workers_len = ARRAY_LEN(workers);
	assert_int_equal(boot->services.drops_begin[3], DROP_COUNT + 1);
	counter_add(&workers[0].metric.drop[boot->services.drops_begin[1]], 1);
	counter_add(&workers[1].metric.drop[boot->services.drops_begin[1]], 2);
	counter_add(&workers[1].metric.drop[boot->services.drops_begin[3] + 1], 5);
	reply = command_run(boot, request);
	rows = json_object_get(reply, "drops");
	assert_int_equal(json_array_size(rows), DROP_COUNT - 1 + ARRAY_LEN(own_rows_of));
	for (size_t i = 0; i < ARRAY_LEN(own_rows_of); i++) {
		const json_t *row = json_array_get(rows, DROP_COUNT - 1 + i);

		assert_string_equal(json_string_value(json_object_get(row, "name")),
		                    own_rows_of[i].name);
		assert_int_equal(json_integer_value(json_object_get(row, "count")),
		                 own_rows_of[i].count);
	}
	json_decref(request);
	json_decref(reply);
	free(boot);
}

static void test_each_service_has_a_version(void **state)
{
	struct boot *boot = boot_new();

	assert_string_equal(services_version(&boot->services, 1), "7.1");
	assert_string_equal(services_version(&boot->services, 2), "3.0");
	free(boot);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_a_device_without_counters_of_its_own),
	        cmocka_unit_test(test_counters_of_the_device_are_shown),
	        cmocka_unit_test(test_metrics_are_prometheus_text),
	        cmocka_unit_test(test_stats_hold_the_appliances_own),
	        cmocka_unit_test(test_commands_of_the_appliance),
	        cmocka_unit_test(test_help_tells_the_appliances_own),
	        cmocka_unit_test(test_drops_of_services_are_listed),
	        cmocka_unit_test(test_each_service_has_a_version),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// command: replies that need no running appliance: a port of the test's own.
#include "harness.h"

#include "apps/boot/boot_part.h"

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

static const struct app_command own_commands[] = {
        {"own", "A [B]", 1, 2, "Does it.", run_own},
        {"idle", "", 0, 0, "Does nothing.", run_own},
        {0},
};
static const struct app app = {.name = "wadi-toy", .commands = own_commands};

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
	boot->app = &app;
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
	        {"{'command':'idle','words':['x']}", "{'error':'idle takes no words'}"},
	        {"{'command':'own','words':'x'}",
	         "{'error':'the words behind a command are a list of a few strings'}"},
	        {"{'command':'own','words':[1]}",
	         "{'error':'the words behind a command are a list of a few strings'}"},
	        {"{'command':'own','words':['1','2','3','4','5']}",
	         "{'error':'the words behind a command are a list of a few strings'}"},
	        {"{'command':'drops','words':['x']}",
	         "{'error':'this command takes fewer words; help tells which'}"},
	        {"{'command':'reload','words':['x']}", "{'error':'reload takes no words here'}"},
	};
	struct boot *boot = calloc(1, sizeof(*boot));

	assert_non_null(boot);
	boot->app = &app;
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
	struct boot boot = {.app = &app};
	json_t *request = json_pack("{s:s}", "command", "help");
	json_t *reply = command_run(&boot, request);
	json_t *rows = json_object_get(reply, "commands");
	json_t *row = json_array_get(rows, json_array_size(rows) - 2);

	assert_string_equal(json_string_value(json_object_get(row, "command")), "own A [B]");
	assert_string_equal(json_string_value(json_object_get(row, "help")), "Does it.");
	row = json_array_get(rows, json_array_size(rows) - 1);
	assert_string_equal(json_string_value(json_object_get(row, "command")), "idle");
	json_decref(request);
	json_decref(reply);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_a_device_without_counters_of_its_own),
	        cmocka_unit_test(test_counters_of_the_device_are_shown),
	        cmocka_unit_test(test_commands_of_the_appliance),
	        cmocka_unit_test(test_help_tells_the_appliances_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// backends: device strings read and refused, devices opened together, and the help texts
// and the README's table, which follow from the backends' tables.
#include "harness.h"

#include "apps/boot/backends.h"
#include "backends/linux/linux.h"
#include "backends/mem/mem.h"
#include "core/host/feature.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

static void test_device_strings(void **state)
{
	static const struct {
		const char *text, *kind, *device, *argument;
		bool impaired, optional;
	} good[] = {
	        {"mem:a", "mem", "mem:a", "a", false, false},
	        {"impair(loss=1%,seed=1):mem:a", "mem", "mem:a", "a", true, false},
	        {"tap:wadi0", "tap", "tap:wadi0", "wadi0", false, true},
	        {"memif:/run/m.sock,role=client", "memif", "memif:/run/m.sock,role=client",
	         "/run/m.sock", false, true},
	        {"pcap:a,b", "pcap", "pcap:a,b", "a,b", false, true},
	        {"pci:0000:01:00.0,x=1", "pci", "pci:0000:01:00.0,x=1", "0000:01:00.0", false,
	         true},
	        {"impair(delay=5ms):tap:t", "tap", "tap:t", "t", true, true},
	};
	struct backends_device device;
	struct why why;

	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		if (good[i].optional && !FEATURE_DPDK)
			continue;
		assert_int_equal(backends_parse(good[i].text, &device, &why), 0);
		assert_string_equal(device.conf.kind->name, good[i].kind);
		assert_string_equal(device.conf.device, good[i].device);
		assert_string_equal(device.conf.argument, good[i].argument);
		assert_int_equal(device.impaired, good[i].impaired);
	}
}

static void test_what_is_no_device_is_refused(void **state)
{
	static const struct {
		const char *text, *why; // how the sentence begins
	} bad[] = {
	        {"", "is not KIND:ARGUMENT, such as tap:wadi0"},
	        {"mem", "is not KIND:ARGUMENT, such as tap:wadi0"},
	        {"ramp:", "is not KIND:ARGUMENT, such as tap:wadi0"},
	        {"mem:", "lacks its argument: mem:NAME"},
	        {":wadi0", "is of no known kind; the kinds are "},
	        {"me:wadi0", "is of no known kind; the kinds are "},
	        {"memm:wadi0", "is of no known kind; the kinds are "},
	        {"mem:a,b=1", "has no option \"b\"; its options are: none"},
	        {"mem:a,", "ends in a comma"},
	        {"impair(loss=1%):", "lacks a colon and a device"},
	        {"impair(loss=1%):impair(loss=1%):mem:a", "is of no known kind"},
	        {"impair(loss=101%):mem:a", "gives option loss the value \"101%\""},
	        {"impair(", "lacks the closing parenthesis"},
	};
	struct backends_device device;
	struct why why;

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		assert_int_equal(backends_parse(bad[i].text, &device, &why), -EINVAL);
		if (strncmp(why.text, bad[i].why, strlen(bad[i].why)) != 0)
			fail_msg("%s: \"%s\"", bad[i].text, why.text);
	}
	assert_non_null(strstr(why.text, "parenthesis"));
}

static bool is_always_here(const struct backend *backend)
{
	return backend == &mem_backend || backend == &linux_backend;
}

// The kinds of a backend that is left out are known by name; those of one that is here
// are among the optional ones, so that a build without it says so.
static void test_kinds_of_absent_backends(void **state)
{
	static const struct {
		const char *text, *option;
		bool present;
	} cases[] = {
	        {"af_xdp:a", "xdp", FEATURE_XDP},      {"memif:/a", "dpdk", FEATURE_DPDK},
	        {"pcap:a,b", "dpdk", FEATURE_DPDK},    {"pci:0000:01:00.0", "dpdk", FEATURE_DPDK},
	        {"vdev:net_a0", "dpdk", FEATURE_DPDK}, {"xen:vif/0", "xen", FEATURE_XEN},
	};
	size_t kinds = 0;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct backends_device device;
		struct why why;
		char says[32];
		int err = backends_parse(cases[i].text, &device, &why);

		snprintf(says, sizeof(says), "build with -D%s=true", cases[i].option);
		assert_int_equal(err, cases[i].present ? 0 : -EINVAL);
		if (err)
			assert_non_null(strstr(why.text, says));
		kinds += cases[i].present;
	}
	for (size_t b = 0; backends[b]; b++)
		for (size_t k = 0; !is_always_here(backends[b]) && backends[b]->kinds[k].name; k++)
			kinds--;
	assert_int_equal(kinds, 0);
}

// Both ends of one wire, one of them behind an impairment, numbered as they
// were asked for; a third end is refused and nothing stays open.
static void test_in_process_devices_open_together(void **state)
{
	const struct backends_conf confs[] = {
	        {"mem:w", 32, 0}, {"impair(loss=1%):mem:w", 32, 1400}, {"mem:w", 32, 0}};
	struct netif *netifs[3];
	int fds[BACKENDS_MAX];
	struct why why;

	for (int again = 0; again < 2; again++) {
		assert_int_equal(backends_open("test", confs, 2, 1, netifs, &why), 0);
		assert_int_equal(netifs[0]->iface, 0);
		assert_int_equal(netifs[1]->iface, 1);
		assert_int_equal(netifs[1]->mtu, 1400);
		assert_string_equal(backends_memory(), "plain memory");
		assert_int_equal(backends_fds(fds), 0);
		assert_int_equal(backends_serve((mono_t){1}).us, MONO_NEVER.us);
		assert_int_equal(backends_worker_enter(0), 0);
		backends_worker_leave();
		backends_close(netifs, 2);
		assert_int_equal(backends_open("test", confs, 3, 1, netifs, &why), -EBUSY);
		assert_non_null(strstr(why.text, "mem:w cannot be opened"));
		assert_null(netifs[0]);
	}
}

static void test_what_a_device_cannot_do(void **state)
{
	const struct backends_conf conf = {"mem:w", 0, 2900}, wrong = {"mem:w,x=1", 0, 0};
	struct netif *netif;
	struct why why;

	assert_int_equal(backends_open("test", &conf, 1, 1, &netif, &why), -EINVAL);
	assert_string_equal(why.text, "mem:w has at most 16 queues and an MTU of at most 2000");
	assert_int_equal(backends_open("test", &wrong, 1, 1, &netif, &why), -EINVAL);
	assert_string_equal(why.text, "mem:w,x=1 has no option \"x\"; its options are: none");
}

static void test_each_kind_has_its_help(void **state)
{
	struct backends_manual manual;
	char line[512];
	size_t n = 0;

	backends_manual_init(&manual);
	backends_help(line, sizeof(line));
	for (size_t b = 0; backends[b]; b++) {
		for (const struct backend_kind *kind = backends[b]->kinds; kind->name; kind++) {
			char form[64];

			snprintf(form, sizeof(form), "%s:%s", kind->name, kind->argument);
			assert_non_null(strstr(line, form));
			assert_memory_equal(manual.items[n++].term, form, strlen(form));
		}
	}
	assert_string_equal(manual.items[n].term, "impair(OPTION=VALUE,...):DEVICE");
	assert_non_null(strstr(manual.items[n].help, "loss=PERCENT: Packets lost."));
	assert_null(manual.items[n + 1].term);
}

// Appends "`mac=MAC`, `ring=N`", with "|" escaped as a table wants it.
static void options_append(char *row, size_t size, const struct option_table *options)
{
	for (const struct option_key *key = options ? options->keys : NULL; key && key->name;
	     key++) {
		char form[64];

		option_form(key, form, sizeof(form));
		strncat(row, key == options->keys ? "`" : ", `", size - strlen(row) - 1);
		for (const char *c = form; *c; c++)
			snprintf(row + strlen(row), size - strlen(row), "%s%c",
			         *c == '|' ? "\\" : "", *c);
		strncat(row, "`", size - strlen(row) - 1);
	}
}

static void row_check(const char *readme, const char *form, const char *help,
                      const struct option_table *options)
{
	char row[512];

	snprintf(row, sizeof(row), "\n| `%s` | %s | ", form, help);
	options_append(row, sizeof(row), options);
	strncat(row, row[strlen(row) - 1] == '`' ? " |\n" : "|\n", sizeof(row) - strlen(row) - 1);
	if (!strstr(readme, row))
		fail_msg("README.md lacks this row of its table of devices:%s", row);
}

static void test_the_table_of_the_readme(void **state)
{
	static char readme[1 << 20];
	FILE *file = fopen(README, "r");

	assert_non_null(file);
	readme[fread(readme, 1, sizeof(readme) - 1, file)] = '\0';
	fclose(file);
	for (size_t b = 0; backends[b]; b++) {
		for (const struct backend_kind *kind = backends[b]->kinds; kind->name; kind++) {
			char form[64];

			snprintf(form, sizeof(form), "%s:%s%s", kind->name, kind->argument,
			         kind->driver_options ? "[,option=value...]" : "");
			row_check(readme, form, kind->help, kind->options);
		}
	}
	row_check(readme, "impair(OPTION=VALUE,...):DEVICE", "any of these behind a lossy link",
	          &impair_options);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_device_strings),
	        cmocka_unit_test(test_what_is_no_device_is_refused),
	        cmocka_unit_test(test_kinds_of_absent_backends),
	        cmocka_unit_test(test_in_process_devices_open_together),
	        cmocka_unit_test(test_what_a_device_cannot_do),
	        cmocka_unit_test(test_each_kind_has_its_help),
	        cmocka_unit_test(test_the_table_of_the_readme),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

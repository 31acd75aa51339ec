// guest_pci: what is written to which file of a PCI bus, for devices with and without a driver, of
// virtio and not. The bus is a folder of the test's; a kernel's own takes part in tests/image.
#include "harness.h"

#include "apps/boot/guest_pci.h"
#include "core/host/log.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char bus[] = "/tmp/wadi-guest-pci-XXXXXX";
static char warnings[1024];

static struct device {
	const char *what, *address, *vendor, *model;
	const char *driver; // NULL: none
	bool handed;        // something is written, and as this bus has no kernel, a warning is due
} devices[] = {
        {"an interface without a driver", "0000:00:03.0", "0x1af4\n", "0x1000\n", NULL, true},
        {"of a driver in the kernel", "0000:00:04.0", "0x1af4\n", "0x1000\n", "virtio-pci", true},
        {"of virtio 1.0", "0000:00:05.0", "0x1af4\n", "0x1041\n", "virtio-pci", true},
        {"one that was taken before", "0000:00:06.0", "0x1af4\n", "0x1041\n", "uio_pci_generic",
         false},
        {"a disk of virtio", "0000:00:07.0", "0x1af4\n", "0x1001\n", "virtio-pci", false},
        {"a model of another vendor", "0000:00:08.0", "0x8086\n", "0x1000\n", "e1000", false},
        {"nothing to be read", "0000:00:09.0", "", "", NULL, false},
        {"no numbers", "0000:00:0a.0", "virtio", "net", NULL, false},
};
static const char *const drivers[] = {"virtio-pci", "uio_pci_generic", "e1000"};

static const char *path(const char *folder, const char *name, const char *file)
{
	static char text[160];

	snprintf(text, sizeof(text), "%s/%s%s%s", bus, folder, name, file);
	return text;
}

static void file_make(const char *name, const char *text)
{
	FILE *file = fopen(name, "we");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static const char *file_text(const char *name)
{
	static char text[64];
	int fd = open(name, O_RDONLY | O_CLOEXEC);
	ssize_t len = read(fd, text, sizeof(text) - 1);

	assert_true(len >= 0);
	close(fd);
	text[len] = '\0';
	return text;
}

static void device_make(const struct device *device)
{
	char target[64];

	assert_int_equal(mkdir(path("devices/", device->address, ""), 0700), 0);
	file_make(path("devices/", device->address, "/vendor"), device->vendor);
	file_make(path("devices/", device->address, "/device"), device->model);
	file_make(path("devices/", device->address, "/driver_override"), "");
	if (!device->driver)
		return;
	snprintf(target, sizeof(target), "../../drivers/%s", device->driver);
	assert_int_equal(symlink(target, path("devices/", device->address, "/driver")), 0);
}

static void bus_remove(void)
{
	char command[64];

	snprintf(command, sizeof(command), "rm -rf %s", bus);
	assert_int_equal(system(command), 0);
}

static void on_log(void *ctx, enum log_level level, const char *line, size_t len)
{
	size_t used = strlen(warnings);

	snprintf(warnings + used, sizeof(warnings) - used, "%.*s\n", (int)len, line);
}

static int bus_make(void **state)
{
	strcpy(bus + sizeof(bus) - sizeof("XXXXXX"), "XXXXXX");
	assert_non_null(mkdtemp(bus));
	assert_int_equal(mkdir(path("devices", "", ""), 0700), 0);
	assert_int_equal(mkdir(path("drivers", "", ""), 0700), 0);
	file_make(path("drivers_probe", "", ""), "");
	for (size_t i = 0; i < ARRAY_LEN(drivers); i++) {
		assert_int_equal(mkdir(path("drivers/", drivers[i], ""), 0700), 0);
		file_make(path("drivers/", drivers[i], "/unbind"), "");
	}
	warnings[0] = '\0';
	log_set_sink(on_log, NULL);
	return 0;
}

static int bus_end(void **state)
{
	log_set_sink(NULL, NULL);
	bus_remove();
	return 0;
}

// One device at a time, so that each file shows what was written for that one.
static void test_interfaces_of_virtio_alone_change_hands(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(devices); i++) {
		const struct device *device = &devices[i];
		const char *address = device->handed ? device->address : "";

		bus_make(state);
		device_make(device);
		guest_pci_hand_over(bus);
		print_message("%s\n", device->what);
		assert_string_equal(
		        file_text(path("devices/", device->address, "/driver_override")),
		        device->handed ? "uio_pci_generic" : "");
		assert_string_equal(file_text(path("drivers_probe", "", "")), address);
		if (device->driver)
			assert_string_equal(file_text(path("drivers/", device->driver, "/unbind")),
			                    address);
		// The folder has no kernel that would make the link to the driver.
		assert_int_equal(strstr(warnings, "has not been taken by uio_pci_generic") != NULL,
		                 device->handed);
		bus_end(state);
	}
}

static void test_a_bus_of_several(void **state)
{
	bus_make(state);
	for (size_t i = 0; i < ARRAY_LEN(devices); i++)
		device_make(&devices[i]);
	guest_pci_hand_over(bus);
	for (size_t i = 0; i < ARRAY_LEN(devices); i++) {
		assert_string_equal(
		        file_text(path("devices/", devices[i].address, "/driver_override")),
		        devices[i].handed ? "uio_pci_generic" : "");
		assert_int_equal(strstr(warnings, devices[i].address) != NULL, devices[i].handed);
	}
	bus_end(state);
}

static void test_without_the_module_nothing_changes(void **state)
{
	bus_make(state);
	device_make(&devices[1]);
	assert_int_equal(unlink(path("drivers/uio_pci_generic/unbind", "", "")), 0);
	assert_int_equal(rmdir(path("drivers/uio_pci_generic", "", "")), 0);
	guest_pci_hand_over(bus);
	assert_string_equal(file_text(path("devices/", devices[1].address, "/driver_override")),
	                    "");
	assert_string_equal(warnings, "");
	bus_end(state);
	guest_pci_hand_over("/tmp/wadi-no-such-bus");
	assert_string_equal(warnings, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_interfaces_of_virtio_alone_change_hands),
	        cmocka_unit_test(test_a_bus_of_several),
	        cmocka_unit_test(test_without_the_module_nothing_changes),
	};

	return cmocka_run_group_tests_name("guest_pci", tests, NULL, NULL);
}

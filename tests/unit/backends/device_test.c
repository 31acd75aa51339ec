// device: every kind is taken apart, every mistake is named in a sentence that
// holds what the reader must look for.
#include "harness.h"

#include <errno.h>

#include "backends/dpdk/device.h"

static const struct backend backend = {.kinds = device_kinds};
static struct why why;
static struct device device;

static int parse(const char *string)
{
	struct backend_conf conf;
	int err;

	why.text[0] = 0;
	err = backend_conf_parse(&conf, &backend, string, &why);
	if (!err)
		device_init(&device, &conf);
	return err;
}

static void test_each_kind(void **state)
{
	static const struct {
		const char *string;
		enum device_kind kind;
		const char *name, *vdev, *args;
	} cases[] = {
	        {"memif:./a.sock,role=client,id=7,ring=8,bsize=4096", DEVICE_MEMIF, "./a.sock",
	         "net_memif3",
	         "socket=./a.sock,socket-abstract=no,role=client,id=7,rsize=8,bsize=4096"},
	        {"pcap:in.pcap,out.pcap", DEVICE_PCAP, "in.pcap", "net_pcap3",
	         "rx_pcap=in.pcap,tx_pcap=out.pcap"},
	        {"pci:0000:01:00.0,dv_flow_en=1,x=2", DEVICE_PCI, "0000:01:00.0", "0000:01:00.0",
	         "dv_flow_en=1,x=2"},
	        {"vdev:net_virtio_user0,path=/run/vhost0,queues=2", DEVICE_VDEV, "net_virtio_user0",
	         "net_virtio_user0", "path=/run/vhost0,queues=2"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char name[64], args[256];

		assert_int_equal(parse(cases[i].string), 0);
		assert_int_equal(device.kind, cases[i].kind);
		assert_string_equal(device.name, cases[i].name);
		device_name(&device, 3, name, sizeof(name));
		assert_string_equal(name, cases[i].vdev);
		device_args(&device, args, sizeof(args));
		assert_string_equal(args, cases[i].args);
	}
}

static void test_each_mistake_is_named(void **state)
{
	static const struct {
		const char *string, *says;
	} cases[] = {
	        {"memif:", "lacks its argument: memif:SOCKET"},
	        {"memif:./a.sock,mac", "no value: mac=MAC"},
	        {"memif:./a.sock,mac=", "unicast"},
	        {"memif:a.sock", "names a socket without a slash; write ./a.sock"},
	        {"memif:./a.sock,role=master", "is not server|client"},
	        {"memif:./a.sock,zc=1", "its options are: role, id, ring, bsize, mac"},
	        {"pcap:in.pcap", "pcap:IN,OUT"},
	        {"pcap:in.pcap,", "pcap:IN,OUT"},
	        {"pcap:in.pcap,out.pcap,x=1", "its options are: none"},
	        {"pci:01:00.0", "0000:01:00.0"},
	        {"pci:0000:01:00.0x", "0000:01:00.0x"},
	        {"vdev:virtio_user0", "such as net_virtio_user0"},
	        {"vdev:net_tap", "such as net_virtio_user0"},
	        {"vdev:net_0", "such as net_virtio_user0"},
	        {"vdev:net_tap0;x", "such as net_virtio_user0"},
	        {"vdev:net_a_name_that_is_longer_than_dpdks_0", "such as net_virtio_user0"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		assert_int_equal(parse(cases[i].string), -EINVAL);
		if (!strstr(why.text, cases[i].says))
			fail_msg("%s: \"%s\" lacks \"%s\"", cases[i].string, why.text,
			         cases[i].says);
	}
}

static void test_long_strings_end_in_a_sentence(void **state)
{
	char string[BACKEND_ARGUMENT_BYTES + 16] = "pcap:";

	memset(string + 5, 'a', sizeof(string) - 6);
	string[8] = ',';
	assert_int_equal(parse(string), -EINVAL);
	assert_non_null(strstr(why.text, "longer than"));

	memcpy(string, "memif:/aa", 9);
	string[6 + 108] = 0;
	assert_int_equal(parse(string), -EINVAL);
	assert_non_null(strstr(why.text, "107"));
}

static void test_made_addresses_are_local_and_differ(void **state)
{
	static const char *strings[] = {"memif:/b", "memif:/a", "memif:/a,role=client",
	                                "memif:/a,id=1"};
	uint8_t macs[ARRAY_LEN(strings)][6], again[6];

	for (size_t i = 0; i < ARRAY_LEN(strings); i++) {
		assert_int_equal(parse(strings[i]), 0);
		device_mac(&device, "host", macs[i]);
		device_mac(&device, "host", again);
		assert_memory_equal(macs[i], again, 6);
		assert_int_equal(macs[i][0] & 3, 2);
		for (size_t k = 0; k < i; k++)
			assert_memory_not_equal(macs[i], macs[k], 6);
	}
	device_mac(&device, "other", again);
	assert_memory_not_equal(again, macs[ARRAY_LEN(strings) - 1], 6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_each_kind),
	        cmocka_unit_test(test_each_mistake_is_named),
	        cmocka_unit_test(test_long_strings_end_in_a_sentence),
	        cmocka_unit_test(test_made_addresses_are_local_and_differ),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

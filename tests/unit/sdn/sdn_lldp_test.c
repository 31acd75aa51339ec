// sdn_lldp: a probe in bytes, read back, and every way in which one is refused.
#include "harness.h"

#include "proto/sdn/sdn_lldp.h"

#define VALID_US SEC_US

static const struct sdn_lldp_key key = {
        .secret = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16},
        .instance = 0x01020304,
};
static const struct sdn_lldp_probe probe = {
        .datapath_id = UINT64_C(0x00000000000000a1),
        .port = 7,
        .sequence = 99,
        .made = {5 * SEC_US},
};
static const mono_t now = {5 * SEC_US + 1000};

static size_t encode(uint8_t bytes[SDN_LLDP_PROBE_BYTES])
{
	struct fill out = fill_of(bytes, SDN_LLDP_PROBE_BYTES);

	sdn_lldp_encode(&out, &key, &probe, mac_load((uint8_t[]){2, 0, 0, 0, 0, 7}));
	assert_false(out.bad);
	return fill_len(&out);
}

static const char *decode(const uint8_t *bytes, size_t len, const struct sdn_lldp_key *with,
                          mono_t when)
{
	struct sdn_lldp_probe read;
	struct span pdu = span_of(bytes + 14, len - 14);

	return sdn_lldp_fault_name(sdn_lldp_decode(&read, with, pdu, when, VALID_US));
}

// The bytes, but for the signature, were written by hand from IEEE 802.1AB clause 8.
static void test_bytes(void **state)
{
	static const uint8_t head[] = {
	        0x01, 0x80, 0xc2, 0,   0,   0x0e, 2,    0,   0,    0,    0,    7,    0x88, 0xcc,
	        0x02, 17,   7,    '0', '0', '0',  '0',  '0', '0',  '0',  '0',  '0',  '0',  '0',
	        '0',  '0',  '0',  'a', '1', 0x04, 9,    7,   '0',  '0',  '0',  '0',  '0',  '0',
	        '0',  '7',  0x06, 2,   0,   120,  0xfe, 40,  0x02, 0x77, 0x64, 1,    1,    2,
	        3,    4,    0,    0,   0,   0,    0,    0,   0,    0xa1, 0,    0,    0,    7,
	        0,    0,    0,    99,  0,   0,    0,    0,   0,    0x4c, 0x4b, 0x40,
	};
	uint8_t bytes[SDN_LLDP_PROBE_BYTES];
	size_t len = encode(bytes);

	assert_int_equal(len, sizeof(head) + 8 + 2);
	assert_memory_equal(bytes, head, sizeof(head));
	assert_memory_equal(bytes + len - 2, "\0", 2);
}

static void test_round_trip(void **state)
{
	uint8_t bytes[SDN_LLDP_PROBE_BYTES];
	struct sdn_lldp_probe read;
	size_t len = encode(bytes);
	struct span pdu = span_of(bytes + 14, len - 14);

	assert_int_equal(sdn_lldp_decode(&read, &key, pdu, now, VALID_US), SDN_LLDP_SOUND);
	assert_int_equal(read.datapath_id, probe.datapath_id);
	assert_int_equal(read.port, probe.port);
	assert_int_equal(read.sequence, probe.sequence);
	assert_int_equal(read.made.us, probe.made.us);
	assert_string_equal(decode(bytes, len, &key, now), "none");
}

// No bit of what is signed can be changed: the probe is then forged, or not a probe any more.
static void test_no_bit_can_be_changed(void **state)
{
	uint8_t bytes[SDN_LLDP_PROBE_BYTES];
	size_t len = encode(bytes);

	for (size_t i = 14 * 8; i < (len - 2) * 8; i++) {
		bytes[i / 8] ^= (uint8_t)(1 << i % 8);
		assert_string_not_equal(decode(bytes, len, &key, now), "none");
		bytes[i / 8] ^= (uint8_t)(1 << i % 8);
	}
}

static void test_forged(void **state)
{
	struct sdn_lldp_key other = key;
	uint8_t bytes[SDN_LLDP_PROBE_BYTES];
	size_t len = encode(bytes);

	other.secret[0] ^= 1;
	assert_string_equal(decode(bytes, len, &other, now), "lldp.forged");
	bytes[14 + 19 + 10] = '8'; // the port's name
	assert_string_equal(decode(bytes, len, &key, now), "lldp.forged");
}

static void test_other_controller(void **state)
{
	struct sdn_lldp_key other = key;
	uint8_t bytes[SDN_LLDP_PROBE_BYTES];
	size_t len = encode(bytes);

	other.instance++;
	assert_string_equal(decode(bytes, len, &other, now), "lldp.other");
}

static void test_expired(void **state)
{
	uint8_t bytes[SDN_LLDP_PROBE_BYTES];
	size_t len = encode(bytes);

	assert_string_equal(decode(bytes, len, &key, mono_add(probe.made, VALID_US)), "none");
	assert_string_equal(decode(bytes, len, &key, mono_add(probe.made, VALID_US + 1)),
	                    "lldp.expired");
	assert_string_equal(decode(bytes, len, &key, (mono_t){probe.made.us - 1}), "lldp.expired");
}

// As lldpd of a host sends it: chassis, port, TTL, a system name.
static void test_foreign(void **state)
{
	static const uint8_t frame[] = {
	        0x01, 0x80, 0xc2, 0,   0,    0x0e, 2,   0,    0,    0, 0, 9,    0x88, 0xcc, 0x02, 7,
	        4,    2,    0,    0,   0,    0,    9,   0x04, 7,    3, 2, 0,    0,    0,    0,    9,
	        0x06, 2,    0,    120, 0x0a, 2,    'h', '1',  0xfe, 4, 0, 0x80, 0xc2, 1,    0,    0,
	};

	assert_string_equal(decode(frame, sizeof(frame), &key, now), "lldp.foreign");
}

static void test_malformed(void **state)
{
	uint8_t bytes[SDN_LLDP_PROBE_BYTES];
	size_t len = encode(bytes);

	// Cut anywhere before the end of the signature.
	for (size_t cut = 14; cut < len - 2; cut++)
		assert_string_equal(decode(bytes, cut, &key, now), "lldp.malformed");
	bytes[14] = 0x04; // port before chassis
	assert_string_equal(decode(bytes, len, &key, now), "lldp.malformed");
	encode(bytes);
	bytes[15] = 1; // a chassis without a name
	assert_string_equal(decode(bytes, len, &key, now), "lldp.malformed");
	encode(bytes);
	bytes[14 + 19 + 11 + 4 + 1] = 255; // longer than the frame
	assert_string_equal(decode(bytes, len, &key, now), "lldp.malformed");
}

static void test_each_fault_has_help(void **state)
{
	for (enum sdn_lldp_fault fault = SDN_LLDP_SOUND; fault < SDN_LLDP_FAULTS_END; fault++) {
		assert_true(strlen(sdn_lldp_fault_name(fault)) > 3);
		assert_true(strlen(sdn_lldp_fault_help(fault)) > 10);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_bytes),
	        cmocka_unit_test(test_round_trip),
	        cmocka_unit_test(test_no_bit_can_be_changed),
	        cmocka_unit_test(test_forged),
	        cmocka_unit_test(test_other_controller),
	        cmocka_unit_test(test_expired),
	        cmocka_unit_test(test_foreign),
	        cmocka_unit_test(test_malformed),
	        cmocka_unit_test(test_each_fault_has_help),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

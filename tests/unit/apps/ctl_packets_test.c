// packet, packet_line, pcapng: rows of a reply as lines and as a capture file, which the reader
// of core/capture.h takes; rows that are none.
#include "harness.h"

#include "apps/ctl/packet_line.h"
#include "apps/ctl/pcapng.h"
#include "core/base64.h"
#include "core/capture.h"
#include "frames.h"

#include <stdlib.h>

static struct packet packet;

// A row with the frame, received and answered.
static json_t *row_of(const char *hex)
{
	struct frame frame = frame_of_hex(hex);
	char base64[FRAME_BYTES * 2];
	struct fill to = fill_of(base64, sizeof(base64));

	base64_encode(frame_span(&frame), &to);
	return json_pack("{s:I, s:s, s:i, s:s, s:s, s:[s,s], s:i, s:i, s:b, s:o}", "at_us",
	                 (json_int_t)1000000 * 3600 * 25 + 61000007, "port", "net0", "worker", 2,
	                 "direction", "in", "verdict", "answered", "stages", "eth", "ipv4",
	                 "cycles", 2310, "length", (int)frame.len, "checksum_by_device", 0, "bytes",
	                 json_stringn(base64, fill_len(&to)));
}

static char *line_of(const json_t *row)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_true(packet_read(&packet, row));
	packet_line(&packet, out);
	fclose(out);
	return text;
}

#define FATE " [answered; eth ipv4; 2310 cycles; worker 2]\n"

static const struct {
	const char *hex, *line;
} cases[] = {
        {FRAME_DNS4,
         "01:01:01.000007 net0 in 10.53.0.1.40000 > 10.53.0.2.53: UDP 33 bytes, DNS 4711 "
         "WWW.example.org. A" FATE},
        {FRAME_DNS6,
         "in fd53::1.40000 > fd53::2.53: UDP 33 bytes, DNS 4711 WWW.example.org. A" FATE},
        {FRAME_DNS_TCP, "TCP P. seq 1 ack 2, 35 bytes, DNS 4711 WWW.example.org. A" FATE},
        {FRAME_MACS FRAME_IPV4("11") FRAME_UDP
         "1267 8583 0001 0000 0001 0000 03 6f7267 00 0006 0001",
         "DNS 4711 org. SOA NXDOMAIN aa, 0/1/0 records" FATE},
        {FRAME_MACS FRAME_IPV4("11") FRAME_UDP "1267", "UDP 2 bytes" FATE},
        {FRAME_MACS FRAME_IPV4("11") FRAME_UDP "1267 0100 0001 0000 0000 0000 c0 0c",
         "DNS 4711" FATE},
        {FRAME_ARP, "in ARP request for 10.53.0.2 from 10.53.0.1" FATE},
        {FRAME_MACS FRAME_IPV4("01") "0800 0000 0001 0002",
         "10.53.0.1 > 10.53.0.2: ICMP echo request, 8 bytes" FATE},
        {FRAME_MACS FRAME_IPV4("01") "0303 0000 0001 0002",
         "ICMP unreachable code 3, 8 bytes" FATE},
        {FRAME_MACS FRAME_IPV6("3a") "8700 0000 00000000",
         "ICMPv6 neighbour solicitation, 8 bytes" FATE},
        {FRAME_MACS FRAME_IPV6("3a") "c800 0000", "ICMPv6 type 200, 4 bytes" FATE},
        {FRAME_MACS FRAME_IPV4("84") "0000", "10.53.0.1 > 10.53.0.2: protocol 132" FATE},
        {FRAME_MACS FRAME_IPV4("11") "9c40", "protocol 17" FATE},
        {FRAME_MACS "88cc 0207", "in EtherType 0x88cc, 16 bytes" FATE},
        {"0200", "in EtherType 0x0000, 2 bytes" FATE},
};

static void test_lines(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		json_t *row = row_of(cases[i].hex);
		char *line = line_of(row);

		if (!strstr(line, cases[i].line))
			fail_msg("%sand not: %s", line, cases[i].line);
		free(line);
		json_decref(row);
	}
}

// A name with every kind of byte stays on one line.
static void test_hostile_name(void **state)
{
	json_t *row = row_of(FRAME_MACS FRAME_IPV4("11") FRAME_UDP
	                     "1267 0100 0001 0000 0000 0000 05 0a1b5b314d 00 0001 0001");
	char *line = line_of(row);

	assert_non_null(strstr(line, " \\010\\027[1M. A"));
	assert_int_equal(strcspn(line, "\n"), strlen(line) - 1);
	free(line);
	json_decref(row);
}

static void test_drop(void **state)
{
	json_t *row = row_of(FRAME_ARP);
	char *line;

	json_object_set_new(row, "verdict", json_string("dropped"));
	json_object_set_new(row, "reason", json_string("udp.cksum"));
	json_object_set_new(row, "cycles", json_integer(0));
	json_object_set_new(row, "direction", json_string("out"));
	json_object_set_new(row, "checksum_by_device", json_true());
	line = line_of(row);
	assert_non_null(strstr(line, " out ARP "));
	assert_non_null(strstr(line,
	                       "[dropped: udp.cksum, checksum is wrong; eth ipv4; checksum left "
	                       "to the device; worker 2]"));
	free(line);
	json_object_set_new(row, "reason", json_string("mine.own"));
	line = line_of(row);
	assert_non_null(strstr(line, "[dropped: mine.own; eth"));
	free(line);
	json_decref(row);
}

static void test_no_rows(void **state)
{
	static const struct {
		const char *key, *json;
	} wrong[] = {
	        {"at_us", "-1"},       {"at_us", "\"1\""}, {"port", "1"},     {"port", "null"},
	        {"worker", "70000"},   {"worker", "-1"},   {"verdict", "[]"}, {"direction", "0"},
	        {"cycles", "5e9"},     {"length", "1"},    {"length", "-5"},  {"bytes", "7"},
	        {"bytes", "\"A?AA\""}, {"bytes", "\"A\""},
	};

	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		json_t *row = row_of(FRAME_DNS4);

		assert_true(packet_read(&packet, row));
		json_object_set_new(row, wrong[i].key,
		                    json_loads(wrong[i].json, JSON_DECODE_ANY, NULL));
		if (packet_read(&packet, row))
			fail_msg("%s: %s", wrong[i].key, wrong[i].json);
		json_decref(row);
	}
	assert_false(packet_read(&packet, NULL));
}

// A section with packets of two ports; returns its length.
static size_t section(char **bytes)
{
	size_t size;
	FILE *out = open_memstream(bytes, &size);
	struct pcapng pcapng;

	pcapng_open(&pcapng, out, "a test");
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		json_t *row = row_of(cases[i].hex);

		json_object_set_new(row, "port", json_string(i % 2 ? "net1" : "net0"));
		assert_true(packet_read(&packet, row));
		pcapng_put(&pcapng, &packet, i / 4);
		json_decref(row);
	}
	fclose(out);
	return size;
}

static void test_file(void **state)
{
	struct capture_frame frame;
	struct capture capture;
	struct why why;
	char *bytes;
	size_t len = section(&bytes);

	assert_int_equal(capture_open(&capture, bytes, len, &why), 0);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct frame wanted = frame_of_hex(cases[i].hex);

		assert_true(capture_next(&capture, &frame));
		assert_int_equal(frame.link, CAPTURE_LINK_ETHERNET);
		assert_int_equal(frame.at_us, UINT64_C(1000000) * 3600 * 25 + 61000007);
		assert_int_equal(span_left(&frame.bytes), wanted.len);
		assert_memory_equal(frame.bytes.p, wanted.bytes, wanted.len);
	}
	assert_false(capture_next(&capture, &frame));
	assert_false(capture.cut);
	assert_int_equal(capture.interfaces_len, 2);
	assert_non_null(memmem(bytes, len, "answered; eth ipv4; 2310 cycles; worker 2", 41));
	free(bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_lines), cmocka_unit_test(test_hostile_name),
	        cmocka_unit_test(test_drop),  cmocka_unit_test(test_no_rows),
	        cmocka_unit_test(test_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

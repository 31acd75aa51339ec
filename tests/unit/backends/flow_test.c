// flow: which frames are of one conversation, and that nothing behind a frame's
// end is read.
#include "harness.h"

#include "backends/mem/flow.h"

#include <stdlib.h>

#define MACS  2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2
#define V4    0x08, 0x00
#define V6    0x86, 0xdd
#define VLAN  0x81, 0x00, 0, 7
#define PORTS 0x10, 0x00, 0, 53
#define A4    10, 53, 0, 1
#define B4    10, 53, 0, 2
#define A6    0xfd, 0x53, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1
#define B6    0xfd, 0x53, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2

#define IPV4(ihl, frag, proto)                                                                     \
	0x40 | (ihl), 0, 0, 32, 0, 0, (frag) >> 8, (frag)&0xff, 64, proto, 0, 0
#define IPV6(proto) 0x60, 0, 0, 0, 0, 8, proto, 64

enum { NONE, UDP4, OTHER_PORT, ADDRS4, UDP6, ADDRS6, FLOWS };

// Frames of one flow have one hash, those of different flows different ones.
static const struct {
	int flow;
	size_t len;
	uint8_t bytes[64];
} frames[] = {
        {UDP4, 38, {MACS, V4, IPV4(5, 0, 17), A4, B4, PORTS}},
        {UDP4, 40, {MACS, V4, IPV4(5, 0, 17), A4, B4, PORTS, 99, 98}},
        {UDP4, 38, {MACS, V4, IPV4(5, 0x4000, 17), A4, B4, PORTS}}, // may not be fragmented
        {UDP4, 42, {MACS, VLAN, V4, IPV4(5, 0, 17), A4, B4, PORTS}},
        {UDP4, 42, {MACS, V4, IPV4(6, 0, 17), A4, B4, 1, 1, 1, 1, PORTS}}, // an option
        {UDP4, 38, {MACS, V4, IPV4(5, 0, 6), A4, B4, PORTS}},
        {OTHER_PORT, 38, {MACS, V4, IPV4(5, 0, 17), A4, B4, 0x10, 1, 0, 53}},
        {ADDRS4, 38, {MACS, V4, IPV4(5, 0, 1), A4, B4, PORTS}},       // ICMP
        {ADDRS4, 38, {MACS, V4, IPV4(5, 0x2000, 17), A4, B4, PORTS}}, // the first fragment
        {ADDRS4, 38, {MACS, V4, IPV4(5, 0x0010, 17), A4, B4, 1, 2, 3, 4}},
        {ADDRS4, 36, {MACS, V4, IPV4(5, 0, 17), A4, B4, 0x10, 0}}, // half of the ports
        {UDP6, 58, {MACS, V6, IPV6(17), A6, B6, PORTS}},
        {ADDRS6, 58, {MACS, V6, IPV6(58), A6, B6, PORTS}},
        {NONE, 38, {MACS, 0x08, 0x06}},                        // ARP
        {NONE, 38, {MACS, V4, IPV4(4, 0, 17), A4, B4, PORTS}}, // a header of 16 bytes
        {NONE, 33, {MACS, V4, IPV4(5, 0, 17), A4, B4}},        // one byte short
        {NONE, 53, {MACS, V6, IPV6(17), A6, B6}},
        {NONE, 13, {MACS, 8}},
        {NONE, 0, {0}},
};

static void test_frames_of_a_conversation_agree(void **state)
{
	uint32_t hash[FLOWS] = {0};

	for (size_t i = 0; i < ARRAY_LEN(frames); i++) {
		uint32_t got = flow_hash(frames[i].bytes, frames[i].len);

		if (frames[i].flow != NONE && hash[frames[i].flow] == 0) {
			for (int other = 0; other < FLOWS; other++)
				assert_int_not_equal(got, hash[other]);
			hash[frames[i].flow] = got;
		}
		assert_int_equal(got, hash[frames[i].flow]);
	}
}

static void test_no_byte_behind_the_end_is_read(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(frames); i++) {
		for (size_t len = 0; len <= frames[i].len; len++) {
			uint8_t *exact = malloc(len ? len : 1); // ASan stands behind it

			memcpy(exact, frames[i].bytes, len);
			if (len < 34)
				assert_int_equal(flow_hash(exact, len), 0);
			else
				(void)!flow_hash(exact, len);
			free(exact);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_frames_of_a_conversation_agree),
	        cmocka_unit_test(test_no_byte_behind_the_end_is_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// Refused: what is wrong with a message, and where.
#include "harness.h"

#include "proto/openflow/of_msg.h"

#include <stdio.h>

static const struct {
	const char *title, *hex;
	enum of_fault fault;
	uint32_t at;
} rows[] = {
        {"no header", "040200080000", OF_FAULT_SHORT, 6},
        {"version 0", "0000000800000001", OF_FAULT_VERSION, 0},
        {"1.2", "0305000800000001", OF_FAULT_VERSION, 0},
        {"longer than said", "040500080000000100", OF_FAULT_LENGTH, 2},
        {"shorter than said", "0405000c00000001", OF_FAULT_LENGTH, 2},
        {"a body where none belongs", "0405000c0000000100000000", OF_FAULT_LENGTH, 8},
        {"no body", "0406000800000001", OF_FAULT_SHORT, 8},
        {"features without ports of 48 bytes",
         "01060028000000010000000000000001000000000000000000"
         "00000000000000"
         "0001000000000001",
         OF_FAULT_SHORT, 40},
        {"match of type standard",
         "040a002200000001ffffffff0000000000000000000000000000000400000000"
         "0000",
         OF_FAULT_MATCH_TYPE, 28},
        {"match shorter than its header",
         "040a002200000001ffffffff0000000000000000000000000001000300"
         "0000000000",
         OF_FAULT_MATCH_TYPE, 28},
        {"match longer than the message",
         "040a002200000001ffffffff00000000000000000000000000010010"
         "000000000000",
         OF_FAULT_SHORT, 28},
        {"in_port of 2 bytes",
         "040a002a00000001ffffffff000000000000000000000000"
         "0001000a"
         "800000020001"
         "000000000000"
         "0000",
         OF_FAULT_MATCH, 34},
        {"in_port twice",
         "040a003200000001ffffffff000000000000000000000000"
         "00010014"
         "8000000400000001"
         "8000000400000002"
         "00000000"
         "0000",
         OF_FAULT_MATCH, 44},
        {"mask of half a value",
         "040a002a00000001ffffffff000000000000000000000000"
         "0001000b"
         "80000d03010203"
         "0000000000"
         "0000",
         OF_FAULT_MATCH, 35},
        {"masked field longer than its match",
         "040a002a00000001ffffffff000000000000000000000000"
         "0001000a"
         "80000d080102"
         "000000000000"
         "0000",
         OF_FAULT_MATCH, 34},
        {"actions longer than the message", "040d001800000001fffffffffffffffd0010000000000000",
         OF_FAULT_LENGTH, 24},
        {"action of no length", "040d002000000001fffffffffffffffd00080000000000000000000000000000",
         OF_FAULT_LENGTH, 28},
        {"action of 12 bytes",
         "040d002400000001fffffffffffffffd000c0000000000000000000c0000000100000000",
         OF_FAULT_LENGTH, 24},
        {"output of 8 bytes", "040d002000000001fffffffffffffffd00080000000000000000000800000001",
         OF_FAULT_SHORT, 32},
        {"output of 24 bytes",
         "040d003000000001fffffffffffffffd0018000000000000000000180000000100000000"
         "000000000000000000000000",
         OF_FAULT_LENGTH, 40},
        {"set_field without a field",
         "040d002000000001fffffffffffffffd00080000000000000019000800000000", OF_FAULT_MATCH, 32},
        {"port shorter than its members",
         "050c0038000000010000000000000000"
         "00000001002700000200000000010000703100000000000000000000000000000000000000000000",
         OF_FAULT_SHORT, 52},
        {"property of 3 bytes",
         "05100028000000010000000200000000000000000002000000000001000000650000"
         "000300000820",
         OF_FAULT_LENGTH, 36},
        {"advertise of 2 bytes",
         "05100028000000010000000200000000000000000002000000000001000000650000"
         "000608200000",
         OF_FAULT_SHORT, 36},
        {"a message in a bundle that is longer than it",
         "05220018000000010000000100000000"
         "0502000900000001",
         OF_FAULT_LENGTH, 16},
        {"statistics of 3 bytes",
         "060b0030000000000201006400000000000000000000abcd"
         "0001000400000000"
         "0000000b80020803"
         "0102030000000000",
         OF_FAULT_LENGTH, 43},
};

static size_t unhex(const char *hex, uint8_t *to)
{
	size_t len = 0;
	unsigned byte;

	for (; sscanf(hex, "%2x", &byte) == 1; hex += 2)
		to[len++] = (uint8_t)byte;
	return len;
}

static void test_refused(void **state)
{
	for (unsigned i = 0; i < ARRAY_LEN(rows); i++) {
		struct of_error_at where = {OF_FAULT_NONE, 0};
		uint8_t bytes[256];
		struct of_msg msg;
		size_t len = unhex(rows[i].hex, bytes);
		enum of_fault fault = of_decode(&msg, bytes, len, &where);

		if (fault != rows[i].fault || where.at != rows[i].at)
			fail_msg("%s: %s, at byte %u", rows[i].title, of_fault_text(fault),
			         where.at);
	}
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_refused)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

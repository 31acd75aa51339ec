// be: the bytes on the wire, at any address. That integers cannot be assigned is
// checked where this is built.
#include "harness.h"

#include "core/be.h"

struct OVERLAY odd {
	uint8_t one;
	be16_t two;
	be32_t four;
	be64_t eight;
};
OVERLAY_SIZE(struct odd, 15, eight, 7);

static const uint8_t wire[16] = {0x00, 0x12, 0x34, 0xde, 0xad, 0xbe, 0xef, 0x01,
                                 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0xff};

static void test_values_are_read_where_they_lie(void **state)
{
	// Each alignment; UBSan would tell of a load that needs one.
	for (size_t shift = 0; shift < 8; shift++) {
		uint8_t bytes[24];
		const struct odd *odd = (const struct odd *)(bytes + shift);

		memcpy(bytes + shift, wire, sizeof(wire));
		assert_int_equal(be16_get(odd->two), 0x1234);
		assert_int_equal(be32_get(odd->four), 0xdeadbeef);
		assert_int_equal(be64_get(odd->eight), UINT64_C(0x0102030405060708));
	}
}

static void test_values_are_written_where_they_lie(void **state)
{
	for (size_t shift = 0; shift < 8; shift++) {
		uint8_t bytes[24] = {0};
		struct odd *odd = (struct odd *)(bytes + shift);

		odd->two = be16(0x1234);
		odd->four = be32(0xdeadbeef);
		odd->eight = be64(UINT64_C(0x0102030405060708));
		assert_memory_equal(bytes + shift, wire, sizeof(struct odd));
	}
}

static void test_equality(void **state)
{
	assert_true(be16_eq(be16(0x1234), be16(0x1234)));
	assert_false(be16_eq(be16(0x1234), be16(0x3412)));
	assert_true(be32_eq(be32(1), be32(1)));
	assert_false(be32_eq(be32(1), be32(UINT32_C(1) << 24)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_values_are_read_where_they_lie),
	        cmocka_unit_test(test_values_are_written_where_they_lie),
	        cmocka_unit_test(test_equality),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// span: reading and writing at, before and behind the end, and that an error
// sticks.
#include "harness.h"

#include "core/span.h"

static const uint8_t wire[] = {1, 2, 3, 4, 5, 6, 7, 8};

static void test_reads_in_network_order(void **state)
{
	struct span s = span_of(wire, sizeof(wire));

	assert_int_equal(span_u8(&s), 0x01);
	assert_int_equal(span_u16(&s), 0x0203);
	assert_int_equal(span_u32(&s), 0x04050607);
	assert_int_equal(span_left(&s), 1);
	assert_false(s.bad);
	s = span_of(wire, 8);
	assert_true(span_u64(&s) == UINT64_C(0x0102030405060708));
	assert_true(span_u64(&s) == 0);
	assert_true(s.bad);
}

// Each read with one byte too few gives nothing, takes nothing and marks.
static void test_a_read_past_the_end_is_bad_and_sticks(void **state)
{
	for (size_t n = 1; n <= 5; n++) {
		struct span s = span_of(wire, n - 1);

		switch (n) {
		case 1:
			assert_int_equal(span_u8(&s), 0);
			break;
		case 2:
			assert_int_equal(span_u16(&s), 0);
			break;
		case 4:
			assert_int_equal(span_u32(&s), 0);
			break;
		default:
			assert_null(span_take(&s, n));
		}
		assert_true(s.bad);
		assert_int_equal(span_left(&s), n - 1);
		assert_int_equal(span_u8(&s), 0); // although a byte may be left
		assert_true(s.bad);
	}
}

static void test_a_huge_length_does_not_wrap(void **state)
{
	struct span s = span_of(wire, sizeof(wire));
	uint8_t room[4];
	struct fill f = fill_of(room, sizeof(room));

	assert_null(span_take(&s, SIZE_MAX));
	assert_true(s.bad);
	assert_null(fill_take(&f, SIZE_MAX));
	assert_true(f.bad);
}

static void test_taking_nothing_is_good_even_at_the_end(void **state)
{
	struct span s = span_of(wire, 0);

	assert_ptr_equal(span_take(&s, 0), wire);
	assert_false(s.bad);
}

static void test_sub_is_bounded_by_itself_and_bad_with_its_source(void **state)
{
	struct span s = span_of(wire, sizeof(wire));
	struct span sub = span_sub(&s, 3);

	assert_int_equal(span_left(&s), 5);
	assert_int_equal(span_u32(&sub), 0);
	assert_true(sub.bad);
	assert_false(s.bad);
	sub = span_sub(&s, 6);
	assert_true(sub.bad && s.bad);
	assert_int_equal(span_left(&sub), 0);
	assert_null(span_take(&sub, 0));
}

static void test_writes_in_network_order(void **state)
{
	uint8_t room[sizeof(wire)] = {0};
	struct fill f = fill_of(room, sizeof(room));

	fill_u8(&f, 0x01);
	fill_u16(&f, 0x0203);
	fill_u32(&f, 0x04050607);
	fill_bytes(&f, &wire[7], 1);
	assert_false(f.bad);
	assert_int_equal(fill_len(&f), sizeof(room));
	assert_int_equal(fill_left(&f), 0);
	assert_memory_equal(room, wire, sizeof(wire));
	f = fill_of(room, sizeof(room));
	fill_u64(&f, UINT64_C(0x0102030405060708));
	assert_memory_equal(room, wire, 8);
	fill_u64(&f, 0);
	assert_true(f.bad);
}

static void test_a_write_past_the_end_writes_nothing_and_sticks(void **state)
{
	uint8_t room[4] = {9, 9, 9, 9};
	struct fill f = fill_of(room, 3);

	fill_u32(&f, 0);
	assert_true(f.bad);
	fill_u8(&f, 1);
	fill_u16(&f, 1);
	fill_bytes(&f, wire, 1);
	assert_int_equal(fill_len(&f), 0);
	assert_memory_equal(room, "\x09\x09\x09\x09", 4);
}

static void test_writing_nothing_needs_no_source(void **state)
{
	struct fill f = fill_of(NULL, 0);

	fill_bytes(&f, NULL, 0);
	assert_false(f.bad);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_reads_in_network_order),
	        cmocka_unit_test(test_a_read_past_the_end_is_bad_and_sticks),
	        cmocka_unit_test(test_a_huge_length_does_not_wrap),
	        cmocka_unit_test(test_taking_nothing_is_good_even_at_the_end),
	        cmocka_unit_test(test_sub_is_bounded_by_itself_and_bad_with_its_source),
	        cmocka_unit_test(test_writes_in_network_order),
	        cmocka_unit_test(test_a_write_past_the_end_writes_nothing_and_sticks),
	        cmocka_unit_test(test_writing_nothing_needs_no_source),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

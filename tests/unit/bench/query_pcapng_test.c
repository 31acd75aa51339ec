// query_pcapng: sections of either byte order, clocks of interfaces, each kind of packet block, and
// files that are cut or hostile.
#include "harness.h"

#include "core/mono.h"

#include "proto/bench/query_pcap.h"

#include <errno.h>

static struct query_set set;
static struct query_pcap_counts counts;
static struct why why;

static int teardown(void **state)
{
	query_set_close(&set);
	return 0;
}

// A capture that is being written.
static struct {
	uint8_t b[8192];
	size_t len, block; // block: where the open one begins
	bool big;
} file;

static void put(size_t n, uint64_t value)
{
	for (size_t i = 0; i < n; i++)
		file.b[file.len++] = (uint8_t)(value >> 8 * (file.big ? n - 1 - i : i));
}

static void put_bytes(const void *bytes, size_t len)
{
	memcpy(file.b + file.len, bytes, len);
	file.len += len;
}

static void block_begin(uint32_t type)
{
	file.block = file.len;
	put(4, type);
	put(4, 0);
}

static void block_end(void)
{
	size_t end;

	while (file.len % 4)
		put(1, 0);
	end = file.len + 4;
	file.len = file.block + 4;
	put(4, end - file.block);
	file.len = end - 4;
	put(4, end - file.block);
}

static void section(bool big)
{
	file.big = big;
	block_begin(0x0a0d0d0a);
	put(4, 0x1a2b3c4d);
	put(4, 0x00010000);
	put(8, UINT64_MAX);
	block_end();
}

static void option(uint16_t code, size_t len, uint64_t value)
{
	put(2, code);
	put(2, len);
	put(len, value);
	while (file.len % 4)
		put(1, 0);
}

// resolution -1: without that option, and without one of the offset.
static void interface(uint32_t link, int resolution, int64_t offset_s)
{
	block_begin(1);
	put(2, link);
	put(2, 0);
	put(4, 0);
	option(2, 3, 0x616263); // its name
	if (resolution >= 0) {
		option(9, 1, (uint64_t)resolution);
		option(14, 8, (uint64_t)offset_s);
		option(0, 0, 0);
	}
	block_end();
}

// IPv4 and UDP to port 53 with a query for ". A".
static const uint8_t raw[] = "\x45\0\0\x2d\0\0\0\0\x40\x11\0\0\xc0\0\2\1\xc0\0\2\2"
                             "\x0f\xa0\0\x35\0\x19\0\0"
                             "\x12\x34\1\0\0\1\0\0\0\0\0\0\0\0\1\0\1";
#define RAW_BYTES 45

static void enhanced(uint32_t of, uint64_t units, size_t claimed)
{
	block_begin(6);
	put(4, of);
	put(4, units >> 32);
	put(4, (uint32_t)units);
	put(4, claimed);
	put(4, RAW_BYTES);
	put_bytes(raw, RAW_BYTES);
	block_end();
}

static void begin(void)
{
	query_set_close(&set);
	file.len = 0;
}

static int read_all(void)
{
	why = (struct why){""};
	assert_true(capture_is(file.b, file.len));
	return query_pcap_add(&set, file.b, file.len, &counts, &why);
}

static void test_queries_of_either_byte_order(void **state)
{
	for (unsigned big = 0; big < 2; big++) {
		begin();
		section(big);
		interface(101, -1, 0);
		enhanced(0, 5000000000, RAW_BYTES);
		block_begin(5); // statistics
		put(8, 0);
		block_end();
		enhanced(0, 5000000700, RAW_BYTES);
		assert_int_equal(read_all(), 0);
		assert_int_equal(counts.packets, 2);
		assert_int_equal(counts.others, 0);
		assert_false(counts.cut);
		assert_int_equal(set.len, 2);
		assert_int_equal(set.at_us[0], 0);
		assert_int_equal(set.at_us[1], 700);
		assert_int_equal(query_set_get(&set, 1)->question_len, 5);
		assert_memory_equal(query_set_get(&set, 1)->msg + 2, raw + 30, 15);
	}
}

// Two interfaces of one section, whose clocks count in different units from different starts.
static void test_clocks_of_interfaces(void **state)
{
	static const struct {
		int resolution;
		uint64_t units; // 3 s
	} rows[] = {{0, 3},
	            {3, 3000},
	            {6, 3000000},
	            {9, 3000000000},
	            {12, 3000000000000},
	            {0x80 | 1, 6},
	            {0x80 | 20, 3 << 20},
	            {0x80 | 32, UINT64_C(3) << 32}};

	for (size_t i = 0; i < 2 * ARRAY_LEN(rows); i++) {
		begin();
		section(i % 2);
		interface(101, -1, 0);
		interface(101, rows[i / 2].resolution, 100);
		interface(101, rows[i / 2].resolution, -1);
		enhanced(0, 1000000, RAW_BYTES);
		enhanced(1, rows[i / 2].units, RAW_BYTES);
		enhanced(2, rows[i / 2].units, RAW_BYTES);
		assert_int_equal(read_all(), 0);
		assert_int_equal(set.len, 3);
		assert_int_equal(set.at_us[1], 102 * SEC_US);
		assert_int_equal(set.at_us[2], SEC_US);
	}
}

static void test_simple_and_obsolete_packets(void **state)
{
	begin();
	section(true);
	interface(101, -1, 0);
	block_begin(3);
	put(4, RAW_BYTES);
	put_bytes(raw, RAW_BYTES);
	block_end();
	block_begin(2);
	put(2, 0);
	put(2, 9);
	put(8, 77);
	put(4, RAW_BYTES);
	put(4, RAW_BYTES);
	put_bytes(raw, RAW_BYTES);
	block_end();
	assert_int_equal(read_all(), 0);
	assert_int_equal(set.len, 2);
	assert_int_equal(set.at_us[1], 77);
}

// The second section is of the other byte order and has interfaces of its own.
static void test_a_section_begins_anew(void **state)
{
	begin();
	section(false);
	interface(101, -1, 0);
	interface(101, -1, 0);
	enhanced(1, 5, RAW_BYTES);
	section(true);
	interface(101, -1, 0);
	enhanced(0, 7, RAW_BYTES);
	enhanced(1, 7, RAW_BYTES); // there is none
	assert_int_equal(read_all(), 0);
	assert_int_equal(set.len, 2);
	assert_int_equal(counts.others, 1);
}

static void test_what_cannot_be_read_is_counted_or_named(void **state)
{
	begin();
	section(false);
	assert_int_equal(read_all(), -EINVAL);
	assert_string_equal(why.text, "is a capture without interfaces");
	interface(147, -1, 0);
	assert_int_equal(read_all(), -EINVAL);
	assert_non_null(strstr(why.text, "of the link type 147"));
	interface(101, -1, 0);
	enhanced(0, 1, RAW_BYTES);
	enhanced(1, 1, RAW_BYTES + 4); // more than the block has
	enhanced(1, 1, RAW_BYTES - 1);
	enhanced(UINT32_MAX, 1, RAW_BYTES);
	enhanced(1, 1, RAW_BYTES);
	assert_int_equal(read_all(), 0);
	assert_int_equal(counts.packets, 5);
	assert_int_equal(counts.others, 4);
	assert_int_equal(set.len, 1);
}

static void test_more_interfaces_than_are_kept(void **state)
{
	begin();
	section(false);
	for (unsigned i = 0; i < 100; i++)
		interface(101, -1, 0);
	enhanced(63, 1, RAW_BYTES);
	enhanced(64, 1, RAW_BYTES);
	assert_int_equal(read_all(), 0);
	assert_int_equal(set.len, 1);
	assert_int_equal(counts.others, 1);
}

static void test_a_file_that_is_cut_gives_what_is_whole(void **state)
{
	size_t whole, all;

	begin();
	section(false);
	interface(101, 9, 5);
	enhanced(0, 1, RAW_BYTES);
	whole = file.len;
	enhanced(0, 2, RAW_BYTES);
	all = file.len;
	for (file.len = whole; file.len < all; file.len++) {
		query_set_close(&set);
		assert_int_equal(read_all(), 0);
		assert_int_equal(counts.cut, file.len > whole);
		assert_int_equal(set.len, 1);
	}
	// Lengths of blocks that are none.
	for (uint32_t len = 0; len < 16; len++) {
		file.len = whole;
		put(4, 6);
		put(4, len);
		put(4, len);
		query_set_close(&set);
		assert_int_equal(read_all(), 0);
		assert_int_equal(counts.cut, len != 12);
		assert_int_equal(set.len, 1);
	}
}

#define TEST(name) cmocka_unit_test_teardown(name, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        TEST(test_queries_of_either_byte_order),
	        TEST(test_clocks_of_interfaces),
	        TEST(test_simple_and_obsolete_packets),
	        TEST(test_a_section_begins_anew),
	        TEST(test_what_cannot_be_read_is_counted_or_named),
	        TEST(test_more_interfaces_than_are_kept),
	        TEST(test_a_file_that_is_cut_gives_what_is_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// talkers: what a table says of a stream against exact counts of it: streams of few keys, of
// Zipf's distribution, of an attacker's who would have the table forget, in one table and in
// several.
#include "harness.h"

#include "core/hash.h"
#include "core/rand.h"
#include "core/talkers.h"

#include <stdlib.h>
#include <string.h>

#define IDS    80000
#define TABLES 3
#define SEED   UINT64_C(0x74616c6b657273)

// A stream of ids, counted exactly and in tables.
struct stream {
	struct rand rand;
	uint64_t len, exact[IDS], bytes[IDS];
	struct talkers table[TABLES];
	unsigned tables;
	struct talkers_item item[TABLES][TALKERS_BURST];
	uint32_t key[TABLES][TALKERS_BURST];
	unsigned items[TABLES];
	struct talkers_row row[TABLES * TALKERS_KEYS];
	double zipf[20000]; // cumulative
};
static struct stream stream;

static void flush(unsigned table)
{
	talkers_add(&stream.table[table], stream.item[table], stream.items[table]);
	stream.items[table] = 0;
}

static void begin(unsigned tables, uint64_t seed)
{
	stream.len = 0;
	stream.tables = tables;
	memset(stream.exact, 0, sizeof(stream.exact));
	memset(stream.bytes, 0, sizeof(stream.bytes));
	rand_init(&stream.rand, 1);
	for (unsigned i = 0; i < tables; i++)
		assert_int_equal(talkers_open(&stream.table[i], sizeof(uint32_t), seed), 0);
}

static void end(void)
{
	for (unsigned i = 0; i < stream.tables; i++)
		talkers_close(&stream.table[i]);
}

// Counts an id in the table of the worker that has it: of any, as packets are spread.
static void put(uint32_t id)
{
	unsigned table = (unsigned)rand_below(&stream.rand, stream.tables);
	unsigned at = stream.items[table]++;
	uint32_t bytes = 60 + id % 100;

	assert_true(id < IDS);
	stream.len++;
	stream.exact[id]++;
	stream.bytes[id] += bytes;
	stream.key[table][at] = id;
	stream.item[table][at] = (struct talkers_item){(const uint8_t *)&stream.key[table][at],
	                                               sizeof(uint32_t), bytes};
	if (stream.items[table] == 1 + rand_below(&stream.rand, TALKERS_BURST) ||
	    stream.items[table] == TALKERS_BURST)
		flush(table);
}

static uint32_t id_of(const struct talkers_row *row)
{
	uint32_t id;

	assert_int_equal(row->key->len, sizeof(id));
	memcpy(&id, row->key->key, sizeof(id));
	return id;
}

// Merges with up to `max` rows and asserts every bound; returns the one of the keys without a row.
static uint64_t check(unsigned max, unsigned *len)
{
	static bool listed[IDS];
	struct talkers_total total;
	uint64_t bytes = 0;

	memset(listed, 0, sizeof(listed));
	for (unsigned i = 0; i < stream.tables; i++)
		flush(i);
	*len = talkers_merge(stream.table, stream.tables, stream.row, max, &total);
	assert_int_equal(total.counted, stream.len);
	for (unsigned i = 0; i < *len; i++) {
		const struct talkers_row *row = &stream.row[i];
		uint32_t id = id_of(row);

		assert_false(listed[id]);
		listed[id] = true;
		assert_in_range(stream.exact[id], row->at_least, row->at_most);
		assert_true(row->at_least > 0 && row->bytes <= stream.bytes[id]);
		assert_true(i == 0 || row->at_least <= row[-1].at_least);
	}
	for (uint32_t id = 0; id < IDS; id++) {
		bytes += stream.bytes[id];
		if (!listed[id])
			assert_true(stream.exact[id] <= total.others_at_most);
	}
	assert_int_equal(total.bytes, bytes);
	return total.others_at_most;
}

static uint32_t zipf(uint32_t keys)
{
	double at = (double)(rand_u64(&stream.rand) >> 11) / (double)(UINT64_C(1) << 53);
	uint32_t low = 0, high = keys - 1;

	at *= stream.zipf[keys - 1];
	while (low < high) {
		uint32_t mid = (low + high) / 2;

		if (stream.zipf[mid] < at)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

// The n-th key has a share in proportion to 1 / n, or to 1 / n^2.
static void put_zipf(bool squared)
{
	double sum = 0;

	for (uint32_t i = 0; i < ARRAY_LEN(stream.zipf); i++) {
		sum += 1 / (squared ? (i + 1.0) * (i + 1.0) : i + 1.0);
		stream.zipf[i] = sum;
	}
	for (unsigned i = 0; i < 80000; i++)
		put(zipf(ARRAY_LEN(stream.zipf)));
}

static void put_zipf_1(void)
{
	put_zipf(false);
}

static void put_zipf_2(void)
{
	put_zipf(true);
}

static void put_even(void)
{
	for (unsigned i = 0; i < 80000; i++)
		put((uint32_t)rand_below(&stream.rand, 50000));
}

// A flood of sources of which none comes twice, and five clients of 1 % each beside it.
static void put_flood(void)
{
	for (uint32_t id = 5; id < IDS; id++)
		put(rand_below(&stream.rand, 20) == 0 ? (uint32_t)rand_below(&stream.rand, 5) : id);
}

// Five clients first, and then the flood that is to have them forgotten.
static void put_flood_after(void)
{
	for (unsigned i = 0; i < 5000; i++)
		put(i % 5);
	for (uint32_t id = 5; id < IDS; id++)
		put(id);
}

// Somewhat more keys than there is room for, in turn: each takes the place of one that comes again.
static void put_turns(void)
{
	for (unsigned i = 0; i < 80000; i++)
		put(i % (TALKERS_KEYS + TALKERS_KEYS / 2));
}

// Each key some times on end, and then never again.
static void put_runs(void)
{
	for (uint32_t id = 0; id < 16000; id++)
		for (unsigned i = 0; i < 5; i++)
			put(id);
}

// What no key without a row may have exceeded, beside the mean of a table's counters.
static void test_bounds_hold_and_are_narrow(void **state)
{
	static const struct {
		const char *name;
		void (*put)(void);
		double others; // per len / TALKERS_KEYS
	} streams[] = {
	        {"Zipf 1", put_zipf_1, 1.4},
	        {"Zipf 2", put_zipf_2, 0.05},
	        {"even", put_even, 1.4},
	        {"flood", put_flood, 1.3},
	        {"flood after", put_flood_after, 1.3},
	        {"turns", put_turns, 2.2},
	        {"runs", put_runs, 1.3},
	};

	for (size_t i = 0; i < ARRAY_LEN(streams); i++) {
		for (unsigned tables = 1; tables <= TABLES; tables += TABLES - 1) {
			uint64_t others;
			unsigned len;

			begin(tables, SEED + i);
			streams[i].put();
			others = check(ARRAY_LEN(stream.row), &len);
			print_message("%s, %u tables: %u rows, others at most %ju of %ju (%.2f)\n",
			              streams[i].name, tables, len, (uintmax_t)others,
			              (uintmax_t)stream.len,
			              (double)others * TALKERS_KEYS / (double)stream.len);
			assert_true((double)others <=
			            streams[i].others * (double)stream.len / TALKERS_KEYS);
			end();
		}
	}
}

// The five of a flood are the first five rows, within a few of what they sent.
static void test_a_flood_does_not_hide_others(void **state)
{
	unsigned len;

	begin(2, SEED);
	put_flood();
	check(5, &len);
	assert_int_equal(len, 5);
	for (unsigned i = 0; i < len; i++) {
		assert_true(id_of(&stream.row[i]) < 5);
		assert_true(stream.row[i].at_most - stream.row[i].at_least < 200);
	}
	end();
}

static void test_few_keys_are_counted_exactly(void **state)
{
	unsigned len;

	for (unsigned tables = 1; tables <= TABLES; tables++) {
		begin(tables, SEED);
		for (unsigned i = 0; i < 20000; i++)
			put((uint32_t)u64_min(rand_below(&stream.rand, 100),
			                      rand_below(&stream.rand, 100)));
		assert_int_equal(check(ARRAY_LEN(stream.row), &len), 0);
		assert_int_equal(len, 100);
		for (unsigned i = 0; i < len; i++) {
			const struct talkers_row *row = &stream.row[i];

			assert_int_equal(row->at_least, stream.exact[id_of(row)]);
			assert_int_equal(row->at_most, row->at_least);
			assert_int_equal(row->bytes, stream.bytes[id_of(row)]);
		}
		end();
	}
}

// An attacker who knew the seed would fill one bucket: its keys get wide bounds, which hold; no
// other bucket is concerned. With a seed that it does not know its keys are as any others.
static void test_keys_of_one_bucket(void **state)
{
	static uint32_t chosen[300];
	unsigned n = 0, len;
	uint64_t known, unknown;

	for (uint32_t id = 0; id < IDS && n < ARRAY_LEN(chosen); id++)
		if (hash_key(SEED, &id, sizeof(id)) % TALKERS_BUCKETS == 7)
			chosen[n++] = id;
	assert_int_equal(n, ARRAY_LEN(chosen));
	for (unsigned round = 0; round < 2; round++) {
		begin(1, SEED + round);
		for (unsigned i = 0; i < 40000; i++)
			put(chosen[i % n]);
		*(round ? &unknown : &known) = check(ARRAY_LEN(stream.row), &len);
		assert_int_equal(len, round ? n : TALKERS_WAYS);
		end();
	}
	assert_int_equal(known, 40000 / TALKERS_WAYS);
	assert_int_equal(unknown, 0);
}

// Fewer rows are the first of all, and what is left out counts among the others.
static void test_rows_that_are_left_out(void **state)
{
	static struct talkers_row all[TALKERS_KEYS];
	uint64_t others, before = 0;
	unsigned len;

	begin(1, SEED);
	put_zipf_1();
	check(TALKERS_KEYS, &len);
	memcpy(all, stream.row, len * sizeof(all[0]));
	for (unsigned max = len; max > 0; max = max > 40 ? max / 3 : max - 1) {
		unsigned cut;

		others = check(max, &cut);
		assert_int_equal(cut, max);
		assert_memory_equal(all, stream.row, cut * sizeof(all[0]));
		assert_true(others >= before);
		before = others;
	}
	assert_true(check(0, &len) >= all[0].at_least);
	assert_int_equal(len, 0);
	end();
}

// Keys of any length up to the longest, of which each is the beginning of the next.
static void test_long_keys(void **state)
{
	static struct talkers_row row[TALKERS_KEY_BYTES + 1];
	static uint8_t bytes[TALKERS_KEY_BYTES];
	struct talkers_total total;
	struct talkers talkers;
	unsigned len;

	memset(bytes, 'a', sizeof(bytes));
	assert_int_equal(talkers_open(&talkers, TALKERS_KEY_BYTES, SEED), 0);
	for (unsigned i = 1; i <= TALKERS_KEY_BYTES; i++)
		for (unsigned times = 0; times <= i; times++)
			talkers_add(&talkers, &(struct talkers_item){bytes, (uint8_t)i, 1}, 1);
	len = talkers_merge(&talkers, 1, row, ARRAY_LEN(row), &total);
	assert_int_equal(len, TALKERS_KEY_BYTES);
	for (unsigned i = 0; i < len; i++) {
		assert_int_equal(row[i].key->len, TALKERS_KEY_BYTES - i);
		assert_int_equal(row[i].at_least, row[i].key->len + 1);
		assert_memory_equal(row[i].key->key, bytes, row[i].key->len);
	}
	talkers_close(&talkers);
	talkers_close(&talkers);
}

static void test_nothing_was_counted(void **state)
{
	unsigned len;

	begin(TABLES, SEED);
	assert_int_equal(check(10, &len), 0);
	assert_int_equal(len, 0);
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_bounds_hold_and_are_narrow),
	        cmocka_unit_test(test_a_flood_does_not_hide_others),
	        cmocka_unit_test(test_few_keys_are_counted_exactly),
	        cmocka_unit_test(test_keys_of_one_bucket),
	        cmocka_unit_test(test_rows_that_are_left_out),
	        cmocka_unit_test(test_long_keys),
	        cmocka_unit_test(test_nothing_was_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

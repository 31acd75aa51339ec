// zone_read: many zones at a time are read as one after the other would be: the same
// zones, the same errors, the same reports in the same order. Meant for TSan as well.
#include "harness.h"

#include "apps/dns/zone_read.h"
#include "proto/dns/zone/zone_image.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#define ZONES 60

static char folder[] = "/tmp/wadi-zone-read-XXXXXX";

// Every fifth zone is broken, every third gets a warning, and two are so large, a sound
// and a broken one, that threads share the work on them.
static void write_zone(unsigned i)
{
	char path[64];
	FILE *out;

	snprintf(path, sizeof(path), "%s/%02u", folder, i);
	out = fopen(path, "w");
	assert_non_null(out);
	fprintf(out, "$TTL 60\n@ SOA ns host %u 7200 3600 1209600 300\n@ NS ns\nns A 192.0.2.1\n",
	        i);
	if (i % 5 == 4)
		fprintf(out, "a A 192.0.2.256\nb AAAA 192.0.2.1\n");
	if (i % 3 == 0)
		fprintf(out, "t 60 TXT x\nt 70 TXT y\n");
	for (unsigned k = 0; (i == 2 || i == 4) && k < 40000; k++)
		fprintf(out, "n%u A 192.0.2.%u\n", k, i == 4 && k % 9999 == 9998 ? 256 : k % 256);
	fclose(out);
}

static int write_zones(void **state)
{
	if (!mkdtemp(folder))
		return -1;
	for (unsigned i = 0; i < ZONES; i++)
		write_zone(i);
	return 0;
}

static int remove_zones(void **state)
{
	for (unsigned i = 0; i < ZONES; i++) {
		char path[64];

		snprintf(path, sizeof(path), "%s/%02u", folder, i);
		unlink(path);
	}
	return rmdir(folder);
}

struct told {
	size_t len;
	char text[1 << 16];
};

static void tell(void *ctx, const struct zone_report *report)
{
	struct told *told = ctx;
	char text[1024];

	zone_report_text(report, text, sizeof(text));
	told->len += (size_t)snprintf(told->text + told->len, sizeof(told->text) - told->len,
	                              "%s\n", text);
	assert_true(told->len < sizeof(told->text));
}

static struct zone_table table(void)
{
	struct zone_table zones = {0};

	for (unsigned i = 0; i < ZONES; i++) {
		const uint8_t origin[] = {3, 'z', (uint8_t)('0' + i / 10), (uint8_t)('0' + i % 10),
		                          0};
		char path[64];

		snprintf(path, sizeof(path), "%s/%02u", folder, i);
		assert_int_equal(zone_table_add(&zones, origin,
		                                &(struct dns_zone_source){path, false, false},
		                                NULL),
		                 0);
	}
	assert_null(zone_table_sort(&zones));
	return zones;
}

static struct dns_loading read_all(struct zone_table *zones, const struct zone_table *before,
                                   bool all, unsigned threads, struct told *told)
{
	struct dns_loading loading = {
	        .options = {.hash_key = 1}, .threads = threads, .on_report = tell, .ctx = told};

	told->len = 0;
	told->text[0] = 0;
	assert_int_equal(zone_read_table(zones, before, all, &loading), 0);
	return loading;
}

static void assert_same(const struct zone_table *a, const struct zone_table *b)
{
	for (unsigned i = 0; i < ZONES; i++) {
		const struct dns_zone *x = a->items[i], *y = b->items[i];

		assert_true(y->read);
		assert_int_equal(!x->zone, !y->zone);
		if (x->zone) {
			assert_int_equal(zone_bytes(x->zone), zone_bytes(y->zone));
			assert_memory_equal(x->zone->image, y->zone->image, zone_bytes(x->zone));
		}
		assert_int_equal(!x->error, !y->error);
		if (x->error)
			assert_string_equal(x->error, y->error);
	}
}

static void test_many_at_a_time_are_as_one_after_the_other(void **state)
{
	static const unsigned threads[] = {2, 3, 8, ZONES};
	static const struct zone_table none;
	static struct told wanted, told;
	struct zone_table one = table();
	struct dns_loading alone = read_all(&one, &none, true, 1, &wanted);

	assert_int_equal(alone.errors, 2 * ZONES / 5 + 4);
	assert_true(alone.warnings >= ZONES / 3 - ZONES / 15);
	for (size_t i = 0; i < ARRAY_LEN(threads); i++) {
		struct zone_table many = table();
		struct dns_loading loading = read_all(&many, &none, true, threads[i], &told);

		assert_string_equal(told.text, wanted.text);
		assert_int_equal(loading.errors, alone.errors);
		assert_int_equal(loading.warnings, alone.warnings);
		assert_same(&one, &many);
		zone_table_free(&many);
	}
	zone_table_free(&one);
}

// What has not changed stays, and only what has errors is read and told again.
static void test_unchanged_zones_stay(void **state)
{
	static const struct zone_table none;
	static struct told told;
	struct zone_table before = table(), next = table();
	struct dns_loading loading;

	read_all(&before, &none, true, 4, &told);
	loading = read_all(&next, &before, false, 4, &told);
	assert_int_equal(loading.errors, 2 * ZONES / 5 + 4);
	for (unsigned i = 0; i < ZONES; i++) {
		assert_ptr_equal(next.items[i]->zone, before.items[i]->zone);
		assert_int_equal(!next.items[i]->error, i % 5 != 4);
	}
	zone_table_free(&before);
	zone_table_free(&next);
}

static _Atomic unsigned asked, stop_at;

static bool stopped(void)
{
	return asked++ >= stop_at;
}

// At whatever time: no zone is taken for broken, and what was told before is what is told
// of the first zones in any case.
static void test_a_stop_ends_the_reading(void **state)
{
	static const unsigned threads[] = {1, 2, 8};
	static const struct zone_table none;
	static struct told wanted, told;
	struct zone_table one = table();

	read_all(&one, &none, true, 1, &wanted);
	for (size_t i = 0; i < ARRAY_LEN(threads); i++) {
		for (unsigned at = 0; at < 300; at += 1 + at) {
			struct dns_loading loading = {
			        .options = {.hash_key = 1, .stopped = stopped},
			        .threads = threads[i],
			        .on_report = tell,
			        .ctx = &told};
			struct zone_table zones = table();

			asked = 0;
			told.len = 0;
			told.text[0] = 0;
			stop_at = at;
			assert_int_equal(zone_read_table(&zones, &none, true, &loading),
			                 -ECANCELED);
			assert_memory_equal(told.text, wanted.text, told.len);
			for (unsigned k = 0; k < ZONES; k++) {
				const struct dns_zone *zone = zones.items[k];

				assert_true(!zone->error || one.items[k]->error);
				assert_true(!zone->zone || one.items[k]->zone);
			}
			zone_table_free(&zones);
		}
	}
	zone_table_free(&one);
}

#define BROKEN_ZONES  64
#define BROKEN_ERRORS 1001 // with the one that says that there are more

static struct {
	size_t reports;
	unsigned asks_all; // of all zones
	bool waited;
} teller;

static bool count_asks(void)
{
	asked++;
	return false;
}

// Before the first report is taken, who reads gets time to read all, and must not.
static void tell_late(void *ctx, const struct zone_report *report)
{
	unsigned nth = (unsigned)(teller.reports++ % BROKEN_ERRORS);

	assert_int_equal(report->line, nth + 1 < BROKEN_ERRORS ? nth + 4 : 0);
	for (unsigned i = 0; i < 100 && !teller.waited && asked < teller.asks_all; i++)
		usleep(10000);
	assert_true(!teller.asks_all || teller.waited || asked < teller.asks_all);
	teller.waited = true;
}

static void read_broken(const char *path, unsigned threads)
{
	struct dns_loading loading = {.options = {.hash_key = 1, .stopped = count_asks},
	                              .threads = threads,
	                              .on_report = tell_late};
	const struct dns_zone_source source = {path, false, false};
	static const struct zone_table none;
	struct zone_table zones = {0};

	for (unsigned i = 0; i < BROKEN_ZONES; i++) {
		const uint8_t origin[] = {3, 'b', (uint8_t)('a' + i / 16), (uint8_t)('a' + i % 16),
		                          0};

		assert_int_equal(zone_table_add(&zones, origin, &source, NULL), 0);
	}
	assert_null(zone_table_sort(&zones));
	teller.reports = 0;
	teller.waited = false;
	asked = 0;
	assert_int_equal(zone_read_table(&zones, &none, true, &loading), 0);
	assert_int_equal(teller.reports, BROKEN_ZONES * BROKEN_ERRORS);
	assert_int_equal(loading.errors, BROKEN_ZONES * BROKEN_ERRORS);
	for (unsigned i = 0; i < BROKEN_ZONES; i++)
		assert_non_null(zones.items[i]->error);
	zone_table_free(&zones);
}

// Reports that wait are bounded, whatever there is to report, and keep their order.
static void test_reports_that_wait_are_bounded(void **state)
{
	static const unsigned threads[] = {2, 3, 8};
	char path[64];
	FILE *out;

	snprintf(path, sizeof(path), "%s/broken", folder);
	out = fopen(path, "w");
	assert_non_null(out);
	fprintf(out, "$TTL 60\n@ SOA n.t. h.t. 1 7200 3600 1209600 300\n@ NS n.t.\n");
	for (unsigned i = 0; i < BROKEN_ERRORS; i++)
		fprintf(out, "a A 256\n");
	fclose(out);
	teller.asks_all = 0;
	read_broken(path, 1);
	teller.asks_all = asked;
	for (size_t i = 0; i < ARRAY_LEN(threads); i++)
		read_broken(path, threads[i]);
	unlink(path);
}

// The niceness of those that ask while they read, and of one more that asks.
static _Atomic int nice_least, nice_most;

static bool look(void)
{
	int nice = getpriority(PRIO_PROCESS, 0), seen = nice_least;

	while (nice < seen && !atomic_compare_exchange_weak(&nice_least, &seen, nice))
		;
	seen = nice_most;
	while (nice > seen && !atomic_compare_exchange_weak(&nice_most, &seen, nice))
		;
	return false;
}

// Who reads beside workers gives way to them; who called stays what it is.
static void test_readers_give_way_when_told(void **state)
{
	static const unsigned threads[] = {1, 2, 8};
	static const struct zone_table none;
	static struct told wanted, told;
	int own = getpriority(PRIO_PROCESS, 0);

	for (unsigned yields = 0; yields < 2; yields++) {
		for (size_t i = 0; i < ARRAY_LEN(threads); i++) {
			struct dns_loading loading = {.options = {.hash_key = 1, .stopped = look},
			                              .threads = threads[i],
			                              .yields = yields,
			                              .on_report = tell,
			                              .ctx = &told};
			struct zone_table zones = table();

			told.len = 0;
			nice_least = 100;
			nice_most = -100;
			assert_int_equal(zone_read_table(&zones, &none, true, &loading), 0);
			assert_int_equal(nice_least, yields ? 10 : own);
			assert_int_equal(nice_most, yields ? 10 : own);
			assert_int_equal(getpriority(PRIO_PROCESS, 0), own);
			if (!yields && i == 0)
				wanted = told;
			assert_string_equal(told.text, wanted.text);
			zone_table_free(&zones);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_many_at_a_time_are_as_one_after_the_other),
	        cmocka_unit_test(test_unchanged_zones_stay),
	        cmocka_unit_test(test_a_stop_ends_the_reading),
	        cmocka_unit_test(test_readers_give_way_when_told),
	        cmocka_unit_test(test_reports_that_wait_are_bounded),
	};

	return cmocka_run_group_tests(tests, write_zones, remove_zones);
}

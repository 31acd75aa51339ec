// zone_read: reading with many threads gives the same zones, errors and reports, in the same
// order, as reading with one. TSan runs this test, too.
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

// Every fifth zone has an error and every third a warning. Two zones, one of them with an error,
// are so large that threads share the work on them.
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

struct reports {
	size_t len;
	char text[1 << 16];
};

static void add_report(void *ctx, const struct zone_report *report)
{
	struct reports *reports = ctx;
	char text[1024];

	zone_report_text(report, text, sizeof(text));
	reports->len += (size_t)snprintf(reports->text + reports->len,
	                                 sizeof(reports->text) - reports->len, "%s\n", text);
	assert_true(reports->len < sizeof(reports->text));
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
	zone_table_sort(&zones);
	return zones;
}

static struct dns_loading read_all(struct zone_table *zones, const struct zone_table *before,
                                   bool all, unsigned threads, struct reports *reports)
{
	struct dns_loading loading = {.options = {.hash_key = 1},
	                              .threads = threads,
	                              .on_report = add_report,
	                              .ctx = reports};

	reports->len = 0;
	reports->text[0] = 0;
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

static void test_threads_do_not_change_the_result(void **state)
{
	static const unsigned threads[] = {2, 3, 8, ZONES};
	static const struct zone_table none;
	static struct reports wanted, reports;
	struct zone_table one = table();
	struct dns_loading alone = read_all(&one, &none, true, 1, &wanted);

	assert_int_equal(alone.errors, 2 * ZONES / 5 + 4);
	assert_true(alone.warnings >= ZONES / 3 - ZONES / 15);
	for (size_t i = 0; i < ARRAY_LEN(threads); i++) {
		struct zone_table many = table();
		struct dns_loading loading = read_all(&many, &none, true, threads[i], &reports);

		assert_string_equal(reports.text, wanted.text);
		assert_int_equal(loading.errors, alone.errors);
		assert_int_equal(loading.warnings, alone.warnings);
		assert_same(&one, &many);
		zone_table_free(&many);
	}
	zone_table_free(&one);
}

// Unchanged zones are kept; only those with errors are read and reported again.
static void test_unchanged_zones_are_kept(void **state)
{
	static const struct zone_table none;
	static struct reports reports;
	struct zone_table before = table(), next = table();
	struct dns_loading loading;

	read_all(&before, &none, true, 4, &reports);
	loading = read_all(&next, &before, false, 4, &reports);
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

// Whenever reading is stopped, no zone counts as broken, and the reports until then are those of
// the first zones.
static void test_a_stop_ends_the_reading(void **state)
{
	static const unsigned threads[] = {1, 2, 8};
	static const struct zone_table none;
	static struct reports wanted, reports;
	struct zone_table one = table();

	read_all(&one, &none, true, 1, &wanted);
	for (size_t i = 0; i < ARRAY_LEN(threads); i++) {
		for (unsigned at = 0; at < 300; at += 1 + at) {
			struct dns_loading loading = {
			        .options = {.hash_key = 1, .stopped = stopped},
			        .threads = threads[i],
			        .on_report = add_report,
			        .ctx = &reports};
			struct zone_table zones = table();

			asked = 0;
			reports.len = 0;
			reports.text[0] = 0;
			stop_at = at;
			assert_int_equal(zone_read_table(&zones, &none, true, &loading),
			                 -ECANCELED);
			assert_memory_equal(reports.text, wanted.text, reports.len);
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
#define BROKEN_ERRORS 1001 // with the one that reports that there are more

static struct {
	size_t reports;
	unsigned calls_all; // for all zones
	bool waited;
} reporter;

static bool count_asks(void)
{
	asked++;
	return false;
}

// Delays the first report, so that the readers have time to read all zones, which they must not.
static void tell_late(void *ctx, const struct zone_report *report)
{
	unsigned nth = (unsigned)(reporter.reports++ % BROKEN_ERRORS);

	assert_int_equal(report->line, nth + 1 < BROKEN_ERRORS ? nth + 4 : 0);
	for (unsigned i = 0; i < 100 && !reporter.waited && asked < reporter.calls_all; i++)
		usleep(10000);
	assert_true(!reporter.calls_all || reporter.waited || asked < reporter.calls_all);
	reporter.waited = true;
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
	zone_table_sort(&zones);
	reporter.reports = 0;
	reporter.waited = false;
	asked = 0;
	assert_int_equal(zone_read_table(&zones, &none, true, &loading), 0);
	assert_int_equal(reporter.reports, BROKEN_ZONES * BROKEN_ERRORS);
	assert_int_equal(loading.errors, BROKEN_ZONES * BROKEN_ERRORS);
	for (unsigned i = 0; i < BROKEN_ZONES; i++)
		assert_non_null(zones.items[i]->error);
	zone_table_free(&zones);
}

// The number of waiting reports is bounded, and their order is kept.
static void test_waiting_reports_are_bounded(void **state)
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
	reporter.calls_all = 0;
	read_broken(path, 1);
	reporter.calls_all = asked;
	for (size_t i = 0; i < ARRAY_LEN(threads); i++)
		read_broken(path, threads[i]);
	unlink(path);
}

// The niceness of the threads that call `stopped` while they read.
static _Atomic int nice_lowest, nice_highest;

static bool look(void)
{
	int nice = getpriority(PRIO_PROCESS, 0), seen = nice_lowest;

	while (nice < seen && !atomic_compare_exchange_weak(&nice_lowest, &seen, nice))
		;
	seen = nice_highest;
	while (nice > seen && !atomic_compare_exchange_weak(&nice_highest, &seen, nice))
		;
	return false;
}

// Threads that read beside workers have a low priority; the calling thread keeps its own.
static void test_readers_yield_when_asked_to(void **state)
{
	static const unsigned threads[] = {1, 2, 8};
	static const struct zone_table none;
	static struct reports wanted, reports;
	int own = getpriority(PRIO_PROCESS, 0);

	for (unsigned yields = 0; yields < 2; yields++) {
		for (size_t i = 0; i < ARRAY_LEN(threads); i++) {
			struct dns_loading loading = {.options = {.hash_key = 1, .stopped = look},
			                              .threads = threads[i],
			                              .yields = yields,
			                              .on_report = add_report,
			                              .ctx = &reports};
			struct zone_table zones = table();

			reports.len = 0;
			nice_lowest = 100;
			nice_highest = -100;
			assert_int_equal(zone_read_table(&zones, &none, true, &loading), 0);
			assert_int_equal(nice_lowest, yields ? 10 : own);
			assert_int_equal(nice_highest, yields ? 10 : own);
			assert_int_equal(getpriority(PRIO_PROCESS, 0), own);
			if (!yields && i == 0)
				wanted = reports;
			assert_string_equal(reports.text, wanted.text);
			zone_table_free(&zones);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_threads_do_not_change_the_result),
	        cmocka_unit_test(test_unchanged_zones_are_kept),
	        cmocka_unit_test(test_a_stop_ends_the_reading),
	        cmocka_unit_test(test_readers_yield_when_asked_to),
	        cmocka_unit_test(test_waiting_reports_are_bounded),
	};

	return cmocka_run_group_tests(tests, write_zones, remove_zones);
}

// zone_read_parallel: a large zone that is read in batches gives the same image, byte for byte, and
// the same reports in the same order as one read record by record, whatever the order of jobs.
// zone_read_test runs the jobs on threads.
#include "zones.h"

#include "proto/dns/load/zone_check.h"
#include "proto/dns/load/zone_intake.h"
#include "proto/dns/load/zone_render.h"

#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#define TEXT_BYTES (8u << 20)

// Texts of zones. Lines are repeated, # being a number of its own, until there are `lines`
// of them in all; every 4,001st line is `seldom` instead.
struct text {
	const char *line, *seldom;
	unsigned lines;
};

#define HEAD "$TTL 60\n@ SOA ns hostmaster 1 7200 3600 1209600 300\n@ NS ns\nns A 192.0.2.1\n"

#define SIG(type) " RRSIG " type " 8 1 60 20300101000000 20200101000000 1 t. AAAA\n"

// clang-format off
static const struct text texts[] = {
        {"n# A 192.0.2.1\n", "n# A 192.0.2.2\n", 16000},
        {"n# A 192.0.2.1\n", "n# A 192.0.2.2\n", 42000},
        {"a#.b.c CNAME ns\n", "*.w# MX 1 ns\n A 192.0.2.7\n", 27000},
        {"n# A 192.0.2.1\n", "x# A 192.0.2.256\n TXT y\n", 27000},
        {"n# A 192.0.2.1\n", "x#.else. A 192.0.2.1\ny 30 A 192.0.2.1\ny 40 A 192.0.2.2\n", 27000},
        {"n# A 192.0.2.1\n", "$GENERATE 1-9000/3 g#-$ A 192.0.2.1\n", 20000},
        {"n# A 192.0.2.1\n", "$GENERATE 254-258 g#-$ A 192.0.2.$\n$ORIGIN o\n$TTL 1h\n", 20000},
        {"n# A 192.0.2.256\n", "n# A 192.0.2.1\n", 27000},
        {"n#.else. A 192.0.2.1\n n# A 192.0.2.1\n", "b# A (\n", 27000},
        {"d# NS ns.d#\nns.d# A 192.0.2.1\nm# MX 1 a#.w\n", "*.w A 192.0.2.1\nx# DNAME d#\n",
         20000},
        {"d# NS d#.d#\nm# NS b\nm# DS 1 8 9 00\nm#" SIG("DS") "m# NSEC m DS NS RRSIG\n",
         "@ NSEC m NS SOA NSEC RRSIG\n@" SIG("NSEC") "@" SIG("SOA") "@" SIG("NS"), 20000},
        {" TXT #\n", "d# NS ns.d#\nns.d# A 192.0.2.1\n", 27000},
        {"n# CNAME n#.else.\n", "n1 CNAME x#\nn# NS ns\n", 27000},
};
// clang-format on

static size_t line_put(char *to, const char *line, unsigned number)
{
	size_t len = 0;

	for (; *line; line++) {
		if (*line == '#')
			len += (size_t)sprintf(to + len, "%u", number);
		else
			to[len++] = *line;
	}
	to[len] = 0;
	return len;
}

static char *text_make(const struct text *text)
{
	char *made = malloc(TEXT_BYTES);
	size_t len = (size_t)sprintf(made, HEAD "a TXT b\n");

	for (unsigned i = 0; i < text->lines; i++)
		len += line_put(made + len, i % 4001 == 4000 ? text->seldom : text->line, i);
	assert_true(len < TEXT_BYTES);
	return made;
}

struct told {
	size_t len;
	char text[1 << 20];
};

static void tell(void *ctx, const struct zone_report *report)
{
	struct told *told = ctx;

	told->len += (size_t)snprintf(told->text + told->len, sizeof(told->text) - told->len,
	                              "%s:%u:%u: %d %d %s\n", report->file, report->line,
	                              report->column, report->warning, report->check, report->text);
	assert_true(told->len < sizeof(told->text));
}

// The image made by adding records one by one; NULL: none.
static struct zone_image *image_of(const char *text, const uint8_t *origin, struct told *told)
{
	const struct zone_policy policy = {.strict = false};
	struct zone_reporter reporter = {
	        .policy = &policy, .on_report = tell, .ctx = told, .file = "z"};
	struct zone_records records;
	struct zone_intake intake = {.records = &records, .reporter = &reporter};
	struct zone_image *image = NULL;
	long errors;

	told->len = 0;
	assert_int_equal(zone_records_init(&records, "z", origin, 1), 0);
	errors = zonefile_read_text("z", text, strlen(text), origin, zone_intake_record,
	                            zone_intake_report, &intake);
	assert_int_equal(zone_check(&records, &reporter, 0, NULL, NULL), 0);
	if (!errors && !reporter.errors)
		image = zone_render(&records, NULL, NULL);
	zone_records_fini(&records);
	return image;
}

static void run_forth(void *ctx, zone_job_fn *job, void *work, size_t len)
{
	for (size_t i = 0; i < len; i++)
		job(work, i);
}

static void run_back(void *ctx, zone_job_fn *job, void *work, size_t len)
{
	while (len-- > 0)
		job(work, len);
}

static const struct zone_pool forth = {run_forth, NULL, 1}, back = {run_back, NULL, 3};
static const struct zone_pool *const pools[] = {NULL, &forth, &back};

static void test_batches_make_the_same_zone(void **state)
{
	static struct told wanted, told;
	struct dns_name origin = message_name("t.");
	unsigned sound = 0;

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		char *text = text_make(&texts[i]);
		struct zone_image *image = image_of(text, origin.wire, &wanted);

		sound += image != NULL;
		for (size_t k = 0; k < ARRAY_LEN(pools); k++) {
			struct zone_options options = {.hash_key = 1, .pool = pools[k]};
			struct zone *zone;

			told.len = 0;
			told.text[0] = 0;
			zone = zone_load_text("z", text, strlen(text), origin.wire, &options, tell,
			                      &told);
			assert_int_equal(told.len, wanted.len);
			assert_memory_equal(told.text, wanted.text, told.len);
			assert_int_equal(!zone, !image);
			if (zone)
				assert_memory_equal(zone->image, image, image->bytes);
			zone_put(zone);
		}
		free(image);
		free(text);
	}
	assert_true(sound >= 6 && sound < ARRAY_LEN(texts) - 2);
}

// Files are reported when they are included, and reports name them, long after the reader has
// closed them.
static void test_batches_keep_what_was_included(void **state)
{
	char folder[] = "/tmp/wadi-feed-XXXXXX", path[2][64];
	static struct told told;
	struct dns_name origin = message_name("t.");
	unsigned lines = 0;

	assert_non_null(mkdtemp(folder));
	for (unsigned i = 0; i < 2; i++) {
		FILE *out;

		snprintf(path[i], sizeof(path[i]), "%s/%u", folder, i);
		out = fopen(path[i], "w");
		assert_non_null(out);
		fputs(i == 0 ? HEAD : "bad A 192.0.2.256\nin.else. A 192.0.2.1\n", out);
		for (unsigned k = 0; i == 0 && k < 50000; k++)
			fprintf(out, "%s%u%s\n", k % 10000 == 9999 ? "$INCLUDE 1 o" : "n", k,
			        k % 10000 == 9999 ? "" : " A 192.0.2.1");
		fclose(out);
	}
	for (size_t k = 0; k < ARRAY_LEN(pools); k++) {
		struct zone_options options = {.hash_key = 1, .pool = pools[k]};
		static struct told wanted;
		struct zone *zone;

		told.len = 0;
		zone = zone_load(path[0], origin.wire, &options, tell, &told);
		assert_null(zone);
		if (k == 0)
			wanted = told;
		assert_int_equal(told.len, wanted.len);
		assert_memory_equal(told.text, wanted.text, told.len);
	}
	for (const char *at = told.text; (at = strstr(at, path[1])); at++)
		lines++;
	assert_int_equal(lines, 10);
	unlink(path[0]);
	unlink(path[1]);
	rmdir(folder);
}

// How often the load was polled for cancellation, and from which poll on it is cancelled.
static unsigned asked, stop_at;

static bool stopped(void)
{
	return asked++ >= stop_at;
}

static struct zone *load_until(const char *text, const struct zone_pool *pool, unsigned at)
{
	struct zone_options options = {.hash_key = 1, .pool = pool, .stopped = stopped};
	struct dns_name origin = message_name("t.");
	static struct told told;

	asked = told.len = 0;
	stop_at = at;
	return zone_load_text("z", text, strlen(text), origin.wire, &options, tell, &told);
}

// A load that is cancelled at any point returns no zone, and soon.
static void test_a_load_stops_where_it_is(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		char *text = text_make(&texts[i]);

		for (size_t k = 0; k < ARRAY_LEN(pools); k++) {
			struct zone *zone = load_until(text, pools[k], UINT_MAX);
			unsigned asks = asked, step = asks / 3 + 1;

			zone_put(zone);
			assert_true(asks > 0);
			for (unsigned at = (unsigned)(i + k) % step; at < asks; at += step) {
				assert_null(load_until(text, pools[k], at));
				assert_true(asked > at);
				// Each remaining phase polls once.
				assert_true(asked < at + 200);
			}
		}
		free(text);
	}
}

// A signed zone: the chains of NSEC and NSEC3, and the digest over the zone.
static char *signed_make(bool nsec3)
{
	static const char hex[] = "0123456789abcdefghijklmnopqrstuv";
	char *made = malloc(TEXT_BYTES);
	size_t len = (size_t)sprintf(made, HEAD "@" SIG("SOA"));

	len += (size_t)sprintf(made + len, "@ ZONEMD 1 1 1 ");
	for (unsigned i = 0; i < 96; i++)
		made[len++] = '0';
	len += (size_t)sprintf(made + len, nsec3 ? "\n@ NSEC3PARAM 1 0 0 -\n" : "\n@ NSEC a A\n");
	for (unsigned i = 0; i < 20000; i++) {
		char label[33] = "00000000000000000000000000000000";

		for (unsigned k = 0; k < 4; k++)
			label[k] = hex[i * 7919 >> (5 * k) & 31];
		len += (size_t)sprintf(made + len,
		                       nsec3 ? "%s NSEC3 1 0 0 - %s A\nn%u A 192.0.2.1\n"
		                             : "%s NSEC %s A\nn%u A 192.0.2.1\n",
		                       label, label, i);
	}
	assert_true(len < TEXT_BYTES);
	return made;
}

static void test_checks_of_a_signed_zone_stop(void **state)
{
	struct zone_policy none = {.strict = false};

	for (unsigned i = 0; i < ZONE_CHECKS_LEN; i++)
		none.as[i] = ZONE_WARNING;
	none.as[ZONE_CHECK_DUPLICATE] = ZONE_IGNORE;
	for (unsigned nsec3 = 0; nsec3 < 2; nsec3++) {
		char *text = signed_make(nsec3);

		for (size_t k = 0; k < ARRAY_LEN(pools); k++) {
			struct zone_options options = {.hash_key = 1,
			                               .pool = pools[k],
			                               .policy = none,
			                               .stopped = stopped};
			struct dns_name origin = message_name("t.");
			unsigned asks = UINT_MAX;

			for (unsigned at = UINT_MAX; at == UINT_MAX || at < asks;
			     at = at == UINT_MAX ? (unsigned)k : at + asks / 7 + 1) {
				static struct told told;
				struct zone *zone;

				asked = told.len = 0;
				stop_at = at;
				zone = zone_load_text("z", text, strlen(text), origin.wire,
				                      &options, tell, &told);
				assert_int_equal(zone != NULL, at == UINT_MAX);
				asks = zone ? asked : asks;
				zone_put(zone);
			}
		}
		free(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_batches_make_the_same_zone),
	        cmocka_unit_test(test_batches_keep_what_was_included),
	        cmocka_unit_test(test_a_load_stops_where_it_is),
	        cmocka_unit_test(test_checks_of_a_signed_zone_stop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

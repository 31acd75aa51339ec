// zone_load: time and memory that a zone takes from its text to its compiled form.
#include "measure.h"
#include "zone_text.h"

#include "core/host/thread_pool.h"
#include "proto/dns/load/zone_load.h"
#include "proto/dns/zone/zone_set.h"

#include <malloc.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SIGNED_MAX 100000 // names; beyond, rounds would take minutes

static const char *const kinds[] = {
        [ZONE_TEXT_PLAIN] = "plain", [ZONE_TEXT_NSEC] = "nsec", [ZONE_TEXT_NSEC3] = "nsec3"};

static const char small_text[] = "$TTL 3600\n@ SOA ns admin 1 7200 3600 1209600 300\n@ NS ns\n"
                                 "@ MX 10 mail\nns A 192.0.2.1\nwww A 192.0.2.2\n"
                                 "mail A 192.0.2.3\n";

// Either one zone's text, or a number of small ones.
struct bench {
	char *text;
	size_t len;
	uint64_t zones; // small ones
	uint64_t records;
	struct zone_served *served;
	struct zone_set *set;
};

static void on_report(void *ctx, const struct zone_report *report)
{
	fprintf(stderr, "zone_load: line %u: %s\n", report->line, report->text);
}

static struct zone_options options = {.hash_key = 1};

static void nothing(void *ctx)
{
}

// The threads that this process has cores for, this one included.
static unsigned cores(void)
{
	cpu_set_t set;

	return sched_getaffinity(0, sizeof(set), &set) == 0 ? (unsigned)CPU_COUNT(&set) : 1;
}

static struct zone *load(const char *text, size_t len, const uint8_t *origin)
{
	struct zone *zone = zone_load_text("bench", text, len, origin, &options, on_report, NULL);

	if (!zone)
		measure_fail("zone_load: the zone is not sound (above), or memory is too short");
	return zone;
}

static void open_set(struct bench *bench)
{
	uint64_t len = bench->text ? 1 : bench->zones;
	uint8_t origin[] = "\7example\0";

	bench->records = 0;
	for (uint64_t i = 0; i < len; i++) {
		struct zone *zone;

		if (!bench->text)
			snprintf((char *)origin, sizeof(origin), "\7z%06x", (unsigned)i);
		zone = bench->text ? load(bench->text, bench->len, origin)
		                   : load(small_text, sizeof(small_text) - 1, origin);
		bench->records += zone_records(zone);
		bench->served[i] = (struct zone_served){.zone = zone, .number = (uint32_t)i};
	}
	bench->set = zone_set_new(bench->served, len, 1);
	for (uint64_t i = 0; i < len; i++)
		zone_put(bench->served[i].zone);
	if (!bench->set)
		measure_fail("zone_load: memory is too short for the zones");
}

static void run(void *ctx, unsigned slice)
{
	struct bench *bench = ctx;

	open_set(bench);
	zone_set_free(bench->set);
}

static uint64_t status_bytes(const char *key)
{
	FILE *in = fopen("/proc/self/status", "r");
	unsigned long long kb = 0;
	char line[256];

	while (in && fgets(line, sizeof(line), in))
		if (strncmp(line, key, strlen(key)) == 0)
			sscanf(line + strlen(key), ": %llu", &kb);
	if (in)
		fclose(in);
	return kb * 1024;
}

// From here on VmHWM is of what comes.
static void forget_peak(void)
{
	FILE *out = fopen("/proc/self/clear_refs", "w");

	if (!out)
		return;
	fputs("5", out);
	fclose(out);
}

// Bytes of resident memory by record, once loaded and at most in between.
static void note_memory(struct bench *bench, char *note, size_t size)
{
	double before, rest, peak;

	malloc_trim(0);
	forget_peak();
	before = (double)status_bytes("VmRSS");
	open_set(bench);
	peak = (double)status_bytes("VmHWM");
	malloc_trim(0);
	rest = (double)status_bytes("VmRSS");
	zone_set_free(bench->set);
	snprintf(note, size, "\"records\":%ju,\"bytes_a_record\":%.0f,\"peak_bytes_a_record\":%.0f",
	         (uintmax_t)bench->records, (rest - before) / (double)bench->records,
	         (peak - before) / (double)bench->records);
}

static void measure_load(struct measure *measure, struct bench *bench, const char *kind,
                         uint64_t names)
{
	char note[128];

	bench->served = measure_alloc((bench->text ? 1 : bench->zones) * sizeof(*bench->served));
	note_memory(bench, note, sizeof(note));
	measure_run(measure, &(struct measure_case){.kind = kind,
	                                            .names = names,
	                                            .slices = 1,
	                                            .items = (unsigned)bench->records,
	                                            .run = run,
	                                            .ctx = bench,
	                                            .note = note});
	free(bench->served);
	free(bench->text);
}

int main(int argc, char **argv)
{
	static const uint64_t names[] = {10000, 1000000, 0};
	static bool all_cores;
	static const struct measure_flag flags[] = {
	        {"--all-cores", "a thread for each core; figures are of time, not of CPU time",
	         &all_cores},
	        {0}};
	static const struct measure_about about = {
	        .bench = "zone_load",
	        .flags = flags,
	        .text = "Measures what a record takes from the text in memory to the compiled "
	                "zone, and\n"
	                "the resident memory of it afterwards and at most in between, without the\n"
	                "text. Kinds: plain, nsec, nsec3 (one zone of so many names; signed ones "
	                "up to\n"
	                "100,000) and small-zones (so many zones of six records, up to 100,000).\n",
	        .names = names,
	        .item = "record",
	};
	static struct measure measure;
	static struct thread_pool pool;
	struct zone_pool zone_pool = {thread_pool_run, &pool, cores() - 1};

	measure_open(&measure, &about, argv);
	thread_pool_open(&pool, cores() - 1, nothing, NULL);
	if (all_cores)
		options.pool = &zone_pool;
	for (unsigned i = 0; measure.names[i]; i++) {
		uint64_t n = measure.names[i];

		for (unsigned denial = 0; denial < ZONE_TEXT_DENIALS; denial++) {
			struct bench bench = {.text = NULL};

			if (!measure_wants(&measure, kinds[denial]) || (denial && n > SIGNED_MAX))
				continue;
			bench.text = zone_text(n, denial, &bench.len);
			measure_load(&measure, &bench, kinds[denial], n);
		}
		if (n <= SIGNED_MAX && measure_wants(&measure, "small-zones"))
			measure_load(&measure, &(struct bench){.zones = n}, "small-zones", n);
	}
	thread_pool_close(&pool);
	measure_close(&measure);
	return 0;
}

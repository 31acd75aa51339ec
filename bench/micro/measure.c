// measure: see the header. The figures are printed by measure_print.c.
#include "measure_part.h"

#include "core/cycles.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ROUNDS        7
#define COUNTED_ITEMS 4096
#define CALIBRATE_NS  30000000

void measure_fail(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	exit(1);
}

void *measure_alloc(size_t bytes)
{
	void *memory = aligned_alloc(CACHE_LINE_BYTES, ROUND_UP(bytes, CACHE_LINE_BYTES));

	if (!memory)
		measure_fail("%zu bytes of memory are too many here; measure fewer names", bytes);
	return memory;
}

static void usage(const struct measure_about *about)
{
	printf("Usage: %s [OPTION]...\n\n%s\n", about->bench, about->text);
	if (about->names)
		printf("  --names N[,N]   how many names\n");
	for (const struct measure_flag *flag = about->flags; flag && flag->name; flag++)
		printf("  %-15s %s\n", flag->name, flag->help);
	printf("  --kind KIND     only this kind; may be given several times\n"
	       "  --rounds N      rounds to take the median of (%u)\n"
	       "  --instructions  count instructions, too, by running itself under callgrind\n"
	       "  --profile FILE  write callgrind's profile of it, cache misses with it, and "
	       "measure\n"
	       "                  nothing; for callgrind_annotate FILE\n"
	       "  --huge-pages    have malloc ask for huge pages, as wadi does for page pools\n"
	       "  --json          one JSON object a line instead of a table\n\n"
	       "ns and cycles are medians of rounds, of CPU time on one core; +- is half of what "
	       "lies\n"
	       "between the fastest round and the slowest. Cycles are those of the time-stamp\n"
	       "counter. Instructions repeat from run to run and from machine to machine.\n",
	       ROUNDS);
}

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static double calibrate(void)
{
	uint64_t begin_ns = now_ns(), begin = cycles_now(), ns;

	do
		ns = now_ns() - begin_ns;
	while (ns < CALIBRATE_NS);
	return (double)(cycles_now() - begin) / (double)ns;
}

static uint64_t number(const struct measure *measure, const char *option, const char *text,
                       char **end)
{
	uint64_t value = text ? strtoull(text, end, 10) : 0;

	if (value == 0 || (**end && **end != ','))
		measure_fail("%s: %s wants a number above 0, not '%s'", measure->about->bench,
		             option, text ? text : "");
	return value;
}

static void parse_names(struct measure *measure, const char *text)
{
	unsigned len = 0;
	char *end;

	do {
		if (len == MEASURE_NAMES_MAX)
			measure_fail("%s: --names takes %d numbers", measure->about->bench,
			             MEASURE_NAMES_MAX);
		measure->names[len++] = number(measure, "--names", text, &end);
		text = end + 1;
	} while (*end);
	measure->names[len] = 0;
}

static bool parse_flag(const struct measure *measure, const char *word)
{
	for (const struct measure_flag *flag = measure->about->flags; flag && flag->name; flag++) {
		if (strcmp(flag->name, word) == 0)
			return *flag->on = true;
	}
	return false;
}

static bool parse_switch(struct measure *measure, const char *word)
{
	const struct measure_flag switches[] = {
	        {"--json", NULL, &measure->json},
	        {"--instructions", NULL, &measure->instructions},
	        {"--huge-pages", NULL, &measure->huge_pages},
	        {MEASURE_COUNTING, NULL, &measure->counting},
	};

	for (size_t i = 0; i < ARRAY_LEN(switches); i++) {
		if (strcmp(switches[i].name, word) == 0)
			return *switches[i].on = true;
	}
	return false;
}

// The option at argv[0]; returns how many words it is.
static unsigned parse_option(struct measure *measure, char **argv)
{
	const char *word = argv[0];
	char *end;

	if (parse_flag(measure, word) || parse_switch(measure, word))
		return 1;
	if (strcmp(word, "--names") == 0 && measure->about->names) {
		parse_names(measure, argv[1]);
	} else if (strcmp(word, "--rounds") == 0) {
		measure->rounds = (unsigned)number(measure, word, argv[1], &end);
	} else if (strcmp(word, "--profile") == 0 && argv[1]) {
		measure->profile = argv[1];
	} else if (strcmp(word, "--kind") == 0 && argv[1] &&
	           measure->kinds_len < MEASURE_NAMES_MAX) {
		measure->kinds[measure->kinds_len++] = argv[1];
	} else {
		measure_fail("%s: '%s' is not understood here; see %s --help",
		             measure->about->bench, word, measure->about->bench);
	}
	return 2;
}

void measure_open(struct measure *measure, const struct measure_about *about, char **argv)
{
	*measure = (struct measure){.about = about, .rounds = ROUNDS, .argv = argv};
	for (unsigned i = 0; about->names && about->names[i]; i++)
		measure->names[i] = about->names[i];
	for (char **word = argv + 1; *word;) {
		if (strcmp(*word, "--help") == 0 || strcmp(*word, "-h") == 0) {
			usage(about);
			exit(0);
		}
		word += parse_option(measure, word);
	}
	if (measure->counting)
		return;
	if (measure->profile)
		measure_profile(measure);
	if (measure->huge_pages)
		measure_ask_for_huge_pages(measure);
	if (measure->instructions)
		measure_count(measure);
	measure->tsc_per_ns = calibrate();
}

void measure_close(struct measure *measure)
{
	if (measure->begun && !measure->json)
		printf("\n");
}

bool measure_wants(const struct measure *measure, const char *kind)
{
	for (unsigned i = 0; i < measure->kinds_len; i++) {
		if (strcmp(measure->kinds[i], kind) == 0)
			return true;
	}
	return measure->kinds_len == 0;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double *values, unsigned len)
{
	qsort(values, len, sizeof(*values), compare);
	return len % 2 ? values[len / 2] : (values[len / 2 - 1] + values[len / 2]) / 2;
}

// Cycles of the median slice of a round.
static double round_cycles(const struct measure_case *c, void (*run)(void *, unsigned),
                           double *slices)
{
	for (unsigned i = 0; i < c->slices; i++) {
		uint64_t begin = cycles_now();

		run(c->ctx, i);
		slices[i] = (double)(cycles_now() - begin);
	}
	return median(slices, c->slices);
}

static void run_slices(const struct measure_case *c, unsigned slices)
{
	for (unsigned i = 0; i < slices; i++)
		c->run(c->ctx, i);
}

// Cycles of an item in one round.
static double item_cycles(const struct measure_case *c)
{
	double *slices = measure_alloc(c->slices * sizeof(*slices));
	double cycles;

	if (c->begin)
		c->begin(c->ctx);
	cycles = round_cycles(c, c->run, slices);
	if (c->bare)
		cycles -= round_cycles(c, c->bare, slices);
	if (c->end)
		c->end(c->ctx);
	free(slices);
	return cycles / c->items;
}

static struct measure_figures figures_of(const struct measure *measure, double *rounds)
{
	double cycles = median(rounds, measure->rounds);

	return (struct measure_figures){.cycles = cycles,
	                                .ns = cycles / measure->tsc_per_ns,
	                                .best = rounds[0] / measure->tsc_per_ns,
	                                .spread = (rounds[measure->rounds - 1] - rounds[0]) / 2 /
	                                          measure->tsc_per_ns};
}

// The cases take turns, a round each.
static void time_rounds(const struct measure *measure, const struct measure_case *cases,
                        unsigned len, struct measure_figures *f)
{
	double *rounds = measure_alloc((size_t)len * measure->rounds * sizeof(*rounds));

	for (unsigned k = 0; k < len; k++)
		run_slices(&cases[k], cases[k].slices);
	for (unsigned i = 0; i < measure->rounds; i++) {
		for (unsigned k = 0; k < len; k++)
			rounds[k * measure->rounds + i] = item_cycles(&cases[k]);
	}
	for (unsigned k = 0; k < len; k++)
		f[k] = figures_of(measure, rounds + k * measure->rounds);
	free(rounds);
}

// Callgrind collects while this function runs; see measure_count.c.
static __attribute__((noinline)) void measure_counted(const struct measure_case *c,
                                                      void (*run)(void *, unsigned),
                                                      unsigned slices)
{
	for (unsigned i = 0; i < slices; i++)
		run(c->ctx, i);
	__asm__ volatile("" ::: "memory");
}

static unsigned counted_slices(const struct measure_case *c)
{
	unsigned slices = (COUNTED_ITEMS + c->items - 1) / c->items;

	return slices < c->slices ? slices : c->slices;
}

static void count(const struct measure *measure, const struct measure_case *c)
{
	unsigned slices = counted_slices(c);

	if (c->begin)
		c->begin(c->ctx);
	if (c->slices > 1)
		run_slices(c, slices);
	measure_counted(c, c->run, slices);
	if (c->bare && !measure->profile)
		measure_counted(c, c->bare, slices);
	if (c->end)
		c->end(c->ctx);
}

// Of an item, as callgrind counted them.
static double item_instructions(struct measure *measure, const struct measure_case *c)
{
	double counted = (double)measure_counted_read(measure);

	if (c->bare)
		counted -= (double)measure_counted_read(measure);
	return counted / ((double)counted_slices(c) * c->items);
}

static void run_cases(struct measure *measure, const struct measure_case *cases, unsigned len)
{
	struct measure_figures f[2];

	if (!measure_wants(measure, cases->kind))
		return;
	for (unsigned k = 0; k < len && measure->counting; k++)
		count(measure, &cases[k]);
	if (measure->counting)
		return;
	time_rounds(measure, cases, len, f);
	for (unsigned k = 0; k < len; k++) {
		if (measure->instructions)
			f[k].instructions = item_instructions(measure, &cases[k]);
		if (k > 0)
			f[k].ratio = f[k].cycles / f[0].cycles;
		measure_print(measure, &cases[k], &f[k]);
	}
}

void measure_run(struct measure *measure, const struct measure_case *c)
{
	run_cases(measure, c, 1);
}

void measure_compare(struct measure *measure, const struct measure_case cases[2])
{
	snprintf(measure->ratio, sizeof(measure->ratio), "%s / %s", cases[1].order, cases[0].order);
	run_cases(measure, cases, 2);
}

// measure_print: figures as a table, or as JSON lines that say all about themselves.
#include "measure_part.h"

#include "commit.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

// The text behind "KEY:" in a file of /proc, without its line's end; "" when there is none.
static const char *proc_value(const char *file, const char *key, char *line, int size)
{
	FILE *in = fopen(file, "r");
	char *value = NULL;

	while (in && fgets(line, size, in)) {
		if (strncmp(line, key, strlen(key)) != 0 || !(value = strchr(line, ':')))
			continue;
		value[strcspn(value, "\n")] = 0;
		break;
	}
	if (in)
		fclose(in);
	return value ? value + 1 + strspn(value + 1, " ") : "";
}

// Megabytes of this process that lie in huge pages.
static unsigned huge_mb(void)
{
	char line[256];
	unsigned kb = 0;

	sscanf(proc_value("/proc/self/smaps_rollup", "AnonHugePages", line, sizeof(line)), "%u",
	       &kb);
	return kb / 1024;
}

static void print_line(const struct measure *measure, const struct measure_case *c,
                       const struct measure_figures *f)
{
	char date[16], line[256];
	time_t now = time(NULL);

	strftime(date, sizeof(date), "%Y-%m-%d", gmtime(&now));
	printf("{\"bench\":\"%s\",\"kind\":\"%s\"", measure->about->bench, c->kind);
	if (c->names)
		printf(",\"names\":%ju", (uintmax_t)c->names);
	if (c->order)
		printf(",\"order\":\"%s\"", c->order);
	printf(",\"ns\":%.2f,\"spread\":%.2f,\"best\":%.2f,\"cycles\":%.0f", f->ns, f->spread,
	       f->best, f->cycles);
	if (f->ratio > 0)
		printf(",\"ratio\":%.3f", f->ratio);
	if (measure->instructions)
		printf(",\"instructions\":%.1f", f->instructions);
	for (const struct measure_flag *flag = measure->about->flags; flag && flag->name; flag++)
		printf(",\"%s\":%s", flag->name + 2, *flag->on ? "true" : "false");
	if (c->note)
		printf(",%s", c->note);
	printf(",\"item\":\"%s\",\"rounds\":%u,\"huge_mb\":%u,\"date\":\"%s\",\"commit\":\"%s\"",
	       measure->about->item, measure->rounds, huge_mb(), date, MICRO_COMMIT);
	printf(",\"cpu\":\"%s\"}\n", proc_value("/proc/cpuinfo", "model name", line, sizeof(line)));
}

static void print_head(const struct measure *measure)
{
	char line[256];

	printf("%s of wadi %s, %s, %.2f cycles a ns, %u MB in huge pages", measure->about->bench,
	       MICRO_COMMIT, proc_value("/proc/cpuinfo", "model name", line, sizeof(line)),
	       measure->tsc_per_ns, huge_mb());
	for (const struct measure_flag *flag = measure->about->flags; flag && flag->name; flag++)
		if (*flag->on)
			printf(", %s", flag->name);
	printf("\neach figure is of one %s\n", measure->about->item);
	if (measure->about->names)
		printf("%9s  ", "names");
	printf("%-18s%-9s%10s%8s%10s", "kind", "order", "ns", "+-", "cycles");
	if (measure->instructions)
		printf("%14s", "instructions");
	if (*measure->ratio)
		printf("%18s", measure->ratio);
	printf("\n");
}

void measure_print(struct measure *measure, const struct measure_case *c,
                   const struct measure_figures *f)
{
	if (measure->json) {
		print_line(measure, c, f);
		fflush(stdout);
		return;
	}
	if (!measure->begun)
		print_head(measure);
	measure->begun = true;
	if (measure->about->names)
		printf("%9ju  ", (uintmax_t)c->names);
	printf("%-18s%-9s%10.1f%8.1f%10.0f", c->kind, c->order ? c->order : "", f->ns, f->spread,
	       f->cycles);
	if (measure->instructions)
		printf("%14.1f", f->instructions);
	if (f->ratio > 0)
		printf("%18.3f", f->ratio);
	if (c->note)
		printf("  %s", c->note);
	printf("\n");
	fflush(stdout);
}

// latency_report: see the header.
#include "apps/bench/latency_report.h"

static const struct {
	const char *name;
	uint32_t ppm;
} percentiles[] = {{"50", 500000}, {"90", 900000},   {"95", 950000},
                   {"99", 990000}, {"99.9", 999000}, {"99.99", 999900}};

void latency_report_print(const struct hist *hist, FILE *out)
{
	if (hist_len(hist) == 0)
		return;
	fprintf(out, "latency in us\n  min %ju, mean %ju", (uintmax_t)counter_get(&hist->min_us),
	        (uintmax_t)hist_mean(hist));
	for (size_t i = 0; i < ARRAY_LEN(percentiles); i++)
		fprintf(out, ", %s %%: %ju", percentiles[i].name,
		        (uintmax_t)hist_percentile(hist, percentiles[i].ppm));
	fprintf(out, ", max %ju\n", (uintmax_t)counter_get(&hist->max_us));
}

static void set_number(json_t *object, const char *name, uint64_t value)
{
	json_object_set_new(object, name, json_integer((json_int_t)value));
}

json_t *latency_report_json(const struct hist *hist)
{
	json_t *object = json_object();

	if (hist_len(hist) == 0)
		return object;
	set_number(object, "min", counter_get(&hist->min_us));
	set_number(object, "mean", hist_mean(hist));
	for (size_t i = 0; i < ARRAY_LEN(percentiles); i++)
		set_number(object, percentiles[i].name, hist_percentile(hist, percentiles[i].ppm));
	set_number(object, "max", counter_get(&hist->max_us));
	return object;
}

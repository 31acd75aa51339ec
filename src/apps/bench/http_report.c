// http_report: see the header.
#include "apps/bench/http_report.h"

#include "core/host/json.h"

static const char *const modes[] = {[HTTP_LOAD_KEPT] = "kept", [HTTP_LOAD_EACH] = "each"};

static const struct {
	const char *name;
	uint32_t ppm;
} percentiles[] = {{"50", 500000}, {"90", 900000},   {"95", 950000},
                   {"99", 990000}, {"99.9", 999000}, {"99.99", 999900}};

// The counters, in the order of both forms of the report.
#define COUNT(member) offsetof(struct http_counts, member)

static const struct {
	const char *name, *text;
	size_t at;
} counts[] = {{"answered", "requests answered", COUNT(answered)},
              {"wrong", "answers of another status or length", COUNT(wrong)},
              {"refused", "answers that are not HTTP", COUNT(refused)},
              {"opened", "connections opened", COUNT(opened)},
              {"failed", "connections failed", COUNT(failed)},
              {"sent_bytes", "bytes sent", COUNT(sent)},
              {"received_bytes", "bytes received", COUNT(received)}};

static uint64_t count_of(const struct http_counts *total, unsigned i)
{
	return counter_get((const counter_t *)((const char *)total + counts[i].at));
}

static uint64_t per_s(const counter_t *count, uint64_t duration_us)
{
	return duration_us ? (uint64_t)((double)counter_get(count) * 1e6 / (double)duration_us) : 0;
}

static void set_number(json_t *object, const char *name, uint64_t value)
{
	json_object_set_new(object, name, json_integer((json_int_t)value));
}

static json_t *latency_json(const struct hist *hist)
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

static void print_json(const struct http_load *load, const struct http_counts *total,
                       uint64_t duration_us, const char *device, FILE *out)
{
	const struct http_load_conf *conf = load->conf;
	char server[TARGET_TEXT_BYTES];
	json_t *object = json_object();

	json_object_set_new(object, "server", json_text(target_text(&load->target, server)));
	json_object_set_new(object, "target", json_text(conf->target));
	json_object_set_new(object, "mode", json_text(modes[conf->mode]));
	json_object_set_new(object, "device", json_text(device));
	set_number(object, "connections", conf->connections);
	set_number(object, "pipeline", conf->pipeline);
	set_number(object, "rate", conf->rate);
	set_number(object, "duration_us", duration_us);
	set_number(object, "answers_per_s", per_s(&total->answered, duration_us));
	for (unsigned i = 0; i < ARRAY_LEN(counts); i++)
		set_number(object, counts[i].name, count_of(total, i));
	json_object_set_new(object, "latency_us", latency_json(&total->latency));
	json_dumpf(object, out, JSON_COMPACT | JSON_PRESERVE_ORDER);
	fputc('\n', out);
	json_decref(object);
}

static void print_text(const struct http_counts *total, uint64_t duration_us, FILE *out)
{
	fprintf(out, "%ju answers/s, %.0f Mbit/s received, in %.3f s\n",
	        (uintmax_t)per_s(&total->answered, duration_us),
	        duration_us ? (double)counter_get(&total->received) * 8 / (double)duration_us : 0,
	        (double)duration_us / 1e6);
	for (unsigned i = 0; i < ARRAY_LEN(counts); i++)
		fprintf(out, "  %12ju %s\n", (uintmax_t)count_of(total, i), counts[i].text);
	if (hist_len(&total->latency) == 0)
		return;
	fprintf(out, "latency in us\n  mean %ju", (uintmax_t)hist_mean(&total->latency));
	for (size_t i = 0; i < ARRAY_LEN(percentiles); i++)
		fprintf(out, ", %s %%: %ju", percentiles[i].name,
		        (uintmax_t)hist_percentile(&total->latency, percentiles[i].ppm));
	fprintf(out, "\n");
}

void http_report_print(const struct http_load *load, const struct http_counts *total,
                       uint64_t duration_us, const char *device, FILE *out)
{
	if (load->conf->json)
		print_json(load, total, duration_us, device, out);
	else
		print_text(total, duration_us, out);
	fflush(out);
}

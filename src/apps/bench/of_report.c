// of_report: see the header.
#include "apps/bench/of_report.h"

#include "apps/bench/latency_report.h"
#include "core/host/json.h"

struct spread {
	uint64_t min, max;
	uint32_t fairness_ppm;
};

static struct spread spread_of(const struct of_report *report)
{
	unsigned n = (unsigned)report->load->conf->switches;
	struct spread spread = {.min = report->answered[0],
	                        .fairness_ppm = of_tally_fairness_ppm(report->answered, n)};

	for (unsigned i = 0; i < n; i++) {
		spread.min = u64_min(spread.min, report->answered[i]);
		if (report->answered[i] > spread.max)
			spread.max = report->answered[i];
	}
	return spread;
}

static uint64_t answers_per_s(const struct of_report *report)
{
	double answered = (double)counter_get(&report->tally->answered);

	return report->duration_us ? (uint64_t)(answered * 1e6 / (double)report->duration_us) : 0;
}

static void set_number(json_t *object, const char *name, uint64_t value)
{
	json_object_set_new(object, name, json_integer((json_int_t)value));
}

static void set_load(json_t *object, const struct of_load *load)
{
	const struct of_load_conf *conf = load->conf;
	char server[TARGET_TEXT_BYTES];

	json_object_set_new(object, "server", json_text(target_text(&load->target, server)));
	json_object_set_new(object, "version", json_text(of_load_version(conf)));
	json_object_set_new(object, "unbuffered", json_boolean(conf->unbuffered));
	set_number(object, "switches", conf->switches);
	set_number(object, "hosts", conf->hosts);
	set_number(object, "ports", conf->ports);
	set_number(object, "window", conf->window);
	set_number(object, "rate", conf->rate);
}

static void set_spread(json_t *object, const struct of_report *report)
{
	struct spread spread = spread_of(report);
	json_t *each = json_array();

	for (unsigned i = 0; i < report->load->conf->switches; i++)
		json_array_append_new(each, json_integer((json_int_t)report->answered[i]));
	json_object_set_new(object, "fairness", json_real(spread.fairness_ppm / 1e6));
	set_number(object, "switch_min", spread.min);
	set_number(object, "switch_max", spread.max);
	json_object_set_new(object, "switch_answered", each);
}

static void print_json(const struct of_report *report, FILE *out)
{
	json_t *object = json_object();

	json_object_set_new(object, "device", json_text(report->device));
	set_load(object, report->load);
	set_number(object, "duration_us", report->duration_us);
	set_number(object, "answers_per_s", answers_per_s(report));
	for (unsigned i = 0; i < of_tally_rows_len; i++)
		set_number(object, of_tally_rows[i].name,
		           of_tally_get(report->tally, &of_tally_rows[i]));
	set_spread(object, report);
	json_object_set_new(object, "idle", json_real(report->idle_ppm / 1e6));
	json_object_set_new(object, "latency_us", latency_report_json(&report->tally->latency));
	json_object_set_new(object, "echo_us", latency_report_json(&report->tally->echo));
	json_dumpf(object, out, JSON_COMPACT | JSON_PRESERVE_ORDER);
	fputc('\n', out);
	json_decref(object);
}

static void print_text(const struct of_report *report, FILE *out)
{
	const struct of_tally *tally = report->tally;
	struct spread spread = spread_of(report);

	fprintf(out,
	        "%ju answers/s in %.3f s; each switch %ju to %ju, Jain's fairness index %.4f\n",
	        (uintmax_t)answers_per_s(report), (double)report->duration_us / 1e6,
	        (uintmax_t)spread.min, (uintmax_t)spread.max, spread.fairness_ppm / 1e6);
	for (unsigned i = 0; i < of_tally_rows_len; i++) {
		uint64_t count = of_tally_get(tally, &of_tally_rows[i]);

		if (count)
			fprintf(out, "  %12ju %s\n", (uintmax_t)count, of_tally_rows[i].help);
	}
	if (counter_get(&tally->sent) == 0)
		fputs("  no switch was ready: the controller did not ask for features, or added no "
		      "flow to the controller\n",
		      out);
	latency_report_print(&tally->latency, out);
	if (hist_len(&tally->echo))
		fputs("of echo requests, ", out);
	latency_report_print(&tally->echo, out);
	fprintf(out, "wadi-bench had nothing to do for %.1f %% of the time\n",
	        report->idle_ppm / 1e4);
}

void of_report_print(const struct of_report *report, FILE *out)
{
	if (report->load->conf->json)
		print_json(report, out);
	else
		print_text(report, out);
	fflush(out);
}

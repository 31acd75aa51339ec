// report: see the header.
#include "apps/bench/report.h"

#include "apps/bench/example.h"
#include "apps/bench/latency_report.h"
#include "apps/boot/boot.h"
#include "core/host/json.h"
#include "proto/dns/wire/dns_rcode.h"

static json_t *rcodes_json(const struct tally *total)
{
	json_t *object = json_object();

	for (uint16_t i = 0; i < TALLY_RCODES; i++) {
		uint64_t n = counter_get(&total->rcode[i]);
		char text[DNS_RCODE_TEXT_BYTES];

		if (n)
			json_object_set_new(object, dns_rcode_text(i, text),
			                    json_integer((json_int_t)n));
	}
	return object;
}

static void set_number(json_t *object, const char *name, uint64_t value)
{
	json_object_set_new(object, name, json_integer((json_int_t)value));
}

// How many thousandths of the queries go by IPv6 beside IPv4.
static unsigned ipv6_ppt(const struct ask_run *run)
{
	uint32_t all = run->sources[0] + run->sources[1];

	return all ? run->sources[1] * 1000 / all : 0;
}

static void add_settings(const struct ask_run *run, const char *device, json_t *object)
{
	const struct ask_conf *conf = run->ask->conf;
	char server[TARGET_TEXT_BYTES];

	json_object_set_new(object, "server",
	                    json_text(target_text(&run->ask->way[0].target, server)));
	json_object_set_new(object, "device", json_text(device));
	set_number(object, "sources", run->sources[0] + run->sources[1]);
	set_number(object, "ipv6_share_ppt", ipv6_ppt(run));
	json_object_set_new(object, "queries", json_text(*conf->zone ? conf->zone : conf->queries));
	json_object_set_new(object, "transport", json_string(ask_transport_name(conf)));
	set_number(object, "echo", conf->echo);
	set_number(object, "queries_len", run->ask->set.len);
	set_number(object, "workers", run->active_len);
	if (!conf->timing)
		set_number(object, conf->rate ? "rate" : "window",
		           conf->rate ? conf->rate : conf->window);
	set_number(object, "timeout_ms", conf->timeout_ms);
	set_number(object, "warm_up_ms", conf->warm_up_ms);
}

static json_t *search_json(const struct ask_run *run)
{
	struct rate_search_found found = rate_search_found(&run->search);
	json_t *object = json_object(), *list = json_array();

	set_number(object, "rate", found.mean);
	set_number(object, "half_width_95", found.half_width);
	set_number(object, "min", found.min);
	set_number(object, "max", found.max);
	set_number(object, "loss_ppm_allowed", run->ask->conf->loss_ppm);
	set_number(object, "trials", run->search.trials);
	for (unsigned i = 0; i < run->search.found_len; i++)
		json_array_append_new(list, json_integer((json_int_t)run->search.found[i]));
	json_object_set_new(object, "searches", list);
	json_object_set_new(object, "generator_limited", json_boolean(run->search.limited));
	set_number(object, "best_trial_rate", run->best_rate);
	return object;
}

static void print_json(const struct ask_run *run, const char *device, FILE *out)
{
	const struct tally *total = &run->total;
	json_t *object = json_object();
	char limit[128], example[EXAMPLE_TEXT_BYTES];

	add_settings(run, device, object);
	json_object_set_new(object, "stopped", json_boolean(run->stopped));
	set_number(object, "duration_us", counter_get(&total->run_us));
	set_number(object, "answers_per_s", tally_rate(total));
	set_number(object, "loss_ppm", tally_loss_ppm(total));
	for (unsigned i = 0; i < tally_rows_len; i++)
		set_number(object, tally_rows[i].name, tally_row_get(total, &tally_rows[i]));
	set_number(object, "behind_max_us", counter_get(&total->behind_max_us));
	set_number(object, "device_full", run->during.sent);
	set_number(object, "device_missed", run->during.received);
	set_number(object, "busy_ppt", ask_run_busy_ppt(run));
	set_number(object, "held_ppt", ask_run_held_ppt(run));
	ask_run_limit(run, limit, sizeof(limit));
	json_object_set_new(object, "generator_limit", *limit ? json_text(limit) : json_null());
	example_text(run, example);
	json_object_set_new(object, "example", *example ? json_text(example) : json_null());
	json_object_set_new(object, "find_max",
	                    run->ask->conf->find_max ? search_json(run) : json_null());
	json_object_set_new(object, "rcodes", rcodes_json(total));
	json_object_set_new(object, "latency_us", latency_report_json(&total->latency));
	json_dumpf(object, out, JSON_COMPACT | JSON_PRESERVE_ORDER);
	fputc('\n', out);
	json_decref(object);
}

// Counts that are zero say nothing, but for these.
static bool is_always_shown(const char *name)
{
	return strcmp(name, "sent") == 0 || strcmp(name, "answered") == 0 ||
	       strcmp(name, "lost") == 0;
}

static void print_counts(const struct tally *total, FILE *out)
{
	for (unsigned i = 0; i < tally_rows_len; i++) {
		uint64_t n = tally_row_get(total, &tally_rows[i]);

		if (n || is_always_shown(tally_rows[i].name))
			fprintf(out, "  %-11s %12ju  %s\n", tally_rows[i].name, (uintmax_t)n,
			        tally_rows[i].help);
	}
}

static void print_rcodes(const struct tally *total, FILE *out)
{
	for (uint16_t i = 0; i < TALLY_RCODES; i++) {
		char text[DNS_RCODE_TEXT_BYTES];

		if (counter_get(&total->rcode[i]))
			fprintf(out, "  %-11s %12ju\n", dns_rcode_text(i, text),
			        (uintmax_t)counter_get(&total->rcode[i]));
	}
}

static void print_search(const struct ask_run *run, FILE *out)
{
	struct rate_search_found found = rate_search_found(&run->search);
	uint64_t allowed = run->ask->conf->loss_ppm;

	if (found.searches == 0) {
		fprintf(out, "No search for the highest rate has ended; %ju/s passed.\n",
		        (uintmax_t)run->best_rate);
		return;
	}
	fprintf(out, "%ju/s is the highest rate with at most %ju.%04ju %% lost",
	        (uintmax_t)found.mean, (uintmax_t)(allowed / 10000), (uintmax_t)(allowed % 10000));
	if (found.half_width)
		fprintf(out, ", +- %ju (95 %%)", (uintmax_t)found.half_width);
	fprintf(out, "; %u searches, %u trials, %ju to %ju\n", found.searches, run->search.trials,
	        (uintmax_t)found.min, (uintmax_t)found.max);
	if (run->search.limited)
		fprintf(out, "The generator was the limit: the server may answer more.\n");
	fprintf(out, "The best trial, at %ju/s:\n", (uintmax_t)run->best_rate);
}

static void print_text(const struct ask_run *run, FILE *out)
{
	const struct tally *total = &run->total;
	uint64_t ms = counter_get(&total->run_us) / MS_US;
	uint32_t ppm = tally_loss_ppm(total);
	char server[TARGET_TEXT_BYTES], limit[128], example[EXAMPLE_TEXT_BYTES];

	if (run->ask->conf->find_max)
		print_search(run, out);
	fprintf(out, "%ju %s/s from %s, %u.%04u %% lost, in %ju.%03ju s%s\n",
	        (uintmax_t)tally_rate(total), run->ask->conf->echo ? "datagrams" : "answers",
	        target_text(&run->ask->way[0].target, server), ppm / 10000, ppm % 10000,
	        (uintmax_t)(ms / 1000), (uintmax_t)(ms % 1000),
	        run->stopped ? ", stopped before the end" : "");
	if (run->ask->ways_len > 1)
		fprintf(out, "%u of %u sources asked %s\n", run->sources[1],
		        run->sources[0] + run->sources[1],
		        target_text(&run->ask->way[1].target, server));
	print_counts(total, out);
	if (*example_text(run, example))
		fprintf(out, "for example, %s\n", example);
	if (!run->ask->conf->echo)
		print_rcodes(total, out);
	latency_report_print(&total->latency, out);
	if (ask_run_held_ppt(run))
		fprintf(out, "For %u.%u %% of the time the device had no room for what was due.\n",
		        ask_run_held_ppt(run) / 10, ask_run_held_ppt(run) % 10);
	ask_run_limit(run, limit, sizeof(limit));
	if (*limit)
		fprintf(out, "The generator itself may have been the limit: %s.\n", limit);
}

void report_print(const struct ask_run *run, const char *device, FILE *out)
{
	if (run->ask->conf->json)
		print_json(run, device, out);
	else
		print_text(run, out);
}

int report_end(const struct ask_run *run, const char *device)
{
	if (run->failed) {
		fprintf(stderr, "wadi-bench: %s\n", run->why.text);
		return TOOL_EXIT_FAILED;
	}
	report_print(run, device, stdout);
	return counter_get(&run->total.answered) ? TOOL_EXIT_DONE : TOOL_EXIT_FAILED;
}

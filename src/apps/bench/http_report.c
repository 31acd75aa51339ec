// http_report: see the header.
#include "apps/bench/http_report.h"

#include "apps/bench/latency_report.h"
#include "core/host/json.h"

static const char *const modes[] = {[HTTP_LOAD_KEPT] = "kept", [HTTP_LOAD_EACH] = "each"};
static const char *const handshakes[] = {
        [HTTP_LOAD_PLAIN] = "off", [HTTP_LOAD_FULL] = "full", [HTTP_LOAD_RESUMED] = "resumed"};

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
              {"secured", "handshakes of TLS", COUNT(secured)},
              {"resumed", "of them resumed a session", COUNT(resumed)},
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

static void print_json(const struct http_load *load, const struct http_counts *total,
                       uint64_t duration_us, const char *device, FILE *out)
{
	const struct http_load_conf *conf = load->conf;
	char server[TARGET_TEXT_BYTES];
	json_t *object = json_object();

	json_object_set_new(object, "server", json_text(target_text(&load->target, server)));
	json_object_set_new(object, "target", json_text(conf->target));
	json_object_set_new(object, "mode", json_text(modes[conf->mode]));
	json_object_set_new(object, "tls", json_text(handshakes[conf->tls]));
	json_object_set_new(object, "device", json_text(device));
	set_number(object, "connections", conf->connections);
	set_number(object, "pipeline", conf->pipeline);
	set_number(object, "rate", conf->rate);
	set_number(object, "duration_us", duration_us);
	set_number(object, "answers_per_s", per_s(&total->answered, duration_us));
	for (unsigned i = 0; i < ARRAY_LEN(counts); i++)
		set_number(object, counts[i].name, count_of(total, i));
	json_object_set_new(object, "latency_us", latency_report_json(&total->latency));
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
	latency_report_print(&total->latency, out);
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

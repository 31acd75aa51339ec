// stream_report: see the header.
#include "apps/bench/stream_report.h"

#include "apps/bench/latency_report.h"
#include "core/host/json.h"

static const char *const modes[] = {[STREAM_KEPT] = "kept",
                                    [STREAM_EACH] = "each",
                                    [STREAM_SEND] = "send",
                                    [STREAM_RECEIVE] = "receive"};

static uint64_t per_s(const counter_t *count, uint64_t duration_us)
{
	return duration_us ? (uint64_t)((double)counter_get(count) * 1e6 / (double)duration_us) : 0;
}

static double mbit(const counter_t *bytes, uint64_t duration_us)
{
	return duration_us ? (double)counter_get(bytes) * 8 / (double)duration_us : 0;
}

static void set_number(json_t *object, const char *name, uint64_t value)
{
	json_object_set_new(object, name, json_integer((json_int_t)value));
}

static void print_json(const struct stream *stream, const struct stream_counts *total,
                       uint64_t duration_us, const char *device, FILE *out)
{
	json_t *object = json_object();

	json_object_set_new(object, "mode", json_text(modes[stream->conf->mode]));
	json_object_set_new(object, "device", json_text(device));
	set_number(object, "connections", stream->conf->connections);
	set_number(object, "duration_us", duration_us);
	set_number(object, "answered", counter_get(&total->answered));
	set_number(object, "answers_per_s", per_s(&total->answered, duration_us));
	set_number(object, "opened", counter_get(&total->opened));
	set_number(object, "failed", counter_get(&total->failed));
	set_number(object, "sent_bytes", counter_get(&total->sent));
	set_number(object, "received_bytes", counter_get(&total->received));
	json_object_set_new(object, "latency_us", latency_report_json(&total->latency));
	json_dumpf(object, out, JSON_COMPACT | JSON_PRESERVE_ORDER);
	fputc('\n', out);
	json_decref(object);
}

static void print_text(const struct stream *stream, const struct stream_counts *total,
                       uint64_t duration_us, FILE *out)
{
	if (stream->conf->mode <= STREAM_EACH)
		fprintf(out, "%ju answers/s, ", (uintmax_t)per_s(&total->answered, duration_us));
	fprintf(out, "%.0f Mbit/s sent, %.0f Mbit/s received, in %.3f s\n",
	        mbit(&total->sent, duration_us), mbit(&total->received, duration_us),
	        (double)duration_us / 1e6);
	fprintf(out, "  %12ju requests answered\n  %12ju connections opened\n  %12ju failed\n",
	        (uintmax_t)counter_get(&total->answered), (uintmax_t)counter_get(&total->opened),
	        (uintmax_t)counter_get(&total->failed));
	latency_report_print(&total->latency, out);
}

void stream_report_print(const struct stream *stream, const struct stream_counts *total,
                         uint64_t duration_us, const char *device, FILE *out)
{
	if (stream->conf->json)
		print_json(stream, total, duration_us, device, out);
	else
		print_text(stream, total, duration_us, out);
	fflush(out);
}

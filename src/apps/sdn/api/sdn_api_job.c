// sdn_api_job: the control thread's side of a request: its answer from what the worker has copied.
#include "apps/sdn/api/sdn_api_internal.h"

#include "core/host/clock.h"

#include <stdarg.h>
#include <stdio.h>

void sdn_api_job_json(struct sdn_api_call *call, json_t *value)
{
	http_handover_put(&call->handover, 200, "application/json",
	                  json_dumps(value, JSON_COMPACT));
	json_decref(value);
}

void sdn_api_job_problem(struct sdn_api_call *call, unsigned status, const char *format, ...)
{
	char text[SDN_API_PROBLEM_BYTES];
	struct why why;
	va_list args;
	size_t len;

	va_start(args, format);
	vsnprintf(why.text, sizeof(why.text), format, args);
	va_end(args);
	len = sdn_api_problem(status, why.text, text, sizeof(text));
	http_handover_put(&call->handover, status, SDN_API_PROBLEM_TYPE, strndup(text, len));
}

static const struct sdn_intent *intent_of(const struct sdn_api_call *call)
{
	static const struct sdn_intent none;
	const struct intent_set *set = swap_read(call->api->owner.intents);

	return set ? &set->intent : &none;
}

static void put_switch(struct sdn_api_call *call)
{
	if (call->view.found)
		sdn_api_job_json(call, sdn_api_rows_switch(&call->view, intent_of(call)));
	else
		sdn_api_job_problem(call, 404, "No switch with this datapath id is connected.");
}

static void put_dump(struct sdn_api_call *call)
{
	struct sdn_dump *dump = call->dump;

	if (dump->end == SDN_DUMP_REFUSED)
		sdn_api_job_problem(call, 504,
		                    "The switch refuses to list them; /api/v1/events has its "
		                    "error.");
	else if (dump->end == SDN_DUMP_SILENT)
		sdn_api_job_problem(call, 504, "The switch does not answer.");
	else if (dump->end == SDN_DUMP_GONE)
		sdn_api_job_problem(call, 404, "The connection of the switch has ended.");
	else
		sdn_api_job_json(call, sdn_api_rows_dump(call->api, dump));
	call->dump = NULL;
	sdn_dump_release(dump);
}

static void put_intents(struct sdn_api_call *call)
{
	const struct sdn_api *api = call->api;
	const json_t *intents = api->owner.intents_json(api->owner.ctx);

	sdn_api_job_json(call, json_pack("{s:O, s:b}", "intents", intents, "writable",
	                                 *api->conf.intents_file != '\0'));
}

static void put_path(struct sdn_api_call *call, const struct sdn_intent *intent)
{
	if (call->view.of->fabric || intent->switches_len == 0)
		sdn_api_job_json(call, sdn_api_rows_path(&call->view));
	else
		sdn_api_job_json(call, sdn_api_path_traced(intent, &call->query));
}

void sdn_api_job_take(struct http_handover *handover, mono_t now)
{
	struct sdn_api_call *call = CONTAINER_OF(handover, struct sdn_api_call, handover);
	const struct sdn_intent *intent = intent_of(call);

	switch (call->kind) {
	case SDN_API_STATUS:
		sdn_api_job_json(call, sdn_api_rows_status(call, intent, now));
		break;
	case SDN_API_SWITCHES:
		sdn_api_job_json(call, sdn_api_rows_switches(&call->view, intent));
		break;
	case SDN_API_SWITCH:
		put_switch(call);
		break;
	case SDN_API_FLOWS:
	case SDN_API_GROUPS:
	case SDN_API_METERS:
		put_dump(call);
		break;
	case SDN_API_LINKS:
		sdn_api_job_json(call, sdn_api_rows_links(&call->view));
		break;
	case SDN_API_HOSTS:
		sdn_api_job_json(call, sdn_api_rows_hosts(&call->view, intent));
		break;
	case SDN_API_PATH:
		put_path(call, intent);
		break;
	case SDN_API_INTENTS:
		put_intents(call);
		break;
	case SDN_API_PUT_INTENTS:
		sdn_api_intents_put(call);
		break;
	case SDN_API_EVENTS:
		sdn_api_job_json(call, sdn_api_events_page(call->api->owner.events, &call->query));
		break;
	case SDN_API_STREAM:
		sdn_api_stream_begin(call, now);
		return;
	default:
		sdn_api_job_problem(call, 500, "There is no answer to this.");
	}
	http_handover_return(handover, clock_kernel());
}

// sdn_api: see the header. This file is its configuration, and what is opened and closed.
#include "apps/sdn/api/sdn_api_internal.h"

#include "core/host/clock.h"
#include "proto/http/http_limits.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#define SECTION     "sdn.api"
#define KEY(member) offsetof(struct sdn_api_conf, member)

static const struct conf_key keys[] = {
        HTTP_ENDPOINT_KEYS(KEY(endpoint), "the REST interface and its page"),
        HTTP_ENDPOINT_READ_KEY(KEY(endpoint)),
        {"intents_file", CONF_PATH, KEY(intents_file), "", .max = PATH_MAX - 1,
         .help = "The file to which intents are written that are put by the interface; "
                 "sdn.intents has to include it, so that they are there after a restart. "
                 "Without it no intents can be put."},
        {"poll_s", CONF_UNSIGNED, KEY(poll_s), "2", 1, 3600,
         .help = "Seconds between two readings of the counters of each switch's ports and "
                 "tables."},
        {0},
};
const struct conf_section sdn_api_section = {sizeof(struct sdn_api_conf), keys};

// Whether the intents are of the file alone, so that what is put replaces all of them.
static void check_intents_file(const struct sdn_conf *conf, struct conf *to)
{
	const char *file = conf->api->intents_file;
	const struct conf_name *name = to->names;
	const char *place;

	while (name && strcmp(name->name, file) != 0)
		name = name->next;
	if (!name) {
		conf_error(to, SECTION ".intents_file",
		           "sdn.intents does not include it, so that a restart would forget what "
		           "was put: write \"intents\": {\"include\": \"FILE\"}, and \"{}\" into a "
		           "new file");
		return;
	}
	for (const struct conf_key *key = intent_conf_section.keys; key->name; key++) {
		const struct conf_list *list =
		        (const void *)((const char *)conf->intents + key->offset);

		place = conf_place(to, conf_path(to, "sdn.intents.%s", key->name));
		if (list->len > 0 && strncmp(place, file, strlen(file)) != 0)
			conf_error(to, SECTION ".intents_file",
			           "sdn.intents.%s is at %s: move it to this file, which holds "
			           "all intents",
			           key->name, place);
	}
}

void sdn_api_check(const struct sdn_conf *conf, struct conf *to)
{
	const struct sdn_api_conf *api = conf->api;

	http_endpoint_check(&api->endpoint, SECTION, to);
	if (*api->intents_file && !conf_has_error(to, SECTION ".intents_file"))
		check_intents_file(conf, to);
}

unsigned sdn_api_listens(const struct sdn_api_conf *conf, struct service_listen *to)
{
	if (!conf || conf->endpoint.port == 0)
		return 0;
	return http_endpoint_listens(&conf->endpoint, SECTION ".port", SECTION ".address", to);
}

int sdn_api_files(const struct sdn_api_conf *conf, struct sandbox *sandbox, struct why *why)
{
	int err = http_endpoint_files(&conf->endpoint, sandbox, why);

	return err ? err : sandbox_write(sandbox, conf->intents_file, why);
}

static struct sdn_api *memory_open(void)
{
	// Zero from the kernel: what is not used is not touched.
	struct sdn_api *api =
	        aligned_alloc(CACHE_LINE_BYTES, ROUND_UP(sizeof(*api), CACHE_LINE_BYTES));

	if (!api)
		return NULL;
	memset(api, 0, offsetof(struct sdn_api, call));
	api->body = malloc(SDN_API_BODY_BYTES);
	if (api->body)
		return api;
	free(api);
	return NULL;
}

int sdn_api_open(struct sdn_api **to, const struct sdn_api_conf *conf,
                 const struct sdn_api_owner *owner, struct why *why)
{
	struct sdn_api *api = memory_open();
	int err;

	*to = NULL;
	if (!api)
		return why_no_memory(why, "the REST interface");
	api->owner = *owner;
	api->conf = *conf;
	api->began = clock_kernel();
	api->handovers = (struct http_handovers){.ops = &sdn_api_handover_ops,
	                                         .loop = owner->env->loop,
	                                         .mailbox = &owner->env->pipelines[0]->mailbox};
	wheel_timer_init(&api->tick, sdn_api_stream_tick);
	for (unsigned i = 0; i < SDN_API_CALLS; i++) {
		api->call[i].api = api;
		http_handover_init(&api->call[i].handover, &api->handovers);
	}
	err = http_endpoint_open(&api->endpoint, &conf->endpoint, SECTION, owner->env, why);
	if (err) {
		sdn_api_close(api);
		return err;
	}
	owner->events->notice = sdn_api_stream_notice;
	owner->events->notice_ctx = api;
	*to = api;
	return 0;
}

void sdn_api_close(struct sdn_api *api)
{
	if (!api)
		return;
	api->owner.events->notice = NULL;
	wheel_del(&api->owner.env->loop->wheel, &api->tick);
	for (unsigned i = 0; i < SDN_API_CALLS; i++)
		http_handover_fini(&api->call[i].handover);
	if (api->endpoint.section)
		http_endpoint_close(&api->endpoint);
	free(api->body);
	free(api);
}

int sdn_api_worker_open(struct sdn_api *api, struct sdn_switches *of, struct service_worker *worker,
                        struct why *why)
{
	const struct http_links_conf links = {.connections = SDN_API_CONNECTIONS,
	                                      .buffers = SDN_API_BUFFERS,
	                                      .limits = &api->limits};

	api->limits = http_limits_default;
	api->limits.body_bytes = UINT64_MAX; // requests have their own, and say so as JSON
	api->of = of;
	of->poll_s = api->conf.poll_s;
	api->links =
	        http_endpoint_listen(&api->endpoint, &links, worker, &sdn_api_handler, api, why);
	return api->links ? 0 : -EINVAL;
}

void sdn_api_worker_close(struct sdn_api *api)
{
	http_links_close(api->links);
	api->links = NULL;
}

int sdn_api_reload(struct sdn_api *api, const struct sdn_api_conf *conf, struct why *why)
{
	return http_endpoint_reload(&api->endpoint, &conf->endpoint, why);
}

void sdn_api_clock_set(struct sdn_api *api)
{
	http_links_clock_set(api->links);
}

#define COUNT(member, help)                                                                        \
	{                                                                                          \
		"sdn_api", NULL, NULL, #member, help, METRIC_COUNTER,                              \
		        offsetof(struct sdn_api_counts, member)                                    \
	}

static const struct metric_row rows[] = {
        COUNT(requests, "requests to the REST interface and its page"),
        COUNT(wrong_tokens, "of them with a wrong token"),
        COUNT(limited, "of them refused, as too many wrong tokens had come from the network"),
        COUNT(busy, "of them refused, as too many waited"),
        COUNT(pieces, "pieces sent on streams of events"),
        {"sdn_api", NULL, NULL, "streams", "streams of events that are open", METRIC_DIFFERENCE,
         offsetof(struct sdn_api_counts, streams_come),
         offsetof(struct sdn_api_counts, streams_gone)},
        {0},
};

unsigned sdn_api_metrics(const struct sdn_api *api, struct metric_source *sources)
{
	sources[0] = (struct metric_source){.rows = rows, .len = 1, .of = {&api->counts}};
	return 1;
}

void sdn_api_text(const struct sdn_api *api, char *text, size_t size)
{
	http_endpoint_text(&api->endpoint, text, size);
}

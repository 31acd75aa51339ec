// manage: see the header. This file is the service: its configuration, and what is opened and
// closed.
#include "apps/manage/manage.h"

#include "apps/manage/manage_internal.h"

#include "proto/http/http_limits.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define KEY(member) offsetof(struct manage_conf, member)

static const struct conf_key keys[] = {
        HTTP_ENDPOINT_KEYS(KEY(endpoint), "the management endpoint"),
        {"open_health", CONF_BOOL, KEY(open_health), "false",
         .help = "Whether /healthz and /readyz are answered without the token."},
        {0},
};
static const struct conf_section section = {sizeof(struct manage_conf), keys};

static void manage_check(const void *values, struct conf *to)
{
	const struct manage_conf *conf = values;

	http_endpoint_check(&conf->endpoint, "manage", to);
}

static unsigned manage_listens(const void *values, struct service_listen *to)
{
	const struct manage_conf *conf = values;

	return http_endpoint_listens(&conf->endpoint, "manage.port", "manage.address", to);
}

static int open_workers(struct manage *manage, struct why *why)
{
	size_t size = manage->env->workers_len * sizeof(manage->workers[0]);

	manage->workers = aligned_alloc(CACHE_LINE_BYTES, size);
	if (!manage->workers)
		return why_no_memory(why, "the management endpoint");
	memset(manage->workers, 0, size);
	for (unsigned i = 0; i < manage->env->workers_len; i++) {
		struct manage_worker *worker = &manage->workers[i];

		worker->manage = manage;
		worker->handovers =
		        (struct http_handovers){.ops = &manage_handover_ops,
		                                .loop = manage->env->loop,
		                                .mailbox = &manage->env->pipelines[i]->mailbox};
		for (unsigned k = 0; k < MANAGE_SLOTS; k++) {
			worker->slot[k].worker = worker;
			http_handover_init(&worker->slot[k].handover, &worker->handovers);
		}
	}
	return 0;
}

static void manage_close(void *state)
{
	struct manage *manage = state;

	manage_job_close(manage);
	if (manage->on)
		http_endpoint_close(&manage->endpoint);
	free(manage->workers);
	free(manage);
}

static int manage_open(void **state, const void *conf, const struct service_env *env,
                       struct why *why)
{
	struct manage *manage = calloc(1, sizeof(*manage));
	int err = 0;

	if (!manage)
		return why_no_memory(why, "the management endpoint");
	manage->env = env;
	manage->conf = *(const struct manage_conf *)conf;
	wheel_timer_init(&manage->tick, manage_job_tick);
	if (manage->conf.endpoint.port != 0) {
		err = http_endpoint_open(&manage->endpoint, &manage->conf.endpoint, "manage", env,
		                         why);
		manage->on = err == 0;
		err = err ? err : open_workers(manage, why);
	}
	if (err) {
		manage_close(manage);
		return err;
	}
	*state = manage;
	return 0;
}

static int manage_files(void *state, const void *values, struct sandbox *sandbox, struct why *why)
{
	const struct manage_conf *conf = values;

	return http_endpoint_files(&conf->endpoint, sandbox, why);
}

static int manage_worker_open(void *state, struct service_worker *worker, struct why *why)
{
	static const struct http_links_conf links = {.connections = MANAGE_CONNECTIONS,
	                                             .buffers = MANAGE_BUFFERS,
	                                             .limits = &http_limits_default};
	struct manage *manage = state;
	struct manage_worker *own;

	if (!manage->on)
		return 0;
	own = &manage->workers[worker->number];
	own->links =
	        http_endpoint_listen(&manage->endpoint, &links, worker, &manage_handler, own, why);
	return own->links ? 0 : -EINVAL;
}

static void manage_worker_close(void *state, struct service_worker *worker)
{
	struct manage *manage = state;

	if (manage->on)
		http_links_close(manage->workers[worker->number].links);
}

static int manage_reload(void *state, const void *values, bool all, json_t *reply, struct why *why)
{
	const struct manage_conf *conf = values;
	struct manage *manage = state;

	return manage->on ? http_endpoint_reload(&manage->endpoint, &conf->endpoint, why) : 1;
}

static void manage_clock_set(void *state)
{
	struct manage *manage = state;

	for (unsigned i = 0; manage->on && i < manage->env->workers_len; i++)
		http_links_clock_set(manage->workers[i].links);
}

#define COUNT(member, help)                                                                        \
	{                                                                                          \
		"manage", NULL, NULL, #member, help, METRIC_COUNTER,                               \
		        offsetof(struct manage_counts, member)                                     \
	}

static const struct metric_row rows[] = {
        COUNT(requests, "requests to the management endpoint"),
        COUNT(wrong_tokens, "of them with a wrong token"),
        COUNT(limited, "of them refused, as too many wrong tokens had come from the network"),
        COUNT(busy, "of them refused, as too many waited"),
        COUNT(events, "events sent to live pages"),
        {"manage", NULL, NULL, "viewers", "live pages that are open", METRIC_DIFFERENCE,
         offsetof(struct manage_counts, viewers_come),
         offsetof(struct manage_counts, viewers_gone)},
        {0},
};

static unsigned manage_metrics(void *state, struct metric_source *sources)
{
	const struct manage *manage = state;

	if (!manage->on)
		return 0;
	sources[0] = (struct metric_source){.rows = rows, .len = manage->env->workers_len};
	for (unsigned i = 0; i < manage->env->workers_len; i++)
		sources[0].of[i] = &manage->workers[i].counts;
	return 1;
}

static void manage_describe(void *state, char *text, size_t size)
{
	const struct manage *manage = state;

	char at[128];

	if (!manage->on)
		return;
	http_endpoint_text(&manage->endpoint, at, sizeof(at));
	snprintf(text, size, "managed at %s", at);
}

const struct service manage_service = {
        .name = "manage",
        .section = &section,
        .help = "The management endpoint: metrics, status, health and a live page over HTTP.",
        .check = manage_check,
        .listens = manage_listens,
        .open = manage_open,
        .close = manage_close,
        .files = manage_files,
        .worker_open = manage_worker_open,
        .worker_close = manage_worker_close,
        .reload = manage_reload,
        .clock_set = manage_clock_set,
        .metrics = manage_metrics,
        .describe = manage_describe,
};

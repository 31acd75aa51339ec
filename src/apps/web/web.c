// web: see the header.
#include "apps/web/web.h"

#include "apps/http/http_links.h"
#include "proto/http/http_limits.h"
#include "proto/http/http_route.h"
#include "proto/write/write_json.h"

#include <errno.h>
#include <stdlib.h>

struct web_conf {
	uint64_t port, max_connections;
};

static const struct conf_key keys[] = {
        {"port", CONF_UNSIGNED, offsetof(struct web_conf, port), "80", 1, 65535,
         .help = "The TCP port."},
        {"max_connections", CONF_UNSIGNED, offsetof(struct web_conf, max_connections), "10000", 1,
         HTTP_LINKS_MAX,
         .help = "Connections of each worker at a time; beyond it the one idle for longest ends."},
        {0},
};
static const struct conf_section section = {sizeof(struct web_conf), keys};

struct web {
	const struct service_env *env;
	struct web_conf conf;
	struct http_links *links[BOOT_WORKERS_MAX];
};

enum { ROUTE_HELLO };

static const struct http_route routes[] = {
        {"/hello.json", 1 << HTTP_GET, ROUTE_HELLO},
        {0},
};

static void answer_hello(struct http_exchange *exchange, mono_t now)
{
	struct tcp_peers peers = http_exchange_peers(exchange);
	char text[ADDR_TEXT_BYTES], json[256];
	struct fill out = fill_of(json, sizeof(json));
	struct http_reply reply;

	addr_text(peers.remote, text);
	(void)text;
	fill_bytes(&out, "{\"hello\": \"world\"}\n", 19);
	http_reply_init(&reply, 200);
	http_reply_bytes(&reply, "application/json", json, fill_len(&out));
	http_exchange_answer(exchange, &reply, now);
}

static void web_request(struct http_exchange *exchange, mono_t now)
{
	struct http_route_match match;

	switch (http_route_find(routes, exchange->path, exchange->request->method, &match)) {
	case HTTP_ROUTE_FOUND:
		answer_hello(exchange, now);
		return;
	case HTTP_ROUTE_NO_METHOD:
		http_exchange_answer_text(exchange, 405, "This method is not allowed here.\n", now);
		return;
	default:
		http_exchange_answer_text(exchange, 404, "There is nothing here.\n", now);
	}
}

static const struct http_handler handler = {.request = web_request};

static int web_open(void **state, const void *conf, const struct service_env *env, struct why *why)
{
	struct web *web = calloc(1, sizeof(*web));

	if (!web)
		return why_no_memory(why, "the state of the server");
	web->env = env;
	web->conf = *(const struct web_conf *)conf;
	*state = web;
	return 0;
}

static void web_close(void *state)
{
	free(state);
}

static int web_worker_open(void *state, struct service_worker *worker, struct why *why)
{
	struct web *web = state;
	const struct http_links_conf links = {.connections = (uint32_t)web->conf.max_connections,
	                                      .buffers = 256,
	                                      .limits = &http_limits_default};
	const struct http_listener_conf listener = {
	        .port = (uint16_t)web->conf.port, .handler = &handler, .ctx = web};
	int err;

	web->links[worker->number] = http_links_open(&links, worker, why);
	if (!web->links[worker->number])
		return -ENOMEM;
	worker->state = web->links[worker->number];
	err = http_links_listen(worker->state, &listener, why);
	if (err)
		http_links_close(worker->state);
	return err;
}

static void web_worker_close(void *state, struct service_worker *worker)
{
	http_links_close(worker->state);
}

static void web_clock_set(void *state)
{
	struct web *web = state;

	for (unsigned i = 0; i < web->env->workers_len; i++)
		http_links_clock_set(web->links[i]);
}

static unsigned web_metrics(void *state, struct metric_source *sources)
{
	struct web *web = state;

	return http_links_metrics(web->links, web->env->workers_len, sources);
}

const struct service web_service = {
        .name = "web",
        .section = &section,
        .help = "What is served, and how.",
        .open = web_open,
        .close = web_close,
        .worker_open = web_worker_open,
        .worker_close = web_worker_close,
        .clock_set = web_clock_set,
        .metrics = web_metrics,
};

// hello: wadi-hello: a page over HTTP, and nothing else.
#include <wadi/wadi.h>

#include <errno.h>

struct hello_conf {
	uint64_t port;
};

static const struct conf_key keys[] = {
        {"port", CONF_UNSIGNED, offsetof(struct hello_conf, port), "80", 1, 65535,
         .help = "The TCP port."},
        {0},
};
static const struct conf_section section = {sizeof(struct hello_conf), keys};

static const struct http_route routes[] = {{"/", 1 << HTTP_GET}, {0}};
static const char page[] = "<!doctype html>\n<title>wadi-hello</title>\n<p>Hello.\n";

static void on_request(struct http_exchange *exchange, mono_t now)
{
	struct http_route_match match;
	struct http_reply reply;

	if (!http_exchange_route(exchange, routes, &match, now))
		return;
	http_reply_init(&reply, 200);
	http_reply_bytes(&reply, "text/html; charset=utf-8", page, sizeof(page) - 1);
	http_exchange_answer(exchange, &reply, now);
}
static const struct http_handler handler = {.request = on_request};

static int hello_open(void **state, const void *conf, const struct service_env *env,
                      struct why *why)
{
	*state = (void *)(uintptr_t)conf; // valid until close
	return 0;
}

static int worker_open(void *state, struct service_worker *worker, struct why *why)
{
	const struct hello_conf *conf = state;
	const struct http_links_conf links = {
	        .connections = 1000, .buffers = 64, .limits = &http_limits_default};
	const struct http_listener_conf listener = {.port = (uint16_t)conf->port,
	                                            .handler = &handler};
	struct http_links *all = http_links_open(&links, worker, why);
	int err = all ? http_links_listen(all, &listener, why) : -ENOMEM;

	worker->state = all;
	if (err)
		http_links_close(all);
	return err;
}

static void worker_close(void *state, struct service_worker *worker)
{
	http_links_close(worker->state);
}

static const struct service service = {.name = "hello",
                                       .help = "The port.",
                                       .section = &section,
                                       .open = hello_open,
                                       .worker_open = worker_open,
                                       .worker_close = worker_close};
static const struct appliance appliance = {
        .name = "wadi-hello",
        .summary = "a page over HTTP",
        .services = (const struct service *const[]){&service, NULL},
};

int main(int argc, char **argv)
{
	return boot_main(&appliance, argc, argv);
}

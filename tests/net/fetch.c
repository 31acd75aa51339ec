// fetch: an appliance that makes calls of HTTP servers by apps/http/http_origin.h, from a worker or
// from the control thread, prints what came of each, and ends. For tests/net/http_origin.sh.
#include "apps/boot/boot.h"
#include "apps/cross/crossing.h"
#include "apps/http/http_origin.h"
#include "core/host/clock.h"
#include "proto/http/http_limits.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>

struct fetch_conf {
	const char *address, *host, *ca, *name, *content;
	uint64_t port;
	struct conf_list calls; // "GET /path"
	bool crosses;
};

#define KEY(member) offsetof(struct fetch_conf, member)
static const struct conf_key keys[] = {
        {"address", CONF_STRING, KEY(address), NULL, 1, .help = "Of the server."},
        {"port", CONF_UNSIGNED, KEY(port), "80", 1, 65535, .help = "Of the server."},
        {"host", CONF_STRING, KEY(host), "server.example", .help = "The value of Host."},
        {"ca", CONF_PATH, KEY(ca), "", .max = PATH_MAX - 1, .help = "For TLS: who is trusted."},
        {"name", CONF_STRING, KEY(name), "", .help = "For TLS: the server's name."},
        {"content", CONF_STRING, KEY(content), "", .help = "What POST sends."},
        {"calls", CONF_STRINGS, KEY(calls), NULL, 1, 64, .help = "METHOD TARGET."},
        {"crosses", CONF_BOOL, KEY(crosses), "false",
         .help = "Whether the control thread is the client."},
        {0},
};
static const struct conf_section section = {sizeof(struct fetch_conf), keys};

struct fetch;

struct fetch_call {
	struct http_origin_call call;
	struct fetch *fetch;
	char method[16];
	unsigned status;
	uint64_t len;
	uint32_t a, b; // Adler-32 of the content
};

struct fetch {
	const struct fetch_conf *conf;
	const struct service_env *env;
	struct channels *channels;
	struct crossing *crossing;
	struct tls_context *tls;
	struct http_origin *origin;
	struct http_limits limits;
	struct wheel_timer begin; // in the control thread
	struct fetch_call *call;
	unsigned left;
};

static void on_response(struct http_origin_call *call, const struct http_response *response,
                        mono_t now)
{
	CONTAINER_OF(call, struct fetch_call, call)->status = response->status;
}

static void on_content(struct http_origin_call *call, struct span piece, mono_t now)
{
	struct fetch_call *own = CONTAINER_OF(call, struct fetch_call, call);

	own->len += span_left(&piece);
	for (const uint8_t *p = piece.p; p < piece.end; p++) {
		own->a = (own->a + *p) % 65521;
		own->b = (own->b + own->a) % 65521;
	}
}

static void stop(void *ctx, mono_t now)
{
	struct fetch *fetch = ctx;

	control_loop_stop(fetch->env->loop);
}

static void on_done(struct http_origin_call *call, enum http_origin_end end, const char *why,
                    mono_t now)
{
	struct fetch_call *own = CONTAINER_OF(call, struct fetch_call, call);

	printf("%s %d %u %ju %u %s\n", call->request.target, (int)end, own->status,
	       (uintmax_t)own->len, own->b << 16 | own->a, why);
	fflush(stdout);
	if (--own->fetch->left == 0)
		while (!mailbox_post(&own->fetch->env->loop->mailbox, stop, own->fetch))
			;
}

static int worker_connect(void *ctx, const struct channels_connect_conf *conf,
                          struct channel **channel, mono_t now)
{
	return channels_connect(((struct fetch *)ctx)->channels, conf, channel, now);
}

static int control_connect(void *ctx, const struct channels_connect_conf *conf,
                           struct channel **channel, mono_t now)
{
	return crossing_connect(((struct fetch *)ctx)->crossing, 0, conf, channel);
}

static int origin_open(struct fetch *fetch, struct wheel *wheel, struct why *why)
{
	struct http_origin_conf conf = {
	        .connect = fetch->conf->crosses ? control_connect : worker_connect,
	        .connect_ctx = fetch,
	        .server = {.remote_port = (uint16_t)fetch->conf->port, .timeout_us = 2 * SEC_US},
	        .host = fetch->conf->host,
	        .tls = fetch->tls,
	        .tls_name = *fetch->conf->name ? fetch->conf->name : NULL,
	        .limits = &fetch->limits,
	        .wheel = wheel};

	if (!addr_parse(fetch->conf->address, &conf.server.remote))
		return why_fail(why, -EINVAL, "fetch.address is not an address");
	fetch->origin = http_origin_open(&conf, why);
	return fetch->origin ? 0 : -ENOMEM;
}

static void begin_all(struct fetch *fetch)
{
	const char *const *calls = fetch->conf->calls.items;

	for (unsigned i = 0; i < fetch->left; i++) {
		struct fetch_call *own = &fetch->call[i];
		size_t len = strcspn(calls[i], " ");
		bool posts = strncmp(calls[i], "POST ", 5) == 0;

		own->fetch = fetch;
		own->a = 1;
		snprintf(own->method, sizeof(own->method), "%.*s", (int)len, calls[i]);
		own->call = (struct http_origin_call){
		        .request = {.method = own->method,
		                    .target = calls[i] + len + strspn(calls[i] + len, " "),
		                    .content = posts ? fetch->conf->content : NULL,
		                    .content_len = posts ? strlen(fetch->conf->content) : 0},
		        .response = on_response,
		        .content = on_content,
		        .done = on_done};
		http_origin_begin(fetch->origin, &own->call);
	}
}

static void on_begin(struct wheel_timer *timer, mono_t now)
{
	begin_all(CONTAINER_OF(timer, struct fetch, begin));
}

static int tls_begin(struct fetch *fetch, struct why *why)
{
	struct tls_context_conf conf = {
	        .client = true, .verify = TLS_VERIFY_REQUIRED, .now_s = time(NULL)};
	static char bytes[65536];
	FILE *file;

	if (!*fetch->conf->ca)
		return 0;
	file = fopen(fetch->conf->ca, "r");
	if (!file)
		return why_fail(why, -errno, "%s: %s", fetch->conf->ca, strerror(errno));
	conf.ca = (struct tls_file){fetch->conf->ca, bytes, fread(bytes, 1, sizeof(bytes), file)};
	fclose(file);
	fetch->tls = tls_context_open(&conf, why);
	return fetch->tls ? 0 : -EINVAL;
}

static void fetch_close(void *state)
{
	struct fetch *fetch = state;

	wheel_del(&fetch->env->loop->wheel, &fetch->begin);
	if (fetch->crossing)
		crossing_close(fetch->crossing);
	if (fetch->tls)
		tls_context_put(fetch->tls);
	free(fetch->call);
	free(fetch);
}

static int fetch_open(void **state, const void *conf, const struct service_env *env,
                      struct why *why)
{
	struct fetch *fetch = calloc(1, sizeof(*fetch));
	const struct crossing_conf crossing = {.loop = env->loop,
	                                       .channels = 1,
	                                       .connects = 2,
	                                       .buffer_bytes = 64,
	                                       .out_bytes = 16384};
	int err;

	if (!fetch)
		return why_no_memory(why, "fetch");
	*state = fetch;
	fetch->conf = conf;
	fetch->env = env;
	fetch->left = (unsigned)fetch->conf->calls.len;
	fetch->call = calloc(fetch->left, sizeof(*fetch->call));
	fetch->limits = http_limits_default;
	fetch->limits.body_bytes = UINT64_C(1) << 40;
	fetch->limits.head_us = 5 * SEC_US;
	wheel_timer_init(&fetch->begin, on_begin);
	err = tls_begin(fetch, why);
	if (!err && fetch->conf->crosses) {
		fetch->crossing = crossing_open(&crossing);
		err = fetch->crossing ? origin_open(fetch, &env->loop->wheel, why)
		                      : why_no_memory(why, "the channels");
		wheel_add(&env->loop->wheel, &fetch->begin, clock_kernel());
	}
	if (err)
		fetch_close(fetch);
	return err;
}

static int worker_open(void *state, struct service_worker *worker, struct why *why)
{
	struct fetch *fetch = state;
	const struct channels_conf conf = {.tcp = stack_tcp(worker->stack),
	                                   .wheel = &worker->pipeline->wheel,
	                                   .metric = worker->metric,
	                                   .channels = 2,
	                                   .buffer_bytes = 64};
	int err;

	if (fetch->conf->crosses)
		return crossing_worker_open(fetch->crossing, worker->number, worker->pipeline,
		                            stack_tcp(worker->stack));
	fetch->channels = channels_open(&conf);
	if (!fetch->channels)
		return why_no_memory(why, "the channels");
	err = origin_open(fetch, &worker->pipeline->wheel, why);
	if (!err)
		begin_all(fetch);
	return err;
}

static void worker_close(void *state, struct service_worker *worker)
{
	struct fetch *fetch = state;

	http_origin_close(fetch->origin);
	if (fetch->conf->crosses)
		crossing_worker_close(fetch->crossing, worker->number, clock_kernel());
	else
		channels_close(fetch->channels, clock_kernel());
}

static const struct service service = {.name = "fetch",
                                       .help = "What is fetched, and of whom.",
                                       .section = &section,
                                       .open = fetch_open,
                                       .close = fetch_close,
                                       .worker_open = worker_open,
                                       .worker_close = worker_close};

static const struct appliance appliance = {
        .name = "wadi-fetch",
        .summary = "makes calls of an HTTP server",
        .text = "For tests.",
        .services = (const struct service *const[]){&service, NULL},
};

int main(int argc, char **argv)
{
	return boot_main(&appliance, argc, argv);
}

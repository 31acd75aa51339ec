// web: see the header.
#include "apps/web/web.h"

#include "apps/http/http_protocol.h"
#include "apps/web/web_worker.h"
#include "core/line.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define WEB_BUFFERS 256  // of each worker, for clients that are slow
#define WEB_SOCKETS 1024 // WebSockets of each worker at a time

struct web_gauges {
	uint64_t sites, files, bytes;
};

struct web {
	const struct service_env *env;
	struct web_conf conf; // as it was at the start
	struct web_tls_conf tls_conf;
	struct http_limits limits;
	struct web_publisher publisher;
	struct tls_swap tls;    // zeros: no HTTPS
	struct access_log *log; // NULL: there is none
	struct web_worker *workers[BOOT_WORKERS_MAX];
	struct web_gauges gauges;
};

// Certificates are offered with the protocols of links.
static void tls_offer(struct tls_offer *offer, const char *names[TLS_ALPN_MAX])
{
	*offer = (struct tls_offer){
	        .section = web_tls_section, .alpn = names, .alpn_len = http_protocol_names(names)};
}

static struct tls_context *web_tls_context(const struct web_conf *conf, struct why *why)
{
	const char *names[TLS_ALPN_MAX];
	struct tls_offer offer;

	tls_offer(&offer, names);
	return tls_swap_context(&conf->tls->files, &offer, why);
}

static int open_tls(struct web *web, const struct web_conf *conf, struct why *why)
{
	const char *names[TLS_ALPN_MAX];
	struct tls_offer offer;

	web->tls_conf = *conf->tls;
	if (!conf->tls->enabled)
		return 0;
	tls_offer(&offer, names);
	return tls_swap_open(&web->tls, &conf->tls->files, &offer, web->env, why);
}

static void web_close(void *state)
{
	struct web *web = state;

	access_log_close(web->log);
	web_content_close(&web->publisher);
	tls_swap_close(&web->tls);
	for (unsigned i = 0; i < web->env->workers_len; i++) {
		if (web->workers[i])
			web_worker_close(web->workers[i]);
		free(web->workers[i]);
	}
	free(web);
}

static int open_workers(struct web *web)
{
	int err = 0;

	for (unsigned i = 0; i < web->env->workers_len && !err; i++) {
		struct web_worker *worker = line_alloc(1, sizeof(*worker));

		web->workers[i] = worker;
		if (!worker)
			return -ENOMEM;
		worker->number = i;
		worker->api = web->conf.api;
		worker->content = &web->publisher.current;
		worker->log = access_log_worker(web->log, i);
		err = web_worker_open(worker);
	}
	return err;
}

static int web_open(void **state, const void *conf, const struct service_env *env, struct why *why)
{
	struct web *web = calloc(1, sizeof(*web));
	int err;

	if (!web)
		return why_no_memory(why, "the state of the server");
	web->env = env;
	web->conf = *(const struct web_conf *)conf;
	web->limits = web_conf_limits(web->conf.limits);
	swap_init(&web->tls.shared, NULL);
	err = access_log_open(&web->log, web->conf.access_log, env->workers_len, why);
	if (!err && open_workers(web))
		err = why_no_memory(why, "the state of the workers");
	if (!err)
		err = open_tls(web, conf, why);
	if (!err)
		err = web_content_open(&web->publisher, conf, env, why);
	if (err)
		web_close(web);
	else
		*state = web;
	return err;
}

static int web_files(void *state, const void *conf, struct sandbox *sandbox, struct why *why)
{
	const struct web_conf *web = conf;
	const struct web_site_conf *items = web->sites.items;
	int err = web->tls->enabled ? tls_conf_files(&web->tls->files, sandbox, why) : 0;

	if (!err)
		err = sandbox_write(sandbox, web->access_log->file, why);
	for (size_t i = 0; i < web->sites.len && !err; i++)
		err = sandbox_read(sandbox, items[i].directory, why);
	return err;
}

static int listen_both(struct web *web, struct web_worker *worker, struct why *why)
{
	struct http_listener_conf listener = {
	        .port = (uint16_t)web->conf.port, .handler = &web_handler, .ctx = worker};
	int err = web->conf.port ? http_links_listen(worker->links, &listener, why) : 0;

	if (err || !web->tls_conf.enabled)
		return err;
	listener.port = (uint16_t)web->tls_conf.port;
	listener.tls = &web->tls.shared;
	return http_links_listen(worker->links, &listener, why);
}

static int worker_open(void *state, struct service_worker *worker, struct why *why)
{
	struct web *web = state;
	struct web_worker *serving = web->workers[worker->number];
	const struct http_links_conf links = {
	        .connections = (uint32_t)web->conf.max_connections,
	        .per_client = (uint32_t)web->conf.max_per_client,
	        .prefix = {(uint8_t)web->conf.ipv4_prefix, (uint8_t)web->conf.ipv6_prefix},
	        .sockets = web->conf.api ? WEB_SOCKETS : 0,
	        .buffers = WEB_BUFFERS,
	        .limits = &web->limits};
	int err;

	worker->state = serving;
	serving->links = http_links_open(&links, worker, why);
	if (!serving->links)
		return -ENOMEM;
	err = listen_both(web, serving, why);
	// Not earlier: until the control socket is open, another instance may be running.
	if (!err && worker->number == 0)
		err = access_log_start(web->log, why);
	if (err)
		http_links_close(serving->links);
	return err;
}

static void worker_close(void *state, struct service_worker *worker)
{
	struct web_worker *serving = worker->state;

	http_links_close(serving->links);
}

static void web_clock_set(void *state)
{
	struct web *web = state;

	for (unsigned i = 0; i < web->env->workers_len; i++)
		http_links_clock_set(web->workers[i]->links);
}

static struct web_gauges gauges_of(const struct web *web)
{
	const struct web_content *content = swap_read(&web->publisher.current);
	struct web_gauges gauges = {.sites = content->sites_len};

	for (size_t i = 0; i < content->sites_len; i++) {
		gauges.files += content->sites[i].site->files;
		gauges.bytes += content->sites[i].site->bytes;
	}
	return gauges;
}

static void web_status(void *state, json_t *reply)
{
	struct web_gauges gauges = gauges_of(state);

	json_object_set_new(reply, "sites", json_integer((json_int_t)gauges.sites));
	json_object_set_new(reply, "files", json_integer((json_int_t)gauges.files));
	json_object_set_new(reply, "file_bytes", json_integer((json_int_t)gauges.bytes));
}

static void web_reopen(void *state)
{
	access_log_reopen(((struct web *)state)->log);
}

static int web_reload(void *state, const void *conf, bool all, json_t *reply, struct why *why)
{
	struct web *web = state;
	struct tls_context *context = NULL;
	int err;

	if (web->tls_conf.enabled) {
		context = web_tls_context(conf, why);
		if (!context)
			return -EINVAL;
	}
	err = web_content_reload(&web->publisher, conf, why);
	if (!err && context)
		tls_swap_reload(&web->tls, context);
	else
		tls_context_put(context);
	if (!err)
		web_status(state, reply);
	return err;
}

static int run_sites(void *state, const char *const *args, unsigned args_len, json_t *reply,
                     struct why *why)
{
	const struct web *web = state;
	const struct web_content *content = swap_read(&web->publisher.current);
	json_t *rows = json_array();

	for (size_t i = 0; i < content->sites_len; i++) {
		const struct site *site = content->sites[i].site;

		json_array_append_new(
		        rows, json_pack("{s:s, s:s, s:I, s:I}", "host", content->sites[i].host,
		                        "directory", site->directories[0], "files",
		                        (json_int_t)site->files, "bytes", (json_int_t)site->bytes));
	}
	json_object_set_new(reply, "sites", rows);
	return 0;
}

static const struct service_command commands[] = {
        {"sites", "", 0, 0, "The sites that are served, with their files.", run_sites},
        {0},
};

#define GAUGE(member, text)                                                                        \
	{                                                                                          \
		"sites", NULL, NULL, #member, text, METRIC_GAUGE,                                  \
		        offsetof(struct web_gauges, member)                                        \
	}
static const struct metric_row gauge_rows[] = {
        GAUGE(sites, "sites served"),
        GAUGE(files, "files of the sites"),
        GAUGE(bytes, "bytes of the files, in memory"),
        {0},
};

static unsigned web_metrics(void *state, struct metric_source *sources)
{
	struct web *web = state;
	struct http_links *links[BOOT_WORKERS_MAX];
	unsigned len = 1;

	web->gauges = gauges_of(web);
	sources[0] = (struct metric_source){.rows = gauge_rows, .len = 1, .of = {&web->gauges}};
	for (unsigned i = 0; i < web->env->workers_len; i++)
		links[i] = web->workers[i]->links;
	len += http_links_metrics(links, web->env->workers_len, &sources[len]);
	len += access_log_metrics(web->log, &sources[len]);
	return len;
}

static void web_describe(void *state, char *text, size_t size)
{
	struct web_gauges gauges = gauges_of(state);

	snprintf(text, size, "serving %ju site%s (%ju files)", (uintmax_t)gauges.sites,
	         gauges.sites == 1 ? "" : "s", (uintmax_t)gauges.files);
}

// Clients refuse a certificate from the second on in which it expires.
static void check_log(const struct web *web, struct health *health)
{
	const char *broken = access_log_broken(web->log);

	if (broken)
		health_add(health, "web.access_log", HEALTH_WARNING,
		           "%s cannot be written to, and requests are not logged; the log says why",
		           broken);
	else if (web->log)
		health_add(health, "web.access_log", HEALTH_OK, "it is written");
}

static void web_health(void *state, struct health *health)
{
	const struct web *web = state;
	int64_t expires_s = tls_swap_expires_s(&web->tls), left_h;

	check_log(web, health);
	if (expires_s == INT64_MAX)
		return;
	left_h = (expires_s - (int64_t)time(NULL)) / 3600;
	if (left_h < 0)
		health_add(health, "web.tls", HEALTH_WARNING,
		           "a certificate has expired, and clients refuse it: write a new one and "
		           "reload");
	else
		health_add(health, "web.tls",
		           left_h < (int64_t)web->tls_conf.files.expiry_warning_h ? HEALTH_WARNING
		                                                                  : HEALTH_OK,
		           "the first certificate expires in %jd hours", (intmax_t)left_h);
}

const struct service web_service = {
        .name = "web",
        .section = &web_conf_section,
        .help = "The sites that are served, and how.",
        .check = web_conf_check,
        .listens = web_conf_listens,
        .open = web_open,
        .close = web_close,
        .files = web_files,
        .worker_open = worker_open,
        .worker_close = worker_close,
        .reload = web_reload,
        .reopen = web_reopen,
        .clock_set = web_clock_set,
        .commands = commands,
        .status = web_status,
        .metrics = web_metrics,
        .describe = web_describe,
        .health = web_health,
};

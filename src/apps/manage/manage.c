// manage: see the header. This file is the service: its configuration, and what is opened and
// closed.
#include "apps/manage/manage.h"

#include "apps/manage/manage_internal.h"

#include "core/host/log.h"
#include "core/host/secret.h"
#include "proto/http/http_limits.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define TLS_KEY(member) offsetof(struct manage_tls_conf, member)
#define KEY(member)     offsetof(struct manage_conf, member)

static bool check_address(const char *text, struct why *why)
{
	struct addr addr;

	why_set(why, "is not an address, such as 192.0.2.1 or 2001:db8::1");
	return addr_parse(text, &addr) && !addr_is_multicast(addr) && !addr_is_any(addr);
}

static const struct conf_key tls_keys[] = {
        {"enabled", CONF_BOOL, TLS_KEY(enabled), "false",
         .help = "Whether the endpoint is served over TLS, and only so."},
        TLS_CONF_KEYS(TLS_KEY(files)),
        {0},
};
static const struct conf_section tls_section = {sizeof(struct manage_tls_conf), tls_keys};

static const struct conf_key keys[] = {
        {"port", CONF_UNSIGNED, KEY(port), "0", 0, 65535,
         .help = "The TCP port of the management endpoint; 0: there is none."},
        {"address", CONF_STRING, KEY(address), "", .check = check_address,
         .help = "The address that it is served at: one of a port of the appliance that only "
                 "operators reach, such as a TAP or a VLAN of its own. Required with a port."},
        {"token_file", CONF_PATH, KEY(token_file), "", .max = PATH_MAX - 1, .live = true,
         .help = "A file with the token that clients have to bring: one line of 16 to 128 visible "
                 "ASCII characters, as \"openssl rand -hex 32\" makes it. A reload reads it again. "
                 "Required, but with manage.tls.client_ca."},
        {"open_health", CONF_BOOL, KEY(open_health), "false",
         .help = "Whether /healthz and /readyz are answered without the token."},
        {"tls", CONF_SECTION, KEY(tls), .section = &tls_section,
         .help = "TLS of the management endpoint; with client_ca also whose certificates it "
                 "takes."},
        {0},
};
static const struct conf_section section = {sizeof(struct manage_conf), keys};

static const char *const protocols[] = {"h2", "http/1.1"};
static const struct tls_offer offer = {
        .section = "manage.tls", .alpn = protocols + 1, .alpn_len = 1};

static void manage_check(const void *values, struct conf *to)
{
	const struct manage_conf *conf = values;

	if (conf->port == 0)
		return;
	if (*conf->address == '\0' && !conf_has_error(to, "manage.address"))
		conf_error(to, "manage.port",
		           "the endpoint needs manage.address: the address of a port that only "
		           "operators reach");
	if (*conf->token_file == '\0' &&
	    !(conf->tls->enabled && *conf->tls->files.client_ca != '\0'))
		conf_error(to, "manage.port",
		           "the endpoint needs manage.token_file, or TLS with "
		           "manage.tls.client_ca: otherwise every host could read it");
	if (conf->tls->enabled)
		tls_conf_check(&conf->tls->files, "manage.tls", to);
	else if (*conf->token_file)
		conf_warning(to, "manage.port",
		             "without manage.tls the token crosses the network as it is: use an "
		             "interface on which no other host listens");
}

static unsigned manage_listens(const void *values, struct service_listen *to)
{
	const struct manage_conf *conf = values;

	to[0] = (struct service_listen){
	        .key = "manage.port", .port = (uint16_t)conf->port, .addr_key = "manage.address"};
	return addr_parse(conf->address, &to[0].addr);
}

static void warn_readable(const char *file, int fd)
{
	struct stat stat;

	if (fstat(fd, &stat) == 0 && stat.st_mode & S_IROTH)
		log_warning("%s: every user can read the token: chmod o-r it", file);
}

// NULL with a sentence in why. Secret memory.
static struct manage_token *read_token(const char *file, struct why *why)
{
	struct manage_token *token = secret_alloc(sizeof(*token));
	uint8_t text[MANAGE_TOKEN_MAX + 16];
	int fd = token ? open(file, O_RDONLY | O_CLOEXEC) : -1;
	ssize_t len = fd < 0 ? -1 : read(fd, text, sizeof(text));
	bool taken = false;

	if (!token)
		(void)why_no_memory(why, "a token");
	else if (len < 0)
		(void)why_fail(why, -errno, "manage.token_file: %s: %s", file, strerror(errno));
	else
		taken = manage_guard_parse(file, span_of(text, (size_t)len), token, why);
	if (taken)
		warn_readable(file, fd);
	explicit_bzero(text, sizeof(text));
	if (fd >= 0)
		close(fd);
	if (taken)
		return token;
	secret_free(token);
	return NULL;
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
		worker->pipeline = manage->env->pipelines[i];
		for (unsigned k = 0; k < MANAGE_SLOTS; k++) {
			worker->slot[k].worker = worker;
			wheel_timer_init(&worker->slot[k].retry, manage_job_retry);
		}
	}
	return 0;
}

static void manage_close(void *state)
{
	struct manage *manage = state;

	manage_job_close(manage);
	tls_swap_close(&manage->tls);
	secret_free(swap_read(&manage->token));
	free(manage->workers);
	free(manage);
}

static int open_on(struct manage *manage, struct why *why)
{
	struct manage_token *token = NULL;
	int err;

	if (*manage->conf.token_file) {
		token = read_token(manage->conf.token_file, why);
		if (!token)
			return -EINVAL;
	}
	swap_init(&manage->token, token);
	err = open_workers(manage, why);
	if (!err && manage->conf.tls->enabled)
		err = tls_swap_open(&manage->tls, &manage->conf.tls->files, &offer, manage->env,
		                    why);
	return err;
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
	manage->on = manage->conf.port != 0;
	swap_init(&manage->token, NULL);
	wheel_timer_init(&manage->tick, manage_job_tick);
	if (manage->on)
		err = open_on(manage, why);
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
	int err = sandbox_read(sandbox, conf->token_file, why);

	return err ? err : tls_conf_files(&conf->tls->files, sandbox, why);
}

static int manage_worker_open(void *state, struct service_worker *worker, struct why *why)
{
	static const struct http_links_conf links = {.connections = MANAGE_CONNECTIONS,
	                                             .buffers = MANAGE_BUFFERS,
	                                             .limits = &http_limits_default};
	struct manage *manage = state;
	struct http_listener_conf listener = {.port = (uint16_t)manage->conf.port,
	                                      .handler = &manage_handler};
	struct manage_worker *own;
	int err;

	if (!manage->on)
		return 0;
	own = &manage->workers[worker->number];
	if (!addr_parse(manage->conf.address, &listener.addr))
		return why_fail(why, -EINVAL, "manage.address is not an address");
	if (manage->conf.tls->enabled)
		listener.tls = &manage->tls.shared;
	listener.ctx = own;
	own->links = http_links_open(&links, worker, why);
	if (!own->links)
		return -ENOMEM;
	err = http_links_listen(own->links, &listener, why);
	if (err) {
		struct why inner = *why;

		why_set(why, "manage: %s", inner.text);
		http_links_close(own->links);
		own->links = NULL;
	}
	return err;
}

static void manage_worker_close(void *state, struct service_worker *worker)
{
	struct manage *manage = state;

	if (manage->on)
		http_links_close(manage->workers[worker->number].links);
}

// The token and the certificates are read again; both are right, or nothing changes.
static int manage_reload(void *state, const void *values, bool all, json_t *reply, struct why *why)
{
	const struct manage_conf *conf = values;
	struct manage *manage = state;
	struct tls_context *context = NULL;
	struct manage_token *token = NULL;

	if (!manage->on)
		return 1;
	if (*conf->token_file) {
		token = read_token(conf->token_file, why);
		if (!token)
			return -EINVAL;
	}
	if (manage->conf.tls->enabled) {
		context = tls_swap_context(&conf->tls->files, &offer, why);
		if (!context) {
			secret_free(token);
			return -EINVAL;
		}
		tls_swap_reload(&manage->tls, context);
	}
	secret_free(swap_publish(&manage->token, token, manage->env->pipelines,
	                         manage->env->workers_len));
	return 0;
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

	if (manage->on)
		snprintf(text, size, "managed at %s://%s%s%s:%ju",
		         manage->conf.tls->enabled ? "https" : "http",
		         strchr(manage->conf.address, ':') ? "[" : "", manage->conf.address,
		         strchr(manage->conf.address, ':') ? "]" : "",
		         (uintmax_t)manage->conf.port);
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

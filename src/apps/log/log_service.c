// log_service: see the header.
#include "apps/log/log_service.h"

#include "apps/log/log_file.h"
#include "apps/log/log_local.h"
#include "apps/log/syslog.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define DRAIN_MS 200 // that the last lines may take to leave for the collector

struct log_conf {
	unsigned level;      // enum log_level
	unsigned timestamps; // enum log_timestamps
	const char *syslog;  // "": no collector
	const char *hostname;
	const char *file, *socket; // "": none
};

static const char *const levels[] = {[LOG_ERROR] = "error",
                                     [LOG_WARNING] = "warning",
                                     [LOG_INFO] = "info",
                                     [LOG_DEBUG] = "debug",
                                     [LOG_LEVELS] = NULL};

static const char *const timestamps[] = {[LOG_TIMESTAMPS_AUTO] = "auto",
                                         [LOG_TIMESTAMPS_ALWAYS] = "always",
                                         [LOG_TIMESTAMPS_NEVER] = "never",
                                         NULL};

// The service while it runs.
struct log_state {
	unsigned level; // as configured
	// Where each message goes, too; NULL: there is none.
	struct syslog *syslog;
	struct log_file *file;
	struct log_local *local;
};

static bool check_collector(const char *text, struct why *why)
{
	struct addr addr;
	uint16_t port;

	why_set(why, "is not a collector, such as 192.0.2.1, 192.0.2.1:514 or [2001:db8::1]:514");
	return syslog_parse(text, &addr, &port) && !addr_is_multicast(addr);
}

static const struct conf_key log_keys[] = {
        {"level", CONF_ENUM, offsetof(struct log_conf, level), "info", .choices = levels,
         .live = true,
         .help = "The least severe messages that are logged; wadi-ctl log-level changes it in a "
                 "running appliance."},
        {"timestamps", CONF_ENUM, offsetof(struct log_conf, timestamps), "auto",
         .choices = timestamps, .live = true,
         .help = "Whether a line on standard error begins with the time (UTC, RFC 3339): auto is "
                 "always but under systemd's journal, which adds the time itself."},
        {"syslog", CONF_STRING, offsetof(struct log_conf, syslog), "", .max = 64,
         .check = check_collector,
         .help = "ADDRESS[:PORT] of a collector that gets each message over UDP, too (RFC 5424); "
                 "it is reached through the ports, not through the kernel."},
        {"hostname", CONF_STRING, offsetof(struct log_conf, hostname), "", .max = 63,
         .help = "The host name in messages to the collector; empty: the system's."},
        {"file", CONF_PATH, offsetof(struct log_conf, file), "", .max = PATH_MAX - 1,
         .help = "A file that each message is appended to, too, with its time (UTC). A reload, "
                 "SIGHUP and wadi-ctl log-reopen open it again, so that it can be rotated."},
        {"socket", CONF_PATH, offsetof(struct log_conf, socket), "", .max = 107,
         .help = "The Unix socket of the machine's syslog daemon, /dev/log, that gets each "
                 "message, "
                 "too, in the form of syslog(3), with the facility daemon."},
        {0},
};
static const struct conf_section log_section = {sizeof(struct log_conf), log_keys};

static int open_syslog(struct log_state *state, const struct log_conf *log, const char *program)
{
	struct addr collector;
	uint16_t port;

	if (*log->syslog == '\0' || !syslog_parse(log->syslog, &collector, &port))
		return 0;
	state->syslog = calloc(1, sizeof(*state->syslog));
	if (state->syslog &&
	    syslog_open(state->syslog, program, log->hostname, collector, port) == 0)
		return 0;
	free(state->syslog);
	state->syslog = NULL;
	return -ENOMEM;
}

static int open_file(struct log_state *state, const struct log_conf *log, const char *program,
                     struct why *why)
{
	int err;

	if (*log->file == '\0')
		return 0;
	state->file = calloc(1, sizeof(*state->file));
	if (!state->file)
		return why_no_memory(why, "the log");
	err = log_file_open(state->file, log->file, program);
	if (!err)
		return 0;
	free(state->file);
	state->file = NULL;
	return why_fail(why, err, "log.file: %s cannot be written to: %s", log->file,
	                strerror(-err));
}

static int open_local(struct log_state *state, const struct log_conf *log, const char *program)
{
	if (*log->socket == '\0')
		return 0;
	state->local = calloc(1, sizeof(*state->local));
	if (!state->local)
		return -ENOMEM;
	log_local_open(state->local, log->socket, program);
	return 0;
}

// A log_sink_fn with ctx a struct log_state.
static void log_sink(void *ctx, enum log_level level, const char *line, size_t len)
{
	struct log_state *own = ctx;

	if (own->file)
		log_file_sink(own->file, level, line, len);
	if (own->local)
		log_local_sink(own->local, level, line, len);
	if (own->syslog)
		syslog_sink(own->syslog, level, line, len);
}

static void log_close(void *state)
{
	struct log_state *own = state;

	log_set_sink(NULL, NULL);
	if (own->syslog)
		syslog_close(own->syslog);
	if (own->file)
		log_file_close(own->file);
	if (own->local)
		log_local_close(own->local);
	free(own->syslog);
	free(own->file);
	free(own->local);
	free(own);
}

static int log_open(void **state, const void *conf, const struct service_env *env, struct why *why)
{
	const struct log_conf *log = conf;
	struct log_state *own = calloc(1, sizeof(*own));
	int err;

	if (!own)
		return why_no_memory(why, "the log");
	err = open_file(own, log, env->program, why);
	if (!err && (open_syslog(own, log, env->program) || open_local(own, log, env->program)))
		err = why_no_memory(why, "the log");
	if (err) {
		log_close(own);
		return err;
	}
	own->level = log->level;
	log_set_level((enum log_level)log->level);
	log_set_timestamps((enum log_timestamps)log->timestamps);
	log_set_sink(log_sink, own);
	*state = own;
	return 0;
}

static int log_files(void *state, const void *conf, struct sandbox *sandbox, struct why *why)
{
	const struct log_conf *log = conf;

	if (*log->socket)
		sandbox_connect(sandbox);
	return sandbox_write(sandbox, log->file, why);
}

static void log_reopen(void *state)
{
	struct log_state *own = state;
	int err = own->file ? log_file_reopen(own->file) : 0;

	if (err)
		log_warning("%s cannot be opened again, and is still written to: %s",
		            own->file->path, strerror(-err));
}

static void log_health(void *state, struct health *health)
{
	struct log_state *own = state;

	if (!own->file)
		return;
	if (log_file_is_broken(own->file))
		health_add(health, "log.file", HEALTH_WARNING,
		           "%s cannot be written to: is its disk full?", own->file->path);
	else
		health_add(health, "log.file", HEALTH_OK, "it is written");
}

// A level that wadi-ctl set stays unless the configured one has changed.
static int log_reload(void *state, const void *conf, bool all, json_t *reply, struct why *why)
{
	const struct log_conf *log = conf;
	struct log_state *own = state;

	if (own->level != log->level)
		log_set_level((enum log_level)log->level);
	own->level = log->level;
	log_set_timestamps((enum log_timestamps)log->timestamps);
	return 0;
}

// The first worker sends for all.
static int log_worker_open(void *state, struct service_worker *worker, struct why *why)
{
	struct log_state *own = state;

	if (own->syslog && worker->number == 0)
		syslog_attach(own->syslog, worker->stack, worker->pipeline);
	return 0;
}

static void log_drain(void *state)
{
	struct log_state *own = state;

	if (own->syslog)
		syslog_flush(own->syslog, DRAIN_MS);
}

const struct service log_service = {
        .name = "log",
        .section = &log_section,
        .help = "What is logged, and where to.",
        .open = log_open,
        .close = log_close,
        .files = log_files,
        .reopen = log_reopen,
        .health = log_health,
        .reload = log_reload,
        .worker_open = log_worker_open,
        .drain = log_drain,
};

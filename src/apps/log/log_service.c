// log_service: see the header.
#include "apps/log/log_service.h"

#include "apps/log/syslog.h"

#include <errno.h>
#include <stdlib.h>

#define DRAIN_MS 200 // that the last lines may take to leave for the collector

struct log_conf {
	unsigned level;      // enum log_level
	unsigned timestamps; // enum log_timestamps
	const char *syslog;  // "": no collector
	const char *hostname;
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
	unsigned level;        // as configured
	struct syslog *syslog; // NULL: no collector
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
	return -ENOMEM;
}

static int log_open(void **state, const void *conf, const struct service_env *env, struct why *why)
{
	const struct log_conf *log = conf;
	struct log_state *own = calloc(1, sizeof(*own));

	if (!own || open_syslog(own, log, env->program)) {
		free(own);
		return why_no_memory(why, "the log");
	}
	own->level = log->level;
	log_set_level((enum log_level)log->level);
	log_set_timestamps((enum log_timestamps)log->timestamps);
	*state = own;
	return 0;
}

static void log_close(void *state)
{
	struct log_state *own = state;

	if (own->syslog)
		syslog_close(own->syslog);
	free(own->syslog);
	free(own);
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
        .reload = log_reload,
        .worker_open = log_worker_open,
        .drain = log_drain,
};

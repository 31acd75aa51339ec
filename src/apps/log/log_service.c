// log_service: see the header.
#include "apps/log/log_service.h"

#include "apps/log/syslog.h"

#include <stdlib.h>

#define DRAIN_MS 200 // that the last lines may take to leave for the collector

struct log_conf {
	unsigned level;     // enum log_level
	const char *syslog; // "": no collector
	const char *hostname;
};

static const char *const levels[] = {[LOG_ERROR] = "error",
                                     [LOG_WARNING] = "warning",
                                     [LOG_INFO] = "info",
                                     [LOG_DEBUG] = "debug",
                                     [LOG_LEVELS] = NULL};

static bool check_collector(const char *text, struct why *why)
{
	struct addr addr;
	uint16_t port;

	why_set(why, "is not a collector, such as 192.0.2.1, 192.0.2.1:514 or [2001:db8::1]:514");
	return syslog_parse(text, &addr, &port) && !addr_is_multicast(addr);
}

static const struct conf_key log_keys[] = {
        {"level", CONF_ENUM, offsetof(struct log_conf, level), "info", .choices = levels,
         .help = "The least severe messages that are logged; wadi-ctl log-level changes it in a "
                 "running appliance."},
        {"syslog", CONF_STRING, offsetof(struct log_conf, syslog), "", .max = 64,
         .check = check_collector,
         .help = "ADDRESS[:PORT] of a collector that gets each message over UDP, too (RFC 5424); "
                 "it is reached through the ports, not through the kernel."},
        {"hostname", CONF_STRING, offsetof(struct log_conf, hostname), "", .max = 63,
         .help = "The host name in messages to the collector; empty: the system's."},
        {0},
};
static const struct conf_section log_section = {sizeof(struct log_conf), log_keys};

static int log_open(void **state, const void *conf, const struct service_env *env, struct why *why)
{
	const struct log_conf *log = conf;
	struct syslog *syslog;
	struct addr collector;
	uint16_t port;

	log_set_level((enum log_level)log->level);
	if (*log->syslog == '\0' || !syslog_parse(log->syslog, &collector, &port))
		return 0;
	syslog = calloc(1, sizeof(*syslog));
	if (!syslog || syslog_open(syslog, env->program, log->hostname, collector, port)) {
		free(syslog);
		return why_no_memory(why, "log.syslog");
	}
	*state = syslog;
	return 0;
}

static void log_close(void *state)
{
	if (state)
		syslog_close(state);
	free(state);
}

// The first worker sends for all.
static int log_worker_open(void *state, struct service_worker *worker, struct why *why)
{
	if (state && worker->number == 0)
		syslog_attach(state, worker->stack, worker->pipeline);
	return 0;
}

static void log_drain(void *state)
{
	if (state)
		syslog_flush(state, DRAIN_MS);
}

const struct service log_service = {
        .name = "log",
        .section = &log_section,
        .help = "What is logged, and where to.",
        .open = log_open,
        .close = log_close,
        .worker_open = log_worker_open,
        .drain = log_drain,
};

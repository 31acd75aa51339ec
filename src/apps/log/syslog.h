// syslog: sends log messages to a collector as well (RFC 5424 over UDP, RFC 5426), by
// the appliance's own stack. The thread that logs formats a message and puts it into a
// bounded ring; the first worker sends it in its next turn. Messages that find the ring
// full are lost; a later message says how many. Its configuration is log_service.c's.
#ifndef LOG_SYSLOG_H
#define LOG_SYSLOG_H

#include "core/addr.h"
#include "core/host/log.h"
#include "core/host/pipeline.h"
#include "core/ring.h"

#include <time.h>

#define SYSLOG_PORT     514  // source port, and the collector's unless configured
#define SYSLOG_MESSAGES 64   // in the ring
#define SYSLOG_BYTES    1024 // of a message; RFC 5426 section 3.2: at least 480

struct stack;

struct syslog_message {
	uint16_t len;
	char text[SYSLOG_BYTES];
};

struct syslog {
	struct ring sent, spare; // to the worker, and back
	struct syslog_message *messages;
	char host[64];
	const char *program;
	struct addr collector;
	uint16_t port;
	uint64_t lost; // messages that found the ring full, not yet reported
	struct stack *stack;
	struct pipeline *pipeline; // NULL: no worker yet
	_Atomic bool asked;        // the worker has yet to run the post
};

// Parses "192.0.2.1", "192.0.2.1:514", "2001:db8::1" or "[2001:db8::1]:514".
bool syslog_parse(const char *text, struct addr *addr, uint16_t *port) MUST_CHECK;

// program is borrowed. host "": the system's host name. 0 or -ENOMEM.
int syslog_open(struct syslog *syslog, const char *program, const char *host, struct addr collector,
                uint16_t port) MUST_CHECK;

// A log_sink_fn with ctx a struct syslog; log.c calls one at a time.
void syslog_sink(void *ctx, enum log_level level, const char *line, size_t len);

// Names the worker that sends, before it runs.
void syslog_attach(struct syslog *syslog, struct stack *stack, struct pipeline *pipeline);

// Waits up to limit_ms until the worker has taken all messages.
void syslog_flush(struct syslog *syslog, unsigned limit_ms);

// It is no sink any more, and no worker runs. Harmless on all zeros.
void syslog_close(struct syslog *syslog);

// Formats a log line as a message and returns its length, at most SYSLOG_BYTES. A time
// before 2020 comes from a clock that was never set and is left out.
uint16_t syslog_format(char text[SYSLOG_BYTES], enum log_level level, struct timespec now,
                       const char *host, const char *program, int pid, const char *line,
                       size_t len);

#endif

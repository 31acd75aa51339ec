// syslog: log lines to a collector on the network as well (RFC 5424 over UDP,
// RFC 5426), by the appliance's own stack. The control thread forms a message and
// puts it into a bounded ring; the first worker sends it in its next turn. When the
// ring is full a message is not sent, which a later one tells.
#ifndef BOOT_SYSLOG_H
#define BOOT_SYSLOG_H

#include "core/addr.h"
#include "core/host/log.h"
#include "core/host/pipeline.h"
#include "core/ring.h"

#include <time.h>

#define SYSLOG_PORT     514  // ours as well as the collector's, unless it says other
#define SYSLOG_MESSAGES 64   // that wait
#define SYSLOG_BYTES    1024 // of a message; RFC 5426 section 3.2 wants 480 at least

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
	uint64_t lost; // for want of room, not told yet
	struct stack *stack;
	struct pipeline *pipeline; // NULL: no worker yet
	_Atomic bool asked;        // the worker has yet to run the post
};

// "192.0.2.1", "192.0.2.1:514", "2001:db8::1" or "[2001:db8::1]:514".
bool syslog_parse(const char *text, struct addr *addr, uint16_t *port) MUST_CHECK;

// From now on log lines are kept for the collector. host "" is the system's name.
// 0 or -ENOMEM.
int syslog_open(struct syslog *syslog, const char *program, const char *host, struct addr collector,
                uint16_t port) MUST_CHECK;

// The worker that sends them, before it starts.
void syslog_attach(struct syslog *syslog, struct stack *stack, struct pipeline *pipeline);

// Waits until the worker has taken all of them, up to limit_ms.
void syslog_flush(struct syslog *syslog, unsigned limit_ms);

// No worker runs. Harmless on what is all zeros.
void syslog_close(struct syslog *syslog);

// The message that a line becomes, at `now`: its length, at most SYSLOG_BYTES. A
// time before 2020 is left out, as it is no time but a clock that was never set.
uint16_t syslog_form(char text[SYSLOG_BYTES], enum log_level level, struct timespec now,
                     const char *host, const char *program, int pid, const char *line, size_t len);

#endif

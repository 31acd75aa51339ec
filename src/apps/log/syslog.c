// syslog: see the header.
#include "apps/log/syslog.h"

#include "apps/log/log_lost.h"
#include "proto/tcpip/stack.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FACILITY_DAEMON 3
#define FIRST_VALID_S   INT64_C(1577836800) // 2020-01-01

bool syslog_parse(const char *text, struct addr *addr, uint16_t *port)
{
	char host[ADDR_TEXT_BYTES];
	const char *end = text, *number = NULL;
	char *rest;
	unsigned long value;

	*port = SYSLOG_PORT;
	if (addr_parse(text, addr))
		return !addr_is_any(*addr);
	if (*text == '[')
		end = strchr(++text, ']');
	else
		end = strchr(text, ':');
	if (!end || (size_t)(end - text) >= sizeof(host))
		return false;
	memcpy(host, text, (size_t)(end - text));
	host[end - text] = '\0';
	number = *end == ']' ? end + 1 : end;
	if (!addr_parse(host, addr) || addr_is_any(*addr) || addr_is_ipv4(*addr) != (*end == ':') ||
	    *number != ':' || number[1] < '0' || number[1] > '9')
		return false;
	value = strtoul(number + 1, &rest, 10);
	*port = (uint16_t)value;
	return *rest == '\0' && value > 0 && value <= UINT16_MAX;
}

// RFC 5424 section 6.2.3.
static size_t format_time(char *text, size_t size, struct timespec now)
{
	struct tm tm;
	size_t len;

	if (now.tv_sec < FIRST_VALID_S || !gmtime_r(&now.tv_sec, &tm))
		return (size_t)snprintf(text, size, "-");
	len = strftime(text, size, "%Y-%m-%dT%H:%M:%S", &tm);
	return len + (size_t)snprintf(text + len, size - len, ".%06ldZ", now.tv_nsec / 1000);
}

uint16_t syslog_format(char text[SYSLOG_BYTES], enum log_level level, struct timespec now,
                       const char *host, const char *program, int pid, const char *line, size_t len)
{
	size_t at = (size_t)snprintf(text, SYSLOG_BYTES, "<%u>1 ",
	                             FACILITY_DAEMON * 8 + log_level_priority(level));

	at += format_time(text + at, SYSLOG_BYTES - at, now);
	at += (size_t)snprintf(text + at, SYSLOG_BYTES - at, " %.63s %.47s %d - - ",
	                       *host ? host : "-", program, pid);
	len = size_min(len, SYSLOG_BYTES - at);
	memcpy(text + at, line, len);
	at += len;
	// Does not send half of a UTF-8 character.
	if (at == SYSLOG_BYTES)
		while (at && (text[at - 1] & 0xc0) == 0x80)
			at--;
	if (at && (text[at - 1] & 0xc0) == 0xc0)
		at--;
	return (uint16_t)at;
}

static bool syslog_put(void *sink, enum log_level level, const char *line, size_t len)
{
	struct syslog *syslog = sink;
	struct syslog_message *message;
	struct timespec now;
	void *item;

	if (ring_dequeue(&syslog->spare, &item, 1) == 0)
		return false;
	message = item;
	clock_gettime(CLOCK_REALTIME, &now);
	message->len = syslog_format(message->text, level, now, syslog->host, syslog->program,
	                             getpid(), line, len);
	(void)ring_enqueue(&syslog->sent, &item, 1);
	return true;
}

// Worker, posted by syslog_post.
static void syslog_send_all(void *ctx, mono_t now)
{
	struct syslog *syslog = ctx;
	struct udp_flow flow = {
	        .dst = syslog->collector, .src_port = SYSLOG_PORT, .dst_port = syslog->port};
	void *item;

	// Unset before the ring is read: a message that this run misses is posted again.
	(void)atomic_exchange_explicit(&syslog->asked, false, memory_order_acq_rel);
	while (ring_dequeue(&syslog->sent, &item, 1)) {
		const struct syslog_message *message = item;

		udp_send(stack_udp(syslog->stack), &flow, message->text, message->len, now);
		(void)ring_enqueue(&syslog->spare, &item, 1);
	}
}

// One post at a time covers all messages in the ring. When the mailbox is full, they
// wait for the next line.
static void syslog_post(struct syslog *syslog)
{
	if (!atomic_exchange_explicit(&syslog->asked, true, memory_order_acq_rel) &&
	    !mailbox_post(&syslog->pipeline->mailbox, syslog_send_all, syslog))
		atomic_store_explicit(&syslog->asked, false, memory_order_release);
}

void syslog_sink(void *ctx, enum log_level level, const char *line, size_t len)
{
	struct syslog *syslog = ctx;

	log_lost_put(syslog_put, syslog, &syslog->lost, "messages were not sent", level, line, len);
	if (syslog->pipeline)
		syslog_post(syslog);
}

int syslog_open(struct syslog *syslog, const char *program, const char *host, struct addr collector,
                uint16_t port)
{
	*syslog = (struct syslog){.program = program, .collector = collector, .port = port};
	syslog->messages = calloc(SYSLOG_MESSAGES, sizeof(*syslog->messages));
	if (!syslog->messages || ring_init(&syslog->sent, SYSLOG_MESSAGES) ||
	    ring_init(&syslog->spare, SYSLOG_MESSAGES)) {
		syslog_close(syslog);
		return -ENOMEM;
	}
	for (unsigned i = 0; i < SYSLOG_MESSAGES; i++) {
		void *item = &syslog->messages[i];

		(void)ring_enqueue(&syslog->spare, &item, 1);
	}
	if (*host)
		snprintf(syslog->host, sizeof(syslog->host), "%s", host);
	else if (gethostname(syslog->host, sizeof(syslog->host) - 1))
		syslog->host[0] = '\0';
	for (char *c = syslog->host; *c; c++)
		if (*c <= ' ' || *c > '~')
			*c = '?';
	return 0;
}

void syslog_attach(struct syslog *syslog, struct stack *stack, struct pipeline *pipeline)
{
	if (!syslog->messages)
		return;
	syslog->stack = stack;
	syslog->pipeline = pipeline;
	syslog_post(syslog);
}

void syslog_flush(struct syslog *syslog, unsigned limit_ms)
{
	for (; syslog->messages && limit_ms && !ring_empty(&syslog->sent); limit_ms--)
		nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
}

void syslog_close(struct syslog *syslog)
{
	if (!syslog->messages)
		return;
	ring_fini(&syslog->sent);
	ring_fini(&syslog->spare);
	free(syslog->messages);
	*syslog = (struct syslog){0};
}

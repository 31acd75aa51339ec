// manage_internal: what the two sides of the management endpoint share. A request comes in a
// worker, which lets the client in or not (manage_answer.c); its answer is made by the control
// thread from the replies of commands (manage_job.c), as wadi-ctl gets them; the worker sends it. A
// slot is what passes between the two, by their mailboxes: it always belongs to one of them.
#ifndef APPS_MANAGE_MANAGE_INTERNAL_H
#define APPS_MANAGE_MANAGE_INTERNAL_H

#include "apps/http/http_exchange.h"
#include "apps/http/http_links.h"
#include "apps/manage/manage_guard.h"
#include "apps/tls/tls_swap.h"
#include "core/host/swap.h"

#define MANAGE_CONNECTIONS 64 // of a worker
#define MANAGE_BUFFERS     16
#define MANAGE_SLOTS       32 // requests that a worker has with the control thread at a time
#define MANAGE_PART_BYTES  24 // of "/status/PART"
#define MANAGE_TICK_US     (1 * SEC_US)
#define MANAGE_RETRY_US    (5 * MS_US) // when a mailbox was full

enum manage_kind {
	MANAGE_METRICS,
	MANAGE_OPENMETRICS,
	MANAGE_STATUS,
	MANAGE_PART, // of the status
	MANAGE_HEALTHZ,
	MANAGE_READYZ,
	MANAGE_EVENTS, // as long as the client stays
};

enum manage_owner { MANAGE_FREE, MANAGE_CONTROL, MANAGE_WORKER };

struct manage_worker;

struct manage_slot {
	struct manage_worker *worker;
	_Atomic unsigned owner;         // enum manage_owner
	_Atomic bool gone;              // of MANAGE_EVENTS: the client is
	struct http_exchange *exchange; // the worker's alone; NULL: the client has gone
	size_t sent;                    // of an event's text, the worker's alone
	// Of the request.
	enum manage_kind kind;
	char part[MANAGE_PART_BYTES];
	// Of the answer. The text is the control thread's to free.
	uint16_t status;
	const char *type;
	char *text;
	size_t len;
	bool fresh;               // a viewer that has got no event yet
	struct wheel_timer retry; // the control thread's
	struct manage_slot *next; // of viewers, the control thread's
};

struct manage_counts {
	CACHE_ALIGNED counter_t requests, wrong_tokens, limited, busy, events;
	counter_t viewers_come, viewers_gone;
};

struct manage_worker {
	struct manage_counts counts;
	struct manage *manage;
	struct pipeline *pipeline;
	struct http_links *links;
	struct manage_guard guard;
	struct manage_slot slot[MANAGE_SLOTS];
};

struct manage_conf {
	const char *address, *token_file;
	uint64_t port;
	bool open_health;
	struct manage_tls_conf *tls;
};

struct manage_tls_conf {
	bool enabled;
	struct tls_conf files;
};

struct manage {
	const struct service_env *env;
	struct manage_conf conf; // its texts live as long as the configuration
	bool on;
	struct swap token; // to a struct manage_token, secret memory; NULL: certificates are enough
	struct tls_swap tls;
	struct manage_worker *workers; // one each; NULL: off
	// The control thread's.
	struct manage_slot *viewers;
	struct wheel_timer tick;
	unsigned ticks;
};

extern const struct http_handler manage_handler;

// Mailbox functions with a slot as ctx: the control thread takes a request, and the worker an
// answer.
void manage_job_take(void *ctx, mono_t now);
void manage_answer_take(void *ctx, mono_t now);

// The control thread is about to end: timers are disarmed.
void manage_job_close(struct manage *manage);

// Timers of the control thread.
void manage_job_tick(struct wheel_timer *timer, mono_t now);
void manage_job_retry(struct wheel_timer *timer, mono_t now);

#endif

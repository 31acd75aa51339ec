// manage_internal: what the two sides of the management endpoint share. A request comes in a
// worker, which lets the client in or not (manage_answer.c); its answer is made by the control
// thread from the replies of commands (manage_job.c), as wadi-ctl gets them; the worker sends it.
#ifndef APPS_MANAGE_MANAGE_INTERNAL_H
#define APPS_MANAGE_MANAGE_INTERNAL_H

#include "apps/http/http_embed.h"
#include "apps/http/http_endpoint.h"
#include "apps/http/http_handover.h"

#define MANAGE_CONNECTIONS 64 // of a worker
#define MANAGE_BUFFERS     16
#define MANAGE_SLOTS       32 // requests that a worker has with the control thread at a time
#define MANAGE_PART_BYTES  24 // of "/status/PART"
#define MANAGE_TICK_US     (1 * SEC_US)

enum manage_kind {
	MANAGE_METRICS,
	MANAGE_OPENMETRICS,
	MANAGE_STATUS,
	MANAGE_PART, // of the status
	MANAGE_HEALTHZ,
	MANAGE_READYZ,
	MANAGE_EVENTS, // as long as the client stays
};

struct manage_worker;

struct manage_slot {
	struct http_handover handover;
	struct manage_worker *worker;
	enum manage_kind kind;
	char part[MANAGE_PART_BYTES];
	bool fresh;               // a viewer that has got no event yet
	struct manage_slot *next; // of viewers, the control thread's
};

struct manage_counts {
	CACHE_ALIGNED counter_t requests, wrong_tokens, limited, busy, events;
	counter_t viewers_come, viewers_gone;
};

struct manage_worker {
	struct manage_counts counts;
	struct manage *manage;
	struct http_handovers handovers;
	struct http_links *links;
	struct http_guard guard;
	struct manage_slot slot[MANAGE_SLOTS];
};

struct manage_conf {
	struct http_endpoint_conf endpoint;
	bool open_health;
};

struct manage {
	const struct service_env *env;
	struct manage_conf conf; // its texts live as long as the configuration
	bool on;
	struct http_endpoint endpoint;
	struct manage_worker *workers; // one each; NULL: off
	// The control thread's.
	struct manage_slot *viewers;
	struct wheel_timer tick;
	unsigned ticks;
};

extern const struct http_handler manage_handler;
extern const struct http_handover_ops manage_handover_ops;

// The live page (page/).
extern const struct http_embed manage_page[];

// The control thread takes a request, as of struct http_handover_ops.
void manage_job_take(struct http_handover *handover, mono_t now);

// The control thread is about to end: timers are disarmed.
void manage_job_close(struct manage *manage);

// A timer of the control thread.
void manage_job_tick(struct wheel_timer *timer, mono_t now);

#endif

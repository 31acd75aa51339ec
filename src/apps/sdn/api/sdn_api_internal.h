// sdn_api_internal: what the files of the interface share. A call is a request on its way; it
// belongs to one of the two threads at a time, as its handover does.
#ifndef APPS_SDN_API_SDN_API_INTERNAL_H
#define APPS_SDN_API_SDN_API_INTERNAL_H

#include "apps/http/http_embed.h"
#include "apps/http/http_handover.h"
#include "apps/sdn/api/sdn_api.h"
#include "apps/sdn/sdn_view.h"

#define SDN_API_CONNECTIONS 64
#define SDN_API_BUFFERS     32
#define SDN_API_CALLS       32         // requests and streams at a time
#define SDN_API_STREAMS     16         // of these
#define SDN_API_BODY_BYTES  (1u << 20) // of intents; one request with them at a time
#define SDN_API_ROWS        SDN_VIEW_ROWS
#define SDN_API_DEFAULT     100 // rows of a page
#define SDN_API_PLACE_BYTES 64  // of the name of a host

enum sdn_api_kind {
	SDN_API_STATUS,
	SDN_API_SWITCHES,
	SDN_API_SWITCH,
	SDN_API_FLOWS,
	SDN_API_GROUPS,
	SDN_API_METERS,
	SDN_API_LINKS,
	SDN_API_HOSTS,
	SDN_API_PATH,
	SDN_API_INTENTS,
	SDN_API_PUT_INTENTS,
	SDN_API_EVENTS,
	SDN_API_STREAM,
	// Answered by the worker alone.
	SDN_API_DOCUMENT,
	SDN_API_PAGE,
};

// Protocols of a packet whose path is asked for; 0: an echo request.
#define SDN_API_TCP 6
#define SDN_API_UDP 17

// What a request asks for, besides its path.
struct sdn_api_query {
	uint32_t limit, cursor;
	uint16_t vlan, to_port;
	uint8_t table; // OF_TABLE_ALL: all
	uint8_t protocol;
	bool dry_run, has_after;
	uint64_t after;
	char from[SDN_API_PLACE_BYTES], to[SDN_API_PLACE_BYTES];
};

struct sdn_api_call {
	struct http_handover handover;
	struct sdn_api *api;
	enum sdn_api_kind kind;
	enum http_right right;
	uint64_t datapath_id;
	struct sdn_api_query query;
	struct sdn_dump *dump; // of SDN_API_FLOWS, _GROUPS and _METERS
	// Of SDN_API_STREAM, the control thread's.
	uint64_t next_event;
	mono_t spoke;
	struct sdn_api_call *next;
	struct sdn_view view;
};

struct sdn_api_counts {
	CACHE_ALIGNED counter_t requests, wrong_tokens, limited, busy, pieces;
	counter_t streams_come, streams_gone;
};

struct sdn_api {
	struct sdn_api_counts counts; // the worker's
	struct sdn_api_owner owner;
	struct sdn_api_conf conf;
	struct http_endpoint endpoint;
	struct http_handovers handovers;
	mono_t began;
	// The worker's.
	struct sdn_switches *of;
	struct http_links *links;
	struct http_limits limits;
	struct http_guard guard;
	unsigned streams;
	struct sdn_api_call *writer; // that has the body; NULL: none
	uint8_t *body;               // SDN_API_BODY_BYTES; of the writer's call
	uint32_t body_len;
	// The control thread's.
	struct sdn_api_call *viewers;
	struct wheel_timer tick;
	struct sdn_api_call call[SDN_API_CALLS];
};

// The document and the page.
extern const struct http_embed sdn_api_embedded[];

extern const struct http_handler sdn_api_handler;
extern const struct http_handover_ops sdn_api_handover_ops;

// Reads the query of a request of this kind into *query. False with a sentence in why: a parameter
// is wrong, not known, or missing. Pure.
bool sdn_api_query_parse(enum sdn_api_kind kind, struct span text, struct sdn_api_query *query,
                         struct why *why) MUST_CHECK;
// "00000000000000a1", 16 digits in lower case.
bool sdn_api_datapath_parse(struct span text, uint64_t *datapath_id) MUST_CHECK;

// Writes a problem of RFC 9457 into text; returns its length.
size_t sdn_api_problem(unsigned status, const char *detail, char *text, size_t size);
#define SDN_API_PROBLEM_TYPE  "application/problem+json"
#define SDN_API_PROBLEM_BYTES (6 * WHY_BYTES + 256) // each byte of a sentence may be an escape

// In the control thread.

// As of struct http_handover_ops.
void sdn_api_job_take(struct http_handover *handover, mono_t now);
// Puts an answer; value is consumed.
void sdn_api_job_json(struct sdn_api_call *call, json_t *value);
void sdn_api_job_problem(struct sdn_api_call *call, unsigned status, const char *format, ...)
        PRINTF(3, 4);

// The text of what a call's view or dump holds.
json_t *sdn_api_rows_status(const struct sdn_api_call *call, const struct sdn_intent *intent,
                            mono_t now);
json_t *sdn_api_rows_switches(const struct sdn_view *view, const struct sdn_intent *intent);
json_t *sdn_api_rows_switch(const struct sdn_view *view, const struct sdn_intent *intent);
json_t *sdn_api_rows_links(const struct sdn_view *view);
json_t *sdn_api_rows_hosts(const struct sdn_view *view, const struct sdn_intent *intent);
json_t *sdn_api_rows_path(const struct sdn_view *view);
json_t *sdn_api_rows_dump(const struct sdn_api *api, const struct sdn_dump *dump);
json_t *sdn_api_datapath_json(uint64_t datapath_id);
json_t *sdn_api_mac_json(const uint8_t mac[6]);
// A path where switches do what is intended, and are no network of which topology knows.
json_t *sdn_api_path_traced(const struct sdn_intent *intent, const struct sdn_api_query *query);

// Takes the content of a PUT, and puts the answer.
void sdn_api_intents_put(struct sdn_api_call *call);

// Events. A stream gets those that it has not; the timer looks after slow ones.
json_t *sdn_api_events_page(const struct sdn_events *events, const struct sdn_api_query *query);
void sdn_api_stream_begin(struct sdn_api_call *call, mono_t now);
void sdn_api_stream_tick(struct wheel_timer *timer, mono_t now);
// Something has happened. ctx is the struct sdn_api.
void sdn_api_stream_notice(void *ctx, mono_t now);
// The next piece for a stream that has had all events before *next, which is moved on; what it can
// have no more is named. NULL: nothing new, or no memory. To be freed.
char *sdn_api_stream_text(const struct sdn_events *events, uint64_t *next) MUST_CHECK;

#endif

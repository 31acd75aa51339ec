// sdn_events: what happens in the worker and people should know: switches that come, leave or are
// refused, tables that are full. The worker adds an event without waiting; the control thread logs
// it and keeps the last ones for a command. What finds no room is counted as lost.
#ifndef APPS_SDN_SDN_EVENTS_H
#define APPS_SDN_SDN_EVENTS_H

#include "core/addr.h"
#include "core/host/control_loop.h"
#include "core/host/json.h"
#include "core/metric.h"
#include "core/ring.h"

#define SDN_EVENTS_QUEUE 256 // that wait to be logged
#define SDN_EVENTS_KEPT  256 // that the command lists

// Name in code, name, whether it is a warning, text.
#define SDN_EVENT_LIST(X)                                                                          \
	X(UP, "up", false, "is connected")                                                         \
	X(SERVING, "serving", false, "has the flows that it should have")                          \
	X(DOWN, "down", false, "is disconnected")                                                  \
	X(FAULT, "fault", true, "is disconnected: the switch")                                     \
	X(TLS, "tls", true, "is refused: TLS:")                                                    \
	X(TLS_NAME, "tls_name", true,                                                              \
	  "has a certificate without its datapath id as a name; refused")                          \
	X(DUPLICATE, "duplicate", true, "has a datapath id that a connected switch has; refused")  \
	X(AUXILIARY, "auxiliary", true, "has its auxiliary connection refused:")                   \
	X(AUXILIARY_UP, "auxiliary_up", false, "has an auxiliary connection")                      \
	X(FULL, "full", true, "connects, and there are max_switches already; refused")             \
	X(PORT_DOWN, "port_down", false, "has no link at port")                                    \
	X(PORT_UP, "port_up", false, "has a link at port")                                         \
	X(LINK_UP, "link_up", false, "has a link to")                                              \
	X(LINK_DOWN, "link_down", true, "has lost its link to")                                    \
	X(LINK_ONE_WAY, "link_one_way", true, "has probes pass in one direction only, to")         \
	X(PEER_OTHER, "peer_other", true, "has another link than is declared, to")                 \
	X(PEER_MISSING, "peer_missing", true, "has no link, though a peer is declared")            \
	X(PORT_LOOPED, "port_looped", true, "gets its own probes back by the port: a loop")        \
	X(STALE, "stale", true, "knows a later master than this controller")                       \
	X(ROLELESS, "roleless", true, "knows no roles: it obeys each controller")                  \
	X(FENCED, "fenced", true, "has another controller as its master")                          \
	X(MASTER, "master", false, "this controller is master")                                    \
	X(STANDBY, "standby", false, "this controller stands by")                                  \
	X(SHARE, "share", false, "this controller is master of its share of switches")             \
	X(NAME_TAKEN, "name_taken", true,                                                          \
	  "another controller has the name of this one, sdn.cluster.name: one of the two gets no " \
	  "switches")                                                                              \
	X(INTENTS_DIFFER, "intents_differ", true,                                                  \
	  "the master has other intents than this controller: give both the same, or switches "    \
	  "change when it takes the master's place")                                               \
	X(INTENTS_SAME, "intents_same", false, "the master has the intents of this controller")    \
	X(STORE_LOST, "store_lost", true,                                                          \
	  "etcd does not answer, or not as expected: until it does, no controller can take the "   \
	  "master's place")                                                                        \
	X(STORE_FOUND, "store_found", false, "etcd answers")                                       \
	X(PAGES, "pages", true, "I/O pages are too few for the switches")                          \
	X(TABLE_FULL, "table_full", true, "has no room for more flows")                            \
	X(ERROR, "error", true, "reports an error of type and code")                               \
	X(INTENTS_REFUSED, "intents_refused", true,                                                \
	  "cannot do what is intended, and keeps what it has; \"wadi-sdn plan\" says why")         \
	X(FLOWS_UNREAD, "flows_unread", true, "does not list its flows")

enum sdn_event_kind {
#define X(NAME, name, warning, text) SDN_EVENT_##NAME,
	SDN_EVENT_LIST(X)
#undef X
	        SDN_EVENTS,
};

struct sdn_event {
	enum sdn_event_kind kind;
	uint64_t datapath_id; // 0: not known
	struct addr peer;
	uint16_t peer_port;
	uint8_t version;           // negotiated; 0: not yet
	uint32_t port;             // of PORT_DOWN and PORT_UP, and of links
	uint64_t peer_datapath_id; // of links: the other end
	uint32_t peer_port_no;
	const char *text;    // of FAULT: what the switch did; of TLS and STORE_LOST: why; static
	const char *detail;  // of TLS; NULL: none; static
	uint16_t type, code; // of ERROR; of STORE_LOST the status of etcd's answer, 0: none
	uint64_t generation; // of MASTER to STORE_FOUND
	uint32_t switches, pages, pages_wanted; // of PAGES; of SHARE
	// Set by the control thread.
	uint64_t unix_s, id;
};

struct sdn_events_metric {
	counter_t taken, lost;
};

struct sdn_events {
	struct ring full, spare;
	_Atomic bool posted; // the control thread is about to look
	struct control_loop *loop;
	struct sdn_events_metric metric; // the worker's
	struct sdn_event event[SDN_EVENTS_QUEUE];
	// The control thread's.
	struct sdn_event kept[SDN_EVENTS_KEPT]; // the last ones
	uint64_t kept_len;                      // that were ever kept
	uint64_t base;                          // ids of this start are greater
	// Called after new ones were kept, in the control thread; NULL: nothing is.
	void (*notice)(void *ctx, mono_t now);
	void *notice_ctx;
};

// 0 or -ENOMEM; all zeros may be closed. loop is borrowed.
int sdn_events_open(struct sdn_events *events, struct control_loop *loop) MUST_CHECK;
// The worker has ended.
void sdn_events_close(struct sdn_events *events);

// Worker: adds a copy.
void sdn_events_add(struct sdn_events *events, const struct sdn_event *event);

// In the control thread.

// "events", the last ones, newest first.
void sdn_events_report(struct sdn_events *events, json_t *reply);

// Ids rise by one. Of the newest event, and of the oldest that is kept; the same, less than every
// id of this start, when there was none.
static inline uint64_t sdn_events_last(const struct sdn_events *events)
{
	return events->base + events->kept_len;
}
static inline uint64_t sdn_events_oldest(const struct sdn_events *events)
{
	uint64_t len = events->kept_len;

	return events->base + (len > SDN_EVENTS_KEPT ? len - SDN_EVENTS_KEPT + 1 : len > 0);
}
// The event with an id between these two.
static inline const struct sdn_event *sdn_events_at(const struct sdn_events *events, uint64_t id)
{
	return &events->kept[(id - events->base - 1) % SDN_EVENTS_KEPT];
}

#define SDN_EVENTS_TEXT_BYTES 256
#define SDN_EVENTS_DATE_BYTES 32

// What happened, as a sentence; its kind's name and whether that is a warning; when, in UTC.
void sdn_events_text(const struct sdn_event *event, char text[SDN_EVENTS_TEXT_BYTES]);
const char *sdn_events_name(const struct sdn_event *event) PURE;
bool sdn_events_is_warning(const struct sdn_event *event) PURE;
void sdn_events_date(const struct sdn_event *event, char date[SDN_EVENTS_DATE_BYTES]);

#endif

// http_links_internal: a link, and the worker's table of them, as the files of this folder share
// them.
#ifndef APPS_HTTP_HTTP_LINKS_INTERNAL_H
#define APPS_HTTP_HTTP_LINKS_INTERNAL_H

#include "apps/http/http_link.h"
#include "apps/http/http_links.h"
#include "apps/http/http_one.h"
#include "apps/http/http_two.h"
#include "apps/tls/tls_line.h"
#include "apps/tls/tls_swap.h"
#include "core/wheel.h"
#include "proto/http/http_date.h"
#include "proto/http/http_fault.h"
#include "proto/http/http_path.h"

#define HTTP_LINKS_NONE UINT32_MAX

enum http_link_flag {
	HTTP_LINK_CLOSING = 1 << 0, // our end is on its way, or a reset: nothing is read or written
	HTTP_LINK_HELD = 1 << 1,    // `data` returned false
	HTTP_LINK_WANTING = 1 << 2, // the protocol waits for room
	HTTP_LINK_IN_DATA = 1 << 3, // `data` is running
	HTTP_LINK_ENDED = 1 << 4,   // the client's end has come
	HTTP_LINK_FINISHING = 1 << 5, // our end follows what waits
	HTTP_LINK_LEAVING = 1 << 6,   // the process is about to end
};

struct http_link {
	struct http_links *all;
	struct tcp_conn *tcp;
	const struct http_link_ops *ops; // NULL: TLS's handshake is not complete
	void *state;
	const struct http_listener *listener;
	struct wheel_timer timer;
	mono_t deadline;
	uint64_t given;        // bytes that TCP has taken
	uint64_t lingering;    // unsent bytes when the link was last found to linger
	uint32_t older, newer; // by use
	uint16_t taken;        // bytes of the stream's first part that were handled before
	uint16_t buffer;       // 1 + its number, of what has come; 0: none
	uint16_t rest;         // of what is to be sent
	uint8_t flags;         // enum http_link_flag
	uint32_t client;       // of the table

	struct tls_conn *tls; // NULL: without
	struct tls_line_place in_line;
	bool tls_blocked; // what TLS itself has to send waits for room
};

struct http_listener {
	struct http_links *all;
	const struct http_handler *handler;
	void *ctx;
	const struct swap *tls; // NULL: without TLS
};

struct http_links_metric {
	counter_t links; // a gauge
	counter_t opened, closed, evicted, refused_clients, no_buffer, lingered;
	counter_t requests, answers[6], sent_bytes, aborted; // answers by the status' first digit
	counter_t refused[HTTP_FAULTS], two_ended[HTTP2_FAULTS];
	counter_t handshakes, resumed, slow_handshakes, failed[TLS_FAIL_LEN];
};

// Lists are linked by numbers.
struct http_links_buffer {
	uint32_t holder, older, newer;
	uint32_t from, end; // of what is to be sent
	bool is_rest;
};

struct http_links {
	struct service_worker *worker;
	struct wheel *wheel;
	const struct http_limits *limits;
	struct http_listener listener[HTTP_LINKS_LISTENERS];
	unsigned listeners_len;

	struct http_link *link;
	struct http_one *one;        // by the link's number
	struct http_two *two;        // likewise
	struct client_table clients; // with how many links each has
	struct client_prefix prefix;
	uint32_t per_client;
	uint32_t links_max, links_used, links_len, free_link, oldest, newest;

	struct http_sockets *sockets; // NULL: there are none

	struct http_links_buffer *buffer;
	uint8_t *bytes;
	uint32_t buffers_len, buffers_used, free_buffer, oldest_buffer, newest_buffer;

	// What the callback that runs has written so far.
	unsigned calls;
	struct http_link *writing;
	struct tcp_data page; // `bytes` is `scratch` when it is none of the stack's
	uint32_t scratch_len;
	uint8_t *scratch; // of HTTP_LINK_WRITE_BYTES

	struct tls_line line;
	uint8_t *plain; // of TLS_RECORD_BYTES: a record of a link

	struct http_request request;
	uint8_t path[HTTP_PATH_MAX_BYTES];

	_Atomic uint64_t unix_us; // what is added to an instant to get the time since 1970
	uint64_t date_s;
	char date[HTTP_DATE_BYTES];

	struct http_links_metric metric;
};

// http_link.c
extern const struct tcp_ops http_link_tcp_ops;
void http_link_fire(struct wheel_timer *timer, mono_t now);
// Begins a call of a protocol's; what it wrote leaves when it ends.
void http_link_call_begin(struct http_links *all);
void http_link_call_end(struct http_links *all);
// TCP has accepted a connection: begins the protocol, or TLS.
void http_link_begin(struct http_link *link, mono_t now);
// TCP has lost it, or it is forgotten.
void http_link_end(struct http_link *link, mono_t now);

// Whether what was written waits for room, so that there is none.
static inline bool http_link_is_blocked(const struct http_link *link)
{
	return link->rest != 0;
}

// Gives a part to the protocol, and to the one that took over within; false: it is not read on.
bool http_link_read(struct http_link *link, struct span *part, mono_t now) MUST_CHECK;
// The client sends no more; once.
void http_link_ended(struct http_link *link, mono_t now);
// The protocol begins.
void http_link_speak(struct http_link *link, const struct http_link_ops *ops, mono_t now);

// http_link_tls.c: TLS between TCP and the protocol.
bool http_link_tls_open(struct http_link *link) MUST_CHECK;
void http_link_tls_close(struct http_link *link);
// As http_link_read, of TLS's bytes: goes on with the handshake, and has what they hold read.
bool http_link_tls_read(struct http_link *link, struct span *part, mono_t now) MUST_CHECK;
// As tcp_send, of plaintext.
uint32_t http_link_tls_send(struct http_link *link, const void *bytes, uint32_t len) MUST_CHECK;
// Sends close_notify, as far as there is room.
void http_link_tls_shutdown(struct http_link *link);
void http_link_tls_go_on(struct tls_line *line, struct tls_line_place *place, mono_t now);

// As http_link_room, also while bytes wait: for the head of an answer, of which a link has one at a
// time. Bad only when the link is being closed.
struct fill http_link_room_anyway(struct http_link *link, uint32_t least) MUST_CHECK;

// http_exchange.c: what protocols share. Counts a request, and begins its exchange.
void http_exchange_init(struct http_exchange *exchange, const struct http_exchange_ops *ops,
                        struct http_link *link, const struct http_request *request);
// Decodes the path, and answers what no handler may see. False: it was answered.
bool http_exchange_path(struct http_exchange *exchange, mono_t now) MUST_CHECK;
// Notes the status of the answer, which is counted.
void http_exchange_count(struct http_exchange *exchange, unsigned status);

// http_socket.c: a worker's WebSockets. NULL without memory; closed behind the links.
struct http_sockets *http_socket_table_open(uint32_t len) MUST_CHECK;
void http_socket_table_close(struct http_sockets *sockets);

// http_buffers.c
uint16_t http_buffers_get(struct http_link *link, bool is_rest);
void http_buffers_put(struct http_links *all, uint16_t buffer);
static inline struct http_links_buffer *http_buffers_of(struct http_links *all, uint16_t buffer)
{
	return &all->buffer[buffer - 1];
}
static inline uint8_t *http_buffers_bytes(struct http_links *all, uint16_t buffer)
{
	return all->bytes + (size_t)(buffer - 1) * HTTP_LINK_BUFFER_BYTES;
}

// http_links.c
void http_links_touch(struct http_link *link);
// A link for a connection that was accepted; the one idle for longest makes room. NULL when its
// client has as many as it may have.
struct http_link *http_links_add(struct http_listener *listener, struct tcp_conn *tcp, mono_t now);
void http_links_del(struct http_link *link);

#endif

// http_link: a client's connection as plaintext bytes in both directions, whatever carries them:
// TCP, or TLS over TCP. A protocol of http_protocol.h speaks on it (HTTP/1.1, HTTP/2), or what it
// was upgraded to (WebSocket). All of it happens in one worker's thread.
//
// What a protocol writes gathers in a page, which leaves when the callback ends. What TCP has no
// room for waits in one buffer of the link, and the protocol has no room until it has gone.
#ifndef APPS_HTTP_HTTP_LINK_H
#define APPS_HTTP_HTTP_LINK_H

#include "core/addr.h"
#include "core/mono.h"
#include "core/span.h"
#include "proto/tcpip/tcp/tcp.h"
#include "proto/tls/tls.h"

struct http_link;
struct http_links;
struct http_listener;

#define HTTP_LINK_WRITE_BYTES  16384 // http_link_room gives at most
#define HTTP_LINK_BUFFER_BYTES 32768 // what a link keeps of the client's, or for it

// A protocol's; all are set but those marked.
struct http_link_ops {
	// The link is the protocol's from now on, at its beginning or after an upgrade. False: out
	// of memory, the link is reset.
	bool (*opened)(struct http_link *link, mono_t now);

	// Bytes that follow those before, borrowed for the call. Takes all of `part` and returns
	// true; or false, with the rest in `part`: that is given again after http_link_resume. Also
	// called with an empty part after http_link_resume.
	bool (*data)(struct http_link *link, struct span *part, mono_t now);

	// The client sends no more. What it sent before was taken.
	void (*ended)(struct http_link *link, mono_t now);

	// There is room again, since http_link_room or http_link_send had too little.
	void (*writable)(struct http_link *link, mono_t now);

	// The instant of http_link_deadline has come.
	void (*expired)(struct http_link *link, mono_t now);

	// As tcp_ops.leave: says so to the client, and ends the link once no request is in
	// progress; the link itself is ended behind the call at last. NULL: there is none before
	// the protocol is known.
	bool (*leave)(struct http_link *link, enum tcp_leave how, mono_t now);

	// The last call. Nothing can be written.
	void (*closed)(struct http_link *link, mono_t now);
};

// The protocol's own of this link; NULL at first.
void *http_link_state(const struct http_link *link) PURE;
void http_link_set_state(struct http_link *link, void *state);

// Of 0 to the conf's connections - 1, as long as the link exists.
uint32_t http_link_number(const struct http_link *link) PURE;
struct http_links *http_link_all(const struct http_link *link) PURE;
const struct http_listener *http_link_listener(const struct http_link *link) PURE;
struct tcp_peers http_link_peers(const struct http_link *link);
bool http_link_is_tls(const struct http_link *link) PURE;
// Version, names and certificate of TLS; false without TLS.
bool http_link_tls_info(const struct http_link *link, struct tls_info *info) MUST_CHECK;

// Room for at least `least` bytes, up to HTTP_LINK_WRITE_BYTES, to be written and given to
// http_link_wrote before anything else is called. Bad and without room while bytes wait that TCP
// did not take; `writable` follows then. Otherwise there is always room.
struct fill http_link_room(struct http_link *link, uint32_t least) MUST_CHECK;
void http_link_wrote(struct http_link *link, const struct fill *out);

// Sends bytes behind what was written, as much as there is room for now; returns how much. When
// that is less than len, `writable` follows, and what is sent next has to be the rest of the same
// bytes. Copies into pages that are sent, or records of TLS, and nowhere else.
uint32_t http_link_send(struct http_link *link, const void *bytes, uint32_t len) MUST_CHECK;

// Within `data`, before it returns false; later, from anywhere: has `data` called again.
void http_link_resume(struct http_link *link, mono_t now);

// The end: no more is sent after what was written (close_notify, FIN), and what comes is dropped.
// A client that does not end as well is reset after HTTP_LINK_LINGER_US.
#define HTTP_LINK_LINGER_US (5 * SEC_US)
void http_link_shutdown(struct http_link *link, mono_t now);
// Ends the connection at once; `closed` follows, not from within.
void http_link_reset(struct http_link *link);

// Has `expired` called at `when`, or at any earlier time; MONO_NEVER: not. Costs next to nothing
// when it moves the instant later.
void http_link_deadline(struct http_link *link, mono_t when);

// Bytes that were written and that the client's end has not acknowledged.
uint64_t http_link_unsent(const struct http_link *link);
// How many bytes of the transport the client's end has acknowledged so far, and how many it has
// not.
uint64_t http_link_progress(const struct http_link *link, uint64_t *unsent);

// A buffer of HTTP_LINK_BUFFER_BYTES for what a client sent a part of, one for each link, until it
// is put. The worker has a bounded number: when all are in use, the link that has had its for
// longest is reset.
uint8_t *http_link_buffer(struct http_link *link);
void http_link_buffer_put(struct http_link *link);

#endif

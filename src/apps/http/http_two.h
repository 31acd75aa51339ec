// http_two: HTTP/2 (RFC 9113) on a link: the engine of proto/http2 below, exchanges above. A link
// has as many exchanges at a time as the client may have requests.
#ifndef APPS_HTTP_HTTP_TWO_H
#define APPS_HTTP_HTTP_TWO_H

#include "apps/http/http_link.h"
#include "proto/http2/http2.h"

struct two_stream;

// Of one link.
struct http_two {
	struct http2_conn *conn; // NULL: the protocol was not begun
	struct http_link *link;
	uint32_t seen;             // bytes of the preface that came before the protocol was known
	bool running;              // events are being handled
	bool lifted;               // what had paused the connection is gone
	bool ended;                // the client sends no more
	bool asked;                // a request has come
	bool warned, refuses;      // http2_warn, http2_shutdown was called, as the process ends
	uint64_t warned_at;        // http_link_progress, when the client's end has the warning
	struct two_stream *paused; // its handler takes no content now: nothing is read; NULL: none
};

// By ALPN.
extern const struct http_link_ops http_two_link_ops;

// Without ALPN: what the client sends first decides between HTTP/2 and HTTP/1.1 (section 3.3).
extern const struct http_link_ops http_two_probe_ops;

#endif

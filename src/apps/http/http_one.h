// http_one: HTTP/1.1 (RFC 9112) on a link: the engine of proto/http below, exchanges above. A link
// has one exchange at a time; what a client sends ahead of its answer waits in TCP.
#ifndef APPS_HTTP_HTTP_ONE_H
#define APPS_HTTP_HTTP_ONE_H

#include "apps/http/http_exchange.h"
#include "apps/http/http_link.h"
#include "proto/http/http_conn.h"

// Of one link.
struct http_one {
	struct http_conn conn;
	struct http_exchange exchange;
	struct span held;  // content that is still to be sent
	mono_t answered;   // when the last answer was complete
	uint64_t progress; // http_link_progress, as last seen
	bool live;         // between `request` and `closed` of the exchange
	bool whole;        // the request's content has ended
	bool paused;       // the handler takes no content now
	bool wants_room;   // the handler wrote more than there was room for
	bool ending;       // the last chunk waits for room
	bool sized;        // the answer's length was announced
	bool ended;        // the client sends no more
};

extern const struct http_link_ops http_one_link_ops;

#endif

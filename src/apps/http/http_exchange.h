// http_exchange: a request and its answer, as handlers see them: nothing of the version of HTTP, of
// TLS, or of the connection. Below are the protocols (http_one.c; HTTP/2), each a struct
// http_exchange_ops; above are appliances, each a struct http_handler.
//
// All of it happens in one worker's thread. A handler may answer within `request`, within a later
// call, or at any other time, such as from a timer. The exchange is the protocol's memory: it
// exists from `request` until `closed` returns, which comes once for each, whatever happens.
#ifndef APPS_HTTP_HTTP_EXCHANGE_H
#define APPS_HTTP_HTTP_EXCHANGE_H

#include "apps/http/http_reply.h"
#include "core/addr.h"
#include "core/mono.h"
#include "proto/http/http_request.h"
#include "proto/http/http_route.h"
#include "proto/tcpip/tcp/tcp.h"

struct http_exchange;
struct http_link;
struct http_link_ops;
struct tls_info;

// An appliance's. Each but `request` may be NULL.
struct http_handler {
	// The head of a request has come: exchange->request and ->path are valid for this call.
	void (*request)(struct http_exchange *exchange, mono_t now);

	// A piece of its content, borrowed for the call, which has to take all of it. False: no
	// more until http_exchange_resume; the client is slowed down. NULL: content is dropped.
	bool (*content)(struct http_exchange *exchange, struct span piece, mono_t now);

	// All content has come. Not called when the whole answer was given before.
	void (*ended)(struct http_exchange *exchange, mono_t now);

	// There is room again, since http_exchange_write took less than it was given.
	void (*writable)(struct http_exchange *exchange, mono_t now);

	// The process is about to end, or gives way to another one: an answer that has no
	// end of its own is to be ended. Called again and again.
	void (*leave)(struct http_exchange *exchange, mono_t now);

	// The last call. `whole`: all of the answer was handed over to the connection, and of held
	// content nothing is needed any more; otherwise the client has gone, or was too slow.
	void (*closed)(struct http_exchange *exchange, bool whole, mono_t now);
};

// A protocol's.
struct http_exchange_ops {
	void (*answer)(struct http_exchange *exchange, const struct http_reply *reply, mono_t now);
	uint32_t (*write)(struct http_exchange *exchange, const void *bytes, uint32_t len,
	                  mono_t now);
	void (*end)(struct http_exchange *exchange, mono_t now);
	void (*resume)(struct http_exchange *exchange, mono_t now);
	void (*abort)(struct http_exchange *exchange);
	// NULL: the protocol has no upgrade.
	struct http_link *(*upgrade)(struct http_exchange *exchange, const struct http_reply *reply,
	                             const struct http_link_ops *ops, mono_t now);
};

struct http_exchange {
	const struct http_exchange_ops *ops;
	const struct http_handler *handler;
	void *ctx;              // of the listener
	void *state;            // the handler's own; NULL at first
	void *entry;            // the service's, of its log; NULL at first
	struct http_link *link; // that carries it

	// Valid within `request`.
	const struct http_request *request;
	struct span path; // decoded (http_path.h); empty for "*" of OPTIONS

	uint16_t status;  // of the answer; 0: none was given
	uint64_t content; // bytes of content that were sent so far
};

// The client and our end; whether TLS carries the exchange, and with what names and certificate.
struct tcp_peers http_exchange_peers(const struct http_exchange *exchange);
bool http_exchange_is_tls(const struct http_exchange *exchange);
// False without TLS.
bool http_exchange_tls_info(const struct http_exchange *exchange, struct tls_info *info) MUST_CHECK;

// The calls that follow are another handler's, whose state is `state`: requests of one listener are
// often answered in different ways.
static inline void http_exchange_set_handler(struct http_exchange *exchange,
                                             const struct http_handler *handler, void *state)
{
	exchange->handler = handler;
	exchange->state = state;
}

// The handler answers. To be called once. A client's HEAD is answered as its GET: content is left
// out below. Without content, or with all of it in the reply, the handler is done: `closed`
// follows, maybe within the call, and of the exchange nothing else may be used by then.
static inline void http_exchange_answer(struct http_exchange *exchange,
                                        const struct http_reply *reply, mono_t now)
{
	exchange->ops->answer(exchange, reply, now);
}

// Content of a stream: copies up to len bytes, returns how many there is room for. When that is
// less, `writable` follows. Of an answer to HEAD all is taken and dropped. What was written leaves
// when the callback returns, or, without a callback, at once.
static inline uint32_t http_exchange_write(struct http_exchange *exchange, const void *bytes,
                                           uint32_t len, mono_t now)
{
	return exchange->ops->write(exchange, bytes, len, now);
}

// The stream has ended, all of its length being written; `closed` follows as above.
static inline void http_exchange_end(struct http_exchange *exchange, mono_t now)
{
	exchange->ops->end(exchange, now);
}

// `content` may be called again.
static inline void http_exchange_resume(struct http_exchange *exchange, mono_t now)
{
	exchange->ops->resume(exchange, now);
}

// The answer cannot be completed: the client sees that (a reset). `closed` follows, not from
// within.
static inline void http_exchange_abort(struct http_exchange *exchange)
{
	exchange->ops->abort(exchange);
}

// Answers 101 with the fields of `reply`, of which Connection is added, and gives the connection
// over to `ops` (http_link.h), of which `opened` is called next. `closed` of this handler follows
// within the call. NULL, and nothing was done, when the protocol has no upgrades (HTTP/2) or the
// request had content: answer otherwise.
static inline struct http_link *http_exchange_upgrade(struct http_exchange *exchange,
                                                      const struct http_reply *reply,
                                                      const struct http_link_ops *ops, mono_t now)
{
	return exchange->ops->upgrade ? exchange->ops->upgrade(exchange, reply, ops, now) : NULL;
}

// A short answer of text: status and a line.
void http_exchange_answer_text(struct http_exchange *exchange, unsigned status, const char *text,
                               mono_t now);

// Answers a request whose method is not one of `methods` (1 << HTTP_GET | ...) with what is
// allowed: OPTIONS by 204, others by 405 (RFC 9110 sections 9.3.7 and 15.5.6).
void http_exchange_answer_allowed(struct http_exchange *exchange, unsigned methods, mono_t now);

// Finds the route that the request belongs to. False: there is none, and it was answered: 404
// without one of the path, otherwise as http_exchange_answer_allowed.
bool http_exchange_route(struct http_exchange *exchange, const struct http_route *routes,
                         struct http_route_match *match, mono_t now) MUST_CHECK;

#endif

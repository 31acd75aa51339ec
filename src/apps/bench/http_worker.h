// http_worker: connections of one worker to an HTTP server, and what it counts. The control thread
// reads the counts while it runs; the service is http_ports.h.
#ifndef APPS_BENCH_HTTP_WORKER_H
#define APPS_BENCH_HTTP_WORKER_H

#include "apps/bench/http_tls.h"
#include "core/wheel.h"
#include "proto/bench/hist.h"
#include "proto/bench/pace.h"
#include "proto/tcpip/tcp/tcp.h"

struct http_counts {
	counter_t answered; // with the status and the length that count
	counter_t wrong;    // with others
	counter_t refused;  // what a server sent that is not HTTP
	counter_t opened;   // connections
	counter_t failed;   // connections that ended with a request outstanding, or were not opened
	counter_t secured;  // handshakes of TLS that were completed
	counter_t resumed;  // of them, those that resumed a session
	counter_t sent, received; // bytes of streams
	struct hist latency; // of what was answered; in mode `each` from the connection's begin,
	                     // at a rate from when the request was due
};

struct http_load_conn;

struct http_worker {
	const struct http_load *load;
	struct tcp *tcp;
	struct wheel *wheel;
	struct wheel_timer tick;     // opens connections, sends what is due at a rate
	struct http_load_conn *conn; // all
	unsigned conns;
	struct http_load_conn *idle; // without a connection
	struct http_load_conn *free; // at a rate: that could take a request
	struct http_response response;
	struct http_tls_session session; // that connections resume
	uint8_t *plain;                  // a record of TLS, opened; NULL without TLS
	uint8_t *buffers;                // of heads that straddle pages, one for each connection
	struct pace pace;
	bool paced;          // the pace has begun
	unsigned from;       // the next address
	uint64_t rate_per_s; // of this worker
	struct http_counts counts;
};

// Prepares `conns` connections, which are opened when the worker runs; it does not run yet. 0, or
// -ENOMEM with a sentence in why; http_worker_close in any case.
int http_worker_open(struct http_worker *worker, const struct http_load *load, unsigned conns,
                     uint64_t rate_per_s, struct tcp *tcp, struct wheel *wheel,
                     struct why *why) MUST_CHECK;
void http_worker_close(struct http_worker *worker);

#endif

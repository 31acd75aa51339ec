// stream_worker: connections of one worker, as a client or as a server, and what it counts. The
// control thread reads the counts while it runs; the service is stream_ports.h.
#ifndef APPS_BENCH_STREAM_WORKER_H
#define APPS_BENCH_STREAM_WORKER_H

#include "apps/bench/stream.h"
#include "core/wheel.h"
#include "proto/bench/hist.h"
#include "proto/tcpip/tcp/tcp.h"

#include <stdatomic.h>

struct stream_counts {
	counter_t answered; // requests, in full
	counter_t opened;   // connections
	counter_t failed;   // connections that ended otherwise than was meant, or were not opened
	counter_t sent, received; // bytes of streams
	struct hist latency;      // of requests; in mode `each` from the begin of the connection
};

struct stream_conn;

struct stream_worker {
	const struct stream *stream;
	struct tcp *tcp;
	struct wheel *wheel;
	struct wheel_timer tick;  // opens what is idle
	struct stream_conn *conn; // a client's
	struct stream_conn *idle; // those of them without a connection
	unsigned conns_len;
	unsigned from; // the next address
	_Atomic bool over, ended;
	struct stream_counts counts;
};

// Adds a listener, or prepares `conns` connections, which are opened when the worker runs. The
// worker does not run yet. 0, or negative errno with a sentence in why; stream_worker_close in any
// case.
int stream_worker_open(struct stream_worker *worker, const struct stream *stream, unsigned conns,
                       struct tcp *tcp, struct wheel *wheel, struct why *why) MUST_CHECK;
void stream_worker_close(struct stream_worker *worker);

// Control thread: has a client reset its connections and open no more, so that the server keeps
// none of them; and whether it has.
void stream_worker_end(struct stream_worker *worker);
bool stream_worker_has_ended(const struct stream_worker *worker);

#endif

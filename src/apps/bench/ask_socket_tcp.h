// ask_socket_tcp: the connections of one thread that asks over the kernel's TCP: kept open, with
// queries one behind the other, or one for each query. ask_socket.h is the thread.
#ifndef APPS_BENCH_ASK_SOCKET_TCP_H
#define APPS_BENCH_ASK_SOCKET_TCP_H

#include "apps/bench/ask_worker.h"

struct ask_socket_tcp;

// The worker is open; its connections are opened with the first queries. NULL, with a sentence in
// why, when there is no memory or no descriptor.
struct ask_socket_tcp *ask_socket_tcp_open(struct ask_worker *worker, struct why *why) MUST_CHECK;
void ask_socket_tcp_close(struct ask_socket_tcp *tcp);

// Once a turn, first: takes what has come, and completes connections.
void ask_socket_tcp_receive(struct ask_socket_tcp *tcp, mono_t now);

// A query that is due now; false when it cannot be sent now: its connection is being opened, or has
// no room.
bool ask_socket_tcp_send(struct ask_socket_tcp *tcp, const struct asker_query *query,
                         mono_t now) MUST_CHECK;

// Once a turn, last: hands the turn's queries to the kernel, and ends connections whose query has
// not been answered in time.
void ask_socket_tcp_flush(struct ask_socket_tcp *tcp, mono_t now);

#endif

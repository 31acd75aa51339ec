// ask_tcp: the messages of one worker that asks over TCP, by wadi's own: on connections that stay
// open, each of which carries queries one behind the other without waiting, or on a connection
// for each query. A source (ask_worker.h) is then a connection, or only a label.
#ifndef APPS_BENCH_ASK_TCP_H
#define APPS_BENCH_ASK_TCP_H

#include "apps/bench/ask_message.h"
#include "proto/tcpip/stack.h"
#include "proto/tcpip/tcp/tcp.h"

enum ask_tcp_state {
	ASK_TCP_NONE,
	ASK_TCP_OPENING,
	ASK_TCP_OPEN,
	ASK_TCP_ENDING, // nothing is sent any more
};

// A connection: one that stays open, with its number, or one of a query.
struct ask_tcp_lane {
	struct ask_tcp *tcp;
	enum ask_tcp_state state;
	struct tcp_conn *conn;
	uint16_t number; // the candidate that it stands for
	struct ask_messages messages;
	// Of one query.
	struct asker_query query;
	mono_t begun;
	struct ask_tcp_lane *next; // that is free
};

struct ask_tcp {
	struct ask_worker *worker;
	struct tcp *tcp;
	bool each; // a connection for each query
	uint32_t lanes_len, sweep;
	struct ask_tcp_lane *lane;
	struct ask_tcp_lane *free; // of those for one query
};

// The worker is open. NULL when there is not enough memory.
struct ask_tcp *ask_tcp_open(struct ask_worker *worker, struct stack *stack) MUST_CHECK;

// The worker does not run any more.
void ask_tcp_close(struct ask_tcp *tcp);

// A query that is due now; false when it cannot be sent now.
bool ask_tcp_send(struct ask_tcp *tcp, const struct asker_query *query, mono_t now) MUST_CHECK;

// Once a turn until it is true: resets what connections there are, and says that there are none
// left.
bool ask_tcp_end(struct ask_tcp *tcp) MUST_CHECK;

// Once a turn: ends connections whose query has not been answered in time.
void ask_tcp_sweep(struct ask_tcp *tcp, mono_t now);

#endif

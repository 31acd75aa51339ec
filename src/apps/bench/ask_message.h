// ask_message: answers out of the stream of a connection, whoever carries it: ask_tcp.h by wadi's
// own TCP, ask_socket_tcp.h by the kernel's.
#ifndef APPS_BENCH_ASK_MESSAGE_H
#define APPS_BENCH_ASK_MESSAGE_H

#include "apps/bench/ask_worker.h"
#include "proto/dns/wire/dns_stream.h"

// A connection's direction to here.
struct ask_messages {
	struct ask_worker *worker;
	struct dns_stream stream;
	uint8_t *buffer; // of DNS_MSG_MAX_BYTES, for an answer in several parts
};

// Gives the worker each answer that the next part of the stream completes, as one to the candidate;
// returns how many.
unsigned ask_message_take(struct ask_messages *messages, uint16_t candidate, const void *bytes,
                          size_t len, mono_t now);

// A new connection takes the place of the one before.
static inline void ask_message_reset(struct ask_messages *messages)
{
	messages->stream = (struct dns_stream){.buffer = NULL};
}

#endif

// stream: what is done over TCP, with whom and how: the keys of the section "tcp", and what they
// are made into.
#ifndef APPS_BENCH_STREAM_H
#define APPS_BENCH_STREAM_H

#include "apps/bench/target.h"
#include "core/host/conf.h"

#define STREAM_FROM_MAX    16
#define STREAM_REQUEST_MAX 65536

enum stream_mode {
	STREAM_KEPT,    // requests on connections that stay open
	STREAM_EACH,    // a connection for each request
	STREAM_SEND,    // bytes to the peer, as many as it takes
	STREAM_RECEIVE, // bytes from the peer
};

// The section. Without `to` and `listen` nothing is done.
struct stream_conf {
	const char *to, *request;
	struct conf_list from;
	uint64_t listen, connections, request_bytes, answer_bytes, duration_s, warm_up_ms;
	unsigned mode; // enum stream_mode
	bool json;
};

extern const struct conf_section stream_conf_section;

// Ready for workers, which share it.
struct stream {
	const struct stream_conf *conf; // borrowed
	struct target target;
	struct addr from[STREAM_FROM_MAX];
	unsigned from_len; // 0: any
	uint8_t *request;
	uint32_t request_len;
};

// Reads the request. conf has been checked key by key. 0, or negative errno with a sentence in
// why; stream_close in any case.
int stream_open(struct stream *stream, const struct stream_conf *conf, struct why *why) MUST_CHECK;
void stream_close(struct stream *stream);

#endif

// streams: the messages in the TCP connections of a capture (core/capture.h). Each direction of a
// connection is put together in order; what was sent again is dropped. After bytes that the capture
// lacks, reading goes on at the next segment that begins like a message.
#ifndef APPS_OFP_STREAMS_H
#define APPS_OFP_STREAMS_H

#include "core/addr.h"
#include "core/capture.h"
#include "core/why.h"

#include <stddef.h>

// A message, from where to where, and when it was captured.
struct streams_message {
	const uint8_t *bytes;
	size_t len;
	struct addr from, to;
	uint16_t from_port, to_port;
	uint64_t at_us; // since 1970
};

struct streams_calls {
	void (*message)(void *ctx, const struct streams_message *message);
	// That bytes are missing before the next one, or are no OpenFlow.
	void (*remark)(void *ctx, const struct streams_message *where, const char *sentence);
	void *ctx;
};

// Reads the capture; the port of the switch's peer is port, or OpenFlow's two if that is 0. 0, or
// negative errno with a sentence.
int streams_read(const void *bytes, size_t len, uint16_t port, const struct streams_calls *calls,
                 struct why *why) MUST_CHECK;

#endif

// write_out: where a writer's text goes: into memory of the caller's, piece after piece, such as
// the pages that a connection sends.
#ifndef WRITE_OUT_H
#define WRITE_OUT_H

#include "core/span.h"

struct write_out {
	struct fill fill; // the piece that is being written
	// Takes the piece, which is full, and sets fill to the next one, which has room; false if
	// there is none. NULL: there is only the first.
	bool (*next)(void *ctx, struct fill *fill);
	void *ctx;
	bool full; // text was lost; nothing is written any more
};

// Text that is cut between pieces wherever one ends.
void write_out_bytes(struct write_out *out, const void *bytes, size_t len);

void write_out_text(struct write_out *out, const char *text);

#endif

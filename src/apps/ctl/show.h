// show: has a running appliance show its packets, for `wadi-ctl trace packets`, a line each,
// and `wadi-ctl capture`, into a file of pcapng.
#ifndef CTL_SHOW_H
#define CTL_SHOW_H

#include "apps/ctl/peer.h"

struct show {
	const char *file;   // of pcapng, "-": the output; NULL: lines
	bool json;          // in place of lines
	char *const *words; // the filter's
	int words_len;
	uint64_t count, seconds; // then it ends; 0: no limit
	uint64_t snap;           // most bytes of a frame; 0: all
};

// Shows packets until a limit, a signal that ends a program, or the end of the appliance. 0, or
// negative errno with a sentence in why.
int show_run(const struct show *show, struct peer *peer, struct why *why) MUST_CHECK;

#endif

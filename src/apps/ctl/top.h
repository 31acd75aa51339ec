// top: `wadi-ctl top`, a live view of an appliance on a terminal, each second; elsewhere one plain
// picture of a second. top_figures.h computes, top_layout.h lays out, terminal.h shows.
#ifndef CTL_TOP_H
#define CTL_TOP_H

#include "apps/ctl/peer.h"

#define TOP_WAIT_MS 3000 // for a reply, unless --timeout is given

struct top_conf {
	const char *path; // of the peer: a socket, or a terminal device
	int wait_ms;      // for a reply; 0: TOP_WAIT_MS
	bool live;        // standard output is a terminal
	bool colour;
	unsigned columns; // of the plain picture
};

// Runs until it is ended. The peer is open, and stays the caller's; one that gives no replies is
// closed and opened again. 0 when a key or a signal ended it; negative errno with a sentence in
// why: the terminal cannot be used, or no picture could be made.
int top_run(struct peer *peer, const struct top_conf *conf, struct why *why) MUST_CHECK;

#endif

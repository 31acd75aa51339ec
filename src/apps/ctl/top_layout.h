// top_layout: the figures of `wadi-ctl top` put on a screen of any size: figures in, lines out. The
// first lines are the rates with their histories; panels share the rest, in as many columns as
// fit. What there is no room for is left out, the least important first.
#ifndef CTL_TOP_LAYOUT_H
#define CTL_TOP_LAYOUT_H

#include "apps/ctl/screen.h"
#include "apps/ctl/top_figures.h"

// What the view itself has to say.
struct top_view {
	const char *place; // of the appliance, as it was found
	const char *lost;  // why it gives no replies; NULL: it does
	uint64_t lost_s;   // for how long
	bool paused;
	bool keys; // can be pressed
};

void top_layout(const struct top_figures *figures, const struct top_view *view,
                struct screen *screen);

#endif

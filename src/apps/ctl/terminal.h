// terminal: the terminal of standard output as a screen that is drawn over and over: its alternate
// screen, keys without echo, its size, signals as events. Any terminal that knows ANSI's sequences
// (ECMA-48, and xterm's alternate screen, which others ignore). screen.h is what is drawn.
#ifndef CTL_TERMINAL_H
#define CTL_TERMINAL_H

#include "apps/ctl/screen.h"
#include "core/why.h"

#include <signal.h>
#include <termios.h>

enum terminal_event {
	TERMINAL_NOTHING, // the time is over
	TERMINAL_KEY,
	TERMINAL_RESIZED,   // or shown again, or to be drawn again for another reason
	TERMINAL_INTERRUPT, // Ctrl-C, or a signal that ends the process
	TERMINAL_GONE,      // its other end is closed
};

// All zeros is valid for terminal_close.
struct terminal {
	int fd, signals;
	int events; // becomes readable when terminal_wait would return an event
	bool open, entered, colour;
	int signal; // which one has interrupted; 0: a key
	struct termios before;
	sigset_t mask_before;
	struct screen drawn; // what it shows, as far as known
};

// Opens the terminal of standard output, and takes the signals that end a process or concern
// terminals. Nothing changes on the terminal yet. 0, or negative errno with a sentence in why.
int terminal_open(struct terminal *terminal, bool colour, struct why *why) MUST_CHECK;

// Gives back everything as it was, the screen included. Safe at any time.
void terminal_close(struct terminal *terminal);

void terminal_size(const struct terminal *terminal, unsigned *rows, unsigned *columns);

// Shows the screen: the lines that differ from those that are there. A terminal that takes no
// bytes is given up for this time.
void terminal_draw(struct terminal *terminal, const struct screen *screen);

// Waits for an event, up to wait_ms. A key is stored in *key. Ctrl-Z suspends the process within.
enum terminal_event terminal_wait(struct terminal *terminal, int wait_ms, char *key);

// Whether terminal_wait would return an event at once.
bool terminal_has_event(const struct terminal *terminal);

#endif

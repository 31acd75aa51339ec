// screen: a rectangle of characters with styles that a live view is laid out on, and printed from
// line by line. What does not fit is cut at its edge. It knows no terminal: terminal.h has that.
#ifndef CTL_SCREEN_H
#define CTL_SCREEN_H

#include "core/base.h"

#include <stdio.h>

#define SCREEN_ROWS_MAX    300
#define SCREEN_COLUMNS_MAX 500

enum screen_style {
	SCREEN_PLAIN,
	SCREEN_TITLE,   // the first line
	SCREEN_HEADING, // of a panel
	SCREEN_DIM,
	SCREEN_GOOD,
	SCREEN_WARNING,
	SCREEN_BAD,
	SCREEN_BARS,
};

struct screen_cell {
	uint16_t code; // Unicode, of a character one column wide
	uint8_t style;
};

struct screen {
	unsigned rows, columns;
	bool ascii; // the terminal has no UTF-8: bars are drawn with ASCII's characters
	struct screen_cell *cell;
};

// A blank screen of at least one row and column, and at most those above. 0 or -ENOMEM.
int screen_init(struct screen *screen, unsigned rows, unsigned columns) MUST_CHECK;
void screen_fini(struct screen *screen);

// Puts a text at a place, into up to `width` columns, and returns the column that follows it.
// What is not printable ASCII becomes a question mark: texts come from the other side.
unsigned screen_put(struct screen *screen, unsigned row, unsigned column, unsigned width,
                    enum screen_style style, const char *text);

// As screen_put, but the text ends at the last of the columns; one that is too long loses its end.
void screen_put_right(struct screen *screen, unsigned row, unsigned column, unsigned width,
                      enum screen_style style, const char *text);

// Draws the last `width` of the values as bars, the newest at the right edge; the highest
// is the largest of those that are drawn.
void screen_put_bars(struct screen *screen, unsigned row, unsigned column, unsigned width,
                     const uint32_t *values, unsigned len);

// Gives a whole row a style.
void screen_fill_row(struct screen *screen, unsigned row, enum screen_style style);

// How many rows there are until the last that is not blank.
unsigned screen_used(const struct screen *screen) PURE;

// Prints a row without its end of line, and without blanks at its end. In colour, each style begins
// with a sequence of ANSI (ECMA-48 SGR), and the row ends in the terminal's own style.
void screen_print_row(const struct screen *screen, unsigned row, bool colour, FILE *out);

#endif

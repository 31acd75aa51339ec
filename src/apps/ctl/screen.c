// screen: see the header.
#include "apps/ctl/screen.h"

#include "core/host/figure.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define BAR_FIRST 0x2581 // U+2581 to U+2588: a character's lower eighths

static struct screen_cell *cell_at(const struct screen *screen, unsigned row, unsigned column)
{
	return &screen->cell[(size_t)row * screen->columns + column];
}

static unsigned within(unsigned value, unsigned max)
{
	return value == 0 ? 1 : value < max ? value : max;
}

int screen_init(struct screen *screen, unsigned rows, unsigned columns)
{
	*screen = (struct screen){.rows = within(rows, SCREEN_ROWS_MAX),
	                          .columns = within(columns, SCREEN_COLUMNS_MAX)};
	screen->cell = calloc((size_t)screen->rows * screen->columns, sizeof(*screen->cell));
	if (!screen->cell)
		return -ENOMEM;
	for (size_t i = 0; i < (size_t)screen->rows * screen->columns; i++)
		screen->cell[i].code = ' ';
	return 0;
}

void screen_fini(struct screen *screen)
{
	free(screen->cell);
	screen->cell = NULL;
}

// The column after the last of up to `width`, within the screen.
static unsigned end_of(const struct screen *screen, unsigned row, unsigned column, unsigned width)
{
	if (row >= screen->rows || column >= screen->columns)
		return column;
	return column + (unsigned)size_min(width, screen->columns - column);
}

unsigned screen_put(struct screen *screen, unsigned row, unsigned column, unsigned width,
                    enum screen_style style, const char *text)
{
	unsigned end = end_of(screen, row, column, width);

	for (; *text && column < end; text++) {
		unsigned char byte = (unsigned char)*text;

		if ((byte & 0xc0) == 0x80)
			continue; // the rest of a UTF-8 character
		*cell_at(screen, row, column++) = (struct screen_cell){
		        byte >= ' ' && byte < 0x7f ? byte : '?', (uint8_t)style};
	}
	return column;
}

void screen_put_right(struct screen *screen, unsigned row, unsigned column, unsigned width,
                      enum screen_style style, const char *text)
{
	size_t len = size_min(strlen(text), width);

	screen_put(screen, row, column + width - (unsigned)len, (unsigned)len, style, text);
}

void screen_put_bars(struct screen *screen, unsigned row, unsigned column, unsigned width,
                     const uint32_t *values, unsigned len)
{
	static const char ascii[FIGURE_HEIGHTS + 1] = "_.,-~=*#";
	unsigned end = end_of(screen, row, column, width), shown;
	uint32_t most = 0;

	shown = (unsigned)size_min(len, end - column);
	values += len - shown;
	for (unsigned i = 0; i < shown; i++)
		if (values[i] > most)
			most = values[i];
	for (unsigned i = 0; i < shown; i++) {
		unsigned height = figure_height(values[i], most);
		unsigned code = screen->ascii ? (unsigned char)ascii[height] : BAR_FIRST + height;

		*cell_at(screen, row, end - shown + i) =
		        (struct screen_cell){(uint16_t)code, SCREEN_BARS};
	}
}

void screen_fill_row(struct screen *screen, unsigned row, enum screen_style style)
{
	for (unsigned i = 0; row < screen->rows && i < screen->columns; i++)
		cell_at(screen, row, i)->style = (uint8_t)style;
}

// The column after the last that shows.
static unsigned row_end(const struct screen *screen, unsigned row, bool colour)
{
	unsigned end = screen->columns;

	while (end) {
		const struct screen_cell *cell = cell_at(screen, row, end - 1);

		if (cell->code != ' ' || (colour && cell->style == SCREEN_TITLE))
			break;
		end--;
	}
	return end;
}

unsigned screen_used(const struct screen *screen)
{
	unsigned rows = screen->rows;

	while (rows && row_end(screen, rows - 1, false) == 0)
		rows--;
	return rows;
}

static void print_code(unsigned code, FILE *out)
{
	if (code < 0x80) {
		fputc((int)code, out);
		return;
	}
	fputc((int)(0xe0 | code >> 12), out);
	fputc((int)(0x80 | (code >> 6 & 0x3f)), out);
	fputc((int)(0x80 | (code & 0x3f)), out);
}

void screen_print_row(const struct screen *screen, unsigned row, bool colour, FILE *out)
{
	static const char *const begin[] = {
	        [SCREEN_PLAIN] = "\033[m",      [SCREEN_TITLE] = "\033[0;7m",
	        [SCREEN_HEADING] = "\033[0;1m", [SCREEN_DIM] = "\033[0;2m",
	        [SCREEN_GOOD] = "\033[0;32m",   [SCREEN_WARNING] = "\033[0;33m",
	        [SCREEN_BAD] = "\033[0;1;31m",  [SCREEN_BARS] = "\033[0;36m",
	};
	unsigned end = row_end(screen, row, colour), style = SCREEN_PLAIN;

	for (unsigned i = 0; i < end; i++) {
		const struct screen_cell *cell = cell_at(screen, row, i);

		if (colour && cell->style != style) {
			style = cell->style;
			fputs(begin[style], out);
		}
		print_code(cell->code, out);
	}
	if (style != SCREEN_PLAIN)
		fputs(begin[SCREEN_PLAIN], out);
}

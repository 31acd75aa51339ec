// top_layout: see the header.
#include "apps/ctl/top_layout.h"

#include "core/host/figure.h"

#include <stdio.h>
#include <string.h>

#define HEAD_ROWS      2
#define SERIES_NAME    12 // columns
#define SERIES_VALUE   10
#define BARS           (SERIES_NAME + SERIES_VALUE + 3) // where they begin
#define PANEL_COLUMNS  38                               // of the narrowest panel
#define PANEL_GAP      2
#define PANEL_ROWS_MIN 2 // a heading and something below it
#define NUMBER         9

// A part of the screen.
struct area {
	unsigned row, column, rows, columns;
};

struct panel {
	const char *heading, *columns; // the latter to the right
	unsigned (*len)(const struct top_figures *figures);
	void (*row)(const struct top_figures *figures, unsigned i, struct screen *screen,
	            struct area at);
};

// "3 d 4 h", "4 h 5 min", "5 min 6 s".
static void duration_text(uint64_t s, char text[32])
{
	if (s >= 86400)
		snprintf(text, 32, "%ju d %ju h", (uintmax_t)(s / 86400),
		         (uintmax_t)(s % 86400 / 3600));
	else if (s >= 3600)
		snprintf(text, 32, "%ju h %ju min", (uintmax_t)(s / 3600),
		         (uintmax_t)(s % 3600 / 60));
	else
		snprintf(text, 32, "%ju min %ju s", (uintmax_t)(s / 60), (uintmax_t)(s % 60));
}

// Of a place that is too long, the end says more.
static void place_put(const char *place, struct screen *screen, unsigned column, unsigned width)
{
	size_t len = strlen(place);

	screen_put_right(screen, 0, column, width, SCREEN_TITLE,
	                 len > width ? place + len - width : place);
}

static void head_put(const struct top_figures *figures, const struct top_view *view,
                     struct screen *screen)
{
	char text[SCREEN_COLUMNS_MAX], up[32];
	uint64_t workers = figures->workers_len, conns = figures->connections;
	unsigned end;

	duration_text(figures->uptime_s, up);
	snprintf(text, sizeof(text), "%s %s  up %s  %ju worker%s  %ju connection%s", figures->name,
	         figures->version, up, (uintmax_t)workers, workers == 1 ? "" : "s",
	         (uintmax_t)conns, conns == 1 ? "" : "s");
	screen_fill_row(screen, 0, SCREEN_TITLE);
	end = screen_put(screen, 0, 0, screen->columns, SCREEN_TITLE, text) + 2;
	if (end < screen->columns)
		place_put(view->place, screen, end, screen->columns - end);
}

// The sentence without the place that it may begin with, which the first line has.
static const char *lost_text(const struct top_view *view)
{
	size_t len = strlen(view->place);

	if (strncmp(view->lost, view->place, len) != 0)
		return view->lost;
	return view->lost + len + strspn(view->lost + len, ": ");
}

static void state_put(const struct top_view *view, struct screen *screen)
{
	char text[SCREEN_COLUMNS_MAX];

	if (view->lost) {
		snprintf(text, sizeof(text), "no reply for %ju s, trying again: %s",
		         (uintmax_t)view->lost_s, lost_text(view));
		screen_put(screen, 1, 0, screen->columns, SCREEN_BAD, text);
	} else if (view->keys) {
		screen_put(screen, 1, 0, screen->columns, SCREEN_DIM,
		           view->paused ? "paused: p goes on, q quits" : "p pauses, q quits");
	}
}

static enum screen_style style_of(const struct top_view *view, enum screen_style style)
{
	return view->lost ? SCREEN_DIM : style;
}

// Figures of the first sample have no rate yet.
static void rate_put(const struct top_figures *figures, const struct top_count *count,
                     struct screen *screen, struct area at, enum screen_style style)
{
	char text[FIGURE_RATE_BYTES] = "-";

	if (figures->samples > 1)
		figure_rate(count->per_s, text);
	screen_put_right(screen, at.row, at.column, at.columns, style, text);
}

static void series_put(const struct top_figures *figures, const struct top_view *view,
                       enum top_series_kind kind, struct screen *screen, unsigned row)
{
	const struct top_series *series = &figures->series[kind];
	struct area value = {row, SERIES_NAME, 1, SERIES_VALUE};
	bool bad = kind == TOP_DROPS && series->count.per_s;

	screen_put(screen, row, 0, SERIES_NAME, style_of(view, SCREEN_PLAIN), series->name);
	rate_put(figures, &series->count, screen, value,
	         style_of(view, bad ? SCREEN_WARNING : SCREEN_PLAIN));
	screen_put(screen, row, SERIES_NAME + SERIES_VALUE, 2, SCREEN_DIM, "/s");
	if (screen->columns > BARS)
		screen_put_bars(screen, row, BARS, screen->columns - BARS, series->past,
		                series->past_len);
}

// Percentiles that do not fit are left out whole.
static void latency_put(const struct top_figures *figures, const struct top_view *view,
                        struct screen *screen, unsigned row)
{
	static const struct {
		const char *name;
		uint32_t ppm;
	} parts[] = {{"50 %", 500000}, {"99 %", 990000}, {"99.9 %", 999000}};
	const struct top_latency *latency = &figures->latency;
	enum screen_style style = style_of(view, SCREEN_PLAIN);
	unsigned end = screen_put(screen, row, 0, SERIES_NAME, style, "latency");

	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		char text[64];

		snprintf(text, sizeof(text), "%s %s", parts[i].name,
		         top_figures_latency(figures, parts[i].ppm));
		if (end + 2 + strlen(text) > screen->columns)
			break;
		end = screen_put(screen, row, end + 2, screen->columns, style, text);
	}
	end = end + 2 < BARS ? BARS : end + 2;
	if (end < screen->columns)
		screen_put_bars(screen, row, end, screen->columns - end, latency->past,
		                latency->past_len);
}

// A name to the left, two figures to the right of it.
static unsigned pair_columns(struct area at)
{
	return at.columns > 2 * NUMBER ? at.columns - 2 * NUMBER : at.columns;
}

static void total_put(uint64_t total, struct screen *screen, struct area at, unsigned from)
{
	char text[FIGURE_RATE_BYTES];

	if (from < at.columns)
		screen_put_right(screen, at.row, at.column + from, NUMBER, SCREEN_PLAIN,
		                 figure_rate(total, text));
}

// A name that is too long loses its first words, which the rows about it have, too.
static const char *name_fitting(const char *name, unsigned columns)
{
	const char *space = NULL;

	while (strlen(name) > columns && (space = strchr(name, ' ')))
		name = space + 1;
	return name;
}

static void count_put(const struct top_figures *figures, const struct top_count *count,
                      struct screen *screen, struct area at, enum screen_style style)
{
	unsigned name = pair_columns(at);
	struct area rate = {at.row, at.column + name, 1, NUMBER};

	screen_put(screen, at.row, at.column, name, style, name_fitting(count->name, name));
	if (name < at.columns)
		rate_put(figures, count, screen, rate, style);
	total_put(count->total, screen, at, name + NUMBER);
}

static unsigned own_len(const struct top_figures *figures)
{
	return figures->own.len;
}

static void own_row(const struct top_figures *figures, unsigned i, struct screen *screen,
                    struct area at)
{
	const struct top_count *count = &figures->own.item[i];
	bool stale = count->total && strcmp(count->name, "zones stale") == 0;

	count_put(figures, count, screen, at, stale ? SCREEN_WARNING : SCREEN_PLAIN);
}

static unsigned drops_len(const struct top_figures *figures)
{
	return figures->drops.len;
}

// The i-th by rate, and of equal ones by total.
static const struct top_count *drops_at(const struct top_counts *drops, unsigned i)
{
	for (unsigned k = 0; k < drops->len; k++) {
		const struct top_count *count = &drops->item[k];
		unsigned before = 0;

		for (unsigned j = 0; j < drops->len; j++) {
			const struct top_count *other = &drops->item[j];
			bool same = other->per_s == count->per_s;

			before += other->per_s > count->per_s ||
			          (same && other->total > count->total) ||
			          (same && other->total == count->total && j < k);
		}
		if (before == i)
			return count;
	}
	return &drops->item[0];
}

static void drops_row(const struct top_figures *figures, unsigned i, struct screen *screen,
                      struct area at)
{
	const struct top_count *count = drops_at(&figures->drops, i);

	count_put(figures, count, screen, at, count->per_s ? SCREEN_WARNING : SCREEN_PLAIN);
}

static const struct top_stage *stages_at(const struct top_figures *figures, unsigned i)
{
	for (unsigned k = 0; k < figures->stages_len; k++)
		if (figures->stages[k].pkts.total && i-- == 0)
			return &figures->stages[k];
	return NULL;
}

// Those that a packet has reached.
static unsigned stages_len(const struct top_figures *figures)
{
	unsigned len = 0;

	while (stages_at(figures, len))
		len++;
	return len;
}

static void stages_row(const struct top_figures *figures, unsigned i, struct screen *screen,
                       struct area at)
{
	const struct top_stage *stage = stages_at(figures, i);
	unsigned name = pair_columns(at);
	struct area rate = {at.row, at.column + name, 1, NUMBER};

	screen_put(screen, at.row, at.column, name, SCREEN_PLAIN, stage->pkts.name);
	if (name < at.columns)
		rate_put(figures, &stage->pkts, screen, rate, SCREEN_PLAIN);
	if (stage->cycles_per_pkt)
		total_put(stage->cycles_per_pkt, screen, at, name + NUMBER);
}

static unsigned ports_len(const struct top_figures *figures)
{
	return figures->ports_len;
}

static void ports_row(const struct top_figures *figures, unsigned i, struct screen *screen,
                      struct area at)
{
	const struct top_port *port = &figures->ports[i];
	unsigned name = pair_columns(at), used = 0, end;
	char text[16];
	enum screen_style style;

	if (port->pages)
		used = (unsigned)((port->pages - u64_min(port->pages, port->pages_free)) * 100 /
		                  port->pages);
	style = used > 90 ? SCREEN_WARNING : SCREEN_PLAIN;
	end = screen_put(screen, at.row, at.column, name, SCREEN_PLAIN, port->name);
	if (end + 1 < at.column + name)
		screen_put(screen, at.row, end + 1, at.column + name - end - 1,
		           port->up ? SCREEN_GOOD : SCREEN_BAD, port->state);
	snprintf(text, sizeof(text), "%u %%", used);
	if (name < at.columns)
		screen_put_right(screen, at.row, at.column + name, NUMBER, style, text);
	total_put(port->missed.total, screen, at, name + NUMBER);
}

static unsigned workers_len(const struct top_figures *figures)
{
	return (unsigned)figures->workers_len;
}

static void workers_row(const struct top_figures *figures, unsigned i, struct screen *screen,
                        struct area at)
{
	const struct top_worker *worker = &figures->workers[i];
	unsigned name = pair_columns(at);
	struct area rate = {at.row, at.column + name, 1, NUMBER};
	char text[16];

	snprintf(text, sizeof(text), "%u", i);
	screen_put(screen, at.row, at.column, name, SCREEN_PLAIN, text);
	if (name == at.columns)
		return;
	rate_put(figures, &worker->rx, screen, rate, SCREEN_PLAIN);
	rate.column += NUMBER;
	rate_put(figures, &worker->tx, screen, rate, SCREEN_PLAIN);
}

// The most important first.
static const struct panel panels[] = {
        {"drops", "       /s    total", drops_len, drops_row},
        {"stages", "   pkts/s   cycles", stages_len, stages_row},
        {"services", "       /s    total", own_len, own_row},
        {"ports", "    pages   missed", ports_len, ports_row},
        {"workers", "     in/s    out/s", workers_len, workers_row},
};

static unsigned panel_rows(const struct panel *panel, const struct top_figures *figures)
{
	unsigned len = panel->len(figures);

	return 1 + (len ? len : 1);
}

static void panel_put(const struct panel *panel, const struct top_figures *figures,
                      struct screen *screen, struct area at)
{
	unsigned len = panel->len(figures), shown = (unsigned)size_min(len, at.rows - 1);
	unsigned name = pair_columns(at);
	struct area line = {at.row, at.column, 1, at.columns};
	char text[64];

	snprintf(text, sizeof(text), "%s", panel->heading);
	if (shown < len)
		snprintf(text, sizeof(text), "%s, %u of %u", panel->heading, shown, len);
	screen_put(screen, at.row, at.column, name, SCREEN_HEADING, text);
	if (name < at.columns)
		screen_put(screen, at.row, at.column + name, 2 * NUMBER, SCREEN_DIM,
		           panel->columns);
	if (len == 0)
		screen_put(screen, at.row + 1, at.column, at.columns, SCREEN_DIM, "none so far");
	for (unsigned i = 0; i < shown; i++) {
		line.row++;
		panel->row(figures, i, screen, line);
	}
}

// The panels first, first + step, ... one below the other. Each gets what it needs, or at least an
// even share of what is left.
static void panels_put(const struct top_figures *figures, struct screen *screen, struct area at,
                       unsigned first, unsigned step)
{
	for (unsigned i = first; i < ARRAY_LEN(panels); i += step) {
		unsigned behind = 0, left = 1, rows = panel_rows(&panels[i], figures);

		for (unsigned k = i + step; k < ARRAY_LEN(panels); k += step, left++)
			behind += panel_rows(&panels[k], figures) + 1;
		behind = (unsigned)size_min(behind, at.rows * (left - 1) / left);
		rows = (unsigned)size_min(rows, at.rows - behind);
		if (rows < PANEL_ROWS_MIN)
			continue;
		panel_put(&panels[i], figures, screen,
		          (struct area){at.row, at.column, rows, at.columns});
		rows = (unsigned)size_min(rows + 1, at.rows);
		at.row += rows;
		at.rows -= rows;
	}
}

static void rest_put(const struct top_figures *figures, struct screen *screen, unsigned row)
{
	unsigned len = (screen->columns + PANEL_GAP) / (PANEL_COLUMNS + PANEL_GAP), columns;
	struct area at = {.row = row};

	if (len == 0)
		len = 1;
	if (len > ARRAY_LEN(panels))
		len = ARRAY_LEN(panels);
	columns = (screen->columns + PANEL_GAP) / len;
	for (unsigned i = 0; i < len && row < screen->rows; i++) {
		at.rows = screen->rows - row;
		at.column = i * columns;
		at.columns = columns > PANEL_GAP ? columns - PANEL_GAP : columns;
		panels_put(figures, screen, at, i, len);
	}
}

void top_layout(const struct top_figures *figures, const struct top_view *view,
                struct screen *screen)
{
	unsigned row = HEAD_ROWS;

	head_put(figures, view, screen);
	state_put(view, screen);
	if (figures->samples == 0)
		return;
	for (unsigned kind = 0; kind < TOP_SERIES; kind++)
		if (top_figures_has(figures, kind))
			series_put(figures, view, kind, screen, row++);
	latency_put(figures, view, screen, row++);
	rest_put(figures, screen, row + 1);
}

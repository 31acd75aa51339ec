// top: see the header.
#include "apps/ctl/top.h"

#include "apps/ctl/terminal.h"
#include "apps/ctl/top_layout.h"
#include "core/host/clock.h"

#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <unistd.h>

#define PERIOD_US  SEC_US
#define PLAIN_ROWS 60

struct top {
	const struct top_conf *conf;
	struct peer *peer;
	struct terminal terminal;
	struct top_figures *figures;
	struct top_view view;
	struct why lost; // what view.lost points to
	mono_t heard;    // when replies last came
	bool ascii;
};

static json_t *ask(struct top *top, const char *command)
{
	json_t *request = json_pack("{s:s}", "command", command), *reply;

	reply = peer_ask(top->peer, request, &top->lost);
	json_decref(request);
	return reply;
}

// One sample; false when the peer gave no replies.
static bool sample(struct top *top)
{
	struct top_replies replies = {.status = ask(top, "status")};
	bool all;

	replies.stats = replies.status ? ask(top, "stats") : NULL;
	replies.drops = replies.stats ? ask(top, "drops") : NULL;
	replies.ports = replies.drops ? ask(top, "ports") : NULL;
	all = replies.ports != NULL;
	if (all) {
		top->heard = clock_kernel();
		top_figures_take(top->figures, &replies, top->heard);
	}
	json_decref(replies.status);
	json_decref(replies.stats);
	json_decref(replies.drops);
	json_decref(replies.ports);
	return all;
}

static int reopen(struct top *top)
{
	const char *name = top->peer->name;
	int wake = top->peer->wake;
	int err = peer_open(top->peer, top->conf->path, top->conf->wait_ms, &top->lost);

	top->peer->name = name;
	top->peer->wake = wake;
	return err;
}

// A sample of a peer that may be gone, and come back. A key that is pressed meanwhile breaks off a
// reply: the connection is of no use after that, and the peer is not lost.
static void sample_live(struct top *top)
{
	struct peer *peer = top->peer;
	const char *name = peer->name;
	int wake = peer->wake;

	if (peer->fd >= 0 || reopen(top) == 0) {
		if (sample(top)) {
			top->view.lost = NULL;
			return;
		}
		peer_close(peer);
		peer->name = name;
		peer->wake = wake;
		if (terminal_has_event(&top->terminal))
			return;
	}
	top->view.lost = top->lost.text;
}

static void draw(struct top *top)
{
	unsigned rows, columns;
	struct screen screen;

	terminal_size(&top->terminal, &rows, &columns);
	if (screen_init(&screen, rows, columns))
		return;
	screen.ascii = top->ascii;
	top->view.lost_s = mono_until(top->heard, clock_kernel()) / SEC_US;
	top_layout(top->figures, &top->view, &screen);
	terminal_draw(&top->terminal, &screen);
	screen_fini(&screen);
}

// Handles events until `due`; false when one of them ends the view.
static bool wait_until(struct top *top, mono_t due)
{
	for (;;) {
		uint64_t left_us = mono_until(clock_kernel(), due);
		char key = 0;

		switch (terminal_wait(&top->terminal, (int)((left_us + MS_US - 1) / MS_US), &key)) {
		case TERMINAL_INTERRUPT:
		case TERMINAL_GONE:
			return false;
		case TERMINAL_KEY:
			if (key == 'q' || key == 'Q')
				return false;
			if (key == 'p' || key == ' ')
				top->view.paused = !top->view.paused;
			draw(top);
			break;
		case TERMINAL_RESIZED:
			draw(top);
			break;
		case TERMINAL_NOTHING:
			if (left_us == 0)
				return true;
		}
	}
}

static int run_live(struct top *top, struct why *why)
{
	int err = terminal_open(&top->terminal, top->conf->colour, why), signal;
	mono_t due = clock_kernel();

	if (err)
		return err;
	top->peer->wake = top->terminal.events;
	top->view.keys = true;
	do {
		if (!top->view.paused)
			sample_live(top);
		draw(top);
		due = mono_add(due, PERIOD_US);
		if (mono_due(due, clock_kernel()))
			due = mono_add(clock_kernel(), PERIOD_US);
	} while (wait_until(top, due));
	top->peer->wake = 0;
	signal = top->terminal.signal;
	terminal_close(&top->terminal);
	if (signal == SIGTERM || signal == SIGHUP)
		raise(signal); // as a process that does not catch it
	return 0;
}

// Two samples a second apart, and what is between them.
static int run_plain(struct top *top, struct why *why)
{
	struct screen screen;
	bool sampled = sample(top);

	if (sampled) {
		usleep(PERIOD_US);
		sampled = sample(top);
	}
	if (!sampled)
		return why_fail(why, -ENOTCONN, "%s", top->lost.text);
	if (screen_init(&screen, PLAIN_ROWS, top->conf->columns))
		return why_no_memory(why, "a screen");
	screen.ascii = top->ascii;
	top_layout(top->figures, &top->view, &screen);
	for (unsigned row = 0; row < screen_used(&screen); row++) {
		screen_print_row(&screen, row, top->conf->colour, stdout);
		putchar('\n');
	}
	screen_fini(&screen);
	return 0;
}

int top_run(struct peer *peer, const struct top_conf *conf, struct why *why)
{
	struct top top = {.conf = conf, .peer = peer, .heard = clock_kernel()};
	int err;

	setlocale(LC_CTYPE, "");
	top.ascii = strcmp(nl_langinfo(CODESET), "UTF-8") != 0;
	top.view.place = peer->name;
	top.figures = calloc(1, sizeof(*top.figures));
	if (!top.figures)
		return why_no_memory(why, "figures");
	peer->wait_ms = conf->wait_ms;
	err = conf->live ? run_live(&top, why) : run_plain(&top, why);
	free(top.figures);
	return err;
}

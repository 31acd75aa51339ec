// tls_line: see the header.
#include "apps/tls/tls_line.h"

static void line_call(void *ctx, mono_t now);

// Has the line go on in the next turn.
static void line_post(struct tls_line *line, mono_t now)
{
	if (line->posted || !line->first)
		return;
	line->posted = mailbox_post(line->mailbox, line_call, line);
	if (!line->posted && !wheel_timer_armed(&line->timer))
		wheel_add(line->wheel, &line->timer, now);
}

static void line_turn(struct tls_line *line, mono_t now)
{
	if (line->turn.us != now.us)
		line->steps = 0;
	line->turn = now;
}

static void line_go_on(struct tls_line *line, mono_t now)
{
	struct tls_line_place *first;

	line_turn(line, now);
	while (line->steps < TLS_LINE_STEPS && (first = line->first)) {
		tls_line_remove(line, first);
		first->granted = true;
		first->turn = now;
		line->steps++;
		line->go_on(line, first, now);
	}
	line_post(line, now);
}

static void line_call(void *ctx, mono_t now)
{
	struct tls_line *line = ctx;

	line->posted = false;
	line->turn = now;
	line->steps = 0; // it is another turn, also within the same microsecond
	line_go_on(line, now);
}

static void line_fire(struct wheel_timer *timer, mono_t now)
{
	line_go_on(CONTAINER_OF(timer, struct tls_line, timer), now);
}

void tls_line_init(struct tls_line *line, struct mailbox *mailbox, struct wheel *wheel,
                   void (*go_on)(struct tls_line *line, struct tls_line_place *place, mono_t now))
{
	*line = (struct tls_line){.mailbox = mailbox, .wheel = wheel, .go_on = go_on};
	wheel_timer_init(&line->timer, line_fire);
}

void tls_line_fini(struct tls_line *line)
{
	if (line->wheel)
		wheel_del(line->wheel, &line->timer);
}

bool tls_line_take(struct tls_line *line, struct tls_line_place *place, mono_t now)
{
	bool granted = place->granted && place->turn.us == now.us;

	place->granted = false;
	if (granted)
		return true;
	line_turn(line, now);
	if (line->first || line->steps == TLS_LINE_STEPS)
		return false;
	line->steps++;
	return true;
}

void tls_line_add(struct tls_line *line, struct tls_line_place *place, mono_t now)
{
	if (place->waiting)
		return;
	*place = (struct tls_line_place){.before = line->last, .waiting = true};
	if (line->last)
		line->last->behind = place;
	else
		line->first = place;
	line->last = place;
	counter_add(&line->deferred, 1);
	line_post(line, now);
}

void tls_line_remove(struct tls_line *line, struct tls_line_place *place)
{
	if (!place->waiting)
		return;
	place->waiting = false;
	if (place->before)
		place->before->behind = place->behind;
	else
		line->first = place->behind;
	if (place->behind)
		place->behind->before = place->before;
	else
		line->last = place->before;
}

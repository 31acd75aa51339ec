// tls_line: see the header.
#include "apps/tls/tls_line.h"

static void line_fire(struct wheel_timer *timer, mono_t now)
{
	struct tls_line *line = CONTAINER_OF(timer, struct tls_line, timer);
	struct tls_line_place *first;

	for (unsigned i = 0; i < TLS_LINE_STEPS && (first = line->first); i++) {
		tls_line_remove(line, first);
		line->go_on(line, first, now);
	}
	if (line->first && !wheel_timer_armed(timer))
		wheel_add(line->wheel, timer, mono_add(now, 1));
}

void tls_line_init(struct tls_line *line, struct wheel *wheel,
                   void (*go_on)(struct tls_line *line, struct tls_line_place *place, mono_t now))
{
	*line = (struct tls_line){.wheel = wheel, .go_on = go_on};
	wheel_timer_init(&line->timer, line_fire);
}

void tls_line_fini(struct tls_line *line)
{
	if (line->wheel)
		wheel_del(line->wheel, &line->timer);
}

bool tls_line_take(struct tls_line *line, mono_t now)
{
	if (line->turn.us != now.us)
		line->steps = 0;
	line->turn = now;
	return line->steps++ < TLS_LINE_STEPS;
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
	if (!wheel_timer_armed(&line->timer))
		wheel_add(line->wheel, &line->timer, now);
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

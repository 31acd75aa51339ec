// http_probe: see http_two.h: the first bytes of a client's, until they show which version they are
// of. Those that were taken by then are the preface's, so nothing has to be kept of them.
#include "apps/http/http_links_internal.h"

static const char preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

static bool probe_opened(struct http_link *link, mono_t now)
{
	struct http_two *two = &link->all->two[http_link_number(link)];

	*two = (struct http_two){.link = link};
	http_link_set_state(link, two);
	http_link_deadline(link, mono_add(now, link->all->limits->idle_us));
	return true;
}

// The protocol is known: it gets what came before, then the rest of the part.
static bool probe_decide(struct http_link *link, const struct http_link_ops *ops, mono_t now)
{
	const struct http_two *two = http_link_state(link);
	struct span seen = span_of(preface, two->seen);

	http_link_speak(link, ops, now);
	return span_left(&seen) == 0 || ops->data(link, &seen, now);
}

static bool probe_data(struct http_link *link, struct span *part, mono_t now)
{
	struct http_two *two = http_link_state(link);
	size_t len = size_min(span_left(part), HTTP2_WATCH_PREFACE_BYTES - two->seen);

	if (memcmp(part->p, preface + two->seen, len) != 0)
		return probe_decide(link, &http_one_link_ops, now);
	if (two->seen + len == HTTP2_WATCH_PREFACE_BYTES)
		return probe_decide(link, &http_two_link_ops, now);
	(void)span_take(part, len);
	if (two->seen == 0 && len > 0)
		http_link_deadline(link, mono_add(now, link->all->limits->head_us));
	two->seen += (uint32_t)len;
	return true;
}

static void probe_ended(struct http_link *link, mono_t now)
{
	http_link_shutdown(link, now);
}

// The client sent nothing, or a part of the preface, which is that of a request's head as well.
static void probe_expired(struct http_link *link, mono_t now)
{
	const struct http_two *two = http_link_state(link);

	counter_add(&link->all->metric.refused[two->seen ? HTTP_FAULT_SLOW_HEAD : HTTP_FAULT_IDLE],
	            1);
	http_link_shutdown(link, now);
}

static void probe_closed(struct http_link *link, mono_t now)
{
}

const struct http_link_ops http_two_probe_ops = {.opened = probe_opened,
                                                 .data = probe_data,
                                                 .ended = probe_ended,
                                                 .writable = probe_ended,
                                                 .expired = probe_expired,
                                                 .closed = probe_closed};

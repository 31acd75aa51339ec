// http_link: see the header. What a callback writes gathers in the worker's page, of one link at a
// time.
#include "apps/http/http_links_internal.h"
#include "apps/http/http_protocol.h"

void *http_link_state(const struct http_link *link)
{
	return link->state;
}

void http_link_set_state(struct http_link *link, void *state)
{
	link->state = state;
}

uint32_t http_link_number(const struct http_link *link)
{
	return (uint32_t)(link - link->all->link);
}

struct http_links *http_link_all(const struct http_link *link)
{
	return link->all;
}

const struct http_listener *http_link_listener(const struct http_link *link)
{
	return link->listener;
}

struct tcp_peers http_link_peers(const struct http_link *link)
{
	return tcp_peers(link->tcp);
}

// Bytes for TCP, as far as there is room.
static uint32_t link_transmit(struct http_link *link, const void *bytes, uint32_t len)
{
	uint32_t n;

	if (link->tls)
		return http_link_tls_send(link, bytes, len);
	n = tcp_send(link->tcp, bytes, len);
	link->given += n;
	return n;
}

// Moves what waits to the buffer's beginning.
static void rest_compact(struct http_link *link, struct http_links_buffer *rest)
{
	uint8_t *bytes = http_buffers_bytes(link->all, link->rest);

	if (rest->from == 0)
		return;
	memmove(bytes, bytes + rest->from, rest->end - rest->from);
	rest->end -= rest->from;
	rest->from = 0;
}

// Bytes that are sent when TCP has room again.
static void rest_add(struct http_link *link, const uint8_t *bytes, uint32_t len)
{
	struct http_links_buffer *rest;

	if (link->flags & HTTP_LINK_CLOSING)
		return;
	if (!link->rest)
		link->rest = http_buffers_get(link, true);
	rest = http_buffers_of(link->all, link->rest);
	rest_compact(link, rest);
	assert(rest->end + len <= HTTP_LINK_BUFFER_BYTES);
	memcpy(http_buffers_bytes(link->all, link->rest) + rest->end, bytes, len);
	rest->end += len;
}

static void page_put(struct http_links *all)
{
	if (all->page.bytes && all->page.bytes != all->scratch)
		tcp_page_put(&all->page);
	all->page.bytes = NULL;
}

// Sends what was written of one link.
static void link_flush(struct http_links *all)
{
	struct http_link *link = all->writing;
	struct tcp_data *page = &all->page;
	uint32_t len = page->bytes == all->scratch ? all->scratch_len : page->len, sent = 0;

	all->writing = NULL;
	if (!page->bytes)
		return;
	if (len > 0 && !(link->flags & HTTP_LINK_CLOSING)) {
		if (!link->rest && page->bytes != all->scratch) {
			if (tcp_send_pages(link->tcp, page, 1) == 1) {
				link->given += len;
				page->bytes = NULL;
				return;
			}
		} else if (!link->rest) {
			sent = link_transmit(link, page->bytes, len);
		}
		if (sent < len)
			rest_add(link, page->bytes + sent, len - sent);
	}
	page_put(all);
}

void http_link_call_begin(struct http_links *all)
{
	all->calls++;
}

void http_link_call_end(struct http_links *all)
{
	if (--all->calls == 0 && all->writing)
		link_flush(all);
}

static uint32_t page_left(const struct http_links *all)
{
	if (!all->page.bytes)
		return 0;
	return all->page.bytes == all->scratch ? HTTP_LINK_WRITE_BYTES - all->scratch_len
	                                       : (uint32_t)all->page.room - all->page.len;
}

static void page_get(struct http_link *link, uint32_t least)
{
	struct http_links *all = link->all;

	if (!link->tls && tcp_page(link->tcp, &all->page)) {
		all->page.len = 0;
		if (all->page.room >= least)
			return;
		page_put(all);
	}
	all->page = (struct tcp_data){.bytes = all->scratch};
	all->scratch_len = 0;
}

struct fill http_link_room(struct http_link *link, uint32_t least)
{
	if (!http_link_is_blocked(link))
		return http_link_room_anyway(link, least);
	link->flags |= HTTP_LINK_WANTING;
	return (struct fill){.bad = true};
}

struct fill http_link_room_anyway(struct http_link *link, uint32_t least)
{
	struct http_links *all = link->all;
	uint32_t used;

	assert(least <= HTTP_LINK_WRITE_BYTES);
	if (link->flags & HTTP_LINK_CLOSING)
		return (struct fill){.bad = true};
	if (all->writing && (all->writing != link || page_left(all) < least))
		link_flush(all);
	if (!all->writing)
		page_get(link, least);
	all->writing = link;
	used = all->page.bytes == all->scratch ? all->scratch_len : all->page.len;
	return fill_of(all->page.bytes + used, page_left(all));
}

void http_link_wrote(struct http_link *link, const struct fill *out)
{
	struct http_links *all = link->all;
	uint32_t len = (uint32_t)(out->p - all->page.bytes);

	assert(all->writing == link);
	if (all->page.bytes == all->scratch)
		all->scratch_len = len;
	else
		all->page.len = (uint16_t)len;
	if (all->calls == 0)
		link_flush(all);
}

uint32_t http_link_send(struct http_link *link, const void *bytes, uint32_t len)
{
	uint32_t sent = 0;

	if (link->all->writing)
		link_flush(link->all);
	if (link->flags & HTTP_LINK_CLOSING)
		return 0;
	if (!http_link_is_blocked(link))
		sent = link_transmit(link, bytes, len);
	if (sent < len)
		link->flags |= HTTP_LINK_WANTING;
	return sent;
}

// Sends what waited; false: some of it still waits.
static bool rest_send(struct http_link *link)
{
	struct http_links_buffer *rest;
	const uint8_t *bytes;

	if (!link->rest)
		return true;
	rest = http_buffers_of(link->all, link->rest);
	bytes = http_buffers_bytes(link->all, link->rest);
	rest->from += link_transmit(link, bytes + rest->from, rest->end - rest->from);
	if (rest->from < rest->end)
		return false;
	http_buffers_put(link->all, link->rest);
	link->rest = 0;
	return true;
}

static void link_finish(struct http_link *link)
{
	link->flags &= (uint8_t)~HTTP_LINK_FINISHING;
	if (link->tls)
		http_link_tls_shutdown(link);
	tcp_shutdown(link->tcp);
}

void http_link_shutdown(struct http_link *link, mono_t now)
{
	if (link->all->writing == link)
		link_flush(link->all);
	if (link->flags & HTTP_LINK_CLOSING)
		return;
	link->flags |= HTTP_LINK_CLOSING | HTTP_LINK_FINISHING;
	if (!link->rest)
		link_finish(link);
	link->lingering = http_link_unsent(link);
	http_link_deadline(link, mono_add(now, HTTP_LINK_LINGER_US));
	tcp_resume(link->tcp);
}

void http_link_reset(struct http_link *link)
{
	if (link->all->writing == link)
		page_put(link->all);
	link->flags |= HTTP_LINK_CLOSING;
	link->flags &= (uint8_t)~HTTP_LINK_FINISHING;
	tcp_abort(link->tcp);
}

void http_link_deadline(struct http_link *link, mono_t when)
{
	link->deadline = when;
	if (when.us == MONO_NEVER.us)
		return;
	if (!wheel_timer_armed(&link->timer) || when.us < link->timer.when.us)
		wheel_add(link->all->wheel, &link->timer, when);
}

uint64_t http_link_unsent(const struct http_link *link)
{
	struct tcp_info info;
	uint64_t rest = 0;

	tcp_info(link->tcp, &info);
	if (link->rest) {
		const struct http_links_buffer *of = http_buffers_of(link->all, link->rest);

		rest = of->end - of->from;
	}
	return rest + info.in_flight + info.queued;
}

uint64_t http_link_progress(const struct http_link *link, uint64_t *unsent)
{
	uint64_t rest = link->rest ? http_buffers_of(link->all, link->rest)->end -
	                                     http_buffers_of(link->all, link->rest)->from
	                           : 0;

	*unsent = http_link_unsent(link);
	return link->given - (*unsent - rest);
}

// A link of which our end was sent: its client has to take what is left, and end as well.
static void link_linger(struct http_link *link, mono_t now)
{
	uint64_t unsent = http_link_unsent(link);

	if (unsent == 0 || unsent >= link->lingering) {
		counter_add(&link->all->metric.lingered, 1);
		http_link_reset(link);
		return;
	}
	link->lingering = unsent;
	http_link_deadline(link, mono_add(now, HTTP_LINK_LINGER_US));
}

void http_link_fire(struct wheel_timer *timer, mono_t now)
{
	struct http_link *link = CONTAINER_OF(timer, struct http_link, timer);

	if (!mono_due(link->deadline, now)) {
		http_link_deadline(link, link->deadline);
		return;
	}
	if (link->flags & HTTP_LINK_CLOSING) {
		link_linger(link, now);
		return;
	}
	if (!link->ops) {
		counter_add(&link->all->metric.slow_handshakes, 1);
		http_link_reset(link);
		return;
	}
	http_link_call_begin(link->all);
	link->ops->expired(link, now);
	http_link_call_end(link->all);
}

bool http_link_read(struct http_link *link, struct span *part, mono_t now)
{
	const struct http_link_ops *ops;
	bool goes_on;

	do {
		ops = link->ops;
		link->flags |= HTTP_LINK_IN_DATA;
		goes_on = ops->data(link, part, now);
		link->flags &= (uint8_t)~HTTP_LINK_IN_DATA;
	} while (goes_on && ops != link->ops);
	if (link->flags & HTTP_LINK_CLOSING)
		return false;
	if (!goes_on)
		link->flags |= HTTP_LINK_HELD;
	return goes_on;
}

// The next bytes of TCP's, or none: what TLS holds.
static bool link_take(struct http_link *link, struct span *part, mono_t now)
{
	return link->tls ? http_link_tls_read(link, part, now) : http_link_read(link, part, now);
}

static unsigned link_data(void *ctx, struct tcp_conn *tcp, struct tcp_data *data, unsigned n,
                          mono_t now)
{
	struct http_link *link = ctx;
	bool goes_on = true;
	unsigned done = 0;

	if (!link || (link->flags & HTTP_LINK_CLOSING))
		return n;
	if (link->flags & HTTP_LINK_HELD)
		return 0;
	http_links_touch(link);
	http_link_call_begin(link->all);
	while (goes_on && done < n) {
		const struct tcp_data *part = &data[done];
		struct span left =
		        span_of(part->bytes + link->taken, (size_t)(part->len - link->taken));

		goes_on = link_take(link, &left, now);
		link->taken = 0;
		if (span_left(&left))
			link->taken = (uint16_t)(part->len - span_left(&left));
		else
			done++;
	}
	http_link_call_end(link->all);
	return link->flags & HTTP_LINK_CLOSING ? n : done;
}

void http_link_resume(struct http_link *link, mono_t now)
{
	struct span none = {0};

	if ((link->flags & (HTTP_LINK_CLOSING | HTTP_LINK_IN_DATA)) ||
	    !(link->flags & HTTP_LINK_HELD))
		return;
	link->flags &= (uint8_t)~HTTP_LINK_HELD;
	http_link_call_begin(link->all);
	(void)!link_take(link, &none, now);
	http_link_call_end(link->all);
	if (!(link->flags & HTTP_LINK_HELD))
		tcp_resume(link->tcp);
}

static void link_writable(void *ctx, struct tcp_conn *tcp, mono_t now)
{
	struct http_link *link = ctx;

	if (!link || !rest_send(link))
		return;
	if (link->tls_blocked)
		http_link_tls_go_on(&link->all->line, &link->in_line, now);
	if (link->flags & HTTP_LINK_FINISHING)
		link_finish(link);
	if ((link->flags & HTTP_LINK_CLOSING) || !(link->flags & HTTP_LINK_WANTING))
		return;
	link->flags &= (uint8_t)~HTTP_LINK_WANTING;
	http_links_touch(link);
	http_link_call_begin(link->all);
	link->ops->writable(link, now);
	http_link_call_end(link->all);
}

void http_link_ended(struct http_link *link, mono_t now)
{
	if (link->flags & (HTTP_LINK_CLOSING | HTTP_LINK_ENDED))
		return;
	link->flags |= HTTP_LINK_ENDED;
	if (!link->ops) {
		http_link_reset(link);
		return;
	}
	http_link_call_begin(link->all);
	link->ops->ended(link, now);
	http_link_call_end(link->all);
}

static void link_ended(void *ctx, struct tcp_conn *tcp, mono_t now)
{
	if (ctx)
		http_link_ended(ctx, now);
}

void http_link_speak(struct http_link *link, const struct http_link_ops *ops, mono_t now)
{
	link->ops = ops;
	link->state = NULL;
	http_link_deadline(link, MONO_NEVER);
	if (!ops->opened(link, now))
		http_link_reset(link);
}

void http_link_begin(struct http_link *link, mono_t now)
{
	if (!link->listener->tls)
		http_link_speak(link, http_protocol_find(NULL, 0), now);
	else if (http_link_tls_open(link))
		http_link_deadline(link, mono_add(now, link->all->limits->head_us));
	else
		http_link_reset(link);
}

void http_link_end(struct http_link *link, mono_t now)
{
	link->flags |= HTTP_LINK_CLOSING;
	if (link->all->writing == link) {
		page_put(link->all);
		link->all->writing = NULL;
	}
	if (link->ops)
		link->ops->closed(link, now);
	http_link_tls_close(link);
	wheel_del(link->all->wheel, &link->timer);
}

static void link_opened(void *ctx, struct tcp_conn *tcp, mono_t now)
{
	struct http_link *link = http_links_add(ctx, tcp, now);

	tcp_set_ctx(tcp, link);
	if (link)
		http_link_begin(link, now);
	else
		tcp_abort(tcp);
}

// What is in progress at last is cut off, which a reset says: an orderly end would say that it is
// whole.
static bool link_leave(void *ctx, struct tcp_conn *tcp, enum tcp_leave how, mono_t now)
{
	struct http_link *link = ctx;
	bool in_progress = false;

	if (!link)
		return false;
	if (how != TCP_LEAVE_BUSY)
		link->flags |= HTTP_LINK_LEAVING;
	if (!(link->flags & HTTP_LINK_CLOSING)) {
		http_link_call_begin(link->all);
		if (link->ops && link->ops->leave)
			in_progress = link->ops->leave(link, how, now);
		if (how == TCP_LEAVE_END && in_progress)
			http_link_reset(link);
		else if (how == TCP_LEAVE_END)
			http_link_shutdown(link, now);
		http_link_call_end(link->all);
	}
	return in_progress || (link->flags & HTTP_LINK_FINISHING);
}

static void link_closed(void *ctx, struct tcp_conn *tcp, enum tcp_end end, mono_t now)
{
	struct http_link *link = ctx;

	if (!link)
		return;
	http_link_end(link, now);
	http_links_del(link);
}

const struct tcp_ops http_link_tcp_ops = {.opened = link_opened,
                                          .data = link_data,
                                          .ended = link_ended,
                                          .writable = link_writable,
                                          .leave = link_leave,
                                          .closed = link_closed};

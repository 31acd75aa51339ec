// http_link_tls: TLS of a link, between TCP and the protocol. A turn of the worker does a few steps
// of handshakes (tls_line.h); the others wait, their bytes in TCP's pages.
#include "apps/http/http_links_internal.h"
#include "apps/http/http_protocol.h"

#define TLS_RECORDS_MAX 64 // of one link in a call: a client may make them tiny

static uint32_t to_tcp(void *ctx, const void *bytes, uint32_t len)
{
	struct http_link *link = ctx;
	uint32_t n = tcp_send(link->tcp, bytes, len);

	link->given += n;
	return n;
}

bool http_link_is_tls(const struct http_link *link)
{
	return link->tls != NULL;
}

bool http_link_tls_info(const struct http_link *link, struct tls_info *info)
{
	if (link->tls)
		tls_info(link->tls, info);
	return link->tls != NULL;
}

bool http_link_tls_open(struct http_link *link)
{
	const struct tls_shared *shared = swap_read(link->listener->tls);

	link->tls = tls_open(shared->context, NULL);
	return link->tls != NULL;
}

void http_link_tls_close(struct http_link *link)
{
	tls_line_remove(&link->all->line, &link->in_line);
	if (link->tls)
		tls_close(link->tls);
	link->tls = NULL;
}

// Its alert is on the way: the link ends behind it.
static void link_fail(struct http_link *link, mono_t now)
{
	counter_add(&link->all->metric.failed[tls_fail(link->tls)], 1);
	http_link_shutdown(link, now);
}

static void handshake_done(struct http_link *link, mono_t now)
{
	struct http_links_metric *metric = &link->all->metric;
	struct tls_info info;

	tls_info(link->tls, &info);
	counter_add(&metric->handshakes, 1);
	counter_add(&metric->resumed, info.resumed);
	http_link_speak(link, http_protocol_find(info.alpn, info.alpn_len), now);
}

// One step of the handshake; false: nothing is read until the link goes on.
static bool handshake(struct http_link *link, struct tls_io *io, mono_t now)
{
	struct tls_line *line = &link->all->line;
	enum tls_status status;

	if (!tls_line_take(line, &link->in_line, now)) {
		tls_line_add(line, &link->in_line, now);
		return false;
	}
	status = tls_handshake(link->tls, io);
	link->tls_blocked = status == TLS_ROOM;
	if (status == TLS_FAILED)
		link_fail(link, now);
	if (status == TLS_DONE)
		handshake_done(link, now);
	return status == TLS_DONE || status == TLS_WAIT;
}

// Has one record's plaintext read.
static bool record_read(struct http_link *link, struct tls_io *io, uint32_t len, mono_t now)
{
	struct http_links *all = link->all;
	struct span plain = span_of(all->plain, len);
	bool goes_on = http_link_read(link, &plain, now);
	uint32_t used = len - (uint32_t)span_left(&plain), n;

	if (link->flags & HTTP_LINK_CLOSING)
		return false;
	// What was used is the same bytes again.
	if (used > 0 && tls_read(link->tls, io, all->plain, used, &n) != TLS_DONE)
		return false;
	return goes_on;
}

static bool records_read(struct http_link *link, struct tls_io *io, mono_t now)
{
	uint32_t len;

	link->tls_blocked = false;
	for (unsigned i = 0; i < TLS_RECORDS_MAX; i++) {
		switch (tls_peek(link->tls, io, link->all->plain, TLS_RECORD_BYTES, &len)) {
		case TLS_DONE:
			if (!record_read(link, io, len, now))
				return false;
			break;
		case TLS_WAIT:
			return true;
		case TLS_ENDED:
			http_link_ended(link, now);
			return true;
		case TLS_ROOM: // for its answer to a key update
			link->tls_blocked = true;
			return false;
		case TLS_FAILED:
			link_fail(link, now);
			return false;
		}
	}
	tls_line_add(&link->all->line, &link->in_line, now);
	return false;
}

bool http_link_tls_read(struct http_link *link, struct span *part, mono_t now)
{
	const struct tls_shared *shared = swap_read(link->listener->tls);
	struct tls_io io = {.in = *part,
	                    .send = to_tcp,
	                    .ctx = link,
	                    .tickets = &shared->tickets,
	                    .now_s = (int64_t)http_links_unix_s(link->all, now)};
	bool goes_on = tls_is_open(link->tls) || handshake(link, &io, now);

	if (goes_on && tls_is_open(link->tls) && !(link->flags & HTTP_LINK_CLOSING))
		goes_on = records_read(link, &io, now);
	*part = io.in;
	return goes_on;
}

uint32_t http_link_tls_send(struct http_link *link, const void *bytes, uint32_t len)
{
	struct tls_io io = {.send = to_tcp, .ctx = link};
	enum tls_status status = TLS_DONE;
	uint32_t done = 0, n;

	while (done < len && status == TLS_DONE) {
		status = tls_write(link->tls, &io, (const uint8_t *)bytes + done, len - done, &n);
		done += n;
	}
	if (status == TLS_FAILED) {
		counter_add(&link->all->metric.failed[tls_fail(link->tls)], 1);
		http_link_reset(link);
	}
	return done;
}

void http_link_tls_shutdown(struct http_link *link)
{
	struct tls_io io = {.send = to_tcp, .ctx = link};

	(void)!tls_shutdown(link->tls, &io);
}

void http_link_tls_go_on(struct tls_line *line, struct tls_line_place *place, mono_t now)
{
	struct http_link *link = CONTAINER_OF(place, struct http_link, in_line);
	struct span none = {0};

	if (link->flags & HTTP_LINK_CLOSING)
		return;
	// Otherwise what the handshake goes on with is in TCP's pages.
	if ((link->tls_blocked || tls_is_open(link->tls)) && !(link->flags & HTTP_LINK_HELD)) {
		http_link_call_begin(link->all);
		(void)!http_link_tls_read(link, &none, now);
		http_link_call_end(link->all);
	}
	// Where there is still no room `writable` follows, in its time and not in the next turn.
	if (!link->tls_blocked)
		tcp_resume(link->tcp);
}

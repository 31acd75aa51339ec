// http_origin_io: the bytes of an origin: between its channel and HTTP, through TLS where the
// connection has it.
#include "apps/http/http_origin_internal.h"

#include <time.h>

static const char *const fails[] = {
#define FAIL_TEXT(id, name, help) [TLS_FAIL_##id] = "TLS: " help,
        TLS_FAILS(FAIL_TEXT)};

static uint32_t to_channel(void *ctx, const void *bytes, uint32_t len)
{
	return channel_write(ctx, bytes, len);
}

static void tls_failed(struct http_origin *origin)
{
	http_origin_fail(origin, origin->ready ? HTTP_ORIGIN_LOST : HTTP_ORIGIN_UNREACHED,
	                 fails[tls_fail(origin->tls)]);
}

uint32_t http_origin_put(struct http_origin *origin, const void *bytes, uint32_t len)
{
	struct tls_io io = {.send = to_channel, .ctx = origin->channel};
	enum tls_status status = TLS_DONE;
	uint32_t done = 0, n;

	if (!origin->tls)
		return channel_write(origin->channel, bytes, len);
	while (done < len && status == TLS_DONE) {
		status = tls_write(origin->tls, &io, (const uint8_t *)bytes + done, len - done, &n);
		done += n;
	}
	if (status == TLS_FAILED)
		tls_failed(origin);
	return done;
}

void http_origin_bye(struct http_origin *origin)
{
	struct tls_io io = {.send = to_channel, .ctx = origin->channel};

	if (origin->tls && origin->ready)
		(void)!tls_shutdown(origin->tls, &io);
}

// True: HTTP's bytes follow.
static bool handshake(struct http_origin *origin, struct tls_io *io, mono_t now)
{
	switch (tls_handshake(origin->tls, io)) {
	case TLS_DONE:
		http_origin_ready(origin, now);
		return true;
	case TLS_FAILED:
	case TLS_ENDED:
		tls_failed(origin);
		return false;
	default:
		return false;
	}
}

// Takes one record. False: there is no whole one, or the connection ends.
static bool record_take(struct http_origin *origin, struct tls_io *io, mono_t now)
{
	uint32_t len;
	struct span plain;

	switch (tls_read(origin->tls, io, origin->plain, TLS_RECORD_BYTES, &len)) {
	case TLS_DONE:
		plain = span_of(origin->plain, len);
		http_origin_take(origin, &plain, now);
		return !origin->closing;
	case TLS_ENDED:
		http_origin_ended(origin, now);
		return false;
	case TLS_FAILED:
		tls_failed(origin);
		return false;
	default:
		return false;
	}
}

static void tls_take(struct http_origin *origin, struct span *part, mono_t now)
{
	struct tls_io io = {.in = *part, .send = to_channel, .ctx = origin->channel};
	bool goes_on = true;

	// The certificate is judged within the handshake alone.
	if (!tls_is_open(origin->tls)) {
		io.now_s = time(NULL);
		goes_on = handshake(origin, &io, now);
	}
	while (goes_on && !origin->closing)
		goes_on = record_take(origin, &io, now);
	*part = io.in;
}

static void on_readable(void *ctx, struct channel *channel, mono_t now)
{
	struct http_origin *origin = ctx;
	uint32_t len, used = 1;
	uint8_t *bytes;

	while (!origin->closing && used > 0 && (bytes = channel_peek(channel, &len))) {
		struct span part = span_of(bytes, len);

		if (origin->tls)
			tls_take(origin, &part, now);
		else
			http_origin_take(origin, &part, now);
		if (origin->closing)
			return;
		used = len - (uint32_t)span_left(&part);
		channel_skip(channel, used);
	}
	if (origin->closing || !channel_ended(channel))
		return;
	// Content that ends with the connection may have been cut on its way, unless TLS has ended.
	if (origin->tls && origin->busy && origin->answered &&
	    origin->response.framing == HTTP_UNTIL_END)
		http_origin_fail(origin, HTTP_ORIGIN_LOST,
		                 "TLS: the connection was cut within the content");
	else
		http_origin_ended(origin, now);
}

static void on_opened(void *ctx, struct channel *channel, mono_t now)
{
	struct http_origin *origin = ctx;
	struct span none = {0};

	if (!origin->conf.tls) {
		http_origin_ready(origin, now);
		return;
	}
	origin->tls = tls_open(origin->conf.tls, origin->conf.tls_name);
	if (!origin->tls) {
		http_origin_fail(origin, HTTP_ORIGIN_UNREACHED, "there is no memory for TLS");
		return;
	}
	origin->tls_deadline = mono_add(now, origin->conf.limits->head_us);
	wheel_add(origin->conf.wheel, &origin->timer, origin->tls_deadline);
	tls_take(origin, &none, now);
}

// What TLS has to send of its own waits for room as well.
static void on_writable(void *ctx, struct channel *channel, mono_t now)
{
	struct http_origin *origin = ctx;

	if (origin->tls && !origin->ready)
		on_readable(ctx, channel, now);
	else
		http_origin_send(origin, now);
}

static void on_closed(void *ctx, struct channel *channel, enum tcp_end end, mono_t now)
{
	http_origin_closed(ctx, end, now);
}

const struct channel_ops http_origin_ops = {
        .opened = on_opened, .readable = on_readable, .writable = on_writable, .closed = on_closed};

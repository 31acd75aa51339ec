// web_parts: several parts of a file as one answer (multipart/byteranges, RFC 9110 section 14.6),
// written as there is room.
#include "apps/web/web_worker.h"
#include "core/hash.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define FRAME_BYTES    512
#define BOUNDARY_BYTES 33

struct web_parts {
	struct web_content *content; // NULL: not in use
	const struct site_file *file;
	const struct site_form *form;
	struct http_ranges ranges;
	unsigned part;     // that is sent
	uint64_t sent;     // bytes of it
	bool framed;       // its frame was sent
	uint32_t frame_at; // of the frame, sent
	uint32_t frame_len;
	char frame[FRAME_BYTES];
	char boundary[BOUNDARY_BYTES];
};

int web_parts_open(struct web_worker *worker)
{
	worker->parts = calloc(WEB_PARTS_MAX, sizeof(*worker->parts));
	return worker->parts ? 0 : -ENOMEM;
}

// Writes the frame in front of the part, or the last one.
static void frame_begin(struct web_parts *parts)
{
	struct fill out = fill_of(parts->frame, sizeof(parts->frame));

	if (parts->part < parts->ranges.len)
		http_range_frame(&out, parts->boundary, parts->file->type,
		                 &parts->ranges.range[parts->part], parts->form->len);
	else
		http_range_frame_last(&out, parts->boundary);
	assert(!out.bad);
	parts->frame_len = (uint32_t)fill_len(&out);
	parts->frame_at = 0;
	parts->framed = false;
	parts->sent = 0;
}

static bool frame_send(struct http_exchange *exchange, struct web_parts *parts, mono_t now)
{
	parts->frame_at += http_exchange_write(exchange, parts->frame + parts->frame_at,
	                                       parts->frame_len - parts->frame_at, now);
	parts->framed = parts->frame_at == parts->frame_len;
	return parts->framed;
}

static bool part_send(struct http_exchange *exchange, struct web_parts *parts, mono_t now)
{
	const struct http_range *range = &parts->ranges.range[parts->part];
	uint64_t len = range->last - range->first + 1;

	while (parts->sent < len) {
		uint32_t want = (uint32_t)u64_min(len - parts->sent, 1 << 20);
		uint32_t n = http_exchange_write(
		        exchange, parts->form->bytes + range->first + parts->sent, want, now);

		parts->sent += n;
		if (n < want)
			return false;
	}
	return true;
}

static void parts_writable(struct http_exchange *exchange, mono_t now)
{
	struct web_parts *parts = exchange->state;

	for (;;) {
		if (!parts->framed && !frame_send(exchange, parts, now))
			return;
		if (parts->part == parts->ranges.len)
			break;
		if (!part_send(exchange, parts, now))
			return;
		parts->part++;
		frame_begin(parts);
	}
	http_exchange_end(exchange, now);
}

static void parts_closed(struct http_exchange *exchange, bool whole, mono_t now)
{
	const struct web_worker *worker = exchange->ctx;
	struct web_parts *parts = exchange->state;

	access_log_end(worker->log, exchange, whole);
	web_content_release(parts->content, worker->number);
	parts->content = NULL;
}

static const struct http_handler parts_handler = {.writable = parts_writable,
                                                  .closed = parts_closed};

static struct web_parts *parts_get(struct web_worker *worker)
{
	for (unsigned i = 0; i < WEB_PARTS_MAX; i++)
		if (!worker->parts[i].content)
			return &worker->parts[i];
	return NULL;
}

bool web_parts_answer(struct http_exchange *exchange, struct web_content *content,
                      const struct site_file *file, enum http_coding coding,
                      const struct http_ranges *ranges, mono_t now)
{
	struct web_worker *worker = exchange->ctx;
	struct web_parts *parts = parts_get(worker);
	char type[sizeof("multipart/byteranges; boundary=") + BOUNDARY_BYTES];
	struct http_reply reply;

	if (!parts)
		return false;
	*parts = (struct web_parts){
	        .content = content, .file = file, .form = file->form[coding], .ranges = *ranges};
	worker->answers++;
	snprintf(parts->boundary, sizeof(parts->boundary), "%016jx%016jx",
	         (uintmax_t)hash_mix(worker->seed[0], worker->answers),
	         (uintmax_t)hash_mix(worker->seed[1], worker->answers));
	snprintf(type, sizeof(type), "multipart/byteranges; boundary=%s", parts->boundary);
	frame_begin(parts);
	web_content_hold(content, worker->number);
	http_exchange_set_handler(exchange, &parts_handler, parts);
	http_reply_init(&reply, 206);
	web_file_fields(&reply, file, coding);
	http_reply_text(&reply, "Content-Type", type);
	if (coding != HTTP_CODING_IDENTITY)
		http_reply_text(&reply, "Content-Encoding", http_coding_name(coding));
	http_reply_stream(&reply, http_range_content_len(ranges, parts->boundary, file->type,
	                                                 parts->form->len));
	http_exchange_answer(exchange, &reply, now);
	parts_writable(exchange, now);
	return true;
}

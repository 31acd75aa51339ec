// web_file: a file as the answer to a request: conditions, one range, the stored form that the
// client takes.
#include "apps/web/web_worker.h"
#include "proto/http/http_precondition.h"

// Held content was sent, or is not needed any more.
static void file_closed(struct http_exchange *exchange, bool whole, mono_t now)
{
	const struct web_worker *worker = exchange->ctx;

	access_log_end(worker->log, exchange, whole);
	web_content_release(exchange->state, worker->number);
}

static const struct http_handler file_handler = {.closed = file_closed};

void web_file_fields(struct http_reply *reply, const struct site_file *file,
                     enum http_coding coding)
{
	http_reply_text(reply, "ETag", file->form[coding]->etag);
	http_reply_field(reply, "Last-Modified", span_of(file->modified, HTTP_DATE_BYTES));
	if (file->stored != 1 << HTTP_CODING_IDENTITY)
		http_reply_text(reply, "Vary", "Accept-Encoding");
}

static void content_fields(struct http_reply *reply, const struct site_file *file,
                           enum http_coding coding)
{
	http_reply_text(reply, "Content-Type", file->type);
	http_reply_text(reply, "Accept-Ranges", "bytes");
	if (coding != HTTP_CODING_IDENTITY)
		http_reply_text(reply, "Content-Encoding", http_coding_name(coding));
}

// Answers with the bytes, which are held until they are sent.
static void answer_held(struct http_exchange *exchange, struct http_reply *reply,
                        struct web_content *content, const uint8_t *bytes, uint64_t len, mono_t now)
{
	const struct web_worker *worker = exchange->ctx;

	web_content_hold(content, worker->number);
	http_exchange_set_handler(exchange, &file_handler, content);
	http_reply_held(reply, bytes, len);
	http_exchange_answer(exchange, reply, now);
}

static void answer_outside(struct http_exchange *exchange, uint64_t len, mono_t now)
{
	char text[HTTP_RANGE_TEXT_BYTES];
	struct fill out = fill_of(text, sizeof(text));
	struct http_reply reply;

	http_range_text(&out, NULL, len);
	http_reply_init(&reply, 416);
	http_reply_field(&reply, "Content-Range", span_of(text, fill_len(&out)));
	http_exchange_answer(exchange, &reply, now);
}

static void answer_range(struct http_exchange *exchange, struct web_content *content,
                         const struct site_file *file, enum http_coding coding,
                         const struct http_range *range, mono_t now)
{
	const struct site_form *form = file->form[coding];
	char text[HTTP_RANGE_TEXT_BYTES];
	struct fill out = fill_of(text, sizeof(text));
	struct http_reply reply;

	http_range_text(&out, range, form->len);
	http_reply_init(&reply, 206);
	web_file_fields(&reply, file, coding);
	content_fields(&reply, file, coding);
	http_reply_field(&reply, "Content-Range", span_of(text, fill_len(&out)));
	answer_held(exchange, &reply, content, form->bytes + range->first,
	            range->last - range->first + 1, now);
}

// Answers with a part of the file, if the request asks for one; false: it does not.
static bool answer_ranges(struct http_exchange *exchange, struct web_content *content,
                          const struct site_file *file, enum http_coding coding,
                          const struct http_validator *validator, mono_t now)
{
	const struct web_worker *worker = exchange->ctx;
	const struct http_request *request = exchange->request;
	uint64_t len = file->form[coding]->len;
	struct http_ranges ranges;

	if (request->method != HTTP_GET ||
	    !http_precondition_range(request, validator, http_links_unix_s(worker->links, now)))
		return false;
	switch (http_range_read(request, len, &ranges)) {
	case HTTP_RANGE_OUTSIDE:
		answer_outside(exchange, len, now);
		return true;
	case HTTP_RANGE_PARTS:
		if (ranges.len > 1)
			return web_parts_answer(exchange, content, file, coding, &ranges, now);
		answer_range(exchange, content, file, coding, &ranges.range[0], now);
		return true;
	default:
		return false;
	}
}

void web_file_answer(struct http_exchange *exchange, struct web_content *content,
                     const struct site_file *file, mono_t now)
{
	const struct web_worker *worker = exchange->ctx;
	enum http_coding coding = http_coding_choose(exchange->request, file->stored);
	const struct site_form *form = file->form[coding];
	const struct http_validator validator = {.etag = span_of(form->etag, strlen(form->etag)),
	                                         .modified_s = file->modified_s,
	                                         .has_modified = true};
	struct http_reply reply;

	switch (http_precondition_check(exchange->request, &validator,
	                                http_links_unix_s(worker->links, now))) {
	case HTTP_NOT_MODIFIED:
		http_reply_init(&reply, 304);
		web_file_fields(&reply, file, coding);
		http_exchange_answer(exchange, &reply, now);
		return;
	case HTTP_FAILED:
		http_exchange_answer_text(exchange, 412, "The file is another one.\n", now);
		return;
	default:
		break;
	}
	if (answer_ranges(exchange, content, file, coding, &validator, now))
		return;
	http_reply_init(&reply, 200);
	web_file_fields(&reply, file, coding);
	content_fields(&reply, file, coding);
	answer_held(exchange, &reply, content, form->bytes, form->len, now);
}

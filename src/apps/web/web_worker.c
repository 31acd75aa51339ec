// web_worker: a request of a client's to what it is answered with.
#include "apps/web/web_worker.h"

#include "core/host/seed.h"

#include <ctype.h>
#include <stdlib.h>

#define LOCATION_BYTES 4096

int web_worker_open(struct web_worker *worker)
{
	int err = web_parts_open(worker);

	worker->seed[0] = seed_os();
	worker->seed[1] = seed_os();
	return err ? err : web_api_open(worker);
}

void web_worker_close(struct web_worker *worker)
{
	free(worker->parts);
	free(worker->uploads);
}

// A decoded path, coded again (RFC 3986 section 2.1). What the client sent could lead to another
// host:
// "//host/../../directory".
static void put_path(struct fill *out, const char *path)
{
	static const char hex[] = "0123456789ABCDEF";

	for (; *path; path++) {
		uint8_t c = (uint8_t)*path;

		if (isalnum(c) || strchr("/-._~", c)) {
			fill_u8(out, c);
			continue;
		}
		fill_u8(out, '%');
		fill_u8(out, (uint8_t)hex[c >> 4]);
		fill_u8(out, (uint8_t)hex[c & 15]);
	}
}

// The way to a directory ends with a slash, so that names in its index are in it.
static void answer_directory(struct http_exchange *exchange, const struct site_entry *entry,
                             mono_t now)
{
	const struct http_target *target = &exchange->request->target;
	char location[LOCATION_BYTES];
	struct fill out = fill_of(location, sizeof(location));
	struct http_reply reply;

	put_path(&out, entry->path);
	fill_u8(&out, '/');
	if (target->has_query) {
		fill_u8(&out, '?');
		fill_bytes(&out, target->query.p, span_left(&target->query));
	}
	if (out.bad) {
		http_exchange_answer_text(exchange, 414, "The path is too long.\n", now);
		return;
	}
	http_reply_init(&reply, 301);
	http_reply_field(&reply, "Location", span_of(location, fill_len(&out)));
	http_exchange_answer(exchange, &reply, now);
}

static void answer_missing(struct http_exchange *exchange, const struct site *site, mono_t now)
{
	const struct site_form *form;
	struct http_reply reply;

	if (!site->missing ||
	    site->missing->form[HTTP_CODING_IDENTITY]->len > HTTP_REPLY_COPY_BYTES) {
		http_exchange_answer_text(exchange, 404, "There is nothing here.\n", now);
		return;
	}
	form = site->missing->form[HTTP_CODING_IDENTITY];
	http_reply_init(&reply, 404);
	http_reply_bytes(&reply, site->missing->type, form->bytes, form->len);
	http_exchange_answer(exchange, &reply, now);
}

static void web_request(struct http_exchange *exchange, mono_t now)
{
	const struct web_worker *worker = exchange->ctx;
	const struct http_request *request = exchange->request;
	struct web_content *content = swap_read(worker->content);
	const struct site *site = web_content_site(content, http_target_name(request->host));
	const struct site_entry *entry;

	access_log_begin(worker->log, exchange, http_links_unix_ms(worker->links, now));
	if (worker->api && web_api_answer(exchange, now))
		return;
	if (request->target.form == HTTP_TARGET_ASTERISK) {
		http_exchange_answer_allowed(exchange, 1 << HTTP_GET, now);
		return;
	}
	entry = site_find(site, exchange->path);
	if (!entry)
		answer_missing(exchange, site, now);
	else if (request->method != HTTP_GET && request->method != HTTP_HEAD)
		http_exchange_answer_allowed(exchange, 1 << HTTP_GET, now);
	else if (entry->is_directory)
		answer_directory(exchange, entry, now);
	else
		web_file_answer(exchange, content, entry->file, now);
}

static void web_closed(struct http_exchange *exchange, bool whole, mono_t now)
{
	const struct web_worker *worker = exchange->ctx;

	access_log_end(worker->log, exchange, whole);
}

const struct http_handler web_handler = {.request = web_request, .closed = web_closed};

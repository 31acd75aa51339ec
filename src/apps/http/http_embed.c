// http_embed: see the header.
#include "apps/http/http_embed.h"

#include "proto/http/http_coding.h"
#include "proto/http/http_precondition.h"

const struct http_embed *http_embed_find(const struct http_embed *files, struct span path)
{
	size_t len = span_left(&path);

	for (; files->path; files++)
		if (strlen(files->path) == len && memcmp(files->path, path.p, len) == 0)
			return files;
	return NULL;
}

static enum http_coding coding_of(const struct http_embed *file, const struct http_request *request)
{
	if (file->gzip_len == 0)
		return HTTP_CODING_IDENTITY;
	return http_coding_choose(request, 1u << HTTP_CODING_GZIP | 1u << HTTP_CODING_IDENTITY);
}

void http_embed_answer(struct http_exchange *exchange, const struct http_embed *file,
                       struct http_reply *reply, mono_t now)
{
	bool gzip = coding_of(file, exchange->request) == HTTP_CODING_GZIP;
	const char *etag = gzip ? file->etag_gzip : file->etag;
	const struct http_validator validator = {.etag = span_of(etag, strlen(etag))};
	enum http_precondition found = http_precondition_check(exchange->request, &validator, 0);

	reply->status = found == HTTP_NOT_MODIFIED ? 304 : found == HTTP_FAILED ? 412 : 200;
	http_reply_text(reply, "ETag", etag);
	http_reply_text(reply, "Cache-Control", "no-cache"); // to be asked for, not to be kept out
	if (file->gzip_len > 0)
		http_reply_text(reply, "Vary", "Accept-Encoding");
	if (found == HTTP_PROCEED) {
		http_reply_text(reply, "Content-Type", file->type);
		if (gzip)
			http_reply_text(reply, "Content-Encoding", "gzip");
		http_reply_held(reply, gzip ? file->gzip : file->bytes,
		                gzip ? file->gzip_len : file->len);
	}
	http_exchange_answer(exchange, reply, now);
}

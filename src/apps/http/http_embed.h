// http_embed: files that an executable has in it, such as a page, and how they are answered: in the
// smallest form that the client takes, and not again to one that has it. embed.py makes the tables.
#ifndef APPS_HTTP_HTTP_EMBED_H
#define APPS_HTTP_HTTP_EMBED_H

#include "apps/http/http_exchange.h"

struct http_embed {
	const char *path, *type; // "/page.js", "text/javascript"; NULL ends the table
	const char *etag;        // of the plain form, in its quotes
	const char *etag_gzip;   // of the other, which is another representation
	const uint8_t *bytes, *gzip;
	size_t len, gzip_len; // gzip_len 0: it is not smaller, and is not there
};

// The file of the path; NULL: the table has none.
const struct http_embed *http_embed_find(const struct http_embed *files, struct span path) PURE;

// Answers a GET or HEAD by the file. The reply has what other fields the answer is to have, no
// status and no content; room for five more fields. From within the handler's `request`.
void http_embed_answer(struct http_exchange *exchange, const struct http_embed *file,
                       struct http_reply *reply, mono_t now);

#endif

// web_worker: what a worker of wadi-web has, and the ways in which it answers: files (web_file.c),
// several parts of one (web_parts.c), the example of an API (web_api.c).
#ifndef APPS_WEB_WEB_WORKER_H
#define APPS_WEB_WEB_WORKER_H

#include "apps/http/http_links.h"
#include "apps/web/web_content.h"
#include "proto/http/http_range.h"

#define WEB_PARTS_MAX   32 // answers of several parts at a time; beyond it the whole file is sent
#define WEB_UPLOADS_MAX 64 // requests of /api/digest at a time; beyond it 503

struct web_parts;
struct web_upload;

struct web_worker {
	struct http_links *links;
	struct log_queue *log;      // NULL: there is none
	const struct swap *content; // to a struct web_content
	unsigned number;
	bool api;
	struct web_parts *parts;    // WEB_PARTS_MAX of them
	struct web_upload *uploads; // WEB_UPLOADS_MAX of them
	uint64_t seed[2], answers;  // of boundaries
};

// 0 or -ENOMEM; all zeros may be closed.
int web_worker_open(struct web_worker *worker) MUST_CHECK;
void web_worker_close(struct web_worker *worker);

// The handler of its listeners, whose ctx is a struct web_worker.
extern const struct http_handler web_handler;

// Answers a GET or HEAD with the file, as the request's fields say.
void web_file_answer(struct http_exchange *exchange, struct web_content *content,
                     const struct site_file *file, mono_t now);

// The fields of a file's form that every answer with it has, 304 too.
void web_file_fields(struct http_reply *reply, const struct site_file *file,
                     enum http_coding coding);

// Answers with several parts; false: there is no room, the file is to be sent whole.
int web_parts_open(struct web_worker *worker) MUST_CHECK;
bool web_parts_answer(struct http_exchange *exchange, struct web_content *content,
                      const struct site_file *file, enum http_coding coding,
                      const struct http_ranges *ranges, mono_t now) MUST_CHECK;

// Answers what is under /api; false: it is not.
int web_api_open(struct web_worker *worker) MUST_CHECK;
bool web_api_answer(struct http_exchange *exchange, mono_t now) MUST_CHECK;

#endif

// http_load: what is requested over HTTP, of whom and how: the keys of the section "http", and what
// they are made into.
#ifndef APPS_BENCH_HTTP_LOAD_H
#define APPS_BENCH_HTTP_LOAD_H

#include "apps/bench/target.h"
#include "core/host/conf.h"
#include "proto/http/http_call.h"
#include "proto/tls/tls.h"

#define HTTP_LOAD_FROM_MAX   16
#define HTTP_LOAD_HEAD_BYTES 4096
#define HTTP_LOAD_FIELDS_MAX 16

enum http_load_mode {
	HTTP_LOAD_KEPT, // requests on connections that stay open
	HTTP_LOAD_EACH, // a connection for each request
};

enum http_load_tls {
	HTTP_LOAD_PLAIN,
	HTTP_LOAD_FULL,    // TLS, with a whole handshake for each connection
	HTTP_LOAD_RESUMED, // TLS, whose connections resume the first session of their worker
};

// The section. Without `to` nothing is done.
struct http_load_conf {
	const char *to, *target, *host;
	struct conf_list from, fields;
	uint64_t connections, pipeline, rate, status, length, duration_s, warm_up_ms;
	unsigned mode; // enum http_load_mode
	unsigned tls;  // enum http_load_tls
	bool json;
};

extern const struct conf_section http_load_conf_section;

// Ready for workers, which share it.
struct http_load {
	const struct http_load_conf *conf; // borrowed
	struct target target;
	struct addr from[HTTP_LOAD_FROM_MAX];
	unsigned from_len; // 0: any
	struct http_limits limits;
	struct tls_context *tls;         // NULL: plain
	char tls_name[TLS_NAME_MAX + 1]; // that the server is asked for; "": none
	uint8_t request[HTTP_LOAD_HEAD_BYTES];
	uint32_t request_len;
};

// Writes the request, and opens the context of TLS. conf has been checked key by key. 0, or
// negative errno with a sentence in why; then nothing is to be freed.
int http_load_init(struct http_load *load, const struct http_load_conf *conf,
                   struct why *why) MUST_CHECK;
void http_load_fini(struct http_load *load);

#endif

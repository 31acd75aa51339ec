// web_conf: the section web of the configuration.
#ifndef APPS_WEB_WEB_CONF_H
#define APPS_WEB_WEB_CONF_H

#include "apps/boot/boot.h"
#include "apps/tls/tls_swap.h"
#include "apps/web/access_log.h"
#include "core/host/conf.h"
#include "proto/http/http_limits.h"

struct web_site_conf {
	const char *host, *directory;
};

struct web_tls_conf {
	bool enabled;
	uint64_t port;
	struct tls_conf files;
};

struct web_limits_conf {
	uint64_t idle_s, head_s, body_s, send_s, content_bytes, requests;
};

struct web_conf {
	uint64_t port, max_connections, max_per_client, ipv4_prefix, ipv6_prefix;
	uint64_t max_files, max_bytes;
	bool watch, api;
	struct conf_list sites; // of struct web_site_conf
	struct web_tls_conf *tls;
	struct web_limits_conf *limits;
	struct access_log_conf *access_log;
};

extern const struct conf_section web_conf_section;
extern const char *const web_tls_section; // "web.tls"

// What several keys show together, for struct service.
void web_conf_check(const void *conf, struct conf *to);

// The ports, likewise.
unsigned web_conf_listens(const void *conf, struct service_listen *to);

// The engine's limits.
struct http_limits web_conf_limits(const struct web_limits_conf *conf);

#endif

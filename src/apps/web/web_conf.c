// web_conf: see the header.
#include "apps/web/web_conf.h"

#include "apps/http/http_links.h"

#define SITE(member)  offsetof(struct web_site_conf, member)
#define TLS(member)   offsetof(struct web_tls_conf, member)
#define LIMIT(member) offsetof(struct web_limits_conf, member)
#define WEB(member)   offsetof(struct web_conf, member)

static const struct conf_key site_keys[] = {
        {"host", CONF_STRING, SITE(host), "", .max = 253,
         .help = "The name that requests have in Host, without a port, in lower case. Requests for "
                 "other names get the first site."},
        {"directory", CONF_PATH, SITE(directory), .min = 1, .max = PATH_MAX - 1,
         .help = "Its files, all of which are held in memory. Names that begin with a dot and "
                 "symbolic links are left out. index.html answers for its directory, 404.html of "
                 "the root for what is not there. NAME.br, NAME.zst and NAME.gz are sent as NAME "
                 "to clients that take such a coding."},
        {0},
};
static const struct conf_section site_section = {sizeof(struct web_site_conf), site_keys};

static const struct conf_key tls_keys[] = {
        {"enabled", CONF_BOOL, TLS(enabled), "false", .help = "Whether HTTPS is served."},
        {"port", CONF_UNSIGNED, TLS(port), "443", 1, 65535, .help = "The TCP port."},
        TLS_CONF_KEYS(TLS(files)),
        {0},
};
static const struct conf_section tls_section = {sizeof(struct web_tls_conf), tls_keys};

static const struct conf_key limit_keys[] = {
        {"idle_timeout_s", CONF_UNSIGNED, LIMIT(idle_s), "60", 1, 3600,
         .help = "Seconds until the first byte of a request; then the connection is closed."},
        {"head_timeout_s", CONF_UNSIGNED, LIMIT(head_s), "10", 1, 3600,
         .help = "Seconds from the first byte of a request to the end of its head, and for the "
                 "handshake of TLS."},
        {"body_timeout_s", CONF_UNSIGNED, LIMIT(body_s), "10", 1, 3600,
         .help = "Seconds in which 4 KiB of a request's content have to come, or all of it."},
        {"send_timeout_s", CONF_UNSIGNED, LIMIT(send_s), "30", 1, 3600,
         .help = "Seconds in which the client has to take 4 KiB of its answers, or all of them."},
        {"max_content_bytes", CONF_UNSIGNED, LIMIT(content_bytes), "1048576", 0, UINT64_C(1) << 40,
         .help = "Bytes of a request's content at most."},
        {"max_requests", CONF_UNSIGNED, LIMIT(requests), "10000", 1, UINT32_MAX,
         .help = "Requests of a connection; the last one's answer closes it."},
        {0},
};
static const struct conf_section limit_section = {sizeof(struct web_limits_conf), limit_keys};

static const struct conf_key keys[] = {
        {"port", CONF_UNSIGNED, WEB(port), "80", 0, 65535,
         .help = "The TCP port of HTTP without TLS; 0: none."},
        {"sites", CONF_SECTIONS, WEB(sites), .min = 1, .max = 256, .live = true,
         .section = &site_section,
         .help = "What is served. A reload reads all files again that "
                 "have changed; answers in progress keep the old ones."},
        {"watch", CONF_BOOL, WEB(watch), "true",
         .help = "Whether files that change are read again at once, without a reload."},
        {"max_files", CONF_UNSIGNED, WEB(max_files), "100000", 1, 10000000, .live = true,
         .help = "Files of a site at most."},
        {"max_bytes", CONF_UNSIGNED, WEB(max_bytes), "1073741824", 1, UINT64_C(1) << 40,
         .live = true, .help = "Bytes of a site's files at most, all in memory."},
        {"max_connections", CONF_UNSIGNED, WEB(max_connections), "10000", 1, HTTP_LINKS_MAX,
         .help = "Connections of each worker at a time; beyond it the one idle for longest ends. "
                 "Memory that no connection has used is not touched."},
        {"max_per_client", CONF_UNSIGNED, WEB(max_per_client), "1000", 1, 1 << 24,
         .help = "Connections of one client to each worker, over HTTP and HTTPS together; others "
                 "of it are reset."},
        {"ipv4_prefix", CONF_UNSIGNED, WEB(ipv4_prefix), "32", 1, 32,
         .help = "Bits of an IPv4 address that count as one client."},
        {"ipv6_prefix", CONF_UNSIGNED, WEB(ipv6_prefix), "64", 1, 128,
         .help = "Bits of an IPv6 address that count as one client."},
        {"api", CONF_BOOL, WEB(api), "false",
         .help = "Whether /api/hello/NAME greets, and /api/digest takes content by POST and "
                 "answers its length and SHA-512, both in JSON: examples of handlers."},
        {"tls", CONF_SECTION, WEB(tls), .section = &tls_section, .help = "HTTPS."},
        {"access_log", CONF_SECTION, WEB(access_log), .section = &access_log_section,
         .help = "Requests and what they were answered."},
        {"limits", CONF_SECTION, WEB(limits), .section = &limit_section,
         .help = "What a client may take of time and room."},
        {0},
};
const struct conf_section web_conf_section = {sizeof(struct web_conf), keys};

const char *const web_tls_section = "web.tls";

void web_conf_check(const void *conf, struct conf *to)
{
	const struct web_conf *web = conf;

	if (web->tls->enabled)
		tls_conf_check(&web->tls->files, web_tls_section, to);
	if (!web->tls->enabled && web->port == 0)
		conf_error(to, conf_path(to, "web.port"), "is 0, and web.tls.enabled is false");
}

unsigned web_conf_listens(const void *conf, struct service_listen *to)
{
	const struct web_conf *web = conf;

	to[0] = (struct service_listen){.key = "web.port", .port = (uint16_t)web->port};
	to[1] = (struct service_listen){.key = "web.tls.port", .port = (uint16_t)web->tls->port};
	return web->tls->enabled ? 2 : 1;
}

struct http_limits web_conf_limits(const struct web_limits_conf *conf)
{
	struct http_limits limits = http_limits_default;

	limits.idle_us = conf->idle_s * SEC_US;
	limits.head_us = conf->head_s * SEC_US;
	limits.body_us = conf->body_s * SEC_US;
	limits.send_us = conf->send_s * SEC_US;
	limits.body_bytes = conf->content_bytes;
	limits.requests_max = (uint32_t)conf->requests;
	return limits;
}

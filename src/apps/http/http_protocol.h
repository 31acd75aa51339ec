// http_protocol: the protocols that are spoken on links, and how one is chosen: by ALPN over TLS,
// else by what the client sends first.
#ifndef APPS_HTTP_HTTP_PROTOCOL_H
#define APPS_HTTP_HTTP_PROTOCOL_H

#include "apps/http/http_link.h"

struct http_protocol {
	const char *alpn; // as registered; NULL ends the table
	const struct http_link_ops *ops;
};

// The names as TLS offers them, in order of preference; returns how many, up to TLS_ALPN_MAX.
unsigned http_protocol_names(const char *names[TLS_ALPN_MAX]);

// The protocol that TLS agreed on; without an agreement, or without TLS, one that
// looks at the first bytes.
const struct http_link_ops *http_protocol_find(const uint8_t *alpn, size_t len) PURE;

#endif

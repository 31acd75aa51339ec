// http_protocol: see the header.
#include "apps/http/http_protocol.h"

#include "apps/http/http_one.h"
#include "apps/http/http_two.h"

static const struct http_protocol protocols[] = {
        {"h2", &http_two_link_ops},
        {"http/1.1", &http_one_link_ops},
        {0},
};

unsigned http_protocol_names(const char *names[TLS_ALPN_MAX])
{
	unsigned len = 0;

	for (const struct http_protocol *p = protocols; p->alpn; p++)
		if (p->ops != &http_two_link_ops || http2_is_built())
			names[len++] = p->alpn;
	return len;
}

const struct http_link_ops *http_protocol_find(const uint8_t *alpn, size_t len)
{
	for (const struct http_protocol *p = protocols; p->alpn; p++)
		if (strlen(p->alpn) == len && memcmp(p->alpn, alpn, len) == 0)
			return p->ops;
	return http2_is_built() ? &http_two_probe_ops : &http_one_link_ops;
}

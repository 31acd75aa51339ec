// http_exchange: what every protocol shares of exchanges.
#include "apps/http/http_exchange.h"

#include "apps/http/http_link.h"

struct tcp_peers http_exchange_peers(const struct http_exchange *exchange)
{
	return http_link_peers(exchange->link);
}

bool http_exchange_is_tls(const struct http_exchange *exchange)
{
	return http_link_is_tls(exchange->link);
}

bool http_exchange_tls_info(const struct http_exchange *exchange, struct tls_info *info)
{
	return http_link_tls_info(exchange->link, info);
}

void http_exchange_answer_text(struct http_exchange *exchange, unsigned status, const char *text,
                               mono_t now)
{
	struct http_reply reply;

	http_reply_init(&reply, status);
	http_reply_bytes(&reply, "text/plain; charset=utf-8", text, strlen(text));
	http_exchange_answer(exchange, &reply, now);
}

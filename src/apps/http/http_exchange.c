// http_exchange: what every protocol shares of exchanges.
#include "apps/http/http_exchange.h"

#include "apps/http/http_links_internal.h"

#include <stdio.h>

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

void http_exchange_answer_allowed(struct http_exchange *exchange, unsigned methods, mono_t now)
{
	static const char text[] = "This method is not allowed here.\n";
	char names[96] = "";
	struct http_reply reply;

	methods |= 1 << HTTP_OPTIONS | (methods & 1 << HTTP_GET ? 1 << HTTP_HEAD : 0);
	for (unsigned i = HTTP_OTHER + 1; i < HTTP_METHODS; i++)
		if (methods >> i & 1)
			snprintf(names + strlen(names), sizeof(names) - strlen(names), "%s%s",
			         *names ? ", " : "", http_method_text((enum http_method)i));
	http_reply_init(&reply, exchange->request->method == HTTP_OPTIONS ? 204 : 405);
	http_reply_text(&reply, "Allow", names);
	if (reply.status == 405)
		http_reply_bytes(&reply, "text/plain; charset=utf-8", text, sizeof(text) - 1);
	http_exchange_answer(exchange, &reply, now);
}

bool http_exchange_route(struct http_exchange *exchange, const struct http_route *routes,
                         struct http_route_match *match, mono_t now)
{
	unsigned methods = 0;

	// "*" is the server as a whole.
	if (span_left(&exchange->path) == 0) {
		for (; routes->pattern; routes++)
			methods |= routes->methods;
		http_exchange_answer_allowed(exchange, methods, now);
		return false;
	}
	switch (http_route_find(routes, exchange->path, exchange->request->method, match)) {
	case HTTP_ROUTE_NO_PATH:
		http_exchange_answer_text(exchange, 404, "There is nothing here.\n", now);
		return false;
	case HTTP_ROUTE_NO_METHOD:
		http_exchange_answer_allowed(exchange, match->allowed, now);
		return false;
	default:
		return true;
	}
}

static const struct http_handler no_handler = {0};

void http_exchange_init(struct http_exchange *exchange, const struct http_exchange_ops *ops,
                        struct http_link *link, const struct http_request *request)
{
	counter_add(&link->all->metric.requests, 1);
	*exchange = (struct http_exchange){.ops = ops,
	                                   .handler = &no_handler,
	                                   .ctx = link->listener->ctx,
	                                   .link = link,
	                                   .request = request};
}

bool http_exchange_path(struct http_exchange *exchange, mono_t now)
{
	const struct http_target *target = &exchange->request->target;
	struct http_links *all = exchange->link->all;
	struct fill path = fill_of(all->path, sizeof(all->path));

	exchange->path = (struct span){0};
	if (target->form == HTTP_TARGET_AUTHORITY) {
		http_exchange_answer_text(exchange, 501, "This server is no proxy.\n", now);
		return false;
	}
	if (target->form == HTTP_TARGET_ASTERISK)
		return true;
	if (!http_path_decode(target->path, &path)) {
		http_exchange_answer_text(exchange, 400, "The path is malformed.\n", now);
		return false;
	}
	exchange->path = span_of(all->path, fill_len(&path));
	return true;
}

void http_exchange_count(struct http_exchange *exchange, unsigned status)
{
	exchange->status = (uint16_t)status;
	if (status < 600)
		counter_add(&exchange->link->all->metric.answers[status / 100], 1);
}

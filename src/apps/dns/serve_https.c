// serve_https: see the header.
#include "apps/dns/serve_https.h"

#include "apps/dns/https_query.h"
#include "core/line.h"
#include "proto/http/http_text.h"

#include <errno.h>
#include <stdlib.h>

#define LINK_BUFFERS 256

// The exchange's message is to come into its slot.
static void slot_await(struct serve_https *all, struct http_exchange *exchange)
{
	struct serve_https_slot *slot = exchange->state;

	slot->exchange = exchange;
	slot->newer = NULL;
	slot->older = all->newest;
	*(slot->older ? &slot->older->newer : &all->oldest) = slot;
	all->newest = slot;
}

// It has come, or never will.
static void slot_settle(struct serve_https *all, struct serve_https_slot *slot)
{
	if (!slot->exchange)
		return;
	slot->exchange = NULL;
	*(slot->older ? &slot->older->newer : &all->oldest) = slot->newer;
	*(slot->newer ? &slot->newer->older : &all->newest) = slot->older;
}

// A client that begins messages and does not end them would have all slots: the message that was
// begun first makes room. NULL: there is none.
static struct serve_https_slot *slot_rob(struct serve_https *all)
{
	struct serve_https_slot *slot = all->oldest;

	if (!slot)
		return NULL;
	slot->exchange->state = NULL;
	http_exchange_abort(slot->exchange);
	slot_settle(all, slot);
	counter_add(&all->metric.given_up, 1);
	return slot;
}

static void slot_put(struct http_exchange *exchange)
{
	struct serve_https *all = exchange->ctx;
	struct serve_https_slot *slot = exchange->state;

	if (!slot)
		return;
	slot_settle(all, slot);
	slot->next_free = all->free_slot;
	all->free_slot = slot;
	exchange->state = NULL;
}

// The exchange has a slot now; NULL: there is none.
static struct serve_https_slot *slot_get(struct http_exchange *exchange)
{
	struct serve_https *all = exchange->ctx;
	struct serve_https_slot *slot = exchange->state;

	if (slot)
		return slot;
	slot = all->free_slot;
	if (slot)
		all->free_slot = slot->next_free;
	else
		slot = slot_rob(all);
	if (!slot) {
		counter_add(&all->metric.no_slot, 1);
		return NULL;
	}
	slot->exchange = NULL;
	slot->len = 0;
	exchange->state = slot;
	return slot;
}

static void refuse(struct http_exchange *exchange, unsigned status, const char *text, mono_t now)
{
	struct serve_https *all = exchange->ctx;

	counter_add(&all->metric.refused, 1);
	http_exchange_answer_text(exchange, status, text, now);
}

// Has the engine answer; the response is in all->reply. Returns its length; 0: there is none.
static size_t ask(struct serve_https *all, struct http_exchange *exchange, uint8_t *query,
                  size_t len, mono_t now)
{
	struct dns_worker *worker = all->worker;
	const struct dns_served *served = swap_read(worker->served);
	const struct tcp_peers peers = http_exchange_peers(exchange);
	const struct dns_server server = {.zones = served->set,
	                                  .policy = &served->settings->policy,
	                                  .now_s = dns_settings_unix_s(served->settings, now),
	                                  .padding_bytes = SERVE_HTTPS_PADDING,
	                                  .last_resort = true};
	const struct udp_dgram dgram = {.src = peers.remote,
	                                .dst = peers.local,
	                                .src_port = peers.remote_port,
	                                .dst_port = peers.local_port,
	                                .len = (uint16_t)len,
	                                .payload = query};
	struct dns_request request = {.msg = query,
	                              .len = (uint16_t)len,
	                              .room = DNS_MSG_MAX_BYTES,
	                              .out = all->reply,
	                              .transport = DNS_HTTPS,
	                              .source = (const uint8_t *)&peers.remote};
	uint64_t begin = stage_begin(worker->stages);

	query_watch_queries(worker->watch, served->set, &dgram, 1, now);
	answer_queries(&server, &request, 1);
	query_watch_replies(worker->watch, &request);
	dns_counts_add(&worker->counts, &request, 1);
	if (unlikely(request.drop != DROP_NONE))
		counter_add(&worker->stages->drop[request.drop], 1);
	stage_end(worker->stages, STAGE_DNS, begin, 1);
	return request.reply_len;
}

// RFC 8484 section 4.2.1: any response is 200, whatever its RCODE.
static void answer(struct http_exchange *exchange, uint8_t *query, size_t query_len, mono_t now)
{
	struct serve_https *all = exchange->ctx;
	size_t len = ask(all, exchange, query, query_len, now);
	struct serve_https_slot *slot;
	struct http_reply reply;
	char text[32];
	struct fill age = fill_of(text, sizeof(text));

	if (len == 0) {
		refuse(exchange, 400, "The message is no query.\n", now);
		return;
	}
	http_text_put(&age, "max-age=");
	http_text_number(&age, https_query_max_age(span_of(all->reply, len)));
	http_reply_init(&reply, 200);
	http_reply_field(&reply, "Cache-Control", span_of(text, fill_len(&age)));
	if (len <= HTTP_REPLY_COPY_BYTES) {
		http_reply_bytes(&reply, HTTPS_QUERY_TYPE, all->reply, len);
		http_exchange_answer(exchange, &reply, now);
		return;
	}
	slot = slot_get(exchange);
	if (!slot) {
		refuse(exchange, 503, "There are too many long answers.\n", now);
		return;
	}
	memcpy(slot->bytes, all->reply, len);
	http_reply_text(&reply, "Content-Type", HTTPS_QUERY_TYPE);
	http_reply_held(&reply, slot->bytes, len);
	http_exchange_answer(exchange, &reply, now);
}

static void answer_get(struct serve_https *all, struct http_exchange *exchange, mono_t now)
{
	struct fill message = fill_of(all->query, sizeof(all->query));

	counter_add(&all->metric.get, 1);
	if (!https_query_get(exchange->request->target.query, &message))
		refuse(exchange, 400, "\"?dns=\" with a message in base64url is missing.\n", now);
	else
		answer(exchange, all->query, fill_len(&message), now);
}

// The message follows.
static void begin_post(struct serve_https *all, struct http_exchange *exchange, mono_t now)
{
	const struct http_request *request = exchange->request;
	struct span type;

	counter_add(&all->metric.post, 1);
	if (!http_request_only(request, HTTP_FIELD_CONTENT_TYPE, &type) ||
	    !https_query_is_type(type))
		refuse(exchange, 415, "The content is not of type " HTTPS_QUERY_TYPE ".\n", now);
	else if (request->framing == HTTP_LENGTH && request->length > DNS_MSG_MAX_BYTES)
		refuse(exchange, 413, "The message is longer than 65535 bytes.\n", now);
	else if (!slot_get(exchange))
		refuse(exchange, 503, "There are too many long answers.\n", now);
	else
		slot_await(all, exchange);
}

static void refuse_method(struct serve_https *all, struct http_exchange *exchange, mono_t now)
{
	static const char text[] = "The method is neither GET nor POST.\n";
	struct http_reply reply;

	counter_add(&all->metric.refused, 1);
	http_reply_init(&reply, 405);
	http_reply_text(&reply, "Allow", "GET, POST");
	http_reply_bytes(&reply, "text/plain; charset=utf-8", text, sizeof(text) - 1);
	http_exchange_answer(exchange, &reply, now);
}

static void serve_https_request(struct http_exchange *exchange, mono_t now)
{
	struct serve_https *all = exchange->ctx;
	size_t len = strlen(all->path);

	if (span_left(&exchange->path) != len || memcmp(exchange->path.p, all->path, len) != 0)
		refuse(exchange, 404, "DNS is answered at another path.\n", now);
	else if (exchange->request->method == HTTP_GET)
		answer_get(all, exchange, now);
	else if (exchange->request->method == HTTP_POST)
		begin_post(all, exchange, now);
	else
		refuse_method(all, exchange, now);
}

static bool serve_https_content(struct http_exchange *exchange, struct span piece, mono_t now)
{
	struct serve_https_slot *slot = exchange->state;
	size_t len = span_left(&piece);

	if (exchange->status != 0 || !slot)
		return true;
	if (len > sizeof(slot->bytes) - slot->len) {
		refuse(exchange, 413, "The message is longer than 65535 bytes.\n", now);
		return true;
	}
	memcpy(slot->bytes + slot->len, piece.p, len);
	slot->len += (uint32_t)len;
	return true;
}

static void serve_https_ended(struct http_exchange *exchange, mono_t now)
{
	struct serve_https_slot *slot = exchange->state;

	if (exchange->status != 0 || !slot)
		return;
	slot_settle(exchange->ctx, slot);
	answer(exchange, slot->bytes, slot->len, now);
}

static void serve_https_closed(struct http_exchange *exchange, bool whole, mono_t now)
{
	slot_put(exchange);
}

static const struct http_handler handler = {.request = serve_https_request,
                                            .content = serve_https_content,
                                            .ended = serve_https_ended,
                                            .closed = serve_https_closed};

static int listen_all(struct serve_https *all, const struct dns_https_conf *conf,
                      const struct swap *tls, struct why *why)
{
	struct http_listener_conf listener = {
	        .port = (uint16_t)conf->port, .tls = tls, .handler = &handler, .ctx = all};
	int err = http_links_listen(all->links, &listener, why);

	if (err || conf->plain_port == 0)
		return err;
	listener.port = (uint16_t)conf->plain_port;
	listener.tls = NULL;
	return http_links_listen(all->links, &listener, why);
}

static bool slots_open(struct serve_https *all)
{
	// Not zeroed, so that what is not used costs no memory.
	all->slots = malloc(SERVE_HTTPS_SLOTS * sizeof(all->slots[0]));
	for (unsigned i = 0; i < SERVE_HTTPS_SLOTS && all->slots; i++) {
		all->slots[i].next_free = all->free_slot;
		all->free_slot = &all->slots[i];
	}
	return all->slots != NULL;
}

struct serve_https *serve_https_open(struct dns_worker *serving, const struct dns_https_conf *conf,
                                     const struct swap *tls, struct service_worker *worker,
                                     struct why *why)
{
	struct serve_https *all = line_alloc(1, sizeof(*all));
	struct http_links_conf links = {
	        .connections = (uint32_t)conf->limits.max_connections,
	        .per_client = (uint32_t)conf->limits.max_per_client,
	        .prefix = {(uint8_t)conf->limits.ipv4_prefix, (uint8_t)conf->limits.ipv6_prefix},
	        .buffers = LINK_BUFFERS};

	if (!all) {
		why_no_memory(why, "DNS over HTTPS");
		return NULL;
	}
	all->worker = serving;
	all->path = conf->path;
	all->limits = http_limits_default;
	all->limits.body_bytes = DNS_MSG_MAX_BYTES;
	all->limits.idle_us = conf->limits.idle_timeout_s * SEC_US;
	links.limits = &all->limits;
	if (!slots_open(all))
		why_no_memory(why, "messages over HTTPS");
	else
		all->links = http_links_open(&links, worker, why);
	if (all->links && listen_all(all, conf, tls, why) == 0)
		return all;
	serve_https_close(all);
	return NULL;
}

void serve_https_close(struct serve_https *all)
{
	if (!all)
		return;
	http_links_close(all->links);
	free(all->slots);
	free(all);
}

// clang-format off
#define ROW(name, help) \
	{"dns_https", NULL, NULL, #name, help, METRIC_COUNTER, \
	 offsetof(struct serve_https, metric.name)},

static const struct metric_row rows[] = {
	ROW(get, "requests by GET")
	ROW(post, "requests by POST")
	ROW(refused, "of these and others, answered without a DNS response")
	ROW(no_slot, "answered with 503 because too many long answers were on their way")
	ROW(given_up, "reset before their message had come whole, to make room for others")
	{0},
};
// clang-format on

unsigned serve_https_metrics(struct serve_https *const *all, unsigned len,
                             struct metric_source *sources)
{
	struct http_links *links[BOOT_WORKERS_MAX];

	sources[0] = (struct metric_source){.rows = rows, .len = len};
	for (unsigned i = 0; i < len; i++) {
		sources[0].of[i] = all[i];
		links[i] = all[i]->links;
	}
	return 1 + http_links_metrics(links, len, sources + 1);
}

// http_links: see the header.
#include "apps/http/http_links_internal.h"

#include "core/host/seed.h"
#include "core/line.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

#define HTTP_LINKS_BACKLOG 1024

void http_links_clock_set(struct http_links *all)
{
	struct timespec real, mono;

	clock_gettime(CLOCK_REALTIME, &real);
	clock_gettime(CLOCK_MONOTONIC, &mono);
	atomic_store_explicit(&all->unix_us,
	                      (uint64_t)(real.tv_sec - mono.tv_sec) * SEC_US +
	                              (uint64_t)(real.tv_nsec / 1000) -
	                              (uint64_t)(mono.tv_nsec / 1000),
	                      memory_order_relaxed);
}

uint64_t http_links_unix_s(const struct http_links *all, mono_t now)
{
	return (now.us + atomic_load_explicit(&all->unix_us, memory_order_relaxed)) / SEC_US;
}

uint64_t http_links_unix_ms(const struct http_links *all, mono_t now)
{
	return (now.us + atomic_load_explicit(&all->unix_us, memory_order_relaxed)) / MS_US;
}

const char *http_links_date(struct http_links *all, mono_t now)
{
	uint64_t unix_s = http_links_unix_s(all, now);

	if (unlikely(all->date_s != unix_s)) {
		http_date_text(unix_s, all->date);
		all->date_s = unix_s;
	}
	return all->date;
}

// Whole lines that are not zeroed, so that what is not used costs no memory.
static void *table_alloc(size_t len, size_t size)
{
	return aligned_alloc(CACHE_LINE_BYTES, ROUND_UP(len * size, CACHE_LINE_BYTES));
}

static int tables_open(struct http_links *all, const struct http_links_conf *conf)
{
	all->link = table_alloc(conf->connections, sizeof(*all->link));
	all->one = table_alloc(conf->connections, sizeof(*all->one));
	all->two = table_alloc(conf->connections, sizeof(*all->two));
	all->buffer = table_alloc(conf->buffers, sizeof(*all->buffer));
	all->bytes = table_alloc(conf->buffers, HTTP_LINK_BUFFER_BYTES);
	all->scratch = table_alloc(1, HTTP_LINK_WRITE_BYTES);
	all->plain = table_alloc(1, TLS_RECORD_BYTES);
	if (client_table_open(&all->clients, conf->connections + 1, seed_os()))
		return -ENOMEM;
	if (conf->sockets)
		all->sockets = http_socket_table_open(conf->sockets);
	return all->link && all->one && all->two && all->buffer && all->bytes && all->scratch &&
	                       all->plain && (all->sockets || !conf->sockets)
	               ? 0
	               : -ENOMEM;
}

static void tables_close(struct http_links *all)
{
	client_table_close(&all->clients);
	free(all->link);
	free(all->one);
	free(all->two);
	free(all->buffer);
	free(all->bytes);
	free(all->scratch);
	free(all->plain);
	http_socket_table_close(all->sockets);
	free(all);
}

struct http_links *http_links_open(const struct http_links_conf *conf,
                                   struct service_worker *worker, struct why *why)
{
	struct http_links *all = line_alloc(1, sizeof(*all));

	if (!all) {
		why_no_memory(why, "HTTP connections");
		return NULL;
	}
	*all = (struct http_links){.worker = worker,
	                           .wheel = &worker->pipeline->wheel,
	                           .limits = conf->limits,
	                           .prefix = conf->prefix,
	                           .per_client = conf->per_client ? conf->per_client : UINT32_MAX,
	                           .links_max = conf->connections,
	                           .free_link = HTTP_LINKS_NONE,
	                           .oldest = HTTP_LINKS_NONE,
	                           .newest = HTTP_LINKS_NONE,
	                           .buffers_len = conf->buffers,
	                           .free_buffer = HTTP_LINKS_NONE,
	                           .oldest_buffer = HTTP_LINKS_NONE,
	                           .newest_buffer = HTTP_LINKS_NONE};
	tls_line_init(&all->line, &worker->pipeline->mailbox, all->wheel, http_link_tls_go_on);
	http_links_clock_set(all);
	if (tables_open(all, conf) == 0)
		return all;
	tables_close(all);
	why_no_memory(why, "%u HTTP connections of each worker", conf->connections);
	return NULL;
}

void http_links_close(struct http_links *all)
{
	if (!all)
		return;
	while (all->oldest != HTTP_LINKS_NONE) {
		struct http_link *link = &all->link[all->oldest];

		http_link_end(link, link->deadline);
		http_links_del(link);
	}
	tls_line_fini(&all->line);
	tables_close(all);
}

int http_links_listen(struct http_links *all, const struct http_listener_conf *conf,
                      struct why *why)
{
	struct http_listener *listener = &all->listener[all->listeners_len];
	const struct tcp_listener_conf tcp = {.addr = conf->addr,
	                                      .port = conf->port,
	                                      .backlog = HTTP_LINKS_BACKLOG,
	                                      .ops = &http_link_tcp_ops,
	                                      .ctx = listener,
	                                      .nodelay = true};
	int err = -ENOSPC;

	if (all->listeners_len < HTTP_LINKS_LISTENERS) {
		*listener = (struct http_listener){all, conf->handler, conf->ctx, conf->tls};
		err = tcp_listen(stack_tcp(all->worker->stack), &tcp, NULL);
	}
	if (err)
		return why_fail(why, err, "cannot listen on TCP port %u", conf->port);
	all->listeners_len++;
	return 0;
}

static void link_remove(struct http_link *link)
{
	struct http_links *all = link->all;

	if (link->older != HTTP_LINKS_NONE)
		all->link[link->older].newer = link->newer;
	else
		all->oldest = link->newer;
	if (link->newer != HTTP_LINKS_NONE)
		all->link[link->newer].older = link->older;
	else
		all->newest = link->older;
}

static void link_append(struct http_link *link)
{
	struct http_links *all = link->all;
	uint32_t number = http_link_number(link);

	link->older = all->newest;
	link->newer = HTTP_LINKS_NONE;
	if (all->newest != HTTP_LINKS_NONE)
		all->link[all->newest].newer = number;
	else
		all->oldest = number;
	all->newest = number;
}

void http_links_touch(struct http_link *link)
{
	if (link->newer == HTTP_LINKS_NONE)
		return;
	link_remove(link);
	link_append(link);
}

// Forgets the link that has been idle for longest, and resets its connection.
static void evict_oldest(struct http_links *all, mono_t now)
{
	struct http_link *oldest = &all->link[all->oldest];

	counter_add(&all->metric.evicted, 1);
	tcp_set_ctx(oldest->tcp, NULL);
	tcp_abort(oldest->tcp);
	http_link_end(oldest, now);
	http_links_del(oldest);
}

struct http_link *http_links_add(struct http_listener *listener, struct tcp_conn *tcp, mono_t now)
{
	struct http_links *all = listener->all;
	struct http_link *link;
	uint32_t number, client;

	if (!client_table_get(&all->clients, tcp_peers(tcp).remote, all->prefix, all->per_client,
	                      &client)) {
		counter_add(&all->metric.refused_clients, 1);
		return NULL;
	}
	if (all->links_len == all->links_max)
		evict_oldest(all, now);
	number = all->free_link;
	if (number != HTTP_LINKS_NONE)
		all->free_link = all->link[number].newer;
	else
		number = all->links_used++;
	link = &all->link[number];
	*link = (struct http_link){.all = all, .tcp = tcp, .listener = listener, .client = client};
	wheel_timer_init(&link->timer, http_link_fire);
	link_append(link);
	counter_set(&all->metric.links, ++all->links_len);
	counter_add(&all->metric.opened, 1);
	return link;
}

void http_links_del(struct http_link *link)
{
	struct http_links *all = link->all;

	http_link_buffer_put(link);
	if (link->rest)
		http_buffers_put(all, link->rest);
	client_table_put(&all->clients, link->client);
	link_remove(link);
	link->newer = all->free_link;
	all->free_link = http_link_number(link);
	counter_set(&all->metric.links, --all->links_len);
	counter_add(&all->metric.closed, 1);
}

// clang-format off
#define ROW(name, kind, help) \
	{"http", NULL, NULL, #name, help, kind, offsetof(struct http_links, metric.name)},
#define ANSWER(digit) \
	{"http_answers", "status", #digit "xx", "count", "answers by the first digit of their status", \
	 METRIC_COUNTER, offsetof(struct http_links, metric.answers[digit])},
#define REFUSED(id, status, name, help) \
	{"http_refused", "reason", name, "count", help, METRIC_COUNTER, \
	 offsetof(struct http_links, metric.refused[HTTP_FAULT_##id])},
#define TWO_ENDED(id, name, help) \
	{"http2_ended", "reason", name, "count", help, METRIC_COUNTER, \
	 offsetof(struct http_links, metric.two_ended[HTTP2_FAULT_##id])},
#define HANDSHAKE(name, member, help) \
	{"http_tls", NULL, NULL, name, help, METRIC_COUNTER, offsetof(struct http_links, member)},
#define FAILED(id, name, help) \
	{"http_tls_failed", "reason", name, "count", help, METRIC_COUNTER, \
	 offsetof(struct http_links, metric.failed[TLS_FAIL_##id])},

static const struct metric_row link_rows[] = {
	ROW(links, METRIC_GAUGE, "connections of clients")
	ROW(opened, METRIC_COUNTER, "connections accepted")
	ROW(closed, METRIC_COUNTER, "of these, ended, whoever ended them")
	ROW(evicted, METRIC_COUNTER, "reset, as idle for longest, when max_connections was reached")
	ROW(refused_clients, METRIC_COUNTER, "reset because the client had max_per_client already")
	ROW(no_buffer, METRIC_COUNTER, "reset because others needed the buffer of a slow client")
	ROW(lingered, METRIC_COUNTER, "reset because the client did not end its side")
	ROW(requests, METRIC_COUNTER, "requests that were read")
	ROW(sent_bytes, METRIC_COUNTER, "bytes of content that were sent")
	ROW(aborted, METRIC_COUNTER, "answers that ended before they were complete")
	{0},
};
static const struct metric_row answer_rows[] = {ANSWER(1) ANSWER(2) ANSWER(3) ANSWER(4) ANSWER(5) {0}};
static const struct metric_row refused_rows[] = {HTTP_FAULT_LIST(REFUSED) {0}};
static const struct metric_row two_rows[] = {HTTP2_FAULT_LIST(TWO_ENDED) {0}};
static const struct metric_row tls_rows[] = {
	HANDSHAKE("handshakes", metric.handshakes, "handshakes completed")
	HANDSHAKE("resumed", metric.resumed, "of these, those that resumed a session")
	HANDSHAKE("slow", metric.slow_handshakes, "reset because the handshake took longer than head_us")
	HANDSHAKE("deferred", line.deferred, "steps of handshakes that waited for a later turn of the worker")
	{0},
};
static const struct metric_row failed_rows[] = {TLS_FAILS(FAILED) {0}};
// clang-format on

unsigned http_links_metrics(struct http_links *const *all, unsigned len,
                            struct metric_source *sources)
{
	const struct metric_row *const rows[HTTP_LINKS_SOURCES] = {
	        link_rows, answer_rows, refused_rows, two_rows, tls_rows, failed_rows};

	for (unsigned i = 0; i < HTTP_LINKS_SOURCES; i++) {
		sources[i] = (struct metric_source){.rows = rows[i], .len = len};
		for (unsigned k = 0; k < len; k++)
			sources[i].of[k] = all[k];
	}
	return HTTP_LINKS_SOURCES;
}

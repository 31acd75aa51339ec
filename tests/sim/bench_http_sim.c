// bench_http: the connections of wadi-bench to an HTTP server, wadi's own on a second node, on
// virtual time: requests on connections that stay and on one each, pipelined, at a rate, over TLS;
// answers that do not count, and servers that are silent or not there. What one end counts the
// other has seen.
#include "sim.h"

#include "apps/bench/http_worker.h"
#include "apps/http/http_links.h"
#include "apps/tls/tls_swap.h"
#include "core/host/feature.h"
#include "core/line.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define PORT     80
#define PORT_TLS 443

static struct sim sim;

static struct {
	struct service_worker service;
	struct http_links *links;
	unsigned requests, closed;
	bool silent;
	struct tls_shared shared;
	struct swap swap;
} server;

static struct {
	struct http_load_conf conf;
	struct http_load load;
	struct http_worker *worker;
} client;

static void on_request(struct http_exchange *exchange, mono_t now)
{
	server.requests++;
	if (!server.silent)
		http_exchange_answer_text(exchange, 200, "sixteen letters\n", now);
}

static void on_closed(struct http_exchange *exchange, bool whole, mono_t now)
{
	server.closed++;
}

static const struct http_handler handler = {.request = on_request, .closed = on_closed};

static void server_open(void)
{
	static const struct http_links_conf conf = {.connections = 64,
	                                            .prefix = {32, 64},
	                                            .buffers = 4,
	                                            .limits = &http_limits_default};
	const struct http_listener_conf listener = {.port = PORT, .handler = &handler};
	struct why why;

	server.service = (struct service_worker){.stack = sim.server.stack,
	                                         .pipeline = &sim.server.pipeline,
	                                         .metric = &sim.server.metric};
	server.links = http_links_open(&conf, &server.service, &why);
	assert_non_null(server.links);
	assert_int_equal(http_links_listen(server.links, &listener, &why), 0);
}

static struct tls_file file_read(const char *name, char bytes[8192])
{
	char path[512];
	FILE *from;
	size_t len;

	snprintf(path, sizeof(path), "%s/%s", getenv("TLS_CERTIFICATES"), name);
	from = fopen(path, "rb");
	assert_non_null(from);
	len = fread(bytes, 1, 8192, from);
	fclose(from);
	return (struct tls_file){name, bytes, len};
}

// The server also listens for TLS.
static void server_secure(void)
{
	static const uint8_t key[TLS_TICKET_KEY_BYTES] = {1};
	char chain[8192], secret[8192];
	struct tls_identity identity = {.chain = file_read("a.chain.pem", chain),
	                                .key = file_read("a.key.pem", secret)};
	struct tls_context_conf conf = {
	        .identities = &identity, .identities_len = 1, .now_s = time(NULL)};
	struct http_listener_conf listener = {
	        .port = PORT_TLS, .handler = &handler, .tls = &server.swap};
	struct why why;

	server.shared.context = tls_context_open(&conf, &why);
	if (!server.shared.context)
		fail_msg("%s", why.text);
	tls_tickets_rotate(&server.shared.tickets, key);
	swap_init(&server.swap, &server.shared);
	assert_int_equal(http_links_listen(server.links, &listener, &why), 0);
}

static void lab_open(struct http_load_conf conf, unsigned conns, uint64_t rate_per_s)
{
	struct why why;

	sim_open(&sim, (struct impair_conf){.delay_us = MS_US});
	memset(&server, 0, sizeof(server));
	server_open();
	if (conf.tls)
		server_secure();
	conf.to = "10.0.0.2";
	conf.target = "/";
	conf.host = "";
	conf.pipeline = conf.pipeline ? conf.pipeline : 1;
	conf.status = conf.status ? conf.status : 200;
	client.conf = conf;
	assert_int_equal(http_load_init(&client.load, &client.conf, &why), 0);
	client.worker = line_alloc(1, sizeof(*client.worker));
	assert_non_null(client.worker);
	assert_int_equal(http_worker_open(client.worker, &client.load, conns, rate_per_s,
	                                  stack_tcp(sim.client.stack), &sim.client.pipeline.wheel,
	                                  &why),
	                 0);
}

static void run_ms(uint64_t ms)
{
	sim_run_until(&sim, mono_add(sim.now, ms * MS_US));
}

static const struct http_counts *counts(void)
{
	return &client.worker->counts;
}

static void lab_close(void)
{
	http_links_close(server.links);
	http_worker_close(client.worker);
	free(client.worker);
	http_load_fini(&client.load);
	tls_context_put(server.shared.context);
	assert_int_equal(server.requests, server.closed);
	sim_close(&sim);
}

// Each count of the client's beside the server's; what is on its way is at most `outstanding`.
static void assert_counts(unsigned least, unsigned outstanding)
{
	uint64_t answered = counter_get(&counts()->answered);

	assert_in_range(answered, least, server.requests);
	assert_in_range(server.requests - answered, 0, outstanding);
	assert_int_equal(hist_len(&counts()->latency), answered);
	assert_int_equal(counter_get(&counts()->wrong), 0);
	assert_int_equal(counter_get(&counts()->refused), 0);
	assert_int_equal(counter_get(&counts()->failed), 0);
}

static void test_kept(void **state)
{
	for (unsigned pipeline = 1; pipeline <= 4; pipeline += 3) {
		lab_open((struct http_load_conf){.pipeline = pipeline}, 4, 0);
		run_ms(500);
		assert_counts(400 * pipeline, 4 * pipeline);
		assert_int_equal(counter_get(&counts()->opened), 4);
		lab_close();
	}
}

static void test_each(void **state)
{
	lab_open((struct http_load_conf){.mode = HTTP_LOAD_EACH}, 4, 0);
	run_ms(500);
	assert_counts(200, 4);
	assert_in_range(counter_get(&counts()->opened), counter_get(&counts()->answered),
	                counter_get(&counts()->answered) + 4);
	lab_close();
}

// The rate is what is sent, whatever the connections could.
static void test_rate(void **state)
{
	for (unsigned mode = HTTP_LOAD_KEPT; mode <= HTTP_LOAD_EACH; mode++) {
		lab_open((struct http_load_conf){.mode = mode}, 8, 300);
		run_ms(1000);
		assert_counts(270, 8);
		assert_in_range(server.requests, 270, 301);
		lab_close();
	}
}

static void test_what_does_not_count(void **state)
{
	static const struct http_load_conf confs[] = {{.status = 404}, {.length = 17}};

	for (size_t i = 0; i < ARRAY_LEN(confs); i++) {
		lab_open(confs[i], 2, 0);
		run_ms(100);
		assert_int_equal(counter_get(&counts()->answered), 0);
		assert_in_range(counter_get(&counts()->wrong), 10, server.requests);
		lab_close();
	}
	lab_open((struct http_load_conf){.length = 16}, 2, 0);
	run_ms(100);
	assert_counts(10, 2);
	lab_close();
}

static void test_silent_server(void **state)
{
	lab_open((struct http_load_conf){.status = 200}, 2, 0);
	server.silent = true;
	run_ms(2000);
	assert_int_equal(counter_get(&counts()->answered), 0);
	assert_int_equal(server.requests, 2);
	lab_close();
}

// Each attempt fails, and the next comes with the next tick, not at once.
static void test_no_server(void **state)
{
	lab_open((struct http_load_conf){.status = 200}, 2, 0);
	client.load.target.port = PORT + 1;
	run_ms(100);
	assert_int_equal(counter_get(&counts()->opened), 0);
	assert_in_range(counter_get(&counts()->failed), 2, 220);
	lab_close();
}

// Connections of TLS, of which those in mode `each` resume the first session when they shall.
static void test_tls(void **state)
{
	for (unsigned tls = HTTP_LOAD_FULL; FEATURE_TLS && tls <= HTTP_LOAD_RESUMED; tls++) {
		lab_open((struct http_load_conf){.tls = tls, .pipeline = 3}, 4, 0);
		run_ms(200);
		assert_counts(300, 12);
		assert_int_equal(counter_get(&counts()->secured), 4);
		assert_int_equal(counter_get(&counts()->resumed), 0);
		lab_close();

		lab_open((struct http_load_conf){.tls = tls, .mode = HTTP_LOAD_EACH}, 4, 0);
		run_ms(200);
		assert_counts(50, 4);
		assert_in_range(counter_get(&counts()->secured), counter_get(&counts()->answered),
		                counter_get(&counts()->opened));
		assert_int_equal(counter_get(&counts()->resumed),
		                 tls == HTTP_LOAD_FULL ? 0 : counter_get(&counts()->secured) - 4);
		lab_close();
	}
}

// HTTP where TLS is wanted: no request leaves, and each attempt counts as failed.
static void test_tls_to_a_plain_server(void **state)
{
	if (!FEATURE_TLS)
		return;
	lab_open((struct http_load_conf){.tls = HTTP_LOAD_FULL}, 2, 0);
	client.load.target.port = PORT;
	run_ms(100);
	assert_int_equal(server.requests, 0);
	assert_int_equal(counter_get(&counts()->answered) + counter_get(&counts()->secured), 0);
	assert_in_range(counter_get(&counts()->failed), 2, 200);
	lab_close();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_tls),           cmocka_unit_test(test_tls_to_a_plain_server),
	        cmocka_unit_test(test_kept),          cmocka_unit_test(test_each),
	        cmocka_unit_test(test_rate),          cmocka_unit_test(test_what_does_not_count),
	        cmocka_unit_test(test_silent_server), cmocka_unit_test(test_no_server),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

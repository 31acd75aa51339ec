// DNS over TLS on virtual time: clients of wadi's own TCP and TLS against a worker of wadi-dns.
// What is decrypted has to be what the engine answers without a network, and every page is
// returned.
#include "dns_tcp_lab.h"

#include "apps/dns/serve_tls.h"

#define PLAIN_BYTES (2 << 20)

// The client's TLS, beside clients[i], which gathers what the server sent.
static struct secure {
	struct tls_conn *tls;
	uint8_t *plain;
	size_t len, read;
	bool ended;
} secure[CLIENTS];

static struct {
	struct serve_tls tls;
	struct tls_shared shared;
	struct swap swap;
	struct tls_context *client;
	struct tls_file files[3];
	int64_t now_s;
} made;

static struct tls_file file_read(unsigned i, const char *name)
{
	char path[512];
	FILE *from;
	uint8_t *bytes = malloc(8192);

	snprintf(path, sizeof(path), "%s/%s", getenv("TLS_CERTIFICATES"), name);
	from = fopen(path, "rb");
	assert_non_null(from);
	assert_non_null(bytes);
	made.files[i] = (struct tls_file){name, bytes, fread(bytes, 1, 8192, from)};
	fclose(from);
	return made.files[i];
}

static void contexts_open(void)
{
	static const char *const dot = "dot";
	struct tls_identity a = {.chain = file_read(0, "a.chain.pem"),
	                         .key = file_read(1, "a.key.pem")};
	struct tls_context_conf conf = {.alpn = &dot, .alpn_len = 1, .now_s = time(NULL)};
	uint8_t key[TLS_TICKET_KEY_BYTES] = {1};
	struct why why;

	conf.identities = &a;
	conf.identities_len = 1;
	made.now_s = conf.now_s;
	made.shared.context = tls_context_open(&conf, &why);
	conf.identities_len = 0;
	conf.client = true;
	conf.ca = file_read(2, "root.pem");
	conf.verify = TLS_VERIFY_REQUIRED;
	made.client = tls_context_open(&conf, &why);
	if (!made.shared.context || !made.client)
		fail_msg("%s", why.text);
	tls_tickets_rotate(&made.shared.tickets, key);
	swap_init(&made.swap, &made.shared);
}

static void tls_lab_open(void)
{
	struct why why;

	lab_open();
	contexts_open();
	server.settings->tls = server.settings->tcp;
	if (serve_tcp_open_tls(&server.worker, &made.tls, &made.swap, &server.conf, SERVE_TLS_PORT,
	                       &server.service, &why) != 0)
		fail_msg("%s", why.text);
}

static void tls_lab_close(void)
{
	for (unsigned i = 0; i < CLIENTS; i++) {
		if (secure[i].tls)
			tls_close(secure[i].tls);
		free(secure[i].plain);
		secure[i] = (struct secure){0};
		if (clients[i].conn)
			tcp_abort(clients[i].conn);
	}
	run_ms(100);
	assert_int_equal(made.tls.conns.conns_len, 0);
	assert_null(made.tls.line.first);
	serve_tcp_close_tls(&server.worker);
	lab_close();
	tls_context_put(made.client);
	tls_context_put(made.shared.context);
	for (unsigned i = 0; i < ARRAY_LEN(made.files); i++)
		free((void *)(uintptr_t)made.files[i].bytes);
}

static uint32_t to_conn(void *ctx, const void *bytes, uint32_t len)
{
	return tcp_send(ctx, bytes, len);
}

static struct tls_io io_of(struct client *client)
{
	return (struct tls_io){
	        .in = span_of(client->in + client->in_read, client->in_len - client->in_read),
	        .send = to_conn,
	        .ctx = client->conn,
	        .now_s = made.now_s};
}

// Takes what came; true when the handshake is done.
static bool hear(unsigned number)
{
	struct client *client = &clients[number];
	struct secure *end = &secure[number];
	struct tls_io io = io_of(client);
	enum tls_status status = TLS_DONE;
	uint32_t n;

	if (!tls_is_open(end->tls))
		status = tls_handshake(end->tls, &io);
	while (status == TLS_DONE) {
		status = tls_read(end->tls, &io, end->plain + end->len,
		                  (uint32_t)(PLAIN_BYTES - end->len), &n);
		end->len += n;
	}
	end->ended = status == TLS_ENDED;
	client->in_read = (size_t)(io.in.p - client->in);
	return tls_is_open(end->tls);
}

static void begin(unsigned number)
{
	struct client *client = &clients[number];
	struct tcp_connect_conf conf = {.remote = ip("10.0.0.2"),
	                                .remote_port = SERVE_TLS_PORT,
	                                .ops = &ops,
	                                .ctx = client,
	                                .nodelay = true};

	free(client->in);
	*client = (struct client){.in = malloc(IN_BYTES), .budget = UINT32_MAX};
	secure[number] = (struct secure){.tls = tls_open(made.client, "a.example"),
	                                 .plain = malloc(PLAIN_BYTES)};
	assert_non_null(secure[number].tls);
	assert_int_equal(tcp_connect(stack_tcp(sim.client.stack), &conf, &client->conn, sim.now),
	                 0);
}

static void shake(unsigned number)
{
	begin(number);
	for (unsigned i = 0; i < 20 && !hear(number); i++)
		run_ms(5);
	assert_true(tls_is_open(secure[number].tls));
}

static void say_secure(unsigned number, const void *bytes, size_t len)
{
	struct tls_io io = io_of(&clients[number]);
	uint32_t n;

	assert_int_equal(tls_write(secure[number].tls, &io, bytes, (uint32_t)len, &n), TLS_DONE);
	assert_int_equal(n, len);
	clients[number].in_read = (size_t)(io.in.p - clients[number].in);
}

// The next reply is the one that the engine gives.
static void expect_secure(unsigned number, const char *question, uint16_t id)
{
	static uint8_t wanted[UINT16_MAX];
	struct secure *end = &secure[number];
	uint8_t query[QUERY_MAX];
	size_t query_len = query_make(query, question, id), len;
	const uint8_t *reply = end->plain + end->read;
	enum drop drop;

	len = zones_answer(server.served.set, wanted, query + 2, query_len - 2, UINT16_MAX, DNS_TCP,
	                   &drop);
	if (end->len - end->read < 2 + len)
		fail_msg("%s: %zu bytes of %zu came", question, end->len - end->read, 2 + len);
	assert_int_equal(reply[0] << 8 | reply[1], len);
	assert_memory_equal(reply + 2, wanted, len);
	end->read += 2 + len;
}

static void test_queries_in_one_record_and_in_several(void **state)
{
	static const char *const questions[] = {"www.t A", "page.t TXT", "absent.t A", "huge.t TXT",
	                                        "www.t A"};
	uint8_t bytes[ARRAY_LEN(questions) * QUERY_MAX];
	size_t len = 0;

	tls_lab_open();
	shake(0);
	for (uint16_t i = 0; i < ARRAY_LEN(questions); i++)
		len += query_make(bytes + len, questions[i], i);
	say_secure(0, bytes, len);
	for (size_t at = 0; at < len; at++)
		say_secure(0, bytes + at, 1);
	for (unsigned i = 0; i < 100; i++) {
		run_ms(5);
		hear(0);
	}
	for (unsigned times = 0; times < 2; times++)
		for (uint16_t i = 0; i < ARRAY_LEN(questions); i++)
			expect_secure(0, questions[i], i);
	assert_int_equal(secure[0].read, secure[0].len);
	assert_int_equal(metric(&made.tls.metric.handshakes), 1);
	tls_lab_close();
}

// A client that takes nothing is not read from; what it asked is answered when it does.
static void test_a_client_that_takes_no_replies(void **state)
{
	uint8_t bytes[20 * QUERY_MAX];
	size_t len = 0;

	tls_lab_open();
	shake(0);
	clients[0].budget = 0;
	for (uint16_t i = 0; i < 20; i++)
		len += query_make(bytes + len, "huge.t TXT", i);
	say_secure(0, bytes, len);
	run_ms(1000);
	assert_int_equal(secure[0].len, 0);
	clients[0].budget = UINT32_MAX;
	tcp_resume(clients[0].conn);
	for (unsigned i = 0; i < 400; i++) {
		run_ms(5);
		hear(0);
	}
	for (uint16_t i = 0; i < 20; i++)
		expect_secure(0, "huge.t TXT", i);
	tls_lab_close();
}

// A few steps of handshakes in a turn: others wait for theirs, and all get through.
static void test_handshakes_take_turns(void **state)
{
	tls_lab_open();
	for (unsigned i = 0; i < CLIENTS; i++)
		begin(i);
	for (unsigned t = 0; t < 40; t++) {
		run_ms(5);
		for (unsigned i = 0; i < CLIENTS; i++)
			hear(i);
	}
	for (unsigned i = 0; i < CLIENTS; i++)
		assert_true(tls_is_open(secure[i].tls));
	assert_true(metric(&made.tls.line.deferred) > 0);
	assert_int_equal(metric(&made.tls.metric.handshakes), CLIENTS);
	tls_lab_close();
}

// The server's pool, which has pages for what comes and none for what is sent, until it has again.
static struct {
	struct pkt *(*alloc)(struct page_pool *pool);
	unsigned calls, hellos;
} scarce;

static struct pkt *scarce_alloc(struct page_pool *pool)
{
	return scarce.calls++ < scarce.hellos ? scarce.alloc(pool) : NULL;
}

// The clients' hellos are taken, and what answers them has no room.
static void begin_without_pages(void)
{
	struct page_pool *pool = sim.server.netif->pool[0];

	for (unsigned i = 0; i < CLIENTS; i++)
		begin(i);
	run_ms(20);
	scarce.alloc = pool->alloc;
	scarce.calls = 0;
	scarce.hellos = CLIENTS;
	pool->alloc = scarce_alloc;
	for (unsigned i = 0; i < CLIENTS; i++)
		hear(i);
	run_ms(100);
	pool->alloc = scarce.alloc;
	for (unsigned i = 0; i < CLIENTS; i++) {
		assert_true(made.tls.place[i].blocked);
		assert_int_equal(clients[i].in_len, 0);
	}
}

// When there is room again, several have a step to do in the same turn: those that wait for a later
// one are not forgotten, although nothing comes from their clients any more.
static void test_handshakes_wait_for_pages(void **state)
{
	uint64_t deferred;

	tls_lab_open();
	begin_without_pages();
	deferred = metric(&made.tls.line.deferred);
	for (unsigned t = 0; t < 100; t++) {
		run_ms(5);
		for (unsigned i = 0; i < CLIENTS; i++)
			hear(i);
	}
	for (unsigned i = 0; i < CLIENTS; i++)
		assert_true(tls_is_open(secure[i].tls));
	assert_true(metric(&made.tls.line.deferred) > deferred);
	tls_lab_close();
}

static void test_handshakes_end_that_never_get_pages(void **state)
{
	static struct pkt *pkts[SIM_PAGES];
	struct page_pool *pool;
	unsigned len = 0;

	tls_lab_open();
	begin_without_pages();
	pool = sim.server.netif->pool[0];
	while (len < SIM_PAGES && pool->avail(pool) > 0)
		pkts[len++] = pkt_alloc(pool);
	run_ms(35000);
	assert_int_equal(made.tls.conns.conns_len, 0);
	assert_null(made.tls.line.first);
	while (len > 0)
		pkt_put(pkts[--len]);
	tls_lab_close();
}

static void test_a_client_of_plain_tcp_is_refused(void **state)
{
	tls_lab_open();
	begin(0);
	run_ms(20);
	ask(&clients[0], "www.t A", 7);
	run_ms(50);
	assert_true(clients[0].ended || clients[0].closed);
	assert_int_equal(metric(&made.tls.metric.failed[TLS_FAIL_PLAIN]), 1);
	tls_lab_close();
}

// close_notify is answered by one, and then by FIN.
static void test_a_client_ends(void **state)
{
	struct tls_io io;
	uint8_t bytes[QUERY_MAX];

	tls_lab_open();
	shake(0);
	say_secure(0, bytes, query_make(bytes, "www.t A", 1));
	io = io_of(&clients[0]);
	assert_int_equal(tls_shutdown(secure[0].tls, &io), TLS_DONE);
	run_ms(50);
	hear(0);
	expect_secure(0, "www.t A", 1);
	assert_true(secure[0].ended && clients[0].ended);
	tls_lab_close();
}

// Nothing is said for idle_timeout_s, also within a handshake.
static void test_idle_clients_are_closed(void **state)
{
	tls_lab_open();
	shake(0);
	begin(1);
	run_ms(11000);
	hear(0);
	assert_true(secure[0].ended && clients[0].ended && clients[1].ended);
	assert_int_equal(metric(&made.tls.conns.metric.idle), 2);
	tls_lab_close();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_queries_in_one_record_and_in_several),
	        cmocka_unit_test(test_a_client_that_takes_no_replies),
	        cmocka_unit_test(test_handshakes_take_turns),
	        cmocka_unit_test(test_handshakes_wait_for_pages),
	        cmocka_unit_test(test_handshakes_end_that_never_get_pages),
	        cmocka_unit_test(test_a_client_of_plain_tcp_is_refused),
	        cmocka_unit_test(test_a_client_ends),
	        cmocka_unit_test(test_idle_clients_are_closed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

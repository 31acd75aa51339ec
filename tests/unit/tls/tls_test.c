// Tests of connections: both ends in one process, each stream cut, held back, spoiled and ended.
#include "tls_lab.h"

#define TLS12 0x0303
#define TLS13 0x0304

static const uint16_t versions[] = {TLS12, TLS13};

static struct tls_info info_of(const struct tls_conn *conn)
{
	struct tls_info info;

	tls_info(conn, &info);
	return info;
}

static void test_both_versions_carry_bytes_both_ways(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(versions); i++) {
		struct lab *lab = lab_open((struct tls_context_conf){.version_max = versions[i]},
		                           (struct tls_context_conf){0});

		lab_connect(lab, "a.example");
		lab_exchange(lab);
		assert_int_equal(info_of(lab->server.conn).version, versions[i]);
		assert_false(info_of(lab->server.conn).verified);
		assert_true(info_of(lab->client.conn).verified);
		lab_close(lab);
	}
}

// However the stream is cut, and however little the wire takes at a time.
static void test_streams_are_cut_at_every_byte(void **state)
{
	static const size_t sizes[][2] = {{1, LAB_WIRE_BYTES}, {LAB_WIRE_BYTES, 1}, {7, 3}, {1, 1}};

	for (size_t i = 0; i < ARRAY_LEN(versions) * ARRAY_LEN(sizes); i++) {
		struct lab *lab =
		        lab_open((struct tls_context_conf){.version_max = versions[i % 2]},
		                 (struct tls_context_conf){0});

		lab->cut = sizes[i / 2][0];
		lab->room = sizes[i / 2][1];
		lab_connect(lab, "a.example");
		lab->client.to_send = (const uint8_t *)"ask";
		lab->client.to_send_len = 3;
		assert_true(lab_pump(lab));
		assert_int_equal(lab->server.got_len, 3);
		lab->server.to_send = (const uint8_t *)"answer";
		lab->server.to_send_len = 6;
		assert_true(lab_pump(lab));
		assert_int_equal(lab->client.got_len, 6);
		lab_close(lab);
	}
}

static void expect_name(const char *asked, const char *certificate)
{
	static const struct tls_context_conf any;
	struct tls_identity identities[] = {lab_identity("a"), lab_identity("b")};
	struct lab *lab = lab_open(
	        any, (struct tls_context_conf){.identities = identities, .identities_len = 2});
	bool accepted = strcmp(asked, certificate) == 0;

	lab_connect(lab, asked);
	assert_true(lab_pump(lab));
	// The client verifies the certificate's name: it agrees only when it is that of the name.
	assert_int_equal(tls_is_open(lab->client.conn), accepted);
	if (!accepted)
		assert_int_equal(tls_fail(lab->client.conn), TLS_FAIL_CERTIFICATE);
	else
		assert_string_equal(info_of(lab->server.conn).server_name, asked);
	lab_close(lab);
}

static void test_a_certificate_is_chosen_by_name(void **state)
{
	expect_name("a.example", "a.example");
	expect_name("ns.a.example", "ns.a.example");
	expect_name("x.b.example", "x.b.example");
	expect_name("b.example", "none");     // a wildcard is one label
	expect_name("y.x.b.example", "none"); // exactly one
	expect_name("c.example", "none");     // gets the first one
}

static void expect_alpn(const char *client, const char *server, const char *chosen,
                        enum tls_fail fail)
{
	struct lab *lab =
	        lab_open((struct tls_context_conf){.alpn = &client, .alpn_len = *client != 0},
	                 (struct tls_context_conf){.alpn = &server, .alpn_len = *server != 0});
	struct tls_info info;

	lab_connect(lab, "a.example");
	assert_true(lab_pump(lab));
	info = info_of(lab->server.conn);
	assert_int_equal(tls_fail(lab->server.conn), fail);
	assert_int_equal(tls_fail(lab->client.conn), fail ? TLS_FAIL_ALERT : TLS_FAIL_NONE);
	assert_int_equal(info.alpn_len, strlen(chosen));
	assert_memory_equal(info.alpn, chosen, info.alpn_len);
	lab_close(lab);
}

static void test_protocols_are_agreed_on(void **state)
{
	expect_alpn("dot", "dot", "dot", TLS_FAIL_NONE);
	expect_alpn("", "dot", "", TLS_FAIL_NONE);
	expect_alpn("dot", "", "", TLS_FAIL_NONE);
	expect_alpn("h2", "dot", "", TLS_FAIL_ALPN);
}

static void test_versions_have_to_meet(void **state)
{
	struct lab *lab = lab_open((struct tls_context_conf){.version_max = TLS12},
	                           (struct tls_context_conf){.version_min = TLS13});

	lab_connect(lab, "a.example");
	assert_true(lab_pump(lab));
	assert_int_equal(tls_fail(lab->server.conn), TLS_FAIL_VERSION);
	assert_int_equal(tls_fail(lab->client.conn), TLS_FAIL_ALERT);
	lab_close(lab);
}

// Gives the server these bytes as the first of a connection.
static enum tls_fail fail_of_bytes(const void *bytes, size_t len)
{
	struct lab *lab = lab_open((struct tls_context_conf){0}, (struct tls_context_conf){0});
	enum tls_fail fail;

	lab_connect(lab, "a.example");
	memcpy(lab->up.bytes, bytes, len);
	lab->up.len = lab->server.given = len;
	lab->down.room = LAB_WIRE_BYTES;
	lab->server.status = lab_step(lab, &lab->server);
	fail = tls_fail(lab->server.conn);
	assert_int_equal(lab->server.status, fail ? TLS_FAILED : TLS_WAIT);
	// It fails for good.
	assert_true(!fail || lab_step(lab, &lab->server) == TLS_FAILED);
	lab_close(lab);
	return fail;
}

static void test_what_is_not_tls_is_refused(void **state)
{
	static const char get[] = "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n";
	static const uint8_t query[] = {0, 29, 0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0};
	static const uint8_t early[] = {23, 3, 3, 0, 3, 1, 2, 3};
	static const uint8_t ssl3[] = {22, 3, 0, 0, 4, 1, 0, 0, 0};

	assert_int_equal(fail_of_bytes(get, sizeof(get)), TLS_FAIL_PLAIN);
	assert_int_equal(fail_of_bytes(query, sizeof(query)), TLS_FAIL_PLAIN);
	assert_int_equal(fail_of_bytes(early, sizeof(early)), TLS_FAIL_PROTOCOL);
	assert_int_not_equal(fail_of_bytes(ssl3, sizeof(ssl3)), TLS_FAIL_NONE);
}

// No memory is taken for what a few bytes announce.
static void test_a_hello_that_announces_much_is_refused(void **state)
{
	static const uint8_t hello[] = {22, 3, 1, 0, 5, 1, 2, 0, 0, 3};
	static const uint8_t cut[] = {22, 3, 1, 0, 1, 1, 22, 3, 1, 0, 4, 2, 0, 0, 3};
	static const uint8_t fits[] = {22, 3, 1, 0, 5, 1, 0, 0x40, 0, 3};

	assert_int_equal(fail_of_bytes(hello, sizeof(hello)), TLS_FAIL_LIMIT);
	assert_int_equal(fail_of_bytes(cut, sizeof(cut)), TLS_FAIL_LIMIT);
	assert_int_equal(fail_of_bytes(fits, sizeof(fits)), TLS_FAIL_NONE);
}

// A byte that was changed on its way ends the connection, or has no effect: no end sees other
// plaintext than was sent.
static void spoil(struct lab *lab, bool up, size_t at)
{
	static const uint8_t data[] = "only this";
	struct lab_wire *wire = up ? &lab->up : &lab->down;
	size_t n = 0;

	lab_connect(lab, "a.example");
	lab->client.to_send = lab->server.to_send = data;
	lab->client.to_send_len = lab->server.to_send_len = sizeof(data);
	for (unsigned turn = 0; turn < 20; turn++) {
		struct lab_end *end = turn % 2 ? &lab->server : &lab->client;

		end->given = end->in->len;
		end->out->room = LAB_WIRE_BYTES;
		do
			end->status = lab_step(lab, end);
		while (end->status == TLS_DONE);
		if (n <= at && wire->len > at)
			wire->bytes[at] ^= (uint8_t)(1 + at % 255);
		n = wire->len;
	}
	assert_memory_equal(lab->server.got, data, lab->server.got_len);
	assert_memory_equal(lab->client.got, data, lab->client.got_len);
	assert_true(lab->server.got_len <= sizeof(data) && lab->client.got_len <= sizeof(data));
}

static void test_no_byte_can_be_changed(void **state)
{
	for (size_t i = 0; i < 2 * ARRAY_LEN(versions); i++) {
		struct lab *lab =
		        lab_open((struct tls_context_conf){.version_max = versions[i / 2]},
		                 (struct tls_context_conf){0});
		bool up = i % 2;
		unsigned refused = 0, tried = 0;

		for (size_t at = 0; at < 900; at += 7, tried++) {
			spoil(lab, up, at);
			refused += lab->client.status == TLS_FAILED ||
			           lab->server.status == TLS_FAILED;
		}
		// Most of the bytes matter to somebody.
		assert_true(refused > tried / 4);
		lab_close(lab);
	}
}

static enum tls_status end_direction(struct lab *lab, struct lab_end *end)
{
	struct tls_io io = lab_io(lab, end);
	enum tls_status status;

	end->out->room = LAB_WIRE_BYTES;
	status = tls_shutdown(end->conn, &io);
	end->in->taken = (size_t)(io.in.p - end->in->bytes);
	return status;
}

// RFC 8446 section 6.1: each direction is ended by itself.
static void test_one_direction_ends_before_the_other(void **state)
{
	struct lab *lab = lab_open((struct tls_context_conf){0}, (struct tls_context_conf){0});

	lab_connect(lab, "a.example");
	assert_true(lab_pump(lab));
	assert_int_equal(end_direction(lab, &lab->client), TLS_DONE);
	assert_true(lab_pump(lab));
	assert_int_equal(lab->server.status, TLS_ENDED);
	lab->server.to_send = (const uint8_t *)"late";
	lab->server.to_send_len = 4;
	assert_true(lab_pump(lab));
	assert_int_equal(lab->client.got_len, 4);
	assert_int_equal(end_direction(lab, &lab->server), TLS_DONE);
	assert_true(lab_pump(lab));
	assert_int_equal(lab->client.status, TLS_ENDED);
	lab_close(lab);
}

static void test_a_connection_closes_without_notice(void **state)
{
	struct lab *lab = lab_open((struct tls_context_conf){0}, (struct tls_context_conf){0});
	size_t before;

	lab_connect(lab, "a.example");
	assert_true(lab_pump(lab));
	before = lab->up.len;
	tls_close(lab->client.conn);
	lab->client.conn = NULL;
	assert_int_equal(lab->up.len, before);
	lab->server.given = lab->up.len;
	assert_int_equal(lab_step(lab, &lab->server), TLS_WAIT);
	lab_close(lab);
}

static void test_what_was_peeked_at_is_read_again(void **state)
{
	struct lab *lab = lab_open((struct tls_context_conf){0}, (struct tls_context_conf){0});
	uint8_t bytes[16];
	uint32_t len;
	struct tls_io io;

	lab_connect(lab, "a.example");
	assert_true(lab_pump(lab));
	lab->up.room = LAB_WIRE_BYTES;
	io = lab_io(lab, &lab->client);
	assert_int_equal(tls_write(lab->client.conn, &io, "abcdef", 6, &len), TLS_DONE);
	lab->server.given = lab->up.len;
	io = lab_io(lab, &lab->server);
	assert_int_equal(tls_peek(lab->server.conn, &io, bytes, sizeof(bytes), &len), TLS_DONE);
	assert_int_equal(len, 6);
	assert_int_equal(tls_read(lab->server.conn, &io, bytes, 2, &len), TLS_DONE);
	assert_memory_equal(bytes, "ab", 2);
	assert_int_equal(tls_peek(lab->server.conn, &io, bytes, sizeof(bytes), &len), TLS_DONE);
	assert_int_equal(len, 4);
	assert_memory_equal(bytes, "cdef", 4);
	lab_close(lab);
}

// The client's certificate, and what the server makes of it.
static void expect_client(const char *client, enum tls_verify verify, enum tls_fail fail,
                          uint16_t version)
{
	struct tls_identity identity = {0};
	struct tls_context_conf of_client = {.version_max = version};
	struct lab *lab;

	if (*client) {
		identity = lab_identity(client);
		of_client.identities = &identity;
		of_client.identities_len = 1;
	}
	lab = lab_open(of_client,
	               (struct tls_context_conf){.ca = lab_file("root.pem"), .verify = verify});
	lab_connect(lab, "a.example");
	assert_true(lab_pump(lab));
	assert_int_equal(tls_fail(lab->server.conn), fail);
	assert_int_equal(tls_fail(lab->client.conn), fail ? TLS_FAIL_ALERT : TLS_FAIL_NONE);
	assert_int_equal(tls_is_open(lab->server.conn), !fail);
	assert_int_equal(info_of(lab->server.conn).verified, !fail && *client);
	lab_close(lab);
}

static void test_clients_show_certificates(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(versions); i++) {
		expect_client("client", TLS_VERIFY_REQUIRED, TLS_FAIL_NONE, versions[i]);
		expect_client("", TLS_VERIFY_REQUIRED, TLS_FAIL_CERTIFICATE, versions[i]);
		expect_client("stranger", TLS_VERIFY_REQUIRED, TLS_FAIL_CERTIFICATE, versions[i]);
		expect_client("client", TLS_VERIFY_OPTIONAL, TLS_FAIL_NONE, versions[i]);
		expect_client("", TLS_VERIFY_OPTIONAL, TLS_FAIL_NONE, versions[i]);
		expect_client("stranger", TLS_VERIFY_OPTIONAL, TLS_FAIL_CERTIFICATE, versions[i]);
	}
}

// Time is the caller's: a certificate that was valid is not any more.
static void test_certificates_are_verified_as_of_now(void **state)
{
	struct lab *lab = lab_open((struct tls_context_conf){0}, (struct tls_context_conf){0});

	lab->now_s += 31 * LAB_DAY_S;
	lab_connect(lab, "a.example");
	assert_true(lab_pump(lab));
	assert_int_equal(tls_fail(lab->client.conn), TLS_FAIL_CERTIFICATE);
	assert_int_equal(tls_fail(lab->server.conn), TLS_FAIL_ALERT);
	lab_close(lab);
}

static void test_a_staple_is_sent_until_it_expires(void **state)
{
	struct tls_identity a = lab_identity("a");
	struct tls_info info;
	struct lab *lab;

	a.staple = lab_file("a.good.der");
	lab = lab_open((struct tls_context_conf){.ask_staple = true},
	               (struct tls_context_conf){.identities = &a, .identities_len = 1});
	lab_connect(lab, "a.example");
	assert_true(lab_pump(lab));
	info = info_of(lab->client.conn);
	assert_int_equal(info.staple_len, a.staple.len);
	assert_memory_equal(info.staple, a.staple.bytes, a.staple.len);
	lab->now_s += 8 * LAB_DAY_S;
	lab_connect(lab, "a.example");
	assert_true(lab_pump(lab));
	assert_true(tls_is_open(lab->client.conn));
	assert_int_equal(info_of(lab->client.conn).staple_len, 0);
	lab_close(lab);
}

static void rotate(struct tls_tickets *tickets, uint8_t seed)
{
	uint8_t key[TLS_TICKET_KEY_BYTES];

	memset(key, seed, sizeof(key));
	tls_tickets_rotate(tickets, key);
}

// A connection; the session that it leaves is in `session`, and one in it is resumed.
static bool resume(struct lab *lab, const struct tls_tickets *tickets, uint8_t *session,
                   size_t size, size_t *len)
{
	bool resumed;

	lab->server.tickets = tickets;
	lab_connect(lab, "a.example");
	if (*len)
		assert_true(tls_resume(lab->client.conn, session, *len));
	assert_true(lab_pump(lab));
	assert_true(tls_is_open(lab->server.conn) && tls_is_open(lab->client.conn));
	resumed = info_of(lab->server.conn).resumed;
	assert_int_equal(info_of(lab->client.conn).resumed, resumed);
	tls_session(lab->client.conn, session, size, len);
	return resumed;
}

// Two workers are two copies of the same keys.
static void test_sessions_are_resumed_until_their_key_is_forgotten(void **state)
{
	static uint8_t session[1 << 14], first[1 << 14];

	for (size_t i = 0; i < ARRAY_LEN(versions); i++) {
		struct lab *lab = lab_open((struct tls_context_conf){.version_max = versions[i]},
		                           (struct tls_context_conf){0});
		struct tls_tickets one = {0}, two;
		size_t len = 0, first_len;

		assert_false(resume(lab, &one, session, sizeof(session), &len));
		assert_int_equal(len, 0); // without keys there are no tickets
		rotate(&one, 1);
		two = one;
		assert_false(resume(lab, &one, session, sizeof(session), &len));
		assert_true(len > 0);
		memcpy(first, session, first_len = len);
		assert_true(resume(lab, &two, session, sizeof(session), &len));
		rotate(&two, 2);
		assert_true(resume(lab, &two, session, sizeof(session), &len));
		rotate(&two, 3);
		assert_true(resume(lab, &two, session, sizeof(session), &len));
		rotate(&two, 4);
		// The one that was resumed has a newer ticket, the first one's key is gone.
		assert_true(resume(lab, &two, session, sizeof(session), &len));
		assert_false(resume(lab, &two, first, sizeof(first), &first_len));
		lab_close(lab);
	}
}

// A reload that asks clients for other certificates forgets what earlier ones showed.
static void test_sessions_do_not_outlive_whom_clients_have_to_be(void **state)
{
	static uint8_t session[1 << 14];
	struct tls_identity client = lab_identity("client"), a = lab_identity("a");
	struct lab *lab =
	        lab_open((struct tls_context_conf){.identities = &client, .identities_len = 1},
	                 (struct tls_context_conf){0});
	struct tls_context_conf verifying = {.identities = &a,
	                                     .identities_len = 1,
	                                     .ca = lab_file("root.pem"),
	                                     .verify = TLS_VERIFY_REQUIRED,
	                                     .now_s = lab->now_s};
	struct tls_tickets tickets = {0};
	size_t len = 0;

	rotate(&tickets, 1);
	assert_false(resume(lab, &tickets, session, sizeof(session), &len));
	assert_true(resume(lab, &tickets, session, sizeof(session), &len));
	tls_context_put(lab->server_context);
	lab->server_context = lab_context(&verifying);
	assert_false(resume(lab, &tickets, session, sizeof(session), &len));
	assert_true(resume(lab, &tickets, session, sizeof(session), &len));
	lab_close(lab);
}

// A reload: connections keep the context that they began with.
static void test_a_context_is_replaced_under_connections(void **state)
{
	struct tls_identity b = lab_identity("b");
	struct tls_context_conf conf = {.identities = &b, .identities_len = 1};
	struct lab *lab = lab_open((struct tls_context_conf){0}, (struct tls_context_conf){0});

	lab_connect(lab, "a.example");
	lab->client.given = lab->up.room = 0;
	tls_context_put(lab->server_context); // in the middle of a handshake
	conf.now_s = lab->now_s;
	lab->server_context = lab_context(&conf);
	lab_exchange(lab);
	lab_connect(lab, "x.b.example");
	lab_exchange(lab);
	lab_close(lab);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_both_versions_carry_bytes_both_ways),
	        cmocka_unit_test(test_streams_are_cut_at_every_byte),
	        cmocka_unit_test(test_a_certificate_is_chosen_by_name),
	        cmocka_unit_test(test_protocols_are_agreed_on),
	        cmocka_unit_test(test_versions_have_to_meet),
	        cmocka_unit_test(test_what_is_not_tls_is_refused),
	        cmocka_unit_test(test_a_hello_that_announces_much_is_refused),
	        cmocka_unit_test(test_no_byte_can_be_changed),
	        cmocka_unit_test(test_one_direction_ends_before_the_other),
	        cmocka_unit_test(test_a_connection_closes_without_notice),
	        cmocka_unit_test(test_what_was_peeked_at_is_read_again),
	        cmocka_unit_test(test_clients_show_certificates),
	        cmocka_unit_test(test_certificates_are_verified_as_of_now),
	        cmocka_unit_test(test_a_staple_is_sent_until_it_expires),
	        cmocka_unit_test(test_sessions_are_resumed_until_their_key_is_forgotten),
	        cmocka_unit_test(test_sessions_do_not_outlive_whom_clients_have_to_be),
	        cmocka_unit_test(test_a_context_is_replaced_under_connections),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	lab_forget_files();
	return failed;
}

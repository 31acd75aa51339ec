// bench_tcp: the connections of wadi-bench, of dns and of tcp, against servers on a second node
// that split answers, close, say nothing or are not there, on virtual time. What one end counts the
// other has seen, and at the end neither has a connection.
#include "sim.h"

#include "apps/bench/ask_port.h"
#include "apps/bench/stream_worker.h"
#include "core/line.h"
#include "proto/bench/query_text.h"

#include <stdlib.h>

#define STEP_US 20
#define PORT    53

static struct sim sim;

// The server of messages.
static struct {
	uint16_t padding;     // bytes behind the answer itself
	unsigned close_after; // messages of a connection; 0: never
	bool silent;
	unsigned opened, open, closed_by_reset, messages;
} server;

struct peer {
	struct dns_stream stream;
	unsigned messages;
	uint8_t buffer[DNS_MSG_MAX_BYTES];
};

static void answer(struct tcp_conn *conn, const struct dns_stream_message *message)
{
	static uint8_t bytes[2 + 8192];
	uint16_t len = (uint16_t)(message->len + server.padding);

	memset(bytes, 0, sizeof(bytes));
	bytes[0] = (uint8_t)(len >> 8);
	bytes[1] = (uint8_t)len;
	memcpy(bytes + 2, message->bytes, message->len);
	bytes[4] |= DNS_FLAG_QR >> 8;
	assert_int_equal(tcp_send(conn, bytes, 2 + (uint32_t)len), 2 + len);
}

static void peer_opened(void *ctx, struct tcp_conn *conn, mono_t now)
{
	struct peer *peer = calloc(1, sizeof(*peer));

	assert_non_null(peer);
	tcp_set_ctx(conn, peer);
	server.opened++;
	server.open++;
}

static void peer_message(struct peer *peer, struct tcp_conn *conn,
                         const struct dns_stream_message *message)
{
	server.messages++;
	if (server.silent || (server.close_after && peer->messages >= server.close_after))
		return;
	answer(conn, message);
	if (++peer->messages == server.close_after)
		tcp_shutdown(conn);
}

static unsigned peer_data(void *ctx, struct tcp_conn *conn, struct tcp_data *parts, unsigned n,
                          mono_t now)
{
	struct peer *peer = ctx;

	for (unsigned i = 0; i < n; i++) {
		struct span part = span_of(parts[i].bytes, parts[i].len);
		struct dns_stream_message message;
		enum dns_stream_next next;

		while ((next = dns_stream_next(&peer->stream, &part, &message)) != DNS_STREAM_END) {
			if (next == DNS_STREAM_BUFFER)
				peer->stream.buffer = peer->buffer;
			else
				peer_message(peer, conn, &message);
		}
	}
	return n;
}

static void peer_ended(void *ctx, struct tcp_conn *conn, mono_t now)
{
	tcp_shutdown(conn);
}

static void peer_closed(void *ctx, struct tcp_conn *conn, enum tcp_end end, mono_t now)
{
	server.open--;
	server.closed_by_reset += end == TCP_END_RESET;
	free(ctx);
}

static const struct tcp_ops peer_ops = {
        .opened = peer_opened, .data = peer_data, .ended = peer_ended, .closed = peer_closed};

static void listen_for_messages(void)
{
	const struct tcp_listener_conf conf = {.port = PORT, .backlog = 256, .ops = &peer_ops};

	assert_int_equal(tcp_listen(stack_tcp(sim.server.stack), &conf, NULL), 0);
}

static void step(void)
{
	pipeline_turn_at(&sim.client.pipeline, sim.now);
	pipeline_turn_at(&sim.server.pipeline, sim.now);
	sim.now.us += STEP_US;
}

static void run_us(uint64_t us)
{
	for (uint64_t end_us = sim.now.us + us; sim.now.us < end_us;)
		step();
}

// The client of dns.

static struct ask_conf conf;
static struct ask ask;
static struct ask_port *port;

static void open_client(enum ask_transport transport, unsigned sources)
{
	const struct query_form form = {.udp_bytes = 1232};
	const char list[] = "a.example A\nb.example AAAA\n";
	struct why why;

	sim_open(&sim, (struct impair_conf){0});
	memset(&server, 0, sizeof(server));
	memset(&ask, 0, sizeof(ask));
	conf = (struct ask_conf){.transport = transport, .timeout_ms = 200, .sources = sources};
	ask.conf = &conf;
	ask.ways_len = 1;
	assert_true(target_parse("10.0.0.2", PORT, &ask.way[0].target));
	assert_int_equal(query_text_add(&ask.set, &form, list, strlen(list), &why), 0);
	port = line_alloc(1, sizeof(*port));
	assert_non_null(port);
	assert_int_equal(ask_worker_open(&port->worker, &ask, 0, 4096, 1), 0);
	assert_int_equal(ask_port_open(port, &sim.client.pipeline, sim.client.stack), 0);
}

static bool carry_out(enum ask_order order, const struct asker_trial *trial, unsigned seconds)
{
	ask_worker_order(&port->worker, order, trial);
	for (uint64_t end_us = sim.now.us + seconds * SEC_US; sim.now.us < end_us; step())
		if (ask_worker_is_done(&port->worker))
			return true;
	return ask_worker_is_done(&port->worker);
}

static void find_sources(unsigned sources)
{
	assert_true(carry_out(ASK_FIND, NULL, 10));
	assert_int_equal(port->worker.sources_len, sources);
	server.messages = server.opened = 0;
}

// A second with a window.
static void run_trial(unsigned window)
{
	const struct asker_trial trial = {.begin = sim.now, .run_us = SEC_US, .window = window};

	assert_true(carry_out(ASK_TRIAL, &trial, 10));
}

static unsigned count(const counter_t *counter)
{
	return (unsigned)counter_get(counter);
}
#define COUNT(member) count(&port->worker.asker.tally.member)

// Resets what there is; the server sees it.
static void close_client(void)
{
	assert_true(carry_out(ASK_END, NULL, 1));
	run_us(10 * MS_US);
	assert_int_equal(server.open, 0);
	ask_port_close(port);
	query_set_close(&ask.set);
	sim_close(&sim);
	free(port);
}

static void test_queries_follow_each_other_on_connections_that_stay(void **state)
{
	open_client(ASK_TCP, 4);
	listen_for_messages();
	find_sources(4);
	assert_int_equal(server.open, 4);
	run_trial(20);
	assert_true(COUNT(answered) > 1000);
	assert_int_equal(COUNT(answered), COUNT(sent));
	assert_int_equal(COUNT(answered), server.messages);
	assert_int_equal(COUNT(wrong) + COUNT(stray) + COUNT(broken) + COUNT(duplicate), 0);
	assert_int_equal(server.opened, 0);
	assert_int_equal(COUNT(connections), 0);
	close_client();
	assert_int_equal(server.closed_by_reset, 4);
}

// Answers of several segments are put together again.
static void test_answers_come_in_parts(void **state)
{
	static const uint16_t paddings[] = {1400, 1444, 4000, 8000};

	for (size_t i = 0; i < ARRAY_LEN(paddings); i++) {
		open_client(ASK_TCP, 2);
		server.padding = paddings[i];
		listen_for_messages();
		find_sources(2);
		run_trial(6);
		assert_true(COUNT(answered) > 100);
		assert_int_equal(COUNT(answered), COUNT(sent));
		assert_true(COUNT(got_bytes) > COUNT(answered) * paddings[i]);
		close_client();
	}
}

static void test_each_query_has_its_connection(void **state)
{
	open_client(ASK_TCP_EACH, 4);
	listen_for_messages();
	find_sources(4);
	run_trial(8);
	assert_true(COUNT(answered) > 500);
	assert_int_equal(COUNT(answered), COUNT(sent));
	assert_int_equal(COUNT(answered), server.messages);
	assert_int_equal(COUNT(connections), server.opened);
	assert_int_equal(COUNT(connections), COUNT(answered));
	assert_int_equal(COUNT(connections_failed), 0);
	close_client();
	assert_int_equal(server.closed_by_reset, 0);
}

// A server that ends connections after some messages: they are opened again, and what it had not
// answered is lost.
static void test_a_connection_that_the_server_ends_is_opened_again(void **state)
{
	open_client(ASK_TCP, 2);
	listen_for_messages();
	find_sources(2);
	server.close_after = 10;
	run_trial(4);
	assert_true(COUNT(connections) >= 2);
	assert_int_equal(COUNT(connections), server.opened);
	assert_true(COUNT(answered) >= 20);
	assert_int_equal(COUNT(sent), COUNT(answered) + COUNT(lost));
	assert_int_equal(COUNT(connections_failed), 0);
	close_client();
}

// Connections without an answer are ended after the timeout, or they would be all that there are.
static void test_connections_without_an_answer_are_given_up(void **state)
{
	open_client(ASK_TCP_EACH, 4);
	listen_for_messages();
	find_sources(4);
	server.silent = true;
	run_trial(50);
	assert_int_equal(COUNT(answered), 0);
	assert_int_equal(COUNT(lost), COUNT(sent));
	assert_in_range(COUNT(sent), 4 * 50, 6 * 50);
	run_us(SEC_US);
	assert_in_range(server.open, 0, 50);
	close_client();
}

static void test_a_server_that_refuses_gives_no_sources(void **state)
{
	open_client(ASK_TCP, 4);
	assert_true(carry_out(ASK_FIND, NULL, 10));
	assert_int_equal(port->worker.sources_len, 0);
	assert_true(counter_get(&port->worker.refused) > 0);
	close_client();
}

// Both ends of tcp.

static struct stream streams[2];
static struct stream_conf stream_confs[2];
static struct stream_worker *ends[2];
enum { CLIENT, SERVER };

#define CONNS 4 // as many SYNs as wait for a neighbour

static struct stream_worker *open_end(struct node *node, unsigned end,
                                      const struct stream_conf *with, unsigned conns)
{
	struct stream_worker *worker = line_alloc(1, sizeof(*worker));
	struct why why;

	assert_non_null(worker);
	stream_confs[end] = *with;
	stream_confs[end].request = "";
	if (stream_open(&streams[end], &stream_confs[end], &why) ||
	    stream_worker_open(worker, &streams[end], conns, stack_tcp(node->stack),
	                       &node->pipeline.wheel, &why))
		fail_msg("%s", why.text);
	ends[end] = worker;
	return worker;
}

static void open_ends(enum stream_mode mode, enum stream_mode server_mode, uint64_t answer_bytes)
{
	const struct stream_conf to_listen = {.to = "",
	                                      .listen = 7,
	                                      .mode = server_mode,
	                                      .request_bytes = 100,
	                                      .answer_bytes = answer_bytes};
	const struct stream_conf to_connect = {.to = "10.0.0.2:7",
	                                       .mode = mode,
	                                       .request_bytes = 100,
	                                       .answer_bytes = answer_bytes};

	sim_open(&sim, (struct impair_conf){0});
	open_end(&sim.server, SERVER, &to_listen, 64);
	open_end(&sim.client, CLIENT, &to_connect, CONNS);
}

static void close_ends(void)
{
	uint64_t opened = counter_get(&ends[CLIENT]->counts.opened);

	stream_worker_end(ends[CLIENT]);
	for (unsigned i = 0; i < 5000 && !stream_worker_has_ended(ends[CLIENT]); i++)
		step();
	assert_true(stream_worker_has_ended(ends[CLIENT]));
	// It opens no more, and the server has none left: each of its connections is idle again.
	run_us(20 * MS_US);
	assert_in_range(counter_get(&ends[CLIENT]->counts.opened), opened, opened + CONNS);
	for (unsigned end = 0; end < 2; end++) {
		stream_worker_close(ends[end]);
		stream_close(&streams[end]);
		free(ends[end]);
	}
	sim_close(&sim);
}

#define OF(end, member) count(&ends[end]->counts.member)

static void test_requests_on_connections_that_stay(void **state)
{
	static const uint64_t answers[] = {1, 64, 1460, 20000};

	for (size_t i = 0; i < ARRAY_LEN(answers); i++) {
		open_ends(STREAM_KEPT, STREAM_KEPT, answers[i]);
		run_us(SEC_US);
		assert_true(OF(CLIENT, answered) > 100);
		assert_int_equal(OF(CLIENT, opened), CONNS);
		assert_int_equal(OF(SERVER, opened), CONNS);
		// Some are under way.
		assert_in_range(OF(SERVER, answered), OF(CLIENT, answered),
		                OF(CLIENT, answered) + CONNS);
		assert_int_equal(OF(CLIENT, failed) + OF(SERVER, failed), 0);
		assert_in_range(OF(CLIENT, sent), 100 * OF(CLIENT, answered),
		                100 * (OF(CLIENT, answered) + CONNS));
		assert_in_range(hist_len(&ends[CLIENT]->counts.latency), OF(CLIENT, answered),
		                OF(CLIENT, answered));
		close_ends();
	}
}

static void test_a_connection_for_each_request(void **state)
{
	open_ends(STREAM_EACH, STREAM_EACH, 64);
	run_us(SEC_US);
	assert_true(OF(CLIENT, answered) > 100);
	assert_in_range(OF(CLIENT, opened), OF(CLIENT, answered), OF(CLIENT, answered) + CONNS);
	assert_in_range(OF(SERVER, opened), OF(CLIENT, answered), OF(CLIENT, answered) + CONNS);
	assert_int_equal(OF(CLIENT, failed), 0);
	close_ends();
}

static void test_bytes_in_either_direction(void **state)
{
	for (unsigned receive = 0; receive < 2; receive++) {
		unsigned from = receive ? SERVER : CLIENT;

		// A client that receives is sent to by a server that sends.
		open_ends(receive ? STREAM_RECEIVE : STREAM_SEND,
		          receive ? STREAM_SEND : STREAM_RECEIVE, 64);
		run_us(SEC_US / 5);
		assert_true(OF(!from, received) > 100000);
		assert_true(OF(from, sent) >= OF(!from, received));
		assert_int_equal(OF(!from, sent), 0);
		close_ends();
	}
}

// Nobody listens: each attempt is counted, and made again.
static void test_a_server_that_is_not_there(void **state)
{
	open_ends(STREAM_KEPT, STREAM_KEPT, 64);
	streams[CLIENT].target.port = 8;
	run_us(100 * MS_US);
	assert_int_equal(OF(CLIENT, opened), 0);
	assert_true(OF(CLIENT, failed) > 10);
	close_ends();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_queries_follow_each_other_on_connections_that_stay),
	        cmocka_unit_test(test_answers_come_in_parts),
	        cmocka_unit_test(test_each_query_has_its_connection),
	        cmocka_unit_test(test_a_connection_that_the_server_ends_is_opened_again),
	        cmocka_unit_test(test_connections_without_an_answer_are_given_up),
	        cmocka_unit_test(test_a_server_that_refuses_gives_no_sources),
	        cmocka_unit_test(test_requests_on_connections_that_stay),
	        cmocka_unit_test(test_a_connection_for_each_request),
	        cmocka_unit_test(test_bytes_in_either_direction),
	        cmocka_unit_test(test_a_server_that_is_not_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

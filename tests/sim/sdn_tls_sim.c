// sdn_tls: a switch that connects to apps/sdn by TLS on virtual time, and reads slowly: what it
// gets has to be whole messages, whatever was put into which queue while TLS waited for room.
#define SIM_PAGES     2048
#define SIM_TCP_CONNS 16
#define SIM_TCP_PAGES 1024
#include "sim.h"

#include "apps/sdn/sdn_session.h"
#include "apps/tls/tls_swap.h"
#include "core/host/control_loop.h"
#include "proto/openflow/of_version.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define IN_BYTES  (4 << 20)
#define FRAME_LEN 1400

static struct sim sim;

static struct {
	struct service_worker service;
	struct sdn_conf conf;
	struct sdn_tls_conf tls_conf;
	struct sdn_switches *switches;
	struct sdn_events events;
	struct control_loop loop;
	struct tls_shared shared;
	struct swap swap;
	struct tls_context *client;
	struct tls_file files[3];
	int64_t now_s;
} made;

// The switch.
static struct {
	struct tcp_conn *tcp;
	struct tls_conn *tls;
	struct of_conn conn;
	struct of_conn_metric metric;
	void *memory;
	uint8_t *in; // of TCP
	size_t in_len, in_read;
	bool deaf, closed;
	unsigned packet_outs, packet_out_bytes;
} sw;

static struct tls_file file_read(unsigned i, const char *name)
{
	char path[512];
	uint8_t *bytes = malloc(8192);
	FILE *from;

	snprintf(path, sizeof(path), "%s/%s", getenv("TLS_CERTIFICATES"), name);
	from = fopen(path, "rb");
	assert_non_null(from);
	made.files[i] = (struct tls_file){name, bytes, fread(bytes, 1, 8192, from)};
	fclose(from);
	return made.files[i];
}

static void contexts_open(void)
{
	struct tls_identity a = {.chain = file_read(0, "a.chain.pem"),
	                         .key = file_read(1, "a.key.pem")};
	struct tls_context_conf conf = {.identities = &a, .identities_len = 1, .now_s = time(NULL)};
	struct why why;

	made.now_s = conf.now_s;
	made.shared.context = tls_context_open(&conf, &why);
	conf.identities_len = 0;
	conf.client = true;
	conf.ca = file_read(2, "root.pem");
	conf.verify = TLS_VERIFY_REQUIRED;
	made.client = tls_context_open(&conf, &why);
	if (!made.shared.context || !made.client)
		fail_msg("%s", why.text);
	swap_init(&made.swap, &made.shared);
}

static uint32_t to_tcp(void *ctx, const void *bytes, uint32_t len)
{
	return tcp_send(ctx, bytes, len);
}

static struct tls_io io_of(void)
{
	return (struct tls_io){.in = span_of(sw.in + sw.in_read, sw.in_len - sw.in_read),
	                       .send = to_tcp,
	                       .ctx = sw.tcp,
	                       .now_s = made.now_s};
}

static void reply(struct of_msg msg, uint32_t xid)
{
	msg.xid = xid;
	assert_int_equal(of_conn_send(&sw.conn, OF_CONN_CONTROL, &msg, sim.now), OF_FAULT_NONE);
}

static void on_message(const struct of_msg *msg)
{
	static const struct of_msg error = {.type = OF_ERROR, .error = {.type = 1, .code = 2}};

	if (msg->type == OF_FEATURES_REQUEST) {
		reply((struct of_msg){.type = OF_FEATURES_REPLY, .features = {.datapath_id = 7}},
		      msg->xid);
	} else if (msg->type == OF_MULTIPART_REQUEST) {
		reply(error, msg->xid);
	} else if (msg->type == OF_BARRIER_REQUEST) {
		reply((struct of_msg){.type = OF_BARRIER_REPLY}, msg->xid);
	} else if (msg->type == OF_PACKET_OUT) {
		sw.packet_outs++;
		sw.packet_out_bytes += msg->packet_out.data.len;
		for (uint32_t i = 14; i < msg->packet_out.data.len; i++)
			assert_int_equal(msg->packet_out.data.p[i], (uint8_t)i);
	}
}

static void speak(void)
{
	struct tls_io io = io_of();
	struct span waits = of_conn_output(&sw.conn);
	uint32_t n;

	while (tls_is_open(sw.tls) && span_left(&waits) > 0) {
		// The way up has room for all that this test sends.
		assert_int_equal(tls_write(sw.tls, &io, waits.p, (uint32_t)span_left(&waits), &n),
		                 TLS_DONE);
		of_conn_sent(&sw.conn, n, sim.now);
		waits = of_conn_output(&sw.conn);
	}
}

static void plain_take(const uint8_t *bytes, uint32_t len)
{
	struct span part = span_of(bytes, len);
	enum of_conn_event event;
	struct of_msg msg;

	while ((event = of_conn_next(&sw.conn, &part, &msg, sim.now)) != OF_CONN_MORE) {
		assert_int_not_equal(event, OF_CONN_CLOSE);
		if (event == OF_CONN_MESSAGE)
			on_message(&msg);
	}
}

static void hear(void)
{
	static uint8_t plain[TLS_RECORD_BYTES];
	struct tls_io io = io_of();
	enum tls_status status = TLS_DONE;
	uint32_t n;

	if (!tls_is_open(sw.tls))
		status = tls_handshake(sw.tls, &io);
	while (status == TLS_DONE) {
		status = tls_read(sw.tls, &io, plain, sizeof(plain), &n);
		if (status == TLS_DONE)
			plain_take(plain, n);
	}
	assert_int_not_equal(status, TLS_FAILED);
	sw.in_read = (size_t)(io.in.p - sw.in);
	speak();
}

static void on_opened(void *ctx, struct tcp_conn *tcp, mono_t now)
{
	sw.tls = tls_open(made.client, "a.example");
	assert_non_null(sw.tls);
	hear();
}

static unsigned on_data(void *ctx, struct tcp_conn *tcp, struct tcp_data *data, unsigned n,
                        mono_t now)
{
	if (sw.deaf)
		return 0;
	for (unsigned i = 0; i < n; i++) {
		assert_true(sw.in_len + data[i].len <= IN_BYTES);
		memcpy(sw.in + sw.in_len, data[i].bytes, data[i].len);
		sw.in_len += data[i].len;
	}
	hear();
	return n;
}

static void on_closed(void *ctx, struct tcp_conn *tcp, enum tcp_end end, mono_t now)
{
	sw.tcp = NULL;
	sw.closed = true;
}

static const struct tcp_ops ops = {.opened = on_opened, .data = on_data, .closed = on_closed};

static void run_ms(uint64_t ms)
{
	sim_run_until(&sim, mono_add(sim.now, ms * MS_US));
}

static void switch_open(void)
{
	struct tcp_connect_conf conf = {.remote_port = OF_PORT, .ops = &ops, .nodelay = true};

	assert_true(addr_parse("10.0.0.2", &conf.remote));
	memset(&sw, 0, sizeof(sw));
	sw.in = malloc(IN_BYTES);
	sw.memory = malloc(of_conn_memory(&of_conn_limits_default));
	of_conn_init(&sw.conn, &of_conn_limits_default, &sw.metric, sw.memory, OF_VERSION_BIT(OF13),
	             true, sim.now);
	assert_int_equal(tcp_connect(stack_tcp(sim.client.stack), &conf, &sw.tcp, sim.now), 0);
	run_ms(500);
}

static void lab_open(void)
{
	struct why why;

	sim_open(&sim, (struct impair_conf){.delay_us = MS_US});
	memset(&made, 0, sizeof(made));
	contexts_open();
	made.tls_conf = (struct sdn_tls_conf){.port = OF_PORT, .enabled = true};
	made.conf = (struct sdn_conf){.port = OF_PORT,
	                              .tls = &made.tls_conf,
	                              .cookie = 0x77616469,
	                              .max_switches = 4,
	                              .max_hosts = 64,
	                              .max_ports = 64,
	                              .hosts_per_port = 32,
	                              .floods_per_s = 100000,
	                              .moves_per_s = 5,
	                              .ageing_s = 300,
	                              .idle_s = 60,
	                              .echo_s = 5,
	                              .timeout_s = 5};
	made.service = (struct service_worker){.stack = sim.server.stack,
	                                       .pipeline = &sim.server.pipeline,
	                                       .metric = &sim.server.metric,
	                                       .drops_begin = (enum drop)DROP_COUNT};
	assert_int_equal(control_loop_init(&made.loop), 0);
	assert_int_equal(sdn_events_open(&made.events, &made.loop), 0);
	made.switches = sdn_switches_open(&made.conf, &made.events, &made.service, &why);
	assert_non_null(made.switches);
	made.switches->tls = &made.swap;
}

static void lab_close(void)
{
	if (sw.tcp)
		tcp_abort(sw.tcp);
	run_ms(10000);
	sim_run_until(&sim, mono_add(sim.now, 61 * SEC_US)); // TIME-WAIT
	assert_int_equal(counter_get(&made.switches->metric.switches), 0);
	sdn_switches_close(made.switches);
	sim_close(&sim);
	sdn_events_close(&made.events);
	control_loop_fini(&made.loop);
	tls_close(sw.tls);
	free(sw.memory);
	free(sw.in);
	tls_context_put(made.client);
	tls_context_put(made.shared.context);
	for (unsigned i = 0; i < ARRAY_LEN(made.files); i++)
		free((void *)(uintptr_t)made.files[i].bytes);
}

// Frames to an unknown host, with which the packet-outs come back.
static void packet_ins(unsigned n)
{
	uint8_t frame[FRAME_LEN] = {2, 0, 0, 0, 0, 9, 2, 0, 0, 0, 0, 1, 8, 0};
	struct of_msg msg = {.type = OF_PACKET_IN,
	                     .packet_in = {.buffer_id = OF_NO_BUFFER,
	                                   .total_len = FRAME_LEN,
	                                   .in_port = 1,
	                                   .data = {frame, FRAME_LEN}}};

	for (unsigned i = 14; i < FRAME_LEN; i++)
		frame[i] = (uint8_t)i;
	for (unsigned i = 0; i < n; i++, msg.xid = 0) {
		assert_int_equal(of_conn_send(&sw.conn, OF_CONN_BULK, &msg, sim.now), 0);
		speak();
		if (i % 8 == 7)
			run_ms(5);
	}
}

static void test_a_switch_that_reads(void **state)
{
	lab_open();
	switch_open();
	packet_ins(20);
	run_ms(100);
	assert_int_equal(sw.packet_outs, 20);
	assert_int_equal(sw.packet_out_bytes, 20 * FRAME_LEN);
	assert_int_equal(counter_get(&made.switches->metric.tls_handshakes), 1);
	lab_close();
}

static void test_a_switch_that_reads_slowly(void **state)
{
	lab_open();
	switch_open();
	for (unsigned round = 0; round < 6; round++) {
		unsigned before = sw.packet_outs;

		sw.deaf = true;
		packet_ins(round % 2 ? 400 : 80);
		// Beside what waits something more urgent comes.
		of_conn_probe(&sw.conn, sim.now);
		speak();
		run_ms(500);
		sw.deaf = false;
		tcp_resume(sw.tcp);
		run_ms(2000);
		assert_false(sw.closed);
		assert_true(sw.conn.asked.us == MONO_NEVER.us); // the echo reply has come
		assert_true(sw.packet_outs > before + 60);
	}
	// More than the queue holds was not sent, and counted.
	assert_int_equal(
	        sw.packet_outs +
	                counter_get(&sim.server.metric.drop[DROP_COUNT + SDN_DROP_SLOW_SWITCH]),
	        3 * 480);
	lab_close();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_a_switch_that_reads),
	        cmocka_unit_test(test_a_switch_that_reads_slowly),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

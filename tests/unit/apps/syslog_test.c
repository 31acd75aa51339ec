// syslog: collectors as they are written, messages as they are formed, and the way
// of a line from the log to a datagram.
#include "harness.h"

#include "apps/log/syslog.h"
#include "proto/tcpip/stack.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const struct timespec moment = {.tv_sec = 1795544106, .tv_nsec = 123456789};

static void collectors_are_read(void **state)
{
	static const struct {
		const char *text, *addr;
		uint16_t port; // 0: refused
	} cases[] = {
	        {"192.0.2.1", "192.0.2.1", 514},
	        {"192.0.2.1:1514", "192.0.2.1", 1514},
	        {"2001:db8::1", "2001:db8::1", 514},
	        {"[2001:db8::1]:65535", "2001:db8::1", 65535},
	        {"", NULL, 0},
	        {"0.0.0.0", NULL, 0},
	        {"collector", NULL, 0},
	        {"192.0.2.1:", NULL, 0},
	        {"192.0.2.1:0", NULL, 0},
	        {"192.0.2.1:65536", NULL, 0},
	        {"192.0.2.1:5x", NULL, 0},
	        {"192.0.2.1:+5", NULL, 0},
	        {"[2001:db8::1]", NULL, 0},
	        {"[2001:db8::1]514", NULL, 0},
	        {"[2001:db8::1", NULL, 0},
	        {"[192.0.2.1]:514", NULL, 0},
	        {"[]:514", NULL, 0},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char text[ADDR_TEXT_BYTES];
		struct addr addr;
		uint16_t port;
		bool sound = syslog_parse(cases[i].text, &addr, &port);

		if (sound != (cases[i].port != 0))
			fail_msg("%s is %s", cases[i].text, sound ? "taken" : "refused");
		if (!sound)
			continue;
		assert_string_equal(addr_text(addr, text), cases[i].addr);
		assert_int_equal(port, cases[i].port);
	}
}

static const char *form(enum log_level level, struct timespec now, const char *host,
                        const char *line)
{
	static char text[SYSLOG_BYTES + 1];

	text[syslog_format(text, level, now, host, "wadi-dns", 1, line, strlen(line))] = '\0';
	return text;
}

static void messages_have_the_form_of_the_rfc(void **state)
{
	assert_string_equal(form(LOG_INFO, moment, "guest", "ready"),
	                    "<30>1 2026-11-24T18:15:06.123456Z guest wadi-dns 1 - - ready");
	assert_string_equal(form(LOG_ERROR, moment, "", "gone"),
	                    "<27>1 2026-11-24T18:15:06.123456Z - wadi-dns 1 - - gone");
	assert_string_equal(form(LOG_DEBUG, (struct timespec){.tv_sec = 17}, "guest", "early"),
	                    "<31>1 - guest wadi-dns 1 - - early");
}

// RFC 3629: what is cut ends with a whole letter.
static void a_long_message_is_cut_between_letters(void **state)
{
	char line[2 * SYSLOG_BYTES], text[SYSLOG_BYTES];
	uint16_t len;

	for (unsigned shift = 0; shift < 3; shift++) {
		memset(line, 'x', sizeof(line));
		for (size_t i = shift; i + 2 < sizeof(line); i += 3)
			memcpy(line + i, "\xe2\x82\xac", 3);
		len = syslog_format(text, LOG_INFO, moment, "guest", "wadi-dns", 1, line,
		                    sizeof(line));
		assert_in_range(len, SYSLOG_BYTES - 3, SYSLOG_BYTES);
		assert_true(text[len - 1] == '\xac' || text[len - 1] == 'x');
	}
}

// A stack on no device: what it sends lies in its batch.
static struct {
	struct netif netif;
	struct pipeline pipeline;
	struct stack *stack;
	struct syslog syslog;
} lab;

static unsigned no_rx(struct netif *netif, unsigned queue, struct pkt **pkts, unsigned n)
{
	return 0;
}

static char sent[200][SYSLOG_BYTES + 1];
static unsigned sent_len;

static unsigned keep_tx(struct netif *netif, unsigned queue, struct pkt **pkts, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		const uint8_t *frame = pkt_data(pkts[i]);

		// UDP to port 514, to the gateway, with a checksum that the RFC wants.
		if (frame[12] == 0x08 && frame[13] == 0 && frame[23] == 17 && sent_len < 200) {
			assert_memory_equal(frame + 34, "\x02\x02\x02\x02", 4);
			memcpy(sent[sent_len], frame + 42, pkts[i]->len - 42u);
			sent[sent_len++][pkts[i]->len - 42] = '\0';
		}
		pkt_put(pkts[i]);
	}
	return n;
}

static const struct netif_ops ops = {.rx_burst = no_rx, .tx_burst = keep_tx};

static void lab_open(const char *collector)
{
	struct stack_conf *conf = calloc(1, sizeof(*conf));
	struct netif *netifs[] = {&lab.netif};
	struct addr addr;
	uint16_t port;

	memset(&lab, 0, sizeof(lab));
	sent_len = 0;
	lab.netif =
	        (struct netif){.ops = &ops, .mac = {2, 0, 0, 0, 0, 1}, .mtu = 1500, .queues = 1};
	assert_int_equal(pipeline_init(&lab.pipeline, 0, IDLE_SPIN, netifs, 1, &harness_metric), 0);
	conf->ifaces_len = 1;
	conf->neighbours = 16;
	conf->icmp_errors_per_s = 10;
	conf->metric = &harness_metric;
	conf->wheel = &lab.pipeline.wheel;
	conf->iface[0] = (struct stack_iface_conf){.netif = &lab.netif,
	                                           .out = &lab.pipeline.iface[0].out,
	                                           .pool = &harness_pages.pool,
	                                           .ipv4_len = 1};
	assert_true(addr_prefix_parse("10.0.0.2/24", &conf->iface[0].ipv4[0]));
	assert_true(addr_parse("10.0.0.1", &conf->iface[0].gateway4));
	lab.stack = stack_open(conf, lab.pipeline.now);
	free(conf);
	pipeline_attach(&lab.pipeline, stack_input, stack_link, stack_flush, lab.stack);
	assert_true(syslog_parse(collector, &addr, &port));
	assert_int_equal(syslog_open(&lab.syslog, "wadi-test", "guest", addr, port), 0);
	log_set_sink(syslog_sink, &lab.syslog);
}

static void lab_close(void)
{
	log_set_sink(NULL, NULL);
	syslog_close(&lab.syslog);
	stack_close(lab.stack);
	pipeline_fini(&lab.pipeline);
	log_init("wadi-test", STDERR_FILENO);
}

// The neighbour's answer to our ARP request, so that what waits leaves.
static void meet(const char *spa)
{
	uint8_t arp[42] = {2,  0, 0,    0, 0, 1, 2, 0, 0, 0, 0,  9, 0x08, 0x06,
	                   0,  1, 0x08, 0, 6, 4, 0, 2, 2, 0, 0,  0, 0,    9,
	                   10, 0, 0,    0, 2, 0, 0, 0, 0, 1, 10, 0, 0,    2};
	struct pkt *pkt;

	arp[31] = (uint8_t)atoi(spa);
	pkt = harness_pkt(arp, sizeof(arp));
	stack_input(lab.stack, &pkt, 1, lab.pipeline.now);
}

static void lines_become_datagrams(void **state)
{
	lab_open("10.0.0.9");
	log_init("wadi-test", -1); // standard error stays quiet
	log_warning("before any worker: %d", 1);
	syslog_attach(&lab.syslog, lab.stack, &lab.pipeline);
	pipeline_turn(&lab.pipeline); // asks who the collector is
	meet("9");
	pipeline_turn(&lab.pipeline);
	assert_int_equal(sent_len, 1);
	assert_non_null(strstr(sent[0], "guest wadi-test"));
	assert_non_null(strstr(sent[0], "<28>1 "));
	assert_non_null(strstr(sent[0], " - - before any worker: 1"));
	log_info("and now");
	pipeline_turn(&lab.pipeline);
	assert_int_equal(sent_len, 2);
	assert_non_null(strstr(sent[1], " - - and now"));
	lab_close();
}

static void a_collector_elsewhere_is_behind_the_gateway(void **state)
{
	lab_open("192.0.2.77:514");
	log_init("wadi-test", -1);
	syslog_attach(&lab.syslog, lab.stack, &lab.pipeline);
	log_info("far");
	pipeline_turn(&lab.pipeline);
	meet("1");
	pipeline_turn(&lab.pipeline);
	assert_int_equal(sent_len, 1);
	lab_close();
}

static void what_cannot_go_anywhere_is_counted(void **state)
{
	lab_open("2001:db8::1");
	log_init("wadi-test", -1);
	syslog_attach(&lab.syslog, lab.stack, &lab.pipeline);
	log_info("nowhere");
	pipeline_turn(&lab.pipeline);
	assert_int_equal(harness_drops(DROP_NEIGH_NO_ROUTE), 1);
	lab_close();
}

// A full ring keeps the control thread going, and is told.
static void messages_beyond_the_ring_are_counted(void **state)
{
	lab_open("10.0.0.9");
	log_init("wadi-test", -1);
	for (unsigned i = 0; i < SYSLOG_MESSAGES + 5; i++)
		log_write(&(struct log_site){0}, LOG_INFO, (mono_t){i}, "line %u", i);
	assert_int_equal(lab.syslog.lost, 5);
	syslog_attach(&lab.syslog, lab.stack, &lab.pipeline);
	pipeline_turn(&lab.pipeline);
	meet("9");
	pipeline_turn(&lab.pipeline);
	sent_len = 0;
	log_info("again");
	pipeline_turn(&lab.pipeline);
	assert_int_equal(sent_len, 2);
	assert_non_null(strstr(sent[0], "5 messages were not sent"));
	assert_int_equal(lab.syslog.lost, 0);
	lab_close();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(collectors_are_read),
	        cmocka_unit_test(messages_have_the_form_of_the_rfc),
	        cmocka_unit_test(a_long_message_is_cut_between_letters),
	        POOL_TEST(lines_become_datagrams),
	        POOL_TEST(a_collector_elsewhere_is_behind_the_gateway),
	        POOL_TEST(what_cannot_go_anywhere_is_counted),
	        POOL_TEST(messages_beyond_the_ring_are_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// reload: zones are replaced thousands of times while a worker answers from
// them. Meant for TSan as well. The worker, its stack and wadi-dns are the real
// ones; the device makes a query of each free page and judges the replies.
#include "tcpip/frames.h"

#include "apps/dns/dns.h"

#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#define RELOADS 2000

static struct {
	struct netif netif;
	struct frame arp, query;
	bool asked; // who has our address; from then on the stack knows the sender's
	_Atomic uint64_t old, new, strange; // replies, by what they say
} device;

// example.org TXT: one label after the other, type 16, class 1.
static const char query_bytes[] = "\x12\x34\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00"
                                  "\x07"
                                  "example\x03org\x00\x00\x10\x00\x01";

static unsigned device_rx(struct netif *netif, unsigned queue, struct pkt **pkts, unsigned n)
{
	unsigned k;

	for (k = 0; k < n && (pkts[k] = pkt_alloc(netif->pool[queue])); k++) {
		const struct frame *frame = device.asked ? &device.query : &device.arp;

		device.asked = true;
		memcpy(pkt_data(pkts[k]), frame->b, frame->len);
		pkt_set_len(pkts[k], (uint16_t)frame->len);
		pkts[k]->port = 0;
	}
	return k;
}

// The reply has one TXT record, whose text is its last three bytes.
static void judge(const struct pkt *pkt)
{
	const uint8_t *bytes = pkt_data(pkt), *dns = bytes + device.query.l4 + 8;
	size_t len = get16(bytes + device.query.l4 + 4) - 8u; // of the DNS message

	if (get16(bytes + 12) == 0x0806)
		return;
	if (pkt->len < device.query.len || get16(dns) != 0x1234 || get16(dns + 6) != 1)
		device.strange++;
	else if (memcmp(dns + len - 3, "old", 3) == 0)
		device.old++;
	else if (memcmp(dns + len - 3, "new", 3) == 0)
		device.new ++;
	else
		device.strange++;
}

static unsigned device_tx(struct netif *netif, unsigned queue, struct pkt **pkts, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		judge(pkts[i]);
		pkt_put(pkts[i]);
	}
	return n;
}

static const struct netif_ops device_ops = {.rx_burst = device_rx, .tx_burst = device_tx};

static void *work(void *pipeline)
{
	pipeline_run(pipeline);
	return NULL;
}

static char folder[] = "/tmp/wadi-reload-XXXXXX";
static char old_file[64], new_file[64], bad_file[64];

static void write_zone(char file[64], const char *name, const char *text)
{
	FILE *out;

	snprintf(file, 64, "%s/%s", folder, name);
	out = fopen(file, "w");
	assert_non_null(out);
	fprintf(out, "$TTL 60\n@ SOA ns host 1 2 3 4 5\n@ NS ns\nns A 192.0.2.1\n@ TXT %s\n", text);
	fclose(out);
}

static struct stack *open_stack(struct pipeline *pipeline)
{
	static struct stack_conf conf;

	conf = (struct stack_conf){.ports_len = 1,
	                           .neighbours = 16,
	                           .icmp_errors_per_s = 10,
	                           .metric = &harness_metric,
	                           .wheel = &pipeline->wheel};
	conf.port[0].netif = &device.netif;
	conf.port[0].out = &pipeline->port[0].out;
	conf.port[0].pool = &harness_pages.pool;
	assert_true(prefix_parse("10.0.0.2/24", &conf.port[0].ipv4[0]));
	conf.port[0].ipv4_len = 1;
	return stack_open(&conf, pipeline->now);
}

static void open_device(void)
{
	struct netif *netif = &device.netif;

	*netif = (struct netif){.ops = &device_ops, .mtu = 1500, .queues = 1};
	put_mac(netif->mac, US);
	netif->pool[0] = &harness_pages.pool;
	device.query = frame_udp("10.0.0.9", "10.0.0.2", 4000, DNS_PORT, "");
	frame_add(&device.query, query_bytes, sizeof(query_bytes) - 1);
	frame_fix(&device.query, 17);
	device.arp = frame_arp(HOST, 1, "10.0.0.9", "10.0.0.2");
}

static json_int_t count(const json_t *reply, const char *key)
{
	return json_integer_value(json_object_get(reply, key));
}

static void test_zones_are_replaced_under_load(void **state)
{
	struct dns_zone_conf zones[] = {{"example.org", old_file}, {"example.net", old_file}};
	struct dns_conf conf = {{zones, 1}};
	static struct pipeline pipeline;
	struct netif *netifs[] = {&device.netif};
	struct app_env env = {.workers_len = 1, .pipelines = {&pipeline}};
	struct app_worker worker = {.pipeline = &pipeline, .metric = &harness_metric};
	char why[CONF_WHY_BYTES];
	uint64_t replies;
	pthread_t thread;
	json_t *reply;
	void *dns;

	open_device();
	assert_int_equal(dns_app.open(&dns, &conf, &env, why, sizeof(why)), 0);
	assert_int_equal(pipeline_init(&pipeline, 0, IDLE_SPIN, netifs, 1, &harness_metric), 0);
	worker.stack = open_stack(&pipeline);
	assert_non_null(worker.stack);
	pipeline_attach(&pipeline, stack_input, stack_link, worker.stack);
	assert_int_equal(dns_app.worker_open(dns, &worker, why, sizeof(why)), 0);
	assert_int_equal(pthread_create(&thread, NULL, work, &pipeline), 0);
	for (int i = 0; i < RELOADS; i++) {
		// Every third time the zone comes to stand beside another one.
		conf.zones.len = i % 3 ? 1 : 2;
		zones[0].file = i % 2 ? old_file : new_file;
		reply = json_object();
		assert_int_equal(dns_app.reload(dns, &conf, i % 5 == 0, reply, why, sizeof(why)),
		                 0);
		assert_int_equal(count(reply, "zones"), conf.zones.len);
		assert_int_equal(count(reply, "records"), 4 * conf.zones.len);
		assert_int_equal(count(reply, "failed"), 0);
		json_decref(reply);
	}
	// Where there is an error, the zone stays and goes on being served.
	zones[0].file = bad_file;
	reply = json_object();
	assert_int_equal(dns_app.reload(dns, &conf, false, reply, why, sizeof(why)), 0);
	assert_int_equal(count(reply, "failed"), 1);
	assert_non_null(strstr(json_string_value(json_object_get(reply, "error")), "/bad:5:"));
	json_decref(reply);
	replies = device.old;
	while (device.old == replies)
		usleep(1000);
	pipeline_stop(&pipeline);
	pthread_join(thread, NULL);
	assert_int_equal(device.strange, 0);
	assert_true(device.old > 0 && device.new > 0);
	stack_close(worker.stack);
	pipeline_fini(&pipeline);
	dns_app.close(dns);
}

static int group_setup(void **state)
{
	if (!mkdtemp(folder))
		return -1;
	write_zone(old_file, "old", "old");
	write_zone(new_file, "new", "new");
	write_zone(bad_file, "bad", "\"without an end");
	return 0;
}

static int group_teardown(void **state)
{
	unlink(old_file);
	unlink(new_file);
	unlink(bad_file);
	return rmdir(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        POOL_TEST(test_zones_are_replaced_under_load),
	};

	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}

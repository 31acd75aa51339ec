// reload: zones are replaced, removed and added thousands of times while two workers answer from
// them. TSan runs this test, too. The workers, their stacks and wadi-dns are the real ones; the
// device fills each free page with a query and checks the responses.
#include "dns_workers.h"

#include "apps/dns/zone_command.h"
#include "proto/dns/wire/dns_wire.h"

#include <errno.h>
#include <sys/resource.h>
#include <unistd.h>

#define RELOADS  2000
#define REMOVALS 500

static struct {
	struct frame arp, query;
	bool asked[WORKERS]; // the device has sent its ARP request, so the stack knows the address
	                     // of the sender
	_Atomic uint64_t old, new, refused, strange; // responses by their content
} device;

// example.org TXT: one label after the other, type 16, class 1.
static const char query_bytes[] = "\x12\x34\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00"
                                  "\x07"
                                  "example\x03org\x00\x00\x10\x00\x01";

static unsigned device_rx(struct netif *netif, unsigned queue, struct pkt **pkts, unsigned n)
{
	unsigned k;

	for (k = 0; k < n && (pkts[k] = pkt_alloc(netif->pool[queue])); k++) {
		const struct frame *frame = device.asked[queue] ? &device.query : &device.arp;

		device.asked[queue] = true;
		memcpy(pkt_data(pkts[k]), frame->b, frame->len);
		pkt_set_len(pkts[k], (uint16_t)frame->len);
		pkts[k]->iface = 0;
	}
	return k;
}

// The response has one TXT record, whose text is its last three bytes, or is REFUSED.
static void judge(const struct pkt *pkt)
{
	const uint8_t *bytes = pkt_data(pkt), *dns = bytes + device.query.l4 + 8;
	size_t len = get16(bytes + device.query.l4 + 4) - 8u; // of the DNS message

	if (get16(bytes + 12) != 0x0800)
		return;
	if (pkt->len < device.query.len || get16(dns) != 0x1234)
		device.strange++;
	else if ((dns[3] & 15) == DNS_REFUSED && get16(dns + 6) == 0)
		device.refused++;
	else if (get16(dns + 6) != 1)
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

static json_t *reply; // the last one

static void start(const struct dns_conf *conf)
{
	memset(&device, 0, sizeof(device));
	device.query = frame_udp("10.0.0.9", "10.0.0.2", 4000, DNS_PORT, "");
	frame_add(&device.query, query_bytes, sizeof(query_bytes) - 1);
	frame_fix(&device.query, 17);
	device.arp = frame_arp(HOST, 1, "10.0.0.9", "10.0.0.2");
	run_open(&device_ops, conf);
	run.env.spare_cores = 1;
	for (unsigned i = 0; i < WORKERS; i++)
		assert_int_equal(worker_start(&run.worker[i], &run.why), 0);
}

static void stop(void)
{
	for (unsigned i = 0; i < WORKERS; i++)
		worker_stop(&run.worker[i]);
	assert_int_equal(device.strange, 0);
	run_close();
	json_decref(reply);
	reply = NULL;
}

static void reload(const struct dns_conf *conf, bool all)
{
	json_decref(reply);
	reply = json_object();
	assert_int_equal(dns_service.reload(run.dns, conf, all, reply, &run.why), 0);
}

static void command(const char *name, const char *a, const char *b)
{
	const char *words[] = {a, b};
	const struct service_command *own = zone_commands;

	while (strcmp(own->name, name) != 0)
		own++;
	json_decref(reply);
	reply = json_object();
	assert_int_equal(own->run(run.dns, words, b ? 2 : 1, reply, &run.why), 0);
}

static json_int_t count(const char *key)
{
	return json_integer_value(json_object_get(reply, key));
}

// Why the first zone of the results is not served from its file.
static const char *first_reason(void)
{
	const json_t *row = json_array_get(json_object_get(reply, "results"), 0);

	return json_string_value(json_object_get(row, "why"));
}

static void wait_for(_Atomic uint64_t *replies)
{
	uint64_t before = *replies;

	while (*replies == before)
		usleep(100);
}

static void test_zones_are_replaced_under_load(void **state)
{
	struct dns_zone_conf zones[] = {{"example.org", old_file}, {"example.net", old_file}};
	struct dns_conf conf = dns_conf_of(zones, 1);

	start(&conf);
	for (int i = 0; i < RELOADS; i++) {
		// Every third time there is a second zone in the table.
		conf.zones.len = i % 3 ? 1 : 2;
		zones[0].file = i % 2 ? old_file : new_file;
		reload(&conf, i % 5 == 0);
		assert_int_equal(count("zones"), conf.zones.len);
		assert_int_equal(count("records"), 4 * conf.zones.len);
		assert_int_equal(count("failed"), 0);
	}
	// A zone with an error is still served in its old version.
	zones[0].file = bad_file;
	reload(&conf, false);
	assert_int_equal(count("failed"), 1);
	assert_non_null(strstr(first_reason(), "/bad:5:"));
	wait_for(&device.old);
	assert_true(device.new > 0);
	assert_int_equal(device.refused, 0);
	stop();
}

// A zone is removed while clients query it. No worker counts under its number any more.
static void test_zones_come_and_go_under_load(void **state)
{
	struct dns_zone_conf zone = {"example.org", old_file};
	struct dns_conf conf = dns_conf_of(&zone, 1);
	const uint32_t number = 0;

	start(&conf);
	for (int i = 0; i < REMOVALS; i++) {
		if (i % 50 == 0)
			wait_for(&device.old);
		command("zone-remove", "example.org", NULL);
		for (unsigned w = 0; w < WORKERS; w++)
			for (unsigned k = 0; k < DNS_KINDS; k++)
				assert_int_equal(
				        counter_get(&run.dns->counts[w]->zones[number].kind[k]), 0);
		assert_int_equal(run.dns->numbers_used[0], 0);
		if (i % 50 == 0)
			wait_for(&device.refused);
		command("zone-add", "example.org", old_file);
		command("zone-stats", "example.org", NULL);
		assert_int_equal(run.dns->zones.items[0]->number, number);
	}
	wait_for(&device.old);
	assert_int_equal(device.new, 0);
	stop();
}

static bool always(void)
{
	return true;
}

// The zones are still served, and none counts as broken.
static void test_a_stop_ends_a_reload(void **state)
{
	struct dns_zone_conf zones[] = {{"example.org", old_file}, {"example.net", new_file}};
	struct dns_conf conf = dns_conf_of(zones, 1);

	start(&conf);
	run.env.stopping = always;
	conf.zones.len = 2;
	reply = json_object();
	assert_int_equal(dns_service.reload(run.dns, &conf, true, reply, &run.why), -ECANCELED);
	assert_string_equal(run.why.text, "the server is stopping");
	assert_int_equal(run.dns->zones.len, 1);
	assert_non_null(run.dns->zones.items[0]->zone);
	assert_null(run.dns->zones.items[0]->error);
	assert_int_equal(run.dns->numbers_used[0], 1);
	run.env.stopping = NULL;
	reload(&conf, true);
	assert_int_equal(count("zones"), 2);
	assert_int_equal(count("failed"), 0);
	stop();
}

static _Atomic int niceness; // of the last thread that called `stopped`

static bool look(void)
{
	niceness = getpriority(PRIO_PROCESS, 0);
	return false;
}

// A reload has a low priority only when no core is spare.
static void test_a_reload_gives_way_to_workers(void **state)
{
	struct dns_zone_conf zone = {"example.org", old_file};
	struct dns_conf conf = dns_conf_of(&zone, 1);
	int own = getpriority(PRIO_PROCESS, 0);

	start(&conf);
	run.env.stopping = look;
	for (unsigned spare = 0; spare < 3; spare++) {
		run.env.spare_cores = spare;
		reload(&conf, true);
		assert_int_equal(count("failed"), 0);
		assert_int_equal(niceness, spare ? own : 10);
	}
	stop();
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
	        cmocka_unit_test(test_zones_are_replaced_under_load),
	        cmocka_unit_test(test_zones_come_and_go_under_load),
	        cmocka_unit_test(test_a_stop_ends_a_reload),
	        cmocka_unit_test(test_a_reload_gives_way_to_workers),
	};

	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}

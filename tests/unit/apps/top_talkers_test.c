// top_talkers: what the command takes, and counts of two workers whose service counts, and of
// packets, from the beginning to the report. The workers are threads of their own.
#include "harness.h"

#include "apps/boot/top_talkers.h"
#include "core/host/clock.h"

#include <pthread.h>
#include <stdlib.h>

#define WORKERS 2

static struct worker workers[WORKERS];
static struct services services;
static struct control_loop loop;
static struct top_talkers all;

// A service whose clients ask once in each turn while it counts.
static struct {
	struct talkers *talkers;
	enum talkers_by by;
	_Atomic unsigned asked;
} asking[WORKERS];

static void count(struct service_worker *worker, struct talkers *talkers, enum talkers_by by)
{
	asking[worker->number].talkers = talkers;
	asking[worker->number].by = by;
}

static void name_text(const uint8_t *key, uint8_t len, char *text, size_t size)
{
	snprintf(text, size, "%.*s", len, key);
}

static const struct service_talkers toy_talkers = {
        .of = "toys", .zones = true, .count = count, .name_text = name_text};
static const struct service_talkers flat_talkers = {
        .of = "toys", .count = count, .name_text = name_text};
static const struct service toy = {.name = "toy", .talkers = &toy_talkers},
                            flat = {.name = "flat", .talkers = &flat_talkers},
                            plain = {.name = "plain"};

// 192.0.2.1 three times, and once 192.0.2.16 for the first worker, 192.0.2.17 for the other; of
// names and zones "every" and "0" or "1".
static bool turn(void *ctx, mono_t now)
{
	unsigned number = (unsigned)((struct worker *)ctx - workers);
	struct talkers *talkers = asking[number].talkers;
	struct talkers_item items[4];
	struct addr addrs[4];

	if (!talkers)
		return false;
	for (unsigned i = 0; i < 4; i++) {
		addrs[i] = addr_from_ipv4(be32(0xc0000201 + (i == 3 ? 15 + number : 0)));
		if (asking[number].by == TALKERS_PREFIX)
			addrs[i] =
			        addr_prefix_of(addrs[i], TALKERS_PREFIX_IPV4, TALKERS_PREFIX_IPV6);
		items[i] = (struct talkers_item){(const uint8_t *)&addrs[i], sizeof(addrs[i]), 50};
		if (asking[number].by == TALKERS_NAME || asking[number].by == TALKERS_ZONE)
			items[i] = i == 3 ? (struct talkers_item){(const uint8_t *)"01" + number, 1,
			                                          50}
			                  : (struct talkers_item){(const uint8_t *)"every", 5, 50};
	}
	talkers_add(talkers, items, 4);
	asking[number].asked++;
	return true;
}

// A frame of 192.0.2.9 in each turn.
static unsigned receive(struct netif *netif, unsigned queue, struct pkt **pkts, unsigned n)
{
	static const uint8_t frame[] =
	        "\x02\0\0\0\0\x01\x02\0\0\0\0\x02\x08\0\x45\0\0\x14\0\0\0\0\x40"
	        "\x11\0\0\xc0\0\x02\x09\x0a\x35\0\x02";
	static struct pkt pkt[WORKERS];
	static uint8_t page[WORKERS][64];

	memcpy(page[queue], frame, sizeof(frame) - 1);
	pkt[queue] = (struct pkt){.page = page[queue], .len = sizeof(frame) - 1};
	pkts[0] = &pkt[queue];
	return 1;
}

static const struct netif_ops ops = {.rx_burst = receive};
static struct netif netif = {.ops = &ops, .queues = WORKERS};

static void swallow(void *ctx, struct pkt **pkts, unsigned n, mono_t now)
{
}

static void *run(void *worker)
{
	pipeline_run(&((struct worker *)worker)->pipeline);
	return NULL;
}

static int begin(void **state)
{
	struct netif *netifs[] = {&netif};

	services = (struct services){.service = {&plain, &toy}, .len = 2};
	if (control_loop_init(&loop))
		return -1;
	for (unsigned i = 0; i < WORKERS; i++) {
		struct worker *worker = &workers[i];

		worker->attached.worker[1].number = i;
		if (pipeline_init(&worker->pipeline, i, IDLE_ADAPTIVE, netifs, 1, &worker->metric))
			return -1;
		pipeline_attach(&worker->pipeline, swallow, NULL, turn, worker);
		pthread_create(&worker->thread, NULL, run, worker);
	}
	return 0;
}

static int end(void **state)
{
	for (unsigned i = 0; i < WORKERS; i++) {
		pipeline_stop(&workers[i].pipeline);
		pthread_join(workers[i].thread, NULL);
		pipeline_fini(&workers[i].pipeline);
	}
	top_talkers_close(&all);
	top_talkers_close(&all);
	control_loop_fini(&loop);
	return 0;
}

static int begin_count(const char *by, const char *seconds, const char *packets, struct why *why)
{
	const struct top_talkers_env env = {&loop, &services, workers, WORKERS};
	const char *const args[] = {by, seconds, packets};
	struct top_talkers_wanted wanted;

	assert_int_equal(top_talkers_parse(&wanted, args, packets ? 3 : 2, why), 0);
	return top_talkers_begin(&all, &env, &wanted, why);
}

static json_t *report(unsigned most)
{
	json_t *reply = json_object();
	struct why why;

	assert_int_equal(top_talkers_report(&all, most, reply, &why), 0);
	return reply;
}

static long long number(const json_t *object, const char *key)
{
	assert_true(json_is_integer(json_object_get(object, key)));
	return json_integer_value(json_object_get(object, key));
}

// The row of a key, which is counted exactly.
static long long counted_of(const json_t *reply, const char *by, const char *key)
{
	const json_t *row;
	size_t i;

	json_array_foreach (json_object_get(reply, "talkers"), i, row) {
		if (strcmp(json_string_value(json_object_get(row, by)), key) != 0)
			continue;
		assert_int_equal(number(row, "at_least"), number(row, "at_most"));
		return number(row, "at_least");
	}
	fail_msg("%s is not listed", key);
	return 0;
}

static void wait_for_turns(unsigned turns)
{
	for (unsigned i = 0; i < WORKERS; i++)
		while (asking[i].asked < turns)
			sched_yield();
}

static void test_arguments(void **state)
{
	static const struct {
		const char *arg[3];
		enum talkers_by by;
		unsigned seconds; // 0: an error
		bool packets;
	} cases[] = {
	        {{NULL}, TALKERS_CLIENT, 5, false},
	        {{"name"}, TALKERS_NAME, 5, false},
	        {{"prefix", "86400"}, TALKERS_PREFIX, 86400, false},
	        {{"zone", "1"}, TALKERS_ZONE, 1, false},
	        {{"7", "packets"}, TALKERS_CLIENT, 7, true},
	        {{"client", "packets", "1"}, TALKERS_CLIENT, 1, true},
	        {{"0"}, TALKERS_CLIENT, 0, false},
	        {{"-1"}, TALKERS_CLIENT, 0, false},
	        {{" 1"}, TALKERS_CLIENT, 0, false},
	        {{"86401"}, TALKERS_CLIENT, 0, false},
	        {{"99999999999999999999"}, TALKERS_CLIENT, 0, false},
	        {{"5s"}, TALKERS_CLIENT, 0, false},
	        {{"clients"}, TALKERS_CLIENT, 0, false},
	        {{""}, TALKERS_CLIENT, 0, false},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct top_talkers_wanted wanted;
		struct why why = {""};
		unsigned len = 0;
		int err;

		while (len < 3 && cases[i].arg[len])
			len++;
		err = top_talkers_parse(&wanted, cases[i].arg, len, &why);
		assert_int_equal(err == 0, cases[i].seconds > 0);
		assert_int_equal(*why.text != '\0', cases[i].seconds == 0);
		if (err)
			continue;
		assert_int_equal(wanted.by, cases[i].by);
		assert_int_equal(wanted.seconds, cases[i].seconds);
		assert_int_equal(wanted.packets, cases[i].packets);
	}
}

static void test_nothing_was_counted(void **state)
{
	json_t *reply = json_object();
	struct why why = {""};

	assert_int_equal(top_talkers_report(&all, 20, reply, &why), -ENOENT);
	assert_non_null(strstr(why.text, "nothing was counted yet"));
	assert_int_equal(json_object_size(reply), 0);
	top_talkers_end(&all);
	json_decref(reply);
}

static void test_a_service_counts(void **state)
{
	static const struct {
		const char *by, *first, *other[WORKERS];
	} cases[] = {{"client", "192.0.2.1", {"192.0.2.16", "192.0.2.17"}},
	             {"prefix", "192.0.2.0/24", {NULL}},
	             {"name", "every", {"0", "1"}},
	             {"zone", "every", {"0", "1"}}};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		unsigned from =
		        asking[0].asked > asking[1].asked ? asking[0].asked : asking[1].asked;
		struct why why;
		json_t *reply;
		long long total;

		assert_int_equal(begin_count(cases[i].by, "60", NULL, &why), 0);
		wait_for_turns(from + 10);
		json_decref(report(20)); // goes on afterwards
		wait_for_turns(from + 1000);
		top_talkers_end(&all);
		reply = report(20);
		assert_false(json_is_true(json_object_get(reply, "counting")));
		assert_string_equal(json_string_value(json_object_get(reply, "of")), "toys");
		assert_int_equal(number(reply, "others_at_most"), 0);
		total = number(reply, "counted");
		assert_true(total >= 4 * 1000);
		assert_int_equal(number(reply, "bytes"), 50 * total);
		if (!cases[i].other[0]) {
			assert_int_equal(counted_of(reply, cases[i].by, cases[i].first), total);
			json_decref(reply);
			continue;
		}
		assert_int_equal(4 * counted_of(reply, cases[i].by, cases[i].first), 3 * total);
		assert_int_equal(4 * (counted_of(reply, cases[i].by, cases[i].other[0]) +
		                      counted_of(reply, cases[i].by, cases[i].other[1])),
		                 total);
		json_decref(reply);
		reply = report(1);
		assert_int_equal(json_array_size(json_object_get(reply, "talkers")), 1);
		assert_true(number(reply, "others_at_most") > 0);
		json_decref(reply);
	}
}

static void test_packets_are_counted(void **state)
{
	struct why why;
	json_t *reply;

	assert_int_equal(begin_count("client", "60", "packets", &why), 0);
	do {
		reply = report(20);
		if (number(reply, "counted") > 1000)
			break;
		json_decref(reply);
	} while (true);
	assert_true(json_is_true(json_object_get(reply, "counting")));
	assert_string_equal(json_string_value(json_object_get(reply, "of")), "packets");
	assert_int_equal(counted_of(reply, "client", "192.0.2.9"), number(reply, "counted"));
	assert_int_equal(number(reply, "bytes"), 34 * number(reply, "counted"));
	json_decref(reply);
	assert_int_equal(begin_count("name", "60", NULL, &why), -EBUSY);
	assert_non_null(strstr(why.text, "it counts by client already, and ends in "));
	top_talkers_end(&all);
	json_decref(report(20));
	for (unsigned i = 0; i < WORKERS; i++)
		assert_null(workers[i].pipeline.watches);
}

static void test_what_cannot_be_counted(void **state)
{
	struct why why;

	assert_int_equal(begin_count("name", "60", "packets", &why), -EINVAL);
	assert_string_equal(why.text, "packets have no names: leave out packets");
	assert_int_equal(begin_count("zone", "60", "packets", &why), -EINVAL);
	assert_string_equal(why.text, "packets have no names: leave out packets");
	services.service[1] = &flat;
	assert_int_equal(begin_count("zone", "60", NULL, &why), -EINVAL);
	assert_non_null(strstr(why.text, "it has no zones"));
	services.service[1] = &toy;
	services.len = 1;
	assert_int_equal(begin_count("name", "60", NULL, &why), -EINVAL);
	assert_non_null(strstr(why.text, "its clients ask for no names"));
	assert_int_equal(begin_count("zone", "60", NULL, &why), -EINVAL);
	assert_non_null(strstr(why.text, "its clients ask for no names"));
	assert_int_equal(begin_count("client", "60", NULL, &why), 0);
	json_decref(report(20));
	top_talkers_end(&all);
	json_decref(report(20));
	services.len = 2;
}

// The time ends it.
static void test_it_ends_by_itself(void **state)
{
	struct why why;
	json_t *reply;

	assert_int_equal(begin_count("client", "1", NULL, &why), 0);
	while (all.counting)
		control_loop_turn(&loop, 2 * SEC_US);
	reply = report(20);
	assert_true(number(reply, "counted") > 0);
	assert_null(asking[0].talkers);
	assert_null(asking[1].talkers);
	json_decref(reply);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_arguments),
	        cmocka_unit_test(test_nothing_was_counted),
	        cmocka_unit_test(test_a_service_counts),
	        cmocka_unit_test(test_packets_are_counted),
	        cmocka_unit_test(test_what_cannot_be_counted),
	        cmocka_unit_test(test_it_ends_by_itself),
	};

	return cmocka_run_group_tests(tests, begin, end);
}

// dns_conns: the table of a worker's TCP clients: limits for each prefix, the order by idleness,
// time-outs under pressure, and buffers that are never more than there are.
#include "harness.h"

#include "apps/dns/dns_conns.h"
#include "core/rand.h"

#include <stdio.h>

static const struct dns_conns_limits limits = {
        .per_client = 2, .ipv4_prefix = 24, .ipv6_prefix = 56, .idle_us = 10 * SEC_US};

static struct dns_conns all;

static struct addr addr_of(const char *text)
{
	struct addr addr;

	assert_true(addr_parse(text, &addr));
	return addr;
}

static mono_t at_s(uint64_t seconds)
{
	return (mono_t){seconds * SEC_US};
}

static void table_open(uint32_t max, uint32_t buffers)
{
	assert_int_equal(dns_conns_open(&all, max, buffers, 7), 0);
}

// Nothing may be left that a connection held.
static void table_close(void)
{
	assert_int_equal(all.conns_len, 0);
	assert_null(dns_conns_oldest(&all));
	assert_int_equal(all.clients.hash.len, 0);
	assert_int_equal(all.oldest_buffer, DNS_CONNS_NONE);
	assert_int_equal(all.newest_buffer, DNS_CONNS_NONE);
	assert_int_equal(counter_get(&all.metric.conns), 0);
	assert_int_equal(counter_get(&all.metric.opened), counter_get(&all.metric.closed));
	dns_conns_close(&all);
}

static struct dns_conn *add(const char *client, uint64_t seconds)
{
	return dns_conns_add(&all, &limits, addr_of(client), NULL, at_s(seconds));
}

static void test_limit_of_a_client(void **state)
{
	static const struct {
		const char *client;
		bool taken;
	} cases[] = {
	        {"192.0.2.1", true},    {"192.0.2.255", true},       {"192.0.2.1", false},
	        {"192.0.3.1", true},    {"2001:db8:0:1::1", true},   {"2001:db8:0:ff::1", true},
	        {"2001:db8::1", false}, {"2001:db8:0:100::1", true}, {"192.0.2.77", false},
	        {"192.0.1.255", true},  {"::c000:201", true}, // not the mapped form
	};
	struct dns_conn *conns[ARRAY_LEN(cases)];
	unsigned refused = 0;

	table_open(16, 1);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		conns[i] = add(cases[i].client, i);
		if ((conns[i] != NULL) != cases[i].taken)
			fail_msg("case %zu, %s", i, cases[i].client);
		refused += !conns[i];
	}
	assert_int_equal(counter_get(&all.metric.refused), refused);
	// A place that is given back is there for the next one of the prefix.
	dns_conns_del(conns[0]);
	conns[0] = add("192.0.2.9", 20);
	assert_non_null(conns[0]);
	assert_null(add("192.0.2.10", 21));
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		if (conns[i])
			dns_conns_del(conns[i]);
	table_close();
}

static void test_order_by_idleness(void **state)
{
	struct dns_conn *a, *b, *c;

	table_open(3, 1);
	a = add("192.0.2.1", 1);
	b = add("192.0.3.1", 2);
	c = add("192.0.4.1", 3);
	assert_true(dns_conns_full(&all));
	assert_ptr_equal(dns_conns_oldest(&all), a);
	dns_conns_touch(a, at_s(4));
	assert_ptr_equal(dns_conns_oldest(&all), b);
	dns_conns_touch(b, at_s(5));
	dns_conns_touch(b, at_s(6)); // is the newest already
	assert_ptr_equal(dns_conns_oldest(&all), c);
	dns_conns_del(c);
	assert_false(dns_conns_full(&all));
	assert_ptr_equal(dns_conns_oldest(&all), a);
	dns_conns_del(b);
	assert_ptr_equal(dns_conns_oldest(&all), a);
	assert_int_equal(a->active.us, at_s(4).us);
	dns_conns_del(a);
	table_close();
}

static void test_idle_time_under_pressure(void **state)
{
	static const struct {
		unsigned conns;
		uint64_t idle_ms;
	} cases[] = {{0, 10000}, {50, 10000}, {51, 9800}, {75, 5000},
	             {98, 400},  {99, 200},   {100, 200}};
	struct dns_conn *conns[100];
	unsigned len = 0;

	table_open(100, 1);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		for (; len < cases[i].conns; len++) {
			char client[32];

			snprintf(client, sizeof(client), "10.%u.0.1", len);
			conns[len] = add(client, 1);
		}
		assert_int_equal(dns_conns_idle_us(&all, &limits), cases[i].idle_ms * MS_US);
	}
	while (len > 0)
		dns_conns_del(conns[--len]);
	table_close();
}

static void test_buffers_are_taken_from_their_oldest_holder(void **state)
{
	struct dns_conn *conn[4], *robbed;
	uint8_t *bytes[4];

	table_open(4, 2);
	for (unsigned i = 0; i < 4; i++) {
		char client[32];

		snprintf(client, sizeof(client), "10.%u.0.1", i);
		conn[i] = add(client, i);
	}
	for (unsigned i = 0; i < 2; i++) {
		bytes[i] = dns_conns_buffer_get(conn[i], &robbed);
		assert_null(robbed);
		memset(bytes[i], (int)i, DNS_CONNS_BUFFER_BYTES);
		assert_ptr_equal(dns_conns_buffer_bytes(conn[i]), bytes[i]);
	}
	assert_int_equal(bytes[0][DNS_CONNS_BUFFER_BYTES - 1], 0);
	bytes[2] = dns_conns_buffer_get(conn[2], &robbed);
	assert_ptr_equal(robbed, conn[0]);
	assert_int_equal(conn[0]->buffer, 0);
	assert_ptr_equal(bytes[2], bytes[0]);
	assert_int_equal(counter_get(&all.metric.no_buffer), 1);
	// One that is given back is used before another is taken away.
	dns_conns_buffer_put(conn[1]);
	bytes[3] = dns_conns_buffer_get(conn[3], &robbed);
	assert_null(robbed);
	assert_ptr_equal(bytes[3], bytes[1]);
	dns_conns_del(conn[2]); // with its buffer
	assert_non_null(dns_conns_buffer_get(conn[0], &robbed));
	assert_null(robbed);
	dns_conns_del(conn[0]);
	dns_conns_del(conn[1]);
	dns_conns_del(conn[3]);
	table_close();
}

// Against a plain model: an array in the order of use.
#define MODEL_CONNS 20

static void test_any_sequence(void **state)
{
	struct dns_conn *model[MODEL_CONNS], *robbed;
	unsigned len = 0;
	struct rand rand;

	rand_init(&rand, 5);
	table_open(MODEL_CONNS, 3);
	for (unsigned step = 0; step < 20000; step++) {
		uint64_t what = rand_below(&rand, 4);
		unsigned k = len ? (unsigned)rand_below(&rand, len) : 0;
		struct dns_conn *conn = len ? model[k] : NULL;
		char client[32];

		if (what == 0 && len < MODEL_CONNS) {
			snprintf(client, sizeof(client), "10.%u.0.1",
			         (unsigned)rand_below(&rand, 9));
			conn = add(client, step);
			if (conn)
				model[len++] = conn;
			continue;
		}
		if (!conn)
			continue;
		if (what == 1) {
			dns_conns_del(conn);
			memmove(&model[k], &model[k + 1], (--len - k) * sizeof(model[0]));
		} else if (what == 2) {
			dns_conns_touch(conn, at_s(step));
			memmove(&model[k], &model[k + 1], (len - 1 - k) * sizeof(model[0]));
			model[len - 1] = conn;
		} else if (conn->buffer) {
			dns_conns_buffer_put(conn);
		} else {
			(void)dns_conns_buffer_get(conn, &robbed);
			assert_true(!robbed || robbed->buffer == 0);
		}
		assert_int_equal(all.conns_len, len);
		assert_ptr_equal(dns_conns_oldest(&all), len ? model[0] : NULL);
	}
	while (len > 0)
		dns_conns_del(model[--len]);
	table_close();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_limit_of_a_client),
	        cmocka_unit_test(test_order_by_idleness),
	        cmocka_unit_test(test_idle_time_under_pressure),
	        cmocka_unit_test(test_buffers_are_taken_from_their_oldest_holder),
	        cmocka_unit_test(test_any_sequence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// What an emulated switch answers to requests, in each version: every reply decodes, and what the
// switch does not have is empty or refused.
#include "of_switch_lab.h"

static const enum of_version versions[] = {OF10, OF13, OF14, OF15};

static struct of_msg multipart(uint16_t type)
{
	struct of_msg msg = {.type = OF_MULTIPART_REQUEST, .xid = 5};
	enum of_family family = of_msg_family(lab.conf.version, type, false);
	static uint8_t room[256];
	struct fill out = fill_of(room, sizeof(room));
	static const union {
		uint8_t zeros[1024];
		struct of_port_request port;
	} zero = {{0}};
	struct of_port_request all = {OF_PORT_ANY};

	msg.multipart.type = type;
	if (family == OF_FAMILY_OPAQUE || type == OF_MULTIPART_TABLE_FEATURES)
		return msg;
	assert_int_equal(of_list_put(&out, family, lab.conf.version,
	                             family == OF_FAMILY_PORT_REQUEST ? (const void *)&all : &zero),
	                 OF_FAULT_NONE);
	msg.multipart.body = of_list_of(family, lab.conf.version, &out);
	return msg;
}

static bool has(uint16_t type)
{
	return type != OF_MULTIPART_FLOW_MONITOR && type != OF_MULTIPART_BUNDLE_FEATURES &&
	       of_msg_family(lab.conf.version, type, true) != OF_FAMILY_OPAQUE;
}

static void test_multiparts(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(versions); i++) {
		for (uint16_t type = 0; type < OF_MULTIPART_TYPES; type++) {
			struct of_msg msg;

			lab_start(versions[i]);
			lab_connect(128);
			msg = multipart(type);
			if (of_msg_family(versions[i], type, true) == OF_FAMILY_OPAQUE)
				continue; // cannot be asked for
			assert_true(lab_say(msg));
			assert_true(lab_next(&msg));
			assert_int_equal(msg.xid, 5);
			assert_int_equal(msg.type, has(type) ? OF_MULTIPART_REPLY : OF_ERROR);
			if (has(type))
				assert_int_equal(msg.multipart.type, type);
			lab_expect_nothing();
		}
	}
}

static unsigned count_ports(struct of_list ports)
{
	struct of_port port;
	unsigned n = 0;

	while (of_port_next(&ports, &port)) {
		assert_int_equal(port.port_no, ++n);
		assert_int_equal(port.name.len, 5);
		assert_memory_equal(port.name.p, "port", 4);
		assert_int_equal(port.name.p[4], '0' + n);
		assert_int_equal(port.hw_addr[0], 2);
	}
	return n;
}

static void test_ports(void **state)
{
	struct of_msg msg;

	lab_start(OF10);
	lab_connect(128);
	assert_true(lab_say((struct of_msg){.type = OF_FEATURES_REQUEST}));
	msg = lab_expect(OF_FEATURES_REPLY);
	assert_int_equal(count_ports(msg.features.ports), 4);
	for (size_t i = 1; i < ARRAY_LEN(versions); i++) {
		lab_start(versions[i]);
		lab_connect(128);
		assert_true(lab_say(multipart(OF_MULTIPART_PORT_DESC)));
		msg = lab_expect(OF_MULTIPART_REPLY);
		assert_int_equal(count_ports(msg.multipart.body), 4);
	}
}

// As many as a switch can have fit into one reply.
static void test_most_ports(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(versions); i++) {
		struct of_port_stats stats;
		struct of_list body;
		struct of_msg msg;
		unsigned n = 0;

		lab_start(versions[i]);
		lab.conf.hosts.ports = lab.conf.hosts.per_switch = OF_HOSTS_PORTS_MAX;
		lab_connect(128);
		assert_true(lab_say((struct of_msg){.type = OF_FEATURES_REQUEST}));
		(void)lab_expect(OF_FEATURES_REPLY);
		assert_true(lab_say(multipart(OF_MULTIPART_PORT_STATS)));
		msg = lab_expect(OF_MULTIPART_REPLY);
		body = msg.multipart.body;
		while (of_port_stats_next(&body, &stats))
			n++;
		assert_int_equal(n, OF_HOSTS_PORTS_MAX);
		if (versions[i] == OF10)
			continue;
		assert_true(lab_say(multipart(OF_MULTIPART_PORT_DESC)));
		(void)lab_expect(OF_MULTIPART_REPLY);
	}
}

static void test_one_port(void **state)
{
	struct of_msg msg = {.type = OF_MULTIPART_REQUEST};
	struct of_port_request two = {2};
	struct of_port_stats stats;
	uint8_t room[16];
	struct fill out = fill_of(room, sizeof(room));

	lab_start(OF13);
	lab_connect(128);
	assert_int_equal(of_port_request_put(&out, OF13, &two), OF_FAULT_NONE);
	msg.multipart.type = OF_MULTIPART_PORT_STATS;
	msg.multipart.body = of_list_of(OF_FAMILY_PORT_REQUEST, OF13, &out);
	assert_true(lab_say(msg));
	msg = lab_expect(OF_MULTIPART_REPLY);
	assert_true(of_port_stats_next(&msg.multipart.body, &stats));
	assert_int_equal(stats.port, 2);
	assert_false(of_port_stats_next(&msg.multipart.body, &stats));
}

static void test_plain(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(versions); i++) {
		struct of_msg msg;

		lab_start(versions[i]);
		lab_connect(128);
		assert_true(lab_say((struct of_msg){.type = OF_BARRIER_REQUEST, .xid = 3}));
		assert_int_equal(lab_expect(OF_BARRIER_REPLY).xid, 3);
		assert_true(lab_say((struct of_msg){.type = OF_SET_CONFIG, .config = {1, 99}}));
		assert_true(lab_say((struct of_msg){.type = OF_GET_CONFIG_REQUEST}));
		msg = lab_expect(OF_GET_CONFIG_REPLY);
		assert_int_equal(msg.config.flags, 1);
		assert_int_equal(msg.config.miss_send_len, 99);
		if (versions[i] == OF10)
			continue;
		assert_true(lab_say((struct of_msg){.type = OF_GET_ASYNC_REQUEST}));
		(void)lab_expect(OF_GET_ASYNC_REPLY);
		assert_true(lab_say((struct of_msg){.type = OF_SET_ASYNC}));
		assert_true(lab_say((struct of_msg){.type = OF_TABLE_MOD}));
		lab_expect_nothing();
	}
}

static void test_refused(void **state)
{
	static const struct {
		enum of_type type;
		uint16_t error, code;
	} rows[] = {
	        {OF_GROUP_MOD, OF_ERROR_GROUP_MOD_FAILED, 3},
	        {OF_METER_MOD, OF_ERROR_METER_MOD_FAILED, 11},
	        {OF_EXPERIMENT, OF_ERROR_BAD_REQUEST, 3},
	        {OF_BARRIER_REPLY, OF_ERROR_BAD_REQUEST, 1},
	        {OF_FEATURES_REPLY, OF_ERROR_BAD_REQUEST, 1},
	        {OF_BUNDLE_CONTROL, OF_ERROR_BAD_REQUEST, 1},
	};

	lab_start(OF14);
	lab_connect(128);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		assert_true(lab_say((struct of_msg){.type = rows[i].type}));
		lab_expect_error(rows[i].error, rows[i].code);
	}
	assert_int_equal(LAB_COUNT(errors_sent), ARRAY_LEN(rows));
}

static uint32_t role(uint32_t wanted, uint64_t generation)
{
	struct of_msg msg = {.type = OF_ROLE_REQUEST,
	                     .role = {.role = wanted, .generation_id = generation}};

	assert_true(lab_say(msg));
	assert_true(lab_next(&msg));
	return msg.type == OF_ROLE_REPLY ? msg.role.role : UINT32_MAX;
}

// A slave gets no packet-ins; an older generation is refused.
static void test_roles(void **state)
{
	lab_start(OF13);
	lab_connect(128);
	assert_int_equal(role(OF_ROLE_MASTER, 5), OF_ROLE_MASTER);
	assert_true(of_switch_may_ask(&lab.sw));
	assert_int_equal(role(OF_ROLE_SLAVE, 4), UINT32_MAX);
	assert_int_equal(role(OF_ROLE_NOCHANGE, 0), OF_ROLE_MASTER);
	assert_int_equal(role(OF_ROLE_SLAVE, 6), OF_ROLE_SLAVE);
	assert_false(of_switch_may_ask(&lab.sw));
	assert_int_equal(role(OF_ROLE_EQUAL, 0), OF_ROLE_EQUAL);
	assert_true(of_switch_may_ask(&lab.sw));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_multiparts), cmocka_unit_test(test_ports),
	        cmocka_unit_test(test_most_ports), cmocka_unit_test(test_one_port),
	        cmocka_unit_test(test_plain),      cmocka_unit_test(test_refused),
	        cmocka_unit_test(test_roles),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

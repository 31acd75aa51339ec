// sdn_poll and sdn_dump with a switch's end of a real connection: what is asked and when, what
// becomes of answers in parts, refusals and silence.
#include "harness.h"

#include "apps/sdn/sdn_switches.h"
#include "proto/openflow/of_version.h"

#include <stdlib.h>

#define BAD_REQUEST 1 // type of an error

// The controller's end, as far as these engines need it, and the switch's.
static struct {
	struct sdn_switches all;
	struct sdn_switch sw;
	struct sdn_port ports[2];
	struct of_conn peer;
	struct of_conn_limits limits;
	struct of_conn_metric metric;
	void *memory[2];
	mono_t now;
	unsigned asked;        // multipart requests that came to the switch
	struct of_msg last[4]; // of them, as they came: xid and type
	unsigned done;         // dumps that ended
} lab;

static void controller_event(enum of_conn_event event, const struct of_msg *msg)
{
	bool refused = event == OF_CONN_FAILED;

	if (event != OF_CONN_REPLY && !refused && event != OF_CONN_EXPIRED)
		return;
	msg = event == OF_CONN_REPLY ? msg : NULL;
	if (sdn_poll_has(lab.sw.conn.answered_tag))
		sdn_poll_reply(&lab.sw, msg, refused, lab.now);
	else if (sdn_dump_has(lab.sw.conn.answered_tag))
		sdn_dump_reply(&lab.sw, msg, refused, lab.now);
}

static void peer_event(const struct of_msg *msg)
{
	struct of_msg reply = {.type = OF_FEATURES_REPLY,
	                       .xid = msg->xid,
	                       .features = {.datapath_id = 1, .n_tables = 1}};

	if (msg->type == OF_FEATURES_REQUEST)
		assert_int_equal(of_conn_send(&lab.peer, OF_CONN_CONTROL, &reply, lab.now),
		                 OF_FAULT_NONE);
	if (msg->type == OF_MULTIPART_REQUEST)
		lab.last[lab.asked++ % ARRAY_LEN(lab.last)] = *msg;
}

// Moves what waits at one end to the other; false: nothing did.
static bool carry(struct of_conn *from, struct of_conn *to)
{
	struct span out = of_conn_output(from);
	uint32_t len = (uint32_t)span_left(&out);
	enum of_conn_event event;
	struct of_msg msg;

	if (len == 0)
		return false;
	while ((event = of_conn_next(to, &out, &msg, lab.now)) != OF_CONN_MORE) {
		assert_int_not_equal(event, OF_CONN_CLOSE);
		if (to == &lab.peer && event == OF_CONN_MESSAGE)
			peer_event(&msg);
		else if (to != &lab.peer)
			controller_event(event, &msg);
	}
	of_conn_sent(from, len, lab.now);
	return true;
}

static void talk(void)
{
	bool moved = true;

	while (moved) {
		moved = carry(&lab.sw.conn, &lab.peer);
		moved |= carry(&lab.peer, &lab.sw.conn);
	}
}

static int lab_open(void **state)
{
	memset(&lab, 0, sizeof(lab));
	lab.now = (mono_t){1000 * SEC_US};
	lab.limits = of_conn_limits_default;
	lab.all.poll_s = 2;
	lab.sw = (struct sdn_switch){.all = &lab.all, .ports = lab.ports, .ports_len = 2};
	lab.ports[0].port_no = 1;
	lab.ports[1].port_no = 7;
	for (unsigned i = 0; i < 2; i++) {
		lab.memory[i] = malloc(of_conn_memory(&lab.limits));
		of_conn_init(i ? &lab.peer : &lab.sw.conn, &lab.limits, &lab.metric, lab.memory[i],
		             OF_VERSION_BIT(OF13), i == 1, lab.now);
	}
	assert_int_equal(sdn_dump_open(&lab.all.dumps), 0);
	talk();
	assert_int_equal(lab.sw.conn.version, OF13);
	return 0;
}

static int lab_close(void **state)
{
	sdn_dump_close(&lab.all.dumps);
	free(lab.memory[0]);
	free(lab.memory[1]);
	return 0;
}

static void answer(const struct of_msg *request, struct of_list body, bool more)
{
	struct of_msg reply = {.type = OF_MULTIPART_REPLY,
	                       .xid = request->xid,
	                       .multipart = {.type = request->multipart.type,
	                                     .flags = more ? 1 : 0,
	                                     .body = body}};

	assert_int_equal(of_conn_send(&lab.peer, OF_CONN_CONTROL, &reply, lab.now), OF_FAULT_NONE);
	talk();
}

static void refuse(const struct of_msg *request)
{
	static const uint8_t start[64];
	struct of_msg error = {.type = OF_ERROR,
	                       .xid = request->xid,
	                       .error = {.type = BAD_REQUEST, .data = {start, sizeof(start)}}};

	assert_int_equal(of_conn_send(&lab.peer, OF_CONN_CONTROL, &error, lab.now), OF_FAULT_NONE);
	talk();
}

static const struct of_msg *asked(uint16_t type)
{
	for (unsigned i = 0; i < ARRAY_LEN(lab.last); i++)
		if (lab.last[i].multipart.type == type)
			return &lab.last[i];
	fail_msg("the switch was not asked for %u", type);
	return NULL;
}

static void ports_answer(uint64_t bytes, bool more)
{
	const struct of_port_stats stats[] = {{.port = 7, .rx_bytes = bytes},
	                                      {.port = 9, .rx_bytes = 1}};
	uint8_t room[512];
	struct fill out = fill_of(room, sizeof(room));

	for (unsigned i = 0; i < ARRAY_LEN(stats); i++)
		assert_int_equal(of_port_stats_put(&out, OF13, &stats[i]), OF_FAULT_NONE);
	answer(asked(OF_MULTIPART_PORT_STATS), of_list_of(OF_FAMILY_PORT_STATS, OF13, &out), more);
}

static void wait_s(unsigned seconds)
{
	lab.now = mono_add(lab.now, seconds * SEC_US);
	sdn_poll_tick(&lab.sw, lab.now);
	talk();
}

static void test_counters_are_read(void **state)
{
	wait_s(0);
	assert_int_equal(lab.asked, 3); // ports, tables, and what these have room for
	wait_s(1);
	assert_int_equal(lab.asked, 3); // it is not due
	ports_answer(1000, true);
	assert_int_equal(lab.sw.poll.answer_us, 0); // the rest is to come
	ports_answer(1000, false);
	assert_int_equal(lab.sw.poll.answer_us, SEC_US + 1);
	assert_true(lab.ports[1].load.known && !lab.ports[0].load.known);
	assert_int_equal(lab.ports[1].load.counters.rx_bytes, 1000);
	lab.sw.packet_ins = 50;
	wait_s(1);
	// Tables are not asked for again while there is no answer.
	assert_int_equal(lab.asked, 4);
	assert_true(lab.sw.poll.rated);
	assert_int_equal(lab.sw.poll.packet_ins_per_s, 25);
}

static void test_tables_are_summed(void **state)
{
	const struct of_table_stats stats[] = {{.table_id = 0, .active = 3, .lookups = 10},
	                                       {.table_id = 1, .active = 4, .matches = 5}};
	uint8_t room[256];
	struct fill out = fill_of(room, sizeof(room));

	wait_s(0);
	for (unsigned i = 0; i < 2; i++)
		assert_int_equal(of_table_stats_put(&out, OF13, &stats[i]), OF_FAULT_NONE);
	answer(asked(OF_MULTIPART_TABLE), of_list_of(OF_FAMILY_TABLE_STATS, OF13, &out), true);
	assert_false(lab.sw.poll.tables_known);
	answer(asked(OF_MULTIPART_TABLE), of_list_of(OF_FAMILY_TABLE_STATS, OF13, &out), false);
	assert_true(lab.sw.poll.tables_known);
	assert_int_equal(lab.sw.poll.tables.entries, 14);
	assert_int_equal(lab.sw.poll.tables.lookups, 20);
	assert_int_equal(lab.sw.poll.tables.matches, 10);
}

static void room_answer(uint32_t max_entries, bool more)
{
	const struct of_table_features features = {.table_id = 3, .max_entries = max_entries};
	uint8_t room[256];
	struct fill out = fill_of(room, sizeof(room));

	assert_int_equal(of_table_features_put(&out, OF13, &features), OF_FAULT_NONE);
	answer(asked(OF_MULTIPART_TABLE_FEATURES), of_list_of(OF_FAMILY_TABLE_FEATURES, OF13, &out),
	       more);
}

// From 1.3 on it is not in the counters of tables.
static void test_room_is_read_once(void **state)
{
	const struct of_table_stats stats = {.active = 3};
	uint8_t room[256];
	struct fill out = fill_of(room, sizeof(room));

	wait_s(0);
	room_answer(UINT32_MAX, true);
	assert_int_equal(lab.sw.poll.tables.entries_max, 0); // the rest is to come
	room_answer(7, false);
	assert_int_equal(lab.sw.poll.tables.entries_max, UINT64_C(7) + UINT32_MAX);
	assert_int_equal(of_table_stats_put(&out, OF13, &stats), OF_FAULT_NONE);
	answer(asked(OF_MULTIPART_TABLE), of_list_of(OF_FAMILY_TABLE_STATS, OF13, &out), false);
	assert_int_equal(lab.sw.poll.tables.entries, 3);
	assert_int_equal(lab.sw.poll.tables.entries_max, UINT64_C(7) + UINT32_MAX);
	wait_s(2);
	assert_int_equal(lab.asked, 4); // tables again
}

static void test_room_without_an_answer(void **state)
{
	wait_s(0);
	lab.now = mono_add(lab.now, lab.limits.request_us);
	for (unsigned i = 0; i < 3; i++)
		controller_event(of_conn_expire(&lab.sw.conn, lab.now), NULL);
	wait_s(2);
	assert_int_equal(lab.asked, 6);
	room_answer(9, false);
	assert_int_equal(lab.sw.poll.tables.entries_max, 9);
}

static void test_a_refusal_is_for_good(void **state)
{
	wait_s(0);
	refuse(asked(OF_MULTIPART_PORT_STATS));
	assert_true(lab.sw.poll.question[0].refused && !lab.sw.poll.question[0].out);
	refuse(asked(OF_MULTIPART_TABLE));
	refuse(asked(OF_MULTIPART_TABLE_FEATURES));
	wait_s(10);
	assert_int_equal(lab.asked, 3);
	assert_int_equal(lab.sw.poll.tables.entries_max, 0);
}

static void dump_done(struct sdn_dump *dump, mono_t now)
{
	lab.done++;
}

// As sdn_dump_begin does, which sends by TCP.
static struct sdn_dump *dump_ask(unsigned i)
{
	struct sdn_dump *dump = &lab.all.dumps.dump[i];
	struct of_msg msg = {.type = OF_MULTIPART_REQUEST,
	                     .multipart = {.type = OF_MULTIPART_GROUP_DESC}};

	*dump = (struct sdn_dump){.taken = true,
	                          .kind = SDN_DUMP_GROUPS,
	                          .sw = &lab.sw,
	                          .bytes = dump->bytes,
	                          .done = dump_done};
	assert_int_equal(of_conn_ask(&lab.sw.conn, OF_CONN_BULK, &msg, SDN_DUMP_TAG + i, lab.now),
	                 OF_FAULT_NONE);
	talk();
	return dump;
}

static struct of_list groups_of(struct fill *out, uint32_t first, unsigned n)
{
	for (uint32_t i = 0; i < n; i++) {
		const struct of_group_desc desc = {.type = OF_GROUP_TYPE_SELECT,
		                                   .group_id = first + i};

		assert_int_equal(of_group_desc_put(out, OF13, &desc), OF_FAULT_NONE);
	}
	return of_list_of(OF_FAMILY_GROUP_DESC, OF13, out);
}

static void test_a_dump_in_parts(void **state)
{
	struct sdn_dump *dump = dump_ask(1);
	uint8_t room[256];
	struct fill out = fill_of(room, sizeof(room));
	struct of_group_desc desc;
	struct of_list items;
	unsigned n = 0;

	answer(asked(OF_MULTIPART_GROUP_DESC), groups_of(&out, 1, 3), true);
	assert_int_equal(lab.done, 0);
	out = fill_of(room, sizeof(room));
	answer(asked(OF_MULTIPART_GROUP_DESC), groups_of(&out, 4, 2), false);
	assert_int_equal(lab.done, 1);
	assert_int_equal(dump->end, SDN_DUMP_WHOLE);
	items = sdn_dump_items(dump);
	while (of_group_desc_next(&items, &desc))
		assert_int_equal(desc.group_id, ++n);
	assert_int_equal(n, 5);
	sdn_dump_release(dump);
}

// The beginning is kept.
static void test_a_dump_that_is_too_long(void **state)
{
	static uint8_t room[32768];
	struct sdn_dump *dump = dump_ask(0);
	unsigned parts = 0;

	while (dump->end == SDN_DUMP_WHOLE && parts++ < 100) {
		struct fill out = fill_of(room, sizeof(room));

		answer(asked(OF_MULTIPART_GROUP_DESC), groups_of(&out, 1, 3000), true);
	}
	assert_int_equal(parts, SDN_DUMP_BYTES / (3000 * 8) + 1);
	assert_in_range(dump->len, SDN_DUMP_BYTES - 3000 * 8, SDN_DUMP_BYTES);
	answer(asked(OF_MULTIPART_GROUP_DESC), (struct of_list){0}, false);
	assert_int_equal(lab.done, 1);
	assert_int_equal(dump->end, SDN_DUMP_CUT);
}

static void test_dumps_that_fail(void **state)
{
	struct sdn_dump *refused = dump_ask(0), *silent, *gone, *left;

	refuse(asked(OF_MULTIPART_GROUP_DESC));
	assert_int_equal(refused->end, SDN_DUMP_REFUSED);
	silent = dump_ask(1);
	lab.now = mono_add(lab.now, lab.limits.request_us);
	controller_event(of_conn_expire(&lab.sw.conn, lab.now), NULL);
	assert_int_equal(silent->end, SDN_DUMP_SILENT);
	gone = dump_ask(2);
	left = dump_ask(3);
	sdn_dump_abandon(left);
	sdn_dump_leave(&lab.sw, lab.now);
	assert_int_equal(gone->end, SDN_DUMP_GONE);
	assert_int_equal(lab.done, 3);
	assert_true(gone->taken && !left->taken);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, lab_open, lab_close)
	const struct CMUnitTest tests[] = {
	        TEST(test_counters_are_read),       TEST(test_tables_are_summed),
	        TEST(test_room_is_read_once),       TEST(test_room_without_an_answer),
	        TEST(test_a_refusal_is_for_good),   TEST(test_a_dump_in_parts),
	        TEST(test_a_dump_that_is_too_long), TEST(test_dumps_that_fail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

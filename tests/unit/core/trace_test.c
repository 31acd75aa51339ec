// trace: what is written is read, whole and in order, while the ring runs over and while
// another thread writes; files of strangers are refused, and records that the list does
// not have are still shown.
#include "harness.h"

#include "core/trace_file.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#define RECORDS 16
#define RINGS   3

static const struct trace_process process = {"wadi-toy", 42, 1000 * SEC_US, {7}};

static struct trace_file *new_file(uint32_t rings, uint32_t records)
{
	size_t size = trace_file_size(rings, records);
	struct trace_file *file = aligned_alloc(CACHE_LINE_BYTES, size);

	assert_non_null(file);
	memset(file, 0, size);
	trace_file_init(file, rings, records, &process);
	return file;
}

// The lines of a file as text, "ring us event arguments" each.
static char *lines_of(const struct trace_file *file)
{
	uint64_t *copy = calloc((size_t)file->rings_len * file->records, sizeof(*copy)), lines;
	static struct trace_walk walk;
	static char text[65536];
	struct trace_line line;
	size_t len = 0;

	text[0] = '\0';
	lines = trace_file_walk_init(&walk, file, copy);
	while (trace_file_walk_next(&walk, &line)) {
		char arguments[TRACE_TEXT_BYTES];

		trace_text(line.record, arguments);
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%u %ju %s %s\n", line.ring,
		                        (uintmax_t)line.us,
		                        trace_event_name(trace_event_of(line.record)), arguments);
		lines--;
	}
	assert_int_equal(lines, 0);
	free(copy);
	return text;
}

static void test_each_form_of_argument(void **state)
{
	struct trace_file *file = new_file(1, RECORDS);
	struct trace trace;

	trace_init(&trace, trace_file_ring(file, 0), RECORDS, (mono_t){UINT64_C(1) << 47});
	trace_add(&trace, TRACE_LINK, 3, 4000000000);
	trace_add(&trace, TRACE_NEIGH, trace_neigh_states(1, 4), 0xc0000201);
	trace_add(&trace, TRACE_DROP, DROP_IPV4_CKSUM, 7);
	trace_add(&trace, TRACE_IDLE, 1, 1);
	trace_add(&trace, TRACE_LISTEN, 65535, 1);
	trace_add(&trace, TRACE_WAKE, 1, 12);
	assert_string_equal(lines_of(file),
	                    "0 140737488355328 link iface=3 generation=4000000000\n"
	                    "0 140737488355328 neigh state=incomplete>delay address=192.0.2.1\n"
	                    "0 140737488355328 drop reason=ipv4.cksum packets=7\n"
	                    "0 140737488355328 idle \n"
	                    "0 140737488355328 listen udp=65535\n"
	                    "0 140737488355328 wake idle_ms=12\n");
	free(file);
}

static void test_what_the_list_does_not_have_is_shown_as_numbers(void **state)
{
	static const struct {
		uint64_t record;
		const char *name, *text;
	} cases[] = {
	        {0xffffffffffffffff, "?", "event=65535 a=65535 b=4294967295"},
	        {TRACE_EVENTS | UINT64_C(5) << 16 | UINT64_C(6) << 32, "?", NULL},
	        {TRACE_DROP | UINT64_C(0xffff) << 16, "drop", "reason=#65535 packets=0"},
	        {TRACE_NEIGH | UINT64_C(0xff05) << 16, "neigh", "state=?>probe address=0.0.0.0"},
	        {TRACE_NEIGH6 | UINT64_C(1) << 16 | UINT64_C(0x000a0001) << 32, "neigh6",
	         "state=none>incomplete address=...:a:1"},
	};
	char text[TRACE_TEXT_BYTES], want[TRACE_TEXT_BYTES];

	snprintf(want, sizeof(want), "event=%u a=5 b=6", TRACE_EVENTS);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		trace_text(cases[i].record, text);
		assert_string_equal(text, cases[i].text ? cases[i].text : want);
		assert_string_equal(trace_event_name(trace_event_of(cases[i].record)),
		                    cases[i].name);
	}
}

// The longest text of each event, whatever its arguments.
static void test_texts_fit(void **state)
{
	char text[TRACE_TEXT_BYTES];

	for (uint32_t event = 0; event <= TRACE_EVENTS; event++)
		for (uint32_t a = 0; a <= UINT16_MAX; a += event == TRACE_DROP ? 1 : 257) {
			trace_text(trace_record((uint16_t)event, (uint16_t)a, UINT32_MAX), text);
			assert_true(strlen(text) < TRACE_TEXT_BYTES - 1);
		}
}

static void test_one_instant_for_the_records_of_a_turn(void **state)
{
	struct trace_file *file = new_file(1, RECORDS);
	struct trace trace;

	trace_init(&trace, trace_file_ring(file, 0), RECORDS, (mono_t){10});
	trace_add(&trace, TRACE_LISTEN, 1, 0);
	trace_add(&trace, TRACE_LISTEN, 2, 0);
	trace_turn(&trace, (mono_t){20}); // of which nothing is recorded
	trace_turn(&trace, (mono_t){30});
	trace_add(&trace, TRACE_LISTEN, 3, 0);
	assert_int_equal(trace_file_ring(file, 0)->head, 5);
	assert_string_equal(lines_of(file),
	                    "0 10 listen udp=1\n0 10 listen udp=2\n0 30 listen udp=3\n");
	free(file);
}

// The instant of the oldest may have been written over.
static void test_a_full_ring_forgets_the_oldest(void **state)
{
	struct trace_file *file = new_file(1, RECORDS);
	struct trace trace;
	char want[32 * RECORDS] = "";

	trace_init(&trace, trace_file_ring(file, 0), RECORDS, (mono_t){10});
	for (unsigned i = 0; i < 100; i++) {
		if (i == 95)
			trace_turn(&trace, (mono_t){20});
		trace_add(&trace, TRACE_LISTEN, (uint16_t)i, 0);
	}
	for (unsigned i = 86; i < 100; i++)
		snprintf(want + strlen(want), sizeof(want) - strlen(want), "0 %u listen udp=%u\n",
		         i < 95 ? 0 : 20, i);
	assert_string_equal(lines_of(file), want);
	free(file);
}

static void test_a_trace_without_a_ring_loses_records(void **state)
{
	struct trace trace = {0};

	trace_turn(&trace, (mono_t){1});
	trace_add(&trace, TRACE_LISTEN, 1, 0);
	assert_null(trace.ring);
}

static void test_rings_come_by_time(void **state)
{
	struct trace_file *file = new_file(RINGS, RECORDS);
	struct trace trace[RINGS];

	for (uint32_t i = 0; i < RINGS; i++)
		trace_init(&trace[i], trace_file_ring(file, i), RECORDS, (mono_t){0});
	for (unsigned us = 1; us <= 6; us++) {
		trace_turn(&trace[us * 2 % RINGS], (mono_t){us});
		trace_add(&trace[us * 2 % RINGS], TRACE_LISTEN, (uint16_t)us, 0);
	}
	assert_string_equal(lines_of(file),
	                    "2 1 listen udp=1\n1 2 listen udp=2\n0 3 listen udp=3\n"
	                    "2 4 listen udp=4\n1 5 listen udp=5\n0 6 listen udp=6\n");
	free(file);
}

// A writer that died between a record and its count: the slot of the oldest holds what
// nobody counted.
static void test_a_record_that_was_not_counted_is_not_taken_for_the_oldest(void **state)
{
	struct trace_file *file = new_file(1, RECORDS);
	struct trace_ring *ring = trace_file_ring(file, 0);
	uint64_t copy[RECORDS];

	for (uint64_t i = 0; i < RECORDS; i++)
		ring->record[i] = 100 + i;
	ring->head = 3 * RECORDS;
	ring->record[0] = 999;
	assert_int_equal(trace_ring_read(ring, RECORDS, copy), RECORDS - 1);
	for (uint64_t i = 0; i < RECORDS - 1; i++)
		assert_int_equal(copy[i], 101 + i);
	ring->head = UINT64_MAX;
	assert_int_equal(trace_ring_read(ring, RECORDS, copy), RECORDS - 1);
	ring->head = 0;
	assert_int_equal(trace_ring_read(ring, RECORDS, copy), 0);
	free(file);
}

// A ring that is written as fast as it goes while it is read: each record tells its
// number, and what is read are whole numbers in a row.
static struct trace_file *shared;
static _Atomic bool quit;

static void *write_numbers(void *arg)
{
	struct trace trace;

	trace_init(&trace, trace_file_ring(shared, 0), RECORDS, (mono_t){0});
	for (uint32_t i = 0; !quit; i++)
		trace_add(&trace, TRACE_LISTEN, (uint16_t)i, i);
	return arg;
}

static void test_reading_while_it_is_written(void **state)
{
	uint64_t copy[RECORDS], read = 0, wrong = 0;
	pthread_t writer;

	shared = new_file(1, RECORDS);
	quit = false;
	assert_int_equal(pthread_create(&writer, NULL, write_numbers, NULL), 0);
	for (unsigned tries = 0; tries < 100000 || read == 0; tries++) {
		uint32_t n = trace_ring_read(trace_file_ring(shared, 0), RECORDS, copy);

		read += n;
		for (uint32_t i = 0; i < n; i++) {
			uint32_t b = (uint32_t)(copy[0] >> 32) + i;

			wrong += copy[i] != trace_record(TRACE_LISTEN, (uint16_t)b, b);
		}
	}
	quit = true;
	pthread_join(writer, NULL);
	assert_int_equal(wrong, 0);
	free(shared);
}

// A byte that is changed, and what is said of it.
static void test_files_of_strangers_are_refused(void **state)
{
	static const struct {
		size_t at;
		uint8_t value;
		const char *says;
	} cases[] = {
	        {0, 'W', "no trace of this kind of machine"},
	        {offsetof(struct trace_file, byte_order), 1, "no trace of this kind of machine"},
	        {offsetof(struct trace_file, rings_len), RINGS + 1, "damaged or cut off"},
	        {offsetof(struct trace_file, rings_len) + 3, 0x80, "damaged or cut off"},
	        {offsetof(struct trace_file, records), 2 * RECORDS, "damaged or cut off"},
	        {offsetof(struct trace_file, records), RECORDS + 1, "damaged or cut off"},
	        {offsetof(struct trace_file, records), 8, "damaged or cut off"},
	        {offsetof(struct trace_file, records), 0, "damaged or cut off"},
	        {offsetof(struct trace_file, program), '\n', "damaged or cut off"},
	};
	struct trace_file *file = new_file(RINGS, RECORDS);
	size_t size = trace_file_size(RINGS, RECORDS);
	struct why why;

	assert_int_equal(trace_file_check(file, size, &why), 0);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		uint8_t *byte = (uint8_t *)file + cases[i].at, before = *byte;

		*byte = cases[i].value;
		assert_int_equal(trace_file_check(file, size, &why), -EINVAL);
		assert_non_null(strstr(why.text, cases[i].says));
		*byte = before;
	}
	assert_int_equal(trace_file_check(file, size - 1, &why), -EINVAL);
	assert_int_equal(trace_file_check(file, 10, &why), -EINVAL);
	assert_int_equal(trace_file_check(file, 0, &why), -EINVAL);
	file->list_digest ^= 1;
	assert_int_equal(trace_file_check(file, size, &why), -EINVAL);
	assert_non_null(strstr(why.text, "another version"));
	file->list_digest ^= 1;
	memset(trace_file_ring(file, 2)->name, 'x', TRACE_NAME_BYTES);
	assert_int_equal(trace_file_check(file, size, &why), -EINVAL);
	assert_non_null(strstr(why.text, "ring 2"));
	free(file);
}

// A connection's number has more bits than a; what does not fit b is the largest.
static void test_events_of_connections(void **state)
{
	struct trace_file *file = new_file(1, RECORDS);
	uint64_t record[RECORDS];
	struct trace trace;

	trace_init(&trace, trace_file_ring(file, 0), RECORDS, (mono_t){0});
	trace_conn(&trace, TRACE_TCP_OPEN, 0xabcdef, 53);
	trace_conn(&trace, TRACE_TCP_STATE, 7, 4);
	trace_conn(&trace, TRACE_TCP_STATE, 7, 99);
	trace_conn(&trace, TRACE_TCP_RTT, 7, UINT32_MAX);
	trace_conn(&trace, TRACE_TCP_END, 0xffffff, 1);
	assert_int_equal(trace_ring_read(trace_file_ring(file, 0), RECORDS, record), 5);
	assert_int_equal(trace_conn_of(record[0]), 0xabcdef);
	assert_int_equal(trace_conn_of(record[4]), 0xffffff);
	for (unsigned i = 0; i < 5; i++) {
		static const char *const wanted[] = {
		        "conn=11259375 port=53", "conn=7 state=established", "conn=7 state=?",
		        "conn=7 us=16777215", "conn=16777215 why=reset"};
		char text[TRACE_TEXT_BYTES];

		assert_true(trace_has_conn(trace_event_of(record[i])));
		trace_text(record[i], text);
		assert_string_equal(text, wanted[i]);
	}
	assert_false(trace_has_conn(TRACE_TCP_PEER));
	assert_false(trace_has_conn(TRACE_EVENTS));
	free(file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_each_form_of_argument),
	        cmocka_unit_test(test_what_the_list_does_not_have_is_shown_as_numbers),
	        cmocka_unit_test(test_texts_fit),
	        cmocka_unit_test(test_one_instant_for_the_records_of_a_turn),
	        cmocka_unit_test(test_a_full_ring_forgets_the_oldest),
	        cmocka_unit_test(test_a_trace_without_a_ring_loses_records),
	        cmocka_unit_test(test_rings_come_by_time),
	        cmocka_unit_test(test_a_record_that_was_not_counted_is_not_taken_for_the_oldest),
	        cmocka_unit_test(test_reading_while_it_is_written),
	        cmocka_unit_test(test_files_of_strangers_are_refused),
	        cmocka_unit_test(test_events_of_connections),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

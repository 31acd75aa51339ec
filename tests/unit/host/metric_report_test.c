// metric_report: what rows say of a few structs, as JSON and as Prometheus's text.
#include "harness.h"

#include "core/host/metric_report.h"
#include "core/netif.h"

#include <stdio.h>
#include <stdlib.h>

struct toy {
	counter_t in, out, cycles;
	uint64_t level;
	counter_t kind[2];
};

#define AT(member) offsetof(struct toy, member)

static const struct metric_row rows[] = {
        {"toy", NULL, NULL, "in", "what came", METRIC_COUNTER, AT(in)},
        {"toy", NULL, NULL, "lost", "what did not leave", METRIC_DIFFERENCE, AT(in), AT(out)},
        {"toy", NULL, NULL, "toy_level", NULL, METRIC_GAUGE, AT(level)},
        {"kinds", "kind", "a", "count", "the \"first\"", METRIC_COUNTER, AT(kind[0])},
        {"kinds", "kind", "a", "cost", "the \"first\"", METRIC_RATIO, AT(cycles), AT(kind[0])},
        {"kinds", "kind", "b\\", "count", NULL, METRIC_COUNTER, AT(kind[1])},
        {"kinds", "kind", "b\\", "cost", NULL, METRIC_RATIO, AT(cycles), AT(kind[1])},
        {0},
};

static const struct toy toys[2] = {
        {{10}, {4}, {100}, 3, {{5}, {0}}},
        {{1}, {1}, {21}, 4, {{6}, {0}}},
};

static struct metric_source both(const char *each, const char *const *names)
{
	return (struct metric_source){rows, each, names, 2, {&toys[0], &toys[1]}};
}

static void assert_json(const struct metric_source *source, const char *quoted)
{
	char *text = strdup(quoted);
	json_t *reply = json_object(), *want;

	for (char *c = text; *c; c++)
		*c = *c == '\'' ? '"' : *c;
	want = json_loads(text, 0, NULL);
	assert_non_null(want);
	metric_report_json(source, reply);
	assert_true(json_equal(reply, want));
	json_decref(reply);
	json_decref(want);
	free(text);
}

static void test_sums_as_json(void **state)
{
	struct metric_source source = both(NULL, NULL);

	assert_json(&source, "{'toy': [{'in': 11, 'lost': 6, 'toy_level': 7}],"
	                     "'kinds': [{'kind': 'a', 'count': 11, 'cost': 11,"
	                     "           'help': 'the \\'first\\''},"
	                     "          {'kind': 'b\\\\', 'count': 0, 'cost': null}]}");
	assert_int_equal(metric_report_sum(&source, &rows[1]), 6);
	assert_int_equal(metric_report_sum(&source, &rows[6]), 0);
}

static void test_columns_stand_in_the_order_of_rows(void **state)
{
	struct metric_source source = both(NULL, NULL);
	json_t *reply = json_object();
	char *text;

	metric_report_json(&source, reply);
	text = json_dumps(json_object_get(reply, "toy"), JSON_COMPACT);
	assert_string_equal(text, "[{\"in\":11,\"lost\":6,\"toy_level\":7}]");
	free(text);
	json_decref(reply);
}

static void test_each_struct_by_itself(void **state)
{
	static const char *const names[] = {"x", "y"};
	static const struct metric_row few[] = {
	        {"toys", NULL, NULL, "in", "what came", METRIC_COUNTER, AT(in)}, {0}};
	struct metric_source source = both("toy", NULL);

	source.rows = few;
	assert_json(&source, "{'toys': [{'toy': 0, 'in': 10}, {'toy': 1, 'in': 1}]}");
	source.names = names;
	assert_json(&source, "{'toys': [{'toy': 'x', 'in': 10}, {'toy': 'y', 'in': 1}]}");
}

// Counters are read while they are written: what left may have been counted already.
static void test_a_difference_is_never_negative(void **state)
{
	static const struct toy ahead = {.in = {1}, .out = {2}};
	struct metric_source source = {.rows = rows, .len = 1, .of = {&ahead}};

	assert_int_equal(metric_report_sum(&source, &rows[1]), 0);
}

static void test_tables_of_two_sources_are_one(void **state)
{
	static const struct metric_row more[] = {
	        {"kinds", "kind", "c", "count", NULL, METRIC_COUNTER, AT(in)}, {0}};
	struct metric_source source = both(NULL, NULL);
	json_t *reply = json_object();

	metric_report_json(&source, reply);
	source.rows = more;
	metric_report_json(&source, reply);
	assert_int_equal(json_array_size(json_object_get(reply, "kinds")), 3);
	json_decref(reply);
}

static char *prometheus(const struct metric_source *source)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	metric_report_prometheus(source, out);
	fclose(out);
	return text;
}

// Flows that begin and end: the difference falls, and so may a gauge that a worker sets.
static void test_what_falls_is_no_counter_for_prometheus(void **state)
{
	static const struct metric_row few[] = {
	        {"flows", NULL, NULL, "open", "now", METRIC_DIFFERENCE, AT(in), AT(out)},
	        {"flows", NULL, NULL, "level", "of them", METRIC_GAUGE, AT(cycles)},
	        {0}};
	struct toy flows = {.in = {0}};
	struct metric_source source = {.rows = few, .len = 1, .of = {&flows}};
	char *text;

	counter_add(&flows.in, 3);
	counter_set(&flows.cycles, 9);
	assert_int_equal(metric_report_sum(&source, &few[0]), 3);
	assert_int_equal(metric_report_sum(&source, &few[1]), 9);
	counter_add(&flows.out, 2);
	counter_set(&flows.cycles, 4);
	text = prometheus(&source);
	assert_string_equal(text, "# HELP wadi_flows_open now\n"
	                          "# TYPE wadi_flows_open gauge\n"
	                          "wadi_flows_open 1\n"
	                          "# HELP wadi_flows_level of them\n"
	                          "# TYPE wadi_flows_level gauge\n"
	                          "wadi_flows_level 4\n");
	free(text);
}

static void test_prometheus(void **state)
{
	struct metric_source source = both(NULL, NULL);
	char *text = prometheus(&source);

	assert_string_equal(text, "# HELP wadi_toy_in_total what came\n"
	                          "# TYPE wadi_toy_in_total counter\n"
	                          "wadi_toy_in_total 11\n"
	                          "# HELP wadi_toy_lost what did not leave\n"
	                          "# TYPE wadi_toy_lost gauge\n"
	                          "wadi_toy_lost 6\n"
	                          "# HELP wadi_toy_level toy: toy_level\n"
	                          "# TYPE wadi_toy_level gauge\n"
	                          "wadi_toy_level 7\n"
	                          "# HELP wadi_kinds_total kinds: count, by kind\n"
	                          "# TYPE wadi_kinds_total counter\n"
	                          "wadi_kinds_total{kind=\"a\"} 11\n"
	                          "wadi_kinds_total{kind=\"b\\\\\"} 0\n"
	                          "# HELP wadi_kinds_cost kinds: cost, by kind\n"
	                          "# TYPE wadi_kinds_cost gauge\n"
	                          "wadi_kinds_cost{kind=\"a\"} 11\n");
	free(text);
}

static void test_prometheus_tells_structs_apart(void **state)
{
	static const char *const names[] = {"x\n", "y"};
	struct metric_source source = both("toy", names);
	char *text = prometheus(&source);

	assert_non_null(strstr(text, "\nwadi_toy_in_total{toy=\"x\\n\"} 10\n"
	                             "wadi_toy_in_total{toy=\"y\"} 1\n"));
	assert_non_null(strstr(text, "\nwadi_kinds_total{toy=\"x\\n\",kind=\"a\"} 5\n"));
	free(text);
	source.names = NULL;
	text = prometheus(&source);
	assert_non_null(strstr(text, "\nwadi_toy_in_total{toy=\"1\"} 1\n"));
	free(text);
}

// Classes add up in both texts, times are seconds, and the last class has no bound.
static void test_histograms(void **state)
{
	static const struct metric_row few[] = {
	        {"sizes", "bytes", "up to 63", "count", "what came", METRIC_BYTES, AT(in),
	         AT(level), 63},
	        {"sizes", "bytes", "up to 512", "count", "what came", METRIC_BYTES, AT(out),
	         AT(level), 512},
	        {"took", "within", "16 us", "count", NULL, METRIC_TIME, AT(in), AT(cycles), 16},
	        {"took", "within", "2 s", "count", NULL, METRIC_TIME, AT(out), AT(cycles), 2000000},
	        {"took", "within", "longer", "count", NULL, METRIC_TIME, AT(kind[0]), AT(cycles),
	         METRIC_NO_BOUND},
	        {0}};
	struct metric_source source = both(NULL, NULL);
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	source.rows = few;
	metric_report_openmetrics(&source, out);
	fclose(out);
	assert_string_equal(text, "# HELP wadi_sizes_bytes what came, by their bytes\n"
	                          "# TYPE wadi_sizes_bytes histogram\n"
	                          "wadi_sizes_bytes_bucket{le=\"63.0\"} 11\n"
	                          "wadi_sizes_bytes_bucket{le=\"512.0\"} 16\n"
	                          "wadi_sizes_bytes_bucket{le=\"+Inf\"} 16\n"
	                          "wadi_sizes_bytes_sum 7\n"
	                          "wadi_sizes_bytes_count 16\n"
	                          "# HELP wadi_took_seconds took, by their time\n"
	                          "# TYPE wadi_took_seconds histogram\n"
	                          "wadi_took_seconds_bucket{le=\"0.000016\"} 11\n"
	                          "wadi_took_seconds_bucket{le=\"2.0\"} 16\n"
	                          "wadi_took_seconds_bucket{le=\"+Inf\"} 27\n"
	                          "wadi_took_seconds_sum 0.000121\n"
	                          "wadi_took_seconds_count 27\n");
	free(text);
	source.each = "toy";
	text = prometheus(&source);
	assert_non_null(strstr(text, "\nwadi_sizes_bytes_bucket{toy=\"0\",le=\"63\"} 10\n"));
	assert_non_null(strstr(text, "\nwadi_took_seconds_bucket{toy=\"1\",le=\"2\"} 2\n"));
	assert_non_null(strstr(text, "\nwadi_took_seconds_count{toy=\"1\"} 8\n"));
	free(text);
}

// OpenMetrics names families, of which samples of counters have a suffix.
static void test_openmetrics_names_families(void **state)
{
	struct metric_source source = both(NULL, NULL);
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	metric_report_openmetrics(&source, out);
	fclose(out);
	assert_non_null(strstr(text, "# HELP wadi_toy_in what came\n"
	                             "# TYPE wadi_toy_in counter\n"
	                             "wadi_toy_in_total 11\n"));
	free(text);
}

static void test_latencies_have_a_class(void **state)
{
	const struct metric_row *rows_of = metric_latency_rows;

	for (unsigned i = 0; i < METRIC_LATENCIES; i++) {
		uint64_t bound = rows_of[i].bound;

		assert_int_equal(rows_of[i].offset, offsetof(struct worker_metric, latency[i]));
		assert_int_equal(metric_latency_of(bound), i);
		if (bound != METRIC_NO_BOUND)
			assert_int_equal(metric_latency_of(bound + 1), i + 1);
	}
	assert_null(rows_of[METRIC_LATENCIES].table);
	assert_int_equal(metric_latency_of(0), 0);
}

// Every metric of a worker has a name and a help text, and lies inside of its struct.
static void test_the_workers_rows_are_sound(void **state)
{
	static const struct {
		const struct metric_row *rows;
		size_t size, len;
	} lists[] = {
	        {metric_worker_rows, sizeof(struct worker_metric), 8},
	        {metric_tcp_rows, sizeof(struct worker_metric), 18},
	        {metric_latency_rows, sizeof(struct worker_metric), METRIC_LATENCIES},
	        {metric_stage_rows, sizeof(struct worker_metric), 2 * STAGE_COUNT},
	        {metric_drop_rows, sizeof(struct worker_metric), DROP_COUNT - 1},
	        {netif_status_rows, sizeof(struct netif_status), 8},
	};

	for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
		const struct metric_row *row = lists[i].rows;

		for (; row->table; row++) {
			assert_non_null(row->help);
			assert_true(row->offset <= lists[i].size - sizeof(uint64_t));
			assert_true(row->by <= lists[i].size - sizeof(uint64_t));
			assert_int_equal(!row->label, !row->value);
		}
		assert_int_equal(row - lists[i].rows, lists[i].len);
	}
	assert_string_equal(metric_drop_rows[DROP_IPV4_CKSUM - 1].value, "ipv4.cksum");
	assert_int_equal(metric_drop_rows[DROP_IPV4_CKSUM - 1].offset,
	                 offsetof(struct worker_metric, drop[DROP_IPV4_CKSUM]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_sums_as_json),
	        cmocka_unit_test(test_columns_stand_in_the_order_of_rows),
	        cmocka_unit_test(test_each_struct_by_itself),
	        cmocka_unit_test(test_a_difference_is_never_negative),
	        cmocka_unit_test(test_what_falls_is_no_counter_for_prometheus),
	        cmocka_unit_test(test_tables_of_two_sources_are_one),
	        cmocka_unit_test(test_prometheus),
	        cmocka_unit_test(test_prometheus_tells_structs_apart),
	        cmocka_unit_test(test_histograms),
	        cmocka_unit_test(test_openmetrics_names_families),
	        cmocka_unit_test(test_latencies_have_a_class),
	        cmocka_unit_test(test_the_workers_rows_are_sound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

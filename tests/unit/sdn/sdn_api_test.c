// sdn_api: which parameters are taken, problems, events as pages and streams, and rows with the
// numbers of a hostile switch. tests/net/sdn_api.sh has the interface as a whole.
#include "harness.h"

#include "apps/sdn/api/sdn_api_internal.h"
#include "core/host/json.h"

#define DEFAULTS .limit = SDN_API_DEFAULT, .table = OF_TABLE_ALL

static void test_query(void **state)
{
	static const struct {
		enum sdn_api_kind kind;
		const char *text, *why; // NULL: taken
		struct sdn_api_query query;
	} cases[] = {
	        {SDN_API_HOSTS, "", NULL, {DEFAULTS}},
	        {SDN_API_HOSTS,
	         "limit=256&cursor=7",
	         NULL,
	         {.limit = 256, .cursor = 7, .table = 255}},
	        {SDN_API_HOSTS, "limit=0", "limit is a number from 1 to 256", {0}},
	        {SDN_API_HOSTS, "limit=257", "limit is a number from 1 to 256", {0}},
	        {SDN_API_HOSTS, "limit=-1", "limit is a number", {0}},
	        {SDN_API_HOSTS, "limit=", "limit is a number", {0}},
	        {SDN_API_HOSTS, "limit=18446744073709551617", "limit is a number", {0}},
	        {SDN_API_HOSTS, "cursor=4294967295", "cursor is a number", {0}},
	        {SDN_API_HOSTS, "limit=1&limit=2", "limit is there twice", {0}},
	        {SDN_API_HOSTS, "table=1", "there is no parameter \"table\" here", {0}},
	        {SDN_API_HOSTS, "x", "there is no parameter \"x\" here", {0}},
	        {SDN_API_HOSTS, "%zz", "the query has a parameter that is malformed", {0}},
	        {SDN_API_STATUS, "limit=1", "there is no parameter \"limit\" here", {0}},
	        {SDN_API_FLOWS, "table=254", NULL, {.limit = 100, .table = 254}},
	        {SDN_API_FLOWS, "table=255", "table is a number from 0 to 254", {0}},
	        {SDN_API_PATH, "from=a", "from and to are needed", {0}},
	        {SDN_API_PATH,
	         "from=a&to=b&vlan=4095",
	         NULL,
	         {DEFAULTS, .vlan = 4095, .from = "a", .to = "b"}},
	        {SDN_API_PATH, "from=a&to=", "from and to are each a MAC address", {0}},
	        {SDN_API_PATH,
	         "from=a&to=b&protocol=udp&to_port=53",
	         NULL,
	         {DEFAULTS, .protocol = SDN_API_UDP, .to_port = 53, .from = "a", .to = "b"}},
	        {SDN_API_PATH, "from=a&to=b&to_port=53", "to_port needs protocol=tcp", {0}},
	        {SDN_API_PATH, "from=a&to=b&protocol=arp", "protocol is tcp or udp", {0}},
	        {SDN_API_PUT_INTENTS, "dry_run=true", NULL, {DEFAULTS, .dry_run = true}},
	        {SDN_API_PUT_INTENTS, "dry_run=false", NULL, {DEFAULTS}},
	        {SDN_API_PUT_INTENTS, "dry_run=1", "dry_run is true or false", {0}},
	        {SDN_API_PUT_INTENTS, "dry_run", "dry_run is true or false", {0}},
	        {SDN_API_EVENTS, "after=0", NULL, {DEFAULTS, .has_after = true}},
	        {SDN_API_EVENTS, "after=9223372036854775808", "after is a number", {0}},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct span text = span_of(cases[i].text, strlen(cases[i].text));
		struct sdn_api_query query;
		struct why why;
		bool taken = sdn_api_query_parse(cases[i].kind, text, &query, &why);

		assert_int_equal(taken, !cases[i].why);
		if (cases[i].why)
			assert_memory_equal(why.text, cases[i].why, strlen(cases[i].why));
		else
			assert_memory_equal(&query, &cases[i].query, sizeof(query));
	}
}

static void test_datapath(void **state)
{
	static const struct {
		const char *text;
		uint64_t id; // 0: refused
	} cases[] = {
	        {"00000000000000a1", 0xa1}, {"FFffFFffFFffFFff", UINT64_MAX},
	        {"0000000000000a1", 0},     {"000000000000000a1", 0},
	        {"000000000000000g", 0},    {"", 0},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct span text = span_of(cases[i].text, strlen(cases[i].text));
		uint64_t id = 0;

		assert_int_equal(sdn_api_datapath_parse(text, &id), cases[i].id != 0);
		if (cases[i].id)
			assert_int_equal(id, cases[i].id);
	}
}

static void test_problem(void **state)
{
	char text[SDN_API_PROBLEM_BYTES], detail[WHY_BYTES];
	size_t len = sdn_api_problem(404, "no \"x\"", text, sizeof(text));
	json_t *json = json_loadb(text, len, 0, NULL);

	assert_string_equal(json_string_value(json_object_get(json, "title")), "Not Found");
	assert_int_equal(json_integer_value(json_object_get(json, "status")), 404);
	assert_string_equal(json_string_value(json_object_get(json, "detail")), "no \"x\"");
	json_decref(json);
	// The longest sentence has room.
	memset(detail, 'x', sizeof(detail) - 1);
	detail[sizeof(detail) - 1] = '\0';
	assert_true(sdn_api_problem(500, detail, text, sizeof(text)) > sizeof(detail));
}

// Events as if `len` had happened, each with its number as port.
static struct sdn_events *events_of(uint64_t len)
{
	struct sdn_events *events = calloc(1, sizeof(*events));

	events->base = 1000000;
	for (uint64_t i = 1; i <= len; i++) {
		struct sdn_event event = {.kind = SDN_EVENT_PORT_UP,
		                          .datapath_id = 1,
		                          .port = (uint32_t)i,
		                          .id = events->base + i};

		events->kept_len = i;
		*(struct sdn_event *)sdn_events_at(events, event.id) = event;
	}
	return events;
}

static void test_pages(void **state)
{
	static const struct {
		uint64_t happened;
		bool has_after;
		uint64_t after;
		uint32_t limit;
		size_t rows;
		uint64_t first, lost, last; // ports, from 1; last as an id without the base
	} cases[] = {
	        {0, false, 0, 100, 0, 0, 0, 0},
	        {0, true, 1000005, 100, 0, 0, 0, 0},
	        {3, false, 0, 100, 3, 1, 0, 3},
	        {3, false, 0, 2, 2, 2, 0, 3},
	        {3, true, 1000001, 100, 2, 2, 0, 3},
	        {3, true, 1000001, 1, 1, 2, 0, 2},
	        {3, true, 1000003, 100, 0, 0, 0, 3},
	        {3, true, INT64_MAX, 100, 0, 0, 0, 3},
	        {3, true, 5, 100, 3, 1, 0, 3}, // of an earlier start
	        {SDN_EVENTS_KEPT + 10, true, 1000001, 256, 256, 11, 9, SDN_EVENTS_KEPT + 10},
	        {SDN_EVENTS_KEPT + 10, false, 0, 1, 1, SDN_EVENTS_KEPT + 10, 0,
	         SDN_EVENTS_KEPT + 10},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct sdn_events *events = events_of(cases[i].happened);
		struct sdn_api_query query = {.limit = cases[i].limit,
		                              .has_after = cases[i].has_after,
		                              .after = cases[i].after};
		json_t *page = sdn_api_events_page(events, &query);
		json_t *rows = json_object_get(page, "events");

		assert_int_equal(json_array_size(rows), cases[i].rows);
		if (cases[i].rows)
			assert_int_equal(json_integer_value(
			                         json_object_get(json_array_get(rows, 0), "port")),
			                 cases[i].first);
		assert_int_equal(json_integer_value(json_object_get(page, "lost")), cases[i].lost);
		assert_int_equal(json_integer_value(json_object_get(page, "last")),
		                 events->base + cases[i].last);
		json_decref(page);
		free(events);
	}
}

static unsigned count(const char *text, const char *what)
{
	unsigned n = 0;

	for (; (text = strstr(text, what)); text++)
		n++;
	return n;
}

// A client that reads slowly: pieces are bounded, and what it has missed is named.
static void test_stream(void **state)
{
	struct sdn_events *events = events_of(SDN_EVENTS_KEPT);
	uint64_t next = events->base + 1;
	char *text;

	text = sdn_api_stream_text(events, &next);
	assert_int_equal(count(text, "event: event\n"), 64);
	assert_non_null(strstr(text, "id: 1000001\n"));
	assert_null(strstr(text, "event: lost"));
	assert_int_equal(next, events->base + 65);
	free(text);
	free(events);

	events = events_of(SDN_EVENTS_KEPT + 100);
	text = sdn_api_stream_text(events, &next);
	assert_int_equal(count(text, "event: lost\ndata: {\"lost\": 36}\n\n"), 1);
	assert_ptr_equal(strstr(text, "event: lost"), text);
	assert_non_null(strstr(text, "id: 1000101\n"));
	free(text);
	for (unsigned pieces = 0; (text = sdn_api_stream_text(events, &next)); pieces++) {
		assert_true(pieces < SDN_EVENTS_KEPT / 64);
		assert_null(strstr(text, "event: lost"));
		free(text);
	}
	assert_int_equal(next, events->base + SDN_EVENTS_KEPT + 101);
	free(events);

	events = events_of(0);
	next = 1; // as of an earlier start
	assert_null(sdn_api_stream_text(events, &next));
	free(events);
}

static void test_rows(void **state)
{
	static struct sdn_view view;
	const struct sdn_intent none = {0};
	json_t *json, *port, *counters;

	view.from = SDN_VIEW_END;
	view.len = 1;
	view.one = (struct sdn_view_switch){.datapath_id = UINT64_MAX,
	                                    .packet_ins = UINT64_MAX,
	                                    .tables_known = true,
	                                    .tables = {.entries = UINT64_MAX}};
	view.ports[0] =
	        (struct sdn_view_port){.port = {.port_no = UINT32_MAX - 1,
	                                        .speed_kbps = UINT32_MAX,
	                                        .load = {.known = true,
	                                                 .counters = {.rx_bytes = UINT64_MAX,
	                                                              .tx_bytes = UINT64_MAX - 1}}},
	                               .state = SDN_PORT_LOOPED};
	json = sdn_api_rows_switch(&view, &none);
	assert_non_null(json);
	port = json_array_get(json_object_get(json, "ports"), 0);
	counters = json_object_get(port, "counters");
	assert_true(json_is_null(json_object_get(counters, "rx_bytes")));
	assert_int_equal(json_integer_value(json_object_get(counters, "tx_bytes")), INT64_MAX);
	assert_true(json_is_null(json_object_get(port, "rates")));
	assert_string_equal(json_string_value(json_object_get(port, "leads_to")), "looped");
	assert_int_equal(json_integer_value(json_object_get(port, "capacity_bps")),
	                 UINT32_MAX * UINT64_C(1000));
	json_decref(json);
}

static void test_links(void **state)
{
	static struct sdn_view view;
	json_t *json, *links;

	view.from = 7;
	view.len = 3;
	view.links[0] = (struct sdn_view_link){.number = 1,
	                                       .peer_number = 2,
	                                       .state = SDN_PORT_LINK,
	                                       .rated = true,
	                                       .tx_bps = 5,
	                                       .speed_kbps = 10,
	                                       .peer_speed_kbps = 4};
	view.links[1] =
	        (struct sdn_view_link){.number = 2, .peer_number = 1, .state = SDN_PORT_LINK};
	view.links[2] =
	        (struct sdn_view_link){.number = 3, .peer_number = 4, .state = SDN_PORT_ONE_WAY};
	json = sdn_api_rows_links(&view);
	links = json_object_get(json, "links");
	assert_int_equal(json_array_size(links), 1);
	assert_string_equal(json_string_value(json_object_get(json, "next")), "7");
	links = json_array_get(links, 0);
	assert_int_equal(json_integer_value(json_object_get(links, "capacity_bps")), 4000);
	assert_int_equal(json_integer_value(json_object_get(links, "a_to_b_bps")), 5);
	assert_true(json_is_null(json_object_get(links, "b_to_a_bps")));
	json_decref(json);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_query),   cmocka_unit_test(test_datapath),
	        cmocka_unit_test(test_problem), cmocka_unit_test(test_pages),
	        cmocka_unit_test(test_stream),  cmocka_unit_test(test_rows),
	        cmocka_unit_test(test_links),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

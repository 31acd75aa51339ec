// Requests to etcd byte for byte, its responses (as etcd 3.4.23 wrote them), and what is none.
#include "harness.h"

#include "core/rand.h"
#include "proto/cluster/cluster_etcd.h"
#include "proto/cluster/cluster_json.h"

#include <stdio.h>
#include <stdlib.h>

static const struct cluster_request put_ask = {.ask = {.put = true,
                                                       .record = {.revision = 7,
                                                                  .owner = 0xabc,
                                                                  .generation = 0x10abc,
                                                                  .digest = 0xd16e,
                                                                  .name = "left"}}};
static const struct cluster_request get_ask;

static void test_requests(void **state)
{
	char body[4096] = "";
	struct fill out = fill_of(body, sizeof(body) - 1);
	struct cluster_request shares = put_ask;

	cluster_etcd_ask(&out, "k", &get_ask);
	assert_false(out.bad);
	assert_string_equal(body, "{\"success\":[{\"request_range\":{\"key\":\"aw==\"}}]}");
	memset(body, 0, sizeof(body));
	out = fill_of(body, sizeof(body) - 1);
	cluster_etcd_ask(&out, "k", &put_ask);
	assert_string_equal(
	        body, "{\"compare\":[{\"target\":\"MOD\",\"key\":\"aw==\",\"mod_revision\":\"7\"}],"
	              "\"success\":[{\"request_put\":{\"key\":\"aw==\",\"value\":"
	              "\"d2FkaS0zIDAwMDAwMDAwMDAwMDBhYmMgMDAwMDAwMDAwMDAxMGFiYyAwMDAwMDAw"
	              "MDAwMDBkMTZlIDAgbGVmdA==\"}},{\"request_range\":{\"key\":\"aw==\"}}],"
	              "\"failure\":[{\"request_range\":{\"key\":\"aw==\"}}]}");
	// With rows: those that are written, and those that changed.
	shares.rows = true;
	shares.since = 44;
	shares.puts_len = 1;
	shares.put[0] = (struct cluster_put){.name = "share", .text = span_of("text", 4)};
	memset(body, 0, sizeof(body));
	out = fill_of(body, sizeof(body) - 1);
	cluster_etcd_ask(&out, "k", &shares);
	assert_non_null(strstr(body, "{\"request_put\":{\"key\":\"ay9zaGFyZQ==\",\"value\":"
	                             "\"dGV4dA==\"}},{\"request_range\":{\"key\":\"aw==\"}},"
	                             "{\"request_range\":{\"key\":\"ay8=\",\"range_end\":\"azA=\","
	                             "\"min_mod_revision\":\"44\"}}],\"failure\":["));
}

static void test_a_request_with_rows_of_the_network(void **state)
{
	char body[2048] = "";
	struct fill out = fill_of(body, sizeof(body) - 1);
	struct cluster_request request = {
	        .net = true,
	        .net_since = 7,
	        .puts_len = 1,
	        .put = {{.name = "net/1", .is_net = true, .text = span_of("text", 4)}}};

	cluster_etcd_ask(&out, "k", &request);
	assert_string_equal(
	        body, "{\"success\":[{\"request_put\":{\"key\":\"ay5uZXQvMQ==\",\"value\":"
	              "\"dGV4dA==\"}},{\"request_range\":{\"key\":\"aw==\"}},{\"request_range\":"
	              "{\"key\":\"ay5uZXQv\",\"range_end\":\"ay5uZXQw\",\"min_mod_revision\":"
	              "\"7\",\"limit\":\"16\",\"sort_order\":\"ASCEND\",\"sort_target\":"
	              "\"MOD\"}}]}");
}

static void test_the_longest_request_fits(void **state)
{
	static char text[CLUSTER_NET_BYTES];
	struct cluster_request request = {
	        .ask = {.put = true,
	                .record = {UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX, true, ""}},
	        .fence = UINT64_MAX,
	        .rows = true,
	        .since = UINT64_MAX,
	        .net = true,
	        .net_since = UINT64_MAX,
	        .puts_len = CLUSTER_PUTS_MAX,
	        .put = {{.name = "reach/", .text = span_of(text, CLUSTER_REACH_BYTES(9))},
	                {.name = "share", .text = span_of(text, CLUSTER_SHARE_BYTES(9))},
	                {.name = "tree/", .text = span_of(text, CLUSTER_TREE_BYTES(9))}}};
	size_t size = cluster_etcd_body_bytes(9, true);
	char key[CLUSTER_ETCD_KEY_BYTES + 1] = "", *body = malloc(size);
	struct fill out = fill_of(body, size);

	memset(key, 'k', CLUSTER_ETCD_KEY_BYTES);
	memset(request.ask.record.name, 'n', CLUSTER_NAME_BYTES);
	memset(request.put[0].name + 6, 'n', CLUSTER_NAME_BYTES);
	memset(request.put[2].name + 5, 'n', CLUSTER_NAME_BYTES);
	for (unsigned i = 3; i < CLUSTER_PUTS_MAX; i++)
		request.put[i] = (struct cluster_put){.name = "net/0123456789abcdef",
		                                      .is_net = true,
		                                      .text = span_of(text, sizeof(text))};
	cluster_etcd_ask(&out, key, &request);
	assert_false(out.bad);
	free(body);
}

#define HEADER                                                                                     \
	"{\"header\":{\"cluster_id\":\"14841639068965178418\",\"member_id\":"                      \
	"\"10276657743932975437\",\"revision\":\"9\",\"raft_term\":\"2\"},"
#define VALUE                                                                                      \
	"d2FkaS0zIDAwMDAwMDAwMDAwMDBhYmMgMDAwMDAwMDAwMDAxMGFiYyAwMDAwMDAwMDAwMDBkMTZlIDAgbGVmdA=="
#define KVS(value)                                                                                 \
	"\"response_range\":{\"header\":{\"revision\":\"9\"},\"kvs\":[{\"key\":"                   \
	"\"aw==\",\"create_revision\":\"3\",\"mod_revision\":\"8\",\"version\":\"5\",\"value\":"   \
	"\"" value "\"}],\"count\":\"1\"}"
#define RANGE(value) "\"responses\":[{" KVS(value) "}]}"

struct seen {
	unsigned rows;
	uint64_t revision;
	char name[32], text[32];
};

static void row_see(void *ctx, struct span name, uint64_t revision, struct span text, mono_t now)
{
	struct seen *seen = ctx;

	seen->rows++;
	seen->revision = revision;
	snprintf(seen->name, sizeof(seen->name), "%.*s", (int)span_left(&name), name.p);
	snprintf(seen->text, sizeof(seen->text), "%.*s", (int)span_left(&text), text.p);
}

static struct seen seen;

static bool answer_of(const char *text, const struct cluster_request *request,
                      struct cluster_answer *answer)
{
	size_t len = strlen(text);
	uint8_t room[256];
	struct cluster_etcd_reader reader = {
	        .room = fill_of(room, sizeof(room)), .row = row_see, .ctx = &seen};
	uint8_t *block = malloc(len ? len : 1); // so that a read beyond it is found
	bool good;

	memcpy(block, text, len);
	good = cluster_etcd_answer(span_of(block, len), "k", request, &reader, answer);
	free(block);
	return good;
}

static void test_responses(void **state)
{
	struct cluster_answer answer;

	assert_true(answer_of(HEADER "\"succeeded\":true,\"responses\":[{\"response_put\":"
	                             "{\"header\":{\"revision\":\"9\"}}},{" KVS(VALUE) "}]}",
	                      &put_ask, &answer));
	assert_true(answer.written);
	assert_int_equal(answer.revision, 9);
	assert_int_equal(answer.found.revision, 8);
	assert_int_equal(answer.found.owner, 0xabc);
	assert_true(answer_of(HEADER RANGE(VALUE), &put_ask, &answer));
	assert_false(answer.written);
	assert_int_equal(answer.found.revision, 8);
	assert_int_equal(answer.found.generation, 0x10abc);
	assert_int_equal(answer.found.digest, 0xd16e);
	assert_string_equal(answer.found.name, "left");
	// A get is a transaction that always succeeds.
	assert_true(answer_of(HEADER "\"succeeded\":true," RANGE(VALUE), &get_ask, &answer));
	assert_false(answer.written);
	assert_int_equal(answer.found.owner, 0xabc);
	assert_true(answer_of(HEADER "\"succeeded\":true,\"responses\":[{\"response_range\":"
	                             "{\"header\":{\"revision\":\"9\"}}}]}",
	                      &get_ask, &answer));
	assert_int_equal(answer.found.revision, 0);
}

// Rows come with the record; one that cannot be read is passed over.
static void test_rows(void **state)
{
	struct cluster_answer answer;

	seen = (struct seen){0};
	assert_true(answer_of(
	        HEADER "\"responses\":[{" KVS(VALUE) "},{\"response_range\":{\"kvs\":["
	                                             "{\"key\":\"ay9zaGFyZQ==\",\"mod_revision\":"
	                                             "\"5\",\"value\":\"dGV4dA==\"},"
	                                             "{\"key\":\"ay9zaGFyZQ==\",\"mod_revision\":"
	                                             "\"x\",\"value\":\"dGV4dA==\"},"
	                                             "{\"key\":\"a2s=\",\"mod_revision\":\"6\","
	                                             "\"value\":\"dGV4dA==\"}]}}]}",
	        &get_ask, &answer));
	assert_int_equal(answer.found.owner, 0xabc);
	assert_int_equal(seen.rows, 1);
	assert_int_equal(seen.revision, 5);
	assert_string_equal(seen.name, "share");
	assert_string_equal(seen.text, "text");
}

static void test_what_is_none(void **state)
{
	static const char *const texts[] = {
	        "",
	        "{}",
	        "[]",
	        "null",
	        "{\"error\":\"etcdserver: no leader\",\"code\":14}",
	        HEADER "\"succeeded\":true}",
	        HEADER "\"responses\":[]}",
	        HEADER "\"responses\":[{\"response_range\":",
	        HEADER RANGE("d2FkaS0x"),     // no number
	        HEADER RANGE("bm90IG91cnM="), // another's
	        HEADER RANGE("***"),
	        HEADER "\"responses\":[{\"response_range\":{\"kvs\":[{\"mod_revision\":\"x\"}]}}]}",
	        HEADER "\"responses\":[{\"response_range\":{\"kvs\":[{\"mod_revision\":"
	               "\"99999999999999999999\",\"value\":\"" VALUE "\"}]}}]}",
	};
	struct cluster_answer answer;

	for (unsigned i = 0; i < ARRAY_LEN(texts); i++)
		if (answer_of(texts[i], &get_ask, &answer))
			fail_msg("row %u: %s", i, texts[i]);
}

static void test_json(void **state)
{
	static const char *const path[] = {"a", "[", "b", NULL};
	static const struct {
		const char *text, *value; // NULL: there is none
	} rows[] = {
	        {"{\"a\":[{\"b\":1}]}", "1"},
	        {" { \"x\" : [ { } , \"]\\\"\" ] , \"a\" : [ { \"c\":{}, \"b\" : \"v\" } ] } ",
	         "\"v\""},
	        {"{\"a\":[]}", NULL},
	        {"{\"a\":{\"b\":1}}", NULL},
	        {"{\"a\":[{\"b\":", NULL},
	        {"{\"a\":[{\"b\":}]}", NULL},
	        {"{\"x\":]}", NULL},
	        {"{\"x\"", NULL},
	        {"{\"x\":\"\\", NULL},
	        {"{\"a\":[{\"b\":[1,{\"c\":2}]}]}", "[1,{\"c\":2}]"},
	};

	for (unsigned i = 0; i < ARRAY_LEN(rows); i++) {
		struct span value;
		bool found = cluster_json_find(span_of(rows[i].text, strlen(rows[i].text)), path,
		                               &value);

		if (found != (rows[i].value != NULL) ||
		    (found && (span_left(&value) != strlen(rows[i].value) ||
		               memcmp(value.p, rows[i].value, span_left(&value)) != 0)))
			fail_msg("row %u: %s", i, rows[i].text);
	}
}

// Every cut, and bytes changed at random: never read beyond, never believed in part.
static void test_spoiled(void **state)
{
	static const char text[] = HEADER RANGE(VALUE);
	struct cluster_answer answer;
	char spoiled[sizeof(text)];
	struct rand rand;

	for (size_t len = 0; len < sizeof(text) - 1; len++) {
		memcpy(spoiled, text, len);
		spoiled[len] = '\0';
		if (answer_of(spoiled, &get_ask, &answer))
			assert_int_equal(answer.found.revision == 0 || answer.found.owner == 0xabc,
			                 1);
	}
	rand_init(&rand, 17);
	for (unsigned i = 0; i < 20000; i++) {
		memcpy(spoiled, text, sizeof(text));
		for (unsigned k = 0; k < 3; k++)
			spoiled[rand_below(&rand, sizeof(text) - 1)] =
			        (char)(1 + rand_below(&rand, 255));
		(void)!answer_of(spoiled, &get_ask, &answer);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_requests),
	        cmocka_unit_test(test_a_request_with_rows_of_the_network),
	        cmocka_unit_test(test_the_longest_request_fits),
	        cmocka_unit_test(test_responses),
	        cmocka_unit_test(test_rows),
	        cmocka_unit_test(test_what_is_none),
	        cmocka_unit_test(test_json),
	        cmocka_unit_test(test_spoiled),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

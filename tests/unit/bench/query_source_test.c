// query_pcap and query_mix: the queries of captures of each form, what in captures is no query,
// and the shares of synthetic ones.
#include "harness.h"

#include "proto/bench/query_mix.h"
#include "proto/bench/query_pcap.h"

#include <errno.h>

static struct query_set set;

static int teardown(void **state)
{
	query_set_close(&set);
	return 0;
}

// A capture that is being written.
static struct {
	uint8_t b[8192];
	size_t len;
	bool big;
} file;

static void put(size_t n, uint64_t value, bool big)
{
	for (size_t i = 0; i < n; i++)
		file.b[file.len + (big ? n - 1 - i : i)] = (uint8_t)(i < 8 ? value >> 8 * i : 0);
	file.len += n;
}

static void put_bytes(const void *bytes, size_t len)
{
	memcpy(file.b + file.len, bytes, len);
	file.len += len;
}

static void begin(uint32_t magic, uint32_t link, bool big)
{
	file.len = 0;
	file.big = big;
	put(4, magic, big);
	put(4, 0, big);
	put(8, 0, big);
	put(4, 65535, big);
	put(4, link, big);
}

static const uint8_t question[] = "\x12\x34\1\0\0\1\0\0\0\0\0\0\1a\0\0\1\0\1";
#define QUESTION_BYTES (sizeof(question) - 1)

struct form {
	unsigned ip;       // 4 or 6
	unsigned tags;     // of Ethernet
	unsigned protocol; // 17: UDP
	unsigned port;
	unsigned frag; // of IPv4
	int cut;       // from what the header says
};

static const struct form plain = {4, 0, 17, 53, 0, 0};

static void put_udp(const struct form *form, const void *msg, size_t len)
{
	size_t udp = 8 + len;

	if (form->ip == 4) {
		put(2, 0x4500, true);
		put(2, 20 + udp, true);
		put(2, 0, true);
		put(2, form->frag, true);
		put(1, 64, true);
		put(1, form->protocol, true);
		put(10, 0, true);
	} else {
		put(4, 0x60000000, true);
		put(2, udp, true);
		put(1, form->protocol, true);
		put(1, 64, true);
		put(32, 0, true);
	}
	put(2, 4000, true);
	put(2, form->port, true);
	put(2, udp, true);
	put(2, 0, true);
	put_bytes(msg, len);
}

// A packet of a capture of this link type.
static void add(uint32_t link, const struct form *form, uint64_t seconds, uint64_t fraction,
                const void *msg, size_t len)
{
	size_t head = file.len, begin_at;

	file.len += 16;
	begin_at = file.len;
	if (link == 1) {
		put(12, 0, true);
		for (unsigned i = 0; i < form->tags; i++)
			put(4, i ? 0x81000005 : 0x88a80007, true);
	} else if (link == 113) {
		put(14, 0, true);
	}
	if (link != 101)
		put(2, form->ip == 4 ? 0x0800 : 0x86dd, true);
	put_udp(form, msg, len);
	begin_at = file.len - begin_at - (size_t)form->cut;
	file.len -= (size_t)form->cut;
	len = file.len;
	file.len = head;
	put(4, seconds, file.big);
	put(4, fraction, file.big);
	put(4, begin_at, file.big);
	put(4, begin_at, file.big);
	file.len = len;
}

static struct query_pcap_counts read_all(void)
{
	struct query_pcap_counts counts;
	struct why why = {""};

	assert_true(capture_is(file.b, file.len));
	if (query_pcap_add(&set, file.b, file.len, &counts, &why))
		fail_msg("%s", why.text);
	return counts;
}

static void test_captures_of_each_form(void **state)
{
	static const uint32_t links[] = {1, 101, 113};

	for (unsigned i = 0; i < 3 * 2 * 2 * 2; i++) {
		uint32_t link = links[i % 3];
		bool big = i / 3 % 2, ns = i / 6 % 2;
		struct form form = plain;

		form.ip = i / 12 ? 6 : 4;
		form.tags = link == 1 ? i / 3 % 3 : 0;
		query_set_close(&set);
		begin(ns ? 0xa1b23c4d : 0xa1b2c3d4, link, big);
		add(link, &form, 100, ns ? 500000 : 500, question, QUESTION_BYTES);
		add(link, &form, 101, ns ? 700000 : 700, question, QUESTION_BYTES);
		assert_int_equal(read_all().packets, 2);
		assert_int_equal(set.len, 2);
		assert_int_equal(set.at_us[0], 0);
		assert_int_equal(set.at_us[1], 1000200);
		// The identifier is 0, the rest as it was.
		assert_memory_equal(query_set_get(&set, 1)->msg, "\0\0", 2);
		assert_memory_equal(query_set_get(&set, 1)->msg + 2, question + 2,
		                    QUESTION_BYTES - 2);
		assert_int_equal(query_set_get(&set, 1)->question_len, 7);
	}
}

static void test_what_is_no_query_is_counted(void **state)
{
	struct form forms[8];
	uint8_t response[QUESTION_BYTES], none[QUESTION_BYTES];

	for (unsigned i = 0; i < ARRAY_LEN(forms); i++)
		forms[i] = plain;
	forms[1].protocol = 6;
	forms[2].port = 54;
	forms[3].frag = 0x2000;
	forms[4].cut = 1;
	forms[5].ip = 6;
	forms[5].cut = 30;
	memcpy(response, question, QUESTION_BYTES);
	response[2] |= 0x80;
	memcpy(none, question, QUESTION_BYTES);
	none[5] = 0;
	begin(0xa1b2c3d4, 1, false);
	for (unsigned i = 0; i < ARRAY_LEN(forms); i++)
		add(1, &forms[i], i, 0,
		    i == 6   ? response
		    : i == 7 ? none
		             : question,
		    QUESTION_BYTES);
	for (size_t len = 0; len < QUESTION_BYTES; len++)
		add(1, &plain, 9, 0, question, len);
	assert_int_equal(read_all().others, 7 + QUESTION_BYTES);
	assert_int_equal(set.len, 1);
}

static void test_a_file_that_is_cut_gives_what_is_whole(void **state)
{
	size_t whole, all;

	begin(0xa1b2c3d4, 1, false);
	add(1, &plain, 1, 0, question, QUESTION_BYTES);
	whole = file.len;
	add(1, &plain, 2, 0, question, QUESTION_BYTES);
	all = file.len;
	for (file.len = whole; file.len < all; file.len++) {
		query_set_close(&set);
		assert_int_equal(read_all().cut, file.len > whole);
		assert_int_equal(set.len, 1);
	}
}

static void test_captures_that_are_not_read_are_named(void **state)
{
	static const struct {
		uint32_t magic, link;
		size_t len;
		const char *why;
	} rows[] = {
	        {0x0a0d0d0a, 1, 24, "is a capture without interfaces"},
	        {0xa1b2c3d4, 147, 24, "is a capture of the link type 147"},
	        {0xa1b2c3d4, 1, 23, "is a capture that ends in its header"},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct query_pcap_counts counts;
		struct why why;

		begin(rows[i].magic, rows[i].link, true);
		assert_true(capture_is(file.b, rows[i].len));
		assert_int_equal(query_pcap_add(&set, file.b, rows[i].len, &counts, &why), -EINVAL);
		assert_int_equal(strncmp(why.text, rows[i].why, strlen(rows[i].why)), 0);
	}
	assert_false(capture_is("www.example.org A", 17));
	assert_false(capture_is("\xa1\xb2", 2));
}

static void test_shares_of_synthetic_queries(void **state)
{
	const struct query_form form = {.udp_bytes = 1232};
	struct query_mix mix = {.zone = "example.org",
	                        .label = "host",
	                        .names = 20000,
	                        .seed = 1,
	                        .do_percent = 25};
	unsigned types[256] = {0}, with_do = 0;
	struct why why;

	assert_true(query_mix_types(&mix, "A:70,AAAA:20,MX:10"));
	assert_int_equal(query_mix_add(&set, &form, &mix, &why), 0);
	assert_int_equal(set.len, 20000);
	for (uint32_t i = 0; i < set.len; i++) {
		const struct query *query = query_set_get(&set, i);
		const uint8_t *end = query->msg + 12 + query->question_len;

		types[end[-3]]++;
		with_do += end[7] >> 7;
	}
	assert_in_range(types[1], 13700, 14300);
	assert_in_range(types[28], 3800, 4200);
	assert_in_range(types[15], 1850, 2150);
	assert_in_range(with_do, 4800, 5200);
	assert_memory_equal(query_set_get(&set, 12345)->msg + 12, "\11host12345\7example\3org", 23);
}

static void test_lists_of_types(void **state)
{
	static const char *const right[] = {"A", "a:1", "A,AAAA", "TYPE65280:5,A:1000000"};
	static const char *const wrong[] = {"",     "A,",   ",A",  "A:",   "A:0",      "A:x",
	                                    "A:-1", "A:1x", "A B", "WHAT", "A:1000001"};
	struct query_mix mix;

	for (size_t i = 0; i < ARRAY_LEN(right); i++)
		assert_true(query_mix_types(&mix, right[i]));
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
		assert_false(query_mix_types(&mix, wrong[i]));
}

static void test_a_zone_whose_names_are_too_long(void **state)
{
	const struct query_form form = {.random_label = true};
	char zone[240];
	struct query_mix mix = {.zone = zone, .label = "", .names = 1};
	struct why why;

	memset(zone, 'x', sizeof(zone));
	for (unsigned i = 49; i < sizeof(zone) - 2; i += 50)
		zone[i] = '.';
	zone[sizeof(zone) - 1] = '\0';
	assert_true(query_mix_types(&mix, "A"));
	assert_int_equal(query_mix_add(&set, &form, &mix, &why), 0);
	memset(zone + 200, 'x', 39);
	mix.label = "long";
	assert_int_equal(query_mix_add(&set, &form, &mix, &why), -EINVAL);
	mix.zone = ".";
	mix.label = "n";
	assert_int_equal(query_mix_add(&set, &form, &mix, &why), 0);
}

#define TEST(name) cmocka_unit_test_teardown(name, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        TEST(test_captures_of_each_form),
	        TEST(test_what_is_no_query_is_counted),
	        TEST(test_a_file_that_is_cut_gives_what_is_whole),
	        TEST(test_captures_that_are_not_read_are_named),
	        TEST(test_shares_of_synthetic_queries),
	        TEST(test_lists_of_types),
	        TEST(test_a_zone_whose_names_are_too_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

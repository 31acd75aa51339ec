// query and query_text: lists as they are read, messages as they are sent, sums, and names
// with random labels.
#include "harness.h"

#include "core/rand.h"
#include "proto/bench/query_text.h"

#include <errno.h>
#include <stdio.h>

static struct query_set set;

static int teardown(void **state)
{
	query_set_close(&set);
	return 0;
}

static int add(const struct query_form *form, const char *text, struct why *why)
{
	return query_text_add(&set, form, text, strlen(text), why);
}

static const struct query *get(uint32_t i)
{
	assert_true(i < set.len);
	return query_set_get(&set, i);
}

static void test_messages_are_those_of_the_list(void **state)
{
	static const uint8_t plain[] = "\0\0\0\0\0\1\0\0\0\0\0\0\3www\7example\3org\0\0\1\0\1";
	static const uint8_t with_opt[] = "\0\0\1\0\0\1\0\0\0\0\0\1\1b\0\0\34\0\1"
	                                  "\0\0\51\4\320\0\0\200\0\0\0";
	struct query_form form = {0};
	struct why why;

	assert_int_equal(add(&form, "; comment\n# too\n\n  www.example.org.  A \r\n", &why), 0);
	form = (struct query_form){.udp_bytes = 1232, .dnssec_ok = true, .recursion = true};
	assert_int_equal(add(&form, "b\tAAAA\tnxdomain", &why), 0);
	assert_int_equal(set.len, 2);
	assert_int_equal(get(0)->len, sizeof(plain) - 1);
	assert_memory_equal(get(0)->msg, plain, sizeof(plain) - 1);
	assert_int_equal(get(0)->rcode, QUERY_ANY_RCODE);
	assert_int_equal(get(0)->question_len, 21);
	assert_int_equal(get(1)->len, sizeof(with_opt) - 1);
	assert_memory_equal(get(1)->msg, with_opt, sizeof(with_opt) - 1);
	assert_int_equal(get(1)->rcode, DNS_NXDOMAIN);
}

static void test_what_is_wrong_in_a_list_is_said_with_its_line(void **state)
{
	static const struct {
		const char *text, *why;
	} rows[] = {
	        {"a", "line 1: is not a name, a type, and at most a response code"},
	        {"a A\n\nb A NOERROR 1 192.0.2.1 x",
	         "line 3: is not a name, a type, and at most a response code"},
	        {"a A NOERROR x", "line 1: is no number of records: x"},
	        {"a A NOERROR 1x", "line 1: is no number of records: 1x"},
	        {"a A NOERROR -1", "line 1: is no number of records: -1"},
	        {"a A NOERROR 65535", "line 1: is no number of records: 65535"},
	        {"a A * * 2001:db8::1", "line 1: is no address of an A or AAAA record: 2001:"},
	        {"a AAAA * * 192.0.2.1", "line 1: is no address of an A or AAAA record: 192"},
	        {"a MX * * 192.0.2.1", "line 1: is no address of an A or AAAA record: 192"},
	        {"a B", "line 1: there is no type B"},
	        {"a A\nb A NEVER", "line 2: there is no response code NEVER"},
	        {"a A NO", "line 1: there is no response code NO"},
	        {"a..b A", "line 1: "},
	};
	const struct query_form form = {0};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct why why;

		assert_int_equal(add(&form, rows[i].text, &why), -EINVAL);
		assert_int_equal(strncmp(why.text, rows[i].why, strlen(rows[i].why)), 0);
	}
}

// An answer to the first question of the set, with these records behind it.
static struct {
	uint8_t b[512];
	size_t len;
} answer;

static void begin_answer(uint32_t i, uint16_t answers)
{
	answer.len = (size_t)DNS_HDR_BYTES + get(i)->question_len;
	memcpy(answer.b, get(i)->msg, answer.len);
	answer.b[2] |= 0x80;
	answer.b[7] = (uint8_t)answers;
}

static void add_record(const char *name, size_t name_len, uint8_t type, const void *rdata,
                       uint8_t len)
{
	const uint8_t head[] = {0, type, 0, 1, 0, 0, 1, 44, 0, len};

	memcpy(answer.b + answer.len, name, name_len);
	memcpy(answer.b + answer.len + name_len, head, sizeof(head));
	memcpy(answer.b + answer.len + name_len + sizeof(head), rdata, len);
	answer.len += name_len + sizeof(head) + len;
}

static enum query_verdict judge(uint32_t i)
{
	return query_judge(get(i), 0, answer.b, answer.len);
}

static void test_what_is_wanted_of_an_answer_is_checked(void **state)
{
	static const char alias[] = "\1c\xc0\x0c";
	struct query_form form = {.udp_bytes = 1232};
	struct why why;

	assert_int_equal(add(&form,
	                     "a A NOERROR 2 192.0.2.1\na A * 0\na AAAA * * 2001:db8::1\n"
	                     "a A NXDOMAIN *\n",
	                     &why),
	                 0);
	// As many records as are wanted, the address among them, in any order, behind an alias.
	begin_answer(0, 2);
	add_record("\xc0\x0c", 2, DNS_TYPE_CNAME, "\1c\xc0\x0c", 4);
	add_record(alias, 4, DNS_TYPE_A, "\xc0\0\2\1", 4);
	assert_int_equal(judge(0), QUERY_RIGHT);
	assert_int_equal(judge(1), QUERY_UNEXPECTED); // 2, not 0
	answer.b[7] = 3;
	assert_int_equal(judge(0), QUERY_UNEXPECTED);
	// The address of another type, another address, and a section that breaks off anywhere.
	begin_answer(0, 2);
	add_record("\xc0\x0c", 2, DNS_TYPE_CNAME, "\xc0\0\2\1", 4);
	add_record("\xc0\x0c", 2, DNS_TYPE_A, "\xc0\0\2\2", 4);
	assert_int_equal(judge(0), QUERY_UNEXPECTED);
	answer.b[answer.len - 1] = 1;
	assert_int_equal(judge(0), QUERY_RIGHT);
	for (answer.len--; answer.len >= (size_t)DNS_HDR_BYTES + get(0)->question_len; answer.len--)
		assert_int_equal(judge(0), QUERY_UNEXPECTED);
	// No records; any number with an address.
	begin_answer(1, 0);
	assert_int_equal(judge(1), QUERY_RIGHT);
	begin_answer(2, 1);
	add_record("\xc0\x0c", 2, DNS_TYPE_AAAA, "\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1", 16);
	assert_int_equal(judge(2), QUERY_RIGHT);
	// The code counts as before.
	begin_answer(3, 0);
	assert_int_equal(judge(3), QUERY_UNEXPECTED);
	answer.b[3] = DNS_NXDOMAIN;
	assert_int_equal(judge(3), QUERY_RIGHT);
	assert_int_equal(query_want_of(get(3)).rcode, DNS_NXDOMAIN);
	assert_int_equal(query_want_of(get(3)).answers, QUERY_ANY_ANSWERS);
	assert_int_equal(query_want_of(get(0)).answers, 2);
}

static void test_thousands_stay_where_they_are_found(void **state)
{
	const struct query_form form = {.udp_bytes = 512};
	static char text[600000];
	size_t len = 0;
	struct why why;

	for (unsigned i = 0; i < 20000; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "n%u.example A\n", i);
	assert_int_equal(add(&form, text, &why), 0);
	assert_int_equal(set.len, 20000);
	for (unsigned i = 0; i < 20000; i++) {
		char name[16];
		int name_len = snprintf(name, sizeof(name), "n%u", i);

		assert_int_equal(get(i)->msg[12], name_len);
		assert_memory_equal(get(i)->msg + 13, name, (size_t)name_len);
	}
}

// The sum that is returned is that of the bytes, for names of each length, so that labels and
// messages end at odd and even offsets.
static void test_sums_are_those_of_what_is_written(void **state)
{
	struct rand rand;
	char name[64] = "";

	rand_init(&rand, 2);
	for (unsigned i = 1; i < 60; i++) {
		char line[80];
		struct why why;

		name[i - 1] = 'x';
		snprintf(line, sizeof(line), "%s A\n", name);
		for (unsigned random = 0; random < 2; random++) {
			const struct query_form form = {.udp_bytes = (uint16_t)(i % 2 ? 1232 : 0),
			                                .random_label = random};

			assert_int_equal(add(&form, line, &why), 0);
		}
	}
	for (uint32_t i = 0; i < set.len; i++) {
		const struct query *query = get(i);
		uint16_t id = (uint16_t)rand_u64(&rand);
		uint32_t nonce = (uint32_t)rand_u64(&rand);
		uint8_t b[512];
		cksum_t sum = {query_write(query, id, nonce, b)};

		assert_int_equal(be16_get(((const struct dns_hdr *)b)->id), id);
		assert_int_equal(cksum_fold(sum).be,
		                 cksum_fold(cksum_add((cksum_t){0}, b, query->len)).be);
		assert_int_equal(dns_name_check(b + 12, query->len - 12), query->question_len - 4);
	}
}

static void test_random_labels_belong_to_their_nonces(void **state)
{
	const struct query_form form = {.random_label = true};
	uint8_t a[64], b[64];
	struct why why;

	assert_int_equal(add(&form, "example.org A\n", &why), 0);
	query_write(get(0), 1, 0, a);
	assert_memory_equal(a + 12, "\10aaaaaaaa\7example\3org", 22);
	query_write(get(0), 1, 0x1234fedc, b);
	assert_memory_equal(b + 12, "\10mnopedcb\7example\3org", 22);
	a[2] |= 0x80;
	b[2] |= 0x80;
	assert_int_equal(query_judge(get(0), 0, a, get(0)->len), QUERY_RIGHT);
	assert_int_equal(query_judge(get(0), 0x1234fedc, b, get(0)->len), QUERY_RIGHT);
	assert_int_equal(query_judge(get(0), 1, a, get(0)->len), QUERY_OTHER);
	assert_int_equal(query_judge(get(0), 0, b, get(0)->len), QUERY_OTHER);
	b[12] = 7;
	assert_int_equal(query_judge(get(0), 0x1234fedc, b, get(0)->len), QUERY_OTHER);
	a[14] = 'A';
	a[22] = 'E';
	assert_int_equal(query_judge(get(0), 0, a, get(0)->len), QUERY_RIGHT);
}

static void test_a_name_too_long_for_a_label_is_refused(void **state)
{
	const struct query_form form = {.random_label = true};
	char text[300];
	struct why why;

	memset(text, 'x', sizeof(text));
	for (unsigned i = 49; i < 250; i += 50)
		text[i] = '.';
	strcpy(text + 246, " A");
	assert_int_equal(add(&form, text, &why), -EINVAL);
	assert_string_equal(why.text, "line 1: the name is too long for a random label");
	strcpy(text + 240, " A");
	assert_int_equal(add(&form, text, &why), 0);
}

static void test_datagrams_that_come_back_are_compared_whole(void **state)
{
	uint8_t b[QUERY_ECHO_MAX];

	assert_int_equal(query_set_add_echo(&set, QUERY_ECHO_MIN - 1), -EINVAL);
	assert_int_equal(query_set_add_echo(&set, QUERY_ECHO_MAX + 1), -EINVAL);
	assert_int_equal(query_set_add_echo(&set, QUERY_ECHO_MIN), 0);
	assert_int_equal(query_set_add_echo(&set, QUERY_ECHO_MAX), 0);
	for (uint32_t i = 0; i < set.len; i++) {
		const struct query *query = get(i);
		cksum_t sum = {query_write(query, 0xabcd, 0, b)};

		assert_int_equal(cksum_fold(sum).be,
		                 cksum_fold(cksum_add((cksum_t){0}, b, query->len)).be);
		assert_int_equal(query_judge(query, 0, b, query->len), QUERY_RIGHT);
		assert_int_equal(query_judge(query, 0, b, query->len - 1),
		                 i ? QUERY_OTHER : QUERY_BROKEN);
		b[query->len - 1] ^= 1;
		assert_int_equal(query_judge(query, 0, b, query->len), QUERY_OTHER);
	}
}

#define TEST(name) cmocka_unit_test_teardown(name, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        TEST(test_messages_are_those_of_the_list),
	        TEST(test_what_is_wrong_in_a_list_is_said_with_its_line),
	        TEST(test_what_is_wanted_of_an_answer_is_checked),
	        TEST(test_thousands_stay_where_they_are_found),
	        TEST(test_sums_are_those_of_what_is_written),
	        TEST(test_random_labels_belong_to_their_nonces),
	        TEST(test_a_name_too_long_for_a_label_is_refused),
	        TEST(test_datagrams_that_come_back_are_compared_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

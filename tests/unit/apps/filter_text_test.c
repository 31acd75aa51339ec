// filter_text: what a person may type as a filter, what comes of it, and the sentence for each
// thing that is wrong.
#include "harness.h"

#include "apps/boot/filter_text.h"

#include <errno.h>

static struct pkt_filter filter;
static struct why why;

static int compile(const char *text)
{
	why.text[0] = '\0';
	return filter_text_compile(&filter, text, metric_drop_rows, &why);
}

static void test_none(void **state)
{
	assert_int_equal(compile(""), 0);
	assert_int_equal(filter.hosts_len + filter.ports_len + filter.names_len + filter.drops_len,
	                 0);
	assert_int_equal(compile("  \t "), 0);
}

static void test_all(void **state)
{
	static const uint8_t name[] = "\7example\3org";

	assert_int_equal(compile("host 192.0.2.7 host 2001:db8::/32 port 53 port 853 name "
	                         "EXAMPLE.org. drop udp.cksum"),
	                 0);
	assert_int_equal(filter.hosts_len, 2);
	assert_int_equal(filter.ports_len, 2);
	assert_int_equal(filter.port[1], 853);
	assert_int_equal(filter.names_len, 1);
	assert_int_equal(filter.name[0].len, sizeof(name));
	assert_memory_equal(filter.name[0].wire, name, sizeof(name));
	assert_int_equal(filter.drops_len, 1);
	assert_int_equal(filter.drop[0], DROP_UDP_CKSUM);
}

static void test_drops(void **state)
{
	assert_int_equal(compile("drop any"), 0);
	assert_int_equal(filter.drops_len, DROP_COUNT - 1);
	assert_int_equal(compile("drop udp drop udp.cksum drop ipv4.cksum"), 0);
	assert_int_equal(filter.drops_len, DROP_UDP_NO_LISTENER - DROP_UDP_SHORT + 2);
	for (unsigned i = 0; i + 1 < filter.drops_len; i++)
		assert_int_equal(drop_stage((enum drop)filter.drop[i]), STAGE_UDP);
}

static void test_name_of_no_dot(void **state)
{
	assert_int_equal(compile("name org"), 0);
	assert_int_equal(filter.name[0].len, 5);
	assert_int_equal(compile("name ."), 0);
	assert_int_equal(filter.name[0].len, 1);
}

static void test_wrong(void **state)
{
	static const struct {
		const char *text, *sentence;
	} cases[] = {
	        {"hots 192.0.2.7", "'hots' is no condition; a filter is of host ADDRESS"},
	        {"host", "host: an address or a prefix is missing"},
	        {"port 53 name", "name: a domain name is missing"},
	        {"host 192.0.2", "host: '192.0.2' is neither an address nor a prefix"},
	        {"host 192.0.2.7/33", "is neither an address nor a prefix"},
	        {"host www.example.org", "host: 'www.example.org' is neither"},
	        {"port 0", "port: '0' is no port of UDP or TCP, 1 to 65535"},
	        {"port 65536", "port: '65536' is no port"},
	        {"port 99999999999999999999", "is no port"},
	        {"port net0", "port: 'net0' is no port"},
	        {"port -1", "port: '-1' is no port"},
	        {"name a..b", "name: 'a..b' is no domain name"},
	        {"drop udp.cksm", "drop: there is no reason 'udp.cksm'; did you mean udp.cksum?"},
	        {"drop frobnication", "drop: there is no reason 'frobnication'; drops --all lists"},
	        {"port 1 port 2 port 3 port 4 port 5 port 6 port 7 port 8 port 9",
	         "a filter has at most 8 of port"},
	        {"name a name b name c name d name e", "a filter has at most 4 of name"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		assert_int_equal(compile(cases[i].text), -EINVAL);
		if (!strstr(why.text, cases[i].sentence))
			fail_msg("%s: %s", cases[i].text, why.text);
	}
}

static void test_too_long(void **state)
{
	char text[FILTER_TEXT_BYTES + 1];

	memset(text, ' ', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	assert_int_equal(compile(text), -EINVAL);
	assert_non_null(strstr(why.text, "longer than"));
	text[sizeof(text) - 2] = '\0';
	assert_int_equal(compile(text), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_none),  cmocka_unit_test(test_all),
	        cmocka_unit_test(test_drops), cmocka_unit_test(test_name_of_no_dot),
	        cmocka_unit_test(test_wrong), cmocka_unit_test(test_too_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

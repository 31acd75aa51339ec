// pkt_filter: which frames match which conditions, and what is read of frames that are cut
// anywhere, wrapped in tags and extension headers, or none at all.
#include "harness.h"

#include "core/pkt_filter.h"
#include "frames.h"

#include <stdlib.h>

// Conditions as a test writes them; NULL and 0: none.
struct wanted {
	const char *host[3];
	uint16_t port[3];
	const char *name[3]; // labels as bytes
};

static struct pkt_filter filter_of(const struct wanted *wanted)
{
	struct pkt_filter filter = {.hosts_len = 0};

	for (unsigned i = 0; i < 3 && wanted->host[i]; i++) {
		struct prefix prefix;

		assert_true(addr_prefix_parse(wanted->host[i], &prefix));
		assert_true(pkt_filter_add_host(&filter, prefix));
	}
	for (unsigned i = 0; i < 3 && wanted->port[i]; i++)
		filter.port[filter.ports_len++] = wanted->port[i];
	for (unsigned i = 0; i < 3 && wanted->name[i]; i++)
		assert_true(pkt_filter_add_name(&filter, (const uint8_t *)wanted->name[i],
		                                (uint8_t)(strlen(wanted->name[i]) + 1)));
	return filter;
}

static const struct {
	const char *what, *hex;
	struct wanted wanted;
	bool match;
} cases[] = {
        {"nothing wanted", FRAME_DNS4, {.port = {0}}, true},
        {"nothing wanted of no frame", "", {.port = {0}}, true},
        {"source", FRAME_DNS4, {.host = {"10.53.0.1/32"}}, true},
        {"destination", FRAME_DNS4, {.host = {"10.53.0.2/32"}}, true},
        {"other host", FRAME_DNS4, {.host = {"10.53.0.3/32"}}, false},
        {"prefix, host bits given", FRAME_DNS4, {.host = {"10.53.0.77/24"}}, true},
        {"other prefix", FRAME_DNS4, {.host = {"10.54.0.0/16"}}, false},
        {"every IPv4 address", FRAME_DNS4, {.host = {"0.0.0.0/0"}}, true},
        {"every IPv6 address is no IPv4 address", FRAME_DNS4, {.host = {"fd53::/16"}}, false},
        {"the second of two", FRAME_DNS4, {.host = {"10.0.0.1/32", "10.53.0.1/32"}}, true},
        {"IPv6 source", FRAME_DNS6, {.host = {"fd53::1/128"}}, true},
        {"IPv6 prefix", FRAME_DNS6, {.host = {"fd53::/64"}}, true},
        {"IPv6, other", FRAME_DNS6, {.host = {"fd53::3/128"}}, false},
        {"ARP sender", FRAME_ARP, {.host = {"10.53.0.1/32"}}, true},
        {"ARP target", FRAME_ARP, {.host = {"10.53.0.2/32"}}, true},
        {"ARP has no port", FRAME_ARP, {.port = {53}}, false},
        {"destination port", FRAME_DNS4, {.port = {53}}, true},
        {"source port", FRAME_DNS6, {.port = {40000}}, true},
        {"other port", FRAME_DNS4, {.port = {54, 853}}, false},
        {"port of TCP", FRAME_DNS_TCP, {.port = {853, 53}}, true},
        {"host and port", FRAME_DNS4, {.host = {"10.53.0.1/32"}, .port = {53}}, true},
        {"host and other port", FRAME_DNS4, {.host = {"10.53.0.1/32"}, .port = {54}}, false},
        {"name", FRAME_DNS4, {.name = {"\3www\7example\3org"}}, true},
        {"name below", FRAME_DNS4, {.name = {"\7example\3org"}}, true},
        {"every name", FRAME_DNS4, {.name = {""}}, true},
        {"name over IPv6", FRAME_DNS6, {.name = {"\3org"}}, true},
        {"name over TCP", FRAME_DNS_TCP, {.name = {"\7example\3org"}}, true},
        {"other name", FRAME_DNS4, {.name = {"\7example\3net"}}, false},
        {"a name further down", FRAME_DNS4, {.name = {"\1a\3www\7example\3org"}}, false},
        {"the end of a label is no label", FRAME_DNS4, {.name = {"\6xample\3org"}}, false},
        {"the second name", FRAME_DNS4, {.name = {"\3net", "\3org"}}, true},
        {"one VLAN tag",
         FRAME_MACS "8100 0005 " FRAME_IPV4("11") FRAME_UDP FRAME_QUERY,
         {.port = {53}, .name = {"\3org"}},
         true},
        {"two VLAN tags",
         FRAME_MACS "88a8 0005 8100 0006" FRAME_IPV4("11") FRAME_UDP,
         {.port = {53}},
         true},
        {"hop-by-hop options",
         FRAME_MACS FRAME_IPV6("00") "1100 0104 00000000" FRAME_UDP,
         {.port = {53}},
         true},
        {"first fragment",
         FRAME_MACS FRAME_IPV6("2c") "1100 0001 00000000" FRAME_UDP,
         {.port = {53}},
         true},
        {"later fragment",
         FRAME_MACS FRAME_IPV6("2c") "1100 0008 00000000" FRAME_UDP,
         {.port = {53}},
         false},
        {"later fragment has addresses",
         FRAME_MACS FRAME_IPV6("2c") "1100 0008 00000000",
         {.host = {"fd53::1/128"}},
         true},
        {"later fragment of IPv4",
         FRAME_MACS "0800 4500 0039 0000 0001 4011 0000 0a350001 0a350002" FRAME_UDP,
         {.port = {53}},
         false},
        {"options of IPv4",
         FRAME_MACS "0800 4600 0039 0000 0000 4011 0000 0a350001 0a350002 01010101" FRAME_UDP,
         {.port = {53}},
         true},
        {"a header length beyond the frame",
         FRAME_MACS "0800 4f00 0039 0000 0000 4011 0000 0a350001 0a350002" FRAME_UDP,
         {.port = {53}},
         false},
        {"a message without a question",
         FRAME_MACS FRAME_IPV4("11") FRAME_UDP "1267 0100 0000 0000 0000 0000 00 0001 0001",
         {.name = {""}},
         false},
        {"a name without an end",
         FRAME_MACS FRAME_IPV4("11") FRAME_UDP "1267 0100 0001 0000 0000 0000 03 777777",
         {.name = {""}},
         false},
        {"a compressed question",
         FRAME_MACS FRAME_IPV4("11") FRAME_UDP "1267 0100 0001 0000 0000 0000 c00c 0001 0001",
         {.name = {""}},
         false},
};

// Whether the frame is set aside, in either way.
static bool is_missed(const struct pkt_filter *filter, const uint8_t *frame, size_t len)
{
	const uint8_t *question = pkt_filter_question(frame, len);

	if (pkt_filter_is_name(filter) && question &&
	    pkt_filter_is_missed(question, frame + len, filter->name[0].len - 1u,
	                         filter->name[0].head))
		return true;
	return pkt_filter_misses(filter, frame, len);
}

static void test_cases(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct frame frame = frame_of_hex(cases[i].hex);
		struct pkt_filter filter = filter_of(&cases[i].wanted);

		if (pkt_filter_match(&filter, frame_span(&frame)) != cases[i].match)
			fail_msg("%s: %s", cases[i].what, cases[i].match ? "no match" : "a match");
		if (cases[i].match && is_missed(&filter, frame.bytes, frame.len))
			fail_msg("%s: missed", cases[i].what);
	}
}

// Every frame cut everywhere, in memory of that size: a sanitizer sees a byte too many.
static void test_cut(void **state)
{
	const struct wanted all = {{"10.53.0.1/32"}, {53}, {"\3org"}};
	const struct wanted one = {.name = {"\7example\3org"}};
	const struct pkt_filter filter = filter_of(&all), name = filter_of(&one);

	assert_true(pkt_filter_is_name(&name));
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct frame frame = frame_of_hex(cases[i].hex);

		for (size_t len = 0; len < frame.len; len++) {
			uint8_t *bytes = malloc(len + 1);
			struct pkt_ends ends;

			memcpy(bytes + 1, frame.bytes, len);
			pkt_filter_ends(&ends, span_of(bytes + 1, len));
			assert_true(!ends.payload.p || ends.payload.end == bytes + 1 + len);
			assert_false(pkt_filter_match(&filter, span_of(bytes + 1, len)) &&
			             pkt_filter_misses(&filter, bytes + 1, len));
			assert_false(pkt_filter_match(&name, span_of(bytes + 1, len)) &&
			             is_missed(&name, bytes + 1, len));
			free(bytes);
		}
	}
}

static void test_full(void **state)
{
	struct prefix prefix = {.len = 8};
	struct pkt_filter filter = {.hosts_len = 0};

	assert_true(addr_parse("10.0.0.1", &prefix.addr));
	for (unsigned i = 0; i < PKT_FILTER_HOSTS; i++)
		assert_true(pkt_filter_add_host(&filter, prefix));
	assert_false(pkt_filter_add_host(&filter, prefix));
	for (unsigned i = 0; i < PKT_FILTER_NAMES; i++)
		assert_true(pkt_filter_add_name(&filter, (const uint8_t *)"", 1));
	assert_false(pkt_filter_add_name(&filter, (const uint8_t *)"", 1));
}

// The frames that are to be told apart fast are.
static void test_misses(void **state)
{
	static const struct {
		const char *hex;
		struct wanted wanted;
	} missed[] = {
	        {FRAME_DNS4, {.host = {"10.53.0.3/32", "10.54.0.0/16"}}},
	        {FRAME_DNS6, {.host = {"fd53::3/128"}}},
	        {FRAME_DNS4, {.port = {54, 853}}},
	        {FRAME_DNS6, {.port = {54, 853}}},
	        {FRAME_DNS4, {.name = {"\7exemple\3net"}}},
	        {FRAME_DNS6, {.name = {"\2rg", "\4exam\3org", "\7exemple\3org"}}},
	};

	for (size_t i = 0; i < ARRAY_LEN(missed); i++) {
		struct frame frame = frame_of_hex(missed[i].hex);
		struct pkt_filter filter = filter_of(&missed[i].wanted);

		assert_true(pkt_filter_misses(&filter, frame.bytes, frame.len));
	}
}

// And those by one name, from registers: longer ones, other ones, in any case.
static void test_missed_names(void **state)
{
	static const struct {
		const char *hex, *name;
		bool missed;
	} names[] = {
	        {FRAME_DNS4, "\7exemple\3org", true},
	        {FRAME_DNS4, "\7example\3org", false},
	        {FRAME_DNS6, "\7exemple\3org", true},
	        {FRAME_DNS6, "\7example\3org", false},
	        {FRAME_DNS4, "\4long\3www\7example\3org", true},
	};

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		struct frame frame = frame_of_hex(names[i].hex);
		struct wanted wanted = {.name = {names[i].name}};
		struct pkt_filter filter = filter_of(&wanted);
		const uint8_t *question = pkt_filter_question(frame.bytes, frame.len);

		assert_non_null(question);
		assert_int_equal(pkt_filter_is_missed(question, frame.bytes + frame.len,
		                                      filter.name[0].len - 1u, filter.name[0].head),
		                 names[i].missed);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_cases),        cmocka_unit_test(test_cut),
	        cmocka_unit_test(test_full),         cmocka_unit_test(test_misses),
	        cmocka_unit_test(test_missed_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

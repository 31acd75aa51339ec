// acl: texts that are entries and texts that are not, lists whose answer is known,
// and random lists against a search for the longest prefix.
#include "harness.h"

#include "core/acl.h"
#include "core/rand.h"

#include <arpa/inet.h>
#include <stdio.h>

static void address_of(const char *text, uint8_t address[16])
{
	char mapped[64];

	snprintf(mapped, sizeof(mapped), "%s%s", strchr(text, ':') ? "" : "::ffff:", text);
	assert_int_equal(inet_pton(AF_INET6, mapped, address), 1);
}

#define NO_ENTRY                                                                                   \
	"is not a prefix, such as 192.0.2.0/24 or 2001:db8::/32, nor an address, any or none"
#define LENGTH4 "has a length that is not from 0 to 32"
#define LENGTH6 "has a length that is not from 0 to 128"
#define MAPPED  "is a prefix of IPv4; write it without ::ffff:"

static const struct {
	const char *text, *why; // NULL: sound
} texts[] = {
        {"192.0.2.0/24", NULL},
        {"192.0.2.1", NULL},
        {"192.0.2.1/32", NULL},
        {"0.0.0.0/0", NULL},
        {"128.0.0.0/1", NULL},
        {"2001:db8::/32", NULL},
        {"2001:db8::1", NULL},
        {"2001:db8::1/128", NULL},
        {"::/0", NULL},
        {"::/1", NULL},
        {"::1", NULL},
        {"::ffff:0:0/80", "has bits set behind its length; write ::/80"},
        {"any", NULL},
        {"none", NULL},
        {"!192.0.2.0/24", NULL},
        {"!2001:db8::1", NULL},
        {"!any", "takes no !: write none"},
        {"!none", "takes no !: write any"},
        {"", NO_ENTRY},
        {"!", NO_ENTRY},
        {"!!192.0.2.1", NO_ENTRY},
        {"! 192.0.2.1", NO_ENTRY},
        {" 192.0.2.1", NO_ENTRY},
        {"192.0.2.1 ", NO_ENTRY},
        {"ANY", NO_ENTRY},
        {"anyone", NO_ENTRY},
        {"localhost", NO_ENTRY},
        {"192.0.2", NO_ENTRY},
        {"192.0.2/24", NO_ENTRY},
        {"192.0.2.256", NO_ENTRY},
        {"192.0.2.1.1", NO_ENTRY},
        {"2001:db8:::1", NO_ENTRY},
        {"2001:db8::1%eth0", NO_ENTRY},
        {"[2001:db8::1]", NO_ENTRY},
        {"/24", NO_ENTRY},
        {"any/0", NO_ENTRY},
        {"11111111111111111111111111111111111111111111111111111111/8", NO_ENTRY},
        {"192.0.2.0/", LENGTH4},
        {"192.0.2.0/33", LENGTH4},
        {"192.0.2.0/-1", LENGTH4},
        {"192.0.2.0/+8", LENGTH4},
        {"192.0.2.0/ 8", LENGTH4},
        {"192.0.2.0/24/24", LENGTH4},
        {"192.0.2.0/255.255.255.0", LENGTH4},
        {"192.0.2.0/0024", LENGTH4},
        {"2001:db8::/129", LENGTH6},
        {"2001:db8::/4294967328", LENGTH6},
        {"192.0.2.1/24", "has bits set behind its length; write 192.0.2.0/24"},
        {"255.255.255.255/0", "has bits set behind its length; write 0.0.0.0/0"},
        {"2001:db8::1/32", "has bits set behind its length; write 2001:db8::/32"},
        {"8000::/0", "has bits set behind its length; write ::/0"},
        {"::ffff:192.0.2.0/120", MAPPED},
        {"::ffff:192.0.2.1", MAPPED},
        {"::ffff:0:0/96", MAPPED},
};

static void test_texts(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		char expected[200];
		struct why why_list = {""};
		struct why why = {""};
		struct acl *acl = acl_new(&texts[i].text, 1, &why_list);

		if (acl_check(texts[i].text, &why) != !texts[i].why ||
		    (acl != NULL) != !texts[i].why)
			fail_msg("\"%s\": %s", texts[i].text, why.text);
		acl_free(acl);
		if (!texts[i].why)
			continue;
		assert_string_equal(why.text, texts[i].why);
		snprintf(expected, sizeof(expected), "\"%s\" %s", texts[i].text, texts[i].why);
		assert_string_equal(why_list.text, expected);
	}
}

#define LIST_MAX 8

static const struct {
	const char *texts[LIST_MAX];
	const char *in[LIST_MAX], *out[LIST_MAX];
} lists[] = {
        {{NULL}, {NULL}, {"192.0.2.1", "2001:db8::1", "0.0.0.0", "::"}},
        {{"none"}, {NULL}, {"192.0.2.1", "2001:db8::1", "0.0.0.0", "::"}},
        {{"any"},
         {"0.0.0.0", "192.0.2.1", "255.255.255.255", "::", "2001:db8::1",
          "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
         {NULL}},
        {{"::/0"},
         {"::", "::fffe:ffff:ffff", "::1:0:0:0", "2001:db8::1"},
         {"0.0.0.0", "192.0.2.1", "255.255.255.255"}},
        {{"0.0.0.0/0"},
         {"0.0.0.0", "192.0.2.1", "255.255.255.255"},
         {"::", "::fffe:ffff:ffff", "::1:0:0:0", "2001:db8::1"}},
        {{"::/0", "0.0.0.0/0"}, {"0.0.0.0", "255.255.255.255", "::", "2001:db8::1"}, {NULL}},
        {{"::/64", "192.0.2.0/24"}, {"::1", "192.0.2.77"}, {"192.0.3.0", "0:0:0:1::"}},
        {{"192.0.2.0/24"},
         {"192.0.2.0", "192.0.2.255"},
         {"192.0.1.255", "192.0.3.0", "2001:db8::1", "::192.0.2.1"}},
        {{"192.0.2.1"}, {"192.0.2.1"}, {"192.0.2.0", "192.0.2.2"}},
        {{"2001:db8::/33"},
         {"2001:db8::", "2001:db8:7fff:ffff:ffff:ffff:ffff:ffff"},
         {"2001:db7:ffff:ffff:ffff:ffff:ffff:ffff", "2001:db8:8000::"}},
        // The longest prefix decides, wherever it stands.
        {{"10.0.0.0/8", "!10.1.0.0/16", "10.1.2.0/24", "!10.1.2.3"},
         {"10.0.0.1", "10.1.2.2", "10.1.2.4", "10.2.0.0"},
         {"10.1.0.0", "10.1.1.255", "10.1.2.3", "10.1.3.0", "11.0.0.0"}},
        {{"!10.1.2.3", "10.1.2.0/24", "!10.1.0.0/16", "10.0.0.0/8"},
         {"10.0.0.1", "10.1.2.2", "10.1.2.4", "10.2.0.0"},
         {"10.1.0.0", "10.1.1.255", "10.1.2.3", "10.1.3.0", "11.0.0.0"}},
        {{"any", "!192.0.2.0/24"}, {"192.0.1.255", "192.0.3.0", "::1"}, {"192.0.2.1"}},
        {{"none", "192.0.2.0/24"}, {"192.0.2.1"}, {"192.0.3.0", "::1"}},
        // Prefixes that end, begin or repeat where others do.
        {{"192.0.2.0/25", "192.0.2.128/25"},
         {"192.0.2.0", "192.0.2.127", "192.0.2.128", "192.0.2.255"},
         {"192.0.1.255", "192.0.3.0"}},
        {{"192.0.2.0/24", "!192.0.2.0/25"}, {"192.0.2.128"}, {"192.0.2.0", "192.0.2.127"}},
        {{"192.0.2.0/24", "!192.0.2.128/25", "!192.0.2.255"},
         {"192.0.2.127"},
         {"192.0.2.128", "192.0.2.255", "192.0.3.0"}},
        {{"192.0.2.0/24", "192.0.2.0/24"}, {"192.0.2.0"}, {"192.0.3.0"}},
        {{"255.255.255.255", "ffff::/16"},
         {"255.255.255.255", "ffff::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
         {"255.255.255.254", "::1:0:0:0", "fffe::"}},
};

static void expect(const struct acl *acl, const char *const *addresses, bool in, size_t list)
{
	for (size_t i = 0; i < LIST_MAX && addresses[i]; i++) {
		uint8_t address[16];

		address_of(addresses[i], address);
		if (acl_match(acl, address) != in)
			fail_msg("list %zu: %s", list, addresses[i]);
	}
}

static void test_lists(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
		struct why why;
		size_t len = 0;
		struct acl *acl;

		while (len < LIST_MAX && lists[i].texts[len])
			len++;
		acl = acl_new(lists[i].texts, len, &why);
		assert_non_null(acl);
		expect(acl, lists[i].in, true, i);
		expect(acl, lists[i].out, false, i);
		assert_int_equal(acl_is_any(acl), lists[i].out[0] == NULL);
		acl_free(acl);
	}
}

static void test_contradictions(void **state)
{
	static const struct {
		const char *texts[3], *why;
	} cases[] = {
	        {{"192.0.2.0/24", "::1", "!192.0.2.0/24"},
	         "\"192.0.2.0/24\" and \"!192.0.2.0/24\" contradict each other"},
	        {{"!::1", "::1", "any"}, "\"!::1\" and \"::1\" contradict each other"},
	        {{"any", "::1", "none"}, "\"any\" and \"none\" contradict each other"},
	        {{"none", "::1", "0.0.0.0/0"}, "\"none\" and \"0.0.0.0/0\" contradict each other"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct why why = {""};

		assert_null(acl_new(cases[i].texts, 3, &why));
		assert_string_equal(why.text, cases[i].why);
	}
}

static void test_longest_list(void **state)
{
	static const char *list[ACL_TEXTS_MAX + 1];
	static char buffer[ACL_TEXTS_MAX][20];
	struct why why;
	struct acl *acl;
	uint8_t address[16];

	// Every second address, so that nothing merges.
	for (unsigned i = 0; i < ACL_TEXTS_MAX; i++) {
		snprintf(buffer[i], sizeof(buffer[i]), "10.%u.%u.%u", i >> 15, i >> 7 & 0xff,
		         i << 1 & 0xff);
		list[i] = buffer[i];
	}
	list[ACL_TEXTS_MAX] = "::1";
	assert_null(acl_new(list, ACL_TEXTS_MAX + 1, &why));
	assert_string_equal(why.text, "65537 entries are more than the 65536 that a list may have");
	acl = acl_new(list, ACL_TEXTS_MAX, &why);
	assert_non_null(acl);
	address_of("10.0.0.0", address);
	for (unsigned i = 0; i < 2 * ACL_TEXTS_MAX; i++) {
		address[13] = (uint8_t)(i >> 16);
		address[14] = (uint8_t)(i >> 8);
		address[15] = (uint8_t)i;
		assert_int_equal(acl_match(acl, address), i % 2 == 0);
	}
	acl_free(acl);
}

// A prefix of few kinds of bits, so that prefixes nest and touch.
struct prefix {
	uint8_t bytes[16];
	unsigned len; // in bits of an IPv6 address
	bool ipv4, out;
	char text[64];
};

static void clear_rest(uint8_t bytes[16], unsigned len)
{
	for (unsigned bit = len; bit < 128; bit++)
		bytes[bit / 8] &= (uint8_t) ~(0x80 >> bit % 8);
}

static void random_address(struct rand *rand, uint8_t bytes[16], bool ipv4)
{
	static const uint8_t ipv4_top[12] = {[10] = 0xff, [11] = 0xff};
	static const uint8_t kinds[] = {0x00, 0x80, 0xff, 0x01};

	for (unsigned i = 0; i < 16; i++)
		bytes[i] = i > 2 && i < 13 && !ipv4 ? 0 : kinds[rand_below(rand, ARRAY_LEN(kinds))];
	if (ipv4)
		memcpy(bytes, ipv4_top, sizeof(ipv4_top));
}

static struct prefix random_prefix(struct rand *rand)
{
	struct prefix p = {.ipv4 = rand_below(rand, 2), .out = rand_below(rand, 3) == 0};
	unsigned own = p.ipv4 ? 32 : 128, len = (unsigned)rand_below(rand, own + 1);
	char address[INET6_ADDRSTRLEN];

	random_address(rand, p.bytes, p.ipv4);
	p.len = p.ipv4 ? len + 96 : len;
	clear_rest(p.bytes, p.len);
	inet_ntop(p.ipv4 ? AF_INET : AF_INET6, p.bytes + (p.ipv4 ? 12 : 0), address,
	          sizeof(address));
	snprintf(p.text, sizeof(p.text), "%s%s/%u", p.out ? "!" : "", address, len);
	return p;
}

static bool is_ipv4(const uint8_t address[16])
{
	uint8_t top[16];

	memcpy(top, address, sizeof(top));
	clear_rest(top, 96);
	return memcmp(top, "\0\0\0\0\0\0\0\0\0\0\xff\xff\0\0\0", 16) == 0;
}

static bool longest_match(const struct prefix *prefixes, size_t len, const uint8_t address[16])
{
	const struct prefix *best = NULL;

	for (size_t i = 0; i < len; i++) {
		uint8_t cut[16];

		memcpy(cut, address, sizeof(cut));
		clear_rest(cut, prefixes[i].len);
		if (is_ipv4(address) == prefixes[i].ipv4 &&
		    memcmp(cut, prefixes[i].bytes, 16) == 0 &&
		    (!best || prefixes[i].len > best->len))
			best = &prefixes[i];
	}
	return best && !best->out;
}

static void step(uint8_t address[16], int by)
{
	for (int i = 15; i >= 0; i--) {
		address[i] = (uint8_t)(address[i] + by);
		if (address[i] != (by > 0 ? 0 : 0xff))
			break;
	}
}

// Just before, at, and just behind both ends of a prefix.
static void compare_around(const struct acl *acl, const struct prefix *prefixes, size_t len,
                           const struct prefix *around)
{
	for (int end = 0; end < 2; end++) {
		uint8_t address[16];

		memcpy(address, around->bytes, sizeof(address));
		for (unsigned bit = around->len; end == 1 && bit < 128; bit++)
			address[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
		step(address, -1);
		for (int i = 0; i < 3; i++, step(address, 1))
			assert_int_equal(acl_match(acl, address),
			                 longest_match(prefixes, len, address));
	}
}

static void test_random_lists(void **state)
{
	struct rand rand;
	unsigned compiled = 0;

	rand_init(&rand, 5);
	for (unsigned round = 0; round < 4000; round++) {
		struct prefix prefixes[24];
		const char *list[ARRAY_LEN(prefixes)];
		size_t len = rand_below(&rand, ARRAY_LEN(prefixes) + 1);
		struct why why;
		struct acl *acl;

		for (size_t i = 0; i < len; i++) {
			do
				prefixes[i] = random_prefix(&rand);
			while (!prefixes[i].ipv4 && prefixes[i].len >= 96 &&
			       is_ipv4(prefixes[i].bytes));
			list[i] = prefixes[i].text;
		}
		acl = acl_new(list, len, &why);
		if (!acl) {
			assert_non_null(strstr(why.text, "contradict"));
			continue;
		}
		compiled++;
		for (size_t i = 0; i < len; i++)
			compare_around(acl, prefixes, len, &prefixes[i]);
		for (unsigned i = 0; i < 32; i++) {
			uint8_t address[16];

			random_address(&rand, address, i % 2);
			assert_int_equal(acl_match(acl, address),
			                 longest_match(prefixes, len, address));
		}
		acl_free(acl);
	}
	assert_in_range(compiled, 2000, 4000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_texts),          cmocka_unit_test(test_lists),
	        cmocka_unit_test(test_contradictions), cmocka_unit_test(test_longest_list),
	        cmocka_unit_test(test_random_lists),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

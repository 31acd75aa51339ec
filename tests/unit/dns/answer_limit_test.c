// answer: chains, names, sets and pointers at their limits.
#include "zones.h"

#include "proto/dns/zone/zone_image.h"

static const char head[] = "$TTL 60\n"
                           "@ SOA ns admin 1 2 3 4 5\n"
                           "@ NS ns.u.\n";

static char text[1 << 18];
static struct message reply;

// Asks a zone t. of the head and what `text` holds over TCP.
static void ask(const char *question)
{
	struct zone *zone = zones_load_sound("t.", text);
	struct zone_set *set = zones_set_new(&zone, 1);
	struct message_query query = zones_query(question);

	zone_put(zone);
	zones_ask(set, &reply, &query, DNS_TCP);
	zone_set_free(set);
}

static unsigned section_len(unsigned section)
{
	unsigned len = 0;

	for (unsigned i = 0; i < reply.len; i++)
		len += reply.records[i].section == section;
	return len;
}

// Addresses of the name in the additional section.
static unsigned additional_of(const char *owner)
{
	struct dns_name name = message_name(owner);
	unsigned len = 0;

	for (unsigned i = 0; i < reply.len; i++)
		len += reply.records[i].section == 2 &&
		       dns_name_eq(reply.records[i].owner, name.wire);
	return len;
}

static void test_chains_end(void **state)
{
	size_t len = (size_t)sprintf(text, "%s", head);

	for (unsigned i = 0; i < 20; i++)
		len += (size_t)sprintf(text + len, "c%u CNAME c%u\n", i, i + 1);
	sprintf(text + len, "c20 A 192.0.2.1\n");
	ask("c0.t A");
	assert_int_equal(section_len(0), 16);
	assert_int_equal(reply.rcode, DNS_NOERROR);
	ask("c5.t A");
	assert_int_equal(section_len(0), 16); // 15 names lead to the address
	assert_int_equal(reply.records[15].type, DNS_TYPE_A);
}

// However long a chain of aliases is, and whether they are stored inline or are looked
// up one by one, a client gets all of them and what is at their end.
static void test_chains_of_every_length(void **state)
{
	for (unsigned aliases = 1; aliases < 16; aliases++) {
		for (unsigned label_bytes = 1; label_bytes < 60; label_bytes += 19) {
			size_t len = (size_t)sprintf(text, "%s", head);
			char label[64] = "";
			unsigned seen = 0;

			memset(label, 'x', label_bytes);
			for (unsigned i = 0; i < aliases; i++)
				len += (size_t)sprintf(text + len, "%s%u %u CNAME %s%u\n", label, i,
				                       100 + i, label, i + 1);
			sprintf(text + len, "%s%u 77 A 192.0.2.1\n", label, aliases);
			sprintf(label + label_bytes, "0.t A");
			ask(label);
			assert_int_equal(section_len(0), aliases + 1);
			for (unsigned i = 0; i < reply.len; i++) {
				uint32_t ttl = reply.records[i].ttl;

				seen |= ttl == 77 ? 1u << aliases : 1u << (ttl - 100);
			}
			assert_int_equal(seen, (2u << aliases) - 1);
		}
	}
}

// Names of 255 bytes and of 127 labels; neither leaves room for a wildcard's.
static void test_longest_names(void **state)
{
	char name[DNS_NAME_TEXT_BYTES] = "";

	for (unsigned i = 0; i < 126; i++)
		strcat(name, "a.");
	sprintf(text, "%s%st. CNAME %st.\n*.w CNAME %st.\n", head, name, name, name);
	strcat(name, "t. A");
	ask(name);
	assert_int_equal(section_len(0), 1);
	assert_int_equal(dns_name_len(reply.records[0].rdata), 255);
	ask("x.w.t A");
	assert_int_equal(section_len(0), 2);
	name[0] = 'b';
	ask(name);
	assert_int_equal(reply.rcode, DNS_NXDOMAIN);
}

// More names than are remembered for compression.
static void test_many_different_names(void **state)
{
	size_t len = (size_t)sprintf(text, "%s", head);

	for (unsigned i = 0; i < 40; i++)
		len += (size_t)sprintf(text + len, "x NS ns.n%u.d%u.\nx NS ns2.n%u.d%u.\n", i, i, i,
		                       i);
	ask("x.t A");
	assert_int_equal(section_len(1), 80);
	for (unsigned i = 0; i < reply.len; i++)
		assert_int_equal(reply.records[i].type, DNS_TYPE_NS);
}

// A set longer than pointers reach: names behind the limit are complete, their
// addresses are left out.
static void test_set_beyond_pointers(void **state)
{
	size_t len = (size_t)sprintf(text, "%s", head);

	for (unsigned i = 0; i < 1800; i++)
		len += (size_t)sprintf(text + len, "big MX %u m%u.y.z.\n", i, i);
	for (unsigned i = 1800; i < 1810; i++)
		len += (size_t)sprintf(text + len, "big MX %u m%u\nm%u A 192.0.2.1\n", i, i, i);
	sprintf(text + len, "big MX 0 m\nm A 192.0.2.1\n");
	ask("big.t MX");
	assert_int_equal(section_len(0), 1811);
	assert_int_equal(section_len(2), 1);
	assert_false(reply.flags & DNS_FLAG_TC);
}

// The same of a referral: glue that is required and has no place is missed, without TC, since there
// is no larger transport.
static void test_glue_beyond_pointers(void **state)
{
	size_t len = (size_t)sprintf(text, "%s", head);

	for (unsigned i = 0; i < 1200; i++)
		len += (size_t)sprintf(text + len, "sub NS nameserver%04u.sub\n", i);
	sprintf(text + len, "nameserver0000.sub A 192.0.2.1\n");
	ask("sub.t A");
	assert_int_equal(section_len(2), 1);
	assert_false(reply.flags & DNS_FLAG_TC);
	sprintf(text + len, "nameserver1199.sub A 192.0.2.1\n");
	ask("sub.t A");
	assert_int_equal(section_len(2), 0);
	assert_int_equal(reply.flags & (DNS_FLAG_TC | DNS_FLAG_RCODE), 0);
}

// NS records of nearly 64 KB, with glue that would lie beyond: the records are all there,
// and of the addresses each that fits, under its own name.
static void test_glue_behind_a_large_set(void **state)
{
	size_t len = (size_t)sprintf(text, "%s", head);

	for (unsigned i = 0; i < 40; i++)
		len += (size_t)sprintf(text + len, "s NS n%02u.s\nn%02u.s A 192.0.2.%u\n", i, i, i);
	for (unsigned i = 0; i < 1845; i++)
		len += (size_t)sprintf(text + len, "s NS x%04u.nameservers%04u.\n", i, i);
	ask("s.t A");
	assert_int_equal(section_len(1), 1885);
	assert_in_range(section_len(2), 10, 39);
	assert_true(zones_cut);
	assert_int_equal(reply.flags & (DNS_FLAG_TC | DNS_FLAG_RCODE), 0);
	for (unsigned i = 0; i < reply.len; i++) {
		const struct message_record *r = &reply.records[i];
		char owner[32];

		if (r->section != 2)
			continue;
		sprintf(owner, "n%02u.s.t", r->rdata[3]);
		assert_true(dns_name_eq(r->owner, message_name(owner).wire));
	}
}

// Glue stands behind its delegation as far as that has room for it; a client does not see
// whether it does.
static void test_glue_beyond_its_room(void **state)
{
	unsigned inside = 0, outside = 0;

	for (unsigned names = 1; names <= 40; names++) {
		size_t len = (size_t)sprintf(text, "%s", head);

		for (unsigned i = 0; i < names; i++)
			len += (size_t)sprintf(text + len,
			                       "sub NS n%u.sub\nn%u.sub A 192.0.2.%u\n"
			                       "n%u.sub AAAA 2001:db8::%u\n",
			                       i, i, i, i, i);
		ask("x.sub.t A");
		assert_int_equal(section_len(1), names);
		assert_int_equal(section_len(2), 2 * names);
		assert_false(reply.flags & DNS_FLAG_TC);
		for (unsigned i = 0; i < names; i++) {
			char owner[16];

			sprintf(owner, "n%u.sub.t", i);
			assert_int_equal(additional_of(owner), 2);
		}
		inside += names * 44 <= ZONE_GLUE_BYTES_MAX;
		outside += names * 44 > ZONE_GLUE_BYTES_MAX;
	}
	assert_true(inside > 0 && outside > 0);
}

// The root is a zone like others.
static void test_root(void **state)
{
	static const char root[] = "$TTL 60\n"
	                           ". SOA a. b. 1 2 3 4 5\n"
	                           ". NS a.\n"
	                           "a. A 192.0.2.1\n"
	                           "* TXT all\n"
	                           "t. NS ns.t.\n"
	                           "ns.t. A 192.0.2.2\n";
	struct zone *zone = zones_load_sound(".", root);
	struct zone_set *set = zones_set_new(&zone, 1);
	static const struct {
		const char *question, *reply;
	} table[] = {
	        {". NS", "NOERROR aa\nanswer . 60 NS a.\nadditional a. 60 A 192.0.2.1\n"},
	        {". A", "NOERROR aa\nauthority . 5 SOA a. b. 1 2 3 4 5\n"},
	        {"x.y TXT", "NOERROR aa\nanswer x.y. 60 TXT \"all\"\n"},
	        {"x.a TXT", "NXDOMAIN aa\nauthority . 5 SOA a. b. 1 2 3 4 5\n"},
	        {"x.t A", "NOERROR\nauthority t. 60 NS ns.t.\nadditional ns.t. 60 A 192.0.2.2\n"},
	};

	zone_put(zone);
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		struct message_query query = zones_query(table[i].question);

		zones_ask(set, &reply, &query, DNS_UDP);
		assert_string_equal(message_text(&reply), table[i].reply);
	}
	zone_set_free(set);
}

// Zones beside and below each other, more than a small table holds.
static void test_many_zones(void **state)
{
	static struct zone *zones[1000];
	struct zone_set *set;
	char name[64];

	for (unsigned i = 0; i < ARRAY_LEN(zones); i++) {
		sprintf(text, "%s@ A 192.0.%u.%u\n", head, i / 256, i % 256);
		sprintf(name, i % 2 ? "z%u." : "sub.z%u.", i / 2);
		zones[i] = zones_load_sound(name, text);
	}
	set = zones_set_new(zones, ARRAY_LEN(zones));
	for (unsigned i = 0; i < ARRAY_LEN(zones); i++) {
		struct message_query query = {.name = name, .qtype = DNS_TYPE_A};
		char expected[128];

		zone_put(zones[i]);
		sprintf(name, i % 2 ? "z%u." : "sub.z%u.", i / 2);
		sprintf(expected, "NOERROR aa\nanswer %s 60 A 192.0.%u.%u\n", name, i / 256,
		        i % 256);
		zones_ask(set, &reply, &query, DNS_UDP);
		assert_string_equal(message_text(&reply), expected);
	}
	zone_set_free(set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        POOL_TEST(test_chains_end),
	        POOL_TEST(test_chains_of_every_length),
	        POOL_TEST(test_longest_names),
	        POOL_TEST(test_many_different_names),
	        POOL_TEST(test_set_beyond_pointers),
	        POOL_TEST(test_glue_beyond_pointers),
	        POOL_TEST(test_glue_behind_a_large_set),
	        POOL_TEST(test_glue_beyond_its_room),
	        POOL_TEST(test_root),
	        POOL_TEST(test_many_zones),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

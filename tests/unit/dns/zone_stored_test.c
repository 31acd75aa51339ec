// zone_stored: what is written is what is read, and nothing else is taken: not one byte
// may differ, and where somebody makes the checksum right again, whatever passes can be
// asked. That answers are the same is answer_model_test's and answer_dnssec_test's.
#include "stored.h"

#include "proto/dns/zone/zone_image.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define SIG(type) " RRSIG " type " 8 1 60 20300101000000 20200101000000 1 t. AAAA\n"

// All that an image can hold: sets with names to be adapted, addresses, a wildcard with
// a pointer to its parent, cuts with and without glue, DNAME, CNAME alone and several with
// each other, names in between.
static const char plain[] = "$TTL 60\n"
                            "@ SOA ns.t. x.ns.t. 1 2 3 4 5\n@ NS ns\n@ NS b.sub\n"
                            "ns A 192.0.2.1\nns AAAA 2001:db8::1\n"
                            "a CNAME b.c\nb.c CNAME x.else.\nc.c CNAME c\n"
                            "k CNAME l\nl CNAME m.l\nm.l CNAME ns\nl.k CNAME k\n"
                            "mx MX 1 q.mx\nmx MX 2 r.q.mx\nmx MX 3 ns\n"
                            "*.w MX 1 a.w\n*.v CNAME y.v\n"
                            "sub NS b.sub\nb.sub A 192.0.2.3\nsub DS 1 8 9 00\n"
                            "far NS ns.else.\nd DNAME a\nsrv SRV 1 2 3 ns\ne.n.t.u TXT x y\n";

// clang-format off
static const char nsec[] =
        "$TTL 60\n@ SOA t. t. 1 2 3 4 5\n@" SIG("SOA") "@ NS ns.else.\n@" SIG("NS")
        "@ NSEC a NS SOA NSEC RRSIG\n@" SIG("NSEC") "a A 192.0.2.1\na" SIG("A")
        "a NSEC s A NSEC RRSIG\na" SIG("NSEC") "*.w TXT x\n*.w" SIG("TXT")
        "*.w NSEC @ TXT NSEC RRSIG\n*.w" SIG("NSEC") "s NS ns.s\ns DS 1 8 9 00\ns" SIG("DS")
        "ns.s A 192.0.2.9\ns NSEC *.w NS DS NSEC RRSIG\ns" SIG("NSEC");

#define HASH(digit) digit digit digit digit digit digit digit digit
#define NAME(digit) HASH(digit) HASH(digit) HASH(digit) HASH(digit)
static const char nsec3[] =
        "$TTL 60\n@ SOA t. t. 1 2 3 4 5\n@" SIG("SOA") "@ NS ns.else.\n@" SIG("NS")
        "@ NSEC3PARAM 1 0 1 AB\n@" SIG("NSEC3PARAM") "a.b A 192.0.2.1\na.b" SIG("A")
        "*.w TXT x\n*.w" SIG("TXT") "s NS ns.s\nns.s A 192.0.2.9\n"
        NAME("0") " NSEC3 1 1 1 AB " NAME("h") " SOA NS RRSIG\n" NAME("0") SIG("NSEC3")
        NAME("h") " NSEC3 1 1 1 AB " NAME("0") " A RRSIG\n" NAME("h") SIG("NSEC3");
// clang-format on

static const char *const zones[] = {plain, nsec, nsec3};

static struct zone *zone_open(size_t i)
{
	return zones_load_sound("t.", zones[i]);
}

// Every `step`th question from one on.
static void ask(struct zone *zone, size_t from, size_t step)
{
	static const char *const names[] = {
	        "t.",     "a.t.",     "b.c.t.", "c.c.t.", "mx.t.", "q.w.t.", "x.y.v.t.",
	        "sub.t.", "q.sub.t.", "far.t.", "q.d.t.", "d.t.",  "srv.t.", "n.t.u.t.",
	        "s.t.",   "x.s.t.",   "no.t.",  "a.b.t.", "b.t.",  "*.w.t.", "*.v.t.",
	        "ns.t.",  "a.no.t.",  "k.t.",   "l.k.t.",
	};
	static const uint16_t types[] = {DNS_TYPE_A,   DNS_TYPE_NS, DNS_TYPE_MX,   DNS_TYPE_CNAME,
	                                 DNS_TYPE_ANY, DNS_TYPE_DS, DNS_TYPE_RRSIG};
	static uint8_t to[UINT16_MAX];
	struct zone_set *set = zones_set_new(&zone, 1);

	for (size_t i = from % step; i < ARRAY_LEN(names) * ARRAY_LEN(types); i += step) {
		struct message_query query = {.name = names[i / ARRAY_LEN(types)],
		                              .qtype = types[i % ARRAY_LEN(types)],
		                              .edns = true,
		                              .dnssec_ok = true,
		                              .udp_size = 4096};
		uint8_t msg[512];
		size_t len = message_build(msg, sizeof(msg), &query);
		enum drop drop;

		zones_answer(set, to, msg, len, i % 3 ? sizeof(to) : 600, DNS_TCP, &drop);
	}
	zone_set_free(set);
}

static void test_round_trip(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(zones); i++) {
		struct zone *zone = zone_open(i), *again;
		struct stored stored = stored_of(zone), twice;

		again = stored_open(&stored, "t.");
		if (!again)
			fail_msg("%s", zones_reports);
		assert_int_equal(zone_serial(again), 1);
		assert_int_equal(zone_records(again), zone_records(zone));
		assert_int_equal(zone_names(again), zone_names(zone));
		assert_int_equal(zone_bytes(again), zone_bytes(zone));
		assert_true(dns_name_eq(zone_origin(again), zone_origin(zone)));
		assert_false(zone_outdated(again));
		twice = stored_of(again);
		assert_int_equal(stored.len, twice.len);
		assert_memory_equal(stored.bytes, twice.bytes, stored.len);
		zone_put(zone);
		zone_put(again);
		free(stored.bytes);
		free(twice.bytes);
	}
}

// Any byte that is not what was written, and any length.
static void test_damage(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(zones); i++) {
		struct zone *zone = zone_open(i);
		struct stored stored = stored_of(zone);
		size_t len = stored.len;

		for (size_t at = 0; at < len; at++) {
			for (unsigned bit = 0; bit < 8; bit++) {
				stored.bytes[at] ^= (uint8_t)(1 << bit);
				assert_null(stored_open(&stored, "t."));
				stored.bytes[at] ^= (uint8_t)(1 << bit);
			}
		}
		for (stored.len = 0; stored.len < len; stored.len++)
			assert_null(stored_open(&stored, "t."));
		zone = (zone_put(zone), stored_open(&stored, "t."));
		assert_non_null(zone);
		zone_put(zone);
		free(stored.bytes);
	}
}

// All faults that the check of an image finds but one: another record in place of the SOA takes
// more than one changed byte.
static const char *const faults[] = {
        "a CNAME refers to a node other than its target",
        "a delegation has no NS records",
        "a name is malformed",
        "a node is truncated",
        "a node marked as DNAME has no DNAME record",
        "a node refers to a delegation that is not above it",
        "a proof refers to a node without a denial",
        "a record is malformed",
        "an RRset is truncated",
        "an offset does not refer to a node",
        "an unsigned zone has a list of denials",
        "the address of a host has an offset that is not valid",
        "the first node is not that of the origin",
        "the header is truncated",
        "the index does not contain the origin",
        "the index has not as many names as the header",
        "the index is truncated",
        "the length is wrong",
        "the list of denials has a node without a denial",
        "the list of denials is not sorted",
        "the list of denials is truncated",
        "the nodes are truncated",
        "the origin is not a valid name",
        "the origin is not in lower case",
        "the type of denial is unknown",
        "the wildcard of a node is not its child",
        "too many consecutive buckets of the index overflow",
};
static unsigned found[ARRAY_LEN(faults)];

static void find_fault(void)
{
	for (size_t i = 0; i < ARRAY_LEN(faults); i++)
		found[i] += strstr(zones_reports, faults[i]) != NULL;
}

// With one byte changed and the checksum corrected, an image is refused or can be queried.
static void test_made_up(void **state)
{
	static const uint8_t values[] = {0x00, 0x01, 0x02, 0x3f, 'T', 0x7f, 0x80, 0xc0, 0xff};
	unsigned taken = 0, refused = 0;

	for (size_t i = 0; i < ARRAY_LEN(zones); i++) {
		struct zone *zone = zone_open(i);
		struct stored stored = stored_of(zone);

		zone_put(zone);
		for (size_t at = 0; at < stored.len * (ARRAY_LEN(values) + 2); at++) {
			uint8_t *byte = &stored.bytes[at % stored.len], before = *byte;
			size_t value = at / stored.len;

			*byte = value < ARRAY_LEN(values)
			                ? values[value]
			                : (uint8_t)(before + (value == ARRAY_LEN(values) ? 1 : -1));
			stored_seal(&stored);
			zone = stored_open(&stored, "t.");
			if (zone)
				ask(zone, at / stored.len, ARRAY_LEN(values));
			taken += zone != NULL;
			refused += zone == NULL;
			find_fault();
			zone_put(zone);
			*byte = before;
		}
		free(stored.bytes);
	}
	// Changes of data and TTL are not detected.
	assert_in_range(taken, 1000, 1000000);
	assert_in_range(refused, 1000, 1000000);
	for (size_t i = 0; i < ARRAY_LEN(faults); i++) {
		if (found[i] == 0)
			fail_msg("nothing was refused since %s", faults[i]);
	}
}

// The CNAME RRset with inline aliases of a root zone, where no name ends in a pointer.
static struct zone_rrset *aliases_of(struct stored *stored)
{
	static const uint8_t first[] = {DNS_PTR >> 8, 12, 0, 5, 0, 1, 0, 0, 0, 60, 0, 3, 1, 'l', 0};
	uint8_t *wire = memmem(stored->bytes, stored->len, first, sizeof(first));
	// Before the records: fixups, addresses, struct zone_extra, struct zone_rrset.
	size_t before = 2 * sizeof(uint16_t) + 2 * sizeof(struct zone_address) +
	                sizeof(struct zone_extra) + sizeof(struct zone_rrset);

	assert_non_null(wire);
	return (struct zone_rrset *)(wire - before);
}

// Inline aliases of an RRset with two records, or of a CNAME without a target. The engine
// relies on one record and its target. Several bytes are changed at once: a single one would
// be found by a check of lengths.
static void test_aliases_made_up(void **state)
{
	static const char text[] = "$TTL 60\n. SOA a. a. 1 2 3 4 5\n. NS n.\nn. A 192.0.2.1\n"
	                           "k. CNAME l.\nl. CNAME m.\nm. CNAME n.\n";

	for (unsigned i = 0; i < 3; i++) {
		struct zone *zone = zones_load_sound(".", text);
		struct stored stored = stored_of(zone);
		struct zone_rrset *rrset = aliases_of(&stored);
		struct zone_extra *extra = (struct zone_extra *)(rrset + 1);
		struct zone_address *address = (struct zone_address *)(extra + 1);
		uint16_t *fixups = (uint16_t *)(address + 2);

		zone_put(zone);
		assert_int_equal(extra->inline_records, 2);
		assert_int_equal(extra->addresses, 2);
		if (i == 1) { // the first inline alias becomes the second record
			uint8_t *second = (uint8_t *)(fixups + 2) + rrset->len;

			address[1] = address[0];
			address[1].name_at = (uint16_t)(ZONE_FIXUP_RRSET | (rrset->len + 12));
			second[0] = DNS_PTR >> 8;
			second[1] = 12;
			second[13] = 'l';
			rrset->count = 2;
			rrset->len = (uint16_t)(rrset->len + 15);
			extra->inline_len = (uint16_t)(extra->inline_len - 15);
			extra->inline_records = extra->inline_fixups = 1;
			fixups[0] = fixups[1];
		}
		if (i == 2) { // a longer last name in the place of the addresses
			uint8_t *last = (uint8_t *)(address) + 2 * sizeof(uint16_t) + 30;

			memmove(address, fixups, 2 * sizeof(uint16_t) + 45);
			last[11] += 16;
			last[12] = 17;
			memset(last + 13, 'n', 17);
			last[30] = 0;
			extra->addresses = 0;
			extra->inline_len = (uint16_t)(extra->inline_len + 16);
			rrset->extra = (uint16_t)(rrset->extra - 4);
		}
		stored_seal(&stored);
		zone = stored_open(&stored, ".");
		if (i == 0 && !zone)
			fail_msg("%s", zones_reports);
		else if (i == 0)
			ask(zone, 0, 1);
		else if (zone || !strstr(zones_reports, "a record is malformed"))
			fail_msg("%u: %s", i, zones_reports);
		zone_put(zone);
		free(stored.bytes);
	}
}

// Hashing a name for a search would write behind the longest name.
static void test_nsec3_below_an_origin_without_room_made_up(void **state)
{
	static const char text[] = "$TTL 60\n@ SOA @ @ 1 2 3 4 5\n@ NS ns.else.\n"
	                           "@ NSEC @ NSEC\n@ NSEC3 1 0 0 - " NAME("0") "\n";
	const char *origin = zones_longest_origin();
	struct zone_image *image;
	struct stored stored;
	struct zone *zone;

	zone = zones_load_sound(origin, text);
	stored = stored_of(zone);
	zone_put(zone);
	image = (struct zone_image *)(stored.bytes + sizeof(struct zone_stored_hdr));
	assert_int_equal(image->denial, ZONE_DENIAL_NSEC);
	image->denial = ZONE_DENIAL_NSEC3;
	stored_seal(&stored);
	assert_null(stored_open(&stored, origin));
	assert_non_null(strstr(zones_reports, "no NSEC3 record fits below the origin"));
	free(stored.bytes);
}

// Each negative answer hashes that often: an image is held to what a zone file is.
static void test_nsec3_iterations_are_bounded(void **state)
{
	struct zone *zone = zone_open(2);
	struct stored stored = stored_of(zone);
	struct zone_image *image =
	        (struct zone_image *)(stored.bytes + sizeof(struct zone_stored_hdr));

	zone_put(zone);
	assert_int_equal(image->nsec3_iterations, 1);
	image->nsec3_iterations = 500;
	stored_seal(&stored);
	zone = stored_open(&stored, "t.");
	assert_non_null(zone);
	zone_put(zone);
	image->nsec3_iterations = 501;
	stored_seal(&stored);
	assert_null(stored_open(&stored, "t."));
	assert_string_equal(zones_reports,
	                    "0: the image has 501 NSEC3 iterations; at most 500 are accepted\n");
	free(stored.bytes);
}

static void test_sentences(void **state)
{
	static const struct {
		size_t at;
		uint8_t value;
		const char *sentence;
	} cases[] = {
	        {0, 'W',
	         "0: this is not a zone image: \"image\" takes a file that wadi-dns compile wrote"},
	        {8, 9, "0: the image has version 9, this program needs version 4; compile it"},
	        {12, 1, "0: the image was made by another program or for another machine; compile"},
	        {32, 1, "0: the image has "},
	        {40, 1, "0: the image is damaged: its parts do not add up; compile it again with"},
	        {100, 1, "0: the image is damaged: its checksum is wrong; compile it again with"},
	};
	struct zone *zone = zone_open(0);
	struct stored stored = stored_of(zone);

	zone_put(zone);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		uint8_t before = stored.bytes[cases[i].at];

		stored.bytes[cases[i].at] =
		        (uint8_t)(before == cases[i].value ? before + 1 : cases[i].value);
		assert_null(stored_open(&stored, "t."));
		if (memcmp(zones_reports, cases[i].sentence, strlen(cases[i].sentence)) != 0)
			fail_msg("got %swanted %s", zones_reports, cases[i].sentence);
		stored.bytes[cases[i].at] = before;
	}
	assert_null(stored_open(&stored, "u."));
	assert_string_equal(zones_reports, "0: the image holds the zone t., not u.\n");
	free(stored.bytes);
}

// The file of the test, its folder, and the zone file beside it.
static char folder[] = "/tmp/zone_stored.XXXXXX", image[64], source[64];

static void write_file(const char *path, const void *bytes, size_t len)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, len, file), len);
	assert_int_equal(fclose(file), 0);
}

static struct zone *map(const char *path)
{
	zones_reports[0] = 0;
	return zone_stored_open(path, (const uint8_t *)"\1t", NULL, NULL, zones_on_report, NULL);
}

static void refuses(const char *path, const char *sentence)
{
	assert_null(map(path));
	if (!strstr(zones_reports, sentence))
		fail_msg("got %swanted %s", zones_reports, sentence);
}

static void compile(void)
{
	struct stored stored;
	struct zone *zone = zone_load(source, (const uint8_t *)"\1t", &(struct zone_options){1},
	                              zones_on_report, NULL);

	if (!zone)
		fail_msg("%s", zones_reports);
	stored = stored_of(zone);
	write_file(image, stored.bytes, stored.len);
	assert_int_equal(chmod(image, 0600), 0);
	zone_put(zone);
	free(stored.bytes);
}

static int folder_setup(void **state)
{
	if (!mkdtemp(folder))
		return -1;
	snprintf(image, sizeof(image), "%s/image", folder);
	snprintf(source, sizeof(source), "%s/zone", folder);
	write_file(source, nsec, sizeof(nsec) - 1);
	compile();
	return 0;
}

static int folder_teardown(void **state)
{
	unlink(image);
	unlink(source);
	return rmdir(folder);
}

static void test_mapped(void **state)
{
	struct zone *zone = map(image);

	if (!zone)
		fail_msg("%s", zones_reports);
	ask(zone, 0, 1);
	// A process that has it mapped keeps it when another takes its place.
	assert_int_equal(unlink(image), 0);
	compile();
	ask(zone, 0, 1);
	assert_true(zone_outdated(zone));
	zone_put(zone);
}

static unsigned asked, stop_at;

static bool stopped(void)
{
	return asked++ >= stop_at;
}

// The check of a large image ends wherever it is stopped.
static void test_a_stop_ends_the_check(void **state)
{
	static char text[1 << 19];
	const uint8_t *origin = (const uint8_t *)"\1t";
	size_t len = (size_t)sprintf(text, "$TTL 60\n@ SOA n h 1 2 3 4 5\n@ NS n1\n");
	struct stored stored;
	struct zone *zone;
	unsigned asks;

	for (unsigned i = 0; i < 20000; i++)
		len += (size_t)sprintf(text + len, "n%u A 192.0.2.1\n", i);
	zone = zone_load_text("t", text, len, origin, &(struct zone_options){1}, zones_on_report,
	                      NULL);
	assert_non_null(zone);
	stored = stored_of(zone);
	zone_put(zone);
	write_file(image, stored.bytes, stored.len);
	free(stored.bytes);
	asked = 0;
	stop_at = UINT_MAX;
	zone = zone_stored_open(image, origin, NULL, stopped, zones_on_report, NULL);
	assert_non_null(zone);
	zone_put(zone);
	asks = asked;
	assert_true(asks > 5);
	for (unsigned at = 0; at < asks; at++) {
		asked = 0;
		stop_at = at;
		assert_null(zone_stored_open(image, origin, NULL, stopped, zones_on_report, NULL));
		assert_int_equal(asked, at + 1);
	}
	compile();
}

// Whoever writes to the file, or shortens it, waits until the zone has a copy.
static void test_written_to_while_mapped(void **state)
{
	static const int ways[] = {O_WRONLY, O_RDWR | O_APPEND, O_WRONLY | O_TRUNC};

	for (size_t i = 0; i < ARRAY_LEN(ways); i++) {
		struct zone *zone = map(image);
		int fd;

		assert_non_null(zone);
		assert_int_equal(zone_keep(zone), 0);
		assert_int_equal(open(image, ways[i] | O_NONBLOCK), -1);
		assert_int_equal(errno, EWOULDBLOCK);
		assert_int_equal(zone_keep(zone), 1);
		assert_int_equal(zone_keep(zone), 0);
		fd = open(image, ways[i] | O_NONBLOCK);
		assert_true(fd >= 0);
		assert_int_equal(ftruncate(fd, 0), 0);
		ask(zone, 0, 1);
		assert_true(zone_outdated(zone));
		compile();
		refuses(image, "a process has it open for writing");
		assert_int_equal(close(fd), 0);
		zone_put(zone);
		assert_int_equal(unlink(image), 0);
		compile();
	}
}

// Copies lose the nanoseconds of a file's times; then its bytes decide.
static void test_times_that_lost_precision(void **state)
{
	struct timespec times[2] = {{1000, 5}, {1000, 5}};
	struct zone *zone;

	// The times are set, since no clock is fine enough to wait for it.
	assert_int_equal(utimensat(AT_FDCWD, source, times, 0), 0);
	compile();
	for (int i = 0; i < 3; i++) {
		times[1] = (struct timespec){1000 + i / 2, 5 * (i % 2)};
		assert_int_equal(utimensat(AT_FDCWD, source, times, 0), 0);
		zone = map(image);
		assert_non_null(zone);
		assert_string_equal(zones_reports, "");
		zone_put(zone);
	}
}

// A stale image is sound, so it is served with a warning unless the policy says otherwise.
static void test_stale(void **state)
{
	struct zone_policy policy = {.as[ZONE_CHECK_IMAGE_STALE] = ZONE_ERROR};
	char text[sizeof(nsec)];
	struct zone *zone;

	compile();
	for (size_t cut = 1; cut <= 2; cut++) { // the same size, and another one
		memcpy(text, nsec, sizeof(nsec));
		text[sizeof(nsec) - 2] = '\n';
		text[sizeof(nsec) - 3] = ' ';
		usleep(30000);
		write_file(source, text, sizeof(nsec) - cut);
		zone = map(image);
		assert_non_null(zone);
		assert_non_null(strstr(zones_reports, "0: warning: the image is stale: "
		                                      "/tmp/zone_stored."));
		zone_put(zone);
		zones_reports[0] = '\0';
		assert_null(zone_stored_open(image, (const uint8_t *)"\1t", &policy, NULL,
		                             zones_on_report, NULL));
		assert_non_null(strstr(zones_reports, "has changed since it was compiled; compile "
		                                      "it again with wadi-dns compile"));
		assert_null(strstr(zones_reports, "warning"));
		policy.as[ZONE_CHECK_IMAGE_STALE] = ZONE_IGNORE;
		zones_reports[0] = '\0';
		zone = zone_stored_open(image, (const uint8_t *)"\1t", &policy, NULL,
		                        zones_on_report, NULL);
		assert_non_null(zone);
		assert_string_equal(zones_reports, "");
		zone_put(zone);
		policy.as[ZONE_CHECK_IMAGE_STALE] = ZONE_ERROR;
	}
	// An image is served where its sources are not.
	assert_int_equal(unlink(source), 0);
	zone = map(image);
	assert_non_null(zone);
	assert_string_equal(zones_reports, "");
	zone_put(zone);
	write_file(source, nsec, sizeof(nsec) - 1);
	compile();
}

static void test_who_may_write(void **state)
{
	static const mode_t modes[] = {0620, 0602, 0666};

	for (size_t i = 0; i < ARRAY_LEN(modes); i++) {
		assert_int_equal(chmod(image, modes[i]), 0);
		refuses(image, "users other than its owner may write to it");
	}
	assert_int_equal(chmod(image, 0444), 0);
	zone_put(map(image));
	assert_string_equal(zones_reports, "");
	if (geteuid() == 0) {
		assert_int_equal(chown(image, 12345, 0), 0);
		refuses(image, "it belongs to a user other than root and the server's");
	}
	assert_int_equal(unlink(image), 0);
	compile();
}

static void test_no_image(void **state)
{
	refuses("/tmp", "the image cannot be mapped: it is not a regular file");
	refuses("/dev/null", "the image cannot be mapped: it is not a regular file");
	refuses("/nowhere", "the image cannot be mapped: No such file or directory");
	refuses(source, "this is not a zone image");
	assert_int_equal(unlink(image), 0);
	write_file(image, "", 0);
	refuses(image, "the image cannot be mapped: it is empty");
	compile();
}

// No room for a further mapping, as at the limit of vm.max_map_count.
static void test_no_mapping(void **state)
{
	struct rlimit before, least = {.rlim_cur = 1 << 20};

	assert_int_equal(getrlimit(RLIMIT_AS, &before), 0);
	least.rlim_max = before.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_AS, &least), 0);
	refuses(image, "allows no more mappings (vm.max_map_count)");
	assert_int_equal(setrlimit(RLIMIT_AS, &before), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_round_trip),
	        cmocka_unit_test(test_damage),
	        cmocka_unit_test(test_made_up),
	        cmocka_unit_test(test_aliases_made_up),
	        cmocka_unit_test(test_nsec3_below_an_origin_without_room_made_up),
	        cmocka_unit_test(test_nsec3_iterations_are_bounded),
	        cmocka_unit_test(test_sentences),
	        cmocka_unit_test(test_mapped),
	        cmocka_unit_test(test_times_that_lost_precision),
	        cmocka_unit_test(test_stale),
	        cmocka_unit_test(test_written_to_while_mapped),
	        cmocka_unit_test(test_who_may_write),
	        cmocka_unit_test(test_a_stop_ends_the_check),
	        cmocka_unit_test(test_no_mapping),
	        cmocka_unit_test(test_no_image),
	};

	return cmocka_run_group_tests(tests, folder_setup, folder_teardown);
}

// dns_answer: nanoseconds of CPU time that the engine takes for a query, by what is
// asked and by the size of the zone; with it the time to load the zone and its bytes.
// Queries come in bursts as a worker hands them over, names in random order; the
// median of several rounds counts. Without a network.
#include "core/rand.h"
#include "proto/dns/answer.h"
#include "proto/dns/dns_wire.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define BURST   32
#define ROUNDS  5
#define ROOM    1232
#define QUERIES (1 << 15) // prepared for each kind

enum kind {
	KIND_HIT,
	KIND_NODATA,
	KIND_NXDOMAIN,
	KIND_WILDCARD,
	KIND_REFERRAL,
	KIND_CNAME,
	KIND_REFUSED,
	KINDS,
};

static const struct {
	const char *name;
	const char *before, *behind; // the number, in the question's first labels
	uint16_t qtype;
	enum dns_kind expected;
} kinds[KINDS] = {
        [KIND_HIT] = {"hit", "h", "", DNS_TYPE_A, DNS_KIND_POSITIVE},
        [KIND_NODATA] = {"nodata", "h", "", DNS_TYPE_MX, DNS_KIND_NODATA},
        [KIND_NXDOMAIN] = {"nxdomain", "no", "", DNS_TYPE_A, DNS_KIND_NXDOMAIN},
        [KIND_WILDCARD] = {"wildcard", "x", ".wild", DNS_TYPE_A, DNS_KIND_POSITIVE},
        [KIND_REFERRAL] = {"referral", "www.d", "", DNS_TYPE_A, DNS_KIND_REFERRAL},
        [KIND_CNAME] = {"cname", "c", "", DNS_TYPE_A, DNS_KIND_POSITIVE},
        [KIND_REFUSED] = {"refused", "h", ".elsewhere", DNS_TYPE_A, DNS_KIND_ERROR},
};

// Names of the kinds that need some: referrals and aliases.
#define SIDE_NAMES(names) ((names) / 10 < 10000 ? (names) / 10 : 10000)

static uint64_t cpu_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static void *room_for(size_t bytes)
{
	void *room = malloc(bytes);

	if (!room) {
		fprintf(stderr, "dns_answer: %zu bytes of memory are too many here\n", bytes);
		exit(1);
	}
	return room;
}

// The text of a zone with one address a name; *len out.
static char *zone_text(unsigned names, size_t *len)
{
	size_t size = 4096 + (size_t)names * 32 + (size_t)SIDE_NAMES(names) * 160;
	char *text = room_for(size), *p = text;

	p += sprintf(p, "$TTL 3600\n@ SOA ns admin 1 7200 3600 1209600 300\n@ NS ns\n"
	                "ns A 192.0.2.1\n*.wild A 192.0.2.2\n");
	for (unsigned i = 0; i < names; i++)
		p += sprintf(p, "h%u A 10.%u.%u.%u\n", i, i >> 16 & 255, i >> 8 & 255, i & 255);
	for (unsigned i = 0; i < SIDE_NAMES(names); i++)
		p += sprintf(p,
		             "c%u CNAME h%u\nd%u NS ns1.d%u\nd%u NS ns2.d%u\nns1.d%u A 192.0.2.3\n"
		             "ns2.d%u A 192.0.2.4\n",
		             i, i, i, i, i, i, i, i);
	*len = (size_t)(p - text);
	return text;
}

static void on_report(void *ctx, const struct zone_report *report)
{
	fprintf(stderr, "dns_answer: line %u: %s\n", report->line, report->text);
}

struct query {
	uint16_t len;
	uint8_t bytes[94];
};

static void query_build(struct query *query, enum kind kind, unsigned number)
{
	static const uint8_t origin[] = {7, 'e', 'x', 'a', 'm', 'p', 'l', 'e', 0};
	struct fill to = fill_of(query->bytes, sizeof(query->bytes));
	struct dns_name name;
	char text[32];
	const char *why;

	snprintf(text, sizeof(text), "%s%u%s", kinds[kind].before, number, kinds[kind].behind);
	if (!dns_name_parse(&name, text, strlen(text), kind == KIND_REFUSED ? origin + 8 : origin,
	                    &why))
		abort();
	fill_u16(&to, (uint16_t)number);
	fill_u16(&to, 0);
	fill_u16(&to, 1);
	fill_u32(&to, 0);
	fill_u16(&to, 1);
	fill_bytes(&to, name.wire, name.len);
	fill_u16(&to, kinds[kind].qtype);
	fill_u16(&to, DNS_CLASS_IN);
	fill_u8(&to, 0);
	fill_u16(&to, DNS_TYPE_OPT);
	fill_u16(&to, 1232);
	fill_u32(&to, 0);
	fill_u16(&to, 0);
	query->len = (uint16_t)fill_len(&to);
}

static void queries_build(struct query *queries, enum kind kind, unsigned names, struct rand *rand)
{
	bool side = kind == KIND_REFERRAL || kind == KIND_CNAME;

	for (unsigned i = 0; i < QUERIES; i++)
		query_build(&queries[i], kind,
		            (unsigned)rand_below(rand, side ? SIDE_NAMES(names) : names));
}

// Copying the queries in is what a NIC does, and is taken off.
static uint64_t round_ns(const struct dns_server *server, const struct query *queries,
                         enum kind kind, bool answer)
{
	static _Alignas(64) uint8_t room[BURST][2048];
	static const uint8_t source[16];
	struct dns_request requests[BURST];
	uint64_t begin = cpu_ns();

	for (unsigned done = 0; done < QUERIES; done += BURST) {
		for (unsigned i = 0; i < BURST; i++) {
			const struct query *query = &queries[done + i];

			memcpy(room[i], query->bytes, query->len);
			requests[i] = (struct dns_request){
			        .msg = room[i], .len = query->len, .room = ROOM, .source = source};
		}
		if (!answer)
			__asm__ volatile("" : : "g"(requests) : "memory");
		else
			dns_answer(server, requests, BURST);
		if (answer && requests[0].outcome.kind != kinds[kind].expected) {
			fprintf(stderr, "dns_answer: %s is not answered as such\n",
			        kinds[kind].name);
			exit(1);
		}
	}
	return cpu_ns() - begin;
}

static int compare(const void *a, const void *b)
{
	return *(const double *)a < *(const double *)b ? -1 : 1;
}

static double query_ns(const struct dns_server *server, const struct query *queries, enum kind kind)
{
	double rounds[ROUNDS];

	round_ns(server, queries, kind, true);
	for (unsigned i = 0; i < ROUNDS; i++) {
		uint64_t all = round_ns(server, queries, kind, true);
		uint64_t copies = round_ns(server, queries, kind, false);

		rounds[i] = (double)(all > copies ? all - copies : 0) / QUERIES;
	}
	qsort(rounds, ROUNDS, sizeof(rounds[0]), compare);
	return rounds[ROUNDS / 2];
}

static void measure(unsigned names)
{
	static const uint8_t origin[] = {7, 'e', 'x', 'a', 'm', 'p', 'l', 'e', 0};
	static struct query queries[QUERIES];
	struct rand rand;
	struct dns_server server = {.policy = &dns_policy_default};
	struct zone_set *set;
	struct zone *zone;
	size_t len;
	char *text = zone_text(names, &len);
	uint64_t begin = cpu_ns();

	rand_init(&rand, 1);
	zone = zone_load_text("bench", text, len, origin, &(struct zone_options){.hash_key = 1},
	                      on_report, NULL);
	if (!zone)
		exit(1);
	printf("%9u %7.2f %7.0f", names, (double)(cpu_ns() - begin) / 1e9,
	       (double)zone_bytes(zone) / (double)zone_records(zone));
	free(text);
	set = zone_set_new(&(struct zone_served){.zone = zone}, 1);
	zone_put(zone);
	if (!set)
		exit(1);
	server.zones = set;
	for (unsigned kind = 0; kind < KINDS; kind++) {
		queries_build(queries, kind, names, &rand);
		printf(" %8.0f", query_ns(&server, queries, kind));
		fflush(stdout);
	}
	printf("\n");
	zone_set_free(set);
}

int main(int argc, char **argv)
{
	static const unsigned defaults[] = {10000, 100000, 1000000};

	if (argc == 2 && strcmp(argv[1], "--help") == 0) {
		printf("Usage: dns_answer [NAMES...]\n\nMeasures zones of so many names, of 10,000 "
		       "to 1,000,000 when none are given.\n");
		return 0;
	}
	printf("%9s %7s %7s", "names", "load s", "B/rec");
	for (unsigned kind = 0; kind < KINDS; kind++)
		printf(" %8s", kinds[kind].name);
	printf("   (ns a query)\n");
	for (int i = 1; i < argc; i++)
		measure((unsigned)strtoul(argv[i], NULL, 10));
	for (size_t i = 0; argc == 1 && i < ARRAY_LEN(defaults); i++)
		measure(defaults[i]);
	return 0;
}

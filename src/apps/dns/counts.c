// counts: see the header. Replies of a burst are counted in a local tally, whose nonzero counts are
// then added to the counters.
#include "apps/dns/counts.h"

#include "core/host/metric_report.h"
#include "core/host/pipeline.h"
#include "core/simd.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#define TYPE_PLACE(name)        [DNS_TYPE_##name] = 1 + COUNT_TYPE_##name,
#define RCODE_PLACE(code, name) [code] = 1 + COUNT_RCODE_##name,
#define SIZE_PLACE(bytes)       {bytes, COUNT_SIZE_##bytes},

// Where a type or rcode is counted, and one more; 0: among the others.
static const uint8_t type_place[DNS_TYPE_CAA + 1] = {COUNT_TYPES(TYPE_PLACE)};
static const uint8_t rcode_place[24] = {COUNT_RCODES(RCODE_PLACE)};

_Static_assert(COUNT_HTTPS4 - COUNT_UDP4 == 2 * DNS_HTTPS, "the order of enum dns_transport");
_Static_assert(COUNT_KIND_REFERRAL - COUNT_KIND_ERROR == DNS_KIND_REFERRAL, "the same order");
_Static_assert(PIPELINE_BURST <= UINT8_MAX, "a burst fits a byte");

#define TALLY_BYTES ROUND_UP(COUNT_LEN, SIMD16_BYTES)

struct tally {
	uint8_t count[TALLY_BYTES];
};

static inline void tally_one(struct tally *tally, unsigned place)
{
	tally->count[place]++;
}

static inline unsigned place_of_type(uint16_t qtype)
{
	if (qtype < ARRAY_LEN(type_place) && type_place[qtype])
		return type_place[qtype] - 1u;
	return qtype ? COUNT_TYPE_OTHER : COUNT_TYPE_UNREAD;
}

static inline unsigned place_of_rcode(uint16_t rcode)
{
	if (rcode < ARRAY_LEN(rcode_place) && rcode_place[rcode])
		return rcode_place[rcode] - 1u;
	return COUNT_RCODE_OTHER;
}

static inline unsigned place_of_size(uint16_t len)
{
	static const uint16_t bounds[] = {
#define SIZE_BOUND(bytes) bytes,
	        COUNT_SIZES(SIZE_BOUND)};
	unsigned place = 0;

	while (len > bounds[place])
		place++;
	return COUNT_SIZE_63 + place;
}

static inline bool is_ipv4(const uint8_t *source)
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};

	return memcmp(source, mapped, sizeof(mapped)) == 0;
}

static inline unsigned place_of_transport(const struct dns_request *request)
{
	return COUNT_UDP4 + 2 * (unsigned)request->transport + !is_ipv4(request->source);
}

static inline void tally_cookie(struct tally *tally, uint8_t verdict)
{
	static const uint8_t places[] = {
	        [COOKIE_MALFORMED] = COUNT_COOKIE_MALFORMED,
	        [COOKIE_CLIENT_ONLY] = COUNT_COOKIE_NEW,
	        [COOKIE_BAD] = COUNT_COOKIE_BAD,
	        [COOKIE_GOOD] = COUNT_COOKIE_GOOD,
	        [COOKIE_GOOD_RENEW] = COUNT_COOKIE_GOOD,
	};

	if (verdict != COOKIE_NONE)
		tally_one(tally, places[verdict]);
}

static inline void tally_add(struct tally *tally, const struct dns_request *request)
{
	const struct dns_outcome *outcome = &request->outcome;

	tally_one(tally, place_of_type(outcome->qtype));
	tally_one(tally, place_of_rcode(outcome->rcode));
	tally_one(tally, COUNT_KIND_ERROR + outcome->kind);
	tally_one(tally, place_of_transport(request));
	tally_one(tally, place_of_size(request->reply_len));
	if (outcome->edns)
		tally_one(tally, COUNT_EDNS);
	if (outcome->dnssec_ok)
		tally_one(tally, COUNT_DO);
	if (outcome->truncated)
		tally_one(tally, COUNT_TRUNCATED);
	tally_cookie(tally, outcome->cookie);
}

static inline void tally_write(const struct tally *tally, struct dns_counts *counts)
{
	for (unsigned first = 0; first < TALLY_BYTES; first += SIMD16_BYTES) {
		unsigned zeros = simd16_same(simd16_load(tally->count + first), simd16_all(0));

		for (unsigned left = UINT16_MAX & ~zeros; left; left &= left - 1) {
			unsigned place = first + (unsigned)__builtin_ctz(left);

			counter_add(&counts->count[place], tally->count[place]);
		}
	}
}

void dns_counts_add(struct dns_counts *counts, const struct dns_request *requests, unsigned n)
{
	struct tally tally = {{0}};
	unsigned replies = 0;
	uint64_t bytes = 0;

	for (unsigned i = 0; i < n; i++) {
		const struct dns_outcome *outcome = &requests[i].outcome;

		if (requests[i].reply_len == 0)
			continue;
		replies++;
		bytes += requests[i].reply_len;
		tally_add(&tally, &requests[i]);
		if (outcome->zone < DNS_NUMBERS_MAX)
			counter_add(&counts->zones[outcome->zone].kind[outcome->kind], 1);
	}
	counter_add(&counts->queries, n);
	counter_add(&counts->replies, replies);
	counter_add(&counts->reply_bytes, bytes);
	tally_write(&tally, counts);
}

// Anonymous memory is zeros and takes room only where it is written.
int dns_counts_open(struct dns_counts *counts)
{
	void *zones = mmap(NULL, DNS_NUMBERS_MAX * sizeof(counts->zones[0]), PROT_READ | PROT_WRITE,
	                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (zones == MAP_FAILED)
		return -ENOMEM;
	counts->zones = zones;
	return 0;
}

void dns_counts_close(struct dns_counts *counts)
{
	if (counts->zones)
		munmap(counts->zones, DNS_NUMBERS_MAX * sizeof(counts->zones[0]));
	counts->zones = NULL;
}

void dns_counts_clear(struct dns_counts *counts, uint32_t number)
{
	struct dns_zone_count *zone = &counts->zones[number];

	for (unsigned i = 0; i < DNS_KINDS; i++)
		if (counter_get(&zone->kind[i]))
			atomic_store_explicit(&zone->kind[i].value, 0, memory_order_relaxed);
}

// clang-format off
#define COUNT_ROW(table, label, value, help, place) \
	{table, label, value, "count", help, METRIC_COUNTER, \
	 offsetof(struct dns_counts, count[place])},
#define ROW_TYPE(name)            COUNT_ROW("replies_by_type", "type", #name, NULL, COUNT_TYPE_##name)
#define ROW_RCODE(code, name)     COUNT_ROW("replies_by_rcode", "rcode", #name, NULL, COUNT_RCODE_##name)
#define ROW_KIND(id, name, help)  COUNT_ROW("replies_by_kind", "kind", name, help, COUNT_KIND_##id)
#define ROW_TRANSPORT(id, name)   COUNT_ROW("replies_by_transport", "transport", name, NULL, COUNT_##id)
#define ROW_SIZE(bytes) \
	{"replies_by_size", "bytes", "up to " #bytes, "count", NULL, METRIC_BYTES, \
	 offsetof(struct dns_counts, count[COUNT_SIZE_##bytes]), \
	 offsetof(struct dns_counts, reply_bytes), bytes},
#define ROW_MARK(id, name, help)  COUNT_ROW("replies_with", "mark", name, help, COUNT_##id)

static const struct metric_row rows[] = {
	{"dns", NULL, NULL, "queries", "queries received", METRIC_COUNTER,
	 offsetof(struct dns_counts, queries)},
	{"dns", NULL, NULL, "replies", "replies sent", METRIC_COUNTER,
	 offsetof(struct dns_counts, replies)},
	{"dns", NULL, NULL, "dropped", "queries without a reply", METRIC_DIFFERENCE,
	 offsetof(struct dns_counts, queries), offsetof(struct dns_counts, replies)},
	COUNT_TYPES(ROW_TYPE)
	COUNT_ROW("replies_by_type", "type", "other", NULL, COUNT_TYPE_OTHER)
	COUNT_ROW("replies_by_type", "type", "unreadable", NULL, COUNT_TYPE_UNREAD)
	COUNT_RCODES(ROW_RCODE)
	COUNT_ROW("replies_by_rcode", "rcode", "other", NULL, COUNT_RCODE_OTHER)
	COUNT_KINDS(ROW_KIND)
	COUNT_TRANSPORTS(ROW_TRANSPORT)
	COUNT_SIZES(ROW_SIZE)
	COUNT_MARKS(ROW_MARK)
	{0},
};

// The columns of a zone's row.
#define ROW_ZONE(id, name, help) \
	{"zones", NULL, NULL, name, help, METRIC_COUNTER, \
	 offsetof(struct dns_zone_count, kind[COUNT_KIND_##id - COUNT_KIND_ERROR])},

static const struct metric_row zone_rows[] = {
	COUNT_KINDS(ROW_ZONE)
	{0},
};
// clang-format on

void dns_counts_metrics(struct dns_counts *const *counts, unsigned len,
                        struct metric_source *source)
{
	*source = (struct metric_source){.rows = rows, .len = len};
	for (unsigned i = 0; i < len; i++)
		source->of[i] = counts[i];
}

void dns_counts_zone_json(struct dns_counts *const *counts, unsigned len, uint32_t number,
                          json_t *row)
{
	struct metric_source source = {.rows = zone_rows, .len = len};
	uint64_t replies = 0;

	for (unsigned i = 0; i < len; i++)
		source.of[i] = &counts[i]->zones[number];
	for (unsigned i = 0; i < DNS_KINDS; i++)
		replies += metric_report_sum(&source, &zone_rows[i]);
	json_object_set_new(row, "replies", json_integer((json_int_t)replies));
	metric_report_columns(&source, row);
}

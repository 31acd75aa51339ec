// zone_check_zonemd: see the header. Supports scheme SIMPLE with SHA-384 and SHA-512. One matching
// digest is enough; if none matches, a supported one that does not is an error.
#include "proto/dns/load/zone_check_zonemd.h"

#include "core/digest.h"
#include "proto/dns/load/zone_canonical.h"
#include "proto/dns/rdata/dns_rdata.h"
#include "proto/dns/wire/dns_wire.h"

#include <errno.h>
#include <stdlib.h>

#define SCHEME_SIMPLE 1

// RFC 8976 section 2.2; the digest follows.
struct zonemd {
	be32_t serial;
	uint8_t scheme, algorithm;
} OVERLAY;
OVERLAY_SIZE(struct zonemd, 6, algorithm, 5);

// Algorithms are numbered from 1 (section 5.3).
static const struct {
	enum digest_kind kind;
	size_t bytes;
} algorithms[] = {{DIGEST_SHA384, DIGEST_SHA384_BYTES}, {DIGEST_SHA512, DIGEST_SHA512_BYTES}};

#define ALGORITHMS ARRAY_LEN(algorithms)

struct zonemd_check {
	const struct zone_records *records;
	struct zone_reporter *reporter;
	zone_stopped_fn *stopped;
	uint32_t serial;
	unsigned count[ALGORITHMS]; // number of records
	uint8_t digest[ALGORITHMS][DIGEST_SHA512_BYTES];
	bool matched; // by at least one record
};

static const struct zonemd *zonemd_of(const struct load_record *record)
{
	return (const struct zonemd *)record->rdata;
}

// Returns the index of the record's algorithm, or ALGORITHMS if it or the scheme is not supported.
static unsigned algorithm_of(const struct load_record *record)
{
	const struct zonemd *zonemd = zonemd_of(record);
	unsigned i = zonemd->algorithm - 1u;

	return zonemd->scheme == SCHEME_SIMPLE && i < ALGORITHMS ? i : ALGORITHMS;
}

// Writes the form of a record that is digested (RFC 8976 section 3.3.1); returns its length.
static size_t record_build(uint8_t *to, const struct load_name *name,
                           const struct load_record *record)
{
	uint8_t *p = to + name->len;

	memcpy(to, name->wire, name->len);
	*(struct dns_rr_hdr *)p = (struct dns_rr_hdr){be16(record->type), be16(DNS_CLASS_IN),
	                                              be32(record->ttl), be16(record->rdata_len)};
	p += sizeof(struct dns_rr_hdr);
	p += dns_rdata_canonical(record->type, record->rdata, record->rdata_len, p);
	return (size_t)(p - to);
}

// All records are digested except the origin's ZONEMD and its signatures (section 3.3.1).
static bool is_digested(const struct zone_records *records, const struct load_name *name,
                        const struct load_record *record)
{
	if (name != &records->names[1])
		return true;
	if (record->type == DNS_TYPE_RRSIG)
		return (record->rdata[0] << 8 | record->rdata[1]) != DNS_TYPE_ZONEMD;
	return record->type != DNS_TYPE_ZONEMD;
}

static void names_digest(const struct zonemd_check *check, const uint32_t *sorted,
                         struct digest *digests, uint8_t *buffer)
{
	const struct zone_records *records = check->records;

	for (uint32_t i = 0; i < records->names_len - 1 && !zone_stop_at(check->stopped, i); i++) {
		const struct load_name *name = &records->names[sorted[i]];

		for (const struct load_record *at = zone_records_first(records, name); at;
		     at = zone_records_next(records, at)) {
			size_t len;

			if (!is_digested(records, name, at))
				continue;
			len = record_build(buffer, name, at);
			for (unsigned a = 0; a < ALGORITHMS; a++) {
				if (check->count[a])
					digest_add(&digests[a], buffer, len);
			}
		}
	}
}

// Computes a digest for each algorithm that has records. Returns 0, -ENOMEM, or -ECANCELED when the
// load was cancelled.
static int zone_digest(struct zonemd_check *check)
{
	uint8_t *buffer = malloc(DNS_NAME_MAX_BYTES + sizeof(struct dns_rr_hdr) + UINT16_MAX);
	uint32_t *sorted;
	struct digest digests[ALGORITHMS];
	int err = zone_canonical_names(&sorted, check->records, check->stopped);

	if (!err && !buffer)
		err = -ENOMEM;
	for (unsigned a = 0; a < ALGORITHMS; a++)
		digest_init(&digests[a], algorithms[a].kind);
	if (!err)
		names_digest(check, sorted, digests, buffer);
	for (unsigned a = 0; a < ALGORITHMS; a++)
		digest_end(&digests[a], check->digest[a]);
	free(sorted);
	free(buffer);
	return err;
}

static bool record_matches(const struct zonemd_check *check, const struct load_record *record)
{
	unsigned a = algorithm_of(record);
	const struct zonemd *zonemd = zonemd_of(record);

	return a < ALGORITHMS && check->count[a] == 1 &&
	       be32_get(zonemd->serial) == check->serial &&
	       record->rdata_len == sizeof(*zonemd) + algorithms[a].bytes &&
	       memcmp(zonemd + 1, check->digest[a], algorithms[a].bytes) == 0;
}

// Reports why a record does not match; only as a warning if another one does.
static void record_report(const struct zonemd_check *check, const struct load_record *record)
{
	const struct zonemd *zonemd = zonemd_of(record);
	unsigned a = algorithm_of(record);
	enum zone_check_code code;

	if (a == ALGORITHMS) {
		zone_reporter_add(check->reporter, &record->place, ZONE_CHECK_ZONEMD_UNUSED,
		                  "the ZONEMD is ignored: its scheme %u or algorithm %u is not "
		                  "supported",
		                  zonemd->scheme, zonemd->algorithm);
	} else if (check->count[a] > 1) {
		code = check->matched ? ZONE_CHECK_ZONEMD_UNUSED : ZONE_CHECK_ZONEMD_SEVERAL;
		zone_reporter_add(check->reporter, &record->place, code,
		                  "there are %u ZONEMD records with this scheme and algorithm: "
		                  "none of them is used",
		                  check->count[a]);
	} else if (be32_get(zonemd->serial) != check->serial) {
		code = check->matched ? ZONE_CHECK_ZONEMD_UNUSED : ZONE_CHECK_ZONEMD_SERIAL;
		zone_reporter_add(check->reporter, &record->place, code,
		                  "the ZONEMD is for serial number %u, the zone has %u",
		                  be32_get(zonemd->serial), check->serial);
	} else if (record->rdata_len != sizeof(*zonemd) + algorithms[a].bytes) {
		code = check->matched ? ZONE_CHECK_ZONEMD_UNUSED : ZONE_CHECK_ZONEMD_DIGEST;
		zone_reporter_add(check->reporter, &record->place, code,
		                  "the ZONEMD's digest has %zu bytes, its algorithm yields %zu",
		                  record->rdata_len - sizeof(*zonemd), algorithms[a].bytes);
	} else {
		code = check->matched ? ZONE_CHECK_ZONEMD_UNUSED : ZONE_CHECK_ZONEMD_DIGEST;
		zone_reporter_add(check->reporter, &record->place, code,
		                  "the ZONEMD's digest does not match the contents of the zone");
	}
}

static void check_records(struct zonemd_check *check, const struct load_record *first)
{
	const struct zone_records *records = check->records;
	const struct load_record *at;

	for (at = first; at && at->type == DNS_TYPE_ZONEMD; at = zone_records_next(records, at))
		check->matched |= record_matches(check, at);
	for (at = first; at && at->type == DNS_TYPE_ZONEMD; at = zone_records_next(records, at)) {
		if (!record_matches(check, at))
			record_report(check, at);
	}
}

// RFC 8976 section 4, without validating the signatures of the ZONEMD records.
int zone_check_zonemd(const struct zone_records *records, struct zone_reporter *reporter,
                      zone_stopped_fn *stopped)
{
	struct zonemd_check check = {.records = records, .reporter = reporter, .stopped = stopped};
	const struct load_name *apex = &records->names[1];
	const struct load_record *soa = zone_records_of(records, apex, DNS_TYPE_SOA);
	const struct load_record *first = zone_records_of(records, apex, DNS_TYPE_ZONEMD);
	bool needed = false;
	int err = 0;

	if (!first || !soa)
		return 0;
	check.serial = be32_get(((const be32_t *)(soa->rdata + soa->rdata_len))[-5]);
	for (const struct load_record *at = first; at && at->type == DNS_TYPE_ZONEMD;
	     at = zone_records_next(records, at)) {
		unsigned a = algorithm_of(at);

		needed |= a < ALGORITHMS;
		if (a < ALGORITHMS)
			check.count[a]++;
	}
	if (needed && zone_reporter_wants(reporter, ZONE_CHECK_ZONEMD_DIGEST))
		err = zone_digest(&check);
	if (!err)
		check_records(&check, first);
	return err == -ENOMEM ? err : 0;
}

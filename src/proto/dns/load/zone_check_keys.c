// zone_check_keys: see the header. Each set is walked for each record of another, so large sets are
// not compared.
#include "proto/dns/load/zone_check_keys.h"

#include "core/digest.h"

#include <string.h>

#define KEYS_MAX 64 // that are compared with each other

// Data of CDS: tag, algorithm, type of the digest, digest; of CDNSKEY: flags, protocol, algorithm,
// key.
#define CDS_DIGEST_AT    4
#define KEY_ALGORITHM_AT 3

enum ds_digest {
	DS_SHA1 = 1,
	DS_SHA256 = 2,
	DS_SHA384 = 4,
};

struct keys {
	const struct zone_records *records;
	struct zone_reporter *reporter;
	const struct load_name *apex;
};

// The records of a type at the origin, one after the other.
static const struct load_record *keys_first(const struct keys *keys, uint16_t type)
{
	return zone_records_of(keys->records, keys->apex, type);
}

static const struct load_record *keys_next(const struct keys *keys, const struct load_record *at)
{
	const struct load_record *next = zone_records_next(keys->records, at);

	return next && next->type == at->type ? next : NULL;
}

uint16_t zone_check_keys_tag(const uint8_t *rdata, size_t len)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < len; i++)
		sum += i & 1 ? rdata[i] : (uint32_t)rdata[i] << 8;
	return (uint16_t)(sum + (sum >> 16));
}

static bool is_key(const struct load_record *a, const struct load_record *b)
{
	return a->rdata_len == b->rdata_len && memcmp(a->rdata, b->rdata, a->rdata_len) == 0;
}

static size_t ds_digest(const struct keys *keys, const struct load_record *key, unsigned type,
                        uint8_t to[DIGEST_SHA512_BYTES])
{
	const uint8_t *owner = keys->apex->wire;
	size_t owner_len = keys->apex->len;
	struct digest digest;

	if (type == DS_SHA1) {
		digest_sha1(to, owner, owner_len, key->rdata, key->rdata_len);
		return DIGEST_SHA1_BYTES;
	}
	if (type == DS_SHA256) {
		digest_sha256(to, owner, owner_len, key->rdata, key->rdata_len);
		return DIGEST_SHA256_BYTES;
	}
	if (type != DS_SHA384)
		return 0;
	digest_init(&digest, DIGEST_SHA384);
	digest_add(&digest, owner, owner_len);
	digest_add(&digest, key->rdata, key->rdata_len);
	return digest_end(&digest, to);
}

// Whether a CDS is of the key. Of a digest that is not computed here only tag and algorithm count.
static bool is_ds_of(const struct keys *keys, const struct load_record *ds,
                     const struct load_record *key)
{
	uint16_t tag = (uint16_t)(ds->rdata[0] << 8 | ds->rdata[1]);
	uint8_t digest[DIGEST_SHA512_BYTES];
	size_t len;

	if (ds->rdata[2] != key->rdata[KEY_ALGORITHM_AT] ||
	    tag != zone_check_keys_tag(key->rdata, key->rdata_len))
		return false;
	len = ds_digest(keys, key, ds->rdata[3], digest);
	return len == 0 || (ds->rdata_len == CDS_DIGEST_AT + len &&
	                    memcmp(ds->rdata + CDS_DIGEST_AT, digest, len) == 0);
}

// Whether the record asks the parent to delete its DS (RFC 8078 section 4): algorithm 0.
static bool is_delete(const struct load_record *record)
{
	return record->rdata[record->type == DNS_TYPE_CDS ? 2 : KEY_ALGORITHM_AT] == 0;
}

// Whether two of CDS, CDNSKEY and DNSKEY speak of one key.
static bool is_same_key(const struct keys *keys, const struct load_record *a,
                        const struct load_record *b)
{
	if (a->type == DNS_TYPE_CDS)
		return is_ds_of(keys, a, b);
	return b->type == DNS_TYPE_CDS ? is_ds_of(keys, b, a) : is_key(a, b);
}

static bool fits_any(const struct keys *keys, const struct load_record *record, uint16_t type)
{
	const struct load_record *at = keys_first(keys, type);

	while (at && (is_delete(at) || !is_same_key(keys, record, at)))
		at = keys_next(keys, at);
	return at != NULL;
}

static void keys_report(const struct keys *keys, const struct load_record *record, const char *what)
{
	char type[16];

	zone_reporter_add(keys->reporter, &record->place, ZONE_CHECK_CDS_MISMATCH, "the %s %s",
	                  dns_type_text(record->type, type), what);
}

static void check_request(const struct keys *keys, const struct load_record *record, uint16_t other)
{
	const struct load_record *others = keys_first(keys, other);
	bool alone = record == keys_first(keys, record->type) && !keys_next(keys, record);

	if (is_delete(record)) {
		if (!alone)
			keys_report(keys, record,
			            "asks the parent to delete its DS, and there are "
			            "others beside it (RFC 8078 section 4)");
		else if (others && !is_delete(others))
			keys_report(
			        keys, record,
			        other == DNS_TYPE_CDS
			                ? "asks the parent to delete its DS, and the CDS does not"
			                : "asks the parent to delete its DS, and the CDNSKEY "
			                  "does not");
		return;
	}
	if (!fits_any(keys, record, DNS_TYPE_DNSKEY))
		keys_report(keys, record, "is of no DNSKEY of the zone (RFC 7344 section 4)");
	else if (others && !fits_any(keys, record, other))
		keys_report(keys, record,
		            other == DNS_TYPE_CDS ? "has no CDS that fits it (RFC 7344 section 4)"
		                                  : "has no CDNSKEY that fits it (RFC 7344 "
		                                    "section 4)");
}

// Validators try all keys of a tag, up to a limit.
static void check_tags(const struct keys *keys)
{
	uint32_t seen[KEYS_MAX]; // tag and algorithm
	unsigned len = 0;

	for (const struct load_record *at = keys_first(keys, DNS_TYPE_DNSKEY); at && len < KEYS_MAX;
	     at = keys_next(keys, at)) {
		uint16_t tag = zone_check_keys_tag(at->rdata, at->rdata_len);
		uint32_t key = (uint32_t)tag << 8 | at->rdata[KEY_ALGORITHM_AT];
		unsigned i = 0;

		while (i < len && seen[i] != key)
			i++;
		if (i < len)
			zone_reporter_add(keys->reporter, &at->place, ZONE_CHECK_KEY_TAG,
			                  "another DNSKEY of this algorithm has the same tag, %u: "
			                  "validators try each, and some give up",
			                  tag);
		else
			seen[len++] = key;
	}
}

static bool is_small(const struct keys *keys, uint16_t type)
{
	const struct load_record *at = keys_first(keys, type);
	unsigned len = 0;

	for (; at && len <= KEYS_MAX; len++)
		at = keys_next(keys, at);
	return len <= KEYS_MAX;
}

void zone_check_keys(const struct zone_records *records, struct zone_reporter *reporter)
{
	const struct keys keys = {records, reporter, &records->names[1]};

	check_tags(&keys);
	if (!is_small(&keys, DNS_TYPE_DNSKEY) || !is_small(&keys, DNS_TYPE_CDS) ||
	    !is_small(&keys, DNS_TYPE_CDNSKEY))
		return;
	for (const struct load_record *at = keys_first(&keys, DNS_TYPE_CDS); at;
	     at = keys_next(&keys, at))
		check_request(&keys, at, DNS_TYPE_CDNSKEY);
	for (const struct load_record *at = keys_first(&keys, DNS_TYPE_CDNSKEY); at;
	     at = keys_next(&keys, at))
		check_request(&keys, at, DNS_TYPE_CDS);
}

// zone_check_sigs: see the header.
#include "proto/dns/load/zone_check_sigs.h"

#include "proto/dns/load/zone_check_keys.h"

#include "proto/dns/load/host_name.h"

#include "proto/dns/wire/dns_wire.h"

// In a zone with more keys than this, it is not checked that the keys of signatures exist.
#define KEYS_MAX 64

// The fields of RRSIG before the signer's name (RFC 4034 section 3.1).
struct rrsig {
	be16_t covered;
	uint8_t algorithm, labels;
	be32_t ttl, expiration, inception;
	be16_t tag;
} OVERLAY;
OVERLAY_SIZE(struct rrsig, 18, tag, 16);

#define DNSKEY_ALGORITHM_AT 3

struct sig_check {
	const struct zone_records *records;
	struct zone_reporter *reporter;
	const struct load_name *name; // the name being checked
	bool has_now;
	uint32_t now;
	bool is_signed, has_key;
	unsigned keys;
	struct {
		uint16_t tag;
		uint8_t algorithm;
	} key[KEYS_MAX];
	char owner[DNS_NAME_TEXT_BYTES];
};

static const struct rrsig *rrsig_of(const struct load_record *sig)
{
	return (const struct rrsig *)sig->rdata;
}

static uint16_t covered_by(const struct load_record *sig)
{
	return be16_get(rrsig_of(sig)->covered);
}

static void keys_read(struct sig_check *check)
{
	const struct zone_records *records = check->records;
	const struct load_record *at =
	        zone_records_of(records, &records->names[1], DNS_TYPE_DNSKEY);

	check->has_key = at != NULL;
	for (; at && at->type == DNS_TYPE_DNSKEY; at = zone_records_next(records, at)) {
		if (check->keys < KEYS_MAX) {
			check->key[check->keys].tag = zone_check_keys_tag(at->rdata, at->rdata_len);
			check->key[check->keys].algorithm = at->rdata[DNSKEY_ALGORITHM_AT];
		}
		check->keys++;
	}
}

static bool key_find(const struct sig_check *check, const struct rrsig *sig)
{
	if (check->keys == 0 || check->keys > KEYS_MAX)
		return true;
	for (unsigned i = 0; i < check->keys; i++) {
		if (check->key[i].tag == be16_get(sig->tag) &&
		    check->key[i].algorithm == sig->algorithm)
			return true;
	}
	return false;
}

// Reports "the signature of NAME TYPE ..."; `what` completes the sentence.
static void sig_report(struct sig_check *check, const struct load_record *sig,
                       enum zone_check_code code, const char *what)
{
	char type[16];

	zone_reporter_add(check->reporter, &sig->place, code, "the signature of %s %s %s",
	                  dns_name_text(check->name->wire, check->owner),
	                  dns_type_text(covered_by(sig), type), what);
}

// Times are 32-bit serial numbers, which wrap around (RFC 4034 section 3.1.5, RFC 1982).
static bool is_later(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) > 0;
}

static void check_time(struct sig_check *check, const struct load_record *sig)
{
	const struct rrsig *rrsig = rrsig_of(sig);

	if (!check->has_now)
		return;
	if (is_later(check->now, be32_get(rrsig->expiration)))
		sig_report(check, sig, ZONE_CHECK_RRSIG_EXPIRED,
		           "has expired: sign the zone again");
	else if (is_later(be32_get(rrsig->inception), check->now))
		sig_report(check, sig, ZONE_CHECK_RRSIG_FUTURE, "is not valid yet");
}

static void check_sig(struct sig_check *check, const struct load_record *sig)
{
	const struct rrsig *rrsig = rrsig_of(sig);
	unsigned labels = check->name->labels - (host_name_is_wildcard(check->name->wire) ? 1u : 0);

	if (!check->has_key)
		sig_report(check, sig, ZONE_CHECK_DNSKEY_MISSING,
		           "cannot be validated: the zone has no DNSKEY");
	// Report this only once for a zone.
	check->has_key = true;
	if (!dns_name_eq(sig->rdata + sizeof(*rrsig), check->records->origin.wire))
		sig_report(check, sig, ZONE_CHECK_RRSIG_SIGNER, "has another signer than the zone");
	else if (!key_find(check, rrsig))
		sig_report(check, sig, ZONE_CHECK_RRSIG_KEY,
		           "was made by a key that is not among the zone's DNSKEY records");
	if (rrsig->labels != labels)
		sig_report(check, sig, ZONE_CHECK_RRSIG_LABELS,
		           "is for a name with another number of labels");
	check_time(check, sig);
}

// Whether the zone is authoritative for the RRset. Such RRsets must be signed, and no other may be
// (RFC 4035 section 2.2).
static bool is_authoritative(const struct load_name *name, uint16_t type)
{
	return type != DNS_TYPE_RRSIG && zone_records_serves(name, type) &&
	       !(name->cut && type == DNS_TYPE_NS);
}

// Returns the next authoritative RRset at or after `at` whose type is greater than `after`, or
// NULL.
static const struct load_record *set_next(const struct sig_check *check,
                                          const struct load_record *at, uint16_t after)
{
	while (at && (at->type <= after || !is_authoritative(check->name, at->type)))
		at = zone_records_next(check->records, at);
	return at;
}

static const struct load_record *sig_next(const struct sig_check *check,
                                          const struct load_record *sig)
{
	sig = zone_records_next(check->records, sig);
	return sig && sig->type == DNS_TYPE_RRSIG ? sig : NULL;
}

// Checks the signatures of an RRset, the first of which is `sig` if it has any; returns the next
// signature.
static const struct load_record *check_set(struct sig_check *check, const struct load_record *set,
                                           const struct load_record *sig)
{
	char type[16];

	if (!sig || covered_by(sig) != set->type) {
		if (check->is_signed)
			zone_reporter_add(check->reporter, &set->place, ZONE_CHECK_RRSIG_MISSING,
			                  "%s %s has no signature; validating resolvers reject it",
			                  dns_name_text(check->name->wire, check->owner),
			                  dns_type_text(set->type, type));
		return sig;
	}
	for (; sig && covered_by(sig) == set->type; sig = sig_next(check, sig))
		check_sig(check, sig);
	return sig;
}

// Walks the RRsets and the signatures of a name in parallel: the records of both are sorted by
// type, signatures by the type that they cover.
static void check_name(struct sig_check *check)
{
	const struct load_record *first = zone_records_first(check->records, check->name);
	const struct load_record *set = set_next(check, first, 0);
	const struct load_record *sig =
	        zone_records_of(check->records, check->name, DNS_TYPE_RRSIG);

	while (set || sig) {
		if (set && (!sig || set->type <= covered_by(sig))) {
			sig = check_set(check, set, sig);
			set = set_next(check, set, set->type);
			continue;
		}
		sig_report(
		        check, sig, ZONE_CHECK_RRSIG_ORPHAN,
		        "is for records that the zone does not have, or is not authoritative for");
		sig = sig_next(check, sig);
	}
}

void zone_check_sigs(const struct zone_records *records, struct zone_reporter *reporter,
                     int64_t now_s, zone_stopped_fn *stopped)
{
	struct sig_check check = {
	        .records = records,
	        .reporter = reporter,
	        .has_now = now_s != 0,
	        .now = (uint32_t)now_s,
	        .is_signed = zone_records_signed(records),
	};

	keys_read(&check);
	for (uint32_t i = 1; i < records->names_len && !zone_stop_at(stopped, i); i++) {
		check.name = &records->names[i];
		if (!zone_records_occluded(records, i))
			check_name(&check);
	}
}

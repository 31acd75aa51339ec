// zone_report: the table of checks of a zone and the reports that they produce. Each check
// has a code, which is printed in reports and by which a configuration changes its severity.
// A zone with an error is not served: answers would be wrong, or are surely not what the
// operator intended. The checks themselves are in load/zone_check*.c.
#ifndef DNS_ZONE_REPORT_H
#define DNS_ZONE_REPORT_H

#include "core/base.h"

// The severity of a finding.
enum zone_severity {
	ZONE_DEFAULT, // the default of ZONE_CHECKS
	ZONE_IGNORE,
	ZONE_WARNING,
	ZONE_ERROR,
	ZONE_FATAL, // an error whose severity cannot be lowered: no zone can be built
};

// Each check: its name, its code, its default severity, and a description of the finding.
#define ZONE_CHECKS(X)                                                                             \
	X(UNREAD, "unread", FATAL, "the file cannot be read, or there is not enough memory")       \
	X(BEING_WRITTEN, "being-written", FATAL,                                                   \
	  "a file that another process has open for writing")                                      \
	X(SYNTAX, "syntax", FATAL, "a malformed record or directive")                              \
	X(TOO_MANY, "too-many", FATAL, "more errors than are reported")                            \
	X(TOO_LARGE, "too-large", FATAL, "more than dns.zone_limits allows")                       \
	X(TTL_MISSING, "ttl-missing", WARNING, "no TTL is given; the SOA's minimum is used")       \
	X(OUT_OF_ZONE, "out-of-zone", ERROR, "a name that is not at or below the origin; ignored") \
	X(SOA_MISSING, "soa-missing", FATAL, "no SOA record at the origin")                        \
	X(SOA_SEVERAL, "soa-several", FATAL, "more than one SOA record (RFC 2181 section 6.1)")    \
	X(SOA_BELOW, "soa-below", FATAL, "an SOA record at a name other than the origin")          \
	X(SOA_RETRY, "soa-retry", WARNING,                                                         \
	  "an SOA retry time greater than the refresh time (RFC 1912)")                            \
	X(SOA_EXPIRE, "soa-expire", WARNING,                                                       \
	  "an SOA expire time shorter than refresh and retry time together")                       \
	X(SOA_MINIMUM, "soa-minimum", WARNING,                                                     \
	  "negative answers cached for more than a day (RFC 2308)")                                \
	X(NS_MISSING, "ns-missing", FATAL, "no NS record at the origin")                           \
	X(APEX_ADDRESS, "apex-address", ERROR,                                                     \
	  "a name server of the zone, within the zone, without an address")                        \
	X(APEX_CNAME, "apex-cname", ERROR,                                                         \
	  "a name server of the zone that is an alias (RFC 2181 section 10.3)")                    \
	X(GLUE_MISSING, "glue-missing", WARNING,                                                   \
	  "a name server below its own delegation, without glue")                                  \
	X(NS_ADDRESS, "ns-address", WARNING,                                                       \
	  "a delegation to a host of the zone without an address")                                 \
	X(NS_CNAME, "ns-cname", WARNING, "a delegation to an alias (RFC 2181 section 10.3)")       \
	X(MX_ADDRESS, "mx-address", WARNING,                                                       \
	  "an MX record for a host of the zone without an address")                                \
	X(MX_CNAME, "mx-cname", WARNING, "an MX record for an alias (RFC 2181 section 10.3)")      \
	X(SRV_ADDRESS, "srv-address", WARNING,                                                     \
	  "an SRV record for a host of the zone without an address")                               \
	X(SRV_CNAME, "srv-cname", WARNING, "an SRV record for an alias (RFC 2782)")                \
	X(CNAME_OTHER, "cname-other", FATAL,                                                       \
	  "a CNAME record beside other data (RFC 2181 section 10.1)")                              \
	X(CNAME_SEVERAL, "cname-several", FATAL, "more than one CNAME record at a name")           \
	X(DNAME_SEVERAL, "dname-several", FATAL,                                                   \
	  "more than one DNAME record at a name (RFC 6672)")                                       \
	X(NS_WILDCARD, "ns-wildcard", WARNING,                                                     \
	  "an NS record at a wildcard (RFC 4592 section 4.2)")                                     \
	X(DNAME_WILDCARD, "dname-wildcard", WARNING,                                               \
	  "a DNAME record at a wildcard (RFC 4592 section 4.4)")                                   \
	X(BELOW_DNAME, "below-dname", ERROR,                                                       \
	  "data occluded by a DNAME record (RFC 6672 section 2.4); not served")                    \
	X(BELOW_NS, "below-ns", WARNING, "data occluded by a delegation; not served")              \
	X(TTL_DIFFERS, "ttl-differs", WARNING, "different TTLs within an RRset (RFC 2181)")        \
	X(DUPLICATE, "duplicate", WARNING, "a record that occurs twice; served once")              \
	X(SET_SIZE, "set-size", FATAL, "an RRset that is too large for any message")               \
	X(SET_MANY, "set-many", ERROR,                                                             \
	  "more than 100 types of records at a name: answers for it are slow")                     \
	X(HOST_NAME, "host-name", WARNING,                                                         \
	  "a host name with characters other than letters, digits and hyphens (RFC 1123)")         \
	X(DS_MISPLACED, "ds-misplaced", WARNING,                                                   \
	  "a DS record at the origin or at a name that is not delegated")                          \
	X(DS_DIGEST, "ds-digest", WARNING, "a DS record of an unknown digest type")                \
	X(CDS_MISMATCH, "cds-mismatch", WARNING,                                                   \
	  "CDS or CDNSKEY that fit no DNSKEY, or not each other (RFC 7344, RFC 8078)")             \
	X(KEY_TAG, "key-tag", WARNING, "several DNSKEY of one tag and algorithm")                  \
	X(SVCB_ALIAS, "svcb-alias", WARNING,                                                       \
	  "parameters of SVCB or HTTPS in AliasMode (RFC 9460)")                                   \
	X(DNSKEY_MISSING, "dnskey-missing", WARNING,                                               \
	  "RRSIG records, but no DNSKEY record at the origin")                                     \
	X(RRSIG_MISSING, "rrsig-missing", WARNING,                                                 \
	  "an RRset of a signed zone without an RRSIG record")                                     \
	X(RRSIG_ORPHAN, "rrsig-orphan", WARNING,                                                   \
	  "an RRSIG record for an RRset that does not exist")                                      \
	X(RRSIG_SIGNER, "rrsig-signer", WARNING, "an RRSIG record whose signer is not the zone")   \
	X(RRSIG_LABELS, "rrsig-labels", WARNING,                                                   \
	  "an RRSIG record whose label count does not match its owner")                            \
	X(RRSIG_KEY, "rrsig-key", WARNING, "an RRSIG record by a key that is not in the zone")     \
	X(RRSIG_EXPIRED, "rrsig-expired", WARNING, "an RRSIG record that has expired")             \
	X(RRSIG_FUTURE, "rrsig-future", WARNING, "an RRSIG record that is not yet valid")          \
	X(NSEC_MISSING, "nsec-missing", WARNING,                                                   \
	  "a name of a signed zone without an NSEC or NSEC3 record")                               \
	X(NSEC_SEVERAL, "nsec-several", WARNING,                                                   \
	  "more than one NSEC record, or NSEC3 record with the same parameters, at a name")        \
	X(NSEC_ORPHAN, "nsec-orphan", WARNING,                                                     \
	  "an NSEC or NSEC3 record for a name that does not exist")                                \
	X(NSEC_NEXT, "nsec-next", WARNING, "an NSEC or NSEC3 record with the wrong next name")     \
	X(NSEC_TYPES, "nsec-types", WARNING,                                                       \
	  "an NSEC or NSEC3 record with the wrong types in its bitmap")                            \
	X(NSEC3_PARAM, "nsec3-param", WARNING,                                                     \
	  "an NSEC3PARAM record without a matching chain of NSEC3 records")                        \
	X(NSEC3_ITERATIONS, "nsec3-iterations", WARNING,                                           \
	  "NSEC3 with additional iterations (RFC 9276)")                                           \
	X(NSEC3_COST, "nsec3-cost", ERROR,                                                         \
	  "more than 500 NSEC3 iterations: resolvers ignore them, negative answers are slow")      \
	X(ZONEMD_DIGEST, "zonemd-digest", ERROR,                                                   \
	  "a ZONEMD digest that does not match the content (RFC 8976)")                            \
	X(ZONEMD_SERIAL, "zonemd-serial", ERROR,                                                   \
	  "a ZONEMD record with another serial than the SOA's")                                    \
	X(ZONEMD_SEVERAL, "zonemd-several", ERROR,                                                 \
	  "several ZONEMD records with the same scheme and algorithm")                             \
	X(ZONEMD_UNUSED, "zonemd-unused", WARNING,                                                 \
	  "a ZONEMD record that is ignored: not supported, not at the origin, or beside one that " \
	  "matches")                                                                               \
	X(IMAGE_STALE, "image-stale", WARNING,                                                     \
	  "a zone image that is older than its zone files; served nevertheless")                   \
	X(FILE_NAME, "file-name", WARNING,                                                         \
	  "a file of a zone directory whose name is not an origin; not served")                    \
	X(FILE_TWIN, "file-twin", WARNING, "a second file for one origin; not served")             \
	X(SERIAL_LOWER, "serial-lower", WARNING,                                                   \
	  "a reloaded zone whose serial number has decreased (RFC 1982)")                          \
	X(SERIAL_SAME, "serial-same", WARNING,                                                     \
	  "a reloaded zone with other records and the same serial number")                         \
	X(NO_FILES, "no-files", WARNING, "a zone directory without any zone file")

enum zone_check_code {
#define X(name, code, severity, help) ZONE_CHECK_##name,
	ZONE_CHECKS(X)
#undef X
	        ZONE_CHECKS_LEN,
};

struct zone_check_info {
	const char *code, *help;
	enum zone_severity fallback;
};

extern const struct zone_check_info zone_checks[ZONE_CHECKS_LEN];

// The configured severities; all zeros means the default for each check.
struct zone_policy {
	uint8_t as[ZONE_CHECKS_LEN]; // enum zone_severity
	bool strict;                 // treat warnings as errors
};

// Finds the check with a code; false when no check has it.
bool zone_report_check_parse(const char *code, enum zone_check_code *check) MUST_CHECK;

// The severity of a check under the policy; never ZONE_DEFAULT.
enum zone_severity zone_report_severity(const struct zone_policy *policy,
                                        enum zone_check_code check) PURE;

// An error or warning of a zone, ready to print.
struct zone_report {
	const char *file;
	unsigned line, column; // from 1; 0: the finding has no single place
	bool warning;
	enum zone_check_code check;
	const char *text; // one sentence, without the place
};

// Maximum number of reports of each severity about the zone as a whole. Errors within one
// record have a limit of their own in the zone file reader (ZONEFILE_ERRORS_MAX).
#define ZONE_REPORTS_MAX 1000

typedef void zone_report_fn(void *ctx, const struct zone_report *report);

// Writes "FILE:LINE:COLUMN: warning: sentence (code)" into text, truncated to size. Parts of
// the place that are not known are left out.
void zone_report_text(const struct zone_report *report, char *text, size_t size);

// The same without "warning: ", for a log, which has the severity before its lines.
void zone_report_line(const struct zone_report *report, char *text, size_t size);

#endif

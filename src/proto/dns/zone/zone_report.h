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
	X(UNREAD, "unread", FATAL, "the file cannot be read, or memory is too short")              \
	X(BEING_WRITTEN, "being-written", FATAL, "a file that another process is writing")         \
	X(SYNTAX, "syntax", FATAL, "a record or directive that is malformed")                      \
	X(TOO_MANY, "too-many", FATAL, "more errors than are told")                                \
	X(TTL_MISSING, "ttl-missing", WARNING, "no TTL is given and the SOA's minimum is taken")   \
	X(OUT_OF_ZONE, "out-of-zone", ERROR, "a name that is not below the origin; left out")      \
	X(SOA_MISSING, "soa-missing", FATAL, "no SOA at the origin")                               \
	X(SOA_SEVERAL, "soa-several", FATAL, "several SOA records (RFC 2181 section 6.1)")         \
	X(SOA_BELOW, "soa-below", FATAL, "a SOA at another name than the origin")                  \
	X(SOA_RETRY, "soa-retry", WARNING, "a retry time above the refresh time (RFC 1912)")       \
	X(SOA_EXPIRE, "soa-expire", WARNING, "an expiry before the first refresh is retried")      \
	X(SOA_MINIMUM, "soa-minimum", WARNING, "denials that live longer than a day (RFC 2308)")   \
	X(NS_MISSING, "ns-missing", FATAL, "no NS at the origin")                                  \
	X(APEX_ADDRESS, "apex-address", ERROR,                                                     \
	  "a name server of the zone itself that is in it and has no address")                     \
	X(APEX_CNAME, "apex-cname", ERROR,                                                         \
	  "a name server of the zone itself that is an alias (RFC 2181 section 10.3)")             \
	X(GLUE_MISSING, "glue-missing", WARNING,                                                   \
	  "a name server below its own delegation without an address")                             \
	X(NS_ADDRESS, "ns-address", WARNING, "a delegation to a host of the zone without address") \
	X(NS_CNAME, "ns-cname", WARNING, "a delegation to an alias (RFC 2181 section 10.3)")       \
	X(MX_ADDRESS, "mx-address", WARNING, "an MX to a host of the zone without address")        \
	X(MX_CNAME, "mx-cname", WARNING, "an MX to an alias (RFC 2181 section 10.3)")              \
	X(SRV_ADDRESS, "srv-address", WARNING, "a SRV to a host of the zone without address")      \
	X(SRV_CNAME, "srv-cname", WARNING, "a SRV to an alias (RFC 2782)")                         \
	X(CNAME_OTHER, "cname-other", FATAL, "a CNAME and other data (RFC 2181 section 10.1)")     \
	X(CNAME_SEVERAL, "cname-several", FATAL, "several CNAME records of a name")                \
	X(DNAME_SEVERAL, "dname-several", FATAL, "several DNAME records of a name (RFC 6672)")     \
	X(NS_WILDCARD, "ns-wildcard", WARNING, "NS at a wildcard (RFC 4592 section 4.2)")          \
	X(DNAME_WILDCARD, "dname-wildcard", WARNING, "DNAME at a wildcard (RFC 4592 section 4.4)") \
	X(BELOW_DNAME, "below-dname", ERROR,                                                       \
	  "data below a DNAME (RFC 6672 section 2.4); not served")                                 \
	X(BELOW_NS, "below-ns", WARNING, "data at or below a delegation; not served")              \
	X(TTL_DIFFERS, "ttl-differs", WARNING, "TTLs that differ within a set (RFC 2181)")         \
	X(DUPLICATE, "duplicate", WARNING, "the same record twice; served once")                   \
	X(SET_SIZE, "set-size", FATAL, "a set that no message can carry")                          \
	X(HOST_NAME, "host-name", WARNING,                                                         \
	  "a host name with other characters than letters, digits and hyphens (RFC 1123)")         \
	X(DS_MISPLACED, "ds-misplaced", WARNING, "DS at the origin or where nothing is delegated") \
	X(DNSKEY_MISSING, "dnskey-missing", WARNING, "signatures, and no key at the origin")       \
	X(RRSIG_MISSING, "rrsig-missing", WARNING, "a set of a signed zone without signature")     \
	X(RRSIG_ORPHAN, "rrsig-orphan", WARNING, "a signature of a set that is not there")         \
	X(RRSIG_SIGNER, "rrsig-signer", WARNING, "a signature by another than the zone")           \
	X(RRSIG_LABELS, "rrsig-labels", WARNING, "a signature of another name than it is at")      \
	X(RRSIG_KEY, "rrsig-key", WARNING, "a signature by a key that is not in the zone")         \
	X(RRSIG_EXPIRED, "rrsig-expired", WARNING, "a signature that has expired")                 \
	X(RRSIG_FUTURE, "rrsig-future", WARNING, "a signature that is not valid yet")              \
	X(NSEC_MISSING, "nsec-missing", WARNING, "a name of a signed zone without NSEC or NSEC3")  \
	X(NSEC_SEVERAL, "nsec-several", WARNING, "several NSEC, or alike NSEC3, of a name")        \
	X(NSEC_ORPHAN, "nsec-orphan", WARNING, "NSEC or NSEC3 of no name of the zone")             \
	X(NSEC_NEXT, "nsec-next", WARNING, "NSEC or NSEC3 with another next name than there is")   \
	X(NSEC_TYPES, "nsec-types", WARNING, "NSEC or NSEC3 with other types than there are")      \
	X(NSEC3_PARAM, "nsec3-param", WARNING, "NSEC3PARAM that no chain of NSEC3 belongs to")     \
	X(NSEC3_ITERATIONS, "nsec3-iterations", WARNING, "iterations of NSEC3 (RFC 9276)")         \
	X(NSEC3_COST, "nsec3-cost", ERROR,                                                         \
	  "more than 500 iterations, which resolvers refuse and each denial here would pay for")   \
	X(ZONEMD_DIGEST, "zonemd-digest", ERROR, "a digest of another content (RFC 8976)")         \
	X(ZONEMD_SERIAL, "zonemd-serial", ERROR, "a digest of another serial number")              \
	X(ZONEMD_SEVERAL, "zonemd-several", ERROR, "digests of one scheme and algorithm")          \
	X(ZONEMD_UNUSED, "zonemd-unused", WARNING,                                                 \
	  "a digest that says nothing: unknown, or not at the origin, or not the one that fits")   \
	X(IMAGE_STALE, "image-stale", WARNING,                                                     \
	  "an image that is older than its zone files; served nevertheless")                       \
	X(FILE_NAME, "file-name", WARNING,                                                         \
	  "a file of a directory whose name is not an origin; not served")                         \
	X(FILE_TWIN, "file-twin", WARNING, "a second file for one origin; not served")             \
	X(SERIAL_LOWER, "serial-lower", WARNING,                                                   \
	  "a reloaded zone whose serial went back (RFC 1982)")                                     \
	X(SERIAL_SAME, "serial-same", WARNING,                                                     \
	  "a reloaded zone with other records and no new serial")                                  \
	X(NO_FILES, "no-files", WARNING, "a directory without any zone")

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

#endif

// zonefile: master files (RFC 1035 section 5) to records, one at a time. The
// reader knows syntax and types; what makes a zone of records is in zone.h.
#ifndef DNS_ZONEFILE_H
#define DNS_ZONEFILE_H

#include "proto/dns/load/zonefile_text.h"
#include "proto/dns/rdata/dns_rdata.h"
#include "proto/dns/zone/zone_report.h"

// A record as read; everything is borrowed for the call.
struct zone_record {
	const uint8_t *owner; // wire form, absolute, case as written
	const uint8_t *rdata; // wire form, names absolute and uncompressed
	uint16_t rdata_len;
	uint16_t type;
	uint16_t rr_class;
	uint32_t ttl;
	const char *file; // where it stands
	unsigned line, column;
};

typedef void zone_record_fn(void *ctx, const struct zone_record *record);

// A file that is read, the first or one included; path is borrowed.
typedef void zone_file_fn(void *ctx, const char *path, const struct zone_stamp *stamp);

// Errors after which the rest of a zone is not read.
#define ZONEFILE_ERRORS_MAX 1000

// Files that include each other, the first one included.
#define ZONEFILE_DEPTH_MAX 16

// Numbers in the range of one $GENERATE.
#define ZONEFILE_GENERATE_MAX 1048576

// Who takes what is read.
struct zonefile_sink {
	zone_record_fn *on_record;
	zone_report_fn *on_report;
	zone_file_fn *on_file; // NULL: nobody asks
	void *ctx;
	zone_stopped_fn *stopped; // whether to leave off reading a file; NULL: never
};

// Reads the file and what it includes; relative names are relative to origin
// (wire form). $INCLUDE looks beside the file that it stands in; a $TTL stays
// in force behind it, an origin or owner does not. Reports every error and goes
// on behind it. Returns the number of errors; -errno when the file cannot be
// read (reported as well). on_file NULL: nobody asks.
long zonefile_read(const char *file, const uint8_t *origin, zone_record_fn *on_record,
                   zone_report_fn *on_report, zone_file_fn *on_file, void *ctx);

// The same for text in memory; $INCLUDE is an error. `name` stands for the
// file in reports.
long zonefile_read_text(const char *name, const char *text, size_t len, const uint8_t *origin,
                        zone_record_fn *on_record, zone_report_fn *on_report, void *ctx);

// The same step by step, which may be by one thread after the other. What is not borrowed
// for a call is borrowed until the end. NULL, with -errno in *err, when the file cannot be
// read; that was reported.
struct zonefile;
struct zonefile *zonefile_open(const char *file, const uint8_t *origin,
                               const struct zonefile_sink *sink, long *err) MUST_CHECK;
struct zonefile *zonefile_open_text(const char *name, const char *text, size_t len,
                                    const uint8_t *origin, const struct zonefile_sink *sink,
                                    long *err) MUST_CHECK;

// A record at most, with what is to be reported of it; false at the end.
bool zonefile_next(struct zonefile *r, const struct zonefile_sink *sink) MUST_CHECK;

// How much was read of the files that are open, and how much is left, in bytes.
struct zonefile_progress {
	uint64_t done, left;
};
struct zonefile_progress zonefile_progress(const struct zonefile *r);

// Returns the number of errors.
long zonefile_close(struct zonefile *r);

#endif

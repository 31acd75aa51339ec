// zonefile: reads zone files (master files, RFC 1035 section 5) one record at a time. The
// reader knows the syntax and the record types; rules about the zone as a whole are checked
// by zone_check.h.
#ifndef DNS_ZONEFILE_H
#define DNS_ZONEFILE_H

#include "proto/dns/load/zonefile_text.h"
#include "proto/dns/rdata/dns_rdata.h"
#include "proto/dns/zone/zone_report.h"

// A record as read; everything in it is borrowed for the call.
struct zone_record {
	const uint8_t *owner; // wire form, absolute, case as written
	const uint8_t *rdata; // wire form, names absolute and uncompressed
	uint16_t rdata_len;
	uint16_t type;
	uint16_t rr_class;
	uint32_t ttl;
	const char *file; // its place
	unsigned line, column;
};

typedef void zone_record_fn(void *ctx, const struct zone_record *record);

// Called for each file that is read, including included files; borrows path for the call.
typedef void zone_file_fn(void *ctx, const char *path, const struct zone_stamp *stamp);

// Number of errors after which the reader stops.
#define ZONEFILE_ERRORS_MAX 1000

// Maximum depth of nested $INCLUDEs, counting the zone file itself.
#define ZONEFILE_DEPTH_MAX 16

// Maximum number of records of one $GENERATE.
#define ZONEFILE_GENERATE_MAX 1048576

// What the author of a zone file may take of the server: each a maximum over the zone file and all
// that it includes.
struct zone_limits {
	uint64_t records;
	uint64_t bytes;     // of text
	uint64_t generated; // records of $GENERATE
	uint64_t includes;
	bool include_outside; // whether files outside the zone file's folder may be included
};

// The callbacks of the reader.
struct zonefile_sink {
	zone_record_fn *on_record;
	zone_report_fn *on_report;
	zone_file_fn *on_file; // may be NULL
	void *ctx;
	zone_stopped_fn *stopped;         // polled to cancel the reading of a file; NULL: never
	const struct zone_limits *limits; // read when a reader is opened; NULL: none
};

// Reads a zone file and the files that it includes. `origin` (wire form) completes relative
// names. $INCLUDE resolves a path relative to the directory of the including file; a $TTL in
// an included file remains in force after it, an origin or owner does not. Reports each error
// and continues with the next line. Returns the number of errors, or -errno, also reported,
// when the file cannot be read. on_file may be NULL.
long zonefile_read(const char *file, const uint8_t *origin, zone_record_fn *on_record,
                   zone_report_fn *on_report, zone_file_fn *on_file, void *ctx);

// As zonefile_read, but reads `len` bytes of text in memory; $INCLUDE is an error. `name` is
// used in reports in place of the path.
long zonefile_read_text(const char *name, const char *text, size_t len, const uint8_t *origin,
                        zone_record_fn *on_record, zone_report_fn *on_report, void *ctx);

// As zonefile_read, but one record per call. Different threads may make the calls, one at a
// time. `text` and `name` are borrowed until zonefile_close, the sink for each call. Returns
// NULL with -errno in *err, after reporting it, when the file cannot be read.
struct zonefile;
struct zonefile *zonefile_open(const char *file, const uint8_t *origin,
                               const struct zonefile_sink *sink, long *err) MUST_CHECK;
struct zonefile *zonefile_open_text(const char *name, const char *text, size_t len,
                                    const uint8_t *origin, const struct zonefile_sink *sink,
                                    long *err) MUST_CHECK;

// Reads on until at most one record; calls on_record for it and on_report for its findings.
// Returns false at the end of the zone file.
bool zonefile_next(struct zonefile *r, const struct zonefile_sink *sink) MUST_CHECK;

// Bytes already read, and bytes left to read, of the files currently open.
struct zonefile_progress {
	uint64_t done, left;
};
struct zonefile_progress zonefile_progress(const struct zonefile *r);

// Frees the reader and returns the number of errors that it reported.
long zonefile_close(struct zonefile *r);

#endif

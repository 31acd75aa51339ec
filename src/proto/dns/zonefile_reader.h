// zonefile_reader: what zonefile and zonefile_generate share: the reader of one zone,
// and the steps of reading a record. Private to zonefile*.c.
#ifndef DNS_ZONEFILE_READER_H
#define DNS_ZONEFILE_READER_H

#include "proto/dns/zonefile.h"
#include "proto/dns/zonefile_load.h"
#include "proto/dns/zonefile_token.h"

// RFC 2181 section 8.
#define TTL_MAX INT32_MAX

// One file, or text in memory, while it is read.
struct source {
	struct source *includer; // NULL: the first
	const char *name;
	const struct zonefile_load *load; // NULL: text in memory
	struct lex lex;
	struct dns_name origin;
	struct dns_name owner; // len 0: none yet, or malformed
	bool owner_bad;
};

struct reader {
	zone_record_fn *on_record;
	zone_report_fn *on_report;
	zone_file_fn *on_file; // NULL: nobody asks
	void *ctx;
	struct source *source;
	unsigned depth;
	long errors;
	bool has_ttl;         // ttl is $TTL's, or else the last that was given
	bool has_ttl_default; // by $TTL
	uint32_t ttl;
	struct token_error error;
	uint8_t rdata[UINT16_MAX]; // of the current record
	char made[UINT16_MAX];     // of a template of $GENERATE
};

// What stands before the type.
struct record_head {
	unsigned line, column;
	bool has_ttl, has_class;
	uint32_t ttl;
	uint16_t type;
};

// TTL and class in either order, then the type: from the token on.
bool reader_head(struct reader *r, struct record_head *head, struct lex_token token) MUST_CHECK;

// Completes the TTL and hands the record over, unless its owner is NULL: that was
// reported on the owner's own line.
bool reader_record(struct reader *r, struct record_head *head, const struct dns_name *owner,
                   const struct span *rdata) MUST_CHECK;

bool reader_line_end(struct reader *r) MUST_CHECK;

// From behind the word $GENERATE to the end of its line.
bool reader_generate(struct reader *r) MUST_CHECK;

#endif

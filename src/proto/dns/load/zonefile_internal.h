// zonefile_internal: what zonefile and zonefile_generate share: the reader of one zone,
// and the steps of reading a record. Private to zonefile*.c.
#ifndef DNS_ZONEFILE_INTERNAL_H
#define DNS_ZONEFILE_INTERNAL_H

#include "proto/dns/load/zonefile.h"
#include "proto/dns/load/zonefile_text.h"
#include "proto/dns/text/token.h"

// RFC 2181 section 8.
#define TTL_MAX INT32_MAX

// One file, or text in memory, while it is read.
struct source {
	struct source *includer; // NULL: the first
	const char *name;
	struct zonefile_load load; // text NULL: it is the caller's
	struct lex lex;
	struct dns_name origin;
	struct dns_name owner; // len 0: none yet, or malformed
	bool owner_bad;
	bool begun;
	char path[]; // that name is, of a file that was included
};

// What stands before the type.
struct record_head {
	unsigned line, column;
	bool has_ttl, has_class;
	uint32_t ttl;
	uint16_t type;
};

// A $GENERATE that is being read.
struct generate {
	struct lex_token owner, data; // templates
	struct record_head head;
	uint64_t number; // the next one
	uint32_t stop, step;
	bool on;
};

struct zonefile {
	const struct zonefile_sink *sink;
	struct source *source; // NULL: at the end
	struct generate generate;
	unsigned depth;
	long errors;
	bool has_ttl;         // ttl is $TTL's, or else the last that was given
	bool has_ttl_default; // by $TTL
	uint32_t ttl;
	struct token_error error;
	uint8_t rdata[UINT16_MAX]; // of the current record
	char made[UINT16_MAX];     // of a template of $GENERATE
};

// TTL and class in either order, then the type: from the token on.
bool reader_head(struct zonefile *r, struct record_head *head, struct lex_token token) MUST_CHECK;

// Completes the TTL and hands the record over, unless its owner is NULL: that was
// reported on the owner's own line.
bool reader_record(struct zonefile *r, struct record_head *head, const struct dns_name *owner,
                   const struct span *rdata) MUST_CHECK;

bool reader_line_end(struct zonefile *r) MUST_CHECK;

// From behind the word $GENERATE to the end of its line; its records are next.
bool reader_generate(struct zonefile *r) MUST_CHECK;

// Its next record.
bool reader_generate_next(struct zonefile *r) MUST_CHECK;

#endif

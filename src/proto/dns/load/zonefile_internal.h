// zonefile_internal: the state of the zone file reader and the steps of reading a record,
// shared by zonefile.c and zonefile_generate.c. Private to zonefile*.c.
#ifndef DNS_ZONEFILE_INTERNAL_H
#define DNS_ZONEFILE_INTERNAL_H

#include "proto/dns/load/zonefile.h"
#include "proto/dns/load/zonefile_text.h"
#include "proto/dns/text/token.h"

// RFC 2181 section 8.
#define TTL_MAX INT32_MAX

// A file, or a text in memory, that is being read.
struct source {
	struct source *includer; // NULL: the first
	const char *name;
	struct zonefile_text text; // .bytes NULL: the caller owns the text
	struct lex lex;
	struct dns_name origin;
	struct dns_name owner; // len 0: none yet, or malformed
	bool owner_bad;
	bool begun;
	char path[]; // storage of `name` for an included file
};

// The fields of a record from after the owner up to the type.
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
	enum zone_check_code check; // what the error counts as; 0: ZONE_CHECK_SYNTAX
	struct zone_limits left;    // of what the limits allow
	uint8_t rdata[UINT16_MAX];  // of the current record
	char made[UINT16_MAX];      // text made from a template of $GENERATE
};

// Reads TTL and class, in either order, and the type, starting with the given token.
bool zonefile_read_head(struct zonefile *r, struct record_head *head,
                        struct lex_token token) MUST_CHECK;

// Fills in a TTL that was not given and passes the record to the sink. With owner NULL the
// record is dropped: its owner was malformed, which was reported at the owner's line.
bool zonefile_pass_record(struct zonefile *r, struct record_head *head,
                          const struct dns_name *owner, const struct span *rdata) MUST_CHECK;

// Reports, as r->error at a place, that the zone takes more than a limit allows: the value of the
// key dns.zone_limits.NAME. Ends the reading. Returns false.
bool zonefile_limits_exceed(struct zonefile *r, unsigned line, unsigned column, const char *what,
                            const char *key) COLD;

// Whether the included file lies in the folder of the zone file, links resolved. True, too, when it
// does not exist.
bool zonefile_limits_inside(const struct zonefile *r, const char *path) MUST_CHECK;

// Reads the end of the line; anything else before it is an error.
bool zonefile_read_line_end(struct zonefile *r) MUST_CHECK;

// Reads a $GENERATE directive after its name. Its records are then made by zonefile_generate_next.
bool zonefile_generate_begin(struct zonefile *r) MUST_CHECK;

// Makes the next record of the current $GENERATE.
bool zonefile_generate_next(struct zonefile *r) MUST_CHECK;

#endif

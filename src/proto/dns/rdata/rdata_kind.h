// rdata_kind: the operations of each kind of rdata field. Related kinds are defined together in
// an rdata_*.c and listed in the table of rdata_kind.c. dns_rdata.c walks over the fields of a
// type by it; rdata_internal.h has what the kinds themselves share.
#ifndef DNS_RDATA_KIND_H
#define DNS_RDATA_KIND_H

#include "proto/dns/rdata/dns_rdata.h"

// Maximum size of a field that canonical form may change: an A6 with its name.
#define RDATA_FOLD_MAX_BYTES (1 + 16 + DNS_NAME_MAX_BYTES)

struct rdata_parser;
struct rdata_text;

struct rdata_kind {
	const char *help; // what is expected, for reports
	size_t size;      // in bytes, when the kind has a fixed size; otherwise 0

	// For kinds without a fixed size: takes the field off rdata, and sets rdata->bad
	// when rdata does not begin with a valid one.
	struct span (*take)(struct span *rdata);

	// Parses the field from the tokens, appends it in wire form, always valid, and
	// leaves the first token after it as the current one. On failure sets *p->error.
	bool (*parse)(struct rdata_parser *p);

	// Writes a valid field as text, or sets out->refused.
	void (*text)(struct rdata_text *out, struct span field);

	// Converts a valid field to canonical form (RFC 4034 section 6.2); NULL for kinds
	// that are always in it.
	void (*fold)(uint8_t *field);
};

// rdata_number.c
extern const struct rdata_kind rdata_kind_u8, rdata_kind_u16, rdata_kind_u32, rdata_kind_time,
        rdata_kind_stamp, rdata_kind_type;
// rdata_mnemonic.c
extern const struct rdata_kind rdata_kind_algorithm, rdata_kind_key_flags, rdata_kind_key_protocol;
extern const struct rdata_kind rdata_kind_cert_type, rdata_kind_cert_algorithm, rdata_kind_scheme;
// rdata_address.c
extern const struct rdata_kind rdata_kind_ipv4, rdata_kind_ipv6, rdata_kind_eui48, rdata_kind_eui64,
        rdata_kind_locator;
extern const struct rdata_kind rdata_kind_nsap, rdata_kind_atma;
// rdata_string.c
extern const struct rdata_kind rdata_kind_name, rdata_kind_name_raw, rdata_kind_names,
        rdata_kind_string, rdata_kind_strings;
extern const struct rdata_kind rdata_kind_string_maybe, rdata_kind_digits, rdata_kind_tag,
        rdata_kind_text;
// rdata_digest.c
extern const struct rdata_kind rdata_kind_hex, rdata_kind_base64, rdata_kind_base64_maybe,
        rdata_kind_base64_dash;
extern const struct rdata_kind rdata_kind_digest_ds, rdata_kind_digest_sshfp,
        rdata_kind_digest_zonemd;
extern const struct rdata_kind rdata_kind_salt, rdata_kind_nsec3;
// rdata_bitmap.c
extern const struct rdata_kind rdata_kind_bitmap, rdata_kind_bitmap_maybe, rdata_kind_bitmap_nxt;
// rdata_gateway.c
extern const struct rdata_kind rdata_kind_gateway, rdata_kind_relay, rdata_kind_hip, rdata_kind_a6;
// rdata_wks.c, rdata_loc.c, rdata_apl.c, rdata_svcb.c, rdata_kind.c
extern const struct rdata_kind rdata_kind_wks, rdata_kind_loc, rdata_kind_apl, rdata_kind_priority,
        rdata_kind_params;
extern const struct rdata_kind rdata_kind_opaque;

// The operations of a kind; NULL for DNS_FIELD_END.
const struct rdata_kind *rdata_kind_find(enum dns_field field) PURE;

// Marks rdata as malformed, and returns a malformed field.
static inline struct span rdata_kind_refuse(struct span *rdata)
{
	rdata->bad = true;
	return (struct span){.bad = true};
}

#endif

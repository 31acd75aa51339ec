// of_match: the fields of a match, one by one, whatever the version: the match of 1.0 is read and
// written as if it were match fields. In a 1.0 match, ports and addresses of ARP, ICMP, TCP and UDP
// are distinguished by its dl_type and nw_proto; fields that these make meaningless are left out,
// as 1.0 has switches ignore them.
#ifndef OPENFLOW_OF_MATCH_H
#define OPENFLOW_OF_MATCH_H

#include "proto/openflow/of_field.h"
#include "proto/openflow/of_list.h"

#define OF_MATCH_STORE_BYTES 16

// A match field. value and mask have len bytes; experimenter fields have theirs apart.
struct of_oxm {
	uint16_t class;
	uint8_t field, len;
	uint32_t experimenter; // of OXM_CLASS_EXPERIMENTER
	const uint8_t *value;
	const uint8_t *mask; // NULL: exact
};

struct of_match_walk {
	struct of_match rest;
	unsigned step;                       // 1.0
	uint8_t value[OF_MATCH_STORE_BYTES]; // 1.0: of the field that was returned last
	uint8_t mask[OF_MATCH_STORE_BYTES];
};

// Walks over a match that was checked.
static inline struct of_match_walk of_match_walk_of(const struct of_match *match)
{
	return (struct of_match_walk){.rest = *match};
}

// The next field; false at the end. value and mask are in the match or in the walk.
bool of_match_walk_next(struct of_match_walk *walk, struct of_oxm *oxm);

// Appends a field; out->bad if it does not fit.
void of_match_put(struct fill *out, const struct of_oxm *oxm);

// Appends a basic field whose value is a number, exact.
void of_match_put_number(struct fill *out, enum of_field field, uint64_t value);

// Appends a basic field of bytes; mask may be NULL.
void of_match_put_bytes(struct fill *out, enum of_field field, const void *value, const void *mask);

// The fields in f as a match, for a message in any version.
static inline struct of_match of_match_of(const struct fill *f)
{
	return (struct of_match){f->start, (uint16_t)fill_len(f), OF15};
}

// A field of len up to 8 bytes as a number.
uint64_t of_match_number(const struct of_oxm *oxm) PURE;

// The in_port of a match; OF_PORT_ANY if it has none.
uint32_t of_match_in_port(const struct of_match *match) PURE;

// Match fields: their headers and lengths, and that a basic one does not occur twice.
enum of_fault of_match_check(const uint8_t *p, size_t len);

// Into 1.0's form; false if that cannot express it.
bool of_match_to10(const struct of_match *match, struct of10_match *to);

#endif

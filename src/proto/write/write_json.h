// write_json: JSON (RFC 8259) that is well-formed whatever is called in whatever order: a call that
// does not fit where the text is, is refused and writes nothing. Its text can also stand within a
// script of HTML, for it holds none of "<", ">" and "&".
#ifndef WRITE_JSON_H
#define WRITE_JSON_H

#include "proto/write/write_out.h"

#define WRITE_JSON_DEPTH 64 // of objects and arrays in each other

struct write_json {
	struct write_out *out; // borrowed
	uint64_t objects;      // bit n: level n is an object, otherwise an array
	uint8_t depth;
	bool first;   // nothing is in the innermost level yet
	bool keyed;   // a key was written, its value follows
	bool begun;   // the value of the whole was begun
	bool refused; // at least one call was
};

void write_json_init(struct write_json *json, struct write_out *out);

// Each of these returns false if it was refused. A value is refused where a key is due, behind the
// whole, and beyond the depth. A key is refused outside of an object and behind another key.
bool write_json_object(struct write_json *json);
bool write_json_array(struct write_json *json);
bool write_json_key(struct write_json *json, const char *key);
bool write_json_null(struct write_json *json);
bool write_json_bool(struct write_json *json, bool value);
bool write_json_int(struct write_json *json, int64_t value);
bool write_json_uint(struct write_json *json, uint64_t value);

// With a fraction or an exponent always; null if the value is infinite or no number.
bool write_json_real(struct write_json *json, double value);

// A byte that is not UTF-8 becomes U+FFFD.
bool write_json_text(struct write_json *json, const char *text);
bool write_json_span(struct write_json *json, struct span text);

// Closes the innermost object or array; refused if there is none. A key without its value gets
// null.
bool write_json_close(struct write_json *json);

// Closes all that is open; of nothing at all null is written. Returns whether the text is complete
// and was meant so: nothing was refused, and there was room for all.
bool write_json_end(struct write_json *json) MUST_CHECK;

#endif

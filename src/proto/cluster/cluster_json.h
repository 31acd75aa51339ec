// cluster_json: one value out of a text of JSON (RFC 8259) that another program wrote and that
// is not checked yet: a walk from its beginning, without memory and without recursion. What is
// passed over is only looked at as far as that needs.
#ifndef CLUSTER_CLUSTER_JSON_H
#define CLUSTER_CLUSTER_JSON_H

#include "core/span.h"

// The text of the value at the end of a path of keys; "[" in the path stands for the first item of
// an array. NULL ends the path. False: there is none, or the text is malformed before it.
bool cluster_json_find(struct span text, const char *const *path, struct span *value) MUST_CHECK;

// Takes the next item of an array, whose text *array is at first, and what follows the item then.
// False: there is none, or the text is malformed before it.
bool cluster_json_next(struct span *array, struct span *item) MUST_CHECK;

// A number without sign and fraction, also one within quotes, as etcd writes those of 64 bits.
bool cluster_json_number(struct span value, uint64_t *number) MUST_CHECK;

// What stands between the quotes of a string without escapes.
bool cluster_json_string(struct span value, struct span *inner) MUST_CHECK;

#endif

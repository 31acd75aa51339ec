// code: evaluates what scripts have in %{ }%: assertions in Python's notation about numbers.
// Known are assert, assignments, print, comparisons, and, or, not, arithmetic, bits,
// abs, min, max, int; the rest of Python is refused.
#ifndef SCRIPT_CODE_H
#define SCRIPT_CODE_H

#include "core/why.h"

// The value of a name that the script did not assign; false when it is not known.
typedef bool code_lookup_fn(void *ctx, const char *name, long double *value);

#define CODE_VARS      32
#define CODE_NAME_SIZE 64

// What the script assigned, for all its code.
struct code_vars {
	unsigned len;
	struct code_var {
		char name[CODE_NAME_SIZE];
		long double value;
	} var[CODE_VARS];
};

enum code_result {
	CODE_PASSED,
	CODE_FAILED,  // an assertion is false; why has it, and the values of its names
	CODE_REFUSED, // why has the reason
};

// Runs the text, whose first line is `line` of the script; *line becomes that of the statement
// that failed or was refused.
enum code_result code_run(const char *text, int *line, struct code_vars *vars,
                          code_lookup_fn *lookup, void *ctx, struct why *why);

#endif

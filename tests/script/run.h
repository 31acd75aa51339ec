// run: plays a script against a target on the target's virtual time.
#ifndef SCRIPT_RUN_H
#define SCRIPT_RUN_H

#include "target.h"

enum run_result {
	RUN_PASSED,
	RUN_FAILED,  // the stack did something else; why has "FILE:LINE: reason" and both packets
	RUN_REFUSED, // the script uses what the target does not have; why has "FILE:LINE: reason"
	RUN_RESULTS,
};

// Plays the script once; the target is fresh, and remains the caller's. Warnings of
// --non_fatal and packets of --verbose go to standard output.
enum run_result run_script(const struct script *script, struct target *target, struct why *why);

#endif

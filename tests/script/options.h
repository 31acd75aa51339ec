// options: the "--name=value" lines with which a script begins, and the command line's.
#ifndef SCRIPT_OPTIONS_H
#define SCRIPT_OPTIONS_H

#include "script.h"

void options_init(struct script_conf *conf);

// value is NULL when there is none. 0; -EINVAL with the reason.
int options_set(struct script *script, const char *name, const char *value,
                struct why *why) MUST_CHECK;

// Gives addresses that were not given a default of the family.
void options_finish(struct script_conf *conf);

#endif

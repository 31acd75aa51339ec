// command: the lines between back quotes. No shell is run: settings of the kernel that they
// make go to the target, and the rest is refused, but for what has no meaning here.
#ifndef SCRIPT_COMMAND_H
#define SCRIPT_COMMAND_H

#include "target.h"

// script is the file in which it is: shell scripts that it names are looked for from there.
// How long the command sleeps is added to *sleep_us. 0; -EINVAL: what it looks for is not so;
// -ENOSYS with the reason.
int command_run(const char *text, const char *script, struct target *target, uint64_t *sleep_us,
                struct why *why) MUST_CHECK;

#endif

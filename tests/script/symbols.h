// symbols: the names of Linux's headers that scripts use in calls, as this machine's headers
// give them values.
#ifndef SCRIPT_SYMBOLS_H
#define SCRIPT_SYMBOLS_H

#include "core/base.h"

#define SYMBOLS_TCP_KEEPINIT        128 // an option that FreeBSD has, with its number there
#define SYMBOLS_IP_LOCAL_PORT_RANGE 51  // newer than the headers

bool symbols_find(const char *name, int64_t *value) MUST_CHECK;

// The number of EAGAIN and the like; 0: not known.
int symbols_errno(const char *name) PURE;

// "EAGAIN"; "errno" when it is not in the table.
const char *symbols_errno_name(int error) PURE;

#endif

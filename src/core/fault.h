// fault: a table of why an engine refuses what its peer sends: each fault has a number, which goes
// to the peer, a name, and a help text. An engine's list is a macro of rows (id, number, name,
// help), of which it makes its enum and, by FAULT_ROW, its table; 0 is none.
#ifndef CORE_FAULT_H
#define CORE_FAULT_H

#include "core/base.h"

struct fault {
	uint16_t number;
	const char *name, *help;
};

#define FAULT_ROW(id, number, name, help) {number, name, help},
#define FAULT_NONE                                                                                 \
	{                                                                                          \
		0, "", ""                                                                          \
	}

#endif

// of_fault: why a message is refused.
#ifndef OPENFLOW_OF_FAULT_H
#define OPENFLOW_OF_FAULT_H

#include "core/base.h"

// Why a message was refused, by of_decode or of_encode.
#define OF_FAULT_LIST(X)                                                                           \
	X(NONE, "is well-formed")                                                                  \
	X(SHORT, "ends within a field")                                                            \
	X(LENGTH, "has a length that does not fit its contents")                                   \
	X(VERSION, "has a version other than 1.0, 1.3, 1.4 and 1.5")                               \
	X(MATCH, "has a match field of the wrong length, or twice")                                \
	X(MATCH_TYPE, "has a match that is not a list of match fields")                            \
	X(INEXPRESSIBLE, "has contents that its version cannot express")                           \
	X(TOO_LONG, "does not fit into a message, or into the memory given")

enum of_fault {
#define X(name, text) OF_FAULT_##name,
	OF_FAULT_LIST(X)
#undef X
};

// Completes the sentence "the message ...".
const char *of_fault_text(enum of_fault fault) PURE;

#endif

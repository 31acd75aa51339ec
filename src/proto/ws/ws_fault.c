// ws_fault: see the header.
#include "proto/ws/ws_fault.h"

const struct fault ws_faults[WS_FAULTS] = {FAULT_NONE, WS_FAULT_LIST(FAULT_ROW)};

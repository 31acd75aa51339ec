// http_fault: see the header.
#include "proto/http/http_fault.h"

const struct fault http_faults[HTTP_FAULTS] = {FAULT_NONE, HTTP_FAULT_LIST(FAULT_ROW)};

// of_fault: see of_fault.h.
#include "proto/openflow/of_fault.h"

const char *of_fault_text(enum of_fault fault)
{
	static const char *const texts[] = {
#define X(name, text) text,
	        OF_FAULT_LIST(X)
#undef X
	};

	return texts[fault];
}

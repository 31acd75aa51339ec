// xen_queue: what another domain may write into the rings of a vif, between any two
// steps of the worker.
#include "hostile_rings.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct hostile hostile;

	hostile_run(&hostile, data, size);
	return 0;
}

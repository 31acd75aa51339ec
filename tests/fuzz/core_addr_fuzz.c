// core_addr: text that may be an address or a prefix. What is accepted has a
// canonical text that means the same.
#include "core/addr.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char text[ADDR_TEXT_BYTES];
	struct prefix prefix;
	struct addr addr, again;
	char *input = malloc(size + 1);

	memcpy(input, data, size);
	input[size] = '\0';
	if (addr_prefix_parse(input, &prefix) && !addr_prefix_has(prefix, prefix.addr))
		abort();
	if (addr_parse(input, &addr) &&
	    (!addr_parse(addr_text(addr, text), &again) || !addr_eq(addr, again)))
		abort();
	free(input);
	return 0;
}

// Names from hostile bytes: the check keeps its promises, and whatever is sound
// on the wire or in text survives the other form.
#include "proto/dns/wire/dns_name.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_wire(const uint8_t *wire, size_t len)
{
	static const uint8_t root[1] = {0};
	char text[DNS_NAME_TEXT_BYTES];
	struct dns_name again, lower;
	const char *why;

	assert(len <= DNS_NAME_MAX_BYTES && dns_name_len(wire) == len);
	assert(dns_name_labels(wire) <= DNS_LABELS_MAX);
	dns_name_text(wire, text);
	if (!dns_name_parse(&again, text, strlen(text), NULL, &why))
		abort();
	assert(again.len == len && memcmp(again.wire, wire, len) == 0);
	assert(dns_name_lower(lower.wire, wire) == len && dns_name_eq(lower.wire, wire));
	assert(dns_name_cmp(lower.wire, wire) == 0);
	assert(dns_name_under(wire, root) && dns_name_under(wire, lower.wire));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t origin[] = "\7example\3org";
	struct dns_name name;
	const char *why = NULL;
	size_t len = dns_name_check(data, size);

	if (len)
		check_wire(data, len);
	if (dns_name_parse(&name, (const char *)data, size, origin, &why)) {
		assert(dns_name_check(name.wire, name.len) == name.len);
		check_wire(name.wire, name.len);
	} else {
		assert(why);
	}
	return 0;
}

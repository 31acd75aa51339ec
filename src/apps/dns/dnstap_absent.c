// dnstap_absent: in place of dnstap.c in builds without its libraries.
#include "apps/dns/dnstap.h"

bool dnstap_present(void)
{
	return false;
}

int dnstap_open(struct dnstap **tap, struct log_out *out, bool greet)
{
	return -ENOTSUP;
}

int dnstap_write(struct dnstap *tap, const struct query_log_entry *entry, struct timespec time,
                 bool responses)
{
	return -ENOTSUP;
}

void dnstap_close(struct dnstap *tap)
{
}

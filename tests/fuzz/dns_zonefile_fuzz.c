// A zone file of hostile text: every record is sound and every report has its
// place.
#include "proto/dns/zonefile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void on_record(void *ctx, const struct zone_record *record)
{
	size_t *seen = ctx;

	assert(dns_name_check(record->owner, DNS_NAME_MAX_BYTES));
	assert(dns_rdata_check(record->type, record->rdata, record->rdata_len));
	assert(record->ttl <= INT32_MAX && record->line);
	++*seen;
}

static void on_report(void *ctx, const struct zone_report *report)
{
	assert(report->text[0] && (report->line == 0) == (report->column == 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t origin[] = "\7example\3org";
	size_t records = 0;
	long errors = zonefile_read_text("fuzz", (const char *)data, size, origin, on_record,
	                                 on_report, &records);

	// A record takes two characters at least.
	assert(errors >= 0 && errors <= ZONEFILE_ERRORS_MAX && records <= size / 2);
	return 0;
}

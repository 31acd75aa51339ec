// A zone file of hostile text: every record is sound and every report has its
// place.
#include "proto/dns/load/zonefile.h"

#include <strings.h>

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

static bool has_generate(const char *text, size_t len)
{
	static const char word[] = "$GENERATE";

	for (; len >= strlen(word); text++, len--)
		if (strncasecmp(text, word, strlen(word)) == 0)
			return true;
	return false;
}

// A number with four digits may stand for a range too long for this.
static bool has_long_number(const uint8_t *data, size_t size)
{
	size_t digits = 0;

	for (size_t i = 0; i < size && digits < 4; i++)
		digits = (uint8_t)(data[i] - '0') < 10 ? digits + 1 : 0;
	return digits == 4;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t origin[] = "\7example\3org";
	bool generates = has_generate((const char *)data, size);
	size_t records = 0;
	long errors;

	if (generates && has_long_number(data, size))
		return 0;
	errors = zonefile_read_text("fuzz", (const char *)data, size, origin, on_record, on_report,
	                            &records);
	// A record takes two characters at least, unless one line makes many.
	assert(errors >= 0 && errors <= ZONEFILE_ERRORS_MAX && (generates || records <= size / 2));
	return 0;
}

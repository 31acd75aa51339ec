// records: the records of a zone file, a line each, as our writer has them: a tool
// for tests. With -g they are in canonical form, all in the form of RFC 3597.
#include "proto/dns/load/zonefile.h"

#include <stdio.h>
#include <string.h>

// No byte of data takes more than a byte of a bitmap: eight of "TYPE65280 ".
static char text[80 * (UINT16_MAX + 1)];

static void print_text(void *ctx, const struct zone_record *record)
{
	char owner[DNS_NAME_TEXT_BYTES], type[16];

	dns_rdata_text(record->type, record->rdata, record->rdata_len, text, sizeof(text));
	printf("%s %u IN %s %s\n", dns_name_text(record->owner, owner), record->ttl,
	       dns_type_text(record->type, type), text);
}

static void print_canonical(void *ctx, const struct zone_record *record)
{
	uint8_t owner[DNS_NAME_MAX_BYTES], rdata[UINT16_MAX];
	char owner_text[DNS_NAME_TEXT_BYTES];

	dns_name_lower(owner, record->owner);
	dns_rdata_canonical(record->type, record->rdata, record->rdata_len, rdata);
	printf("%s %u CLASS1 TYPE%u \\# %u ", dns_name_text(owner, owner_text), record->ttl,
	       record->type, record->rdata_len);
	for (unsigned i = 0; i < record->rdata_len; i++)
		printf("%02X", rdata[i]);
	putchar('\n');
}

static void on_report(void *ctx, const struct zone_report *report)
{
	fprintf(stderr, "%s:%u:%u: %s\n", report->file, report->line, report->column, report->text);
}

int main(int argc, char **argv)
{
	bool canonical = argc == 4 && strcmp(argv[1], "-g") == 0;
	struct dns_name origin;
	const char *why;

	argv += canonical;
	if (argc != 3 + canonical) {
		fprintf(stderr, "usage: records [-g] ORIGIN FILE\n");
		return 2;
	}
	if (!dns_name_parse(&origin, argv[1], strlen(argv[1]), NULL, &why)) {
		fprintf(stderr, "records: %s\n", why);
		return 2;
	}
	return zonefile_read(argv[2], origin.wire, canonical ? print_canonical : print_text,
	                     on_report, NULL, NULL) != 0;
}

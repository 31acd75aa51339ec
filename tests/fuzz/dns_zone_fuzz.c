// Any text as a zone: if it compiles, names in it and beside it are answered
// within the room that there is.
#include "proto/dns/answer/answer.h"
#include "proto/dns/load/zone_load.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void no_report(void *ctx, const struct zone_report *report)
{
}

static void ask(const struct zone_set *set, const char *name, uint8_t qtype)
{
	uint8_t msg[512] = {0, 1, 0, 0, 0, 1};
	static const uint8_t opt[] = {0, 0, DNS_TYPE_OPT, 4, 0xd0, 0, 0, 0x80, 0, 0, 0};
	size_t len = dns_name_len((const uint8_t *)name);
	struct dns_request request = {.msg = msg, .room = sizeof(msg)};

	memcpy(msg + 12, name, len);
	msg[12 + len + 1] = qtype;
	msg[12 + len + 3] = DNS_CLASS_IN;
	msg[11] = 1;
	memcpy(msg + 16 + len, opt, sizeof(opt));
	request.len = (uint16_t)(16 + len + sizeof(opt));
	answer_queries(&(struct dns_server){.zones = set, .policy = &dns_policy_default}, &request,
	               1);
	if (request.drop != DROP_NONE || request.reply_len > sizeof(msg))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[] = {"\1t", "\1a\1t", "\1b\1t", "\1*\1t", "\1a\1b\1t"};
	static const uint8_t qtypes[] = {DNS_TYPE_A,  DNS_TYPE_NS,    DNS_TYPE_MX,   DNS_TYPE_ANY,
	                                 DNS_TYPE_DS, DNS_TYPE_RRSIG, DNS_TYPE_CNAME};
	struct zone *zone = zone_load_text("z", (const char *)data, size, (const uint8_t *)"\1t",
	                                   &(struct zone_options){.now_s = 1}, no_report, NULL);
	struct zone_set *set = zone ? zone_set_new(&(struct zone_served){zone, 0}, 1, 1) : NULL;

	zone_put(zone);
	if (!set)
		return 0;
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		for (size_t j = 0; j < ARRAY_LEN(qtypes); j++)
			ask(set, names[i], qtypes[j]);
	zone_set_free(set);
	return 0;
}

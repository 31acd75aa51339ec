// Any message against zones of every kind: the reply keeps to its room, is a
// response with the query's id, and is itself never answered.
#include "proto/dns/answer.h"

#include <stdlib.h>
#include <string.h>

#define ROOM 700 // less than the largest replies take

static const char zone_t[] = "$TTL 60\n"
                             "@ SOA ns a.b.c 1 2 3 4 5\n"
                             "@ NS ns\n"
                             "@ NS ns.sub\n"
                             "ns A 192.0.2.1\n"
                             "* MX 1 ns\n"
                             "*.w CNAME x.w\n"
                             "e.n.t TXT a\n"
                             "sub NS ns.sub\n"
                             "sub NS ns.w.sub\n"
                             "ns.sub AAAA 2001:db8::1\n"
                             "c CNAME u.\n"
                             "l CNAME l2.u.\n";
static const char zone_u[] = "$TTL 60\n"
                             "@ SOA t. t. 1 2 3 4 5\n"
                             "@ NS ns.t.\n"
                             "l2 CNAME l.t.\n"
                             "d CNAME a.b.c.sub.t.\n";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void no_report(void *ctx, const struct zone_report *report)
{
}

static struct zone_set *zones_open(void)
{
	struct zone *zones[] = {
	        zone_load_text("t", zone_t, sizeof(zone_t) - 1, (const uint8_t *)"\1t", 1,
	                       no_report, NULL),
	        zone_load_text("u", zone_u, sizeof(zone_u) - 1, (const uint8_t *)"\1u", 1,
	                       no_report, NULL),
	};
	struct zone_set *set;

	if (!zones[0] || !zones[1])
		abort();
	set = zone_set_new((struct zone_served[]){{zones[0], 0}, {zones[1], 1}}, 2);
	zone_put(zones[0]);
	zone_put(zones[1]);
	return set;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct zone_set *set;
	size_t room = size > ROOM ? size : ROOM;
	struct dns_request request = {.len = (uint16_t)size, .room = (uint16_t)room};

	if (size > UINT16_MAX)
		return 0;
	if (!set)
		set = zones_open();
	request.msg = malloc(room);
	memcpy(request.msg, data, size);
	request.transport = size % 2 ? DNS_UDP : DNS_TCP;
	dns_answer(&(struct dns_server){.zones = set, .policy = &dns_policy_default}, &request, 1);
	if (request.reply_len > room || (request.reply_len == 0) == (request.drop == DROP_NONE))
		abort();
	if (request.reply_len > 0) {
		if (memcmp(request.msg, data, 2) != 0)
			abort();
		request.len = request.reply_len;
		dns_answer(&(struct dns_server){.zones = set, .policy = &dns_policy_default},
		           &request, 1);
		if (request.drop != DROP_DNS_RESPONSE)
			abort();
	}
	free(request.msg);
	return 0;
}

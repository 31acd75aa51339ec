// query_watch: see the header. This is the data path while talkers are counted.
#include "apps/dns/query_watch.h"

#include "proto/dns/wire/dns_name.h"
#include "proto/dns/wire/dns_wire.h"

#include <stdio.h>
#include <string.h>

_Static_assert(PIPELINE_BURST <= TALKERS_BURST, "a burst is counted at once");
_Static_assert(DNS_NAME_MAX_BYTES <= TALKERS_KEY_BYTES, "a name is a key");

static void count_addrs(struct query_watch *watch, const struct udp_dgram *dgrams, unsigned n)
{
	struct talkers_item items[PIPELINE_BURST];
	struct addr clients[PIPELINE_BURST];

	for (unsigned i = 0; i < n; i++) {
		clients[i] = dgrams[i].src;
		if (watch->by == TALKERS_PREFIX)
			clients[i] = addr_prefix_of(clients[i], TALKERS_PREFIX_IPV4,
			                            TALKERS_PREFIX_IPV6);
		items[i] = (struct talkers_item){(const uint8_t *)&clients[i], sizeof(clients[i]),
		                                 dgrams[i].len};
	}
	talkers_add(watch->talkers, items, n);
}

// Writes the name that a message asks for, in lower case; returns its length, 0 when it asks for
// none.
static size_t name_of(const struct udp_dgram *dgram, uint8_t name[DNS_NAME_MAX_BYTES])
{
	const uint8_t *question = dgram->payload + DNS_HDR_BYTES;

	if (dns_hdr_check(dgram->payload, dgram->len) != DROP_NONE ||
	    be16_get(((const struct dns_hdr *)dgram->payload)->qdcount) == 0 ||
	    dns_name_check(question, dgram->len - DNS_HDR_BYTES) == 0)
		return 0;
	return dns_name_lower(name, question);
}

// No name, so no zone has it: what is counted as the zone of names that are in none.
static const uint8_t no_zone[] = {0xff};

// The zone to which a name belongs. Its origin is a part of the name.
static struct talkers_item zone_of(const struct zone_set *zones, const uint8_t *name, size_t len)
{
	size_t origin = zone_set_origin_bytes(zones, name, len);

	if (origin == 0)
		return (struct talkers_item){no_zone, sizeof(no_zone), 0};
	return (struct talkers_item){name + len - origin, (uint8_t)origin, 0};
}

static void count_names(struct query_watch *watch, const struct zone_set *zones,
                        const struct udp_dgram *dgrams, unsigned n)
{
	uint8_t names[PIPELINE_BURST][DNS_NAME_MAX_BYTES];
	struct talkers_item items[PIPELINE_BURST];
	unsigned len = 0;

	for (unsigned i = 0; i < n; i++) {
		size_t name_len = name_of(&dgrams[i], names[len]);

		if (name_len == 0)
			continue;
		if (watch->by == TALKERS_ZONE)
			items[len] = zone_of(zones, names[len], name_len);
		else
			items[len] = (struct talkers_item){names[len], (uint8_t)name_len, 0};
		items[len++].bytes = dgrams[i].len;
	}
	talkers_add(watch->talkers, items, len);
}

void query_watch_count(struct query_watch *watch, const struct zone_set *zones,
                       const struct udp_dgram *dgrams, unsigned n)
{
	if (watch->by == TALKERS_NAME || watch->by == TALKERS_ZONE)
		count_names(watch, zones, dgrams, n);
	else
		count_addrs(watch, dgrams, n);
}

void query_watch_name_text(const uint8_t *key, uint8_t len, char *text, size_t size)
{
	char name[DNS_NAME_TEXT_BYTES];

	if (dns_name_check(key, len) == len)
		snprintf(text, size, "%s", dns_name_text(key, name));
	else
		snprintf(text, size, "none"); // no_zone
}
